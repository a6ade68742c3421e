"""Resources that can only be unsubscribed as a whole: what a rejection leaves behind, and the way to the bundle."""

from __future__ import annotations

from pathlib import Path

from tests.app.stage import (
    NO_WAITING,
    AppStage,
    FrozenClock,
    acknowledge_risks,
    confirm_plan,
    open_confirmation,
    run_app,
)
from tests.support.connections import connect, connector
from unsub_tui.app.app import UnsubApp
from unsub_tui.app.options import AppOptions
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.sandbox.models import Condition, Resource

PART_ONLY = {"operation": "unsubscribe", "calls": [1], "action": "error", "status": 400, "error_code": "CBC.99003185"}
"""The first request is rejected as one for a part of a bundle."""


def find_part(stage: AppStage) -> Resource:
    """Return a primary resource that belongs to a bundle."""
    estate = stage.sandbox.account.resources
    return next(each for each in estate.list_all() if each.condition is Condition.SOLUTION and each.parent is None)


def find_single(stage: AppStage) -> Resource:
    """Return a disk that was bought alone."""
    estate = stage.sandbox.account.resources
    return next(
        each
        for each in estate.list_all()
        if each.condition is Condition.NORMAL
        and each.offer.service.abbreviation == "EVS"
        and each.parent is None
        and len(estate.in_purchase(each.purchase_number)) == 1
    )


def other_part(stage: AppStage, part: Resource) -> Resource:
    """Return the other primary resource of a bundle of two."""
    bought = stage.sandbox.account.resources.in_purchase(part.purchase_number)
    return next(each for each in bought if each.parent is None and each is not part)


async def open_review_of(stage: AppStage, resource: Resource) -> None:
    """Open the review of one resource by its row."""
    words = f"id:{resource.resource_id} is:primary"
    if f"/ {words}" not in stage.text:
        await stage.apply_filter(words)
    await stage.press("u")
    await stage.wait_for("Review:", " note", without="Loading")


async def be_rejected(stage: AppStage, resource: Resource) -> str:
    """Unsubscribe from a part of a bundle; return the result page."""
    await open_review_of(stage, resource)
    await confirm_plan(stage)
    return await stage.wait_for("Ended. q closes this page.", "1 failed")


async def test_a_line_of_the_result_offers_the_bundle(tmp_path: Path) -> None:
    """Rejected as a part; a key reviews what was bought with it; as one item it is unsubscribed with one request."""
    async with run_app(tmp_path, size=(80, 50)) as stage:
        part = find_part(stage)
        screen = await be_rejected(stage, part)
        assert "1 item possible only as a whole: w reviews its bundle." in screen
        assert "w Review bundle" in stage.lines[-1]
        await stage.press("w")
        screen = await stage.wait_for("Review:", "same bundle, also unsubscribed:", "1 item", without="Loading")
        assert "rejected before" not in screen
        assert "not known to be a bundle" not in screen
        await confirm_plan(stage)
        screen = await stage.wait_for("Ended. q closes this page", "1 completed")
        assert "only as a whole" not in screen
        bought = stage.sandbox.account.resources.in_purchase(part.purchase_number)
        assert {each.status for each in bought} == {3}
        assert len(stage.sandbox.account.request_log[-1].resource_ids) == 2
        await stage.press("q", "4")
        await stage.wait_for("Runs: 2")
        await stage.press("enter")
        await stage.wait_for("1 failed", "w Review bundle")
        await stage.press("w")
        await stage.wait_for("No longer listed, so there is no bundle to review.")


