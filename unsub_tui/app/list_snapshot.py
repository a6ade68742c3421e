"""One listing of the account, growing while pages arrive, and its rows on one tab."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.row_model import RowModel

EligibilityCheck = Callable[[Resource, Catalog], BlockedReason | None]
"""Says why a resource cannot be marked on a tab, or None."""

REASON_CODES: dict[BlockedReason | None, int] = {
    None: 0,
    **{reason: number for number, reason in enumerate(BlockedReason, start=1)},
}
"""The reasons as numbers that fit a byte."""


@dataclass(slots=True)
class ListSnapshot:
    """The resources of a tab with what is known of each: where it is attached, why it cannot be marked."""

    listing: RowModel
    catalogue: Catalog = field(default_factory=Catalog)
    """The whole account, of which the tab has a part."""
    reasons: list[BlockedReason | None] = field(default_factory=list)
    """By row: why it cannot be marked."""
    reason_codes: bytearray = field(default_factory=bytearray)
    """By row: the number of that reason, 0 where there is none; for work on all rows at once."""
    selectable: dict[str, None] = field(default_factory=dict)
    """The ids of all that may be marked, in the order of the listing: what is hashed already is marked at once."""
    is_complete: bool = False
    """Whether every page has arrived; nothing is planned before."""

    def add_page(self, page: Sequence[Resource], blocked: EligibilityCheck) -> None:
        """Take in what one page has for this tab."""
        catalogue = self.catalogue
        reasons = [blocked(each, catalogue) for each in page]
        self.reasons.extend(reasons)
        self.reason_codes.extend(map(REASON_CODES.__getitem__, reasons))
        self.selectable.update((each.id, None) for each, reason in zip(page, reasons, strict=True) if reason is None)
        self.listing.add_page(page)
        self.listing.facts.search_text()  # made as pages come: the first letter of a filter need not wait for it

    def mark_closed(self, resource_ids: Collection[str]) -> None:
        """Take over from the catalogue that these are gone."""
        self.listing.replace_resources(
            closed for each in resource_ids if (closed := self.catalogue.get(each)) is not None
        )
        for each in resource_ids:
            row = self.listing.row_of(each)
            if row is not None:
                self.reasons[row] = BlockedReason.CLOSED
                self.reason_codes[row] = REASON_CODES[BlockedReason.CLOSED]
                self.selectable.pop(each, None)


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What a newer listing has that the one on the screen has not, and the other way round."""

    added: tuple[Resource, ...]
    removed: tuple[Resource, ...]
    changed: tuple[Resource, ...]

    def __len__(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)


def compare_listings(before: Catalog, after: Catalog) -> ListChanges:
    """Compare two whole listings by id."""
    old = {each.id: each for each in before.resources}
    new = {each.id: each for each in after.resources}
    return ListChanges(
        added=tuple(each for key, each in new.items() if key not in old),
        removed=tuple(each for key, each in old.items() if key not in new),
        changed=tuple(each for key, each in new.items() if key in old and old[key] != each),
    )
