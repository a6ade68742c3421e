"""A run on the screen: stopped, paused, left open, settled at the next start."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.app.stage import (
    FROZEN_NOW,
    NO_WAITING,
    AppStage,
    FrozenClock,
    confirm_plan,
    open_review,
    resources_screen,
    run_app,
    run_to_end,
)
from tests.app.test_renewal_policy_actions import exported_file
from tests.support.connections import connect, connector
from tests.support.effort import TIMEOUT_SECONDS, by_effort
from unsub_tui.app.app import UnsubApp
from unsub_tui.app.options import AppOptions
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.present.pages.run_table import BAR_WIDTH

NO_RECONCILING = replace(NO_WAITING, reconcile_limit_seconds=0, unknown_limit_seconds=0)
"""Asks a person at once when an outcome is not known."""

DROPPED_BEFORE = {"operation": "unsubscribe", "calls": [1], "action": "drop_before"}
"""The first request is lost on its way: nobody can know that."""


async def start_run(stage: AppStage) -> None:
    """Plan, confirm, and press the button."""
    await open_review(stage)
    await confirm_plan(stage)


async def leave_unknown(stage: AppStage) -> None:
    """Run with the first outcome unknown, and stop there."""
    stage.set_faults(DROPPED_BEFORE)
    await start_run(stage)
    await stage.wait_for("The run is paused", "is unknown", "Stop here", without="try again")
    await stage.press("enter")
    screen = await stage.wait_for("Ended. ", "Stopped: nothing more was submitted.", "unknown", without="try again")
    assert "Its outcome is unknown; it is never submitted again" in screen
    assert "`unsub-tui demo`" in " ".join(screen.split())
    assert "resume" not in screen


async def test_an_unknown_outcome_pauses_and_asks_and_stopping_is_the_first_button(tmp_path: Path) -> None:
    """Enter stops: nothing more is sent, and what is unknown is said to be unknown."""
    async with run_app(tmp_path, hostile=False, pace=NO_RECONCILING) as stage:
        await leave_unknown(stage)
        assert stage.last_run.counts_by_outcome[Outcome.UNKNOWN] == 1
        assert not [attempt for attempt in stage.sandbox.account.request_log if attempt.executed]


async def test_a_paused_run_goes_on_when_a_person_says_so(tmp_path: Path) -> None:
    """The rest is sent, the unknown one is not sent again."""
    async with run_app(tmp_path, hostile=False, pace=NO_RECONCILING) as stage:
        stage.set_faults(DROPPED_BEFORE)
        await start_run(stage)
        await stage.wait_for("The run is paused", "Continue")
        await stage.press("tab", "enter")
        await stage.wait_for("Ended. ")
        run = stage.last_run
        assert run.counts_by_outcome[Outcome.UNKNOWN] == 1
        assert run.counts_by_outcome[Outcome.SETTLED] >= 1
        unknown = next(unit for unit in run.units if unit.outcome is Outcome.UNKNOWN)
        assert not stage.sandbox.account.executions(unknown.resource_id)


async def test_stopping_ends_after_the_call_in_flight(tmp_path: Path) -> None:
    """`s` says what happens; the call in flight is awaited, the others are not sent."""
    async with run_app(tmp_path, hostile=False) as stage:
        stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "stall_after", "seconds": 3})
        await start_run(stage)
        await stage.wait_for("> submitting")
        await stage.press("q")
        await stage.wait_for("The run is in progress")
        await stage.press("ctrl+z")
        await stage.wait_for("a request is in flight")
        await stage.press("s")
        await stage.wait_for("Stops after the request in flight")
        await stage.wait_for("Ended. ", without="Stops after the request in flight")
        assert not stage.lines[-2]  # nor anything else that was said while it went on
        assert len(stage.sandbox.account.request_log) == 1
        assert stage.last_run.counts_by_outcome[Outcome.PLANNED] == len(stage.last_run.units) - 1


def selected_ids(stage: AppStage) -> set[str]:
    """Return the ids of the selected resources."""
    return {each.id for each in resources_screen(stage).pane.resources.selected_resources()}


async def test_what_was_not_submitted_is_selected_again_from_result_and_record(tmp_path: Path) -> None:
    """`m` selects what failed or was not submitted, nothing else; a second start finds it in Records."""
    async with run_app(tmp_path, hostile=False) as stage:
        stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "stall_after", "seconds": 2})
        await start_run(stage)
        await stage.wait_for("> submitting")
        await stage.press("s")
        await stage.wait_for("Ended. ", "1 completed", "3 not submitted", "m Select again")
        pane = resources_screen(stage).pane
        before = pane.resources.catalog
        await stage.press("m")
        while pane.resources.catalog is before:
            await stage.pilot.pause()
        await stage.wait_for("[1 Active Resources]", "Selected again: 3 of 3. p reviews them, m shows only them.")
        assert set(stage.last_run.unfinished_ids) <= selected_ids(stage)
        await stage.press("ctrl+backslash")
        await stage.wait_for("selected 0", without="Loading")
        await stage.press("4")
        await stage.wait_for("Runs: 1")
        await stage.press("enter")
        await stage.wait_for("1 completed", "3 not submitted")
        await stage.press("m")
        await stage.wait_for("[1 Active Resources]", "Selected again: 3 of 3", "selected 3")
        assert selected_ids(stage) == set(stage.last_run.unfinished_ids)


REFUSED = {"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.0001"}
"""Every request is rejected."""


async def test_what_is_not_on_the_batch_list_is_selected_again_as_it_was_planned(tmp_path: Path) -> None:
    """A run of queue mode turns it on again; for a resource that was reviewed alone, the keys that help are named."""
    async with run_app(tmp_path, hostile=False) as stage:
        stage.set_faults(REFUSED)
        await stage.press("Q")
        await run_to_end(stage, "!ecs !evs !rds !vpc !cce in use is:primary")
        count = len(stage.last_run.units)
        assert count > 1
        await stage.press("q")
        await stage.wait_for("[1 Active Resources]")
        await stage.press("ctrl+backslash", "Q")
        await stage.wait_for("selected 0", "Queue mode is off", without="QUEUE MODE")
        await stage.press("4")
        await stage.wait_for("Runs: 1")
        await stage.press("enter")
        await stage.wait_for(f"{count} failed")
        await stage.press("m")
        await stage.wait_for("QUEUE MODE", f"Selected again: {count} of {count}.", f"selected {count}")
        await stage.press("ctrl+backslash", "Q")
        await stage.wait_for("selected 0", "Queue mode is off", without="QUEUE MODE")

        await stage.press("u")
        await stage.wait_for("Review:", " note", without="Loading")
        await confirm_plan(stage)
        await stage.wait_for("Ended. ", "1 failed")
        await stage.press("m")
        await stage.wait_for("Selected again: 0 of 1; 1 not in a batch: Q queue mode, u alone.", "selected 0")


async def test_a_wait_for_another_transaction_is_shown_and_can_be_stopped(tmp_path: Path) -> None:
    """The screen has the time of the next request and the bound; after a stop, the result says what was done."""
    pace = replace(NO_WAITING, busy_wait_seconds=120)
    async with run_app(tmp_path, hostile=False, pace=pace) as stage:
        stage.set_faults({"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.99003651"})
        await start_run(stage)
        at = f"{(FROZEN_NOW + timedelta(seconds=10)).astimezone():%H:%M:%S}"
        screen = await stage.wait_for("Waiting for another transaction; next request in 10 s", f"busy, again at {at}")
        words = "it is read and submitted again after 10 s, with at most 120 s of waiting in all"
        assert words in " ".join(screen.split())

        await stage.press("s")
        screen = await stage.wait_for("Ended. ")

        assert "the run was waiting for another transaction of the resource, and nothing was done" in " ".join(
            screen.split()
        )
        assert {unit.state for unit in stage.last_run.units} == {State.SKIPPED}


@pytest.mark.long
async def test_once_all_is_sent_the_stop_key_says_what_it_does_then(tmp_path: Path) -> None:
    """Nothing is left to stop: it leaves the rest for later, and goes from the footer with the end of the run."""
    async with run_app(tmp_path, hostile=False, pace=replace(NO_WAITING, stop_grace_seconds=4)) as stage:
        stage.set_faults(
            {"operation": "unsubscribe", "calls": [1], "action": "stall_after", "seconds": 1},
            {"operation": "show_order", "action": "stall_after", "seconds": 30},
        )
        await start_run(stage)
        await stage.wait_for("s Stop after this item")
        await stage.wait_for("in progress", "s Leave the rest", "All submitted", without="s Stop after this item")
        await stage.press("q")
        await stage.wait_for("Waiting for submitted items. s leaves the rest for later")
        await stage.press("s")
        await stage.wait_for("Leaving: the status of pending items can be checked later", without="s Leave the rest")
        await stage.press("q")
        await stage.wait_for("ends within 30 s")
        await stage.wait_for("Ended. ", "e Export", without="s Leave the rest")


@pytest.mark.long
async def test_reads_that_fail_are_told_while_they_are_tried_again(tmp_path: Path) -> None:
    """Else nobody could tell an order that takes its time from a service that does not answer."""
    async with run_app(tmp_path, hostile=False, pace=replace(NO_WAITING, settle_limit_seconds=60)) as stage:
        failing = {"operation": "show_order", "action": "error", "status": 500, "error_code": "CBC.0999"}
        stage.set_faults(failing)
        await start_run(stage)
        await stage.wait_for("in progress", "the status of pending items cannot be read", "CBC.0999")
        stage.set_faults()
        await stage.wait_for("Ended. ", without="cannot be read")


@pytest.mark.long
async def test_a_run_is_exported_from_its_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each item; in Markdown the page: the run, the totals, each item below which its money stands."""
    monkeypatch.chdir(tmp_path)
    async with run_app(tmp_path, hostile=False) as stage:
        await run_to_end(stage)
        for key, ending, title in (("c", "csv", "Save 4 lines"), ("m", "md", "Save the page")):
            await stage.press("e", key)
            await stage.wait_for(title)
            await stage.press("enter")
            await stage.wait_for("Saved as", "Ended. ", without=title)
            while not list(tmp_path.glob(f"*.{ending}")):  # noqa: ASYNC240 - a test may wait for its disk
                await stage.pilot.pause()
        run = stage.last_run
    written = exported_file(tmp_path)
    assert all(unit.resource_id in written for unit in run.units)
    lines = exported_file(tmp_path, "md").splitlines()
    assert lines[0] == f"## Run {run.run_id}"
    assert [each for each in lines if each.startswith("#")][:3] == [lines[0], "## Totals", "## Items"]
    first = run.units[0]
    item = next(number for number, line in enumerate(lines) if first.resource_id in line)
    assert lines[item].startswith(rf"- \+ completed · {first.resource_name.for_display()}")
    assert lines[item + 1].startswith("  - estimate: paid ")


