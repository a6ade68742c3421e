"""Records: what is open, runs of ours, orders of the account; found, read and taken along by keys."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.app.stage import FROZEN_NOW, AppStage, run_app, run_to_end
from unsub_tui.sandbox.sandbox import Sandbox


def unsubscribe_externally(sandbox: Sandbox, count: int = 1) -> list[str]:
    """Unsubscribe resources beside our record, as another administrator would; return their orders."""
    ledger = sandbox.account
    found = [
        one
        for one in ledger.resources.list_all()
        if one.parent is None and one.status == 2 and not one.pending_order_id
    ]
    chosen = [one for one in found if one.offer.service.code.endswith("ebs")][:count]
    orders = [order for one in chosen for order in ledger.unsubscribe((one.resource_id,), 1).order_ids]
    assert len(orders) == count
    return orders


async def run_and_return(stage: AppStage, words: str = "rds in use") -> None:
    """Carry a plan of all that these words find out to its end, and go back to the list."""
    await run_to_end(stage, words)
    await stage.press("q")
    await stage.wait_for("Active Resources", without="Loading")


async def open_records(stage: AppStage, *texts: str) -> str:
    """Open the tab, and wait until all of it was read."""
    await stage.press("4")
    return await stage.wait_for("Runs: ", "orders since", *texts, without="Loading")


class RunsLast(ThreadPoolExecutor):
    """Threads in which the runs are read only when the test says so, and everything else at once."""

    def __init__(self, read_runs: object) -> None:
        super().__init__(4)
        self.read_runs = read_runs
        self.may_read_runs = threading.Event()

    def submit(self, call: Any, /, *args: Any, **values: Any) -> Future[Any]:  # a partial, made by asyncio.to_thread
        """Hold the call if it reads the runs."""

        def held() -> Any:
            if call.args[0] == self.read_runs:
                self.may_read_runs.wait()
            return call(*args, **values)

        return super().submit(held)


async def test_the_cursor_begins_on_the_run_even_if_the_orders_are_read_first(tmp_path: Path) -> None:
    """Whichever of both readings is quicker: the first record is under the cursor until a key moves it."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_and_return(stage)
        order = stage.sandbox.account.request_log[0].order_ids[0]
        threads = RunsLast(stage.app.engine.history.runs)
        asyncio.get_running_loop().set_default_executor(threads)
        try:
            await stage.press("4")
            await stage.wait_for(order, without="Runs: 1")
        finally:
            threads.may_read_runs.set()
        await stage.wait_for("Runs: 1", order, without="Loading")
        await stage.press("enter")
        await stage.wait_for("order or problem")


async def test_runs_of_ours_and_orders_of_others_stand_side_by_side(tmp_path: Path) -> None:
    """A run with its state and refund; orders with theirs, of ours and of others; a filter tells them apart."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_and_return(stage)
        (theirs,) = unsubscribe_externally(stage.sandbox)
        screen = await open_records(stage, "Runs: 1", theirs)
        ours = stage.sandbox.account.request_log[0].order_ids[0]
        assert "run of" in screen
        assert "completed" in screen
        assert ours in screen
        await stage.press("slash", *"is:others", "enter")
        await stage.wait_for("/ is:others", theirs, without=ours)
        await stage.press("escape", "slash", *"is:ours", "enter")
        await stage.wait_for("/ is:ours", ours, without=theirs)


async def test_an_order_has_all_that_the_vendor_tells_and_our_record_knows(tmp_path: Path) -> None:
    """State, amounts, what came back by original order; the run and the item, where it is ours."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_and_return(stage)
        await open_records(stage)
        await stage.press("slash", *"is:order", "enter")
        await stage.wait_for("/ is:order")
        await stage.press("g", "j", "j", "enter")
        await stage.wait_for("Unsubscription order", "completed", "consumed", "refund", "not refunded", "sandbox-admin")
        await stage.press("G")
        await stage.wait_for("In our record", "estimate")
        await stage.press("q")
        await stage.wait_for("[4 Records]")


async def test_what_waits_for_approval_comes_first(tmp_path: Path) -> None:
    """An order of others under review stands over everything that is done."""
    async with run_app(tmp_path, hostile=False) as stage:
        ledger = stage.sandbox.account
        ledger.behavior = replace(ledger.behavior, review_above=Decimal(-1), review_seconds=1e6)
        (theirs,) = unsubscribe_externally(stage.sandbox)
        await open_records(stage, "Pending: 1", theirs, "pending approval")
        lines = stage.lines
        first = next(number for number, line in enumerate(lines) if theirs in line)
        assert "Pending: 1" in lines[first - 1]


