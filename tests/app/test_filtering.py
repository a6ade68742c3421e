"""Finding and carrying lists in and out, by keys: filters, order, columns, folding, counts, files, clipboard."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events

from tests.app.stage import FROZEN_NOW, AppStage, displayed_ids, resources_screen, run_app
from tests.support.effort import some
from unsub_tui.app.app import UnsubApp
from unsub_tui.app.terminal.driver import MAX_ENCODED, clipboard_sequence
from unsub_tui.app.theme import CUSTOM_THEMES
from unsub_tui.listmodel.filters import parse


async def test_what_is_no_filter_yet_shows_no_rows_and_says_why(tmp_path: Path) -> None:
    """The part that is wrong is underlined, what was expected stands below; the keys stay with the filter."""
    async with run_app(tmp_path) as stage:
        await stage.press("slash")
        await stage.answer("is:primary type:ec")
        await stage.wait_for("/ is:primary type:ec", without="shown 59")
        shown = displayed_ids(stage)
        assert shown
        await stage.press("slash")
        await stage.answer('is:primary type:ec "vol')
        await stage.wait_for('at character 20, ""vol": expected a closing "', "shown 0 of 59", "esc clears it")
        assert not displayed_ids(stage)
        assert any(style.underline and style.bold for style in stage.styles)
        await stage.press(*["backspace"] * 5)
        await stage.wait_for("/ is:primary type:ec", without="expected")
        assert displayed_ids(stage) == shown


@pytest.mark.parametrize(("size", "rows"), [((80, 24), 12), ((60, 16), 6)])
async def test_the_open_filter_explains_itself(tmp_path: Path, size: tuple[int, int], rows: int) -> None:
    """Candidates and a cheat sheet below the field, and enough of the list; they go with the focus."""
    async with run_app(tmp_path, size=size) as stage:
        await stage.press("slash")
        await stage.wait_for(
            "tab  name:  id:  type:  region:", "type:ecs|evs (one of)", "run:stopped", "enter To the list"
        )
        assert sum(line[:3] in {"[ ]", "( )", " x "} or line[4:5] == "└" for line in stage.lines) >= rows
        await stage.type("evs")
        await stage.press("enter")
        await stage.wait_for("/ evs", without="type:ecs|evs")
        await stage.press("slash")
        await stage.wait_for("type:ecs|evs")


async def test_fields_and_values_are_completed(tmp_path: Path) -> None:
    """Tab completes the field, then goes through the values of the account; right takes the first one only."""
    async with run_app(tmp_path) as stage:
        pane = resources_screen(stage).pane
        regions = sorted({each.region_code.raw for each in pane.resources.catalog.resources})
        await stage.press("slash", "r", "e")
        await stage.wait_for("tab  region:  refund<")
        await stage.press("tab")
        await stage.wait_for("/ region:", f"tab  {regions[0]}  {regions[1]}")
        await stage.press("tab")
        await stage.wait_for(f"/ region:{regions[0]}")
        await stage.press("tab")
        await stage.wait_for(f"/ region:{regions[1]}")
        await stage.press("right")
        assert pane.filter_bar.field.value == f"region:{regions[1]}"
        await stage.press("shift+tab")
        await stage.wait_for(f"/ region:{regions[0]}")
        await stage.type("|")
        await stage.press("tab")
        await stage.wait_for(f"/ region:{regions[0]}|{regions[1]}")
        await stage.type(" state:fr")
        await stage.press("right")
        await stage.wait_for("state:frozen")
        while pane.resources.query.text != pane.filter_bar.field.value:
            await stage.pilot.pause()
        assert {each.region_code.raw for each in pane.resources.shown_resources()} <= set(regions[:2])
        await stage.press("left", "tab", "right", "right")
        assert pane.filter_bar.field.value == f"region:{regions[0]}|{regions[1]} state:frozen"


async def test_records_complete_their_own_fields(tmp_path: Path) -> None:
    """With the states and persons of the records."""
    async with run_app(tmp_path, hostile=False) as stage:
        await stage.press("4")
        await stage.wait_for("Runs: ", "orders since", without="Loading")
        await stage.press("slash")
        await stage.wait_for("tab  order:  run:  state:", "state:pending|failed (one of)", "is:others")
        await stage.type("state:")
        await stage.press("tab", "enter")
        await stage.wait_for("/ state:completed", without="expected")


async def test_filters_of_before_come_back_by_the_arrows(tmp_path: Path) -> None:
    """Up goes back, down forward, and behind the newest to the list."""
    async with run_app(tmp_path) as stage:
        await stage.apply_filter("ecs")
        await stage.press("escape")
        await stage.apply_filter("evs")
        await stage.press("escape", "slash", "up")
        await stage.wait_for("/ evs")
        await stage.press("up")
        await stage.wait_for("/ ecs")
        await stage.press("down", "down", "down")
        await stage.wait_for("shown 59 of 59")
        await stage.press("s")
        await stage.wait_for("Sort by")


async def test_sorting_keeps_the_order_before_as_second_key(tmp_path: Path) -> None:
    """By name, then by service: services in order, names in order within each; again reverses."""
    async with run_app(tmp_path) as stage:
        await stage.press("T", "s", "n")
        await stage.wait_for("Sorted by name")
        await stage.press("s", "t")
        await stage.wait_for("Sorted by service, then name")
        rows = resources_screen(stage).pane.columns
        keys = [tuple(rows.cells(position)[column].casefold() for column in (1, 0)) for position in range(len(rows))]
        services = [key[0] for key in keys]
        assert services == sorted(services)
        await stage.press("s", "t")
        await stage.wait_for("Sorted by service reversed, then name")
        await stage.press("s", "0")
        await stage.wait_for("Not sorted: as listed by Huawei Cloud", without="by service")


async def test_columns_are_chosen(tmp_path: Path) -> None:
    """`o` ticks columns; the name stays."""
    async with run_app(tmp_path) as stage:
        await stage.press("o")
        await stage.wait_for("Columns", "[x] service", "[ ] tags")
        await stage.press("space", "down", "space", "enter")
        await stage.wait_for("name", "expires", without="service")


async def test_folding_one_and_all(tmp_path: Path) -> None:
    """Folded attached ones are counted on the row of their main one."""
    async with run_app(tmp_path) as stage:
        await stage.press("T")
        await stage.wait_for("Attached resources are folded", without="shown 59")
        folded = len(displayed_ids(stage))
        board = resources_screen(stage).pane.resources
        assert all(each.is_main_resource for each in board.shown_resources())
        columns = resources_screen(stage).pane.columns
        position = next(number for number in range(folded) if columns.cells(number)[0].startswith("+"))
        resources_screen(stage).pane.table.cursor = position
        await stage.press("t")
        await stage.wait_for("shown", without=f"shown {folded} ")
        await stage.press("T")
        await stage.wait_for("shown 59 of 59")


async def test_counts_beside_the_list_filter_it(tmp_path: Path) -> None:
    """`f` opens counts; enter filters by one and takes that back; escape goes to the list, then closes them."""
    async with run_app(tmp_path, size=(120, 40)) as stage:
        await stage.press("f")
        await stage.wait_for("Service", "Region", "[ ] EVS")
        entry = resources_screen(stage).pane.side_panel.current
        assert entry is not None
        first = entry.target
        await stage.press("enter")
        await stage.wait_for(f"/ {first}", "[x]", without="shown 59")
        await stage.press("enter")
        await stage.wait_for("shown 59 of 59")
        await stage.press("escape", "escape")
        await stage.wait_for("shown 59", without="Expiry month")


@pytest.mark.parametrize("size", some([(80, 24), (60, 16)], 1))
async def test_counts_have_room_in_a_small_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    """The name stays readable beside them."""
    async with run_app(tmp_path, size=size) as stage:
        await stage.press("f")
        await stage.wait_for("Service", "name")


async def test_details_stand_beside_the_list_where_there_is_room(tmp_path: Path) -> None:
    """They follow the cursor; enter again opens them whole, with orders and payments."""
    async with run_app(tmp_path, size=(120, 40)) as stage:
        await stage.apply_filter("evs in use is:primary")
        first = displayed_ids(stage)[0]
        await stage.wait_for("Permanently deleted by an unsubscription", first)
        await stage.press("j")
        await stage.wait_for(f"id: {displayed_ids(stage)[1]}", without=f"id: {first}")
        await stage.press("enter")
        await stage.wait_for("Orders and payments: ", "refund", "bought")
        await stage.press("escape", "escape")
        await stage.wait_for("refund", without="Orders and payments")


async def test_marking_by_pattern_reaches_the_whole_list(tmp_path: Path) -> None:
    """`+` and `-` take the filter's grammar, whatever is shown."""
    async with run_app(tmp_path) as stage:
        await stage.apply_filter("ecs")
        await stage.press("plus")
        await stage.wait_for("Select by filter")
        await stage.answer("type:evs is:eligible")
        await stage.wait_for("hidden by filter", "selected ")
        board = resources_screen(stage).pane.resources
        marked = set(board.selection.in_listing_order())
        listing = board.rows
        fitting = parse("type:evs is:eligible").match_rows(listing.facts, range(len(listing)))
        assert marked == {listing.resources[row].id for row in fitting}
        await stage.press("escape", "minus")
        await stage.wait_for("Deselect by filter")
        await stage.answer("nmae:x")
        await stage.wait_for("expected a known field")
        await stage.answer("is:selected")
        await stage.wait_for("· selected 0")


