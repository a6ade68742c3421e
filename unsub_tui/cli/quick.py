"""`--help` and `--version`, answered before anything is imported: what people type most, over the slowest lines.

The text is what the command line itself says in 80 columns; `make data` writes it, and a test compares the two.
"""

from __future__ import annotations

import os
import sys

from unsub_tui import __version__

HELP_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "help.txt")  # noqa: PTH118, PTH120 - pathlib alone takes as long as all of this


def answer(arguments: list[str]) -> str | None:
    """Return the answer to these arguments, or None where the whole command line has to be asked."""
    if arguments == ["--version"]:
        return f"unsub-tui {__version__}\n"
    if arguments in (["--help"], ["-h"]) and _has_usual_width():
        try:
            with open(HELP_FILE, encoding="utf-8") as file:  # noqa: PTH123 - see above
                return file.read()
        except OSError:
            return None
    return None


def _has_usual_width() -> bool:
    """Whether the help as it was written fits: its lines are as long as the command line would make them."""
    if os.environ.get("COLUMNS"):
        return False
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns >= 80
    except (OSError, ValueError):
        return True  # not a terminal: then it is 80
