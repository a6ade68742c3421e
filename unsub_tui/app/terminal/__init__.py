"""Terminal driver, key queue, crash handling and clipboard: the code that depends on Textual's internals."""
