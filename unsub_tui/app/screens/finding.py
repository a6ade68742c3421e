"""The keys that find: filter, order, columns, folding, and counts beside the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on, work

from unsub_tui.app.columns import kinds_of
from unsub_tui.app.screens.listing import ListScreen
from unsub_tui.app.screens.menu import Checklist, Item, Menu
from unsub_tui.app.screens.prompts import Prompt
from unsub_tui.app.shown import ARRIVAL
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.filter import FilterBar
from unsub_tui.app.widgets.side import SidePanel
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import UnsubError
from unsub_tui.present.facets import FACETS, facet_term, facets_page, toggled
from unsub_tui.present.problems import problem_text
from unsub_tui.present.words import _, plural

SAVE_FILTER = " save"
"""The menu's item that gives the present filter a name; no name begins with a blank."""


class FindingScreen(ListScreen):
    """A list screen on which things are found."""

    shows_counts = False
    """Whether the panel beside the list shows counts."""

    @on(FilterBar.Changed)
    def _filter(self) -> None:
        self.filter_typed()

    @on(FilterBar.Left)
    def _leave_filter(self) -> None:
        self.filter_typed()
        if self.board.wrong is not None:  # the next key is one that corrects it, not one of the list
            self.say(self.way_out())
            return
        self.table.focus()
        unasked = self.boards.unasked(self.board.query.order_ids)
        if unasked:
            self.ask_for_orders(unasked)

    @work(exclusive=True, group="orders")
    async def ask_for_orders(self, order_ids: Sequence[str]) -> None:
        """Ask the service which resources these orders are about, and filter anew."""
        try:
            for each in order_ids:
                self.say(_("asking for order {id} ...").format(id=clean(each)))
                found = await self.engine.resources_of_order(each)
                self.boards.take_order(each, found)
                count = plural("{n} resource", "{n} resources", len(found))
                self.say(_("order {id}: {count} in the account").format(id=clean(each), count=count))
        except UnsubError as error:
            self.say(problem_text(error.problem))
            return
        words, here = self.query_one("#message", TextLine).text, self.here
        self.board.filter_again()
        self.reload(here)
        self.say(words)

    def action_blocked(self) -> None:
        """Show only what cannot be unsubscribed, or all again."""
        self.filter_bar.put(toggled(self.filter_bar.field.value, "is:blocked"))

    def action_filter(self) -> None:
        """Type a filter."""
        self.filter_bar.open()

    @work(exclusive=True, group="dialog")
    async def action_named_filters(self) -> None:
        """Choose a filter that was given a name, or give the present one a name."""
        items = [Item(name, name, detail=text) for name, text in sorted(self.options.filters.items())]
        if self.board.query:
            items.append(Item(SAVE_FILTER, _("save this filter under a name"), detail=self.board.query.text))
        if not items:
            self.say(_("no filter has a name yet; filter first, then press F to give the filter one"))
            return
        chosen = await self.app.push_screen_wait(Menu(_("Filters"), items, typing=True))
        if chosen == SAVE_FILTER:
            await self._save_filter()
        elif chosen is not None:
            self.filter_bar.put(self.options.filters[chosen])

    async def _save_filter(self) -> None:
        text = self.board.query.text
        name = await self.app.push_screen_wait(
            Prompt(_("A name for this filter"), [text], check=self.options.filter_name_problem, writes_file=True)
        )
        if name is None:
            return
        try:
            where = self.options.save_filter(name, text)
        except UnsubError as error:
            self.say(problem_text(error.problem))
            return
        self.options.filters[name] = text
        self.say(_("saved as {name} in {where}; F finds it, --filter @{name} too").format(name=name, where=where))

    @work(exclusive=True, group="dialog")
    async def action_sort(self) -> None:
        """Choose the column to sort by; the one before becomes the second key."""
        items = [Item(kind.id, kind.title, kind.letter) for kind in kinds_of(self.board.tab)]
        items.append(Item(ARRIVAL, _("as the service gives them"), "0"))
        chosen = await self.app.push_screen_wait(Menu(_("Sort by (again: reversed)"), items))
        if chosen is not None:
            self._sorted(lambda: self.board.sort_by(chosen))

    def action_reverse(self) -> None:
        """Turn the order round."""
        if self.board.sorted_by:
            self._sorted(self.board.reverse)
        else:
            self.say(_("not sorted; s sorts by a column"))

    @work(exclusive=True, group="dialog")
    async def action_columns(self) -> None:
        """Choose which columns are shown."""
        items = [Item(kind.id, kind.title) for kind in kinds_of(self.board.tab)]
        shown = [kind.id for kind in self.board.kinds]
        chosen = await self.app.push_screen_wait(Checklist(_("Columns"), items, shown, fixed="name"))
        if chosen is not None:
            self.board.choose_columns(chosen)
            self.fit_columns()

    def action_fold(self) -> None:
        """Fold the attached resources of this row away, or show them."""
        here = self.here
        main = self.board.catalogue.main_of(here) if here is not None and not here.is_main_resource else here
        words = self.board.fold(self.table.cursor)
        if words:
            self.say(words)
        else:
            self.reload(main or here)

    def action_fold_all(self) -> None:
        """Fold all attached resources away, or show them all."""
        here = self.here
        main = self.board.catalogue.main_of(here) if here is not None and not here.is_main_resource else None
        folded = self.board.fold_all()
        self.reload(main if folded and main is not None else here)
        self.say(_("attached resources are folded away; t shows those of a row") if folded else "")

    def action_counts(self) -> None:
        """Show counts beside the list and go there, or leave them."""
        self.shows_counts = not self.shows_counts
        self.redraw_side()
        if self.shows_counts:
            self.side.focus()
        else:
            self.table.focus()

    @work(exclusive=True, group="dialog")
    async def action_region(self) -> None:
        """Show one region only."""
        counts = self.board.facet(FACETS["region"])
        items = [Item(name, name or _("(none)"), detail=f"{count:,}") for name, count in sorted(counts.items())]
        chosen = await self.app.push_screen_wait(Menu(_("Region"), items, typing=True))
        if chosen is not None:
            self.filter_bar.put(toggled(self.filter_bar.field.value, facet_term("region", chosen)))

    @on(SidePanel.Chosen)
    def _filter_by(self, event: SidePanel.Chosen) -> None:
        if self.shows_counts:
            self.filter_bar.put(toggled(self.filter_bar.field.value, event.key))

    @on(SidePanel.Left)
    def _leave_side(self) -> None:
        self.table.focus()

    def counts_page_into_side(self) -> None:
        """Fill the panel with counts of what is shown."""
        counts = {field: self.board.facet(value_of) for field, value_of in FACETS.items()}
        self.side.entries = facets_page(counts, self.board.query.text, self.side.view.width)
        if self.side.cursor == 0:
            self.side.cursor = 1  # the first entry is a heading

    def _sorted(self, change: Callable[[], None]) -> None:
        here = self.here
        change()
        self.reload(here)
        order = self.board.sorted_by
        self.say(_("sorted by {column}").format(column=order) if order else _("in the order of the service"))
