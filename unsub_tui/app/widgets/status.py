"""The lines around a screen's content: who and where, what keys do, what just happened."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import RenderResult
from textual.content import Content
from textual.events import Resize
from textual.reactive import reactive
from textual.widget import Widget

from unsub_tui.app.commands import key_name
from unsub_tui.present.i18n import _
from unsub_tui.present.text_layout import fit

MIN_WIDTH, MIN_HEIGHT = 60, 16
"""The smallest terminal that shows everything a decision needs."""


class Line(Widget):
    """One line of cleaned text, cut to the width."""

    text: reactive[str] = reactive("")
    """What it says."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.set_reactive(Line.text, text)

    def render(self) -> RenderResult:
        """Show the text as it is."""
        return Content(fit(self.text, self.size.width))


class Header(Widget):
    """Program, profile, account, site and badge; asks for the line in the width it has."""

    def __init__(self, line: Callable[[int], str]) -> None:
        super().__init__()
        self._line = line

    def render(self) -> RenderResult:
        """Show who and where."""
        return Content(self._line(self.size.width))


class Footer(Widget):
    """What keys do here, read from the live bindings; as many as fit, the first ones first."""

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> RenderResult:
        """Show key and word, key and word."""
        parts: list[Content] = []
        room = self.size.width
        for key, label in self._hints():
            needed = len(key) + len(label) + 1 + (2 if parts else 0)
            if needed > room:
                break
            room -= needed
            gap = "  " if parts else ""
            parts.append(Content.assemble(gap, (key, "bold"), f" {label}"))
        return Content("").join(parts)

    def _hints(self) -> list[tuple[str, str]]:
        shown = [each.binding for each in self.screen.active_bindings.values() if each.binding.show]
        shown.sort(key=lambda binding: (binding.id or "").startswith("app."))  # what works everywhere comes last
        found: dict[str, tuple[str, str]] = {}
        for binding in shown:
            key = key_name(binding.key)
            if binding.action not in found or len(key) < len(found[binding.action][0]):
                found[binding.action] = (key, binding.description)
        return list(found.values())


class TooSmall(Widget):
    """Covers a screen in a terminal that is too small to decide anything in."""

    def on_resize(self, _event: Resize) -> None:
        """Say the new size."""
        self.refresh()

    def render(self) -> RenderResult:
        """Show what is needed and what there is."""
        size = self.app.size
        return Content(
            _("needs {need_width}x{need_height}, is {width}x{height}").format(
                need_width=MIN_WIDTH, need_height=MIN_HEIGHT, width=size.width, height=size.height
            )
        )
