"""The scripts of docs/automation.md, run by a shell as the page has them."""

from __future__ import annotations

import csv
import json
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.command_steps import apply_plan, change_policy, list_rows, write_plan
from tests.cli.page_scripts import read_scripts, run_shell
from tests.support.program_process import only_run, run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

SCRIPTS = read_scripts("automation")


@pytest.fixture(autouse=True)
def _environment(account: Sandbox, program_on_path: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The account of the sandbox, the program under its name, and a record of its own."""
    monkeypatch.setenv("UNSUB_STATE_DIR", str(tmp_path / "state"))


def run_script(title: str, code: int = 0) -> str:
    """Run the script below a title, which ends with this code; return its stdout."""
    return run_shell(SCRIPTS[title], code=code).stdout


def read_outcomes() -> dict[str, str]:
    """Return the outcome of each resource in the result of a run."""
    with Path("result.csv").open(encoding="utf-8", newline="") as file:
        return {row["resource_id"]: row["outcome"] for row in csv.DictReader(file)}


def test_scripts_are_short() -> None:
    """Each can be read at once, and no title is missing."""
    assert set(SCRIPTS) == {
        *("Nightly report", "Plan", "Approve", "Apply and follow", "Auto-renewal off for a month"),
        *("Sign the approval", "Check the signature", "Sweep over profiles"),
        *("Compare the record with the account's orders", "Monitoring check", "Check of expiries"),
    }
    assert all(script.count("\n") <= 15 for script in SCRIPTS.values())


def test_nightly_report(account: Sandbox) -> None:
    """The mail counts the candidates and contains them and what is unknown; without permission it says why."""
    account.auth_state.deny("ecs:cloudServers:list")
    run_script("Nightly report")
    mail = Path("mail.txt").read_text(encoding="utf-8")
    with Path("report.csv").open(encoding="utf-8", newline="") as file:
        count = len(list(csv.DictReader(file)))
    assert count
    assert mail.startswith(f"Subject: Cleanup: {count} candidates\nTo: ")
    assert "\nUnknown: servers in " in mail
    account.auth_state.deny("bss:renewal:view", "billing:subscription:view")
    run_script("Nightly report", code=3)
    assert Path("mail.txt").read_text(encoding="utf-8").startswith("Subject: Cleanup: no report (exit code 3)\n")


def test_plan_approve_apply_and_follow(account: Sandbox) -> None:
    """Nothing is sent before the approval; then exactly the plan is; orders, record and monitoring agree."""
    run_script("Plan")
    run_script("Approve")
    assert not account.account.request_log
    planned = {item["resource"]["resource_id"] for item in json.loads(Path("plan.json").read_text())["plan"]["items"]}
    run_script("Apply and follow")
    assert read_outcomes() == dict.fromkeys(planned, "settled")
    lines = run_script("Compare the record with the account's orders").splitlines()
    assert all(line.startswith("others ") for line in lines)
    assert run_script("Monitoring check") == "OK: nothing is pending\n"
    assert run_json("runs", "--open", "--exit-code")["runs"] == []


def test_check_of_expiries(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What expires is critical, what has unknown tags a warning, and what could not be read no all-clear."""
    assert "tag:env=prod" in SCRIPTS["Check of expiries"]
    monkeypatch.setenv("FILTER", "tag:env=prod !is:auto-renew")
    expiring = list_rows("--filter", os.environ["FILTER"])
    assert expiring
    line = run_script("Check of expiries", code=2)
    assert line.startswith(f"CRITICAL: {len(expiring)} expire, ")
    assert all(row["resource_id"] in line for row in expiring)
    monkeypatch.setenv("FILTER", f"{os.environ['FILTER']} type:ecs")
    account.auth_state.deny("list_servers_details", "list_cloud_servers", "list_all_resources")
    assert run_script("Check of expiries", code=1).startswith("WARNING: 0 expire, ")
    account.auth_state.deny("bss:renewal:view", "billing:subscription:view")
    assert run_script("Check of expiries", code=3).startswith("UNKNOWN: unsub-tui list ended with 3: ")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_a_signed_approval(tmp_path: Path) -> None:
    """The signature of an approver is accepted; another digest, or a key that is not on the list, is not."""
    keys = tmp_path / "home" / ".ssh"
    keys.mkdir(mode=0o700)
    for name in ("id_ed25519", "other"):
        run_shell(f"ssh-keygen -q -t ed25519 -N '' -f {keys / name}")
    approver = f'alice@example.com namespaces="unsub-tui" {(keys / "id_ed25519.pub").read_text()}'
    Path("allowed_signers").write_text(approver)
    Path("approval.txt").write_text("digest\nphrase\n")
    run_script("Sign the approval")
    assert "alice@example.com" in run_script("Check the signature")
    Path("approval.txt").write_text("another digest\nphrase\n")
    run_script("Check the signature", code=255)
    for suffix in ("", ".pub"):
        (keys / f"other{suffix}").replace(keys / f"id_ed25519{suffix}")
    Path("approval.txt.sig").unlink()
    run_script("Sign the approval")
    run_script("Check the signature", code=255)


def test_a_plan_that_changed_after_its_approval(account: Sandbox) -> None:
    """The digest is no longer that of the approval: exit code 7, nothing is sent, nothing is recorded."""
    run_script("Plan")
    run_script("Approve")
    plan = json.loads(Path("plan.json").read_text())["plan"]
    change_policy(account, plan["items"][0]["resource"]["resource_id"])
    run_script("Apply and follow", code=7)
    assert not account.account.request_log
    assert not Path("result.csv").exists()


def test_auto_renewal_off_for_a_month(monkeypatch: pytest.MonkeyPatch, account: Sandbox) -> None:
    """All that auto-renew and expire in the month are changed, and nothing is unsubscribed from."""
    renewing = [row for row in list_rows("--filter", "is:auto-renew is:eligible") if row["status"] == 2]
    monkeypatch.setenv("MONTH", renewing[0]["expire_time"][:7])
    run_script("Auto-renewal off for a month")
    run_script("Approve")
    run_script("Apply and follow")
    assert set(read_outcomes().values()) == {"settled"}
    assert renewing[0]["resource_id"] in read_outcomes()
    assert not list_rows("--filter", f"is:auto-renew is:eligible expires:{os.environ['MONTH']}")
    assert not account.account.request_log
    run_script("Auto-renewal off for a month", code=10)
    assert not Path("plan.json").exists()


def test_sweep_over_profiles(account: Sandbox) -> None:
    """One line for the account, although two profiles belong to it, and one for the profile that cannot be read."""
    keys = Path.home() / ".config/unsub-tui/credentials.toml"
    keys.parent.mkdir(parents=True, mode=0o700)
    keys.touch(mode=0o600)
    pair = f'access_key = "{account.access_key}"\nsecret_key = "{account.secret_key}"\n'
    keys.write_text(f"[a]\n{pair}[b]\n{pair}[old]\n{pair.replace(account.access_key, 'OLDKEY')}")
    failed, costs = run_script("Sweep over profiles", code=5).splitlines()
    assert failed.startswith("not read old ")
    document = json.loads(Path("sweep.json").read_text(encoding="utf-8"))
    amounts = [row["monthly_cost"] for row in document["candidates"] if row["profile"] == "a"]
    assert costs.split()[:1] == [account.domain_id]
    assert Decimal(costs.split()[2]) == sum(Decimal(each or 0) for each in amounts)


@pytest.mark.parametrize("account", [3600.0], indirect=True)
def test_pending_items_are_a_warning() -> None:
    """While an order is in progress, the check ends with 1 and names the run, which `runs --open` lists."""
    write_plan(2)
    assert apply_plan("--timeout", "1").returncode == ExitCode.UNKNOWN
    run = only_run()["run_id"]
    assert run_script("Monitoring check", code=1) == f"WARNING: pending items, run unsub-tui resume: {run}\n"
    assert [each["run_id"] for each in run_json("runs", "--open", "--since", "1d")["runs"]] == [run]
    assert run_program("runs", run, "--exit-code").returncode == ExitCode.UNKNOWN
    assert run_program("runs", run, "--open").returncode == ExitCode.USAGE


def test_a_record_that_is_not_sound_is_critical(tmp_path: Path) -> None:
    """The check ends with 2 and has the reason."""
    runs = tmp_path / "state" / "runs"
    runs.mkdir(parents=True, mode=0o700)
    runs.parent.chmod(0o700)
    record = runs / "acc-1.db"
    record.write_bytes(b"not a database")
    record.chmod(0o600)
    assert run_script("Monitoring check", code=2).startswith("CRITICAL: the record is not sound or cannot be read: ")
