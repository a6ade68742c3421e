"""`plan --kind` and `apply` for what can be undone, as scripts use them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_steps import apply_plan, change_policy, get_resource, list_rows, phrase_of
from tests.support.connections import make_sandbox
from tests.support.program_process import only_run, run_program
from tests.support.served_sandbox import serve
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

POLICY_CHANGES = {"autorenew-off": (3, 0), "autorenew-on": (0, 3), "pay-per-use": (0, 1), "pay-per-use-off": (1, 0)}
"""Policies before and after."""


def resources_with_policy(account: Sandbox, count: int, policy: int) -> list[str]:
    """Return ids of main resources in use, with this policy from now on; of any service."""
    ids = [row["resource_id"] for row in list_rows() if row["batch_eligible"]][:count]
    for each in ids:
        account.account.set_policy(each, policy)
    account.account.policy_changes.clear()
    return ids


@pytest.mark.parametrize("kind", POLICY_CHANGES)
def test_plan_then_apply(account: Sandbox, kind: str) -> None:
    """The phrase binds the plan; no ticks and no money; the record names the action, and one request a unit left."""
    before, after = POLICY_CHANGES[kind]
    ids = resources_with_policy(account, 2, before)
    planned = run_program("plan", *ids, "--kind", kind, "-o", "plan.json", "--ticket", "CHG-9")
    assert planned.returncode == ExitCode.OK, planned.stderr
    document = json.loads(Path("plan.json").read_text())
    assert (document["plan"]["action"], document["totals"]) == (kind, [])
    shown = run_program("apply", "plan.json")
    phrase = phrase_of(shown)
    assert phrase.startswith("sandbox-estate 2 ")
    assert "It can be undone" in " ".join(shown.stdout.split())
    assert "By confirming, you acknowledge" not in shown.stdout
    assert not account.account.policy_changes

    done = run_program("apply", "plan.json", "--confirm", phrase)

    assert done.returncode == ExitCode.OK, done.stderr
    assert account.account.policy_changes == [(each, after) for each in ids]
    run = only_run()
    assert (run["action"], run["ticket"], run["reason"]) == (kind, "CHG-9", None)
    facts = [(each["action"], each["outcome"], each["order_id"], each["estimate"]) for each in run["items"]]
    assert facts == [(kind, "settled", None, None)] * 2
    assert kind in run_program("runs").stdout
    assert not account.account.request_log


def test_what_is_so_already_is_refused_and_what_drifted(account: Sandbox) -> None:
    """Named ones are told with their reason, when it is planned and when it is applied; the rest is done."""
    one, two, off = resources_with_policy(account, 3, 3)
    account.account.set_policy(off, 0)
    planned = run_program("plan", one, two, off, "--kind", "autorenew-off", "-o", "plan.json")
    assert planned.returncode == ExitCode.SOME_FAILED
    assert "auto-renewal is already off" in planned.stderr
    change_policy(account, two)
    done = apply_plan()
    assert done.returncode == ExitCode.SOME_FAILED, done.stderr
    assert (get_resource(account, one).policy, get_resource(account, two).policy) == (0, 2)


def test_a_filter_finds_what_to_change(account: Sandbox) -> None:
    """What the batch list forbids to unsubscribe together is planned together; amounts cannot be asked for."""
    found = run_program("plan", "--filter", "is:auto-renew", "--kind", "autorenew-off", "-o", "plan.json")
    assert found.returncode == ExitCode.OK, found.stderr
    items: list[dict[str, Any]] = json.loads(Path("plan.json").read_text())["plan"]["items"]
    renewing = [row for row in list_rows() if row["expire_policy"] == 3 and row["is_main_resource"]]
    fixed = [row for row in renewing if row["resource_type_code"] == "hws.resource.type.ip"]
    assert fixed
    assert len(items) == len(renewing) - len(fixed)
    assert f"Not possible: {len(fixed)} ({len(fixed)} renewal is fixed)" in found.stderr
    wrong = run_program("plan", "--filter", "refund<10", "--kind", "autorenew-off", "-o", "other.json")
    assert wrong.returncode == ExitCode.USAGE
    assert "cannot contain amounts" in wrong.stderr


def test_a_lost_answer_ends_unknown_and_resume_settles_it(account: Sandbox) -> None:
    """Exit 6; `resume` reads what came of it, and sends nothing."""
    (one,) = resources_with_policy(account, 1, 3)
    run_program("plan", one, "--kind", "autorenew-off", "-o", "plan.json")
    account.faults = parse_faults([{"operation": "autorenew_off", "calls": [1], "action": "drop_before"}])
    done = apply_plan("--timeout", "0")
    assert done.returncode == ExitCode.UNKNOWN, done.stderr
    account.account.set_policy(one, 0)  # a copy that was held up on its way is carried out after all
    settled = run_program("resume")
    assert settled.returncode == ExitCode.OK, settled.stderr
    assert [each["outcome"] for each in only_run()["items"]] == ["settled"]
    assert len(account.account.policy_changes) == 1


@pytest.fixture
def china(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """An account of the China site."""
    monkeypatch.chdir(tmp_path)
    sandbox = make_sandbox(80, site="cn")
    with serve(sandbox, monkeypatch):
        yield sandbox


def test_pay_per_use_immediately(china: Sandbox) -> None:
    """Reviewed with its refund, confirmed by a phrase with the count, done once, and not undone."""
    (row, *_) = [each for each in list_rows() if each["batch_eligible"] and each["service_type_code"].endswith("ebs")]
    planned = run_program("plan", row["resource_id"], "--kind", "pay-per-use-now", "-o", "plan.json")
    assert planned.returncode == ExitCode.OK, planned.stderr
    assert "refund" in planned.stderr
    shown = run_program("apply", "plan.json")
    words = " ".join(shown.stdout.split())
    assert "Will change to pay-per-use now: 1" in words
    assert "It cannot be undone here" in words
    assert "charged by the hour" in words

    done = run_program("apply", "plan.json", "--confirm", phrase_of(shown))

    assert done.returncode == ExitCode.OK, done.stderr
    assert len(china.account.executions(row["resource_id"])) == 1
    run = only_run()
    assert (run["action"], run["reason"]) == ("pay-per-use-now", None)
    (item,) = run["items"]
    assert (item["outcome"], item["exact"]["refund"] is not None) == ("settled", True)
    assert item["order_id"]
    again = run_program("plan", row["resource_id"], "--kind", "pay-per-use-now", "-o", "other.json")
    assert again.returncode != ExitCode.OK


def test_pay_per_use_immediately_is_for_china_only(account: Sandbox) -> None:
    """Elsewhere it is refused with the reason, and no file is written."""
    ids = resources_with_policy(account, 2, 0)
    refused = run_program("plan", *ids, "--kind", "pay-per-use-now", "-o", "plan.json")
    assert refused.returncode != ExitCode.OK
    assert "only Huawei Cloud's China site changes to pay-per-use immediately" in refused.stderr
    assert not Path("plan.json").exists()
    assert not account.account.request_log


def test_keys_without_the_permission(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The permission is named; nothing was sent that could have been done."""
    (one,) = resources_with_policy(account, 1, 3)
    run_program("plan", one, "--kind", "autorenew-off", "-o", "plan.json")
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", account.reader_access_key)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", account.reader_secret_key)
    done = apply_plan()
    assert done.returncode in {ExitCode.SOME_FAILED, ExitCode.CREDENTIALS}
    assert "billing:subscription:renew" in done.stderr
    assert "bss:renewal:update" in done.stderr
    assert not account.account.policy_changes
