"""Begun by every Python that finds it on its path: it notes what threads beside the first import under a screen.

Two threads that import a package and a part of it at the same moment can fail (`_DeadlockError`): only the first may.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path


def record_import(event: str, arguments: tuple[object, ...]) -> None:
    """Write down an import that another thread makes."""
    thread = threading.current_thread()
    if event == "import" and thread is not threading.main_thread() and "textual.app" in sys.modules:
        with Path(os.environ["IMPORTS_NOTED_IN"]).open("a", encoding="utf-8") as file:
            file.write(f"{arguments[0]} ({thread.name})\n")


sys.addaudithook(record_import)
