"""Result of the follow-up check of a completed item: leftovers that keep billing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


class LeftoverReason(StrEnum):
    """The relation of a leftover to the item. The values are stable."""

    ITSELF = "itself"
    """The item itself is still listed."""
    ATTACHED = "attached"
    """An attached resource that should also have been unsubscribed from."""
    SAME_ORDER = "same_order"
    """Purchased with the same order, but not part of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A resource that still exists."""

    resource_id: str
    reason: LeftoverReason
    status: int
    resource_name: UntrustedText = EMPTY
    service_type_code: UntrustedText = EMPTY
    resource_type_code: UntrustedText = EMPTY
    region_code: UntrustedText = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupResult:
    """Result of one follow-up check."""

    leftovers: tuple[Leftover, ...] = ()
    unlisted_count: int = 0
    """Number of resources of the same order that `leftovers` does not list."""
    missing: tuple[Fact, ...] = ()
    """Parts that could not be checked."""

    @property
    def is_clean(self) -> bool:
        """Whether everything was checked and no leftover should have been deleted."""
        return not self.missing and all(each.reason is LeftoverReason.SAME_ORDER for each in self.leftovers)