@pytest.mark.long
async def test_the_filter_knows_state_user_date_and_amounts(tmp_path: Path) -> None:
    """Fields of records, not of resources; what is none is underlined with what was expected."""
    async with run_app(tmp_path, hostile=False) as stage:
        (theirs,) = unsubscribe_externally(stage.sandbox)
        await open_records(stage, theirs)
        for words in ("user:sandbox", "date<30d", "state:completed refund>0", "type:evs", f"order:{theirs}"):
            await stage.press("slash", *words, "enter")
            await stage.wait_for(f"/ {words}", theirs)
            await stage.press("escape")
            await stage.wait_for("[4 Records]", without=f"/ {words}")
        await stage.press("slash", *"expires<3d")
        await stage.wait_for("a known field")


@pytest.mark.long
@pytest.mark.parametrize("form", ["c", "j", "m"])
async def test_what_is_shown_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Orders and items of runs, in a new file for its owner only; money with all its digits."""
    monkeypatch.chdir(tmp_path)
    async with run_app(tmp_path, hostile=False) as stage:
        await run_and_return(stage)
        await open_records(stage)
        for chosen in ("o", "i"):
            await stage.press("e")
            await stage.wait_for("Export", "Items of the runs")
            await stage.press(chosen, form)
            await stage.wait_for("Save", "The file must not exist yet")
            await stage.press("enter")
            await stage.wait_for("Saved as")
    check_exports(tmp_path, form, stage.sandbox.account.request_log[0].order_ids[0])


def check_exports(directory: Path, form: str, taken: str) -> None:
    """Look into the two files."""
    (orders,), (items,) = directory.glob("unsub-*-orders.*"), directory.glob("unsub-*-items.*")
    assert orders.stat().st_mode & 0o777 == 0o600
    assert taken in orders.read_text()
    assert taken in items.read_text().replace("\\", "")
    if form == "c":
        rows = list(csv.DictReader(io.StringIO(orders.read_text())))
        assert next(each for each in rows if each["order_id"] == taken)["origin"] == "ours"
    if form == "j":
        row = json.loads(items.read_text())["items"][0]
        assert Decimal(row["exact"]["refund"]) >= 0
        assert row["operator"]


async def test_orders_of_more_years_on_demand(tmp_path: Path) -> None:
    """Twelve months at first; each step reads one more year, of its own window."""
    async with run_app(tmp_path, hostile=False, resources=200) as stage:
        screen = await open_records(stage, f"orders since {FROZEN_NOW.year - 1}")
        few = screen.count("completed")
        await stage.press("o")
        screen = await stage.wait_for(f"orders since {FROZEN_NOW.year - 2}", without="Loading")
        assert screen.count("completed") > few


@pytest.mark.long
async def test_orders_that_cannot_be_read_are_said_and_runs_are_there(tmp_path: Path) -> None:
    """The list says that it is not all; keys work, and r reads again."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_and_return(stage)
        stage.set_faults({"operation": "list_orders", "action": "error", "status": 403, "error_code": "CBC.0151"})
        await open_records(stage, "Runs: 1", "incomplete", "CBC.0151")
        await stage.press("j", "k", "enter")
        await stage.wait_for("order or problem")
        stage.set_faults()
        await stage.press("q", "r")
        await stage.wait_for("completed", without="incomplete")


async def test_leftovers_are_in_the_result_and_stay_on_the_record(tmp_path: Path) -> None:
    """An attached disk that stays: the result lists it with what to do, the record too, and settling looks again."""
    async with run_app(tmp_path, hostile=False) as stage:
        ledger = stage.sandbox.account
        ledger.behavior = replace(ledger.behavior, leaves_attached=True)
        await run_to_end(stage, "rds in use")
        await stage.wait_for("Ended", "leftover keeps billing")
        await stage.press("v", "G")
        await stage.wait_for("Follow-up check", "still exists", "individually", without="also unsubscribed")
        await stage.press("q", "q")
        await stage.wait_for("Active Resources", without="Loading")
        await open_records(stage)
        await stage.press("enter")
        await stage.wait_for("leftover keeps billing")
        ledger.behavior = replace(ledger.behavior, leaves_attached=False)
        for one in ledger.resources.list_all():
            if one.parent is not None and one.offer.service.code.endswith("rds"):
                one.status = type(one.status)(3)
        ledger.resources.clear_cache()
        await stage.press("q", "s")
        await stage.wait_for("Ended", without="leftover keeps billing")
        await stage.press("v", "G")
        await stage.wait_for("their attached resources")
