"""The steps of the first day on an account (docs/first-day.md), as far as its record shows them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from unsub_tui.domain.run import Unit, completed_unsubscriptions


class FirstDayStep(StrEnum):
    """A step that comes next; the values are stable codes."""

    FIX = "fix"
    """A check failed."""
    RESUME = "resume"
    """An item is pending."""
    CONTRACT = "contract"
    """Nothing was completed, and the contract was not checked."""
    QUOTE = "quote"
    """The contract was checked; an estimate and then one cheap resource are next."""
    RECORD = "record"
    """One resource was unsubscribed from; its record has to be compared."""


def next_step(units: Sequence[Unit], *, has_failed: bool, is_contract_checked: bool) -> FirstDayStep | None:
    """Return the next step for an account with these recorded units; None after more than one unsubscription."""
    if has_failed:
        return FirstDayStep.FIX
    if any(not unit.state.is_final for unit in units):
        return FirstDayStep.RESUME
    completed = completed_unsubscriptions(units)
    if len(completed) > 1:
        return None
    if completed:
        return FirstDayStep.RECORD
    return FirstDayStep.QUOTE if is_contract_checked else FirstDayStep.CONTRACT
