"""The JSON of every command has its documented form (docs/schemas), and no field beside."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_stage import new_stage, run_plan
from tests.support.output_forms import check_form
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.present.export.documents import plan_text
from unsub_tui.present.export.formats import export_text
from unsub_tui.present.export.record_rows import ITEM, item_rows

_DUST = re.compile(r'"-?\d+\.(\d+0|\d{11,})"(?<!\.\d0")')
"""An amount with zeros beyond its cents, or with more than ten decimals."""


@pytest.mark.usefixtures("account")
def test_every_command_writes_its_form() -> None:
    """From the list to the record of a run."""
    listed = _write("list", "list")
    _write("list", "list", "--tab", "renewal")
    _write("list", "list", "--inventory")
    _write("quote", "quote")
    _write("quote", "quote", "--inventory")
    _write("report", "report")
    ids = [row["resource_id"] for row in json.loads(listed)["resources"] if row["batch_eligible"]][:2]

    for kind in ("autorenew-on", "unsubscribe"):
        run_program("plan", *ids, "--kind", kind, "-o", f"{kind}.json")
        preview = _write("apply-preview", "apply", f"{kind}.json")
    phrase = json.loads(preview)["confirm"]
    run = json.loads(_write("apply", "apply", "unsubscribe.json", "--confirm", phrase))

    assert json.loads(_write("runs", "runs"))["runs"][0]["items"] == run["items"]
    assert run["items"] == json.loads(_write("run", "runs", run["run_id"]))["items"]
    _check_rows("runs", run["run_id"], of=run["items"])
    items = run_program("runs", run["run_id"], "--columns", "id,refund,currency", "--sort", "id").stdout.splitlines()
    assert [line.split()[0] for line in items] == ["ID", *sorted(ids)]
    assert items[1].split()[2] == "USD"
    backwards = json.loads(_write("run", "runs", run["run_id"], "--sort", "-resource_id", "--limit", "1"))
    assert [item["resource_id"] for item in backwards["items"]] == [max(ids)]
    orders = json.loads(_write("orders", "orders"))["orders"]
    _write("order", "orders", orders[0]["order_id"])
    _write("doctor", "doctor")
    _write("doctor", "doctor", "--contract")
    _write("journal-verify", "journal", "verify")
    _write("keys", "keys")
    _write("agent-tools", "agent-tools")


async def test_exports_of_the_app_have_the_forms_of_the_commands(tmp_path: Path) -> None:
    """The review of a plan, and the items of a run."""
    stage = new_stage(tmp_path / "state")
    plan = await stage.plan(stage.ids(2))
    check_form("quote", plan_text(plan, "json"))
    run = (await run_plan(stage, plan)).run
    check_form("run-items", export_text("json", "items", ITEM.columns, item_rows([run])))


def _check_rows(*arguments: str, of: list[dict[str, Any]]) -> None:
    """CSV and JSON Lines of a command have the rows of its document, under the same names."""
    lines = run_program(*arguments, "--format", "jsonl").stdout.splitlines()
    assert [{name: row[name] for name in of[0]} for row in map(json.loads, lines)] == of
    rows = csv.DictReader(io.StringIO(run_program(*arguments, "--format", "csv").stdout))
    assert [(row["resource_id"], row["exact.refund"]) for row in rows] == [
        (row["resource_id"], row["exact"]["refund"]) for row in of
    ]


def _write(form: str, *arguments: str) -> str:
    """Return the JSON of a command after checking its form."""
    result = run_program(*arguments, "--format", "json")
    assert result.returncode == ExitCode.OK, result.stderr
    check_form(form, result.stdout)
    assert not _DUST.search(result.stdout)
    return result.stdout
