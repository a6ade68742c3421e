"""Auto-renewal and pay-per-use by keys alone: done, seen in the record, and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button

from tests.app.stage import FROZEN_NOW, AppStage, acknowledge_risks, run_app
from tests.support.effort import some
from unsub_tui.domain.guards import Guards
from unsub_tui.sandbox.models import Resource, ResourceStatus

AUTOMATIC = 3
MANY = 200
"""Resources, so that there are disks that renew themselves and others."""


def disks(stage: AppStage, *, automatic: bool | None = None) -> list[Resource]:
    """Return the disks in use that can be marked."""
    return [
        one
        for one in stage.sandbox.account.resources.list_all()
        if one.parent is None
        and one.offer.service.code == "hws.service.type.ebs"
        and one.status is ResourceStatus.IN_USE
        and (automatic is None or (one.policy == AUTOMATIC) is automatic)
    ]


def exported_file(directory: Path, ending: str = "csv") -> str:
    """Return the one file of a directory with this ending."""
    (found,) = directory.glob(f"*.{ending}")
    return found.read_text()


async def select_disks(stage: AppStage) -> int:
    """Mark all disks in use; return how many."""
    await stage.apply_filter("evs in use")
    await stage.press("a")
    screen = await stage.wait_for("· selected ", "skipped")
    return int(screen.split("· selected ")[1].split()[0])


async def confirm_and_run(stage: AppStage) -> str:
    """Go on from a review to the end of the run, by typing the count and pressing the button; return the screen."""
    await stage.press("c")
    screen = await stage.wait_for("Type exactly:", "Still needed: the phrase", without="Reason for Huawei Cloud")
    assert "Acknowledge each" not in screen
    await stage.press(*screen.split("Type exactly: ")[1].split()[0])
    await stage.wait_for("Complete: ")
    await stage.press("enter", "enter")
    return await stage.wait_for("Ended. q closes this page")


@pytest.mark.parametrize("size", some([(80, 24), (120, 40)], 1), ids=some(["80x24", "120x40"], 1))
async def test_switched_off_and_on_again(tmp_path: Path, size: tuple[int, int]) -> None:
    """Marks, the menu, the review, the count, the result; one key on it undoes what was done."""
    async with run_app(tmp_path, resources=MANY, hostile=False, size=size) as stage:
        count, before = await select_disks(stage), disks(stage, automatic=True)
        assert 0 < len(before) < count
        await stage.press("A")
        screen = await stage.wait_for(f"For {count} selected resources", "auto-renewal off")
        assert f"for {len(before)} of {count}" in screen
        await stage.press("o")
        words = "No paid amount is lost. It can be undone: auto-renewal on"
        await stage.wait_for(f"Review: auto-renewal off for {len(before)} resources", words)
        await stage.press("enter")
        await stage.wait_for("now:  auto-renews", "then: grace period, then frozen and deleted")
        await stage.press("q")
        await stage.wait_for(words)
        await confirm_and_run(stage)
        assert not disks(stage, automatic=True)
        assert not stage.sandbox.account.request_log

        await stage.press("z")
        await stage.wait_for(f"Review: auto-renewal on for {len(before)} resources")
        await confirm_and_run(stage)
        assert disks(stage, automatic=True) == before


@pytest.mark.long
async def test_pay_per_use_of_one_row_and_undone_from_the_records(tmp_path: Path) -> None:
    """`U` asks for the row alone, marks or not; the record names what was done, and undoes it."""
    async with run_app(tmp_path, resources=MANY, hostile=False) as stage:
        await stage.apply_filter("evs in use")
        resource_id = next(each.resource_id for each in disks(stage) if each.policy == 0)
        await stage.press("escape")
        await stage.apply_filter(f"id:{resource_id}")
        await stage.press("U")
        await stage.wait_for("For this row only", "cancel pay-per-use at expiry", "not set")
        await stage.press("e")
        await stage.wait_for("Review: pay-per-use at expiry for 1 resource", "charged by the hour")
        await confirm_and_run(stage)
        assert [each.policy for each in disks(stage) if each.resource_id == resource_id] == [1]

        await stage.press("q", "4")
        await stage.wait_for("pay-per-use: 1", "1 completed")
        await stage.press("z")
        await stage.wait_for("Review: no pay-per-use at expiry for 1 resource")
        await confirm_and_run(stage)
        assert [each.policy for each in disks(stage) if each.resource_id == resource_id] == [0]


async def test_an_attached_row_is_about_its_main_resource(tmp_path: Path) -> None:
    """The menu says so, and names it."""
    async with run_app(tmp_path, resources=MANY, hostile=False) as stage:
        main = next(
            one
            for one in stage.sandbox.account.resources.list_all()
            if one.attached and one.status is ResourceStatus.IN_USE and one.effective <= FROZEN_NOW.timestamp()
        )
        await stage.apply_filter(f"id:{main.attached[0].resource_id}")
        await stage.press("U")
        await stage.wait_for("This row is attached. For its primary resource only", main.name)


async def test_the_review_of_an_unsubscription_leads_to_the_cheaper_way(tmp_path: Path) -> None:
    """It names the key; what is ticked is taken along, and nothing is sent by that."""
    async with run_app(tmp_path, resources=MANY, hostile=False) as stage:
        one = disks(stage, automatic=True)[0]
        await stage.apply_filter(f"id:{one.resource_id}")
        await stage.press("u")
        await stage.wait_for("Review: unsubscribe from 1 resource", "(A)", without="Loading")
        await stage.press("A", "o")
        await stage.wait_for("Review: auto-renewal off for 1 resource")
        await confirm_and_run(stage)
        assert not disks(stage, automatic=True) or one not in disks(stage, automatic=True)
        assert not stage.sandbox.account.request_log


async def test_only_the_count_arms_the_button_and_esc_cancels(tmp_path: Path) -> None:
    """The confirmation is lighter, not absent: the focus begins in the phrase, which has to be typed."""
    async with run_app(tmp_path, resources=MANY) as stage:
        await select_disks(stage)
        await stage.press("A", "o")
        await stage.wait_for("Review: auto-renewal off")
        await stage.press("c")
        await stage.wait_for("Still needed: the phrase")
        await stage.press("9", "9", "enter", "enter")
        await stage.wait_for("Still needed: the phrase (the typed text differs)")
        assert stage.app.screen.query_one("#go", Button).disabled
        await stage.press("escape")
        await stage.wait_for("Not confirmed; nothing was submitted")
        assert not stage.sandbox.account.policy_changes


async def test_guards_show_before_anything_can_be_confirmed(tmp_path: Path) -> None:
    """Too many items are refused in the review; read-only as well."""
    async with run_app(tmp_path, resources=MANY, hostile=False, guards=Guards(max_items=1)) as stage:
        await select_disks(stage)
        await stage.press("A", "o")
        await stage.wait_for("Review: auto-renewal off", "max_items = 1")
        await stage.press("c")
        await stage.wait_for("max_items = 1", without="Type exactly")
        await stage.press("ctrl+o", "c")
        await stage.wait_for("Read-only mode: nothing can be changed", without="Type exactly")


async def test_a_plan_can_be_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export has the changes instead of figures."""
    monkeypatch.chdir(tmp_path)
    async with run_app(tmp_path, resources=MANY, hostile=False) as stage:
        await select_disks(stage)
        await stage.press("A", "o")
        await stage.wait_for("Review: auto-renewal off")
        await stage.press("e", "c")
        await stage.wait_for("Save ")
        await stage.press("enter")
        await stage.wait_for("Saved as")
    assert '"autorenew-off"' in exported_file(tmp_path)


