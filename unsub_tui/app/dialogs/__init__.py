"""Questions, menus and prompts above a screen."""
