"""Answers `--help` and `--version` without importing the command line, because they are the most frequent calls."""

from __future__ import annotations

import os
import sys

from unsub_tui import __version__

HELP_DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "help")  # noqa: PTH118, PTH120 - importing pathlib takes as long as the rest of this module


def static_output(arguments: list[str]) -> str | None:
    """Return the stored output for these arguments, or None if Click has to handle them."""
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
    """Return the help file of a command path such as `journal verify`; an empty path means the program itself."""
    return os.path.join(HELP_DIRECTORY, ".".join(["unsub-tui", *command_path, "txt"]))  # noqa: PTH118 - see above


def _is_command_name(argument: str) -> bool:
    """Return whether the argument can be a command name; flags and path components are excluded."""
    return argument.replace("-", "").isalpha() and not argument.startswith("-")


def _fits_stored_width() -> bool:
    """Return whether the stored help, which is 80 columns wide, fits the terminal."""
    if os.environ.get("COLUMNS"):
        return False
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns >= 80
    except (OSError, ValueError):
        return True  # Click formats for 80 columns without a terminal
