"""Commands on an account whose list of resources changes on every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.connections import make_sandbox
from tests.support.program_process import run_json, run_program
from tests.support.served_sandbox import serve
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox with several pages of resources, which move by three rows before each page."""
    sandbox = make_sandbox(1600, settle_seconds=0.0)
    sandbox.account.behavior = Behavior(settle_seconds=0, moved_rows=3)
    monkeypatch.chdir(tmp_path)
    with serve(sandbox, monkeypatch):
        yield sandbox


def single_disks(sandbox: Sandbox) -> list[str]:
    """Return the ids of disks without anything attached, in use."""
    return [
        each.resource_id
        for each in sandbox.account.resources.list_all()
        if each.offer.service.code.endswith(".ebs")
        and each.parent is None
        and not each.attached
        and each.condition is Condition.NORMAL
    ]


def test_list_says_that_rows_may_be_missing(account: Sandbox) -> None:
    """Exit code 0 in every format; the warning is on stderr, and the number in the JSON document."""
    listed = run_program("list", "--format", "json")
    assert listed.returncode == ExitCode.OK
    document = run_json("list")
    assert document["rows_at_risk"] > 0
    everything = {each.resource_id for each in account.account.resources.list_all()}
    shown = [each["resource_id"] for each in document["resources"]]
    assert len(set(shown)) == len(shown) >= len(everything) - document["rows_at_risk"]
    assert everything.issuperset(shown)
    assert "changed while reading" in listed.stderr
    assert "may be missing" in listed.stderr
    table = run_program("list")
    assert (table.returncode, "changed while reading" in table.stderr) == (ExitCode.OK, True)
    account.account.behavior = Behavior()
    assert run_json("list")["rows_at_risk"] == 0


def test_plans_and_runs_from_it(account: Sandbox) -> None:
    """What is planned is read again by id, also if it was not among the rows; the plan file then runs."""
    first, *others = single_disks(account)[:20]
    assert run_program("plan", first, *others, "-o", "plan.json").returncode == ExitCode.OK
    preview = run_program("apply", "plan.json")
    assert preview.returncode == ExitCode.OK, preview.stderr
    phrase = preview.stdout.rpartition("confirm: ")[2].strip()
    done = run_program("apply", "plan.json", "--confirm", phrase)
    assert done.returncode == ExitCode.OK, done.stderr
    executed = sorted(one for each in account.account.request_log for one in each.executed)
    assert executed == sorted([first, *others])


def test_doctor_tells(account: Sandbox) -> None:
    """The check is a warning while the list moves, and ok once it stands still."""
    for behavior, state in ((Behavior(moved_rows=3), "warning"), (Behavior(), "ok")):
        account.account.behavior = behavior
        checks = run_json("doctor")["checks"]
        (check,) = [each for each in checks if each["name"] == "list"]
        assert check["state"] == state
