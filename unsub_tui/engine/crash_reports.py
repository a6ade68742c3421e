"""Reports of faults of our own: where it broke, without messages or values of variables, for the owner alone."""

from __future__ import annotations

import os
import platform
import traceback
from pathlib import Path
from secrets import token_hex

from unsub_tui import __version__


def write_crash_report(directory: Path, error: BaseException) -> tuple[str, Path]:
    """Write a report, and return its incident id and its path; raises OSError.

    What an error says may hold a key, an address with a password, or text of the service. So the report has the types
    of the errors and the lines of code they passed through, and nothing else.
    """
    incident = token_hex(4)
    path = directory / f"crash-{incident}.txt"
    lines = [f"unsub-tui {__version__}, Python {platform.python_version()}, incident {incident}\n", *_trace(error)]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return incident, path


def _trace(error: BaseException) -> list[str]:
    """Return the error and those that led to it."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}\n")
        lines.extend(traceback.format_tb(link.__traceback__))
        link = link.__cause__ or link.__context__
    return lines
