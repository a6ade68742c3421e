"""Guards on what the services say, in `plan`, `apply` and `doctor`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command_steps import list_rows, phrase_of
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox


def planned_in(file: str) -> set[str]:
    """Return the ids of the items of a plan file."""
    return {each["resource"]["resource_id"] for each in json.loads(Path(file).read_text())["plan"]["items"]}


def servers() -> list[str]:
    """Return ids of servers that can go in a batch."""
    rows = list_rows()
    return [
        row["resource_id"]
        for row in rows
        if row["batch_eligible"] and row["service_type_code"].endswith("ec2") and row["resource_name"].isascii()
    ]


def test_plan_and_apply_refuse_what_is_not_stopped(account: Sandbox, config: Path) -> None:
    """Both read it first, whether or not findings are shown; the reason names status, guard and file."""
    ids = servers()
    config.write_text("refuse_running = true")
    result = run_program("plan", *ids, "--no-inventory", "-o", "plan.json")
    assert result.returncode == ExitCode.SOME_FAILED, result.stderr
    said = " ".join(result.stderr.split())
    assert f"its status is ACTIVE: refuse_running = true ({config})" in said
    stopped = planned_in("plan.json")
    assert stopped

    config.write_text("")
    run_program("plan", *ids, "-o", "all.json")
    assert len(stopped) < len(planned_in("all.json"))
    config.write_text("refuse_running = true")
    shown = run_program("apply", "all.json")
    assert "is not stopped, its status is ACTIVE" in " ".join(shown.stdout.split())
    done = run_program("apply", "all.json", "--confirm", phrase_of(shown))
    assert done.returncode == ExitCode.SOME_FAILED, done.stderr
    executed = {each for each in ids if account.account.executions(each)}
    assert executed
    assert executed <= stopped  # Huawei Cloud may reject one of them, such as a frozen server


def test_apply_accepts_items_without_a_backup_only_by_its_option(account: Sandbox, config: Path) -> None:
    """They are refused one by one without it; with it, the phrase confirms them and the record names them."""
    config.write_text('require_backup = "7d"')
    run_program("plan", *servers(), "-o", "plan.json")
    planned = planned_in("plan.json")
    refusing = run_json("apply", "plan.json", code=ExitCode.GUARD)  # nothing is left to submit
    refused = {each["resource_id"] for each in refusing["refused"] if each["blocked_reason"] == "no_backup"}
    assert refused
    words = "without a backup of the last 7 days"
    assert words not in json.dumps(refusing["risks"])
    accepting = run_json("apply", "plan.json", "--accept", "no-backup")
    assert words in json.dumps(accepting["risks"])
    assert {each["resource_id"] for each in accepting["items"]} == planned
    phrase = phrase_of(run_program("apply", "plan.json", "--accept", "no-backup"))
    assert run_program("apply", "plan.json", "--confirm", phrase).returncode == ExitCode.GUARD
    assert not account.account.request_log
    page = " ".join(run_program("apply", "plan.json", "--accept", "no-backup", "--confirm", phrase).stdout.split())
    assert any(account.account.executions(each) for each in refused)
    assert f"accepted: {len(refused)} items without a backup of the last 7 days" in page
    assert page.count("accepted without a backup of the last 7 days") == len(refused)
    recorded = run_json("runs", page.split()[1])["items"]  # "Run ID …"
    assert set(accepting["missing_backup_ids"]) == refused
    assert {each["resource_id"] for each in recorded if each["missing_backup_days"] == 7} == refused


def test_tags_that_cannot_be_read_may_protect(account: Sandbox, config: Path) -> None:
    """Without the permission, nothing with such a guard can be planned; the message names the permission."""
    config.write_text('protected = ["tag:env=prod"]')
    account.auth_state.deny("ecs:cloudServers:list")
    result = run_program("plan", *servers()[:2], "-o", "plan.json")
    assert result.returncode == ExitCode.NOTHING_TO_DO
    assert "so it may be protected: protected = tag:env=prod" in " ".join(result.stderr.split())
    assert "ecs:cloudServers:list" in result.stderr
    assert not Path("plan.json").exists()


def test_doctor_counts_the_resources_with_a_tag(account: Sandbox, config: Path) -> None:
    """By the lists of the services; a tag of no resource may be misspelt; unknown tags are said."""
    config.write_text('protected = ["tag:env=prod", "tag:evn=prod"]')
    rows = json.loads(run_program("doctor", "--format", "json").stdout)["checks"]
    found = {row["value"].split(" (")[0]: row for row in rows if row["area"] == "guards" and row["name"] == "protected"}
    assert (found["tag:env=prod"]["state"], found["tag:evn=prod"]["state"]) == ("ok", "warning")
    assert "tags of" in found["tag:env=prod"]["value"]
    account.auth_state.deny("query_resources")
    shown = run_program("doctor").stdout
    assert "not counted" in " ".join(shown.split())
