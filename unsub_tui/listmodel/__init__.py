"""The list of resources without its display, shared by app and commands: tabs, rows, selection, filters."""
