"""`--filter` with findings of the inventory: the services are read first, and what they do not say is reported."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.command_steps import list_rows
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox


def ids(*arguments: str) -> list[str]:
    """Return the ids of the listed resources."""
    return [row["resource_id"] for row in list_rows(*arguments)]


@pytest.mark.usefixtures("account")
def test_a_term_and_its_negation_find_what_is_known() -> None:
    """All servers, databases and clusters run or do something else; disks are attached or not."""
    running, others = ids("--filter", "run:running"), ids("--filter", "!run:running")
    assert running
    assert not set(running) & set(others)
    attached, free = ids("--filter", "attached:yes"), ids("--filter", "attached:no")
    disks = ids("--filter", "type:evs")
    assert attached
    assert free
    assert {*attached, *free} <= set(disks)
    plan = run_json("quote", "--filter", "attached:no is:eligible")
    assert {each["resource_id"] for each in plan["quotes"]} <= set(free)


def test_a_denied_list_is_reported_and_matches_nothing(account: Sandbox) -> None:
    """One line for each list with its regions; the command is done all the same."""
    account.auth_state.deny("ecs:cloudServers:list")
    result = run_program("list", "--filter", "!run:stopped type:ecs", "--format", "json")
    assert result.returncode == ExitCode.OK
    lines = result.stderr.splitlines()
    assert (
        sum("Unknown: servers in " in line and line.endswith("not allowed: ecs:cloudServers:list") for line in lines)
        == 1
    )
    assert "unknown to the filter: neither it nor its negation finds" in result.stderr
    document = json.loads(result.stdout)
    assert document["resources"] == []
    assert f"{document['unknown_to_filter']} resources are unknown to the filter" in result.stderr
    assert run_json("list", "--filter", "type:ecs")["unknown_to_filter"] == 0
    assert ids("--filter", "attached:yes")


def test_without_endpoints_of_the_services_a_filter_says_so(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of hosts that the endpoint does not stand for."""
    assert account.service_apps
    for key in ("ECS", "EVS", "VPC", "RDS", "CCE", "CBR", "CES", "RMS"):
        monkeypatch.delenv(f"UNSUB_ENDPOINT_{key}", raising=False)
    result = run_program("list", "--filter", "tag:env")
    assert result.returncode == ExitCode.OK
    assert "not configured: with a custom endpoint, this service needs UNSUB_ENDPOINT_ECS" in result.stderr
    assert "unknown to the filter" in result.stderr


@pytest.mark.usefixtures("account")
def test_a_plan_by_backup_contains_what_was_seen() -> None:
    """`plan --filter backup:none` reads first, too."""
    none = ids("--filter", "backup:none is:eligible")
    result = run_program("plan", "--filter", "backup:none is:eligible is:primary", "-o", "plan.json")
    assert result.returncode in (ExitCode.OK, ExitCode.NOTHING_TO_DO), result.stderr
    assert none


@pytest.mark.usefixtures("account")
def test_with_inventory_each_row_has_its_facts() -> None:
    """Nested in JSON, as cells in CSV, as state and backup in the table; without the option nothing is read."""
    rows = list_rows("--inventory")
    facts = {row["resource_id"]: row["facts"] for row in rows if "facts" in row}
    assert {each["run_state"]["value"] for each in facts.values() if "run_state" in each} >= {"running"}
    assert {each["attached_to"]["state"] for each in facts.values() if "attached_to" in each} >= {"known"}
    assert not any("facts" in row for row in list_rows())
    text = run_program("list", "--inventory", "--format", "csv").stdout
    lines = {row["resource_id"]: row for row in csv.DictReader(io.StringIO(text))}
    for key, each in facts.items():
        state = each.get("run_state")
        if state is not None and state["state"] == "known":
            assert lines[key]["run_state"] == state["value"]
    jsonl = run_program("list", "--inventory", "--format", "jsonl").stdout.splitlines()
    assert {row["resource_id"]: row["facts"] for row in map(json.loads, jsonl) if "facts" in row}.keys() == facts.keys()
    table = run_program("list", "--filter", "run:running").stdout.splitlines()
    assert table[0].split()[-3:] == ["STATE", "BACKUP", "REASON"]
    assert all(" running " in line for line in table[1:])
    tagged = run_program("list", "--filter", "tag:env").stdout.splitlines()
    assert tagged[0].split()[-3:] == ["BACKUP", "TAGS", "REASON"]
    assert all("env=" in line for line in tagged[1:])


def test_metrics_are_read_of_the_servers_that_a_filter_leaves(account: Sandbox) -> None:
    """`quiet:` is known in commands: the metrics of servers that match the rest of the filter are read."""
    result = run_program("list", "--filter", "type:ecs quiet:30d")
    assert result.returncode == ExitCode.OK
    assert "Inventory: reading backups and metrics of " in result.stderr
    quiet, other = ids("--filter", "quiet:30d"), ids("--filter", "!quiet:30d")
    assert not set(quiet) & set(other)
    assert quiet or other
    databases = ids("--filter", "type:rds backup:any") + ids("--filter", "type:rds backup:none")
    assert databases
    account.auth_state.deny("ces:metricData:list")
    assert "Unknown: metrics in " in run_program("list", "--filter", "quiet:30d").stderr


def test_a_named_filter_reads_the_services_too(account: Sandbox, config: Path) -> None:
    """`--filter @NAME` with a finding in it."""
    assert account.service_apps
    config.with_name("filters.toml").write_text('stopped = "run:running"\n', encoding="utf-8")
    assert ids("--filter", "@stopped") == ids("--filter", "run:running")
