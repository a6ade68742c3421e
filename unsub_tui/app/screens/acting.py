"""What else can be done to resources than to give them up: a menu over the marks, the row, or a review."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from textual import work

from unsub_tui.app.commands import key_of
from unsub_tui.app.screens.choices import action_items
from unsub_tui.app.screens.listing import ListScreen, while_filter_holds
from unsub_tui.app.screens.menu import Menu
from unsub_tui.domain.action import Action
from unsub_tui.domain.resource import Resource
from unsub_tui.present.resources import name_and_id
from unsub_tui.present.words import _, plural


class ActingScreen(ListScreen):
    """A list screen that offers all that can be done, not to unsubscribe alone."""

    @abstractmethod
    def action_plan(self) -> None:
        """Review what is marked."""

    @abstractmethod
    def action_unsubscribe_one(self) -> object:
        """Review the resource under the cursor alone."""

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_other_ways(self) -> None:
        """Choose what to do with what is marked."""
        ids = self.board.marked_ids()
        if not ids:
            key = key_of(self.active_bindings.values(), "list.others-one")
            self.say(_("nothing is marked; {key} asks for the row under the cursor alone").format(key=key))
            return
        marked = [each for each in map(self.board.catalogue.get, ids) if each is not None]
        title = plural("With the {n} that is marked", "With the {n} that are marked", len(marked))
        await self._choose(title, marked, self.board.hidden_ids(), self.action_plan)

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_other_ways_one(self) -> None:
        """Choose what to do with the row under the cursor, whatever is marked; an attached one follows its main one."""
        resource, title = self.here, _("With this row alone: {name}")
        if resource is None:
            self.say(_("nothing is listed here"))
            return
        if not resource.is_main_resource and (main := self.board.catalogue.main_of(resource)) is not None:
            resource, title = main, _("This row follows its main resource. With that alone: {name}")
        name = name_and_id(resource)
        await self._choose(title.format(name=name), [resource], frozenset(), self.action_unsubscribe_one)

    async def _choose(
        self, title: str, resources: Sequence[Resource], hidden: frozenset[str], unsubscribe: Callable[[], object]
    ) -> None:
        if not self.board.is_whole:
            self.say(_("the list is not whole yet; nothing is planned from a part of it"))
            return
        items = action_items(resources, self.engine.rules, given_up=self.board.tab.action)
        chosen = await self.app.push_screen_wait(Menu(title, items))
        if chosen == self.board.tab.action:
            unsubscribe()
        elif chosen is not None:
            ids = [each.id for each in resources]
            self.review(self.board.catalogue, ids, hidden, Action(chosen))
