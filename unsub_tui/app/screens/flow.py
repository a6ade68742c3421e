"""From chosen ids to a run and back: review, confirm, run, result."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import to_thread
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from unsub_tui.app.screens.base import Answer, BaseScreen
from unsub_tui.app.screens.dialogs import Notice, Question
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.present.problems import problem_text
from unsub_tui.present.words import _, plural

if TYPE_CHECKING:
    from unsub_tui.domain.holder import Holder
    from unsub_tui.domain.plan import FiledPlan, Plan
    from unsub_tui.domain.resource import Catalogue
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.runner import RunHandle


class FlowScreen(BaseScreen[Answer]):
    """A screen from which a run can begin."""

    has_asked = False
    """Whether nothing of earlier runs waits for an answer."""

    @abstractmethod
    def run_ended(self, run: Run) -> None:
        """Show what a run has changed."""

    def words_for_closing(self, run: Run) -> str:  # noqa: ARG002 - for screens to say
        """Return what closing the result of a run leads to."""
        return _("enter closes this page")

    def take_quotes(self, plan: Plan) -> None:
        """Keep what a review has quoted."""

    @work(exclusive=True, group="flow")
    async def review(
        self, catalogue: Catalogue, ids: Sequence[str], hidden: frozenset[str], action: Action = Action.UNSUBSCRIBE
    ) -> None:
        """Lead through review and confirmation; carry out what was confirmed."""
        await self._review(catalogue, self.engine.draft(catalogue, ids, hidden=hidden, action=action))

    @work(exclusive=True, group="flow")
    async def review_plan(self, catalogue: Catalogue, plan: Plan) -> None:
        """Lead through a plan that was made already."""
        await self._review(catalogue, plan)

    @work(exclusive=True, group="flow")
    async def review_filed(self, catalogue: Catalogue, filed: FiledPlan) -> None:
        """Lead through a plan that somebody wrote into a file, compared with the account as it is."""
        try:
            if filed.action is Action.RENEWAL:
                self.say(_("reading renewal orders ..."))
                async for _step in self.engine.read_renewals(catalogue.resources):
                    pass
            plan = self.engine.draft_filed(catalogue, filed)
        except UnsubError as error:
            self.say("")
            notice = Notice(_("This plan file cannot be reviewed here"), [problem_text(error.problem)])
            await self.app.push_screen_wait(notice)
        else:
            self.say("")
            await self._review(catalogue, plan)

    @work(exclusive=True, group="flow")
    async def take_back(self, run: Run) -> None:
        """Lead through the review of what undoes a run, planned from the account as it is now."""
        await self._take_back(run)

    async def _take_back(self, run: Run) -> None:
        contrary = run.action.contrary if run.action is not None else None
        if contrary is None or not run.undoable_ids:
            self.say(_("nothing of this run can be undone"))
            return
        self.say(_("reading the account ..."))
        try:
            catalogue = await self.engine.whole_catalogue()
        except UnsubError as error:
            self.say(problem_text(error.problem))
            return
        self.say("")
        plan = self.engine.draft(catalogue, run.undoable_ids, action=contrary)
        await self._review(catalogue, plan)

    async def _review(self, catalogue: Catalogue, plan: Plan) -> None:
        from unsub_tui.app.screens.plan import Instead, PlanScreen

        screen = PlanScreen(self.engine, self.options, plan)
        agreed = await self.app.push_screen_wait(screen)
        if not screen.plan.action.is_undoable:
            self.take_quotes(screen.plan)
        if isinstance(agreed, Instead):
            other = self.engine.draft(catalogue, agreed.ids, hidden=agreed.hidden, action=agreed.action)
            await self._review(catalogue, other)
            return
        if agreed is None:
            self.say(_("left the review; nothing was sent"))
            return
        await self._carry_out(lambda: self.engine.run(agreed.plan, agreed.confirmation), agreed.plan)

    @work(exclusive=True, group="flow")
    async def resume(self) -> None:
        """Settle what earlier runs left open; sends nothing."""
        await self._carry_out(self.engine.resume, None)

    def take_up(self) -> None:
        """Do what had to wait, where nothing stands in its way any more."""

    @work(exclusive=True, group="open-units")
    async def offer_open_units(self) -> None:
        """Say what runs elsewhere, or what earlier runs left open, before anything else is done."""
        self.has_asked = False
        await self._offer_open_units()
        self.has_asked = True
        self.take_up()

    async def _offer_open_units(self) -> None:
        from unsub_tui.engine import watching  # noqa: F401 - for the threads, which must not import
        from unsub_tui.present.runs import open_lines, set_aside_text

        holder = await to_thread(self.engine.holder)
        if holder is not None:
            await self.offer_to_watch(holder, _("A run is under way in another terminal"), [])
            return
        try:
            units = await to_thread(self.engine.open_units)
            aside = set_aside_text(await to_thread(self.engine.records_aside))
        except UnsubError as error:
            self.say(problem_text(error.problem))
            return
        if not units:
            if aside:
                self.say(aside)
            return
        question = Question(
            plural(
                "{n} item of an earlier run is not settled", "{n} items of earlier runs are not settled", len(units)
            ),
            [
                *open_lines(units),
                _("Settling finds out what came of it; it only reads, nothing is sent."),
                _("Without it the list may be out of date."),
            ],
            yes=_("Settle now"),
            no=_("Later"),
        )
        if await self.app.push_screen_wait(question):
            await self._carry_out(self.engine.resume, None)

    async def offer_to_watch(self, holder: Holder, title: str, lines: Sequence[str]) -> None:
        """Say who works on the account, and let a person watch it."""
        from unsub_tui.app.screens.live import LiveScreen
        from unsub_tui.present.others import holder_lines

        words = [*lines, *holder_lines(holder), _("Only one process may send for an account; you can watch it here.")]
        if await self.app.push_screen_wait(Question(title, words, yes=_("Watch it"), no=_("Close"))):
            await self.app.push_screen_wait(LiveScreen(self.engine, self.options, holder))
            self.watched()

    def watched(self) -> None:
        """Show what a run of another terminal has changed."""

    async def _tell_hindrance(self, problem: Problem) -> None:
        """Say why nothing could begin; a run elsewhere can be watched."""
        holder = await to_thread(self.engine.holder) if problem.kind is ProblemKind.LOCKED else None
        if holder is None:
            await self.app.push_screen_wait(Notice(_("Nothing was sent"), [problem_text(problem)]))
        else:
            await self.offer_to_watch(holder, _("Nothing was sent: a run is under way"), [])

    async def _carry_out(self, start: Callable[[], RunHandle], plan: Plan | None) -> None:
        from unsub_tui.app.screens.run import RunScreen
        from unsub_tui.present.plans import behind_entries
        from unsub_tui.present.runs import planned_units

        try:
            handle = start()
        except UnsubError as error:
            await self._tell_hindrance(error.problem)
            return
        units = planned_units(plan, handle.run_id, self.engine.now()) if plan is not None else ()
        behind = list(behind_entries(plan)) if plan is not None else []
        screen = RunScreen(self.engine, self.options, handle, units, behind=behind, closing=self.words_for_closing)
        run = await self.app.push_screen_wait(screen)
        if run is not None:
            self.run_ended(run)
            if screen.wants_undo:
                await self._take_back(run)
