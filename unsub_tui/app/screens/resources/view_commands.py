"""The commands that change the view of the resource list: filter, sort order, columns, folding, side panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from unsub_tui.app.columns import LISTING_ORDER
from unsub_tui.app.dialogs.dialog import Prompt
from unsub_tui.app.dialogs.menu import Checklist, Menu, MenuItem
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.resources.list_pane import ListPane, SideView
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.present.cleanup_filters import CLEANUP_FILTERS
from unsub_tui.present.facets import FACETS, facet_term
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text

SAVE_FILTER = " save"
"""Id of the menu item that saves the current filter under a name; no filter name begins with a space."""


class ViewCommands:
    """Change what a list pane shows, and how."""

    def __init__(self, pane: ListPane, options: AppOptions) -> None:
        self._pane = pane
        self._options = options
        pane.add_commands(
            {
                "filter": lambda: pane.filter_bar.open(),  # noqa: PLW0108 - the bar does not exist yet
                "blocked": lambda: pane.filter_bar.toggle_term("is:blocked"),
                "named_filters": self.choose_named_filter,
                "region": self.choose_region,
                "sort": self.choose_sort,
                "reverse": self.reverse,
                "columns": self.choose_columns,
                "fold": self.fold,
                "fold_all": self.fold_all,
                "counts": self.toggle_counts,
                "selected_only": self.toggle_selected_only,
                "step_back": self.step_back,
            }
        )

    async def choose_named_filter(self) -> None:
        """Apply a named filter, or save the current filter under a name."""
        pane, filters = self._pane, self._options.filters
        items = [MenuItem(text, name, detail=text) for name, text in sorted(filters.items())]
        if pane.tabs.context.inventory is not None:
            # The text of all is left out: whatever is typed would be found in it.
            items += [
                MenuItem(text, name, detail="" if " or " in text else text) for name, text in CLEANUP_FILTERS.items()
            ]
        if pane.resources.query:
            items.append(MenuItem(SAVE_FILTER, _("Name the current filter"), detail=pane.resources.query.text))
        if not items:
            pane.set_status(_("No filter has a name yet. Filter first, then press F to name the filter."))
            return
        chosen = await pane.app.push_screen_wait(Menu(_("Filters"), items, searchable=True))
        if chosen == SAVE_FILTER:
            await self._save_filter(pane.resources.query.text)
        elif chosen is not None:
            here = pane.current_resource
            pane.filter_bar.set_filter(chosen)
            pane.apply_typed_filter()
            if pane.current_resource is not here:  # the row is gone: begin with the first one
                pane.table.cursor = 0

    async def _save_filter(self, text: str) -> None:
        pane, options = self._pane, self._options
        prompt = Prompt(_("Name of this filter"), [text], validate_text=options.filter_name_problem, writes_file=True)
        name = await pane.app.push_screen_wait(prompt)
        if name is None:
            return
        try:
            path = options.save_filter(name, text)
        except UnsubError as error:
            pane.set_status(problem_text(error.problem))
            return
        options.filters[name] = text
        message = _("Saved as {name} in {path}. Apply it with F, or with --filter @{name}.")
        pane.set_status(message.format(name=name, path=path))

    async def choose_region(self) -> None:
        """Filter by a region chosen from a menu."""
        counts = Counter(map(FACETS["region"], self._pane.resources.shown_resources()))
        items = [MenuItem(name, name or _("(none)"), detail=f"{count:,}") for name, count in sorted(counts.items())]
        chosen = await self._pane.app.push_screen_wait(Menu(_("Region"), items, searchable=True))
        if chosen is not None:
            self._pane.filter_bar.toggle_term(facet_term("region", chosen))

    async def choose_sort(self) -> None:
        """Choose the sort column; the previous one becomes the second key."""
        items = [MenuItem(kind.id, kind.title, kind.letter) for kind in self._pane.columns.kinds]
        items.append(MenuItem(LISTING_ORDER, _("as listed by Huawei Cloud"), "0"))
        chosen = await self._pane.app.push_screen_wait(Menu(_("Sort by (again: reverse)"), items))
        if chosen is not None:
            self._sort(lambda: self._pane.columns.sort_by(chosen))

    def reverse(self) -> None:
        """Reverse the sort order."""
        if self._pane.columns.sort_description:
            self._sort(self._pane.columns.reverse)
        else:
            self._pane.set_status(_("The list is not sorted. s sorts it by a column."))

    async def choose_columns(self) -> None:
        """Choose the visible columns."""
        columns = self._pane.columns
        items = [MenuItem(kind.id, kind.title) for kind in columns.kinds]
        shown = [kind.id for kind in columns.shown]
        chosen = await self._pane.app.push_screen_wait(Checklist(_("Columns"), items, shown, required_id="name"))
        if chosen is not None:
            self._pane.update(lambda: columns.choose(chosen), fit=True)

    def fold(self) -> None:
        """Fold or unfold the attached resources of the current row."""
        pane, here, rows = self._pane, self._pane.current_resource, self._pane.resources.rows
        if here is None:
            pane.set_status(_("The list is empty."))
            return
        row = rows.visible_rows[pane.table.cursor]
        if not pane.update(lambda: rows.toggle_fold(row), follow=self._primary(here) or here):
            pane.set_status(_("This resource has no attached resources."))

    def fold_all(self) -> None:
        """Fold or unfold all attached resources."""
        pane, here = self._pane, self._pane.current_resource
        rows = pane.resources.rows
        will_fold = not rows.all_folded
        follow = self._primary(here) if will_fold and here is not None else None
        pane.update(lambda: rows.fold_all(folded=will_fold), follow=follow)
        pane.set_status(_("Attached resources are folded. t unfolds those of a row.") if will_fold else "")

    def toggle_counts(self) -> None:
        """Show the counts panel and focus it, or hide it."""
        if self._pane.side_view is SideView.COUNTS:
            self._pane.side.close()
            self._pane.table.focus()
        else:
            self._pane.side_view = SideView.COUNTS
            self._pane.side_panel.focus()

    def toggle_selected_only(self) -> None:
        """Show selected resources only, or all resources."""
        listed = self._pane.resources
        self._pane.update(lambda: listed.show_selected_only(only=not listed.selected_only))

    def step_back(self) -> None:
        """Leave the range, the counts, the filter, the selected-only view or the details, whichever comes first."""
        pane = self._pane
        if pane.table.range_start is not None:
            pane.table.range_start = None
        elif pane.side_view is SideView.COUNTS:
            pane.side.close()
        elif pane.filter_bar.field.value:
            pane.filter_bar.set_filter("")
        elif pane.resources.selected_only:
            self.toggle_selected_only()
        elif pane.side_view is SideView.DETAILS:
            pane.side.close()
        else:
            pane.set_status(_("Nothing to clear. q quits."))

    def _sort(self, change: Callable[[], None]) -> None:
        self._pane.update(change)
        order = self._pane.columns.sort_description
        text = _("Sorted by {column}.").format(column=order) if order else _("Not sorted: as listed by Huawei Cloud.")
        self._pane.set_status(text)

    def _primary(self, resource: Resource) -> Resource | None:
        """Return the primary resource of an attached one, which stays visible when its group is folded."""
        return None if resource.is_main_resource else self._pane.resources.catalog.primary_of(resource)
