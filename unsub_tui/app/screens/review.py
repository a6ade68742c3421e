"""The review screen: items, attached resources, blocked resources, refunds and losses of a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.css.query import NoMatches
from textual.getters import query_one
from textual.widgets import Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.dialogs.export import choose_format, save_list, save_plan
from unsub_tui.app.dialogs.menu import Menu, action_items
from unsub_tui.app.options import AppOptions
from unsub_tui.app.preload import read_in_thread
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.confirm import ConfirmScreen
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import EstimateAccuracy, estimate_accuracy
from unsub_tui.engine.engine import Engine
from unsub_tui.present.export.documents import plan_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_title
from unsub_tui.present.pages.review import plan_problems_text, review_counts_text, review_page, review_totals
from unsub_tui.present.problems import problem_text


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
    """Action to review instead for the included items."""


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


class ReviewScreen(BaseScreen[ReviewAnswer]):
    """Shows a plan; quotes arrive while the user reads it."""

    BINDINGS = bindings("review")
    help_title = _("Review")

    page = query_one(TextPage)
    heading = query_one("#top", OneLineLabel)
    plan_problems = query_one("#refused", Static)
    """The first problem of the plan; outside the page, where it could be scrolled out of view."""
    status = query_one("#status", OneLineLabel)

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan) -> None:
        super().__init__(engine, options)
        self._state = ReviewState(plan, quote_status=_("Loading bills…"))
        self._has_read_record = asyncio.Event()

    def compose_content(self) -> ComposeResult:
        """Return the title, the plan's problems, the page and the totals."""
        yield OneLineLabel(id="top")
        yield Static(id="refused", markup=False)
        yield TextPage()
        yield OneLineLabel(id="status")

    def on_mount(self) -> None:
        """Show the known data and request the quotes."""
        self.page.focus()
        self.load_record()
        self.call_after_refresh(self.load_quotes)
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
                    self._show(replace(self._state, plan=step.plan, quote_status=status))
                    self.page.reset_end_reached()
            except UnsubError as error:
                self.set_status(problem_text(error.problem) + " " + _("Amounts stay unknown. r loads the bills again."))
            self._show(replace(self._state, quote_status=""))

    def redraw_header(self) -> None:
        """Show that read-only mode is on and what it means for this plan."""
        super().redraw_header()
        self._show(self._state)

    def action_toggle_item(self) -> None:
        """Exclude the item under the cursor from the plan, or include it again."""
        entry = self.page.current
        if entry is None or entry.target not in {item.id for item in self._state.plan.items}:
            self.set_status(_("Only an item of the plan can be excluded."))
        else:
            self._show(replace(self._state, excluded=self._state.excluded ^ {entry.target}))

    def action_section(self, step: int) -> None:
        """Go to the next section of the review, or to the previous one."""
        if not self.page.go_to_section(step):
            self.set_status(_("This is the last part.") if step > 0 else _("This is the first part."))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the amounts of the included items to a file."""
        plan = self._state.included_plan
        form = await choose_format(self)
        if form is not None:
            await save_list(self, plan_text(plan, form), f"plan-{plan.short_hash}.{form}", len(plan.items))

    @work(exclusive=True, group="dialog")
    async def action_more_actions(self) -> None:
        """Replace this review with that of another action for the included items."""
        included = self._state.included_plan
        items = included.items
        if not items:
            self.set_status(_("All items are excluded."))
            return
        choices = action_items([item.resource for item in items], self.engine.rules, exclude=included.action)
        title = plural("Instead, for the {n} included item", "Instead, for the {n} included items", len(items))
        chosen = await self.app.push_screen_wait(Menu(title, choices))
        if chosen is not None:
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
        reason = _confirm_blocked_reason(self._state, self.engine, has_read=self.page.has_reached_end)
        if reason:
            self.set_status(reason)
            return
        await self._has_read_record.wait()
        screen = ConfirmScreen(self.engine, self.options, plan, is_first=self._state.is_first)
        confirmation = await self.app.push_screen_wait(screen)
        if confirmation is None:
            self.set_status(_("Not confirmed; nothing was submitted."))
        else:
            self._answer(plan, confirmation)

    def action_back(self) -> None:
        """Leave the review."""
        self._answer(self._state.included_plan)

    def _answer(
        self, included: Plan, confirmation: Confirmation | None = None, other_action: Action | None = None
    ) -> None:
        self.dismiss_once(ReviewAnswer(self._state.plan, included, confirmation, other_action))

    def _show(self, state: ReviewState) -> None:
        """Show a state."""
        self._state = state
        included = state.included_plan
        problems = self.engine.check_plan(included) if included.items else []
        self.plan_problems.display = bool(problems)
        self.plan_problems.update(Content(plan_problems_text(problems, is_quoting=bool(state.quote_status))))
        self.page.entries = review_page(
            state.plan,
            state.excluded,
            problems[1:],
            self.engine.clock.now(),
            accuracies=state.accuracies,
            alternatives_key=key_of(self, "review.more-actions"),
        )
        title = _("Review: {title} · plan {hash}")
        self.heading.text = title.format(title=action_title(included.action, included.count), hash=included.short_hash)
        amounts = state.quote_status or "; ".join(review_totals(included))
        parts = (review_counts_text(state.plan, state.excluded), amounts)
        self.status.text = " · ".join(part for part in parts if part)


def _confirm_blocked_reason(state: ReviewState, engine: Engine, *, has_read: bool) -> str:
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
    if not has_read:
        return _("Read the plan to its end first (G goes to the end).")
    return ""


def _nothing_left(plan: Plan) -> str:
    if not plan.action.creates_order:
        return _("Nothing in this plan can be changed.")
    return _("Nothing in this plan can be unsubscribed from.")
