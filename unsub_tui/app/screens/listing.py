"""What every part of the list screen stands on: the board, the table, and the lines around it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from textual.getters import query_one

from unsub_tui.app.board import Board
from unsub_tui.app.boards import Boards
from unsub_tui.app.commands import key_of
from unsub_tui.app.screens.flow import FlowScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.filter import FilterBar
from unsub_tui.app.widgets.side import SidePanel
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.resource import Resource
from unsub_tui.present.words import _

Screen = TypeVar("Screen", bound="ListScreen")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def while_filter_holds(
    action: Callable[Concatenate[Screen, Arguments], Answer],
) -> Callable[Concatenate[Screen, Arguments], Answer | None]:
    """Return the action of a key that selects, reviews or takes rows along; it is refused where the filter is wrong."""

    @wraps(action)
    def guarded(screen: Screen, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | None:
        return action(screen, *args, **kwargs) if screen.filter_holds() else None

    return guarded


class ListScreen(FlowScreen[None]):
    """A screen with a board for each tab, the table that shows one, a filter over it and a panel beside it."""

    boards: Boards
    table = query_one("#resources", Table)
    filter_bar = query_one(FilterBar)
    side = query_one(SidePanel)
    tabs = query_one("#tabs", TextLine)
    status = query_one("#status", TextLine)

    @abstractmethod
    def redraw_lines(self) -> None:
        """Show counts, order and loading anew."""

    @abstractmethod
    def redraw_side(self) -> None:
        """Show the panel beside the list anew, where it is open."""

    @property
    def board(self) -> Board:
        """The board of the tab in front."""
        return self.boards.current

    @property
    def here(self) -> Resource | None:
        """The resource under the cursor."""
        return self.board.resource_at(self.table.cursor)

    def reload(self, here: Resource | None) -> None:
        """Show the board anew with the cursor on the same resource."""
        self.filter_bar.tell(self.board.wrong)
        position = self.board.position_of(here.id) if here is not None else None
        self.table.reload(position)
        self.redraw_lines()
        self.redraw_side()
        self.tell_reason()

    def tell_reason(self) -> None:
        """Say why the row under the cursor cannot be marked, or how to get rows back where none fits, or nothing."""
        self.say(self.reason_here() if len(self.board) else self._why_empty())

    def reason_here(self) -> str:
        """Return why the row under the cursor cannot be marked, with the key for what is possible all the same."""
        reason, here = self.board.reason_at(self.table.cursor), self.here
        goes_alone = here is not None and self.board.reason_of(here) is Blocked.NOT_BATCH_ELIGIBLE
        key = self._key_of("list.one") if goes_alone else ""  # none while the filter is typed
        return _("{reason} ({key} reviews it)").format(reason=reason, key=key) if key else reason

    def filter_typed(self) -> None:
        """Show the rows of the text that stands in the filter, if others are shown."""
        query = self.filter_bar.query_typed
        if query.text == self.board.query.text:
            return
        here, columns = self.here, self.board.kinds
        words = self.board.filter(query)
        if self.board.kinds != columns:  # their widths are those of the whole list
            self.fit_columns()
        self.reload(here)
        if words:
            self.say(words)

    def filter_holds(self) -> bool:
        """Return whether the rows shown are all that the filter asks for; say why where they are not."""
        self.filter_typed()  # keys may come faster than the filter is applied
        if self.board.wrong is not None:
            self.say(self.way_out())
            return False
        unasked = self.boards.unasked(self.board.query.order_ids)
        if unasked:
            key, order_id = self._key_of("list.filter"), clean(unasked[0])
            words = _("Not possible: the resources of order {id} are not known yet. {key} and enter ask for them.")
            self.say(words.format(id=order_id, key=key))
        return not unasked

    def way_out(self) -> str:
        """Return what a wrong filter prevents, and the keys that correct and clear it."""
        return self.filter_bar.way_out("list.filter", "list.back")

    def _why_empty(self) -> str:
        if self.board.wrong is not None:
            return self.way_out()
        if not self.board.is_whole:
            return ""
        if self.filter_bar.field.value:
            key = self._key_of("list.back") or self._key_of("filter.leave")
            return _("nothing fits the filter; {key} empties it").format(key=key)
        if self.board.only_marked:
            return _("nothing is marked here; {key} shows all again").format(key=self._key_of("list.back"))
        return ""

    def _key_of(self, command: str) -> str:
        return key_of(self.active_bindings.values(), command)

    def fit_columns(self) -> None:
        """Make every column as wide as its content."""
        self.table.set_columns(self.board.columns())
