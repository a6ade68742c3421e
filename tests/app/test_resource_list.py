"""The list: finding and marking by keys."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from tests.app.stage import (
    FROZEN_NOW,
    confirm_plan,
    displayed_ids,
    open_confirmation,
    open_review,
    resources_screen,
    run_app,
)
from tests.support.effort import some
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.time_zone import set_time_zone
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.time_format import clock_time
from unsub_tui.sandbox import Behavior, offers
from unsub_tui.sandbox.models import ResourceStatus


async def test_a_mark_box_says_what_may_be_marked(tmp_path: Path) -> None:
    """`[ ]`, a branch before an attached name, or a sign; space selects and moves on, and elsewhere says why not."""
    async with run_app(tmp_path) as stage:
        await stage.apply_filter("evs in use")
        row = next(number for number, line in enumerate(stage.lines) if line.startswith("[ ]"))
        await stage.press("g", *["j"] * (row - 4), "space")
        screen = await stage.wait_for("selected 1")
        assert sum(line.startswith("[x]") for line in screen.splitlines()) == 1
        await stage.press("escape", "g")
        await stage.wait_for("shown 59 of 59", "expires ▲")
        row = next(number for number, line in enumerate(stage.lines) if line.startswith("    └ "))
        await stage.press("g", *["j"] * (row - 3), "space")
        await stage.wait_for("attached to ", "selected 1")


async def test_the_status_line_says_when_the_list_was_read(tmp_path: Path) -> None:
    """As a time of day, which stays true while nothing is drawn; it stays that of the last list that was whole."""
    async with run_app(tmp_path) as stage:
        before = f"as of {clock_time(FROZEN_NOW, FROZEN_NOW)} UTC"
        await stage.wait_for(before)
        stage.set_faults({"operation": "query_resources", "action": "error", "status": 500})
        await stage.press("r")
        await stage.wait_for("Not refreshed", before)


async def test_the_screens_have_the_time_zone_of_the_user(tmp_path: Path) -> None:
    """List, filter, review and Records show its days and name it."""
    set_time_zone(timezone(timedelta(hours=8)))
    async with run_app(tmp_path) as stage:
        await stage.wait_for("as of 18:40 UTC+8")
        await open_review(stage)
        screen = await stage.wait_for(" UTC+8")
        details = " ".join(screen.rpartition("────")[2].split())
        found = re.match(r".+ · (?P<id>.+) · expires (?P<day>\d{4}-\d\d-\d\d) UTC\+8", details)
        assert found is not None, details
        await stage.press("q", "escape")
        await stage.apply_filter(f"expires:{found['day']}")
        await stage.wait_for(found["day"])
        assert found["id"] in displayed_ids(stage)
        await stage.press("4")
        await stage.wait_for("orders since 2025-01-15 UTC+8")


async def test_an_empty_list_says_how_its_rows_come_back(tmp_path: Path) -> None:
    """By a filter or by showing marked ones only: the key that undoes it is named, and the word goes with it."""
    async with run_app(tmp_path) as stage:
        await stage.apply_filter("nothing-is-called-so")
        await stage.wait_for("shown 0 of 59", "No match. Esc clears the filter.")
        await stage.press("escape")
        await stage.wait_for("shown 59 of 59", without="No match")
        await stage.press("m")
        await stage.wait_for("shown 0 of 59", "Nothing is selected. Esc shows all.")
        await stage.press("escape")
        await stage.wait_for("shown 59 of 59", without="Nothing is selected")


async def test_what_goes_alone_says_by_which_key(tmp_path: Path) -> None:
    """The point comes first, whole at 80 columns, also with a key of one's own."""
    async with run_app(tmp_path, resources=160, keymap={"list.review-row": "f8"}) as stage:
        words = "Not on the batch list: f8 reviews it alone, Q turns on queue mode."
        board = resources_screen(stage).pane.resources
        alone = next(
            each for each in board.shown_resources() if board.reason_of(each) is BlockedReason.NOT_BATCH_ELIGIBLE
        )
        await stage.apply_filter(f"id:{alone.id} is:primary")
        await stage.wait_for("only individually or in queue mode")
        await stage.press("space")
        await stage.wait_for(words, "selected 0")


