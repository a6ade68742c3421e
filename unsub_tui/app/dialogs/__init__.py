"""Modal dialogs: questions, menus and prompts."""