async def test_quoted_amounts_sort_filter_and_add_up(tmp_path: Path) -> None:
    """`$` quotes what is marked; then there is a column, a sum, and `refund<` finds rows; the others are counted."""
    async with run_app(tmp_path, size=(120, 40)) as stage:
        await stage.apply_filter("evs in use is:eligible")
        await stage.press("a", "dollar_sign")
        await stage.wait_for("Estimated ", "refund est.", "USD")
        await stage.press("escape", "slash")
        await stage.answer("refund>0")
        await stage.wait_for("/ refund>0", "no estimate and cannot match an amount")
        assert displayed_ids(stage)
        assert set(displayed_ids(stage)) <= set(resources_screen(stage).pane.resources.selection.in_listing_order())
        await stage.press("s", "f")
        await stage.wait_for("Sorted by refund")


async def test_lists_of_ids_are_saved_loaded_and_pasted(tmp_path: Path) -> None:
    """What a file or the clipboard names is marked; what is not there or not allowed is told in sums and names."""
    async with run_app(tmp_path) as stage:
        target = tmp_path / "selection.txt"
        await stage.apply_filter("evs in use is:eligible")
        await stage.press("a", "w")
        await stage.wait_for("Save ")
        await stage.answer(str(target))
        await stage.wait_for("Saved as")
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        marked = resources_screen(stage).pane.resources.selection.in_listing_order()
        assert [line.split()[0] for line in target.read_text().splitlines()] == marked
        await stage.press("w")
        await stage.wait_for("Save ")
        await stage.answer(str(target))
        await stage.wait_for("already exists")
        await stage.press("ctrl+backslash", "W")
        await stage.wait_for("Select from a list")
        await stage.answer(str(target))
        await stage.wait_for(f"Selected from the list: {len(marked)}.")
        assert resources_screen(stage).pane.resources.selection.in_listing_order() == marked
        attached = next(
            each for each in resources_screen(stage).pane.resources.catalog.resources if not each.is_main_resource
        )
        await stage.press("ctrl+backslash", "W")
        await stage.wait_for("Select from a list")
        stage.app.post_message(events.Paste(f"{marked[0]}\nno-such-id\n{attached.id}\n"))
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.wait_for("1 of 3 ids selected", "Not in the account: 1", "no-such-id", "Cannot be selected: 1")
        await stage.press("q")
        await stage.wait_for("· selected 1")


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_every_id_of_a_spreadsheet_that_is_not_selected_is_shown_and_saved(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Pasted cells with forty ids that do not exist: all of them, one a line, on a page and in a file."""
    async with run_app(tmp_path, size=size, hostile=False) as stage:
        listed = resources_screen(stage).pane.resources
        wanted = [each for each in listed.shown_resources() if listed.reason_of(each) is None][:5]
        inactive = next(each for each in listed.catalog.resources if listed.rows.row_of(each.id) is None)
        missing = [f"0000-gone-{number}" for number in range(40)]
        ids = [*(each.id for each in wanted), inactive.id, *missing]
        rows = [f'"line\none"\t{each}\tECS\t"a, b"' for each in ids]
        text = "\n".join(["Name\tResource ID\tService\tNote", *rows, "\t\t\tsum"])
        await stage.press("W")
        await stage.wait_for("Select from a list", "cells of a spreadsheet")
        stage.app.post_message(events.Paste(text))
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.wait_for(
            "5 of 46 ids selected", "Read from column 2, Resource ID.", "1 row has no id in this column."
        )
        seen = set()
        for _page in range(20):
            seen |= {line.strip(" ┃▁▂▃▄▅▆▇█") for line in stage.lines}
            await stage.press("pagedown")
        assert {f"{each} (line one)" for each in missing} <= {line.replace("<0A>", " ") for line in seen}
        assert any(inactive.id in line for line in seen)
        await stage.press("e")
        await stage.wait_for("Save 41 ids that are not selected")
        await stage.answer(str(tmp_path / "rest.txt"))
        await stage.wait_for("Saved as")
        saved = (tmp_path / "rest.txt").read_text(encoding="utf-8").splitlines()
        assert [line.split()[0] for line in saved] == [*missing, inactive.id]
        await stage.press("q")
        await stage.wait_for("· selected 5")
        assert set(listed.selection.in_listing_order()) == {each.id for each in wanted}


async def test_an_export_of_excel_is_read_from_a_file(tmp_path: Path) -> None:
    """UTF-16 with tabs, headings in Chinese; a workbook is refused with the next step."""
    async with run_app(tmp_path, hostile=False) as stage:
        listed = resources_screen(stage).pane.resources
        wanted = [each.id for each in listed.shown_resources() if listed.reason_of(each) is None][:3]
        export, workbook = tmp_path / "导出.txt", tmp_path / "book.xlsx"
        rows = ["资源名称\t资源ID\t到期时间", *(f"服务器\t{each}\t2026/12/10" for each in wanted)]
        export.write_bytes("\r\n".join(rows).encode("utf-16"))
        workbook.write_bytes(b"PK\x03\x04")
        await stage.press("W")
        await stage.wait_for("Select from a list")
        await stage.answer(str(export))
        await stage.wait_for("Selected from the list: 3. Read from column 2, 资源ID.", "· selected 3")
        await stage.press("W")
        await stage.wait_for("Select from a list")
        await stage.answer(str(workbook))
        await stage.wait_for("Nothing was selected", "Excel", "save it as CSV")


@pytest.mark.parametrize(("key", "form"), some([("c", "csv"), ("j", "json"), ("l", "jsonl"), ("m", "md")], 2))
async def test_what_is_shown_is_exported(tmp_path: Path, key: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every form, to a new file of the owner's only; the same rows as on the screen, with what is known of them."""
    monkeypatch.chdir(tmp_path)
    async with run_app(tmp_path, reads_inventory=True) as stage:
        await stage.wait_for("attached", without="Inventory")
        await stage.apply_filter("evs is:primary")
        count = len(displayed_ids(stage))
        await stage.press("e")
        await stage.wait_for("Export as")
        await stage.press(key)
        await stage.wait_for(f"Save {count} resources")
        await stage.press("enter")
        await stage.wait_for("Saved as")
        (written,) = tmp_path.glob(  # noqa: ASYNC240 - a test may wait for its disk
            f"unsub-{FROZEN_NOW:%Y%m%d}-*.{form}"
        )
        text = written.read_text(encoding="utf-8")
        assert all(each in text.replace("\\", "") for each in displayed_ids(stage))
        if form == "json":
            rows = json.loads(text)["resources"]
            assert [each["resource_id"] for each in rows] == displayed_ids(stage)
            assert {each["facts"]["attached_to"]["source"] for each in rows} == {"evs:list_volumes"}
        elif form != "jsonl":
            assert "newest_backup" in text.splitlines()[0]
        assert "\x1b" not in text


async def test_a_plan_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its figures, with their sources, and the facts about its resources."""
    monkeypatch.chdir(tmp_path)
    async with run_app(tmp_path, reads_inventory=True) as stage:
        await stage.apply_filter("evs in use is:eligible")
        await stage.press("a", "p")
        await stage.wait_for("Review: unsubscribe from 4 resources", "estimate)", without="reading backups")
        await stage.press("e")
        await stage.wait_for("Export as")
        await stage.press("j")
        await stage.wait_for("Save 4 resources")
        await stage.press("enter")
        await stage.wait_for("Saved as")
        (written,) = tmp_path.glob("unsub-*-plan-*.json")  # noqa: ASYNC240 - a test may wait for its disk
        quotes = json.loads(written.read_text(encoding="utf-8"))["quotes"]
        assert len(quotes) == 4
        assert "estimate" in {each["source"] for each in quotes} <= {"estimate", "unknown"}
        assert {each["facts"]["attached_to"]["state"] for each in quotes} <= {"known", "none_seen", "unknown"}


async def test_every_command_is_found_by_its_name(tmp_path: Path) -> None:
    """ctrl+p lists the commands of the screen; a part of the name is enough."""
    async with run_app(tmp_path) as stage:
        await stage.press("ctrl+p")
        await stage.wait_for("Commands", "Review", "Row")
        await stage.answer("fold all")
        await stage.wait_for("Attached resources are folded")
        await stage.press("colon")
        await stage.wait_for("Commands")
        await stage.type("zzz")
        await stage.wait_for("No match")
        await stage.press("escape")
        await stage.wait_for("shown", without="Commands")


async def test_a_filter_gets_a_name(tmp_path: Path) -> None:
    """F keeps the filter in force under a name, and finds it again."""
    saved: dict[str, str] = {}

    def keep(name: str, text: str) -> str:
        saved[name] = text
        return "filters.toml"

    async with run_app(tmp_path, save_filter=keep) as stage:
        await stage.apply_filter("evs is:primary")
        await stage.press("F")
        await stage.wait_for("Name the current filter")
        await stage.press("enter")
        await stage.wait_for("Name of this filter")
        await stage.answer("disks")
        await stage.wait_for("Saved as disks")
        assert saved == {"disks": "evs is:primary"}
        await stage.press("escape", "F")
        await stage.wait_for("disks")
        await stage.press("enter")
        await stage.wait_for("/ evs is:primary")


async def test_the_first_start_says_where_to_begin(tmp_path: Path) -> None:
    """The hint stays while the list arrives, and goes with the first key."""
    async with run_app(tmp_path, is_first_run=True) as stage:
        await stage.wait_for("/ find · Space select · p review")
        await stage.press("j")
        await stage.wait_for("shown 59 of 59", without="/ find")


async def test_keys_of_ones_own(tmp_path: Path) -> None:
    """A command follows the keymap; help and footer show the new key."""
    async with run_app(tmp_path, keymap={"list.sort": "f8"}) as stage:
        await stage.press("f8")
        await stage.wait_for("Sort by")
        await stage.press("escape", "question_mark", "slash")
        await stage.wait_for("Find a key")
        await stage.answer("f8")
        await stage.wait_for("Keys with", "Sort by a column")


@asynccontextmanager
async def run_with_changed_account(tmp_path: Path) -> AsyncIterator[tuple[AppStage, Callable[[], None]]]:
    """Run the app, and give what lets the account lose its last selectable resource."""
    async with run_app(tmp_path) as stage:
        board = resources_screen(stage).pane.resources
        victim = next(
            each
            for each in reversed(board.catalog.resources)
            if each.is_main_resource and board.reason_of(each) is None and board.rows.position_of(each.id) is not None
        )

        def lose() -> None:
            estate = stage.sandbox.account.resources
            lost = estate.get(victim.id)
            assert lost is not None
            estate.hide(lost)

        board.selection.select_ids([victim.id])
        yield stage, lose


async def test_by_hand_new_data_is_shown_at_once_and_told(tmp_path: Path) -> None:
    """The mark of what is gone is dropped with its name; the cursor stays on its resource."""
    async with run_with_changed_account(tmp_path) as (stage, lose):
        await stage.press("j", "j", "j")
        here = resources_screen(stage).pane.current_resource
        lose()
        await stage.press("r")
        await stage.wait_for("1 deselected because it is gone or changed", "selected 0")
        assert resources_screen(stage).pane.current_resource == here


async def test_by_the_timer_new_data_waits_while_marks_exist(tmp_path: Path) -> None:
    """Nothing moves under a hand: the change is announced, r shows it."""
    async with run_with_changed_account(tmp_path) as (stage, lose):
        lose()
        resources_screen(stage).loader.refresh_by_timer()  # what the timer calls; tests do not wait for minutes
        await stage.wait_for("gone. r shows the new list", "selected 1")
        await stage.press("r")
        await stage.wait_for("selected 0", "deselected because")


@pytest.mark.parametrize("multiplexer", ["", "tmux", "screen"])
def test_the_clipboard_is_reached_through_tmux_and_screen(multiplexer: str) -> None:
    """OSC 52 with `c` and BEL; wrapped where a multiplexer stands between; nothing beyond the cap."""
    codes = clipboard_sequence("id-1\nid-2", multiplexer)
    inner = codes.replace("\x1b\x1b", "\x1b")
    encoded = base64.b64encode(b"id-1\nid-2").decode()
    assert f"]52;c;{encoded}\a" in inner
    assert ("\x1bP" in codes) is bool(multiplexer)
    assert clipboard_sequence("x" * MAX_ENCODED, multiplexer) == ""


def test_no_theme_of_ours_has_text_that_is_hard_to_read() -> None:
    """Every color that text is written in; the primary one draws rules, and tests of screens check all cells."""
    for theme in CUSTOM_THEMES:
        background = theme.background
        assert background is not None
        for colour in (theme.foreground, theme.accent, theme.success, theme.warning, theme.error):
            assert colour is not None
            least = 7 if theme.name.startswith("high-contrast") else 4.5
            assert _contrast(colour, background) >= least, (theme.name, colour)


def _contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG 2."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["high-contrast-dark", "high-contrast-light", "ansi-light"])
async def test_every_theme_shows_the_list(tmp_path: Path, theme: str) -> None:
    """A theme of the configuration is the one in use."""
    async with run_app(tmp_path, theme=theme) as stage:
        assert isinstance(stage.app, UnsubApp)
        assert stage.app.theme == theme
        await stage.wait_for("shown 59 of 59")
        assert os.environ.get("NO_COLOR", "") == ""
