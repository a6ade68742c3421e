"""A run of another terminal, to be watched and not touched."""

from __future__ import annotations

from asyncio import to_thread
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.message import Message

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.page import Page
from unsub_tui.domain.holder import Holder
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.engine import Engine
from unsub_tui.present.others import holder_lines
from unsub_tui.present.page import BLANK, Entry, heading
from unsub_tui.present.problems import problem_text
from unsub_tui.present.runs import open_words, progress_bar, progress_text, run_page, unit_entries
from unsub_tui.present.words import _

if TYPE_CHECKING:
    from unsub_tui.engine.watching import Glance

LOOK_SECONDS = 1.0
"""How often the record is looked at while this screen is in front."""


class LiveScreen(BaseScreen[None]):
    """Shows the items of the other run as its record grows; says when it has ended. There is nothing to press."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="live.back",
            keys="escape,q,enter",
            action="back",
            label=_("Back"),
            help=_("leave the view; the run goes on where it is"),
            hint=True,
        )
    )

    page = query_one(Page)
    progress = query_one("#progress", TextLine)
    state = query_one("#state", TextLine)

    @dataclass
    class Looked(Message):
        """The record was looked at."""

        glance: Glance

    def __init__(self, engine: Engine, options: AppOptions, holder: Holder) -> None:
        super().__init__(engine, options)
        self._watcher = engine.watcher(holder)
        self._seen: Glance | None = None
        self.words = _("Run in another terminal")

    def content(self) -> ComposeResult:
        """Put the progress over the items."""
        yield TextLine(id="progress")
        yield TextLine(_("looking ..."), id="state")
        yield Page()

    def on_mount(self) -> None:
        """Begin to look."""
        self.page.focus()
        self._timer = self.set_interval(LOOK_SECONDS, self.look)
        self.look()

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Look at the record, away from the screen's loop; a look that takes long is not overtaken."""
        self._timer.pause()
        try:
            self.post_message(self.Looked(await to_thread(self._watcher.look)))
        except UnsubError as error:
            self.say(problem_text(error.problem))
        if self._seen is None or self._seen.holder is not None:
            self._timer.resume()

    @on(Looked)
    def _show(self, event: Looked) -> None:
        glance = event.glance
        if glance == self._seen:
            return
        self._seen = glance
        self.progress.text = f"{progress_bar(glance.units, 20)} {progress_text(glance.units)}"
        if glance.holder is None:
            self._timer.stop()
            self.state.text = _("it has ended; {what}").format(what=open_words(glance.units))
        elif glance.run is None:
            self.state.text = _("watching: it settles what earlier runs left open; read only")
        else:
            self.state.text = _("watching a run of another terminal; read only")
        self.page.entries = self._entries(glance)

    def _entries(self, glance: Glance) -> list[Entry]:
        if glance.holder is None and glance.run is not None:
            return list(run_page(glance.run, record=str(self.engine.record_path)))
        who = holder_lines(glance.holder) if glance.holder is not None else []
        return [*(Entry(line) for line in who), BLANK, heading(_("Items")), *unit_entries(glance.units)]
