"""Data is the same in every language of the screen: nothing of a catalog gets into it, and filters find the same."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.command_steps import apply_plan, change_policy, write_plan
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.program_process import run_json, run_program
from unsub_tui.sandbox.sandbox import Sandbox

MARK = "@@"
"""What every message begins with in the language of this test."""

PROGRAM = f"""
import gettext, json, os, sys, tempfile

class Catalog(gettext.NullTranslations):
    def gettext(self, message):
        return "{MARK}" + message
    def ngettext(self, one, many, count):
        return "{MARK}" + (one if count == 1 else many)

gettext.translation = lambda *arguments, **options: Catalog()
for arguments in json.load(sys.stdin):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = os.fork()
        if process == 0:  # a command ends its process
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.argv = ["unsub-tui", *arguments]
            from unsub_tui.__main__ import main
            main()
            sys.exit()
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        said = [os.pread(each.fileno(), 1 << 26, 0).decode() for each in (out, err)]
    print(json.dumps([code, *said]), flush=True)
"""

FILTERS = {
    "list": (
        "state:frozen|not-begun|expired",
        "at-expiry:auto-renew",
        "project:default",
        '"in-use" run:stopped',
        "is:eligible",
        "type:ecs",
        "expires<90d",
    ),
    "orders": ("state:completed",),
}


def run_translated(*commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Return exit code, stdout and stderr of each command in that language; all are for people, or all for programs."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_data_has_no_translated_text(account: Sandbox) -> None:
    """Documents of all commands, rows in all formats, and the documents of errors."""
    ids = write_plan(3)
    change_policy(account, ids[0])
    run = json.loads(apply_plan("--format", "json").stdout)["run_id"]
    order = run_json("orders")["orders"][0]["order_id"]
    write_plan(2, "--force")
    rows = [("list",), ("quote",), ("report",), ("orders",), ("runs",), ("runs", run)]
    commands = [
        *((*each, "--format", "json") for each in (*rows, ("orders", order))),
        *((*each, "--format", "csv") for each in (("list",), ("runs", run))),
        *((*each, "--inventory", "--format", "json") for each in (("list",), ("quote", *ids[1:]))),
        *(("apply", "plan.json", *more, "--format", "json") for more in ((), ("--confirm", "x"))),
        *(("plan", "--filter", each, "-o", "new.json", "--force", "--format", "json") for each in ("type:evs",)),
        *((each, "--format", "json") for each in ("doctor", "resume")),
        ("journal", "verify", "--format", "json"),
        ("list", "--filter", "type:bogus", "--format", "json"),
        ("apply", "nosuch.json", "--format", "json"),
    ]
    results = run_translated(*commands)
    marked = [
        (command, _first_mark(data))
        for command, (_code, data, _said) in zip(commands, results, strict=True)
        if MARK in data
    ]
    assert marked == []
    assert all(data for _code, data, _said in results)
    (for_people,) = run_translated(("list",))
    assert MARK in for_people[2]
    (plan_file,) = run_translated(("plan", "--filter", "type:evs is:eligible", "-o", "-"))
    assert plan_file[1]
    assert MARK not in plan_file[1]


@pytest.mark.usefixtures("account")
def test_filters_find_the_same() -> None:
    """The same bytes, because filters name codes, and not words of the screen alone."""
    commands = [(name, "--filter", each, "--format", "csv") for name, texts in FILTERS.items() for each in texts]
    found = [data.replace("\r\n", "\n") for _code, data, _said in run_translated(*commands)]
    assert found == [run_program(*each).stdout for each in commands]
    assert all(len(data.splitlines()) > 1 for data in found)
    assert run_program("list", "--filter", f"state:{MARK}frozen").returncode != 0


def _first_mark(data: str) -> str:
    """Return the beginning of the first translated text."""
    return data[data.index(MARK) - 60 :][:140]
