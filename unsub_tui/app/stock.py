"""One listing of the account, growing while pages arrive, and its rows on one tab."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.listing import Listing
from unsub_tui.domain.resource import Catalogue, Resource

Objection = Callable[[Resource, Catalogue], Blocked | None]
"""Says why a resource cannot be marked on a tab, or None."""

NUMBERS: dict[Blocked | None, int] = {None: 0, **{reason: number for number, reason in enumerate(Blocked, start=1)}}
"""The reasons as numbers that fit a byte."""


@dataclass(slots=True)
class Stock:
    """The resources of a tab with what is known of each: where it is attached, why it cannot be marked."""

    listing: Listing
    catalogue: Catalogue = field(default_factory=Catalogue)
    """The whole account, of which the tab has a part."""
    reasons: list[Blocked | None] = field(default_factory=list)
    """By row: why it cannot be marked."""
    verdicts: bytearray = field(default_factory=bytearray)
    """By row: the number of that reason, 0 where there is none; for work on all rows at once."""
    markable: dict[str, None] = field(default_factory=dict)
    """The ids of all that may be marked, in the order of the listing: what is hashed already is marked at once."""
    whole: bool = False
    """Whether every page has arrived; nothing is planned before."""

    def take(self, page: Sequence[Resource], blocked: Objection) -> None:
        """Take in what one page has for this tab."""
        catalogue = self.catalogue
        reasons = [blocked(each, catalogue) for each in page]
        self.reasons.extend(reasons)
        self.verdicts.extend(map(NUMBERS.__getitem__, reasons))
        self.markable.update((each.id, None) for each, reason in zip(page, reasons, strict=True) if reason is None)
        self.listing.extend(page)
        self.listing.facts.search_text()  # made as pages come: the first letter of a filter need not wait for it

    def close(self, resource_ids: Collection[str]) -> None:
        """Take over from the catalogue that these are gone."""
        self.listing.replace(closed for each in resource_ids if (closed := self.catalogue.get(each)) is not None)
        for each in resource_ids:
            row = self.listing.row_of(each)
            if row is not None:
                self.reasons[row] = Blocked.CLOSED
                self.verdicts[row] = NUMBERS[Blocked.CLOSED]
                self.markable.pop(each, None)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a newer listing has that the one on the screen has not, and the other way round."""

    new: tuple[Resource, ...]
    gone: tuple[Resource, ...]
    changed: tuple[Resource, ...]

    def __len__(self) -> int:
        return len(self.new) + len(self.gone) + len(self.changed)


def changes(before: Catalogue, after: Catalogue) -> Changes:
    """Compare two whole listings by id."""
    old = {each.id: each for each in before.resources}
    new = {each.id: each for each in after.resources}
    return Changes(
        new=tuple(each for key, each in new.items() if key not in old),
        gone=tuple(each for key, each in old.items() if key not in new),
        changed=tuple(each for key, each in new.items() if key in old and old[key] != each),
    )
