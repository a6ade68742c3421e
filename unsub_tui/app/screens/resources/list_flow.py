"""Reviews and runs that start from the resource list, and their effects on it; bundles that a run could not split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App

from unsub_tui.app import review_flow
from unsub_tui.app.dialogs.dialog import Notice, YesNoDialog
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import name_and_id, resource_line

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.run import Run

BUNDLE_ONLY_CODE = "CBC.99003185"
"""Error code of Huawei Cloud if a request covers only a part of a bundle."""


class ListFlow:
    """Starts the workflows of `review_flow` from a list pane, and shows their effects (a `FlowHost`)."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None], *, reload: Callable[[], None]) -> None:
        self._pane = pane
        self._screen = screen
        self.reload = reload
        """Loads the list again."""
        self.engine, self.options, self.set_status = screen.engine, screen.options, screen.set_status
        self.app: App[object] = screen.app
        self.store_quotes = pane.store_quotes
        self._plan_file = screen.options.plan_file
        self._has_offered_open_units = False
        """Whether the user has dealt with the offer to check pending units of earlier runs."""

    @property
    def is_in_progress(self) -> bool:
        """Whether a review, a confirmation or a run is in progress."""
        return any(each.group == "flow" and not each.is_finished for each in self._screen.workers)

    def review(self, ids: Sequence[str], draft: Callable[[Catalog], Plan]) -> None:
        """Review the plan that `draft` makes for these resources, and execute it if confirmed."""
        flow = review_flow.draft_and_review(self, self._pane.resources.catalog, ids, draft)
        self._screen.run_worker(flow, exclusive=True, group="flow")

    def review_plan_file_if_ready(self) -> None:
        """Review the plan file given at startup, once the listing is complete and the open-units offer is answered."""
        catalog, is_complete = self._pane.resources.catalog, self._pane.resources.is_complete
        is_ready = is_complete and self._has_offered_open_units and self._screen.is_current
        if self._plan_file is not None and is_ready:
            flow = review_flow.review_plan_file(self, catalog, self._plan_file)
            self._plan_file = None
            self._screen.run_worker(flow, exclusive=True, group="flow")

    def offer_open_units(self) -> None:
        """Offer to check pending units of earlier runs, before any other work."""
        self._screen.run_worker(self._offer_open_units(), exclusive=True, group="open-units")

    async def _offer_open_units(self) -> None:
        self._has_offered_open_units = False
        await review_flow.offer_open_units(self)
        self._has_offered_open_units = True
        self.review_plan_file_if_ready()

    def run_ended(self, run: Run) -> None:
        """Mark unsubscribed resources as closed, deselect settled ones and load the list again."""
        settled = [unit for unit in run.units if unit.state is State.SETTLED]
        self._pane.update(lambda: self._pane.tabs.apply_settled(settled), fit=True)
        self.reload()
        if parts := self._rejected_bundle_members(run):
            self._screen.run_worker(self._offer_bundle(parts[0]), exclusive=True, group="bundle")

    def select_again(self, run: Run) -> None:
        """Select what a run did not unsubscribe from or change, on the tab that has it; say what is missing."""
        pane, ids = self._pane, run.unfinished_ids
        if not pane.resources.is_complete:
            self.set_status(_("The list is incomplete, so ids might not be found."))
            return
        tabs = [Tab.RENEWAL] if run.action is not None and run.action.shortens_term else [Tab.ACTIVE, Tab.INACTIVE]
        for tab in tabs:
            pane.show_tab(tab)
            found = pane.resources.selection.select_ids(ids)
            if found.selected_count:
                break
        else:
            pane.show_tab(tabs[0])
        text = _("Selected again: {n} of {total}. m shows only the selection, p reviews it.")
        pane.selection_changed(text.format(n=found.selected_count, total=len(ids)))

    def closing_hint(self, run: Run) -> str:
        """Return the hint for closing the result page, which mentions the bundle offer if one follows."""
        if self._rejected_bundle_members(run):
            return _("q closes this page and shows the bundle.")
        return _("q closes this page.")

    def _rejected_bundle_members(self, run: Run) -> list[str]:
        """Return the ids of the resources that a run could not unsubscribe from because they are parts of a bundle."""
        if not self._pane.resources.tab.action.deletes_resource:
            return []
        return [
            unit.resource_id
            for unit in run.units
            if unit.action.deletes_resource
            and unit.problem is not None
            and unit.problem.code.raw == BUNDLE_ONLY_CODE
            and self._is_primary(unit.resource_id)
        ]

    def _is_primary(self, resource_id: str) -> bool:
        """Return whether a resource can be a member of a bundle: a disk of a server is a part of its server."""
        resource = self._pane.resources.catalog.get(resource_id)
        return resource is None or resource.is_main_resource

    async def _offer_bundle(self, resource_id: str) -> None:
        """List the resources that were bought together with a resource, and offer to review them as one bundle."""
        from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST

        catalog = self._pane.resources.catalog
        resource = catalog.get(resource_id)
        if resource is None:
            return
        try:
            bundle = await self._find_bundle(resource_id)
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self._pane.show_row_reason()  # replaces the progress message, whatever the result
        name = name_and_id(resource)
        if not 1 < len(bundle) <= MAX_PRIMARY_PER_REQUEST:
            lines = [
                _("It can only be unsubscribed as a whole bundle, and its orders do not name the other members."),
                _("Unsubscribe from the bundle in Huawei Cloud's console."),
            ]
            await self.app.push_screen_wait(Notice(name, lines))
            return
        lines = [
            _("{name} was rejected: it is part of a bundle and can only be unsubscribed as a whole.").format(name=name),
            plural(
                "Review {n} resource as one bundle? Nothing is submitted before you confirm it.",
                "Review {n} resources as one bundle? Nothing is submitted before you confirm it.",
                len(bundle),
            ),
        ]
        rows = [f"- {resource_line(each)}" for each in bundle]
        question = YesNoDialog(_("Part of a bundle"), lines, yes=_("Review bundle"), no=_("Not now"), rows=rows)
        if await self.app.push_screen_wait(question):
            ids = [each.id for each in bundle]
            self.review(ids, partial(self.engine.draft, ids=ids, bundles=[ids]))

    async def _find_bundle(self, resource_id: str) -> list[Resource]:
        """Return the primary resources of the first order that has this one and others, this one first; else []."""
        catalog, quote = self._pane.resources.catalog, self._pane.resources.quotes.get(resource_id)
        for order_id in quote.order_ids if quote is not None else ():
            self.set_status(_("Loading order {id}…").format(id=for_display(order_id)))
            ids = await self.engine.catalog.resources_of_order(order_id)
            mains = [each for key in sorted(ids) if (each := catalog.get(key)) is not None and each.is_main_resource]
            if len(mains) > 1 and any(each.id == resource_id for each in mains):
                return sorted(mains, key=lambda each: each.id != resource_id)
        return []
