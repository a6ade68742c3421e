from __future__ import annotations

import asyncio
import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_steps import apply_plan, list_rows, write_plan
from tests.support.program_process import run_json, run_program
from unsub_tui import __version__
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.contract import Assumption
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.resource import Catalog
from unsub_tui.engine.contract.answers import MAX_READS
from unsub_tui.engine.doctor import COUNT_LIMIT, list_small_account, protection_checks
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import journal_path, lock_path, prepare_directory
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The directory of records, which does not exist yet."""
    monkeypatch.setenv("UNSUB_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def doctor_facts(*, code: ExitCode = ExitCode.OK) -> dict[str, dict[str, Any]]:
    """Return what doctor says, by the names of the facts."""
    document = run_json("doctor", code=code)
    assert document["schema_version"] == 1
    return {check["name"]: check for check in document["checks"]}


def test_all_is_well(account: Sandbox) -> None:
    """Account, site, clock and every permission that can be tried; what cannot is named with its reason."""
    found = doctor_facts()
    assert account.domain_id in found["account"]["value"]
    assert found["site"]["value"] == "intl"
    assert found["in use"]["value"].startswith("SAND…01")
    optional = ("balance", "coupons", "enterprise_projects")
    tried = ("list_resources", "list_orders", "order", "refund_rows", "bills", *optional)
    assert {found[name]["state"] for name in tried} == {"ok"}
    assert found["unsubscribe"]["state"] == "untestable"
    assert "billing:subscription:unsubscribe" in found["unsubscribe"]["advice"]
    assert not account.account.request_log
    assert account.secret_key not in json.dumps(found)


def test_the_contract_is_checked_on_request(account: Sandbox) -> None:
    """An assumption that does not hold is no failure; nothing is changed."""
    assert run_json("doctor")["contract"] is None
    account.account.behavior = Behavior(counts_attached=False)
    contract = run_json("doctor", "--contract")["contract"]
    assert [(each["assumption"], each["result"]) for each in contract["findings"] if each["instead"]] == [
        ("total_counts_attached", "differs")
    ]
    assert contract["holds"] + contract["differs"] + contract["unchecked"] == len(contract["findings"])
    assert contract["reads"] <= MAX_READS
    shown = run_program("doctor", "--contract").stdout
    assert max(map(len, shown.splitlines()[:-1])) <= 80
    assert "the number of primary resources is the total" in " ".join(shown.split())
    assert not account.account.request_log


def last_line(*arguments: str) -> str:
    """Return the last line of doctor."""
    return run_program("doctor", *arguments).stdout.splitlines()[-1]


def test_the_last_line_is_for_a_bug_report(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions, system, site and contract; no account, and no secret."""
    account.account.behavior = Behavior(counts_attached=False)
    plain, checked = last_line(), last_line("--contract")
    versions = f"unsub-tui {__version__}; Python {platform.python_version()}; {platform.system()} {platform.machine()}"
    assert plain == f"{versions}; site intl; contract not checked"
    assert checked == f"{versions}; site intl; contract: {len(Assumption) - 1} hold; differ: total_counts_attached"
    assert run_json("doctor")["report_line"] == plain
    account.auth_state.deny("list_orders")
    assert "not checked: order_statuses, order_lines, refund_rows, order_windows" in last_line("--contract")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "canary-wrong-secret")
    assert last_line() == f"{versions}; site unknown; contract not checked"


def next_step_of(*arguments: str, code: ExitCode = ExitCode.OK) -> tuple[str, str] | None:
    """Return code and command of the next step that doctor names."""
    step = run_json("doctor", *arguments, code=code)["next_step"]
    return (step["step"], step["command"]) if step else None


