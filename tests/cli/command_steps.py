"""What tests of commands do again and again: list resources, choose disks, write a plan, apply it."""

from __future__ import annotations

import subprocess
from typing import Any

from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.sandbox import Sandbox


def list_rows(*arguments: str) -> list[dict[str, Any]]:
    """Return the account's resources."""
    rows: list[dict[str, Any]] = run_json("list", *arguments)["resources"]
    return rows


def disks(count: int) -> list[str]:
    """Return ids of disks that can go in a batch."""
    fit = [row for row in list_rows() if row["batch_eligible"] and row["service_type_code"].endswith("ebs")]
    return [row["resource_id"] for row in fit if "stage" in row["resource_name"] or row["resource_name"].isascii()][
        :count
    ]


def write_plan(count: int, *more: str) -> list[str]:
    """Write `plan.json` of so many disks; return their ids."""
    ids = disks(count)
    result = run_program("plan", *ids, "-o", "plan.json", *more)
    assert result.returncode == ExitCode.OK, result.stderr
    return ids


def phrase_of(review: subprocess.CompletedProcess[str]) -> str:
    """Return the phrase on the last line of a review."""
    assert review.returncode == ExitCode.OK, review.stderr
    last = review.stdout.splitlines()[-1]
    assert last.startswith("confirm: ")
    return last.removeprefix("confirm: ")


def review_phrase() -> str:
    """Return the phrase that confirms `plan.json` now."""
    return phrase_of(run_program("apply", "plan.json"))


def apply_plan(*more: str) -> subprocess.CompletedProcess[str]:
    """Apply `plan.json` with the phrase of its review."""
    return run_program("apply", "plan.json", "--confirm", review_phrase(), *more)


def get_resource(account: Sandbox, resource_id: str) -> Resource:
    """Return a resource of the sandbox."""
    found = account.account.resources.get(resource_id)
    assert found is not None
    return found


def change_policy(account: Sandbox, resource_id: str) -> None:
    """Let somebody switch what happens at a resource's expiry."""
    resource = get_resource(account, resource_id)
    resource.policy = 2 if resource.policy != 2 else 0
    account.account.resources.clear_cache()
