"""Selecting fails closed: the rows are those of the text in the filter, and none while that text is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.stage import AppStage, displayed_ids, resources_screen, run_app
from tests.support.effort import some
from tests.unit.listmodel.test_filters import INVALID_FILTERS
from unsub_tui.app.commands import COMMANDS
from unsub_tui.listmodel.filters import FilterError, parse_lenient
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.filter_messages import filter_error_text

KEYS = (
    *("a", "n", "i", "asterisk", "plus", "minus", "space", "v", "shift+down", "z", "Z", "ctrl+backslash"),
    *("p", "u", "A", "U", "e", "y", "Y", "w", "W"),
)
"""Everything that selects, deselects, reviews or takes rows along."""

NOT_WITHOUT_ROWS = ("ReviewScreen", "ConfirmScreen", "RunScreen", "IdListDialog", "Prompt", "Notice")
"""Screens and dialogs that a command opens for rows."""


def matching_ids(stage: AppStage, text: str) -> list[str]:
    """Return the ids that a text finds in the list when it is asked alone, and none where it is wrong."""
    listing = resources_screen(stage).pane.resources.rows
    try:
        rows = parse_lenient(text).match_rows(listing.facts, listing.order.rows)
    except FilterError:
        return []
    return [listing.ids[row] for row in rows]


async def apply_text(stage: AppStage, text: str) -> None:
    """Put a text into the filter, as a panel or a menu does, and wait until the list has taken it."""
    resources_screen(stage).pane.filter_bar.set_filter(text)
    while resources_screen(stage).pane.resources.query.text != text:
        await stage.pilot.pause()


async def test_a_wrong_filter_shows_no_rows_and_lets_nothing_be_selected(tmp_path: Path) -> None:
    """Every filter that cannot mean anything: no rows, and select all says why and changes nothing."""
    async with run_app(tmp_path) as stage:
        screen = resources_screen(stage)
        screen.pane.resources.selection.select([0, 1, 2])
        kept = screen.pane.resources.selection.in_listing_order()
        for text in INVALID_FILTERS:
            if text.startswith("/"):  # the field takes that for the key that opens it
                continue
            await apply_text(stage, text)
            assert not displayed_ids(stage), text
            screen.set_status("")
            await stage.press("a")
            await stage.wait_for("Not possible: invalid filter. / corrects it, esc clears it.")
            assert screen.pane.resources.selection.in_listing_order() == kept


async def test_every_key_of_selecting_and_taking_is_refused_with_a_reason(tmp_path: Path) -> None:
    """The selection stays, is told to be hidden, and is there again when the filter is cleared."""
    async with run_app(tmp_path) as stage:
        screen = resources_screen(stage)
        await stage.apply_filter("evs in use is:eligible")
        await stage.press("a", "escape")
        kept = screen.pane.resources.selection.in_listing_order()
        await apply_text(stage, "-type:esc")
        await stage.wait_for(f"shown 0 of 59 · selected {len(kept)} ({len(kept)} hidden by filter)")
        for key in KEYS:
            screen.set_status("")
            await stage.press(key)
            await stage.wait_for("Not possible: invalid filter")
            assert (screen.pane.resources.selection.in_listing_order(), screen.is_current) == (kept, True), key
        await stage.press("escape")
        await stage.wait_for(f"shown 59 of 59 · selected {len(kept)}", without="hidden")
        assert screen.pane.resources.selection.in_listing_order() == kept


@pytest.mark.parametrize("size", some([(80, 24), (60, 16)], 1))
async def test_enter_stays_in_a_wrong_filter_and_escape_clears_it(tmp_path: Path, size: tuple[int, int]) -> None:
    """What was meant for the list is typed into the filter; the reason is read whole, and the next key named."""
    async with run_app(tmp_path, size=size) as stage:
        await stage.press("slash")
        await stage.type("type:ecs | type:evs")
        await stage.press("enter", "a", "p")
        screen = await stage.wait_for("/ type:ecs | type:evsap", "No rows: invalid filter", "selected 0")
        told = " ".join(" ".join(stage.lines[3:7]).split())
        assert (
            'at character 10, "|": expected a value on both sides of | without spaces, as in type:ecs|evs; between two '
            'terms write or; to search for it as text, put it in "quotes"' in told
        )
        assert "Correct it, or esc clears it" in screen
        await stage.press("escape")
        await stage.wait_for("shown 59 of 59", without="expected")


@pytest.mark.parametrize(
    "text",
    some(
        [
            "type:ecs OR type:evs",
            "-type:evs expires<300d is:primary",
            'name:"web" (x',
            "region:cn-north-4,ap-southeast-1 in use",
            "expires < 30d name:/e(/",
        ],
        2,
    ),
)
async def test_text_and_rows_agree_after_each_key(tmp_path: Path, text: str) -> None:
    """Whatever was shown before: the rows are those of the text in the box, asked afresh."""
    async with run_app(tmp_path) as stage:
        await stage.press("slash")
        for char in text:
            await stage.type(char)
            screen = resources_screen(stage)
            while screen.pane.resources.query.text != screen.pane.filter_bar.field.value:
                await stage.pilot.pause()
            assert displayed_ids(stage) == matching_ids(stage, screen.pane.filter_bar.field.value)
        assert screen.pane.filter_bar.field.value == text


@pytest.mark.parametrize("text", some(["rds", "type:evs OR", "-type:esc", "is:primary -evs"], 2))
async def test_a_key_that_is_faster_than_the_filter_acts_on_the_text(tmp_path: Path, text: str) -> None:
    """Select all before the list has taken what was typed: the text is applied first."""
    async with run_app(tmp_path) as stage:
        screen = resources_screen(stage)
        await stage.apply_filter("evs")
        screen.pane.filter_bar.field.value = text
        screen.pane.run_command("select_shown")
        assert displayed_ids(stage) == matching_ids(stage, text)
        assert set(screen.pane.resources.selection.in_listing_order()) <= set(matching_ids(stage, text))


@pytest.mark.parametrize("text", some(["type:bogus", "region:cn-north-4|", "or", "name:/(a|aa)+(b"], 2))
async def test_no_key_of_the_list_acts_on_rows_while_the_filter_is_wrong(tmp_path: Path, text: str) -> None:
    """Every command of the table, so also those added later: nothing is selected, deselected or reviewed."""
    async with run_app(tmp_path) as stage:
        pane = resources_screen(stage).pane
        await stage.apply_filter("evs in use is:eligible")
        await stage.press("a", "escape")
        kept = pane.resources.selection.in_listing_order()
        assert kept
        for binding in COMMANDS["list"]:
            if binding.action == "app.quit":
                continue
            await apply_text(stage, text)
            await stage.press(binding.key.split(",")[0])
            assert not any(type(each).__name__ in NOT_WITHOUT_ROWS for each in stage.app.screen_stack), binding.id
            while stage.app.screen is not stage.app.screen_stack[1]:
                await stage.press("escape")
            pane.show_tab(Tab.ACTIVE)
            pane.table.focus()
            assert pane.resources.selection.in_listing_order() == kept, binding.id


async def test_a_wrong_filter_stops_the_commands_of_the_palette_too(tmp_path: Path) -> None:
    """What runs by its name is refused with the same reason."""
    async with run_app(tmp_path) as stage:
        for name in ("select all", "invert"):
            await apply_text(stage, "type:bogus")
            await stage.press("ctrl+p")
            await stage.wait_for("Commands")
            await stage.answer(name)
            await stage.wait_for("Not possible: invalid filter", without="Commands")
            assert not resources_screen(stage).pane.resources.selection.in_listing_order()


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_an_error_is_read_whole_below_the_field(tmp_path: Path, size: tuple[int, int]) -> None:
    """However long it is, with the values of the account; the cheat sheet gives way to it and comes back."""
    async with run_app(tmp_path, size=size) as stage:
        await stage.press("slash")
        await stage.wait_for("web or db (either)", "expires<60 (days)")
        for text in ("region:qqq", "bogus:x", "(x", "type:ecs | type:evs", "state:2"):
            pane = resources_screen(stage).pane
            await apply_text(stage, text)
            error = pane.resources.rows.filter_error
            assert error is not None
            screen = await stage.wait_for("at character", without="web or db")
            assert filter_error_text(text, error) in " ".join(" ".join(stage.lines[3:10]).split()), screen
            assert "shown 0 of 59" in screen
        await apply_text(stage, "")
        pane.filter_bar.open()
        await stage.wait_for("web or db (either)", without="at character")


async def test_a_wrong_filter_belongs_to_its_tab(tmp_path: Path) -> None:
    """Another tab has its own; coming back the text is still wrong, and still shows no rows."""
    async with run_app(tmp_path) as stage:
        await apply_text(stage, "state:2")
        await stage.wait_for("expected a state: closed, expired")
        await stage.press("3")
        await stage.wait_for("[3 Inactive]", without="expected a state")
        await stage.press("1")
        await stage.wait_for("/ state:2", "expected a state", "shown 0 of 59")
        await stage.press("r")
        await stage.wait_for("/ state:2", "shown 0 of 59", without="Loading")
        assert not displayed_ids(stage)


async def test_nothing_is_selected_by_a_value_that_is_not_known(tmp_path: Path) -> None:
    """Of an order before the service has answered, or of a service that nobody has: negated it would be everything."""
    async with run_app(tmp_path) as stage:
        screen = resources_screen(stage)
        await apply_text(stage, "-order:CS26010112000000001")
        await stage.press("a")
        await stage.wait_for("the resources of order CS26010112000000001 are not known yet", "selected 0")
        await apply_text(stage, "")
        await stage.press("plus")
        await stage.wait_for("Select by filter")
        await stage.answer("-order:CS1")
        await stage.wait_for("order CS1 are not known yet. Filter by it first")
        await stage.press("plus")
        await stage.wait_for("Select by filter")
        await stage.answer("-type:esc")
        await stage.wait_for(
            'at character 7, "esc": expected a known service or', 'did you mean "ecs"', "Select by filter"
        )
        await stage.press("escape")
        await stage.wait_for("selected 0", without="Select by filter")
        assert not screen.pane.resources.selection.in_listing_order()


async def test_a_wrong_filter_of_records_shows_no_records(tmp_path: Path) -> None:
    """The keys stay with it; nothing can be exported."""
    async with run_app(tmp_path, hostile=False) as stage:
        await stage.press("4")
        await stage.wait_for("Runs: ", "orders since", without="Loading")
        await stage.press("slash", *"state:dnoe", "enter")
        await stage.wait_for("expected a state", "shown 0 of", "Correct it, or esc clears it", without="Runs: ")
        stage.app.screen.query_one("#records").focus()
        await stage.press("e")
        await stage.wait_for("Not possible: invalid filter. / corrects it, esc clears it.")
        await stage.press("escape")
        await stage.wait_for("Runs: ", without="expected")
