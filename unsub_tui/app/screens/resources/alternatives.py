"""Alternatives to unsubscribing: a menu of actions for the selected resources or the current row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from textual import work

from unsub_tui.app.commands import key_of
from unsub_tui.app.dialogs.action_menu import action_items
from unsub_tui.app.dialogs.menu import Menu
from unsub_tui.app.screens.resources.list_screen import ListScreen, requires_valid_filter
from unsub_tui.domain.action import Action
from unsub_tui.domain.resource import Resource
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.resources import name_and_id


class AlternativesMixin(ListScreen):
    """A list screen that offers other actions in addition to unsubscribing."""

    @abstractmethod
    def action_review(self) -> None:
        """Review the selected resources."""

    @abstractmethod
    def action_review_row(self) -> object:
        """Review only the resource under the cursor."""

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_more_actions(self) -> None:
        """Show the menu of actions for the selected resources."""
        ids = self.resource_list.selected_ids()
        if not ids:
            key = key_of(self.active_bindings.values(), "list.more-actions-row")
            self.set_status(_("nothing is marked; {key} asks for the row under the cursor alone").format(key=key))
            return
        marked = [each for each in map(self.resource_list.catalogue.get, ids) if each is not None]
        title = plural("With the {n} that is marked", "With the {n} that are marked", len(marked))
        await self._choose(title, marked, self.resource_list.hidden_selected_ids(), self.action_review)

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_more_actions_row(self) -> None:
        """Show the menu of actions for the current row, or for its primary resource, regardless of the selection."""
        resource, title = self.current_resource, _("With this row alone: {name}")
        if resource is None:
            self.set_status(_("nothing is listed here"))
            return
        if not resource.is_main_resource and (main := self.resource_list.catalogue.primary_of(resource)) is not None:
            resource, title = main, _("This row follows its main resource. With that alone: {name}")
        name = name_and_id(resource)
        await self._choose(title.format(name=name), [resource], frozenset(), self.action_review_row)

    async def _choose(
        self, title: str, resources: Sequence[Resource], hidden: frozenset[str], unsubscribe: Callable[[], object]
    ) -> None:
        if not self.resource_list.is_complete:
            self.set_status(_("the list is not whole yet; nothing is planned from a part of it"))
            return
        items = action_items(resources, self.engine.rules, primary_action=self.resource_list.tab.action)
        chosen = await self.app.push_screen_wait(Menu(title, items))
        if chosen == self.resource_list.tab.action:
            unsubscribe()
        elif chosen is not None:
            ids = [each.id for each in resources]
            self.review(self.resource_list.catalogue, ids, hidden, Action(chosen))
