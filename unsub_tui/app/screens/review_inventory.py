"""The findings about the resources of a review: read in the background while the user reads the review."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.css.query import NoMatches

from unsub_tui.app.dialogs.reading import ReadingDialog
from unsub_tui.domain.inventory.plan_findings import PlanFindings, find_changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from unsub_tui.app.screens.base import BaseScreen
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.resource import Catalog

FRESH_SECONDS = 10.0
"""Age up to which the findings are not read again before a confirmation."""


@dataclass(frozen=True, slots=True)
class KnownInventory:
    """The inventories that are known before a review begins."""

    catalog: Catalog
    """The yearly/monthly resources of the account."""
    inventory: Inventory | None = None
    """The inventory of the list; None if none was read."""


class ReviewInventory:
    """Reads the inventory about the resources of a review. Nothing waits for it."""

    def __init__(self, screen: BaseScreen[Any], known: KnownInventory, show: Callable[[PlanFindings], None]) -> None:
        self._screen = screen
        self._show_findings = show
        self._known = known
        self._reader = screen.engine.plan_inventory()
        self._findings: PlanFindings | None = None
        self._kept: Plan | None = None
        """The plan without the items that were dropped since; None until one is."""
        self._finished = asyncio.Event()
        """Set once everything has been read, or could not be."""
        self._read_at = 0.0
        """Time at which the last reading ended."""

    def start(self, plan: Plan) -> None:
        """Read everything about the resources of a plan."""
        self._finished.clear()
        self._screen.run_worker(self._read(plan), exclusive=True, group="findings")

    def draw_conclusions(self, kept: Plan) -> None:
        """Draw the conclusions again that depend on which items are kept: what else is deleted, and what stays."""
        self._kept = kept
        if self._findings is not None and not self._findings.is_reading:
            self._screen.run_worker(self._conclude(kept, self._findings), exclusive=True, group="findings")

    async def read_again(self, kept: Plan) -> bool:
        """Read everything again, unless that was just done; return whether it has changed since the user saw it.

        It takes some seconds at most, and the user can go on without it.
        """
        before = self._findings
        seen = before if before is not None and self._finished.is_set() else None
        if seen is not None and self._screen.options.monotonic() - self._read_at < FRESH_SECONDS:
            return False
        if seen is not None:
            self.start(kept)  # else the first reading is awaited
        was_read = await self._screen.app.push_screen_wait(ReadingDialog(self._finished.wait))
        after = self._findings or PlanFindings(now=self._screen.engine.clock.now())
        if not was_read:
            self._show(replace(after, is_rereading_skipped=True))
            return False
        changes = find_changes(seen, after) if seen is not None else {}
        if changes:
            self._show(replace(after, changes=changes))
        return bool(changes)

    async def _read(self, plan: Plan) -> None:
        known = self._findings.by_id if self._findings is not None else {}
        with suppress(NoMatches):  # the screen may be closing
            async for findings in self._reader.read(plan.resources, self._known.catalog, self._known.inventory):
                self._show(replace(findings, by_id={**known, **findings.by_id}))
            self._read_at = self._screen.options.monotonic()
            self._finished.set()
            if self._kept is not None:
                self.draw_conclusions(self._kept)

    async def _conclude(self, kept: Plan, known: PlanFindings) -> None:
        with suppress(NoMatches):  # the screen may be closing
            found = await self._reader.findings(kept.resources)
            self._show(replace(known, by_id={**known.by_id, **found.by_id}))

    def _show(self, findings: PlanFindings) -> None:
        self._findings = findings
        self._show_findings(findings)
