"""What screens tell the app of a run, so that the program reports it when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from unsub_tui.domain.problem import Problem
    from unsub_tui.domain.run import Run


@dataclass
class RunFinished(Message):
    """A run is over; its record and why it ended early, if it did."""

    run: Run
    problem: Problem | None
