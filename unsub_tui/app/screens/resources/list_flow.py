"""Reviews and runs that start from the resource list, and their effects on it; bundles of its resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App

from unsub_tui.app import review_flow
from unsub_tui.app.commands import key_of
from unsub_tui.app.dialogs.dialog import Notice
from unsub_tui.app.review_flow import RunAnswer, RunWish
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.unit_state import State
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import name_and_id
from unsub_tui.present.status_line import selected_again_text

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.run import Run


class ListFlow:
    """Starts the workflows of `review_flow` from a list pane, and shows their effects (a `FlowHost`)."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None], *, reload: Callable[[], None]) -> None:
        self._pane = pane
        self._screen = screen
        self.reload = reload
        """Loads the list again."""
        self.engine, self.options, self.set_status = screen.engine, screen.options, screen.set_status
        self.app: App[object] = screen.app
        self._plan_file = screen.options.plan_file
        self._waiting: RunAnswer | None = None
        """What to do once the list is complete."""
        self._has_offered_open_units = False
        """Whether the user has dealt with the offer to check pending units of earlier runs."""

    @property
    def inventory(self) -> Inventory | None:
        """The inventory of the list, if one was read."""
        return self._pane.tabs.context.inventory

    @property
    def is_in_progress(self) -> bool:
        """Whether a review, a confirmation or a run is in progress."""
        return any(each.group == "flow" and not each.is_finished for each in self._screen.workers)

    def review(self, ids: Sequence[str], draft: Callable[[Catalog], Plan]) -> None:
        """Review the plan that `draft` makes for these resources, and execute it if confirmed."""
        flow = review_flow.draft_and_review(self, self._pane.resources.catalog, ids, draft)
        self._screen.run_worker(flow, exclusive=True, group="flow")

    def continue_if_ready(self) -> None:
        """Do what waited until the listing is complete, and review the plan file given at startup.

        The file also waits until the open-units offer is answered.
        """
        catalog, is_complete = self._pane.resources.catalog, self._pane.resources.is_complete
        if not is_complete or not self._screen.is_current:
            return
        if self._waiting is not None:
            answer, self._waiting = self._waiting, None
            self._screen.run_worker(self.act_in_list(answer), exclusive=True, group="flow")
        elif self._plan_file is not None and self._has_offered_open_units:
            flow = review_flow.review_plan_file(self, catalog, self._plan_file)
            self._plan_file = None
            self._screen.run_worker(flow, exclusive=True, group="flow")

    def offer_open_units(self) -> None:
        """Offer to check pending units of earlier runs, before any other work."""
        self._screen.run_worker(self._offer_open_units(), exclusive=True, group="open-units")

    async def _offer_open_units(self) -> None:
        self._has_offered_open_units = False
        await review_flow.offer_open_units(self, may_ask=lambda: not self.is_in_progress)
        self._has_offered_open_units = True
        self.continue_if_ready()

    def run_ended(self, run: Run) -> None:
        """Mark unsubscribed resources as closed, deselect settled ones and load the list again."""
        settled = [unit for unit in run.units if unit.state is State.SETTLED]
        self._pane.update(lambda: self._pane.tabs.apply_settled(settled), fit=True)
        self.engine.bundles.note_units(run.units)
        self.show_rejections()
        rejected = len(run.rejected_part_ids)
        words = plural(
            "{n} rejected as a part of a bundle: {key} reviews the bundle.",
            "{n} rejected as parts of bundles: {key} reviews that of a row.",
            rejected,
            key=key_of(self._screen, "list.review-bundle"),
        )
        self._pane.hold_status(words if rejected else "")
        self.reload()

    def store_quotes(self, plan: Plan) -> None:
        """Store what a review found: the quotes, and the members of bundles."""
        self._pane.store_quotes(plan)
        self.show_rejections()

    def show_rejections(self) -> None:
        """Show in the list which requests were rejected because they named a part of a bundle."""
        context, rejections = self._pane.tabs.context, self.engine.bundles.rejection_facts
        if rejections != context.rejections:
            context.rejections = rejections
            self._pane.update(lambda: None)

    async def act_in_list(self, answer: RunAnswer) -> None:
        """Do what the user asked for on the page of a run, once the list is complete."""
        if not self._pane.resources.is_complete:
            self._waiting = answer
            self._pane.hold_status(_("Waits until the list is loaded…"))
        elif answer.wish is RunWish.SELECT_AGAIN:
            self._select_again(answer.run)
        elif answer.wish is RunWish.REVIEW_BUNDLES:
            await self.review_bundles(answer.run.rejected_part_ids)

    def _select_again(self, run: Run) -> None:
        """Select what a run did not unsubscribe from or change, on the tab that has it; say what is missing."""
        pane, ids = self._pane, run.unfinished_ids
        tabs = [Tab.RENEWAL] if run.action is not None and run.action.shortens_term else [Tab.ACTIVE, Tab.INACTIVE]
        rows = {tab: [each for each in ids if pane.tabs.by_tab[tab].rows.row_of(each) is not None] for tab in tabs}
        tab = max(tabs, key=lambda tab: len(rows[tab]))
        if tab is not pane.tabs.current_tab:
            pane.show_tab(tab)
        listed = pane.resources
        if run.one_by_one and tab is Tab.ACTIVE:
            listed.set_one_by_one(on=True)
        first = listed.catalog.get(rows[tab][0]) if rows[tab] else None
        found = pane.update(lambda: listed.selection.select_ids(ids), follow=first)
        skipped = Counter(reason for _resource, reason in found.skipped)
        commands = ("review", "selected-only", "queue-mode", "review-row")
        keys = {each: key_of(self._screen, f"list.{each}") for each in commands}
        pane.hold_status(selected_again_text(found.selected_count, skipped, len(found.missing), keys))

    def start_bundle_review(self, resource_id: str) -> None:
        """Review a resource with everything that was bought with it, as one bundle."""
        self._screen.run_worker(self.review_bundles([resource_id]), exclusive=True, group="flow")

    async def review_bundles(self, ids: Sequence[str]) -> None:
        """Review these resources with everything that was bought with them, each bundle as one item."""
        catalog = self._pane.resources.catalog
        listed = [each for each in map(catalog.get, ids) if each is not None and each.status != Status.CLOSED]
        if not listed:
            self.set_status(_("No longer listed, so there is no bundle to review."))
        bundles: list[Sequence[str]] = []
        for resource in listed:
            if any(resource.id in bundle for bundle in bundles):
                continue
            try:
                bundle = await self._find_bundle(resource)
            except UnsubError as error:
                self.set_status(problem_text(error.problem))
                return
            if bundle:
                bundles.append(bundle)
            else:
                await self.app.push_screen_wait(_no_bundle_notice(resource))
        self.show_rejections()  # with the names of the members
        if bundles:
            members = [each for bundle in bundles for each in bundle]
            draft = partial(self.engine.draft, ids=members, bundles=bundles)
            await review_flow.draft_and_review(self, catalog, members, draft)

    async def _find_bundle(self, resource: Resource) -> Sequence[str]:
        """Return the listed primary resources that were bought with one, it first; () if no order names others."""
        listed = self._pane.resources
        quote = listed.quotes.get(resource.id) if listed.tab.action.deletes_resource else None
        self.set_status(_("Loading the orders of {name}…").format(name=name_and_id(resource)))
        if quote is None:
            plan = self.engine.draft(listed.catalog, [resource.id], quote_only=True)
            async for step in self.engine.quotes(plan):
                plan = step.plan
            self.store_quotes(plan)
            quote = plan.items[0].quote if plan.items else None
        found = await self.engine.bundles.find(resource.id, quote.order_ids if quote is not None else ())
        self._pane.show_row_reason()  # replaces the progress message
        members = [each.id for each in found if listed.catalog.get(each.id) is not None]
        return members if len(members) > 1 else ()


def _no_bundle_notice(resource: Resource) -> Notice:
    """Return the notice that no order tells the bundle of a resource, with the next step."""
    if not resource.is_main_resource:
        words = _("It is attached to a resource that can only be unsubscribed as a whole.")
        return Notice(name_and_id(resource), [words])
    lines = [
        _("Its orders name no other primary resource, so its bundle is not known."),
        _("If it can only be unsubscribed as a whole, unsubscribe from the bundle in Huawei Cloud's console."),
    ]
    return Notice(name_and_id(resource), lines)
