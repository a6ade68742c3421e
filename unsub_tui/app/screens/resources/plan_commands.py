"""The commands that make a plan from the resource list: review, estimate, and alternatives to unsubscribing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from unsub_tui.app.commands import key_of
from unsub_tui.app.dialogs.dialog import YesNoDialog
from unsub_tui.app.dialogs.menu import Menu, MenuItem, action_items
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.resources.list_flow import ListFlow
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.app.screens.resources.loading import OrderLoader
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_text, name_and_id


class PlanCommands:
    """Draft plans from the rows of a list pane."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None], orders: OrderLoader, flow: ListFlow) -> None:
        self._pane = pane
        self._screen = screen
        self._engine = screen.engine
        self._flow = flow
        self._orders = orders
        pane.add_commands(
            {
                "review": self.review_selected,
                "review_row": self.review_row,
                "review_bundle": self.review_bundle,
                "more_actions": self.choose_action,
                "more_actions_row": self.choose_action_of_row,
            },
            need_rows=True,
        )
        pane.add_commands({"estimate_selection": self.estimate})

    def review_selected(self) -> None:
        """Review the selected resources."""
        selection = self._pane.resources.selection
        if not len(selection):
            self._pane.set_status(_("Nothing is selected. space selects a row, u reviews only the current row."))
        elif self._may_plan():
            self._start(
                selection.in_listing_order(), selection.hidden_ids(), one_by_one=self._pane.resources.one_by_one
            )

    async def review_row(self) -> None:
        """Review only the current resource; if it is attached, offer to review its primary resource.

        A data disk of a server can also be reviewed alone.
        """
        pane, resource = self._pane, self._pane.current_resource
        if resource is None or not self._may_plan():
            return
        listed = pane.resources
        if not resource.is_main_resource:
            primary = listed.catalog.primary_of(resource)
            if primary is None:
                pane.set_status(blocked_text(BlockedReason.ATTACHED))
                return
            if listed.context.blocked_reason_of_disk(listed.tab, resource, listed.catalog) is None:
                chosen = await self._choose_disk_or_server(resource, primary)
            else:
                chosen = primary if await self._offer_primary(resource, primary) else None
            if chosen is None:
                return
            if chosen is resource:
                self._start([resource.id], frozenset())
                return
            resource = chosen
        reason = listed.context.blocked_reason(listed.tab, resource, listed.catalog, in_batch=False)
        if reason is not None:
            pane.set_status(blocked_text(reason))
        else:
            self._start([resource.id], frozenset())

    def review_bundle(self) -> None:
        """Review the current resource, or its primary resource, with all that was bought with it, as one bundle."""
        pane, resource = self._pane, self._pane.current_resource
        if resource is None or not self._may_plan():
            return
        if not pane.resources.tab.action.deletes_resource:
            pane.set_status(_("Renewal periods have no bundles."))
            return
        primary = pane.resources.catalog.primary_of(resource) or resource
        self._flow.start_bundle_review(primary.id)

    async def _offer_primary(self, resource: Resource, primary: Resource) -> bool:
        """Ask whether to review the primary resource of an attached one."""
        together = _("{name} can only be unsubscribed together with its primary resource.")
        question: YesNoDialog = YesNoDialog(
            _("This is an attached resource"),
            [
                together.format(name=name_and_id(resource)),
                _("Review the primary resource {name}?").format(name=name_and_id(primary)),
            ],
            yes=_("Review primary resource"),
            no=_("Cancel"),
        )
        return await self._pane.app.push_screen_wait(question) is True

    async def _choose_disk_or_server(self, disk: Resource, server: Resource) -> Resource | None:
        """Return the data disk or its server, whichever is to be reviewed, or None."""
        items = [
            MenuItem("disk", _("Only this disk"), "d", name_and_id(disk)),
            MenuItem("server", _("Server with all disks"), "s", name_and_id(server)),
        ]
        chosen = await self._pane.app.push_screen_wait(Menu(_("This is a data disk of a server. Review:"), items))
        return {"disk": disk, "server": server}.get(chosen or "")

    async def choose_action(self) -> None:
        """Show the menu of actions for the selected resources."""
        resources = self._pane.resources.selected_resources()
        if not resources:
            text = _("Nothing is selected. {key} shows the actions for the current row.")
            self._pane.set_status(text.format(key=key_of(self._screen, "list.more-actions-row")))
            return
        title = plural("For {n} selected resource", "For {n} selected resources", len(resources))
        if await self._choose(title, resources, self._pane.resources.selection.hidden_ids()):
            self.review_selected()

    async def choose_action_of_row(self) -> None:
        """Show the menu of actions for the current row, or for its primary resource, regardless of the selection."""
        resource, title = self._pane.current_resource, _("For this row only: {name}")
        if resource is None:
            self._pane.set_status(_("The list is empty."))
            return
        primary = self._pane.resources.catalog.primary_of(resource)
        if not resource.is_main_resource and primary is not None:
            resource, title = primary, _("This row is attached. For its primary resource only: {name}")
        if await self._choose(title.format(name=name_and_id(resource)), [resource], frozenset()):
            await self.review_row()

    def estimate(self) -> None:
        """Estimate the refund of the selected resources while the list remains usable."""
        if not len(self._pane.resources.selection):
            self._pane.set_status(_("Nothing is selected. Select the resources to estimate."))
        elif not self._pane.resources.is_complete:
            self._pane.set_status(_("The list is incomplete."))
        else:
            self._screen.run_worker(self._estimate(), exclusive=True, group="quoting")

    async def _estimate(self) -> None:
        pane, listed = self._pane, self._pane.resources
        ids = listed.selection.in_listing_order()
        plan = self._engine.draft(listed.catalog, ids, action=listed.tab.action, quote_only=True)
        try:
            async for progress in self._engine.quotes(plan):
                plan = progress.plan
                text = _("Estimating: {done} of {total} months")
                pane.set_status(text.format(done=progress.done, total=progress.total))
        except UnsubError as error:
            pane.set_status(problem_text(error.problem))
            return
        pane.store_quotes(plan)
        pane.set_status(plural("Estimated {n} resource.", "Estimated {n} resources.", len(plan.items)))

    async def _choose(self, title: str, resources: Sequence[Resource], hidden: frozenset[str]) -> bool:
        """Show the menu of actions and start the chosen one; return True instead if it is that of the tab."""
        listed = self._pane.resources
        if not listed.is_complete:
            self._pane.set_status(_("The list is incomplete, so nothing can be planned."))
            return False
        items = action_items(resources, self._engine.rules, primary_action=listed.tab.action)
        chosen = await self._pane.app.push_screen_wait(Menu(title, items))
        if chosen is not None and chosen != listed.tab.action:
            self._start([each.id for each in resources], hidden, Action(chosen))
        return chosen == listed.tab.action

    def _start(
        self, ids: Sequence[str], hidden: frozenset[str], action: Action | None = None, *, one_by_one: bool = False
    ) -> None:
        """Review a plan of the tab's action, or of another one."""
        action = action or self._pane.resources.tab.action
        draft = partial(self._engine.draft, ids=ids, action=action, hidden=hidden, one_by_one=one_by_one)
        self._flow.review(ids, draft)

    def _may_plan(self) -> bool:
        """Return whether a plan can be drafted on the current tab now; if not, show why."""
        if not self._pane.resources.is_complete:
            self._pane.set_status(_("The list is incomplete, so nothing can be planned."))
        elif self._pane.tabs.current_tab is Tab.RENEWAL and not self._orders.has_renewals:
            self._pane.set_status(_("The renewal orders are not loaded completely yet."))
        else:
            return True
        return False
