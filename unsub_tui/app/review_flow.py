"""The workflow from selected ids to a run: review, confirmation, run, result."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import to_thread
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from unsub_tui.app.dialogs.yes_no import Notice, YesNoDialog
from unsub_tui.app.screens.base import Answer, BaseScreen
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text

if TYPE_CHECKING:
    from unsub_tui.domain.lock_owner import LockOwner
    from unsub_tui.domain.plan import Plan, SavedPlan
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.run.executor import RunHandle


class ReviewFlowScreen(BaseScreen[Answer]):
    """A screen from which the user can start a run."""

    has_offered_open_units = False
    """Whether the user has dealt with the offer to check pending units of earlier runs."""

    @abstractmethod
    def run_ended(self, run: Run) -> None:
        """Update the screen with the changes that a run made."""

    def closing_hint(self, run: Run) -> str:  # noqa: ARG002 - subclasses use it
        """Return the hint that tells the user where closing the result page leads."""
        return _("enter closes this page")

    def store_quotes(self, plan: Plan) -> None:
        """Store the quotes that a review obtained; screens without quotes ignore them."""

    @work(exclusive=True, group="flow")
    async def review(
        self, catalogue: Catalog, ids: Sequence[str], hidden: frozenset[str], action: Action = Action.UNSUBSCRIBE
    ) -> None:
        """Draft a plan, show the review and the confirmation, and execute the confirmed plan."""
        await self._review(catalogue, self.engine.draft(catalogue, ids, hidden=hidden, action=action))

    @work(exclusive=True, group="flow")
    async def review_plan(self, catalogue: Catalog, plan: Plan) -> None:
        """Show the review and the confirmation of an existing plan, and execute it if confirmed."""
        await self._review(catalogue, plan)

    @work(exclusive=True, group="flow")
    async def review_plan_file(self, catalogue: Catalog, plan_file: SavedPlan) -> None:
        """Review the plan in a plan file, after comparing it with the current state of the account."""
        try:
            if plan_file.action.shortens_term:
                self.set_status(_("reading renewal orders ..."))
                async for _step in self.engine.catalog.read_renewals(catalogue.resources):
                    pass
            plan = self.engine.draft_from_file(catalogue, plan_file)
        except UnsubError as error:
            self.set_status("")
            notice = Notice(_("This plan file cannot be reviewed here"), [problem_text(error.problem)])
            await self.app.push_screen_wait(notice)
        else:
            self.set_status("")
            await self._review(catalogue, plan)

    @work(exclusive=True, group="flow")
    async def undo_run(self, run: Run) -> None:
        """Review a plan that reverses a run, drafted from a fresh listing."""
        await self._undo_run(run)

    async def _undo_run(self, run: Run) -> None:
        inverse = run.action.inverse if run.action is not None else None
        if inverse is None or not run.reversible_ids:
            self.set_status(_("nothing of this run can be undone"))
            return
        self.set_status(_("reading the account ..."))
        try:
            catalogue = await self.engine.catalog.read_all()
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self.set_status("")
        plan = self.engine.draft(catalogue, run.reversible_ids, action=inverse)
        await self._review(catalogue, plan)

    async def _review(self, catalogue: Catalog, plan: Plan) -> None:
        from unsub_tui.app.screens.review import AlternativeRequest, ReviewScreen

        screen = ReviewScreen(self.engine, self.options, plan)
        agreed = await self.app.push_screen_wait(screen)
        if screen.plan.action.creates_order:
            self.store_quotes(screen.plan)
        if isinstance(agreed, AlternativeRequest):
            other = self.engine.draft(catalogue, agreed.ids, hidden=agreed.hidden, action=agreed.action)
            await self._review(catalogue, other)
            return
        if agreed is None:
            self.set_status(_("left the review; nothing was sent"))
            return
        await self._execute_run(lambda: self.engine.run(agreed.plan, agreed.confirmation), agreed.plan)

    @work(exclusive=True, group="flow")
    async def resume(self) -> None:
        """Check the status of pending units of earlier runs; send nothing that changes a resource."""
        await self._execute_run(self.engine.resume, None)

    def resume_deferred(self) -> None:
        """Run deferred work that is no longer blocked."""

    @work(exclusive=True, group="open-units")
    async def offer_open_units(self) -> None:
        """Report a run in another terminal, or pending units of earlier runs, before any other work."""
        self.has_offered_open_units = False
        await self._offer_open_units()
        self.has_offered_open_units = True
        self.resume_deferred()

    async def _offer_open_units(self) -> None:
        from unsub_tui.engine.run import observer  # noqa: F401 - preloaded: threads must not import
        from unsub_tui.present.pages.run import open_item_lines, set_aside_text

        holder = await to_thread(self.engine.history.lock_owner)
        if holder is not None:
            await self.offer_to_watch(holder, _("A run is under way in another terminal"), [])
            return
        try:
            units = await to_thread(self.engine.history.open_units)
            aside = set_aside_text(await to_thread(self.engine.history.set_aside_journals))
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        if not units:
            if aside:
                self.set_status(aside)
            return
        question = YesNoDialog(
            plural(
                "{n} item of an earlier run is not settled", "{n} items of earlier runs are not settled", len(units)
            ),
            [
                *open_item_lines(units),
                _("Settling finds out what came of it; it only reads, nothing is sent."),
                _("Without it the list may be out of date."),
            ],
            yes=_("Settle now"),
            no=_("Later"),
        )
        if await self.app.push_screen_wait(question):
            await self._execute_run(self.engine.resume, None)

    async def offer_to_watch(self, lock_owner: LockOwner, title: str, lines: Sequence[str]) -> None:
        """Show the owner of the lock and offer to watch its run."""
        from unsub_tui.app.screens.watch_run import WatchRunScreen
        from unsub_tui.present.problems import lock_owner_lines

        words = [
            *lines,
            *lock_owner_lines(lock_owner),
            _("Only one process may send for an account; you can watch it here."),
        ]
        if await self.app.push_screen_wait(YesNoDialog(title, words, yes=_("Watch it"), no=_("Close"))):
            await self.app.push_screen_wait(WatchRunScreen(self.engine, self.options, lock_owner))
            self.after_watching()

    def after_watching(self) -> None:
        """Update the screen after watching a run of another terminal."""

    async def _show_start_failure(self, problem: Problem) -> None:
        """Explain why a run could not start; offer to watch if a run is in progress elsewhere."""
        holder = await to_thread(self.engine.history.lock_owner) if problem.kind is ProblemKind.LOCKED else None
        if holder is None:
            await self.app.push_screen_wait(Notice(_("Nothing was sent"), [problem_text(problem)]))
        else:
            await self.offer_to_watch(holder, _("Nothing was sent: a run is under way"), [])

    async def _execute_run(self, start: Callable[[], RunHandle], plan: Plan | None) -> None:
        from unsub_tui.app.screens.run import RunScreen
        from unsub_tui.present.pages.review import possible_leftover_entries
        from unsub_tui.present.pages.run import planned_units

        try:
            handle = start()
        except UnsubError as error:
            await self._show_start_failure(error.problem)
            return
        units = planned_units(plan, handle.run_id, self.engine.clock.now()) if plan is not None else ()
        possible_leftovers = list(possible_leftover_entries(plan)) if plan is not None else []
        screen = RunScreen(
            self.engine,
            self.options,
            handle,
            units,
            possible_leftovers=possible_leftovers,
            closing_hint=self.closing_hint,
        )
        run = await self.app.push_screen_wait(screen)
        if run is not None:
            self.run_ended(run)
            if screen.wants_undo:
                await self._undo_run(run)
