"""The tabs: what lies where, one listing for all, and each from the list to the settled record by keys at 80x24."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.stage import AppStage, confirm_plan, run_app
from tests.support.effort import some
from unsub_tui.sandbox.models import Condition, Resource

RESOURCES = 160
"""So many have every kind of trouble among them."""


def find_resource(stage: AppStage, plight: Condition, service: str = "") -> Resource:
    """Return a main resource of a plight, with a name or without."""
    return next(
        each
        for each in stage.sandbox.account.resources.list_all()
        if each.condition is plight and each.parent is None and each.offer.service.abbreviation.startswith(service)
    )


async def open_renewal_periods(stage: AppStage) -> str:
    """Go to Renewal Periods and wait until all is read."""
    await stage.press("2")
    return await stage.wait_for("[2 Renewal Periods]", "renewal period", without="Loading")


async def select_resource(stage: AppStage, resource: Resource) -> None:
    """Mark this one alone."""
    await stage.apply_filter(f"id:{resource.resource_id} is:primary")
    await stage.press("a")
    await stage.wait_for("selected 1")


async def run_to_end(stage: AppStage) -> str:
    """Go from the marks through review and confirmation to the end of the run; return its page."""
    await stage.press("p")
    await stage.wait_for("Review:", "1 item", " note", without="Loading")
    await confirm_plan(stage)
    return await stage.wait_for("Ended. q closes this page")


async def test_each_tab_has_its_part_of_one_listing(tmp_path: Path) -> None:
    """What has not begun is under Inactive only; switching costs no listing, and marks stay with their tab."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        active = stage.active_count
        await stage.press("a")
        await stage.wait_for("selected", "skipped")
        stage.set_faults({"operation": "query_resources", "action": "error", "status": 500})
        await stage.press("3")
        inactive = RESOURCES - active
        assert inactive
        screen = await stage.wait_for(f"shown {inactive} of {inactive}", "selected 0", "[3 Inactive]")
        assert "begins" in screen
        await stage.press("space")
        await stage.wait_for("selected 1")
        await stage.press("1")
        await stage.wait_for(f"shown {active} of {active}", "[1 Active Resources]", without="selected 1 ")
        await stage.press("4")
        await stage.wait_for("[4 Records]")
        await stage.press("3")
        await stage.wait_for("[3 Inactive]", "selected 1")


async def test_a_tab_keeps_its_filter_and_its_cursor(tmp_path: Path) -> None:
    """Coming back shows what was left."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        await stage.apply_filter("ecs in use")
        await stage.press("j", "j", "y")
        before = stage.lines[-2]
        await stage.press("3")
        await stage.wait_for("[3 Inactive]", without="/ ecs")
        await stage.press("1")
        await stage.wait_for("/ ecs in use")
        await stage.press("y")
        assert stage.lines[-2] == before


async def test_a_renewed_period_goes_and_the_resource_stays(tmp_path: Path) -> None:
    """From the list to the record: full refund, no fee, nothing to tick; then the row is gone from the tab."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        await open_renewal_periods(stage)
        resource = find_resource(stage, Condition.RENEWED)
        before = resource.expire
        await select_resource(stage, resource)
        await stage.press("p")
        await stage.wait_for(
            "Review: unsubscribe from the renewal periods of 2 resources", "renewal period", "the resources stay"
        )
        await stage.wait_for("fee 0.00", "estimate)", without="Loading")
        await stage.press("v")
        await stage.wait_for("renewed for", "the resource stays")
        await stage.press("G")
        await stage.wait_for("Nothing is deleted", without="Permanently deleted")
        await stage.press("q", "q")
        await stage.wait_for("[2 Renewal Periods]")
        screen = await run_to_end(stage)
        assert "1 completed" in screen
        await stage.press("G")
        await stage.wait_for("exact: paid", "as estimated")
        assert resource.expire < before
        assert resource.status == 2
        await stage.press("q")
        await stage.wait_for("selected 0", "shown 0 of", without="Loading")
        await stage.press("4")
        await stage.wait_for("[4 Records]", "1 completed")


async def test_what_has_not_begun_is_given_back_in_full(tmp_path: Path) -> None:
    """The Inactive tab: full refund, no fee; the resource is gone afterwards."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        resource = find_resource(stage, Condition.NOT_STARTED, "OBS")
        await stage.press("3")
        await stage.wait_for("[3 Inactive]")
        await select_resource(stage, resource)
        await stage.press("p")
        await stage.wait_for("Review:", "fee 0.00", without="Loading")
        await stage.press("enter")
        await stage.wait_for("not begun: full refund")
        await stage.press("q")
        await stage.press("q")
        screen = await run_to_end(stage)
        assert "1 completed" in screen
        assert resource.status == 3


async def test_the_list_says_why_a_renewal_cannot_be_given_up(tmp_path: Path) -> None:
    """What the list and the orders show is a reason at the row, not a surprise later."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        await open_renewal_periods(stage)
        await stage.apply_filter(f"id:{find_resource(stage, Condition.ATTACHED_AFTER_RENEWAL).resource_id}")
        await stage.press("space")
        await stage.wait_for("a resource was attached after the renewal was paid", "selected 0")


