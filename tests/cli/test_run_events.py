"""`--events jsonl`: stderr as JSON Lines while a run goes on."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.cli.command_steps import apply_plan, review_phrase, write_plan
from tests.support.output_forms import check_form
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

EVENTS = ("--events", "jsonl", "--format", "json")


def events_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the lines on stderr, each of which has the documented form."""
    lines = done.stderr.splitlines()
    for line in lines:
        check_form("event", line)
    return [json.loads(line) for line in lines]


@pytest.mark.usefixtures("account")
def test_every_line_is_an_event() -> None:
    """Messages, the start with the run's id, each change of each item, the end; stdout is the result as always."""
    ids = write_plan(2)
    done = apply_plan(*EVENTS)
    assert done.returncode == ExitCode.OK, done.stderr
    result = json.loads(done.stdout)
    events = events_of(done)
    kinds = [each["event"] for each in events if each["event"] != "message"]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("started", "ended", {"item"})
    assert {each["run_id"] for each in events if each["event"] != "message"} == {result["run_id"]}
    last = {each["item"]["resource_id"]: each["item"]["state"] for each in events if each["item"]}
    assert last == dict.fromkeys(ids, "settled")
    states = [each["item"]["state"] for each in events if each["item"] and each["item"]["resource_id"] == ids[0]]
    assert list(dict.fromkeys(states)) == ["confirmed", "submitting", "accepted", "settled"]
    assert all(each["text"] for each in events if each["event"] == "message")


def test_errors_and_failing_reads_are_events(account: Sandbox) -> None:
    """Also errors in the arguments; the status of an order that cannot be read is reported with its problem."""
    wrong = run_program("apply", "nosuch.json", *EVENTS)
    assert (wrong.returncode, [each["event"] for each in events_of(wrong)]) == (ExitCode.USAGE, ["message"])
    assert events_of(run_program("apply", "plan.json", "--reason", "9", "--events", "jsonl"))
    write_plan(1)
    phrase = review_phrase()
    account.faults = parse_faults([{"operation": "show_order", "action": "garbage"}])
    done = run_program("apply", "plan.json", "--confirm", phrase, "--timeout", "2", *EVENTS)
    assert done.returncode == ExitCode.UNKNOWN, done.stderr
    failing = [each for each in events_of(done) if each["event"] == "reads_failing"]
    assert failing[0]["problem"]["message"]


@pytest.mark.parametrize("account", [3600.0], indirect=True)
def test_resume_reports_the_runs_of_its_items(account: Sandbox) -> None:
    """Each item with the run that submitted it."""
    (resource_id,) = write_plan(1)
    assert apply_plan("--timeout", "1").returncode == ExitCode.UNKNOWN
    run_id = json.loads(run_program("runs", "--format", "json").stdout)["runs"][0]["run_id"]
    account.account.clock.advance(7200)
    done = run_program("resume", *EVENTS)
    assert done.returncode == ExitCode.OK, done.stderr
    items = [each for each in events_of(done) if each["event"] == "item"]
    assert {(each["run_id"], each["item"]["resource_id"]) for each in items} == {(run_id, resource_id)}
    assert items[-1]["item"]["state"] == "settled"
