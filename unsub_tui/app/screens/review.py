"""The review screen: a summary that never scrolls, a row per item of the plan, and details of the current row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.css.query import NoMatches
from textual.getters import query_one
from textual.widgets import Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.dialogs.export import choose_format, save_list, save_plan
from unsub_tui.app.dialogs.menu import Menu, MenuItem, action_items
from unsub_tui.app.options import AppOptions
from unsub_tui.app.preload import read_in_thread
from unsub_tui.app.screens.base import BaseScreen, account_badge
from unsub_tui.app.screens.confirm import ConfirmScreen
from unsub_tui.app.screens.page_screens import TextPageScreen
from unsub_tui.app.screens.review_inventory import KnownInventory, ReviewInventory
from unsub_tui.app.screens.review_pane import ReviewPane
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.action import Action
from unsub_tui.domain.inventory.plan_findings import PlanFindings
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import EstimateAccuracy, estimate_accuracy
from unsub_tui.engine.engine import Engine
from unsub_tui.present.export.documents import plan_text, review_markdown
from unsub_tui.present.header import title_line
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.pages.review import plan_problems_text, review_page
from unsub_tui.present.pages.review_table import ReviewTable, RowGroup
from unsub_tui.present.problems import problem_text

_LAPSING = "lapsing"
"""Id of the menu item that turns auto-renewal off for the items without a refund."""


@dataclass(frozen=True, slots=True)
class ReviewAnswer:
    """The end of a review; without a confirmation, nothing is submitted."""

    plan: Plan
    """The whole plan, including excluded items, with the amounts known so far."""
    included: Plan
    """The plan without the excluded items."""
    confirmation: Confirmation | None = None
    """The user's confirmation of the included items."""
    other_action: Action | None = None
    """Action to review instead for the included items, or only for `other_ids`."""
    other_ids: Sequence[str] = ()
    """Ids of items that leave this plan for the other action; the rest of the plan is reviewed afterwards."""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The content of the screen."""

    plan: Plan
    """The whole plan, including excluded items, with the amounts known so far."""
    excluded: frozenset[str] = frozenset()
    accuracies: Sequence[EstimateAccuracy] = ()
    """Past estimates compared with the exact amounts."""
    is_first: bool = False
    """Whether the record has no completed unsubscription yet, so that the confirmation advises to begin small."""
    quote_status: str = ""
    """Progress of reading the bills; empty once the amounts are final."""

    @property
    def included_plan(self) -> Plan:
        """The plan without the excluded items."""
        return self.plan.without(self.excluded)

    def with_findings(self, findings: PlanFindings) -> ReviewState:
        """Return the state with what the services say about the resources."""
        return replace(self, plan=replace(self.plan, findings=findings))


class ReviewScreen(BaseScreen[ReviewAnswer]):
    """Shows a plan; quotes arrive while the user reads it."""

    BINDINGS = bindings("review")
    help_title = _("Review")

    heading = query_one("#top", OneLineLabel)
    plan_problems = query_one("#refused", Static)
    """The problems of the plan as a whole."""
    pane = query_one(ReviewPane)

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        plan: Plan,
        inventory: KnownInventory,
        on_confirmed: Callable[[], object],
    ) -> None:
        """Create the review of a plan; `on_confirmed` is called right before its confirmation closes."""
        super().__init__(engine, options)
        self._inventory = ReviewInventory(
            self, inventory, show=lambda found: self._show(self._state.with_findings(found))
        )
        self._on_confirmed = on_confirmed
        is_shown = plan.action.deletes_resource and options.reads_inventory
        self._reads_inventory = is_shown or engine.needs_findings(plan.action)
        if self._reads_inventory:
            plan = replace(plan, findings=PlanFindings(now=engine.clock.now(), total=1))
        self._state = ReviewState(plan, quote_status=_("Loading bills…"))
        self._has_read_record = asyncio.Event()

    def compose_content(self) -> ComposeResult:
        """Return the title, the plan's problems and the table with its summary and details."""
        yield OneLineLabel(id="top")
        yield Static(id="refused", markup=False)
        yield ReviewPane(ReviewTable(plan=self._state.plan, now=self.engine.clock.now()), self)

    def on_mount(self) -> None:
        """Show the known data and request the quotes."""
        self.set_focus(self.pane.table)
        self.load_record()
        self.call_after_refresh(self.load_quotes)
        if self._reads_inventory:
            self.call_after_refresh(self._inventory.start, self._state.plan)
        self._show(self._state)

    @work(exclusive=True, group="past")
    async def load_record(self) -> None:
        """Read what the record says of past runs, and the user's identity; read errors are reported elsewhere."""
        with suppress(UnsubError, NoMatches):  # the screen may be closing
            units = await read_in_thread(self.engine.history.units)
            is_first = self.engine.is_first_unsubscription(self._state.plan, units)
            self._show(replace(self._state, accuracies=estimate_accuracy(units), is_first=is_first))
        self._has_read_record.set()
        await self.engine.account.fetch_actor()
        if self.engine.guards.two_people:
            with suppress(NoMatches):  # as above
                self._show(self._state)

    @work(exclusive=True, group="quotes")
    async def load_quotes(self, *, anew: bool = False) -> None:
        """Read the bills and orders for the amounts; `anew` discards cached bills."""
        with suppress(NoMatches):  # the screen may be closing
            self._show(replace(self._state, quote_status=_("Loading bills…")))
            # Each step replaces the plan only: the user can exclude items meanwhile.
            try:
                async for step in self.engine.quotes(self._state.plan, reload=anew):
                    words = _("Loading bills: {done} of {total} months").format(done=step.done, total=step.total)
                    status = words if step.total else self._state.quote_status
                    plan = replace(step.plan, findings=self._state.plan.findings)
                    self._show(replace(self._state, plan=plan, quote_status=status))
            except UnsubError as error:
                self.set_status(problem_text(error.problem) + " " + _("Amounts stay unknown. r loads the bills again."))
            self._show(replace(self._state, quote_status=""))

    def redraw_header(self) -> None:
        """Show that read-only mode is on and what it means for this plan."""
        super().redraw_header()
        self._show(self._state)

    @on(ReviewPane.Dropped)
    def _drop(self, event: ReviewPane.Dropped) -> None:
        self._show(replace(self._state, excluded=event.ids))
        if self._reads_inventory:
            self._inventory.draw_conclusions(self._state.included_plan)

    @work(exclusive=True, group="dialog")
    async def action_text(self) -> None:
        """Show the whole review as text."""
        state = self._state
        included = state.included_plan
        problems = self.engine.check_plan(included) if included.items else []
        entries = review_page(
            state.plan, state.excluded, problems, self.engine.clock.now(), accuracies=state.accuracies
        )
        await self.app.push_screen_wait(TextPageScreen(self.engine, self.options, entries, _("Review")))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the amounts of the included items to a file."""
        plan = self._state.included_plan
        form = await choose_format(self)
        if form is not None:
            text = _export_text(plan, self._state.quote_status, form, self.engine.clock.now())
            await save_list(self, text, f"plan-{plan.short_hash}.{form}", len(plan.items))

    @work(exclusive=True, group="dialog")
    async def action_more_actions(self) -> None:
        """Review another action for the included items, or auto-renewal off for those without a refund."""
        included = self._state.included_plan
        items = included.items
        lapsing = [item.id for item in self._state.plan.items if item.has_no_refund and item.forecast.next_charge_at]
        choices = list(action_items([item.resource for item in items], self.engine.rules, exclude=included.action))
        if lapsing:
            words = plural(
                "auto-renewal off for the {n} without a refund, then the rest of this plan",
                "auto-renewal off for the {n} without a refund, then the rest of this plan",
                len(lapsing),
            )
            choices.insert(0, MenuItem(_LAPSING, words, "A"))
        if not items and not lapsing:
            self.set_status(_("All items are dropped."))
            return
        title = plural("Instead, for the {n} kept item", "Instead, for the {n} kept items", len(items))
        chosen = await self.app.push_screen_wait(Menu(title, choices))
        if chosen == _LAPSING:
            rest = self._state.plan.without(self._state.excluded | set(lapsing))
            self._answer(rest, other_action=Action.AUTO_RENEW_OFF, other_ids=lapsing)
        elif chosen is not None:
            self._answer(included, other_action=Action(chosen))

    @work(exclusive=True, group="dialog")
    async def action_save(self) -> None:
        """Write the included items to a plan file."""
        if self._state.quote_status:
            self.set_status(_("The bills are being loaded; the amounts are not final yet."))
        elif not self._state.included_plan.items:
            self.set_status(_nothing_left(self._state.plan))
        else:
            await save_plan(self, self._state.included_plan)

    def action_reload_quotes(self) -> None:
        """Read the bills again."""
        if self._state.quote_status:
            self.set_status(_("The bills are being loaded."))
        else:
            self.load_quotes(anew=True)

    @work(exclusive=True, group="confirm")
    async def action_proceed(self) -> None:
        """Show the confirmation screen if nothing blocks it."""
        plan = self._state.included_plan
        reason = _confirm_blocked_reason(self._state, self.engine)
        if reason:
            self.set_status(reason)
            return
        await self._has_read_record.wait()
        has_changed = self._reads_inventory and await self._inventory.read_again(plan)
        if has_changed or self._state.included_plan.digest != plan.digest:  # a guard may refuse an item now
            self.set_status(_("Changed since the review: read the rows again, then continue."))
            return
        plan = self._state.included_plan
        screen = ConfirmScreen(self.engine, self.options, plan, self._on_confirmed, is_first=self._state.is_first)
        confirmation = await self.app.push_screen_wait(screen)
        if confirmation is None:
            self.set_status(_("Not confirmed; nothing was submitted."))
        else:
            self._answer(plan, confirmation)

    def action_back(self) -> None:
        """Show all rows again; if they are shown, leave the review."""
        if not self.pane.show_all():
            self._answer(self._state.included_plan)

    def _answer(
        self,
        included: Plan,
        confirmation: Confirmation | None = None,
        other_action: Action | None = None,
        other_ids: Sequence[str] = (),
    ) -> None:
        self.dismiss_once(ReviewAnswer(self._state.plan, included, confirmation, other_action, other_ids))

    def _show(self, state: ReviewState) -> None:
        """Show a state, with the items refused that violate a guard by what the services say."""
        state = replace(state, plan=self.engine.refuse_violations(state.plan))
        self._state = state
        included = state.included_plan
        problems = self.engine.check_plan(included) if included.items else []
        self.plan_problems.display = bool(problems)
        self.plan_problems.update(Content(plan_problems_text(problems, is_quoting=bool(state.quote_status))))
        review = ReviewTable(
            plan=state.plan,
            excluded=state.excluded,
            quote_status=state.quote_status,
            now=self.engine.clock.now(),
            keys={group: key_of(self, f"review.{group}") for group in RowGroup},
        )
        self.heading.text = title_line(account_badge(self.engine), review.title)
        self.pane.show(review)


def _confirm_blocked_reason(state: ReviewState, engine: Engine) -> str:
    """Return why the plan cannot be confirmed now, or ""."""
    plan = state.included_plan
    if not plan.items:
        return _nothing_left(plan)
    if engine.guards.read_only:
        return _("Read-only mode: nothing can be changed or unsubscribed from.")
    if engine.check_plan(plan):
        return _("Cannot be confirmed, for the reason at the top.")
    if state.quote_status and plan.action.creates_order:
        return _("The bills are being loaded; the amounts are not final yet.")
    return ""


def _nothing_left(plan: Plan) -> str:
    if plan.action.unsubscribe_type is None:
        return _("Nothing in this plan can be changed.")
    return _("Nothing in this plan can be unsubscribed from.")


def _export_text(plan: Plan, quote_status: str, form: str, now: datetime) -> str:
    """Return a plan in a format; in JSON with the facts that were read."""
    if form == "md":
        return review_markdown(ReviewTable(plan=plan, quote_status=quote_status, now=now))
    if plan.findings is None or form not in ("json", "jsonl"):
        return plan_text(plan, form)
    from unsub_tui.present.export.quote_facts import quotes_with_facts

    return plan_text(plan, form, quotes_with_facts(plan.items, plan.findings.by_id))
