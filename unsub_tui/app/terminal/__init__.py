"""Our driver, keys, crash path and clipboard: all that leans on Textual's internals."""
