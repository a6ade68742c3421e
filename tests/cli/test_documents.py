"""`apply`, `plan`, `resume`, `quote` and `doctor` with `--format json` write one document, whatever their ending."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_steps import apply_plan, change_policy, disks, get_resource, review_phrase, write_plan
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.output_forms import check_form
from tests.support.program_process import run_json, run_program, start_program
from unsub_tui.cli.config.paths import state_dir
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import lock_path, prepare_directory
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

ENDING = ("outcome", "exit_code", "account", "site", "as_of")


def document(form: str, *arguments: str, code: int) -> dict[str, Any]:
    """Return the document of a command after checking its form, its ending and the exit code."""
    found = run_json(*arguments, code=code)
    check_form(form, json.dumps(found))
    assert found["exit_code"] == code
    assert {*ENDING, "problems"} < set(found)
    return found


def test_every_ending_of_apply(account: Sandbox, config: Path) -> None:
    """Review, wrong phrase, other digest, guard, refused items, run; a finished plan has nothing to do: 0."""
    ids = write_plan(3)
    phrase = review_phrase()
    review = document("apply-preview", "apply", "plan.json", code=ExitCode.OK)
    assert (review["outcome"], review["confirm"], review["account"]) == ("done", phrase, account.domain_id)
    wrong = document("apply-preview", "apply", "plan.json", "--confirm", "x", code=ExitCode.GUARD)
    assert (wrong["outcome"], wrong["problems"][0]["code"], wrong["confirm"]) == ("refused", "phrase_wrong", None)
    other = document("apply-preview", "apply", "plan.json", "--expect-digest", "0" * 64, code=ExitCode.GUARD)
    assert (other["problems"][0]["code"], other["confirm"]) == ("confirmed_other_plan", None)
    config.write_text(f'protected = ["id:{ids[0]}"]\nmax_items = 1')
    guarded = document("apply-preview", "apply", "plan.json", "--confirm", phrase, code=ExitCode.GUARD)
    assert [each["code"] for each in guarded["problems"]] == ["max_items"]
    assert guarded["problems"][0]["facts"][0]["values"]["count"] == 2
    (refused,) = guarded["refused"]
    assert (refused["resource_id"], refused["blocked_reason"]) == (ids[0], "protected")
    config.write_text("")
    change_policy(account, ids[0])

    done = document("apply", "apply", "plan.json", "--confirm", review_phrase(), code=ExitCode.SOME_FAILED)

    assert (done["outcome"], [each["outcome"] for each in done["items"]]) == ("incomplete", ["settled"] * 2)
    (drifted,) = done["refused"]
    assert (drifted["resource_id"], drifted["blocked_reason"]) == (ids[0], "drifted")
    assert drifted["facts"][0]["code"] == "field_changed"
    recorded = run_json("runs", done["run_id"])
    check_form("run", json.dumps(recorded))
    assert (recorded["refused"], recorded["items"]) == (done["refused"], done["items"])
    assert drifted["resource_id"] in run_program("runs", done["run_id"]).stdout

    nothing = document("apply-preview", "apply", "plan.json", "--confirm", phrase, code=ExitCode.SOME_FAILED)
    assert (nothing["outcome"], nothing["items"], len(nothing["refused"])) == ("incomplete", [], 3)


@pytest.mark.parametrize("kind", ["unsubscribe", "autorenew-off", "pay-per-use"])
def test_applying_a_finished_plan_again_succeeds(account: Sandbox, kind: str) -> None:
    """With the phrase and the digest of the first time: nothing is to be done, and nothing is sent."""
    ids = disks(1)
    get_resource(account, ids[0]).policy = 3 if kind == "autorenew-off" else 0
    account.account.resources.clear_cache()
    run_program("plan", *ids, "--kind", kind, "-o", "plan.json")
    review = run_json("apply", "plan.json")
    again = ("apply", "plan.json", "--confirm", review["confirm"], "--expect-digest", review["digest"])
    assert run_json(*again)["outcome"] == "done"
    sent = len(account.account.request_log)
    assert document("apply-preview", *again, code=ExitCode.OK)["outcome"] == "nothing_to_do"
    assert "Nothing to do" in run_program(*again).stderr
    assert len(account.account.request_log) == sent


def test_errors_of_the_service_and_items(account: Sandbox) -> None:
    """A failed item has code, text and request id. A command that fails before it knows more has its error."""
    write_plan(1)
    account.faults = parse_faults(
        [{"operation": "unsubscribe", "action": "error", "status": 400, "error_code": "CBC.99003645"}]
    )
    failed = document("apply", "apply", "plan.json", "--confirm", review_phrase(), code=ExitCode.SOME_FAILED)
    (item,) = failed["items"]
    assert (item["outcome"], item["error_code"]) == ("rejected", "CBC.99003645")
    assert item["error_code"] in item["error_text"]
    assert item["request_id"] in item["error_text"]
    account.faults = parse_faults([{"operation": "query_resources", "action": "error", "status": 403}])
    for arguments in (("apply", "plan.json"), ("plan", "--filter", "type:evs", "-o", "new.json"), ("quote",)):
        error = document("error", *arguments, code=ExitCode.CREDENTIALS)
        assert (error["outcome"], error["account"]) == ("failed", account.domain_id)
        assert [error["error"]] == error["problems"]
    assert not Path("new.json").exists()


def test_plan_quote_resume_and_doctor(account: Sandbox) -> None:
    """A plan with items left out is incomplete, one without items is nothing to do; both name the reason."""
    attached = next(each for each in account.account.resources.list_all() if each.parent is not None)
    ids = [*disks(1), attached.resource_id]
    planned = document("plan", "plan", *ids, "-o", "plan.json", code=ExitCode.SOME_FAILED)
    assert (planned["outcome"], planned["file"], planned["count"]) == ("incomplete", "plan.json", 1)
    assert [each["blocked_reason"] for each in planned["refused"]] == ["attached"]
    nothing = document("plan", "plan", ids[1], "-o", "none.json", code=ExitCode.NOTHING_TO_DO)
    assert (nothing["outcome"], nothing["file"], nothing["items"]) == ("nothing_to_do", None, [])
    guarded = document("plan", "--read-only", "plan", ids[0], "-o", "some.json", code=ExitCode.OK)
    assert [each["code"] for each in guarded["problems"]] == ["read_only"]
    quoted = document("quote", "quote", *ids, code=ExitCode.SOME_FAILED)
    assert [each["blocked_reason"] for each in quoted["refused"]] == ["attached"]
    assert document("doctor", "doctor", code=ExitCode.OK)["account"] == account.domain_id
    assert document("resume", "resume", code=ExitCode.OK)["outcome"] == "nothing_to_do"
    both = run_program("plan", *ids, "-o", "-", "--format", "json")
    assert (both.returncode, json.loads(both.stdout)["error"]["kind"]) == (ExitCode.USAGE, "usage")


@pytest.mark.parametrize("account", [3600.0], indirect=True)
def test_pending_items(account: Sandbox) -> None:
    """`apply` that does not wait is pending, and so is `resume`, which names the run of each item."""
    write_plan(1)
    pending = json.loads(apply_plan("--timeout", "0", "--format", "json").stdout)
    assert (pending["outcome"], pending["exit_code"]) == ("pending", ExitCode.UNKNOWN)
    with start_program("resume", "--format", "json") as process:
        assert process.stderr is not None
        assert any("Checking the status" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    check_form("resume", out)
    checked = json.loads(out)
    assert (checked["outcome"], checked["exit_code"], process.returncode) == ("pending", 6, 6)
    assert [each["run_id"] for each in checked["items"]] == [pending["run_id"]]
    assert len(account.account.request_log) == 1

    advice = "Check its status with: unsub-tui resume"
    assert advice in run_program("apply", "plan.json").stderr
    lock = AccountLock.acquire(lock_path(state_dir(), account.domain_id), datetime.now(UTC))
    try:
        said = run_program("apply", "plan.json").stderr
    finally:
        lock.release()
    assert "Another process runs a plan for this account" in said
    assert advice not in said


def test_the_run_of_another_process(account: Sandbox) -> None:
    """9, also after waiting in vain; nothing is sent. Once the other run has ended, the waiting command goes on."""
    state = state_dir()
    write_plan(1)
    phrase = review_phrase()
    prepare_directory(state)
    lock = AccountLock.acquire(lock_path(state, account.domain_id), datetime.now(UTC))
    try:
        arguments = ("apply", "plan.json", "--confirm", phrase)
        for more in ((), ("--lock-timeout", "0.1")):
            locked = document("error", *arguments, *more, code=ExitCode.LOCKED)
            assert (locked["outcome"], locked["error"]["kind"]) == ("locked", "locked")
        assert not account.account.request_log
        with start_program(*arguments, "--lock-timeout", str(TIMEOUT_SECONDS)) as process:
            assert process.stderr is not None
            assert any("Waiting for its end" in line for line in process.stderr)
            lock.release()
            process.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        lock.release()
    assert process.returncode == ExitCode.OK
    assert len(account.account.request_log) == 1


def test_a_signal_ends_a_command_with_a_document(account: Sandbox) -> None:
    """While it reads the account: canceled, with the code of the signal."""
    write_plan(1)
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall", "seconds": 20}])
    with start_program("apply", "plan.json", "--format", "json") as process:
        assert process.stderr is not None
        assert "Loading the account" in process.stderr.readline()
        process.terminate()
        out, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    check_form("error", out)
    canceled = json.loads(out)
    assert (canceled["outcome"], canceled["account"]) == ("canceled", account.domain_id)
    assert (canceled["exit_code"], process.returncode) == (ExitCode.TERMINATED, ExitCode.TERMINATED)
