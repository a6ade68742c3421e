"""What `doctor` finds out, one fact at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.problem import Problem


class CheckState(StrEnum):
    """How a fact is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNTESTABLE = "untestable"
    """It could only be found out by doing what must not be done to find out."""
    NOT_TRIED = "not_tried"
    """Something before it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One fact."""

    area: str
    """credentials, account, guards, network, permissions, limits, record, terminal, program."""
    name: str
    state: CheckState = CheckState.OK
    value: str = ""
    """What was found, clean."""
    advice: str = ""
    """What to do about it, where the problem does not say."""
    problem: Problem | None = None