def test_the_next_step_follows_the_record(account: Sandbox) -> None:
    """From the check of the contract to the second completed unsubscription."""
    assert next_step_of() == ("contract", "unsub-tui doctor --contract")
    assert next_step_of("--contract") == ("quote", "unsub-tui quote ID")
    write_plan(1)
    run_id = json.loads(apply_plan("--format", "json").stdout)["run_id"]
    assert next_step_of() == next_step_of("--contract") == ("record", f"unsub-tui runs {run_id}")
    assert f"  unsub-tui runs {run_id}" in run_program("doctor").stdout
    account.auth_state.deny("list_orders")
    assert next_step_of(code=ExitCode.CREDENTIALS) == ("fix", "unsub-tui doctor")
    account.auth_state.deny()
    account.account.behavior = Behavior(settle_seconds=3600)
    Path("plan.json").unlink()
    write_plan(1)
    assert apply_plan("--timeout", "0").returncode == ExitCode.UNKNOWN
    assert next_step_of() == ("resume", "unsub-tui resume")
    account.clock.advance(4000)
    run_program("resume")
    assert next_step_of() is None


def test_the_contract_of_an_account_that_cannot_be_opened(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "canary-wrong-secret")
    assert run_json("doctor", "--contract", code=ExitCode.CREDENTIALS)["contract"] is None
    assert "\ncontract (" not in run_program("doctor", "--contract").stdout
    assert not account.account.request_log


def test_people_get_lines_of_80_columns(account: Sandbox) -> None:
    """The table fits an old terminal, and shows no secret."""
    result = run_program("doctor")
    assert result.returncode == ExitCode.OK
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert account.secret_key not in result.stdout


def test_a_permission_that_is_missing(account: Sandbox) -> None:
    """It is named, with the vendor's code and a policy to paste."""
    account.auth_state.deny("list_orders", "show_order", "refund_orders")
    found = doctor_facts(code=ExitCode.CREDENTIALS)
    assert found["list_orders"]["state"] == "failed"
    assert found["list_orders"]["code"] == "CBC.0151"
    assert found["list_orders"]["request_id"]
    assert found["list_resources"]["state"] == "ok"
    printed = run_program("doctor").stdout
    assert '"billing:order:view"' in printed
    assert '"Version": "5.0"' in printed
    assert "billing:cloudServiceType" in printed


def test_permissions_of_the_inventory_are_optional(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing one is a warning with a policy of its own, and the exit code stays; other reasons need no policy."""
    assert {each["permission"] for each in doctor_facts().values() if each["area"] == "inventory"} == {"held"}
    account.auth_state.deny("list_backups", "list_servers_details")
    account.unpublish("show_recycle_bin")
    monkeypatch.delenv("UNSUB_ENDPOINT_CES")
    found = doctor_facts()
    assert found["list_backups"]["permission"] == found["list_servers_details"]["permission"] == "missing"
    assert found["list_backups"]["state"] == "warning"
    assert "cbr:backups:list" in found["list_backups"]["advice"]
    assert found["show_recycle_bin"]["permission"] == "not_offered"
    assert found["batch_list_metric_data"]["permission"] == "not_configured"
    assert found["list_resources"]["permission"] is None
    result = run_program("doctor")
    assert result.returncode == ExitCode.OK
    assert max(map(len, result.stdout.splitlines())) <= 80
    words = " ".join(result.stdout.split())
    assert "this service needs UNSUB_ENDPOINT_CES" in words
    newer, older = (part[: part.index("]")] for part in words.split('"Action": [')[1:])
    assert '"ecs:cloudServers:listServersDetails"' in newer
    assert '"ecs:cloudServers:list"' in older
    for each in (newer, older):
        assert '"cbr:backups:list"' in each
        assert "recycleBin" not in each
        assert "unsubscribe" not in each


def test_a_policy_of_the_organization(account: Sandbox) -> None:
    """It is named as such, and no IAM policy is printed that would not help."""
    account.auth_state.deny("list_orders", by_organization=True)
    found = doctor_facts(code=ExitCode.CREDENTIALS)
    assert (found["list_orders"]["problem"], found["list_orders"]["code"]) == ("organization", "CBC.0151")
    assert "organization's administrator" in found["list_orders"]["advice"]
    assert "bss:" not in found["list_orders"]["advice"]
    printed = run_program("doctor").stdout
    words = " ".join(printed.split())
    assert "Denied by a service control policy of the organization" in words
    assert "Ask the organization's administrator" in words
    assert '"Version": "5.0"' not in printed


def test_keys_that_are_wrong(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is looked at all the same, and each permission says why it was not tried."""
    permissions = {name for name, each in doctor_facts().items() if each["area"] == "permissions"}
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "canary-wrong-secret")
    found = doctor_facts(code=ExitCode.CREDENTIALS)
    assert found["account"]["problem"] == "credentials"
    untested = {name for name, each in found.items() if each["state"] == "not_tried" and each["area"] == "permissions"}
    assert untested == permissions - {"find_account"}  # the one that failed
    assert "directory" in found
    assert account.domain_id not in json.dumps(found)