async def test_ctrl_c_says_what_its_second_press_does(tmp_path: Path) -> None:
    """The first stops the run, and tells that the second leaves at once: what was in flight is then unknown."""
    async with run_app(tmp_path, hostile=False) as stage:
        stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "stall_after", "seconds": 20})
        await start_run(stage)
        await stage.wait_for("> submitting")
        await stage.press("ctrl+c")
        await stage.wait_for("Press ctrl+c again within 2 s to leave now")
        await stage.press("ctrl+c")
        assert stage.app.engine.run_handle is not None
        assert stage.app.engine.run_handle.join(TIMEOUT_SECONDS)
        (run,) = stage.app.engine.history.runs()
        assert run.ended is not None
        assert run.counts_by_outcome[Outcome.UNKNOWN] == 1
        assert len(stage.sandbox.account.request_log) == 1


async def test_what_was_left_open_is_offered_first_at_the_next_start(tmp_path: Path) -> None:
    """It is said before anything else; settling reads only, and the records show it as open."""
    async with run_app(tmp_path, hostile=False, pace=NO_RECONCILING) as first:
        await leave_unknown(first)
        sandbox = first.sandbox
        first.set_faults()
        state_dir = tmp_path / "demo"
    options = EngineOptions(state_dir=state_dir, site="intl", clock=FrozenClock(), run_policy=NO_RECONCILING)
    app = UnsubApp(
        Engine(connector(connect(sandbox)), options),
        AppOptions(state_dir=tmp_path, reads_inventory=False, confirm_delay_seconds=0),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        stage = AppStage(app, pilot, [sandbox])
        await stage.wait_for("1 item of earlier runs is pending", "Later")
        sent = len(sandbox.account.request_log)
        await stage.press("escape")
        await stage.wait_for("Active Resources", "of 59", without="Loading")
        await stage.press("4")
        await stage.wait_for("Pending: 1", "1 unknown")
        await stage.press("enter")
        await stage.wait_for("? unknown")
        await stage.press("q", "s")
        await stage.wait_for("Ended. ")
        assert len(sandbox.account.request_log) == sent


@pytest.mark.parametrize("seed", range(by_effort(2, 20)))
async def test_the_figures_always_add_up_wherever_a_run_is_stopped(tmp_path: Path, seed: int) -> None:
    """On every frame that can be seen: the counts are those of all items, and the bar is completed and in progress."""
    dice = random.Random(seed)
    delays = [
        {"operation": "unsubscribe", "calls": [call], "action": "stall_after", "seconds": dice.choice((0.1, 0.3))}
        for call in range(1, 5)
    ]
    refused = {"operation": "unsubscribe", "calls": [3], "action": "error", "status": 400, "error_code": "CBC.0001"}
    async with run_app(tmp_path, hostile=False) as stage:
        stage.set_faults(*dice.sample([*delays, refused], 3))
        await start_run(stage)
        await stage.wait_for("completed · ")
        frames = 0
        stops_at = dice.randrange(40)
        while "Ended. " not in stage.text:
            assert_figures_add_up(stage.lines, 4)
            if frames == stops_at:
                await stage.press("s")
            frames += 1
            await stage.pilot.pause(0.02)
        assert_figures_add_up(stage.lines, 4)
        assert stage.last_run.counts_by_outcome


def assert_figures_add_up(lines: list[str], items: int) -> None:
    """Compare the line of counts and the bar with the number of items."""
    bar = next(line for line in lines if line.startswith("["))[1 : BAR_WIDTH + 1]
    line = next(line for line in lines if " completed · " in line)
    counts = {part.split(" ", 1)[1]: int(part.split()[0]) for part in line.strip().split(" · ")}
    assert sum(counts.values()) == items, line
    share = BAR_WIDTH * (counts["completed"] + counts["in progress"]) // items
    assert (bar.count("#") + bar.count("="), len(bar)) == (share, BAR_WIDTH), (bar, line)