async def test_all_none_invert_undo_redo_and_clear(tmp_path: Path) -> None:
    """The keys of marking say in sums what they did, and every step can be taken back."""
    async with run_app(tmp_path) as stage:
        await stage.press("a")
        screen = await stage.wait_for("skipped", "attached")
        count = int(screen.split("· selected ")[1].split()[0])
        assert count > 5
        await stage.press("n")
        await stage.wait_for("· selected 0")
        await stage.press("z")
        await stage.wait_for(f"· selected {count}")
        await stage.press("Z")
        await stage.wait_for("· selected 0")
        await stage.press("i")
        await stage.wait_for(f"· selected {count}")
        await stage.press("ctrl+backslash")
        await stage.wait_for("· selected 0", f"Deselected {count} resources. z undoes this.")


async def test_marks_outlive_the_filter_and_hidden_ones_are_counted(tmp_path: Path) -> None:
    """Marks belong to ids: a filter hides them, it does not drop them."""
    async with run_app(tmp_path) as stage:
        await stage.press("a")
        await stage.wait_for("skipped")
        await stage.apply_filter("ecs")
        await stage.wait_for("hidden")
        await stage.press("escape")
        await stage.wait_for("shown 59 of 59", without="hidden")
        await stage.press("m")
        await stage.wait_for("selected", without="[ ]")


async def test_keys_that_are_typed_ahead_go_where_they_were_meant(tmp_path: Path) -> None:
    """A burst of slash, a word with every letter a command, enter and a: filtered first, then marked."""
    async with run_app(tmp_path) as stage:
        for key in ("slash", *"use", "enter", "a"):
            stage.app.post_message(events.Key(key, None if len(key) > 1 else key))
        screen = await stage.wait_for("/ use", "skipped", without="Review:")
        assert "selected 0" not in screen


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        *some([(key, "press p to review") for key in ("d", "D", "x", "X", "delete", "ctrl+d", "ctrl+k")], 2),
        ("p", "Nothing is selected. space selects a row"),
        ("A", "Nothing is selected. U shows the actions for the current row."),
        ("P", "No other profile. Add"),
        ("4 z", "Only a run can be undone"),
    ],
)
async def test_a_key_that_can_do_nothing_says_why(tmp_path: Path, keys: str, words: str) -> None:
    """Fingers that know other programs get the way to the review; no key takes the row instead of the selection."""
    async with run_app(tmp_path) as stage:
        await stage.press(*keys.split())
        await stage.wait_for(words, without="Review:")
        assert not stage.sandbox.account.request_log


async def test_what_is_pasted_into_the_list_is_ignored(tmp_path: Path) -> None:
    """A pasted text is not a row of keys."""
    async with run_app(tmp_path) as stage:
        stage.app.post_message(events.Paste("a\np\n"))
        await stage.wait_for("Pasted text is ignored", "selected 0")


async def test_one_resource_of_any_service_can_be_reviewed_alone(tmp_path: Path) -> None:
    """`u` on a row that no batch takes opens a plan of one."""
    async with run_app(tmp_path, resources=200) as stage:
        await stage.apply_filter("dcs in use")
        await stage.press("space")
        await stage.wait_for("u reviews it alone", "selected 0")
        await stage.press("u")
        await stage.wait_for("Review: unsubscribe from 1 resource")


async def test_queue_mode_takes_any_service_from_the_list_to_the_record(tmp_path: Path) -> None:
    """`Q` frees the selection; each is an item with its name; the phrase covers both; the record says the mode."""
    async with run_app(tmp_path, resources=200) as stage:
        await stage.apply_filter("dcs in use")
        await stage.press("a")
        await stage.wait_for("not in a batch. Q turns on queue mode.")
        await stage.press("Q")
        await stage.wait_for("QUEUE MODE · shown", "Queue mode is on: resources of any service can be selected.")
        await stage.press("space", "space", "p")
        screen = await stage.wait_for("Review: unsubscribe from 2 resources", "2 items", without="Loading")
        assert "\nQUEUE MODE · refund " in screen
        pane = resources_screen(stage).pane
        names = [for_display(each.resource_name.raw) for each in pane.resources.selected_resources()]
        assert all(f"[x] {each}" in screen for each in names)
        assert (await open_confirmation(stage)).endswith(" 2")
        await stage.press("escape")
        await stage.wait_for("Not confirmed")
        await confirm_plan(stage)
        await stage.wait_for("Ended. q closes this page")
        assert stage.last_run.one_by_one
        assert len(stage.sandbox.account.request_log) == 2
        await stage.press("q", "L", "enter", "v")
        await stage.wait_for("planned in queue mode")


