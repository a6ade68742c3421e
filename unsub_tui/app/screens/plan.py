"""The review: what will go, what goes along, what is refused, money and losses."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from unsub_tui.app.commands import Command, bindings, key_of
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.choices import action_items
from unsub_tui.app.screens.confirm import ConfirmScreen
from unsub_tui.app.screens.menu import Menu
from unsub_tui.app.screens.saving import form_items, save_list, save_plan
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.page import Page
from unsub_tui.domain.accuracy import Accuracy
from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import Confirmation, Plan, PlanItem
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.engine import watching  # noqa: F401 - for the threads, which must not import
from unsub_tui.engine.engine import Engine
from unsub_tui.present.plans import plan_title
from unsub_tui.present.problems import problem_text
from unsub_tui.present.reviews import counts_text, forbidden_text, plan_export, review_page, review_sums
from unsub_tui.present.words import _, plural

COMMANDS = (
    Command(
        id="plan.tick",
        keys="space",
        action="tick",
        label=_("Tick"),
        help=_("take this item out of the plan, or back in"),
        hint=True,
    ),
    Command(
        id="plan.continue",
        keys="c,enter",
        action="proceed",
        label=_("Continue"),
        help=_("go on to reason, risks and phrase"),
        hint=True,
    ),
    Command(
        id="plan.next-part",
        keys="n,right_square_bracket",
        action="part(1)",
        label=_("Next part"),
        help=_("to the next heading: what is refused, what is lost, the total"),
        hint=True,
    ),
    Command(
        id="plan.previous-part",
        keys="N,left_square_bracket",
        action="part(-1)",
        label=_("Part before"),
        help=_("to the heading before"),
    ),
    Command(
        id="plan.others",
        keys="A",
        action="other_ways",
        label=_("Other ways"),
        help=_("review something else for what is ticked: auto-renewal off or on, pay-per-use at expiry"),
        hint=True,
    ),
    Command(
        id="plan.quotes", keys="r", action="ask_again", label=_("Read bills again"), help=_("read the bills again")
    ),
    Command(
        id="plan.export",
        keys="e",
        action="export",
        label=_("Export"),
        help=_("write the plan's figures into a file: CSV, JSON, JSON Lines, Markdown"),
    ),
    Command(
        id="plan.save",
        keys="w",
        action="save",
        label=_("Save plan"),
        help=_("write a plan file, for another person to review and to apply"),
    ),
    Command(
        id="plan.back", keys="escape,q", action="back", label=_("Back"), help=_("leave; nothing is sent"), hint=True
    ),
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan, and what a person agreed to."""

    plan: Plan
    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class Instead:
    """Something else that is to be reviewed for what is ticked."""

    action: Action
    ids: tuple[str, ...]
    hidden: frozenset[str]


