"""Existence checks that do not hide errors: only "not found" counts as absent, any other error is a problem.

`Path.exists` and similar methods hide errors (all of them since Python 3.14), so an inaccessible file would count as
absent: a journal as no journal, rules as no rules. The module is in `journal` because this is the lowest layer with
I/O that both the engine and the command line may import.
"""

from __future__ import annotations

import os
from pathlib import Path

from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError


def stat_or_none(path: Path, kind: ProblemKind = ProblemKind.JOURNAL, *, follow: bool = True) -> os.stat_result | None:
    """Return the stat result of a path, or None if nothing is there; raise a problem of this kind for other errors."""
    try:
        return path.stat(follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or fact("name_invalid")
        stated = fact("path_unusable", path=str(path), why=why)
        raise UnsubError(Problem(kind=kind, facts=(stated,))) from error


def path_exists(path: Path, kind: ProblemKind = ProblemKind.JOURNAL, *, follow: bool = True) -> bool:
    """Return whether a path exists; raise a problem of this kind if that cannot be determined."""
    return stat_or_none(path, kind, follow=follow) is not None
