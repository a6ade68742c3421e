"""The workflow from a plan to the result of a run: review, confirmation, run, result.

Each function is awaited in a worker of the screen that starts the workflow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Protocol

from textual.app import App

from unsub_tui.app.dialogs.dialog import Notice, YesNoDialog
from unsub_tui.app.options import AppOptions
from unsub_tui.app.preload import read_in_thread
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import lock_owner_lines, problem_text

if TYPE_CHECKING:
    from unsub_tui.domain.account import LockOwner
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.plan import Plan, SavedPlan
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.run.executor import RunHandle


class RunWish(StrEnum):
    """A request of the user on the page of a run, which then closes."""

    CLOSE = "close"
    UNDO = "undo"
    """Reverse the run."""
    SELECT_AGAIN = "select_again"
    """Select what failed or was not submitted."""
    REVIEW_BUNDLES = "review_bundles"
    """Review the bundles of which parts were rejected."""

    def is_possible(self, run: Run) -> bool:
        """Return whether the run has items for it."""
        ids = {
            RunWish.UNDO: run.reversible_ids,
            RunWish.SELECT_AGAIN: run.unfinished_ids,
            RunWish.REVIEW_BUNDLES: run.rejected_part_ids,
        }
        return bool(ids.get(self, True))


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """The run of a page that was closed, and the user's wish."""

    run: Run
    wish: RunWish


class FlowHost(Protocol):
    """A screen that starts workflows and shows their effects."""

    engine: Engine
    options: AppOptions

    @property
    def app(self) -> App[object]:
        """The app, which shows the screens of the workflow."""

    @property
    def inventory(self) -> Inventory | None:
        """The inventory of the list, if one was read."""

    def set_status(self, text: str) -> None:
        """Show a text on the message line."""

    def store_quotes(self, plan: Plan) -> None:
        """Store the quotes that a review obtained."""

    def run_ended(self, run: Run) -> None:
        """Show the changes that a run made."""

    async def act_in_list(self, answer: RunAnswer) -> None:
        """Do in the list what the user asked for on the page of a run."""

    def show_rejections(self) -> None:
        """Show which requests the record knows as rejected because they named a part of a bundle."""

    def reload(self) -> None:
        """Show the changes that a run of another terminal made."""


async def draft_and_review(
    host: FlowHost, catalog: Catalog, ids: Sequence[str], draft: Callable[[Catalog], Plan]
) -> None:
    """Review the plan for these resources. If the listing changed while it was read, they are read again first."""
    if catalog.rows_at_risk:
        host.set_status(_("The list changed while it was read: loading the selected resources again…"))
    try:
        plan = draft(await host.engine.catalog.read_afresh(catalog, ids))
    except UnsubError as error:
        host.set_status(problem_text(error.problem))
        return
    if catalog.rows_at_risk:
        host.set_status("")
    await review(host, catalog, plan)


async def review(host: FlowHost, catalog: Catalog, plan: Plan) -> None:
    """Show the review and the confirmation of a plan, and execute the confirmed plan."""
    from unsub_tui.app.screens.review import ReviewScreen
    from unsub_tui.app.screens.review_inventory import KnownInventory

    known = KnownInventory(catalog, host.inventory)
    with ExitStack() as frames:
        hold_frame = partial(_hold_frame, host, frames)
        answer = await host.app.push_screen_wait(ReviewScreen(host.engine, host.options, plan, known, hold_frame))
        if answer.plan.action.creates_order:
            host.store_quotes(answer.plan)
        included, confirmation = answer.included, answer.confirmation
        if confirmation is not None:
            await _execute_run(host, lambda: host.engine.run(included, confirmation), included, frames)
            return
    if answer.other_action is not None:
        items = [item for item in answer.plan.items if item.id in answer.other_ids] or included.items
        ids = [each.id for item in items for each in item.primary]
        hidden = frozenset(item.id for item in items if item.is_hidden)
        draft = partial(host.engine.draft, ids=ids, hidden=hidden, action=answer.other_action)
        await draft_and_review(host, catalog, ids, draft)
        if answer.other_ids and included.items:
            await review(host, catalog, included)
    else:
        host.set_status(_("Left the review; nothing was submitted."))


async def review_plan_file(host: FlowHost, catalog: Catalog, plan_file: SavedPlan) -> None:
    """Review the plan in a plan file, after comparing it with the current state of the account."""
    try:
        if plan_file.action.shortens_term:
            host.set_status(_("Loading renewal orders…"))
            async for _step in host.engine.catalog.read_renewals(catalog.resources):
                pass
        plan = await host.engine.draft_from_file(catalog, plan_file)
    except UnsubError as error:
        host.set_status("")
        notice = Notice(_("This plan file cannot be reviewed here"), [problem_text(error.problem)])
        await host.app.push_screen_wait(notice)
    else:
        host.set_status("")
        await review(host, catalog, plan)


