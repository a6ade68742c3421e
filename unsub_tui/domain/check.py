"""Results of the checks that `doctor` makes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.fact import Statement
from unsub_tui.domain.problem import Problem


class CheckState(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNTESTABLE = "untestable"
    """The check would require an action that a check must not take."""
    NOT_TRIED = "not_tried"
    """Not tried because an earlier check failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and its result."""

    area: str
    """Area: credentials, account, guards, network, permissions, limits, record, terminal, program."""
    name: str
    state: CheckState = CheckState.OK
    value: Statement = ""
    """The value found."""
    advice: Statement = ""
    """Advice, if `problem` does not imply it."""
    problem: Problem | None = None
