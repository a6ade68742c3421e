"""Crash reports with tracebacks only, without messages or variable values, readable by the owner alone."""

from __future__ import annotations

import os
import platform
import traceback
from pathlib import Path
from secrets import token_hex

from unsub_tui import __version__


def write_crash_report(directory: Path, error: BaseException) -> tuple[str, Path]:
    """Write a crash report and return its incident id and path. Raise OSError on failure.

    Error messages may contain a key, an address with a password, or text from Huawei Cloud. The report therefore
    contains nothing but exception types and code lines.
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
    """Return the traceback lines of the error and of its causes."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}\n")
        lines.extend(traceback.format_tb(link.__traceback__))
        link = link.__cause__ or link.__context__
    return lines
