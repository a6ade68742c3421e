"""Findings: what the inventory says about a resource, with source, place and time, or the reason why it says nothing.

"None" without "seen" does not exist here: a list that was read says only what this user may see in this region.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Never, TypeVar

from unsub_tui.domain.fact import Fact, fact

Value_co = TypeVar("Value_co", covariant=True)
Other = TypeVar("Other")

STALE_AFTER = timedelta(minutes=10)
"""Age at which a finding is shown as old, and is not relied on before a confirmation."""


class FindingState(StrEnum):
    """The three states of a finding; the values are those of the JSON forms."""

    KNOWN = "known"
    NONE_SEEN = "none_seen"
    """A complete list was read and contains no such thing."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """Source, place and time of a read. All findings from one list share its origin."""

    source: str
    """The operation, such as `ecs:list_servers`."""
    where: str
    """The region."""
    at: datetime
    """Time of the response, UTC."""

    @property
    def is_from_config(self) -> bool:
        """Whether it is from Config, whose data may be a day old: no safety statement may rely on it."""
        return self.source.partition(":")[0] in ("config", "rms")


@dataclass(frozen=True)  # no slots: Python 3.11 cannot combine them with Generic in a frozen dataclass
class Finding(Generic[Value_co]):
    """A finding. Create it with `known`, `none_seen` or `unknown`."""

    state: FindingState
    value: Value_co | None = None
    """The value of a known finding, else None."""
    origin: Origin | None = None
    """Its source, place and time; None for an unknown finding without a response."""
    reason: Fact | None = None
    """Why the finding is unknown; for "none seen" what was seen in its place, such as a failed backup; for a value of
    Config why the resource's own service did not tell it."""

    @property
    def is_known(self) -> bool:
        """Whether there is a value."""
        return self.state is FindingState.KNOWN

    def is_stale(self, now: datetime) -> bool:
        """Return whether the finding was read so long ago that it must be read again before a confirmation."""
        return self.origin is None or now - self.origin.at > STALE_AFTER

    def map(self, function: Callable[[Value_co], Other]) -> Finding[Other]:
        """Return the same finding with another value."""
        value = None if self.value is None else function(self.value)
        return Finding(self.state, value, self.origin, self.reason)

    def then(self, function: Callable[[Value_co, Origin], Finding[Other]]) -> Finding[Other]:
        """Return the finding that a known value with its origin leads to; another finding stays as it is."""
        if self.value is None or self.origin is None:
            return Finding(self.state, None, self.origin, self.reason)
        return function(self.value, self.origin)


@dataclass(frozen=True)
class PartialFinding(Finding[Value_co]):
    """An unknown finding of whose value a part was seen."""

    seen: Value_co | None = None


def known(value: Other, origin: Origin) -> Finding[Other]:
    """Return a finding with a value."""
    return Finding(FindingState.KNOWN, value, origin)


def none_seen(origin: Origin, reason: Fact | None = None) -> Finding[Never]:
    """Return the finding that a complete list contains no such thing; `reason` is what it contains in its place."""
    return Finding(FindingState.NONE_SEEN, None, origin, reason)


def unknown(reason: Fact, origin: Origin | None = None) -> Finding[Never]:
    """Return a finding that says only why nothing is known."""
    return Finding(FindingState.UNKNOWN, None, origin, reason)


def oldest(origin: Origin, *others: Origin | None) -> Origin:
    """Return the origin with the time of the oldest one: a statement from several lists is as old as the oldest."""
    times = [each.at for each in (origin, *others) if each is not None]
    return origin if min(times) == origin.at else replace(origin, at=min(times))


NOT_READ: Finding[Never] = unknown(fact("inventory_not_read"))
"""The finding before anything was read."""
