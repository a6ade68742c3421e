"""The inventory of the list: read in the background after each listing, shown as its lists arrive."""

from __future__ import annotations

from asyncio import sleep, to_thread
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unsub_tui.app.commands import key_of
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import ListPane, SideView
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.present.cleanup_filters import cleanup_hint
from unsub_tui.present.facets import FINDING_FACETS, finding_counts
from unsub_tui.present.i18n import _
from unsub_tui.present.status_line import guarded_text

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.engine.inventory.list_jobs import InventoryProgress

COLUMNS = ("state", "backup", "tags", "cluster", "activity")
"""Columns with findings, whose values change while lists arrive."""

PREPARED_FIELDS = ("run", "attached", "bound", "backup", "tag")
"""Findings that are made ready for a filter once everything is read: the first key of a filter need not wait."""

REDRAW_SECONDS = 0.5
"""Minimum time between two redraws of the table while lists arrive: each of them changes cells."""


class InventorySweep:
    """Reads the inventory of the listed resources. Nothing waits for it."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None]) -> None:
        self._pane = pane
        self._screen = screen
        self._engine = screen.engine
        self._is_timer_set = False
        self._is_reading = False
        """Whether findings are being read for the list."""
        self._is_asked = False
        """Whether the list has asked for findings while some were being read."""
        self._is_over = False
        """Whether all lists were read."""
        self._is_end_due = False
        """Whether everything was read since the list was drawn."""
        self._detailed: dict[str, Inventory] = {}
        """By field of a filter, the inventory for which its findings were read apart from the lists, or are being read.
        """
        self._has_hinted = False
        """Whether the user was told what the first inventory found."""

    def start(self) -> None:
        """Read the inventory of the current listing; what was known before stays until it is read again."""
        if not self._screen.options.reads_inventory:
            return
        self._screen.run_worker(self._read(self._pane.resources.catalog), exclusive=True, group="inventory")

    async def _read(self, catalog: Catalog) -> None:
        if not catalog.resources:
            return
        context, reader = self._pane.tabs.context, self._engine.inventory
        # In a thread, because it looks at every resource. What was read for the last listing is shown until it is
        # read again.
        inventory = await to_thread(reader.new_inventory, catalog, context.inventory)
        self._screen.call_later(self._begin, inventory)
        async for step in reader.sweep(inventory, catalog.resources):
            self._screen.call_later(self._show_step, step)
        self._screen.call_later(self._end)
        await self._engine.account.fetch_actor()  # IAM may not answer: what was read is shown without the name
        self._screen.call_later(self._name_user)

    def read_details(self) -> None:
        """Read what filters need beside the lists, once for each inventory: metrics, nodes of clusters."""
        inventory = self._pane.tabs.context.inventory
        if inventory is None or not self._is_over:
            return
        used = {name for each in self._pane.tabs.by_tab.values() for name in each.query.finding_fields}
        readers = {"quiet": self._read_metrics, "cluster": self._read_nodes}
        for name in readers.keys() & used:
            if self._detailed.get(name) is not inventory:
                self._detailed[name] = inventory
                self._screen.run_worker(readers[name](inventory), exclusive=True, group=name)

    async def _read_nodes(self, inventory: Inventory) -> None:
        async for step in self._engine.inventory.read_nodes(inventory):
            words = _("Nodes {done}/{total}").format(done=step.done, total=step.total)
            self._screen.call_later(self._show_progress, words)
        self._screen.call_later(self._end)

    async def _read_metrics(self, inventory: Inventory) -> None:
        from unsub_tui.engine.inventory.metric_reads import servers_to_measure

        now = self._engine.clock.now()
        servers = await to_thread(servers_to_measure, inventory, inventory.catalog.resources, now)
        async for step in self._engine.inventory.measure(inventory, servers):
            words = _("Metrics {done}/{total}").format(done=step.done, total=step.total)
            self._screen.call_later(self._show_progress, words)
        self._screen.call_later(self._end)

    def _begin(self, inventory: Inventory) -> None:
        """Show the columns of the inventory, still without content before the first sweep."""
        self._is_over = self._is_end_due = False
        self._pane.tabs.context.inventory = inventory
        self._pane.update(lambda: None, fit=True)

    def _show_step(self, step: InventoryProgress) -> None:
        """Show the progress, and redraw the table a moment later, together with the lists that arrive until then."""
        self._show_progress(_("Inventory {done}/{total}").format(done=step.done, total=step.total))

    def _show_progress(self, words: str) -> None:
        self._pane.inventory_progress = words
        self._redraw_soon()

    def _end(self) -> None:
        self._is_over = self._is_end_due = True
        self._redraw_soon()

    def _name_user(self) -> None:
        """Say in the details who sees what was read."""
        self._pane.tabs.context.user = self._engine.account.actor.user
        self._pane.side.fill()

    def _redraw_soon(self) -> None:
        if not self._is_timer_set:
            self._is_timer_set = True
            self._screen.set_timer(REDRAW_SECONDS, self._redraw)

    def _redraw(self) -> None:
        self._is_timer_set = False
        self._show_findings()

    def read_outdated(self) -> None:
        """Read the findings that the list uses, and that have changed; now, not with the next redraw."""
        if self._pane.resources.rows.facts.outdated_findings:
            self._show_findings()

    def _show_findings(self) -> None:
        if self._is_reading:
            self._is_asked = True
            return
        self._is_reading = True
        self._screen.run_worker(self._read_findings(), group="findings")

    async def _read_findings(self) -> None:
        """Read the findings that the list uses, a few rows at a time, and show it with them."""
        self._is_asked, is_end, rows = False, self._is_end_due, self._pane.resources.rows
        fields, has_counts = rows.query.finding_fields, self._pane.side_view is SideView.COUNTS
        needed = (*fields, *(FINDING_FACETS if has_counts else ()), *(PREPARED_FIELDS if is_end else ()))
        try:
            for _step in rows.facts.refresh_findings(needed):
                await sleep(0)
        finally:
            self._is_reading = False
        if self._pane.table.range_start is not None:  # an open range would end
            self._redraw_soon()
        elif is_end:
            self._is_end_due = False
            self._show_end()
        elif fields or has_counts:
            self._pane.filtering.apply_again()
        else:
            self._pane.table.reload()
        if self._is_asked:
            self.read_outdated()

    def _show_end(self) -> None:
        """Measure the columns again, and apply guards, filter and sort order of all tabs to what is known now."""
        tabs = self._pane.tabs
        self._pane.inventory_progress = ""

        def show() -> Sequence[Resource]:
            dropped = self._apply_guards()
            for each in tabs.by_tab.values():
                for name in COLUMNS:
                    each.rows.sort_again(name)
                if each.query.finding_fields:
                    each.rows.update_visible()
            return dropped

        dropped = self._pane.update(show, fit=True)
        if dropped:
            self._pane.set_status(guarded_text(dropped))
        elif not self._has_hinted:
            rows = self._pane.resources.rows
            hint = cleanup_hint(finding_counts(rows.facts, rows.visible_rows), key_of(self._screen, "list.filters"))
            self._pane.hold_status(hint)
        self._has_hinted = True
        self.read_details()

    def _apply_guards(self) -> Sequence[Resource]:
        """Return the selected resources that were deselected, because they violate a guard by what is known now."""
        if not self._engine.guards.depend_on_findings:
            return ()
        return [resource for each in self._pane.tabs.by_tab.values() for resource in each.update_reasons()]
