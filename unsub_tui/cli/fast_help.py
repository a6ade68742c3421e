"""`--help` and `--version`, answered before anything is imported: what people type most, over the slowest lines.

The texts are what the command line itself says in 80 columns; `make data` writes them, and a test compares the two.
"""

from __future__ import annotations

import os
import sys

from unsub_tui import __version__

HELP_DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "help")  # noqa: PTH118, PTH120 - pathlib alone takes as long as all of this


def static_output(arguments: list[str]) -> str | None:
    """Return the answer to these arguments, or None where the whole command line has to be asked."""
    if arguments == ["--version"]:
        return f"unsub-tui {__version__}\n"
    *words, last = arguments or [""]
    if last in ("--help", "-h") and all(map(_is_command_name, words)) and _fits_stored_width():
        try:
            with open(help_file(words), encoding="utf-8") as file:  # noqa: PTH123 - see above
                return file.read()
        except OSError:
            return None
    return None


def help_file(command_path: list[str]) -> str:
    """Return the file with the help of a command, such as `journal verify`; of the program where there are no words."""
    return os.path.join(HELP_DIRECTORY, ".".join(["unsub-tui", *command_path, "txt"]))  # noqa: PTH118 - see above


def _is_command_name(argument: str) -> bool:
    """Whether this could name a command: no flag, and nothing that leads to another file."""
    return argument.replace("-", "").isalpha() and not argument.startswith("-")


def _fits_stored_width() -> bool:
    """Whether the help as it was written fits: its lines are as long as the command line would make them."""
    if os.environ.get("COLUMNS"):
        return False
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns >= 80
    except (OSError, ValueError):
        return True  # not a terminal: then it is 80
