"""A listing of the account that grows while pages arrive, and its rows on one tab."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import not_

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.listmodel.row_model import RowModel

REASONS: tuple[BlockedReason | None, ...] = (None, *BlockedReason)
"""Reasons why a resource cannot be selected, by code; 0 stands for none."""

REASON_CODES = {reason: code for code, reason in enumerate(REASONS)}
"""Codes of the reasons, which fit in one byte."""


@dataclass(slots=True)
class ListSnapshot:
    """The resources of one tab, with their attachments and the reasons why they cannot be selected."""

    listing: RowModel
    catalog: Catalog
    """The catalog of the whole account; the tab shows a subset of it."""
    reason_codes: bytearray = field(default_factory=bytearray)
    """For each row, the code of the reason why it cannot be selected; bytes allow bulk operations on all rows."""
    selectable: dict[str, None] = field(default_factory=dict)
    """Ids of all selectable resources in listing order; dict keys keep their hashes, which speeds up selecting all."""
    one_by_one: bool = False
    """Whether the reasons are those of queue mode."""
    is_complete: bool = False
    """Whether every page has arrived; no plan is drafted before."""

    def reason_at(self, row: int) -> BlockedReason | None:
        """Return why a row cannot be selected, or None if it can."""
        return REASONS[self.reason_codes[row]]

    def add_page(self, page: Sequence[Resource], reasons: Sequence[BlockedReason | None]) -> None:
        """Add the rows that a page contains for this tab, each with the reason why it cannot be selected."""
        self.reason_codes.extend(map(REASON_CODES.__getitem__, reasons))
        self.selectable.update((each.id, None) for each, reason in zip(page, reasons, strict=True) if reason is None)
        self.listing.add_page(page)
        self.listing.facts.search_text()  # built per page, so that the first filter key need not wait

    def set_reasons(self, reasons: Iterable[BlockedReason | None]) -> None:
        """Replace the reasons of all rows."""
        self.reason_codes[:] = bytes(map(REASON_CODES.__getitem__, reasons))
        self.selectable = dict.fromkeys(compress(self.listing.ids, map(not_, self.reason_codes)))

    def mark_closed(self, resource_ids: Collection[str]) -> None:
        """Mark resources as closed, with their closed state taken from the catalog."""
        self.listing.replace_resources(
            closed for each in resource_ids if (closed := self.catalog.get(each)) is not None
        )
        for each in resource_ids:
            row = self.listing.row_of(each)
            if row is not None:
                self.reason_codes[row] = REASON_CODES[BlockedReason.CLOSED]
                self.selectable.pop(each, None)
