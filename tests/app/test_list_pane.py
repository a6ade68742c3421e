"""The list pane alone: a list model in, keys and rows, no engine and no screen of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.support.lists import listed_tabs, make_resource
from unsub_tui.app.screens.resources.list_pane import ListPane, SideView
from unsub_tui.app.screens.resources.selection_commands import SelectionCommands
from unsub_tui.listmodel.tab import Tab

RESOURCES = [*(make_resource(f"disk-{number}") for number in range(5)), make_resource("later", days=3)]


class PaneApp(App[None]):
    """An app with nothing but the pane."""

    CSS = "OneLineLabel { height: 1; } #middle { height: 1fr; } SidePanel { display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.runs: list[str] = []
        self.pane = ListPane(listed_tabs(*RESOURCES), self.messages.append)
        SelectionCommands(self.pane)
        self.pane.add_commands({"review": lambda: self.runs.append("review")}, need_rows=True)
        self.pane.add_commands({"sort": lambda: self.runs.append("sort")})

    def compose(self) -> ComposeResult:
        """Return the pane."""
        yield self.pane


@asynccontextmanager
async def mounted() -> AsyncIterator[tuple[PaneApp, Pilot[None]]]:
    """Run the app."""
    app = PaneApp()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_keys_select_rows() -> None:
    """The table has the focus; space selects and moves, a and n act on all rows shown."""
    async with mounted() as (app, pilot):
        selection = app.pane.resources.selection
        await pilot.press("space", "j", "space")
        assert (selection.in_listing_order(), app.pane.table.cursor) == (["disk-0", "disk-2"], 3)
        await pilot.press("a")
        assert len(selection) == 5
        await pilot.press("n", "z")
        assert len(selection) == 5
        assert app.messages[-1] == "Undone: 5 resources changed."


async def test_keys_of_the_list_are_inactive_in_the_filter_field() -> None:
    """Typed keys are text there, and keys without a character do nothing; none of them is on the footer."""
    async with mounted() as (app, pilot):
        app.pane.filter_bar.open()
        await pilot.press(*"aps", "insert", "shift+down", "ctrl+backslash")
        assert app.pane.filter_bar.field.value == "aps"
        assert (app.runs, len(app.pane.resources.selection)) == ([], 0)
        shown = {each.binding.id for each in app.screen.active_bindings.values() if each.binding.id}
        assert not any(each.startswith("list.") for each in shown)


async def test_commands_that_need_rows_are_refused_with_an_invalid_filter() -> None:
    """Those that change the view alone are not."""
    async with mounted() as (app, pilot):
        app.pane.filter_bar.set_filter("type:")
        app.pane.table.focus()
        await pilot.press("p", "s", "space")
        assert (app.runs, len(app.pane.resources), len(app.pane.resources.selection)) == (["sort"], 0, 0)
        assert app.messages[-1].startswith("Not possible: invalid filter")


async def test_an_update_keeps_the_cursor_on_its_resource() -> None:
    """Or on the resource that it is told to follow."""
    async with mounted() as (app, pilot):
        pane = app.pane
        await pilot.press("G")
        before = pane.current_resource
        pane.update(pane.columns.reverse)
        pane.update(lambda: pane.columns.sort_by("name"))
        pane.update(pane.columns.reverse)
        assert (pane.current_resource, pane.table.cursor) == (before, 0)
        pane.update(lambda: None, follow=RESOURCES[1])
        assert pane.current_resource == RESOURCES[1]


async def test_each_tab_keeps_its_cursor_and_filter() -> None:
    """Switching there and back."""
    async with mounted() as (app, pilot):
        app.pane.filter_bar.set_filter("id:disk")
        await pilot.press("j", "j")
        app.pane.show_tab(Tab.INACTIVE)
        await pilot.pause()
        assert (len(app.pane.resources), app.pane.filter_bar.field.value) == (1, "")
        app.pane.show_tab(Tab.ACTIVE)
        await pilot.pause()
        assert (app.pane.table.cursor, app.pane.filter_bar.field.value) == (2, "id:disk")


async def test_the_side_panel_shows_the_row_under_the_cursor() -> None:
    """It is filled when it has its width, and follows the cursor; too narrow a terminal closes it."""
    async with mounted() as (app, pilot):
        app.pane.side_view = SideView.DETAILS
        await pilot.pause()
        await pilot.press("j")
        while not any("disk-1" in entry.text for entry in app.pane.side_panel.entries):
            await pilot.pause()
        await pilot.resize_terminal(80, 20)
        while app.pane.size.width > 80:
            await pilot.pause()
        assert (app.pane.side_view, app.pane.side_panel.display) == (SideView.NONE, False)


async def test_a_wide_terminal_has_details_beside_the_list() -> None:
    """From the beginning, until the user closes them; counts take their place for a while."""
    async with mounted() as (app, pilot):
        pane = app.pane

        def views() -> tuple[SideView, bool]:
            return pane.side_view, pane.side_panel.display

        assert views() == (SideView.DETAILS, True)
        pane.side_view = SideView.COUNTS
        pane.side.close()
        assert views() == (SideView.DETAILS, True)
        pane.side.close()
        assert views() == (SideView.NONE, False)
        await pilot.resize_terminal(130, 20)
        while pane.size.width != 130:
            await pilot.pause()
        assert views() == (SideView.NONE, False)
        pane.side_view = SideView.DETAILS
        await pilot.resize_terminal(80, 20)
        while pane.size.width != 80:
            await pilot.pause()
        assert views() == (SideView.NONE, False)
        await pilot.resize_terminal(120, 20)
        while pane.size.width != 120:
            await pilot.pause()
        assert views() == (SideView.DETAILS, True)