def test_no_keys_at_all(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place that was looked at is named."""
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"):
        monkeypatch.delenv(name)
    found = doctor_facts(code=ExitCode.CREDENTIALS)
    assert "~/.hcloud/config.json" in found
    assert found["HUAWEICLOUD_SDK_AK"]["state"] == "not_tried"
    assert account.domain_id not in json.dumps(found)


def test_nobody_answers(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is the network's exit code."""
    monkeypatch.setenv("UNSUB_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("UNSUB_SITE", "intl")
    assert doctor_facts(code=ExitCode.SERVICE)["account"]["problem"] == "network"
    assert not account.account.request_log


@pytest.mark.parametrize(
    ("seconds", "state", "code"), [(100, "warning", ExitCode.OK), (600, "failed", ExitCode.INTERNAL)]
)
def test_a_clock_that_is_off(account: Sandbox, seconds: int, state: str, code: ExitCode) -> None:
    """The difference is measured from the answers."""
    account.faults = parse_faults([{"action": "skew", "seconds": seconds}])
    clock = doctor_facts(code=code)["clock"]
    assert clock["state"] == state
    assert abs(int(clock["value"].split()[0]) - seconds) <= 2
    assert "timedatectl" in clock["advice"]


def test_limits_that_were_met(account: Sandbox) -> None:
    """A refusal that names its limit is learnt and told."""
    account.faults = parse_faults([{"operation": "query_resources", "calls": [1], "action": "throttle", "limit": 4}])
    found = doctor_facts()
    assert found["list_resources"]["state"] == "ok"
    assert "4" in next(each["value"] for each in found.values() if each["area"] == "limits")


def test_a_record_that_is_damaged(account: Sandbox, state: Path) -> None:
    """It is named; the account is looked at as well."""
    prepare_directory(state)
    path = journal_path(state, account.domain_id)
    path.write_bytes(b"not a database at all" * 100)
    path.chmod(0o600)
    found = doctor_facts(code=ExitCode.INTERNAL)
    assert found[f"record of {account.domain_id}"]["state"] == "failed"
    assert found["list_resources"]["state"] == "ok"


@pytest.mark.usefixtures("account")
def test_a_record_that_others_could_reach(state: Path) -> None:
    """Told before a run meets it, with the command that mends it: also where nothing was written yet."""
    state.mkdir(mode=0o755)
    assert doctor_facts(code=ExitCode.INTERNAL)["directory"]["state"] == "failed"


def test_a_lock_that_is_held(account: Sandbox, state: Path) -> None:
    """Whoever holds it is named, and is not disturbed."""
    prepare_directory(state)
    journal_path(state, account.domain_id).touch(mode=0o600)
    lock = AccountLock.acquire(lock_path(state, account.domain_id), datetime.now(UTC))
    try:
        checks = json.loads(run_program("doctor", "--format", "json").stdout)["checks"]
    finally:
        lock.release()
    (held,) = [each for each in checks if each["name"] == f"lock of {account.domain_id}"]
    assert "process" in held["value"]


def doctor_guards(*, code: ExitCode = ExitCode.OK) -> list[tuple[str, str, str]]:
    """Return name, state and value of each guard that doctor lists."""
    checks = run_json("doctor", code=code)["checks"]
    return [(each["name"], each["state"], each["value"]) for each in checks if each["area"] == "guards"]


@pytest.fixture
def guard_settings(config: Path) -> Path:
    """A settings file with guards, one of them a pattern that matches nothing."""
    config.write_text(
        'max_items = 7\nprotected = ["service:ec2", "prdo-*"]\nblocked_accounts = ["acme[prod]"]\n', encoding="utf-8"
    )
    return config


@pytest.mark.usefixtures("account")
def test_each_guard_is_listed_with_what_it_protects_now(guard_settings: Path) -> None:
    """Value and source of each guard; a pattern that matches no resource is a warning, because it may be misspelt."""
    servers = sum(each["service_type_code"] == "hws.service.type.ec2" for each in list_rows())
    assert servers > 1
    assert doctor_guards() == [
        *(
            ("read_only", "ok", "no"),
            ("max_items", "ok", f"7 ({guard_settings})"),
            ("max_amount", "ok", "no limit (default)"),
        ),
        *(
            ("max_share", "ok", "no limit (default)"),
            ("refuse_running", "ok", "no"),
            ("require_backup", "ok", "no (default)"),
        ),
        ("blocked_accounts", "ok", f"acme[prod] ({guard_settings})"),
        ("two_people", "ok", "no"),
        ("protected", "ok", f"service:ec2 ({guard_settings}): {servers} resources"),
        ("protected", "warning", f"prdo-* ({guard_settings}): 0 resources"),
    ]
    shown = " ".join(run_program("doctor").stdout.split())
    assert "the pattern matches no resource; is it misspelled?" in shown


@pytest.mark.usefixtures("guard_settings")
def test_guards_are_listed_where_the_account_cannot_be(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without permission or without keys nothing is counted, and that is said."""
    account.auth_state.deny("query_resources")
    assert doctor_guards(code=ExitCode.CREDENTIALS)[-1][2].endswith("not counted, the resources could not be listed")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "canary-wrong-secret")
    assert doctor_guards(code=ExitCode.CREDENTIALS)[-1][2].endswith("not counted, the account could not be opened")


def test_a_large_account_is_not_listed_to_count() -> None:
    """Doctor stays quick: beyond the limit no resource is read."""

    async def count() -> int:
        return COUNT_LIMIT + 1

    async def listing() -> Catalog:
        raise AssertionError

    catalog, reason = asyncio.run(list_small_account(count, listing))
    assert catalog is None
    (found,) = protection_checks(Guards(protected=("prod-*",)), None, reason)
    assert fact_text(found.value) == "prod-*: not counted, the account has more than 5000 resources"


@pytest.mark.parametrize("proxy", ["http://u:canary@:x", "http://u:canary@[::1", "u:canary@h:1:2", "http://u:canary@"])
def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Doctor says which variable is wrong, without the password in it; other commands end with a sentence."""
    for name, value in {"AK": "AKPROXY000001", "SK": "x"}.items():
        monkeypatch.setenv(f"HUAWEICLOUD_SDK_{name}", value)
    monkeypatch.setenv("UNSUB_ENDPOINT", "https://bss.invalid")
    monkeypatch.setenv("UNSUB_SITE", "intl")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    result = run_program("doctor")
    assert ["FAIL", "proxy"] in [line.split()[:2] for line in result.stdout.splitlines()]
    listed = run_program("list")
    assert listed.returncode in (ExitCode.USAGE, ExitCode.SERVICE)
    output = result.stdout + result.stderr + listed.stderr
    assert "canary" not in output
    assert "Traceback" not in output
    assert "fault of the program" not in output


def test_doctor_states_what_the_total_counts(account: Sandbox) -> None:
    """Either count is well; without attached resources it cannot be told."""
    assert doctor_facts()["total_count"]["value"] == "counts attached resources"
    account.account.behavior = Behavior(counts_attached=False)
    found = doctor_facts()["total_count"]
    assert (found["state"], found["value"]) == ("ok", "counts primary resources only")
