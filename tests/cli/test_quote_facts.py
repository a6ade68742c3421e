"""`quote --inventory`, `plan` and `apply`: the facts about the resources, and what could not be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.command_steps import list_rows
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

SERVER = "hws.resource.type.vm"


def servers_with_disks() -> list[str]:
    """Return the ids of some servers in use with attached resources."""
    rows = list_rows()
    parents = {each["parent_resource_id"] for each in rows}
    found = [each for each in rows if each["resource_type_code"] == SERVER and each["batch_eligible"]]
    return [each["resource_id"] for each in found if each["resource_id"] in parents][:3]


def quotes_of(*arguments: str) -> list[dict[str, Any]]:
    """Return the quotes of the JSON document."""
    quotes: list[dict[str, Any]] = run_json("quote", *arguments)["quotes"]
    return quotes


def test_facts_are_read_on_request(account: Sandbox) -> None:
    """Of the resources and of what is attached to them, each with source, place and time."""
    ids = servers_with_disks()
    assert not any("facts" in each for each in quotes_of(*ids))
    for each in quotes_of(*ids, "--inventory"):
        state = each["facts"]["run_state"]
        assert state["state"] in ("known", "unknown")
        assert state["source"] == "ecs:list_servers_details"
        assert state["where"]
        assert state["at"]
        assert each["facts"]["newest_backup"]["state"] in ("known", "none_seen", "unknown")
        assert [row["resource_id"] for row in each["attached_facts"]] == each["attached_resource_ids"]
    assert not account.account.request_log


def test_what_cannot_be_read_is_unknown_and_said(account: Sandbox) -> None:
    """A missing permission costs its findings; the quotes and the exit code are as before."""
    ids = servers_with_disks()
    account.auth_state.deny("list_backups")
    result = run_program("quote", *ids, "--inventory", "--format", "json")
    assert result.returncode == ExitCode.OK
    assert "backups" in result.stderr
    assert "not allowed: cbr:backups:list" in result.stderr
    for each in quotes_of(*ids, "--inventory"):
        backup = each["facts"]["newest_backup"]
        assert (backup["state"], backup["reason"]) == ("unknown", "no_permission")
        assert each["facts"]["run_state"]["state"] != "none_seen"


def test_facts_need_a_document(account: Sandbox) -> None:
    """A table has no place for them."""
    assert run_program("quote", "--inventory").returncode == ExitCode.USAGE
    assert not account.account.request_log


def test_a_plan_has_the_facts_for_its_readers(account: Sandbox) -> None:
    """By id, also of attached resources; `apply` reads them again, and relies on none of the file."""
    ids = servers_with_disks()
    account.auth_state.deny("list_backups")
    result = run_program("plan", *ids, "-o", "plan.json")
    assert result.returncode == ExitCode.OK, result.stderr
    assert "not allowed: cbr:backups:list" in result.stderr
    facts = json.loads(Path("plan.json").read_text(encoding="utf-8"))["facts"]
    assert facts.keys() > set(ids)
    for each in ids:
        assert facts[each]["run_state"]["source"] == "ecs:list_servers_details"
    previewed = run_json("apply", "plan.json")["items"]
    assert {each["resource_id"]: each["facts"]["run_state"]["source"] for each in previewed} == dict.fromkeys(
        ids, "ecs:list_servers_details"
    )
    assert not any("facts" in each for each in run_json("apply", "plan.json", "--no-inventory")["items"])
    assert run_program("plan", *ids, "--no-inventory", "-o", "plain.json").returncode == ExitCode.OK
    assert "facts" not in json.loads(Path("plain.json").read_text(encoding="utf-8"))
    assert not account.account.request_log
