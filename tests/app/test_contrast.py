"""Every text can be read: its contrast in each theme, with the palettes of common terminals.

Sources of the palettes: XTerm-col.ad of xterm, the defaults of PuTTY's window.c, the scheme Campbell of Windows
Terminal, terminalColorRegistry.ts of VS Code, and default_red, _grn and _blu in the Linux kernel's vt.c.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment

from tests.app.stage import NO_WAITING, AppStage, acknowledge_risks, open_confirmation, open_review, run_app
from unsub_tui.app.theme import CUSTOM_THEMES

MINIMUM = 4.5
"""The contrast that WCAG 2 asks for."""


@dataclass(frozen=True)
class Palette:
    """The colors of a terminal, as hexadecimal digits."""

    name: str
    foreground: str
    background: str
    colors: str
    """The sixteen colors, the bright ones last."""
    has_256_colors: bool = True
    """Whether the terminal shows colors other than these; otherwise the nearest ones."""

    def resolve(self, color: Color | None, *, is_text: bool) -> str:
        """Return the color that the terminal shows, as hexadecimal digits."""
        if color is None or color.type is ColorType.DEFAULT:
            return self.foreground if is_text else self.background
        if color.type is ColorType.TRUECOLOR and not self.has_256_colors:
            color = color.downgrade(ColorSystem.STANDARD)
        if color.type is ColorType.STANDARD:
            assert color.number is not None
            return self.colors.split()[color.number]
        return color.get_truecolor().hex.removeprefix("#")


_XTERM = (
    "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
)
_PUTTY = (
    "000000 bb0000 00bb00 bbbb00 0000bb bb00bb 00bbbb bbbbbb 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)
_LINUX = (
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)
_CAMPBELL = (
    "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2"
)
_VSCODE = (
    "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db e5e5e5"
)
_VSCODE_LIGHT = (
    "000000 cd3131 107c10 949800 0451a5 bc05bc 0598bc 555555 666666 cd3131 14ce14 b5ba00 0451a5 bc05bc 0598bc a5a5a5"
)

DARK = (
    Palette("xterm", "e5e5e5", "000000", _XTERM, has_256_colors=False),
    Palette("PuTTY", "bbbbbb", "000000", _PUTTY, has_256_colors=False),
    Palette("Linux console", "aaaaaa", "000000", _LINUX, has_256_colors=False),
    Palette("Windows Terminal", "cccccc", "0c0c0c", _CAMPBELL),
    Palette("VS Code", "cccccc", "1e1e1e", _VSCODE),
)
LIGHT = (
    Palette("xterm", "000000", "ffffff", _XTERM, has_256_colors=False),
    Palette("PuTTY", "000000", "ffffff", _PUTTY, has_256_colors=False),
    Palette("VS Code", "333333", "ffffff", _VSCODE_LIGHT),
)
PALETTES = {"ansi-dark": DARK, "ansi-light": LIGHT}
"""The palettes that a theme with the terminal's own colors must be readable with."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG 2."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


Screens = AsyncIterator[str]
"""A way through the app: the name of each screen, while it is shown."""


async def show_help(stage: AppStage) -> None:
    """The keys of the list."""
    await stage.press("question_mark")
    await stage.wait_for("Select or deselect")


async def browse(stage: AppStage) -> Screens:
    """The list with a selection and rows that cannot be selected, and everything that opens from it."""
    await stage.wait_for("expired")
    yield "list"
    await stage.press("f")
    await stage.wait_for("Region")
    yield "facets"
    await stage.press("f", "slash", *"foo:bar")
    await stage.wait_for("expected a known field")
    yield "invalid filter"
    await stage.press("escape", "slash", *"type:")
    await stage.wait_for("tab ")
    yield "candidates"
    await stage.press("escape", "escape")
    await stage.apply_filter("evs use")
    await stage.press("a")
    await stage.wait_for("skipped")
    yield "selection"
    await show_help(stage)
    yield "help"
    await stage.press("escape", "A")
    await stage.wait_for("auto-renewal off")
    yield "menu"
    await stage.press("escape", "plus")
    await stage.wait_for("enter OK")
    yield "prompt"
    await stage.press("escape", "enter", "G")
    await stage.wait_for("Recycle bin")
    yield "details of a resource"
    await stage.press("q", "q")
    await stage.wait_for("Quit?")
    yield "question"


