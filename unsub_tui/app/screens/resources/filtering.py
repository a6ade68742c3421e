"""Commands of the resource list for filtering, sorting, columns, folding and the counts panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on, work

from unsub_tui.app.columns import column_kinds
from unsub_tui.app.dialogs.menu import Checklist, Menu, MenuItem
from unsub_tui.app.dialogs.prompt import Prompt
from unsub_tui.app.resource_view import LISTING_ORDER
from unsub_tui.app.screens.resources.list_screen import ListScreen
from unsub_tui.app.widgets.filter_bar import FilterBar
from unsub_tui.app.widgets.side_panel import SidePanel
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.facets import FACETS, facet_term, facets_page, toggle_term
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text

SAVE_FILTER = " save"
"""Id of the menu item that saves the current filter under a name; no filter name begins with a space."""


class FilteringMixin(ListScreen):
    """A list screen with filtering, sorting, column selection, folding and counts."""

    shows_counts = False
    """Whether the side panel shows counts."""

    @on(FilterBar.Changed)
    def _filter(self) -> None:
        self.apply_typed_filter()

    @on(FilterBar.Exited)
    def _leave_filter(self) -> None:
        self.apply_typed_filter()
        if self.resource_list.filter_error is not None:  # stay, so that the next key corrects it
            self.set_status(self.filter_error_hint())
            return
        self.table.focus()
        unasked = self.resource_tabs.unknown_order_ids(self.resource_list.query.order_ids)
        if unasked:
            self.load_order_resources(unasked)

    @work(exclusive=True, group="orders")
    async def load_order_resources(self, order_ids: Sequence[str]) -> None:
        """Read the resources of these orders from Huawei Cloud and apply the filter again."""
        try:
            for each in order_ids:
                self.set_status(_("asking for order {id} ...").format(id=for_display(each)))
                found = await self.engine.catalog.resources_of_order(each)
                self.resource_tabs.add_order(each, found)
                count = plural("{n} resource", "{n} resources", len(found))
                self.set_status(_("order {id}: {count} in the account").format(id=for_display(each), count=count))
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        words, here = self.query_one("#message", OneLineLabel).text, self.current_resource
        self.resource_list.reapply_filter()
        self.reload(here)
        self.set_status(words)

    def action_blocked(self) -> None:
        """Show only resources that cannot be unsubscribed from, or all resources."""
        self.filter_bar.set_filter(toggle_term(self.filter_bar.field.value, "is:blocked"))

    def action_filter(self) -> None:
        """Open the filter field."""
        self.filter_bar.open()

    @work(exclusive=True, group="dialog")
    async def action_named_filters(self) -> None:
        """Apply a named filter, or save the current filter under a name."""
        items = [MenuItem(name, name, detail=text) for name, text in sorted(self.options.filters.items())]
        if self.resource_list.query:
            items.append(
                MenuItem(SAVE_FILTER, _("save this filter under a name"), detail=self.resource_list.query.text)
            )
        if not items:
            self.set_status(_("no filter has a name yet; filter first, then press F to give the filter one"))
            return
        chosen = await self.app.push_screen_wait(Menu(_("Filters"), items, searchable=True))
        if chosen == SAVE_FILTER:
            await self._save_filter()
        elif chosen is not None:
            self.filter_bar.set_filter(self.options.filters[chosen])

    async def _save_filter(self) -> None:
        text = self.resource_list.query.text
        name = await self.app.push_screen_wait(
            Prompt(
                _("A name for this filter"), [text], validate_text=self.options.filter_name_problem, writes_file=True
            )
        )
        if name is None:
            return
        try:
            where = self.options.save_filter(name, text)
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self.options.filters[name] = text
        self.set_status(
            _("saved as {name} in {where}; F finds it, --filter @{name} too").format(name=name, where=where)
        )

    @work(exclusive=True, group="dialog")
    async def action_sort(self) -> None:
        """Choose the sort column; the previous one becomes the second key."""
        items = [MenuItem(kind.id, kind.title, kind.letter) for kind in column_kinds(self.resource_list.tab)]
        items.append(MenuItem(LISTING_ORDER, _("as the service gives them"), "0"))
        chosen = await self.app.push_screen_wait(Menu(_("Sort by (again: reversed)"), items))
        if chosen is not None:
            self._sorted(lambda: self.resource_list.sort_by(chosen))

    def action_reverse(self) -> None:
        """Reverse the sort order."""
        if self.resource_list.sort_description:
            self._sorted(self.resource_list.reverse)
        else:
            self.set_status(_("not sorted; s sorts by a column"))

    @work(exclusive=True, group="dialog")
    async def action_columns(self) -> None:
        """Choose the visible columns."""
        items = [MenuItem(kind.id, kind.title) for kind in column_kinds(self.resource_list.tab)]
        shown = [kind.id for kind in self.resource_list.column_kinds]
        chosen = await self.app.push_screen_wait(Checklist(_("Columns"), items, shown, required_id="name"))
        if chosen is not None:
            self.resource_list.choose_columns(chosen)
            self.fit_columns()

    def action_fold(self) -> None:
        """Fold or unfold the attached resources of the current row."""
        here = self.current_resource
        main = self.resource_list.catalogue.primary_of(here) if here is not None and not here.is_main_resource else here
        words = self.resource_list.toggle_fold(self.table.cursor)
        if words:
            self.set_status(words)
        else:
            self.reload(main or here)

    def action_fold_all(self) -> None:
        """Fold or unfold all attached resources."""
        here = self.current_resource
        main = self.resource_list.catalogue.primary_of(here) if here is not None and not here.is_main_resource else None
        folded = self.resource_list.toggle_fold_all()
        self.reload(main if folded and main is not None else here)
        self.set_status(_("attached resources are folded away; t shows those of a row") if folded else "")

    def action_counts(self) -> None:
        """Show the counts panel and focus it, or hide it."""
        self.shows_counts = not self.shows_counts
        self.redraw_side_panel()
        if self.shows_counts:
            self.side_panel.focus()
        else:
            self.table.focus()

    @work(exclusive=True, group="dialog")
    async def action_region(self) -> None:
        """Filter by a region chosen from a menu."""
        counts = self.resource_list.facet(FACETS["region"])
        items = [MenuItem(name, name or _("(none)"), detail=f"{count:,}") for name, count in sorted(counts.items())]
        chosen = await self.app.push_screen_wait(Menu(_("Region"), items, searchable=True))
        if chosen is not None:
            self.filter_bar.set_filter(toggle_term(self.filter_bar.field.value, facet_term("region", chosen)))

    @on(SidePanel.EntryChosen)
    def _filter_by(self, event: SidePanel.EntryChosen) -> None:
        if self.shows_counts:
            self.filter_bar.set_filter(toggle_term(self.filter_bar.field.value, event.key))

    @on(SidePanel.Exited)
    def _leave_side(self) -> None:
        self.table.focus()

    def fill_side_panel_with_counts(self) -> None:
        """Fill the side panel with counts of the visible resources."""
        counts = {field: self.resource_list.facet(value_of) for field, value_of in FACETS.items()}
        self.side_panel.entries = facets_page(counts, self.resource_list.query.text, self.side_panel.view.width)
        if self.side_panel.cursor == 0:
            self.side_panel.cursor = 1  # the first entry is a heading

    def _sorted(self, change: Callable[[], None]) -> None:
        here = self.current_resource
        change()
        self.reload(here)
        order = self.resource_list.sort_description
        self.set_status(_("sorted by {column}").format(column=order) if order else _("in the order of the service"))
