"""The review screen: items, attached resources, blocked resources, refunds and losses of a plan."""

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

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.dialogs.action_menu import action_items
from unsub_tui.app.dialogs.export import format_items, save_list, save_plan
from unsub_tui.app.dialogs.menu import Menu
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.confirm import ConfirmScreen
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.action import Action
from unsub_tui.domain.estimate_accuracy import EstimateAccuracy
from unsub_tui.domain.plan import Confirmation, Plan, PlanItem
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.run import observer  # noqa: F401 - preloaded: threads must not import
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.pages.confirmation import plan_title
from unsub_tui.present.pages.review import (
    export_plan,
    plan_problems_text,
    review_counts_text,
    review_page,
    review_totals,
)
from unsub_tui.present.problems import problem_text


@dataclass(frozen=True, slots=True)
class ConfirmedPlan:
    """A plan and the user's confirmation of it."""

    plan: Plan
    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class AlternativeRequest:
    """A request to review another action for the included items."""

    action: Action
    ids: tuple[str, ...]
    hidden: frozenset[str]


class ReviewScreen(BaseScreen[ConfirmedPlan | AlternativeRequest | None]):
    """Shows a plan; quotes arrive while the user reads it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("review")

    page = query_one(TextPage)
    heading = query_one("#top", OneLineLabel)
    plan_problems = query_one("#refused", Static)
    """The first problem of the plan; outside the page, where it could be scrolled out of view."""
    status = query_one("#status", OneLineLabel)

    @dataclass
    class QuotesUpdated(Message):
        """More amounts are known."""

        done: int
        total: int
        plan: Plan

    @dataclass
    class QuotesFinished(Message):
        """All amounts are final."""

    @dataclass
    class QuotesFailed(Message):
        """The bills could not be read."""

        problem: Problem

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan) -> None:
        super().__init__(engine, options)
        self.plan = plan
        """The whole plan, including excluded items, with the amounts known so far."""
        self._excluded: set[str] = set()
        self._past: Sequence[EstimateAccuracy] = ()
        self._quote_status = _("reading bills ...")
        self.help_title = _("Review")

    def compose_content(self) -> ComposeResult:
        """Return the title, the plan's problems, the page and the totals."""
        yield OneLineLabel(id="top")
        yield Static(id="refused", markup=False)
        yield TextPage()
        yield OneLineLabel(id="status")

    @work(exclusive=True, group="past")
    async def load_past_accuracy(self) -> None:
        """Read the accuracy of past estimates, and the user's identity; read errors are reported elsewhere."""
        with suppress(UnsubError):
            self._past = await to_thread(self.engine.history.accuracy)
            self._redraw()
        await self.engine.account.fetch_actor()

    def on_mount(self) -> None:
        """Show the known data and request the quotes."""
        self.page.focus()
        self.load_past_accuracy()
        self.call_after_refresh(self._begin_asking)
        self._redraw()

    @property
    def included_plan(self) -> Plan:
        """The plan without the excluded items."""
        return self.plan.without(frozenset(self._excluded))

    @work(exclusive=True, group="quotes")
    async def load_quotes(self, *, anew: bool = False) -> None:
        """Read the bills and orders for the amounts; `anew` discards cached bills."""
        try:
            async for progress in self.engine.quotes(self.plan, reload=anew):
                self.post_message(self.QuotesUpdated(progress.done, progress.total, progress.plan))
        except UnsubError as error:
            self.post_message(self.QuotesFailed(error.problem))
        else:
            self.post_message(self.QuotesFinished())

    @on(QuotesUpdated)
    def _quotes_updated(self, event: QuotesUpdated) -> None:
        self.plan = event.plan
        if event.total:
            self._quote_status = _("reading bills: {done} of {total} months").format(done=event.done, total=event.total)
        self._redraw()
        self.page.reset_end_reached()

    @on(QuotesFinished)
    def _quotes_finished(self) -> None:
        self._quote_status = ""
        self._redraw()

    @on(QuotesFailed)
    def _show_problem(self, event: QuotesFailed) -> None:
        self._quote_status = ""
        self._redraw()
        self.set_status(problem_text(event.problem) + " " + _("Amounts stay unknown; r reads the bills again."))

    def action_toggle_item(self) -> None:
        """Exclude the item under the cursor from the plan, or include it again."""
        entry = self.page.current
        if entry is None or self._plan_item(entry.target) is None:
            self.set_status(_("only an item of the plan can be un-ticked"))
            return
        self._excluded ^= {entry.target}
        self._redraw()

    def show_read_only(self) -> None:
        """Show that read-only mode is on and what it means for this plan."""
        super().show_read_only()
        self._redraw()

    def action_section(self, step: int) -> None:
        """Go to the next section of the review, or to the previous one."""
        if not self.page.go_to_section(step):
            self.set_status(_("this is the last part") if step > 0 else _("this is the first part"))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the amounts of the included items to a file."""
        kept = self.included_plan
        form = await self.app.push_screen_wait(Menu(_("Export as"), format_items()))
        if form is not None:
            await save_list(self, export_plan(kept, form), f"plan-{kept.short_hash}.{form}", len(kept.items))

    @work(exclusive=True, group="dialog")
    async def action_more_actions(self) -> None:
        """Replace this review with that of another action for the included items."""
        items = self.included_plan.items
        if not items:
            self.set_status(_("nothing is ticked"))
            return
        choices = action_items([item.resource for item in items], self.engine.rules, exclude=self.plan.action)
        title = plural("Instead, with the {n} that is ticked", "Instead, with the {n} that are ticked", len(items))
        chosen = await self.app.push_screen_wait(Menu(title, choices))
        if chosen is not None:
            hidden = frozenset(item.id for item in items if item.is_hidden)
            ids = tuple(each.id for item in items for each in (item.resource, *item.bundled))
            self.dismiss_once(AlternativeRequest(Action(chosen), ids, hidden))

    @work(exclusive=True, group="dialog")
    async def action_save(self) -> None:
        """Write the included items to a plan file."""
        if self._quote_status:
            self.set_status(_("still reading bills; amounts are not final yet"))
        elif not self.included_plan.items:
            self.set_status(self._nothing_left())
        else:
            await save_plan(self, self.included_plan)

    def action_reload_quotes(self) -> None:
        """Read the bills again."""
        if self._quote_status:
            self.set_status(_("still reading bills"))
        else:
            self._begin_asking(anew=True)

    @work(exclusive=True, group="confirm")
    async def action_proceed(self) -> None:
        """Show the confirmation screen if nothing blocks it."""
        reason = self._confirm_blocked_reason()
        if reason:
            self.set_status(reason)
            return
        plan = self.included_plan
        confirmation = await self.app.push_screen_wait(ConfirmScreen(self.engine, self.options, plan))
        if confirmation is None:
            self.set_status(_("not confirmed; nothing was sent"))
        else:
            self.dismiss_once(ConfirmedPlan(plan, confirmation))

    def _begin_asking(self, *, anew: bool = False) -> None:
        self._quote_status = _("reading bills ...")
        self._redraw()
        self.load_quotes(anew=anew)

    def _confirm_blocked_reason(self) -> str:
        """Return why the plan cannot be confirmed now, or ""."""
        if not self.included_plan.items:
            return self._nothing_left()
        if self.engine.guards.read_only:
            return (
                _("read-only: nothing can be unsubscribed")
                if self.plan.action.creates_order
                else _("read-only: nothing can be changed")
            )
        if self.engine.check_plan(self.included_plan):
            return _("cannot be confirmed, for the reason at the top")
        if self._quote_status and self.plan.action.creates_order:
            return _("still reading bills; amounts are not final yet")
        if not self.page.has_reached_end:
            return _("read the plan to its end first (G goes there)")
        return ""

    def _nothing_left(self) -> str:
        if not self.plan.action.creates_order:
            return _("nothing in this plan can be changed")
        return _("nothing in this plan can be unsubscribed")

    def _plan_item(self, key: str) -> PlanItem | None:
        return next((item for item in self.plan.items if item.id == key), None)

    def _redraw(self) -> None:
        kept = self.included_plan
        problems = self.engine.check_plan(kept) if kept.items else []
        self.plan_problems.display = bool(problems)
        self.plan_problems.update(Content(plan_problems_text(problems, is_quoting=bool(self._quote_status))))
        key, now = key_of(self.active_bindings.values(), "review.more-actions"), self.engine.clock.now()
        others = problems[1:]
        self.page.entries = review_page(
            self.plan, self._excluded, others, now, accuracies=self._past, alternatives_key=key
        )
        self.heading.text = _("Review: {title} · plan {hash}").format(title=plan_title(kept), hash=kept.short_hash)
        parts = (review_counts_text(self.plan, self._excluded), self._quote_status or "; ".join(review_totals(kept)))
        self.status.text = " · ".join(part for part in parts if part)
