"""Messages about a run from a screen to the app, which reports the run at exit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from unsub_tui.domain.problem import Problem
    from unsub_tui.domain.run import Run


@dataclass
class RunFinished(Message):
    """A run has ended; contains its record and the problem that ended it early, if any."""

    run: Run
    problem: Problem | None
