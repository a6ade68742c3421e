"""The inventory of the list: read in the background after each listing, shown as its lists arrive."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.resource import Catalog
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.engine.inventory.list_jobs import InventoryProgress

REDRAW_SECONDS = 0.5
"""Minimum time between two redraws of the table while lists arrive: each of them changes cells."""


class InventorySweep:
    """Reads the inventory of the listed resources. Nothing waits for it."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None]) -> None:
        self._pane = pane
        self._screen = screen
        self._engine = screen.engine
        self._is_redraw_pending = False

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

    def _begin(self, inventory: Inventory) -> None:
        """Show the columns of the inventory, still without content before the first sweep."""
        self._pane.tabs.context.inventory = inventory
        self._pane.update(lambda: None, fit=True)

    def _show_step(self, step: InventoryProgress) -> None:
        """Show the progress, and redraw the table a moment later, together with the lists that arrive until then."""
        self._pane.inventory_progress = _("Inventory {done}/{total}").format(done=step.done, total=step.total)
        if not self._is_redraw_pending:
            self._is_redraw_pending = True
            self._screen.set_timer(REDRAW_SECONDS, self._redraw)

    def _redraw(self) -> None:
        self._is_redraw_pending = False
        if self._pane.table.range_start is None:  # an open range would end
            self._pane.table.reload()

    def _end(self) -> None:
        """Measure the columns again, and apply the filter to what is known now."""
        self._pane.inventory_progress = ""
        self._pane.update(lambda: None, fit=True)