async def test_leaving_queue_mode_asks_before_it_deselects(tmp_path: Path) -> None:
    """The question names what would be deselected; rows on the batch list stay; other tabs have no such mode."""
    async with run_app(tmp_path, resources=200) as stage:
        await stage.press("Q", "a")
        await stage.wait_for("QUEUE MODE")
        selection = resources_screen(stage).pane.resources.selection
        every = len(selection)
        await stage.press("Q")
        await stage.wait_for("Turn queue mode off?", "are not on the batch list and will be deselected.")
        await stage.press("escape")
        await stage.wait_for("QUEUE MODE", without="Turn queue mode off?")
        assert len(selection) == every
        await stage.press("Q")
        await stage.wait_for("Turn queue mode off?")
        await stage.press("tab", "enter")
        await stage.wait_for("Queue mode is off", without="QUEUE MODE")
        assert 0 < len(selection) < every
        await stage.press("Q")
        await stage.wait_for("QUEUE MODE")
        await stage.press("Q")  # nothing to ask: no row outside the batch list is selected
        await stage.wait_for("Queue mode is off", without="QUEUE MODE")
        await stage.press("3", "Q")
        await stage.wait_for("Queue mode is for Active Resources. Here, a selection may have any service.")


async def test_the_cursor_stays_on_its_resource_over_sort_and_refresh(tmp_path: Path) -> None:
    """Rows move, the cursor does not leave its resource, and marks stay."""
    async with run_app(tmp_path, hostile=False) as stage:
        await stage.press("G", "k", "k")
        await stage.press("y")
        chosen = stage.lines[-2]
        for key in ("s", "S", "r"):
            await stage.press(key)
            await stage.wait_for("of 59", without="Loading")
            await stage.press("y")
            assert stage.lines[-2] == chosen


async def test_read_only_shows_what_it_would_cost_and_goes_no_further(tmp_path: Path) -> None:
    """The header says READ-ONLY; the review opens, says so too, and does not lead to the confirmation."""
    async with run_app(tmp_path, guards=Guards(read_only=True)) as stage:
        await stage.wait_for("READ-ONLY")
        await stage.press("a", "p")
        await stage.wait_for("Review:", "read-only mode is on", "estimate)")
        await stage.press("c")
        await stage.wait_for("Review:", "Read-only mode: nothing can be changed or unsubscribed from")


async def test_leaving_with_marks_is_asked_for(tmp_path: Path) -> None:
    """`q` with marks asks; enter on the first button stays."""
    async with run_app(tmp_path) as stage:
        await stage.press("a")
        await stage.wait_for("skipped")
        await stage.press("q")
        await stage.wait_for("Quit?", "Stay")
        await stage.press("enter")
        await stage.wait_for("Active Resources", without="Quit?")


async def test_help_shows_the_live_keys(tmp_path: Path) -> None:
    """`?` lists the keys of the screen in front."""
    async with run_app(tmp_path) as stage:
        await stage.press("question_mark")
        await stage.wait_for("Select or deselect this row", "/ ")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 16)], ids=str)
async def test_the_list_fits_its_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    """Mark, name, expiry and region are there at every size that is promised, and no line is too long."""
    async with run_app(tmp_path, size=size) as stage:
        screen = await stage.wait_for("name", "region", "└ ", "selected 0")
        assert len(screen.splitlines()) == size[1]


async def test_a_terminal_too_small_shows_one_line_and_takes_no_key_but_quit(tmp_path: Path) -> None:
    """Below 60x16 nothing can be decided."""
    async with run_app(tmp_path, size=(59, 15)) as stage:
        await stage.wait_for("Needs 60x16, is 59x15")
        await stage.press("a", "p", "enter")
        assert "Review" not in stage.text


async def test_renewal_periods_of_some_rows_are_exported_for_all(tmp_path: Path) -> None:
    """Rows without renewal periods have empty cells in those columns."""
    place = tmp_path / "all.csv"
    async with run_app(tmp_path, resources=60, hostile=False) as stage:
        await stage.press("2")
        await stage.wait_for("[2 Renewal Periods]", without="Loading")
        await stage.press("1", "e", "c")
        await stage.wait_for("Save ")
        stage.app.screen.query_one(Input).value = str(place)
        await stage.press("enter")
        await stage.wait_for("Saved as")
    assert '"pending_from"' in place.read_text()


