"""Files that a person names in the app: read whole and small, written new and for their owner only."""

from __future__ import annotations

import os
from pathlib import Path

LARGEST = 20_000_000
"""Bytes of a file of ids; a hundred thousand ids take 4 MB."""


class FileProblem(Exception):  # noqa: N818 - it is told to a person, who can choose another file
    """A file could not be read or written; the text says which and why."""


def read_text(name: str) -> str:
    """Return the text of a file; raises FileProblem."""
    path = Path(name).expanduser()
    try:
        if not path.is_file():
            raise FileProblem(f"there is no such file: {path}")
        if path.stat().st_size > LARGEST:
            raise FileProblem(f"larger than {LARGEST // 1_000_000} MB: {path}")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem(f"not UTF-8 text: {path}") from error
    except (OSError, ValueError) as error:
        raise FileProblem(f"cannot be read, {_why(error)}: {path}") from error


def write_new(name: str, text: str) -> Path:
    """Write a file that does not exist yet, readable by its owner only; raises FileProblem."""
    path = Path(name).expanduser()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise FileProblem(f"a file of that name exists already; choose another one: {path}") from error
    except (OSError, ValueError) as error:
        raise FileProblem(f"cannot be written, {_why(error)}: {path}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # a part of a list is worse than none
        raise FileProblem(f"cannot be written, {_why(error)}: {path}") from error
    return path.absolute()


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "the name is not one"
