"""The lines around a screen's content: header, message lines, footer, and the notice for small terminals."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Resize
from textual.reactive import reactive
from textual.widget import Widget

from unsub_tui.app.commands import key_name
from unsub_tui.present.i18n import _
from unsub_tui.present.text_layout import fit

MIN_WIDTH, MIN_HEIGHT = 60, 16
"""Minimum terminal size, in cells, that shows everything needed for a decision."""


ACCOUNT_KINDS = ("production", "read-only", "demo")
"""The kinds of accounts whose header has a color of its own, the most dangerous first."""


class OneLineLabel(Widget):
    """A line of sanitized text, truncated to its width."""

    text: reactive[str] = reactive("")
    """The text of the line."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.set_reactive(OneLineLabel.text, text)

    def watch_text(self, text: str) -> None:
        """Mark a line that has a text, for screens that hide an empty one."""
        self.set_class(bool(text), "-filled")

    def render(self) -> RenderResult:
        """Return the text, truncated to the width."""
        return Content(fit(self.text, self.size.width))


class TabLine(OneLineLabel):
    """The line of tabs, with the current one, which is in brackets, emphasized."""

    def render(self) -> RenderResult:
        """Return the text, truncated to the width."""
        text = fit(self.text, self.size.width)
        return Content(text).stylize("bold $accent", text.find("["), text.find("]") + 1)


class Header(Widget):
    """Badge, profile, account, site and program; `line` returns the text for a width.

    The band has the color of the kind of account, where there is color, otherwise it is reversed.
    """

    def __init__(self, line: Callable[[int], str], kind: Callable[[], str]) -> None:
        """Create the header; `kind` returns `production`, `read-only`, `demo` or ""."""
        super().__init__()
        self._line, self._kind = line, kind

    def on_mount(self) -> None:
        """Show the color."""
        self.update()

    def update(self) -> None:
        """Show the account and its kind as they are now."""
        kind = self._kind()
        for each in ACCOUNT_KINDS:
            self.set_class(each == kind, f"-{each}")
        self.refresh()

    def render(self) -> RenderResult:
        """Return the text for the current width."""
        return Content(self._line(self.size.width))


class Footer(Widget):
    """The keys of the screen, read from its active bindings, as many as fit."""

    def on_mount(self) -> None:
        """Redraw whenever the bindings of the screen change."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> RenderResult:
        """Return the keys with their labels."""
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
        shown.sort(key=_footer_rank)
        found: dict[str, tuple[str, str]] = {}
        for binding in shown:
            key = key_name(binding.key)
            if binding.action not in found or len(key) < len(found[binding.action][0]):
                found[binding.action] = (key, binding.description)
        return list(found.values())


def _footer_rank(binding: Binding) -> int:
    """Return 0 for the actions of the page, 1 for moving on it, 2 for leaving it, 3 for global commands."""
    place, _dot, name = (binding.id or "").partition(".")
    return 3 if place == "app" else 2 if name == "back" else 1 if place == "page" else 0


class TooSmall(Widget):
    """Covers the screen if the terminal is too small for a decision."""

    def on_resize(self, _event: Resize) -> None:
        """Redraw with the new size."""
        self.refresh()

    def render(self) -> RenderResult:
        """Return the required and the actual size."""
        size = self.app.size
        return Content(
            _("Needs {need_width}x{need_height}, is {width}x{height}").format(
                need_width=MIN_WIDTH, need_height=MIN_HEIGHT, width=size.width, height=size.height
            )
        )