async def test_closing_the_result_asks_nothing_and_the_row_keeps_the_rejection(tmp_path: Path) -> None:
    """A sign in the box, the reason on the message line and in the details; another review and confirmation tell it."""
    async with run_app(tmp_path) as stage:
        part = find_part(stage)
        other = other_part(stage, part)
        await be_rejected(stage, part)
        await stage.press("q")
        await stage.wait_for("[1 Active Resources]", "[!]", "B reviews the bundle", without="Loading")

        await open_review_of(stage, part)
        screen = await stage.wait_for("1 rejected before", "! rejected befo")
        words = f"rejected before (CBC.99003185, 2026-01-15): only as a whole, with {other.name}"
        assert words in " ".join(screen.split())
        await stage.press("c")
        screen = await stage.wait_for("Type exactly:")
        assert words in " ".join(screen.split())
        await stage.press("escape")
        await stage.wait_for("Not confirmed")
        await stage.press("q")
        await stage.wait_for("Left the review")

        await stage.press("escape")
        await stage.wait_for("B reviews the whole bundle: rejected before (CBC.99003185")
        await stage.press("enter")
        await stage.wait_for(f"with {other.name}", "service", without="Loading")
        await stage.press("q", "B")
        await stage.wait_for("Review:", "bundle of 2", without="rejected before")
        assert len(stage.sandbox.account.request_log) == 1


async def test_the_rejection_is_known_after_a_restart(tmp_path: Path) -> None:
    """From the record: in the list, in the review, and on the page of the run, whose key reviews the bundle."""
    async with run_app(tmp_path) as first:
        sandbox, part = first.sandbox, find_part(first)
        other = other_part(first, part)
        await be_rejected(first, part)
    options = EngineOptions(state_dir=tmp_path / "demo", site="intl", clock=FrozenClock(), run_policy=NO_WAITING)
    app = UnsubApp(
        Engine(connector(connect(sandbox)), options),
        AppOptions(state_dir=tmp_path, reads_inventory=False, confirm_delay_seconds=0),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        stage = AppStage(app, pilot, [sandbox])
        await stage.wait_for(f"of {stage.active_count}", without="Loading")
        await open_review_of(stage, part)
        await stage.wait_for("1 rejected before", f"only as a whole, with {other.name}"[:20])
        await stage.press("q")
        await stage.wait_for("[!]", "Left the review")
        await stage.press("4")
        await stage.wait_for("Runs: 1")
        await stage.press("enter")
        await stage.wait_for("w reviews its bundle", "w Review bundle")
        await stage.press("w")
        await stage.wait_for("Review:", "bundle of 2", without="Loading")
        await stage.press("q")
        await stage.wait_for("[1 Active Resources]", "Left the review")
        assert len(sandbox.account.request_log) == 1


async def test_a_bundle_is_reviewed_from_its_row_before_any_rejection(tmp_path: Path) -> None:
    """Then the review and the confirmation say that nothing shows that it is one."""
    async with run_app(tmp_path, size=(80, 50)) as stage:
        part = find_part(stage)
        await stage.apply_filter(f"id:{part.resource_id} is:primary")
        await stage.press("B")
        await stage.wait_for("Review:", "! not known to", "1 item", without="Loading")
        phrase = await open_confirmation(stage)
        assert "not known to be a bundle: these were bought with one order" in " ".join(stage.text.split())
        await acknowledge_risks(stage)
        await stage.press(*phrase, "enter", "enter")
        await stage.wait_for("Ended. ", "1 completed")


async def test_a_bundle_that_no_order_tells_is_for_the_console(tmp_path: Path) -> None:
    """Bought alone and rejected as a part: the console is named, and that orders were read is not left behind."""
    async with run_app(tmp_path) as stage:
        alone = find_single(stage)
        stage.set_faults(PART_ONLY)
        await be_rejected(stage, alone)
        await stage.press("w")
        await stage.wait_for("Its orders name no other primary resource", "Huawei Cloud's", without="Loading")
        await stage.press("enter")
        await stage.wait_for("[1 Active Resources]", "[!]", without="Loading the orders")
        await open_review_of(stage, alone)
        await stage.wait_for("rejected before (CBC.99003185, 2026-01-15): only as a whole")


async def test_renewal_periods_have_no_bundles(tmp_path: Path) -> None:
    """The key says so."""
    async with run_app(tmp_path) as stage:
        await stage.press("2")
        await stage.wait_for("[2 Renewal Periods]", "..", without="Loading")
        await stage.press("B")
        await stage.wait_for("Renewal periods have no bundles.")