class PlanScreen(BaseScreen[Agreed | Instead | None]):
    """Shows a plan; quotes arrive while it is read."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(*COMMANDS)

    page = query_one(Page)
    top = query_one("#top", TextLine)
    refused = query_one("#refused", Static)
    """What forbids the whole plan; above the page, in which it would scroll away or come in out of sight."""
    status = query_one("#status", TextLine)

    @dataclass
    class Quoted(Message):
        """More figures are known."""

        done: int
        total: int
        plan: Plan

    @dataclass
    class AllQuoted(Message):
        """The figures are final."""

    @dataclass
    class NotQuoted(Message):
        """The bills could not be read."""

        problem: Problem

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan) -> None:
        super().__init__(engine, options)
        self.plan = plan
        """The whole plan, un-ticked items too, with the figures known so far."""
        self._excluded: set[str] = set()
        self._past: Sequence[Accuracy] = ()
        self._progress = _("reading bills ...")
        self.words = _("Review")

    def content(self) -> ComposeResult:
        """Put the plan between its title and its sums."""
        yield TextLine(id="top")
        yield Static(id="refused", markup=False)
        yield Page()
        yield TextLine(id="status")

    @work(exclusive=True, group="past")
    async def look_back(self) -> None:
        """Find out how good past estimates were, and for the record who asks; what cannot be read is told elsewhere."""
        with suppress(UnsubError):
            self._past = await to_thread(self.engine.accuracy)
            self._redraw()
        await self.engine.find_person()

    def on_mount(self) -> None:
        """Show what is known, and ask for the rest."""
        self.page.focus()
        self.look_back()
        self.call_after_refresh(self._begin_asking)
        self._redraw()

    @property
    def kept(self) -> Plan:
        """The plan with the ticked items only."""
        return self.plan.without(frozenset(self._excluded))

    @work(exclusive=True, group="quotes")
    async def ask(self, *, anew: bool = False) -> None:
        """Read the bills and orders that the figures come from."""
        try:
            async for progress in self.engine.quotes(self.plan, anew=anew):
                self.post_message(self.Quoted(progress.done, progress.total, progress.plan))
        except UnsubError as error:
            self.post_message(self.NotQuoted(error.problem))
        else:
            self.post_message(self.AllQuoted())

    @on(Quoted)
    def _take_figures(self, event: Quoted) -> None:
        self.plan = event.plan
        if event.total:
            self._progress = _("reading bills: {done} of {total} months").format(done=event.done, total=event.total)
        self._redraw()
        self.page.look_again()

    @on(AllQuoted)
    def _stop_waiting(self) -> None:
        self._progress = ""
        self._redraw()

    @on(NotQuoted)
    def _show_problem(self, event: NotQuoted) -> None:
        self._progress = ""
        self._redraw()
        self.say(problem_text(event.problem) + " " + _("Amounts stay unknown; r reads the bills again."))

    def action_tick(self) -> None:
        """Take the item under the cursor out of the plan, or back in."""
        entry = self.page.current
        if entry is None or self._plan_item(entry.key) is None:
            self.say(_("only an item of the plan can be un-ticked"))
            return
        self._excluded ^= {entry.key}
        self._redraw()

    def tightened(self) -> None:
        """Show that read-only is on, and say at the top what that means for this plan."""
        super().tightened()
        self._redraw()

    def action_part(self, step: int) -> None:
        """Go to the next part of the review, or to the one before."""
        if not self.page.go_to_part(step):
            self.say(_("this is the last part") if step > 0 else _("this is the first part"))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the figures of the ticked items into a file."""
        kept = self.kept
        form = await self.app.push_screen_wait(Menu(_("Export as"), form_items()))
        if form is not None:
            await save_list(self, plan_export(kept, form), f"plan-{kept.short_hash}.{form}", len(kept.items))

    @work(exclusive=True, group="dialog")
    async def action_other_ways(self) -> None:
        """Leave this review for that of something else, with what is ticked."""
        items = self.kept.items
        if not items:
            self.say(_("nothing is ticked"))
            return
        choices = action_items([item.resource for item in items], self.engine.rules, without=self.plan.action)
        title = plural("Instead, with the {n} that is ticked", "Instead, with the {n} that are ticked", len(items))
        chosen = await self.app.push_screen_wait(Menu(title, choices))
        if chosen is not None:
            hidden = frozenset(item.id for item in items if item.hidden)
            ids = tuple(each.id for item in items for each in (item.resource, *item.together))
            self.answer(Instead(Action(chosen), ids, hidden))

    @work(exclusive=True, group="dialog")
    async def action_save(self) -> None:
        """Write the ticked items into a plan file."""
        if self._progress:
            self.say(_("still reading bills; amounts are not final yet"))
        elif not self.kept.items:
            self.say(self._nothing_left())
        else:
            await save_plan(self, self.kept)

    def action_ask_again(self) -> None:
        """Read the bills again."""
        if self._progress:
            self.say(_("still reading bills"))
        else:
            self._begin_asking(anew=True)

    @work(exclusive=True, group="confirm")
    async def action_proceed(self) -> None:
        """Go on to the confirmation, when nothing stands in the way."""
        obstacle = self._obstacle()
        if obstacle:
            self.say(obstacle)
            return
        plan = self.kept
        confirmation = await self.app.push_screen_wait(ConfirmScreen(self.engine, self.options, plan))
        if confirmation is None:
            self.say(_("not confirmed; nothing was sent"))
        else:
            self.answer(Agreed(plan, confirmation))

    def _begin_asking(self, *, anew: bool = False) -> None:
        self._progress = _("reading bills ...")
        self._redraw()
        self.ask(anew=anew)

    def _obstacle(self) -> str:
        """Return why the plan cannot be confirmed now, or nothing."""
        if not self.kept.items:
            return self._nothing_left()
        if self.engine.read_only:
            is_undoable = self.plan.action.is_undoable
            return (
                _("read-only: nothing can be changed") if is_undoable else _("read-only: nothing can be unsubscribed")
            )
        if self.engine.check(self.kept):
            return _("cannot be confirmed, for the reason at the top")
        if self._progress and not self.plan.action.is_undoable:
            return _("still reading bills; amounts are not final yet")
        if not self.page.end_seen:
            return _("read the plan to its end first (G goes there)")
        return ""

    def _nothing_left(self) -> str:
        if self.plan.action.is_undoable:
            return _("nothing in this plan can be changed")
        return _("nothing in this plan can be unsubscribed")

    def _plan_item(self, key: str) -> PlanItem | None:
        return next((item for item in self.plan.items if item.id == key), None)

    def _redraw(self) -> None:
        kept = self.kept
        problems = self.engine.check(kept) if kept.items else []
        self.refused.display = bool(problems)
        self.refused.update(Content(forbidden_text(problems, is_reading=bool(self._progress))))
        key, now = key_of(self.active_bindings.values(), "plan.others"), self.engine.now()
        others = problems[1:]
        self.page.entries = review_page(self.plan, self._excluded, others, now, past=self._past, ways_key=key)
        self.top.text = _("Review: {title} · plan {hash}").format(title=plan_title(kept), hash=kept.short_hash)
        parts = (counts_text(self.plan, self._excluded), self._progress or "; ".join(review_sums(kept)))
        self.status.text = " · ".join(part for part in parts if part)