@pytest.mark.parametrize(
    ("plight", "words"),
    [
        (Condition.SPEC_CHANGED_AFTER_RENEWAL, "specification changed after"),
        (Condition.UNPAID, "blocked by an order"),
    ],
    ids=str,
)
async def test_the_review_says_what_the_orders_speak_against(tmp_path: Path, plight: Condition, words: str) -> None:
    """Refused before the confirmation, with the reason."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        await open_renewal_periods(stage)
        await select_resource(stage, find_resource(stage, plight))
        await stage.press("p")
        await stage.wait_for("Review:", "x 1 not possible", words, without="Loading")


@pytest.mark.parametrize(
    ("plight", "words"),
    some(
        [
            (Condition.HAS_BANDWIDTH_ADDON, "Unsubscribe from its bandwidth add-on package first."),
            (Condition.IN_TRANSACTION, "Another transaction holds the resource"),
            (Condition.INVOICED, "An invoice was issued for it"),
            (Condition.RENEWED_IN_PROMOTION, "CBC.99003645"),
        ],
        1,
    ),
    ids=str,
)
async def test_the_result_says_what_only_the_service_knows(tmp_path: Path, plight: Condition, words: str) -> None:
    """Rejected with the vendor's code and what to do; the record has it."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        await open_renewal_periods(stage)
        await select_resource(stage, find_resource(stage, plight))
        await run_to_end(stage)
        await stage.press("G")
        screen = " ".join((await stage.wait_for("failed")).split())
        assert words in screen


@pytest.mark.parametrize(
    ("operation", "words"),
    [("show_order", "Not loaded, so renewal periods may be missing"), ("list_orders", "renewals not loaded")],
)
async def test_orders_that_cannot_be_read_are_named(tmp_path: Path, operation: str, words: str) -> None:
    """Some of them, or all: a word that periods may be missing, with the reason, and r tries again."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        stage.set_faults({"operation": operation, "action": "error", "status": 403, "error_code": "CBC.0151"})
        await open_renewal_periods(stage)
        await stage.wait_for(words)
        stage.set_faults()
        await stage.press("r")
        await stage.wait_for("renewal period", "..", without=words)


async def test_what_is_not_allowed_is_a_view_with_reasons(tmp_path: Path) -> None:
    """`b` shows what cannot be unsubscribed and why, and all again."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        await stage.press("b")
        screen = await stage.wait_for("/ is:blocked", "not selectable because", "expired: cannot be unsubscribed")
        assert "only individually" not in screen
        await stage.press("b")
        await stage.wait_for(f"shown {stage.active_count} of {stage.active_count}")


async def test_an_order_is_asked_for_once_it_is_typed(tmp_path: Path) -> None:
    """`order:` and enter: the service tells which resources it bought."""
    async with run_app(tmp_path, resources=RESOURCES) as stage:
        resource = find_resource(stage, Condition.SOLUTION)
        order = stage.sandbox.account.get_purchase(resource.purchase_number).orders[0]
        bought = stage.sandbox.account.resources.in_purchase(resource.purchase_number)
        await stage.press("slash", *f"order:{order.order_id}", "enter")
        await stage.wait_for(f"shown {len(bought)} of", f"Order {order.order_id}: {len(bought)} resources")


async def test_what_may_stay_behind_is_said_before_and_after(tmp_path: Path) -> None:
    """A disk that is named like the server, beside it: named in the review, and again with the result."""
    async with run_app(tmp_path, resources=RESOURCES, hostile=False, size=(80, 50)) as stage:
        estate = stage.sandbox.account.resources
        server = next(
            each
            for each in estate.list_all()
            if each.offer.service.abbreviation == "ECS"
            and not each.parent
            and each.condition is Condition.NORMAL
            and len(each.name) > 3
        )
        disk = next(
            each
            for each in estate.list_all()
            if each.offer.service.abbreviation == "EVS" and not each.parent and each.condition is Condition.NORMAL
        )
        disk.name, disk.region = f"{server.name}-data", server.region
        await stage.press("r")
        await stage.wait_for("changed")
        await select_resource(stage, server)
        await stage.press("p")
        await stage.wait_for("~ 1 may remain and keep billing", f" ~  {disk.name[:9]}", without="Loading")
        await stage.press("v", "G")
        await stage.wait_for("May remain and keep billing: 1", f"{disk.name}")
        await stage.press("q", "q")
        await stage.wait_for("[1 Active Resources]")
        await run_to_end(stage)
        await stage.wait_for("May remain and keep billing: 1")
        await stage.press("v", "G")
        await stage.wait_for("May remain and keep billing: 1", f"{disk.name}")
        assert disk.status == 2
