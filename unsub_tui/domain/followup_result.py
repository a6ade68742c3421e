"""What a look at the account shows after an item was settled: is it gone, and what of it is left and bills on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


class LeftoverReason(StrEnum):
    """Why something that is left has to do with the item. The values are stable."""

    ITSELF = "itself"
    """The item is listed again."""
    ATTACHED = "attached"
    """It should have gone along."""
    SAME_ORDER = "same_order"
    """It was bought with the same order, and was not part of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A resource that is still there."""

    resource_id: str
    reason: LeftoverReason
    status: int
    resource_name: UntrustedText = EMPTY
    service_type_code: UntrustedText = EMPTY
    resource_type_code: UntrustedText = EMPTY
    region_code: UntrustedText = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupResult:
    """What one look after the settlement showed."""

    leftovers: tuple[Leftover, ...] = ()
    unlisted_count: int = 0
    """Resources of the same order beyond those that are named."""
    missing: tuple[str, ...] = ()
    """What could not be looked at, for people."""

    @property
    def is_clean(self) -> bool:
        """Whether everything was looked at and nothing is left that should have gone."""
        return not self.missing and all(each.reason is LeftoverReason.SAME_ORDER for each in self.leftovers)
