"""Whether something is at a path. Only "not there" means absent; every other error is a problem.

`Path.exists` and its siblings hide errors (from Python 3.14 on every one of them), so a file that may not be looked at
would be taken for one that is absent: a record for no record, rules for no rules. The module lies in `journal` because
that is the lowest layer with I/O that the engine and the command line may both import.
"""

from __future__ import annotations

import os
from pathlib import Path

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import for_display


def stat_or_none(path: Path, kind: ProblemKind = ProblemKind.JOURNAL, *, follow: bool = True) -> os.stat_result | None:
    """Return what the system says of a path, or None where nothing is there; raise a problem of this kind otherwise."""
    try:
        return path.stat(follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "the name is not one"
        problem = Problem(kind=kind, detail=f"{for_display(str(path))} cannot be used: {why}")
        raise UnsubError(problem) from error


def path_exists(path: Path, kind: ProblemKind = ProblemKind.JOURNAL, *, follow: bool = True) -> bool:
    """Return whether something is at a path; raise a problem of this kind where that cannot be known."""
    return stat_or_none(path, kind, follow=follow) is not None