async def test_resources_that_are_listed_several_times(tmp_path: Path) -> None:
    """A closed row is not shown; contradictory rows are all shown, with the reason, and cannot be reviewed."""
    async with run_app(tmp_path) as stage:
        pane = resources_screen(stage).pane
        await stage.apply_filter("evs is:eligible")
        same, odd = (each.id for each in pane.resources.shown_resources()[:2])
        account = stage.sandbox.account
        account.behavior = replace(account.behavior, extra_rows={same: [{"status": 3}], odd: [{"status": 4}]})
        await stage.press("escape", "r")
        await stage.wait_for("changed")
        await stage.apply_filter(f"id:{same}")
        await stage.wait_for("shown 1 of 60")
        await stage.press("escape")
        await stage.apply_filter(f"id:{odd}")
        await stage.wait_for("shown 2 of 60")
        await stage.press("space")
        await stage.wait_for("Huawei Cloud lists it several times with different data")
        await stage.press("u")
        await stage.wait_for("Huawei Cloud lists it several times with different data", "selected 0")


async def test_unreadable_rows_are_counted(tmp_path: Path) -> None:
    """They are shown with the reason and cannot be selected; all other rows can."""
    async with run_app(tmp_path) as stage:
        pane = resources_screen(stage).pane
        await stage.apply_filter("evs is:eligible")
        nameless, odd, plain = (each.id for each in pane.resources.shown_resources()[:3])
        account = stage.sandbox.account
        rows = {nameless: {"resource_id": None, "resource_name": None}, odd: {"is_main_resource": None}}
        account.behavior = replace(account.behavior, row_changes=rows)
        await stage.press("escape", "r")
        await stage.wait_for("2 unreadable rows")
        await stage.press("b")
        await stage.wait_for("no id", "unreadable")
        await stage.press("escape")
        await stage.apply_filter(f"id:{odd}")
        await stage.press("space")
        await stage.wait_for("Huawei Cloud lists it without its id, status or primary resource", "selected 0")
        await stage.press("escape")
        await stage.apply_filter(f"id:{plain}")
        await stage.press("space")
        await stage.wait_for("selected 1")


async def test_a_list_that_never_stands_still(tmp_path: Path) -> None:
    """It is shown with the number of rows that may be missing, and a plan reads its resources again."""
    async with run_app(tmp_path, resources=1600) as stage:
        stage.sandbox.account.behavior = Behavior(settle_seconds=0, moved_rows=3)
        await stage.press("r")
        await stage.wait_for("changed while reading, ", " may be missing", "r reads it again.")
        await stage.apply_filter("evs in use")
        await stage.press("space", "p")
        await stage.wait_for("Review")
        await stage.press("escape")
        stage.sandbox.account.behavior = Behavior(settle_seconds=0)
        await stage.press("r")
        await stage.wait_for("shown", without="may be missing")


async def test_a_data_disk_can_be_reviewed_without_its_server(tmp_path: Path) -> None:
    """The row says so; its key asks which of the two is meant; afterwards the server is as it was."""
    async with run_app(tmp_path) as stage:
        listed = stage.sandbox.account.resources.list_all()
        server = next(each for each in listed if len(each.attached) > 1 and each.offer is offers.SERVER)
        system, *_, disk = server.attached
        await stage.apply_filter(f"id:{system.resource_id}")
        await stage.press("u")
        await stage.wait_for("This is an attached resource", "Review primary resource")
        await stage.press("escape")
        await stage.wait_for("attached to", without="Review primary resource")
        await stage.press("escape")
        await stage.apply_filter(f"id:{disk.resource_id}")
        await stage.press("space")
        await stage.wait_for(f"attached to {server.name}: unsubscribed together with it, or alone with u", "selected 0")
        await stage.press("u")
        await stage.wait_for("This is a data disk of a server. Review:", "Only this disk", "Server with all disks")
        await stage.press("s")
        await stage.wait_for("Review: unsubscribe from 3 resources", without="Loading")
        await stage.press("q", "u", "d")
        await stage.wait_for("Review: unsubscribe from 1 resource", "unmount it there first", without="Loading")
        await confirm_plan(stage)
        await stage.wait_for("Ended. q closes this page")
        assert server.status == ResourceStatus.IN_USE
        assert [each.status for each in server.attached].count(ResourceStatus.CLOSED) == 1
