"""The list and its tabs: find and mark."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from unsub_tui.app.boards import Boards
from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.acting import ActingScreen
from unsub_tui.app.screens.dialogs import Question
from unsub_tui.app.screens.finding import FindingScreen
from unsub_tui.app.screens.listing import while_filter_holds
from unsub_tui.app.screens.resource_keys import COMMANDS
from unsub_tui.app.screens.tabbing import TabbingScreen
from unsub_tui.app.screens.taking import TakingScreen
from unsub_tui.app.screens.wholes import WholesScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.filter import FilterBar
from unsub_tui.app.widgets.side import SidePanel
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.outcome import State
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.tab import Tab
from unsub_tui.engine.engine import Engine
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_text, name_and_id
from unsub_tui.present.words import _, plural

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.run import Run

TYPING_ACTIONS = frozenset({"interrupt"})
"""What a key may do besides typing, while the filter is typed."""

WIDE = 110
"""From so many columns on, details stand beside the list; below they take the whole screen."""


class ResourcesScreen(FindingScreen, TabbingScreen, TakingScreen, WholesScreen, ActingScreen):
    """The list of the account's yearly/monthly resources."""

    CSS_PATH: ClassVar[list[str | PurePath]] = ["widgets.tcss", "resources.tcss", "confirm.tcss"]
    """The looks of all screens that come after the first; reading them would hold that one up."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(*COMMANDS)
    words = _("Active Resources")

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__(engine, options)
        self.boards = Boards(engine)
        if options.columns:
            self.board.choose_columns(options.columns)
        self._shows_details = False
        self._hint_is_new = options.is_first_run
        self._filed = options.filed

    def content(self) -> ComposeResult:
        """Put tabs and filter over the table, the status below."""
        yield TextLine(id="tabs")
        yield FilterBar()
        with Horizontal(id="middle"):
            yield Table(self.board.columns(), self.boards, id="resources")
            yield SidePanel(id="side")
        yield TextLine(id="status")

    def on_mount(self) -> None:
        """Show the empty frame first, then begin to read."""
        self.table.focus()
        self.redraw_lines()
        if self._hint_is_new:
            self.say(_("/ finds · space marks · p reviews · ? shows every key"))
        self.call_after_refresh(self.start_reading)

    @property
    def unfinished(self) -> str:
        """Marks would be lost."""
        count = self.boards.marks
        return plural("{n} mark is not used yet", "{n} marks are not used yet", count) if count else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's form
        """Leave the keys of the list alone while words are typed into the filter."""
        return not isinstance(self.focused, Input) or action in TYPING_ACTIONS

    def tell_reason(self) -> None:
        """Say why the row cannot be marked; the hint of the first start stays until a key is pressed."""
        if not self._hint_is_new:
            super().tell_reason()

    def on_key(self) -> None:
        """Let the hint of the first start go."""
        if self._hint_is_new:
            self._hint_is_new = False
            self.tell_reason()

    def take_up(self) -> None:
        """Review the plan file that was named at the start, once all is read that it needs."""
        super().take_up()
        if self._filed is not None and self.board.is_whole and self.has_asked and self.is_current:
            filed, self._filed = self._filed, None
            self.review_filed(self.board.catalogue, filed)

    # Moving

    @on(Table.Moved)
    def _follow_cursor(self) -> None:
        self.tell_reason()
        if self._shows_details:
            self.redraw_side()

    def on_resize(self) -> None:
        """Fill the panel anew; details that no longer fit beside the list are put away."""
        self.redraw_side()
        self.redraw_lines()

    def on_paste(self, event: events.Paste) -> None:
        """Refuse pasted text: it would be a row of keys that nobody pressed."""
        event.stop()
        self.say(_("pasted text is ignored in the list; / filters, W marks from a list of ids"))

    def action_step_back(self) -> None:
        """Undo one thing that narrows the view: a range, the panel, the filter, marked only."""
        if self.table.range_start is not None:
            self.table.range_start = None
        elif self._shows_details or self.shows_counts:
            self._shows_details = self.shows_counts = False
            self.redraw_side()
        elif self.filter_bar.field.value:
            self.filter_bar.empty()
        elif self.board.only_marked:
            self.action_only_marked()
        else:
            self.say(_("nothing to clear; q quits"))

    def action_only_marked(self) -> None:
        """Show marked resources only, or all again."""
        here = self.here
        self.board.show_only_marked(only=not self.board.only_marked)
        self.reload(here)

    # Reading about one, and going elsewhere

    def action_details(self) -> None:
        """Show all that is known of the resource under the cursor: beside the list where there is room."""
        if self.here is None:
            self.say(_("nothing is listed here"))
        elif self.size.width < WIDE or self._shows_details:
            self._open_details()
        else:
            self._shows_details, self.shows_counts = True, False
            self.redraw_side()

    @work(exclusive=True, group="dialog")
    async def _open_details(self) -> None:
        resource = self.here
        if resource is None:
            return
        reason = self.board.reason_at(self.table.cursor)
        from unsub_tui.app.screens.details import DetailsScreen

        screen = DetailsScreen(
            self.engine,
            self.options,
            catalogue=self.board.catalogue,
            resource=resource,
            reason=reason,
            quote=self.board.quote_of(resource.id),
            periods=self.boards.renewals.of(resource, self.engine.now()),
        )
        await self.app.push_screen_wait(screen)
        if screen.plan is not None:
            self.take_quotes(screen.plan)

    @while_filter_holds
    def action_plan(self) -> None:
        """Review what is marked."""
        if not len(self.board.marks):
            self.say(_("nothing is marked; space marks a row, u reviews the row under the cursor alone"))
        elif self._may_plan():
            board = self.board
            self.review(board.catalogue, board.marked_ids(), board.hidden_ids(), board.tab.action)

    @work(exclusive=True, group="quoting")
    async def action_quote_marked(self) -> None:
        """Find out what the marked ones give back, while the list stays in use."""
        if not len(self.board.marks):
            self.say(_("nothing is marked; mark what should be quoted"))
            return
        if not self.board.is_whole:
            self.say(_("the list is not whole yet"))
            return
        board = self.board
        plan = self.engine.draft(board.catalogue, board.marked_ids(), action=board.tab.action, figures_only=True)
        try:
            async for progress in self.engine.quotes(plan):
                plan = progress.plan
                self.say(_("quoting: {done} of {total} months").format(done=progress.done, total=progress.total))
        except UnsubError as error:
            self.say(problem_text(error.problem))
            return
        self.take_quotes(plan)
        self.say(plural("quoted {n} resource", "quoted {n} resources", len(plan.items)))

    @while_filter_holds
    @work(exclusive=True, group="one")
    async def action_unsubscribe_one(self) -> None:
        """Review the resource under the cursor alone; for an attached one its main one is offered."""
        resource = self.here
        if resource is None or not self._may_plan():
            return
        if not resource.is_main_resource:
            main = self.board.catalogue.main_of(resource)
            if main is None:
                self.say(blocked_text(Blocked.ATTACHED))
                return
            question = Question(
                _("This one is attached"),
                [
                    _("{name} goes only together with its main resource.").format(name=name_and_id(resource)),
                    _("Review the main resource {name}?").format(name=name_and_id(main)),
                ],
                yes=_("Review main resource"),
                no=_("Cancel"),
            )
            if not await self.app.push_screen_wait(question):
                return
            resource = main
        reason = self.boards.why_not_alone(resource)
        if reason is not None:
            self.say(blocked_text(reason))
        else:
            self.review(self.board.catalogue, [resource.id], frozenset(), self.board.tab.action)

    def run_ended(self, run: Run) -> None:
        """Show what is gone, and read the list again; marks of what is settled go with it."""
        here = self.here
        self.boards.take_settled([unit for unit in run.units if unit.state is State.SETTLED])
        self.fit_columns()
        self.reload(here)
        self.read_anew()
        if parts := self._parts_of_wholes(run):
            quote = self.board.quote_of(parts[0])
            self.offer_whole(parts[0], quote.order_ids if quote is not None else ())

    def words_for_closing(self, run: Run) -> str:
        """Return what closing the result leads to: the list, and the offer of what was refused as a part."""
        if self._parts_of_wholes(run):
            return _("enter closes this page and shows what goes only as a whole")
        return super().words_for_closing(run)

    def _parts_of_wholes(self, run: Run) -> list[str]:
        return self.refused_parts(run) if self.board.tab.action is Action.UNSUBSCRIBE else []

    def watched(self) -> None:
        """Read the list again: what was watched may have taken something out of it."""
        self.action_refresh()

    def take_quotes(self, plan: Plan) -> None:
        """Keep what was quoted, for the column, the filter and the sums."""
        if plan.action is self.board.tab.action:
            here = self.here
            self.board.take_quotes(plan)
            self.fit_columns()
            self.reload(here)

    # Helpers

    def _may_plan(self) -> bool:
        if not self.board.is_whole:
            self.say(_("the list is not whole yet; nothing is planned from a part of it"))
        elif self.lacks:
            self.say(self.lacks)
        return self.board.is_whole and not self.lacks

    def redraw_side(self) -> None:
        """Show counts or details beside the list, or nothing."""
        if self.size.width < WIDE:
            self._shows_details = False
        is_open = self.shows_counts or self._shows_details
        if self.side.display != is_open or self.side.has_class("-counts") != self.shows_counts:
            self.side.display = is_open
            self.side.set_class(self.shows_counts, "-counts")
            self.call_after_refresh(self.redraw_side)  # once it has its width
        elif self.shows_counts:
            self.counts_page_into_side()
        elif self._shows_details and (resource := self.here) is not None:
            reason, quote = self.board.reason_at(self.table.cursor), self.board.quote_of(resource.id)
            now = self.engine.now()
            periods = self.boards.renewals.of(resource, now)
            from unsub_tui.present.details import details_page

            page = details_page(
                resource, self.board.catalogue, reason, now, quote=quote, periods=periods, is_narrow=True
            )
            if page != self.side.entries:
                self.side.entries = page
                self.side.action_top()

    def redraw_lines(self) -> None:
        """Show counts, tab, order and loading."""
        reading = self.reading_renewals if self.board.tab is Tab.RENEWAL else ""
        self.status.text = " · ".join(part for part in (self.board.counts(), self.progress, reading) if part)
        view = _("marked only") if self.board.only_marked else ""
        order = self.board.sorted_by
        extra = " · ".join(part for part in (view, order and _("by {column}").format(column=order)) if part)
        self.tabs.text = self.tabs_text(extra)