async def test_pay_per_use_now_on_the_china_site(tmp_path: Path) -> None:
    """Reviewed with its refund, agreed to, confirmed by the count without a reason; then it is no longer listed."""
    async with run_app(tmp_path, resources=MANY, hostile=False, site="cn") as stage:
        one = disks(stage)[0]
        await stage.apply_filter(f"id:{one.resource_id}")
        await stage.press("U", "i")
        await stage.wait_for(
            "Review: pay-per-use now for 1 resource",
            "stays, charged by the hour at an unknown price",
            without="Loading",
        )
        await stage.press("c")
        await stage.wait_for("Type exactly: 1", "It cannot be undone here", "Change 1 resource now", without="Reason")
        await acknowledge_risks(stage)
        await stage.press("1")
        await stage.wait_for("Complete: ")
        await stage.press("enter", "enter")
        screen = await stage.wait_for("Ended. q closes this page", "1 completed")
        assert "It can be undone" not in screen
        assert len(stage.sandbox.account.executions(one.resource_id)) == 1


async def test_pay_per_use_now_names_why_it_is_not_offered(tmp_path: Path) -> None:
    """On the other sites the menu has the reason, and so has its review."""
    async with run_app(tmp_path, resources=MANY, hostile=False) as stage:
        await stage.apply_filter(f"id:{disks(stage)[0].resource_id}")
        await stage.press("U")
        await stage.wait_for("pay-per-use now", "only in China")
        await stage.press("i")
        await stage.wait_for("only Huawei Cloud's", "China site changes to pay-per-use immediately")
        assert not stage.sandbox.account.request_log