async def undo_run(host: FlowHost, run: Run) -> None:
    """Review a plan that reverses a run, drafted from a fresh listing."""
    inverse = run.action.inverse if run.action is not None else None
    if inverse is None or not run.reversible_ids:
        host.set_status(_("Nothing of this run can be undone."))
        return
    host.set_status(_("Loading the account…"))
    try:
        catalog = await host.engine.catalog.read_all()
    except UnsubError as error:
        host.set_status(problem_text(error.problem))
        return
    host.set_status("")
    draft = partial(host.engine.draft, ids=run.reversible_ids, action=inverse)
    await draft_and_review(host, catalog, run.reversible_ids, draft)


async def resume(host: FlowHost) -> None:
    """Check the status of pending units of earlier runs; send nothing that changes a resource."""
    await _execute_run(host, host.engine.resume, None)


async def offer_open_units(host: FlowHost, *, may_ask: Callable[[], bool]) -> None:
    """Report a run in another terminal, or pending units of earlier runs, before any other work.

    Nothing is asked if a workflow has begun meanwhile: no question covers a run, and its end is followed by an offer.
    """
    from unsub_tui.present.pages.run import open_item_lines, set_aside_text

    owner = await read_in_thread(host.engine.history.lock_owner)
    if owner is not None:
        if may_ask():
            await _offer_to_watch(host, owner, _("A run is in progress in another terminal"))
        return
    try:
        recorded = await read_in_thread(host.engine.history.units)
        aside = set_aside_text(await read_in_thread(host.engine.history.set_aside_journals))
    except UnsubError as error:
        host.set_status(problem_text(error.problem))
        return
    host.engine.bundles.note_units(recorded)
    host.show_rejections()
    units = [unit for unit in recorded if unit.state.is_open]
    if not units or not may_ask():
        if aside:
            host.set_status(aside)
        return
    question = YesNoDialog(
        plural("{n} item of earlier runs is pending", "{n} items of earlier runs are pending", len(units)),
        [
            *open_item_lines(units),
            _("A status check determines the outcome. It submits nothing."),
            _("Without it, the list may be out of date."),
        ],
        yes=_("Check status"),
        no=_("Later"),
    )
    if await host.app.push_screen_wait(question):
        await resume(host)


async def watch_run(host: FlowHost, lock_owner: LockOwner) -> None:
    """Watch a run of another terminal."""
    from unsub_tui.app.screens.watch_run import WatchRunScreen

    await host.app.push_screen_wait(WatchRunScreen(host.engine, host.options, lock_owner))
    host.reload()


async def _offer_to_watch(host: FlowHost, lock_owner: LockOwner, title: str) -> None:
    lines = [*lock_owner_lines(lock_owner), _("Only one process can submit for an account. You can watch it here.")]
    if await host.app.push_screen_wait(YesNoDialog(title, lines, yes=_("Watch"), no=_("Close"))):
        await watch_run(host, lock_owner)


async def _show_start_failure(host: FlowHost, problem: Problem) -> None:
    """Explain why a run could not start; offer to watch if a run is in progress elsewhere."""
    owner = await read_in_thread(host.engine.history.lock_owner) if problem.kind is ProblemKind.LOCKED else None
    if owner is None:
        await host.app.push_screen_wait(Notice(_("Nothing was submitted"), [problem_text(problem)]))
    else:
        await _offer_to_watch(host, owner, _("Nothing was submitted: a run is in progress"))


def _hold_frame(host: FlowHost, frames: ExitStack) -> None:
    """Keep the current frame until `frames` is closed: between two screens, the list would be shown for a moment."""
    frames.enter_context(host.app.batch_update())


async def _execute_run(
    host: FlowHost, start: Callable[[], RunHandle], plan: Plan | None, frames: ExitStack | None = None
) -> None:
    """Start a run and show it, after a countdown if it is long; `plan` is None for a status check.

    `frames` is closed as soon as the next screen is on top.
    """
    from unsub_tui.app.screens.run import RunScreen

    frames = frames or ExitStack()
    if plan is not None and plan.action.creates_order and plan.count > 1 and host.options.countdown_seconds:
        from unsub_tui.app.screens.countdown import CountdownScreen

        hold_frame = partial(_hold_frame, host, frames)
        countdown = host.app.push_screen(
            CountdownScreen(host.engine, host.options, plan, hold_frame), wait_for_dismiss=True
        )
        frames.close()
        if not await countdown:
            host.set_status(_("Stopped before the first request: nothing was submitted."))
            return
    try:
        handle = start()
    except UnsubError as error:
        frames.close()
        await _show_start_failure(host, error.problem)
        return
    screen = RunScreen(host.engine, host.options, handle, plan)
    pushed = host.app.push_screen(screen, wait_for_dismiss=True)
    frames.close()
    answer = await pushed
    if answer is not None:
        host.run_ended(answer.run)
        await fulfill(host, answer)


async def fulfill(host: FlowHost, answer: RunAnswer) -> None:
    """Do what the user wishes on the page of a run."""
    if answer.wish is RunWish.UNDO:
        await undo_run(host, answer.run)
    elif answer.wish is not RunWish.CLOSE:
        await host.act_in_list(answer)
