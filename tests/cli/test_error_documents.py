"""A command with `--format json` writes one JSON document, also if an error ends it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.output_forms import check_form
from tests.support.program_process import run_program
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        (("list", "--format", "json", "--filter", "type:bogus"), "usage", 2),
        (("list", "--format=json", "--no-such-option"), "usage", 2),
        (("runs", "nosuch", "--format", "json"), "usage", 2),
        (("apply", "nosuch.json", "--format", "json"), "file", 2),
        (("list", "--profile", "nosuch", "--format", "json"), "config", 2),
    ],
)
@pytest.mark.usefixtures("account")
def test_an_error_is_a_document(arguments: tuple[str, ...], kind: str, code: int) -> None:
    """With the kind of the error and the exit code of the process; stderr has the sentence as before."""
    done = run_program(*arguments)
    check_form("error", done.stdout)
    document = json.loads(done.stdout)
    assert (document["error"]["kind"], document["exit_code"], done.returncode) == (kind, code, code)
    assert done.stderr.strip()


def test_an_error_of_the_service_has_its_code(account: Sandbox) -> None:
    """A missing permission has Huawei Cloud's code, and the permission as the next step."""
    account.faults = parse_faults(
        [{"operation": "query_resources", "action": "error", "status": 403, "error_code": "CBC.0151"}]
    )
    done = run_program("quote", "--format", "json")
    document = json.loads(done.stdout)
    assert (document["error"]["kind"], document["error"]["code"], done.returncode) == ("permission", "CBC.0151", 3)
    assert document["error"]["hint"]


def test_a_command_that_reads_gives_up_in_time(account: Sandbox) -> None:
    """With the exit code of an unreachable service; nothing is written, and nothing was sent."""
    account.faults = parse_faults([{"operation": "query_resources", "action": "stall_after", "seconds": 600}])
    for command in (("list",), ("quote",), ("report",), ("plan", "--filter", "type:ecs", "-o", "plan.json")):
        done = run_program(*command, "--timeout", "0.5")
        assert (done.returncode, done.stdout) == (4, "")
        assert "not everything was read within 0.5 s (--timeout)" in done.stderr
    assert not Path("plan.json").exists()
    done = run_program("doctor", "--timeout", "2", "--format", "json")
    checks = {each["name"]: each["state"] for each in json.loads(done.stdout)["checks"]}
    assert (done.returncode, checks["site"], checks["time"]) == (4, "ok", "failed")
    account.faults = parse_faults([])
    check_form("list", run_program("list", "--timeout", "600", "--format", "json").stdout)


@pytest.mark.usefixtures("account")
def test_without_json_stdout_stays_empty() -> None:
    """Scripts that read a table get no document."""
    assert run_program("list", "--filter", "type:bogus").stdout == ""