async def unsubscribe(stage: AppStage) -> Screens:
    """A plan with losses and warnings until its record; the first item completes, the second one stays unknown."""
    await open_review(stage, "use")
    yield "review"
    await stage.press("enter")
    await stage.wait_for("paid", "id ")
    yield "details of an item"
    await stage.press("escape", "space", "3")
    await stage.wait_for("rows; esc")
    yield "refused items"
    await stage.press("escape")
    phrase = await open_confirmation(stage)
    yield "confirmation"
    await stage.press("l")
    await stage.wait_for("All affected resources")
    yield "affected resources"
    await stage.press("escape")
    await acknowledge_risks(stage)
    await stage.press(*phrase)
    await stage.wait_for("Complete: ")
    yield "complete confirmation"
    await stage.press("enter")
    await stage.wait_for("Enter presses")
    yield "button"
    stage.set_faults({"operation": "unsubscribe", "calls": [2], "action": "drop_before"})
    await stage.press("enter")
    await stage.wait_for("The run is paused", "is unknown", without="try again")
    yield "paused run"
    await stage.press("enter")
    await stage.wait_for("Ended. ", "1 completed", "not submitted", without="try again")
    yield "result"
    await stage.press("v")
    await stage.wait_for("Totals", "Items")
    yield "run as text"
    await stage.press("escape", "q")
    await stage.wait_for("Check status")
    yield "pending items"
    await stage.press("escape", "4")
    await stage.wait_for("run of ", "orders since")
    yield "Records"
    await stage.press("g", "j", "enter")
    await stage.wait_for("1 completed")
    yield "record"


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", *(theme.name for theme in CUSTOM_THEMES)])
@pytest.mark.parametrize("way", [browse, unsubscribe], ids=lambda way: str(way.__name__))
async def test_each_text_can_be_read(tmp_path: Path, theme: str, way: Callable[[AppStage], Screens]) -> None:
    """Each text has a contrast of at least 4.5 to 1 with its background, in each palette."""
    pace = replace(NO_WAITING, reconcile_limit_seconds=0, unknown_limit_seconds=0)  # asks about an unknown outcome
    async with run_app(tmp_path, theme=theme, pace=pace, hostile=False) as stage:
        async for screen in way(stage):
            for segment in _texts(stage):
                for palette in PALETTES.get(theme, (DARK[-1], LIGHT[-1])):
                    assert _contrast_of(segment, palette) >= MINIMUM, (screen, segment, palette.name)


@pytest.mark.parametrize("theme", ["", *(theme.name for theme in CUSTOM_THEMES)])
@pytest.mark.parametrize("kind", ["production", "read-only", "demo"])
async def test_the_band_can_be_read(tmp_path: Path, kind: str, theme: str) -> None:
    """The first line names the kind of account on a color that can be read in each palette."""
    async with run_app(tmp_path, is_demo=kind == "demo", theme=theme) as stage:
        options = stage.app.engine.options
        object.__setattr__(options, "is_production", kind == "production")
        if kind == "read-only":
            stage.app.engine.enable_read_only()
        stage.app.screen.redraw_header()  # type: ignore[attr-defined]
        await stage.wait_for(f" {kind.upper()} · ")
        assert stage.lines[0].startswith(f" {kind.upper()} · ")
        band = next(each for each in _texts(stage) if kind.upper() in each.text)
        assert band.style is not None
        assert band.style.bgcolor is not None
        for palette in (DARK[-1], LIGHT[-1]) if theme == "slate" else (*DARK, *LIGHT):
            assert _contrast_of(band, palette) >= MINIMUM, (band, palette.name)


@pytest.mark.parametrize("theme", ["", "slate", "high-contrast-dark"])
async def test_without_colors_the_cursor_is_reversed_and_no_bar_is_next_to_the_header(
    tmp_path: Path, theme: str
) -> None:
    """Whatever theme is set: a theme that tells the cursor by a color would tell nothing."""
    async with run_app(tmp_path, theme=theme, color=False, is_demo=False) as stage:
        assert _reversed_lines(stage) == [0, 3]  # the header; below the tabs and the titles the first row
        await show_help(stage)
        assert _reversed_lines(stage) == [0, 2]  # a rule is between them
        await stage.press("escape", "j")
        assert _reversed_lines(stage) == [0, 4]


def _reversed_lines(stage: AppStage) -> list[int]:
    """Return the numbers of the lines that have a reversed text; a scroll bar has none."""
    strips = stage.app.screen._compositor.render_strips()  # noqa: SLF001 - the only way to the lines as painted
    reversed_texts = (
        [each.text for each in strip if each.style and each.style.reverse and any(map(str.isalnum, each.text))]
        for strip in strips
    )
    return [number for number, texts in enumerate(reversed_texts) if texts]


def _texts(stage: AppStage) -> Iterator[Segment]:
    """Yield the texts as painted, without rules and without what is out of use or dimmed.

    Only themes with the colors of the terminal dim, and the terminal chooses that color.
    """
    strips = stage.app.screen._compositor.render_strips()  # noqa: SLF001 - the only way to the lines as painted
    for segment in {each for strip in strips for each in strip}:
        style = segment.style
        if not any(char.isalnum() for char in segment.text) or (style is not None and style.strike):
            continue
        if style is not None and style.dim:
            assert stage.app.theme.startswith("ansi-"), segment
            continue
        yield segment


def _contrast_of(segment: Segment, palette: Palette) -> float:
    style = segment.style
    text = palette.resolve(style.color if style else None, is_text=True)
    return contrast(text, palette.resolve(style.bgcolor if style else None, is_text=False))
