"""Renewal Periods in a pseudo-terminal of 80x24, from the list to the record; and its twins without a screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program.terminal_steps import confirm_plan
from tests.support.connections import make_sandbox
from tests.support.program_process import only_run, run_json, run_program
from tests.support.pseudo_terminal import Terminal
from tests.support.served_sandbox import serve
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox on a socket that settles at once, the environment that points there, a directory for files."""
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    with serve(make_sandbox(160), monkeypatch) as sandbox:
        yield sandbox


def renewed(account: Sandbox) -> Resource:
    """Return a main resource that was renewed ahead of time."""
    return next(
        each for each in account.account.resources.list_all() if each.condition is Condition.RENEWED and not each.parent
    )


def test_a_renewed_period_by_keys(account: Sandbox) -> None:
    """Tab, filter, mark, review, confirm, run, record: the period is given back, the resource stays."""
    resource = renewed(account)
    before = resource.expire
    with Terminal() as terminal:
        terminal.wait_for("[1 Active Resources]  2 Renewal Periods  3 Inactive  4 Records", "shown 155 of 155")
        terminal.press("2")
        terminal.wait_until(lambda screen: "renewal period" in screen and "Loading" not in screen, "the renewals")
        terminal.press("/")
        terminal.type(f"id:{resource.resource_id}")
        terminal.wait_for("shown 1 of")
        terminal.press("enter", "g", "space")
        terminal.wait_for("selected 1")
        not_yet = "The renewal orders are not loaded completely yet."
        terminal.press("p")
        terminal.wait_until(lambda screen: "unsubscribe from the renewal" in screen or not_yet in screen, "the review")
        while not_yet in terminal.text:  # on a busy machine, the last orders may be on their way
            terminal.press("p")
            terminal.read_output(0.5)
        terminal.wait_for("unsubscribe from the renewal periods of 2 resources", "the resource stays")
        confirm_plan(terminal)
        terminal.wait_for("Ended", "1 completed")
        terminal.press("q")
        terminal.wait_for("[2 Renewal Periods]", "selected 0")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
    (item,) = only_run()["items"]
    assert item["outcome"] == "settled"
    assert resource.status == 2
    assert resource.expire < before
    assert account.account.request_log[0].resource_ids == (resource.resource_id,)


@pytest.mark.long
def test_a_renewed_period_without_a_screen(account: Sandbox) -> None:
    """`list --tab renewal`, `plan --kind renewal`, `apply`: the same, by a script."""
    resource = renewed(account)
    before = resource.expire
    listed = run_json("list", "--tab", "renewal")["resources"]
    (row,) = [each for each in listed if each["resource_id"] == resource.resource_id]
    assert row["batch_eligible"]
    assert row["pending_from"] < row["pending_until"] == row["expire_time"]
    assert row["new_expiry"] < row["pending_from"]
    assert run_program("plan", "--kind", "renewal", resource.resource_id, "-o", "plan.json").returncode == 0
    assert json.loads(Path("plan.json").read_text(encoding="utf-8"))["plan"]["action"] == "renewal"
    shown = run_program("apply", "plan.json")
    assert "Nothing is deleted" in shown.stdout
    phrase = re.findall(r"^confirm: (.+)$", shown.stdout, re.MULTILINE)[-1]
    done = run_program("apply", "plan.json", "--confirm", phrase)
    assert (done.returncode, "+ completed · " in done.stdout) == (0, True), done.stderr
    assert resource.expire < before
    assert resource.status == 2


def test_tabs_share_the_account_among_them(account: Sandbox) -> None:
    """Active and Inactive together are the whole list; a tab that contradicts the kind is wrong usage."""
    ids = {
        tab: {each["resource_id"] for each in run_json("list", *tab)["resources"]}
        for tab in ((), ("--tab", "active"), ("--tab", "inactive"))
    }
    everything, active, inactive = ids.values()
    assert active | inactive == everything
    assert not active & inactive
    assert len(inactive) == 5
    assert run_program("plan", "--kind", "renewal", "--tab", "active", "ecs-1", "-o", "-").returncode == 2


def test_what_has_no_renewal_is_refused_by_name(account: Sandbox) -> None:
    """A named resource without a renewed period is told with its reason, and no file is written."""
    plain = next(
        each for each in account.account.resources.list_all() if each.condition is Condition.NORMAL and not each.parent
    )
    refused = run_program("plan", "--kind", "renewal", plain.resource_id, "-o", "plan.json")
    assert refused.returncode == ExitCode.NOTHING_TO_DO
    assert "no paid renewal" in refused.stderr
    assert not Path("plan.json").exists()


def test_an_order_finds_its_resources(account: Sandbox) -> None:
    """`order:` in a command asks the service."""
    resource = renewed(account)
    order = account.account.get_purchase(resource.purchase_number).orders[0]
    listed = run_json("list", "--filter", f"order:{order.order_id}")["resources"]
    assert {each["resource_id"] for each in listed} == {
        each.resource_id for each in account.account.resources.in_purchase(resource.purchase_number)
    }
