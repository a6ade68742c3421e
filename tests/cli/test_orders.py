"""`unsub-tui orders` as scripts use it: forms, filter, spans, exit codes."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture
def external_order(account: Sandbox) -> str:
    """An order of others, just placed."""
    disk = next(
        each
        for each in account.account.resources.list_all()
        if each.parent is None
        and each.status == 2
        and each.offer.service.code.endswith("ebs")
        and not each.pending_order_id
    )
    (order,) = account.account.unsubscribe((disk.resource_id,), 1).order_ids
    return order


def list_orders(*arguments: str) -> list[dict[str, Any]]:
    """Return the orders that a command lists."""
    document = run_json("orders", *arguments)
    assert document["schema_version"] == 1
    orders: list[dict[str, Any]] = document["orders"]
    return orders


def test_json_has_state_amounts_and_whose_it_is(external_order: str) -> None:
    """Money is a text with all its digits, times are RFC 3339, vendor codes as they are."""
    row = next(each for each in list_orders() if each["order_id"] == external_order)
    assert (row["origin"], row["user_name"], row["run_id"]) == ("others", "sandbox-admin", None)
    assert row["status"] in (3, 5)
    assert row["state"] in ("processing", "completed")
    assert Decimal(row["refund"]) >= 0
    assert row["created"].endswith("Z")
    assert row["service_type_codes"] == ["hws.service.type.ebs"]


@pytest.mark.parametrize("form", ["table", "csv", "jsonl", "md"])
def test_every_form_has_the_same_orders(external_order: str, form: str) -> None:
    """One line an order, newest first."""
    result = run_program("orders", "--format", form)
    assert result.returncode == ExitCode.OK
    assert external_order in result.stdout.replace("\\", "")
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [row["order_id"] for row in rows] == [each["order_id"] for each in list_orders()]
        assert rows[0]["created"] >= rows[-1]["created"]


def test_a_filter_and_a_span_narrow_the_list(external_order: str) -> None:
    """The grammar of the app; a day, a month, or how long ago."""
    assert [each["order_id"] for each in list_orders("--filter", f"order:{external_order} is:others refund>=0")] == [
        external_order
    ]
    assert list_orders("--filter", "is:ours") == []
    assert [each["order_id"] for each in list_orders("--since", "1d")] == [external_order]
    assert len(list_orders("--since", "3y")) > len(list_orders("--since", "12mo"))
    assert external_order in [each["order_id"] for each in list_orders("--since", "2020-02")]


def test_one_order_has_what_came_back_by_original_order(external_order: str) -> None:
    """As a page for people, as a document, and as lines."""
    page = run_program("orders", external_order)
    assert page.returncode == ExitCode.OK
    assert "By original order" in page.stdout
    assert "\n## By original order\n" in run_program("orders", external_order, "--format", "md").stdout
    document = run_json("orders", external_order)
    assert document["order"]["order_id"] == external_order
    shares = document["by_original_order"]
    assert sum(Decimal(each["back"]) for each in shares) == pytest.approx(Decimal(document["order"]["refund"]))
    rows = list(csv.DictReader(io.StringIO(run_program("orders", external_order, "--format", "csv").stdout)))
    assert [row["base_order_id"] for row in rows] == [each["base_order_id"] for each in shares]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--filter", "expires<3d"), "a known field"),
        (("--filter", "state<3"), "state:TEXT"),
        (("--since", "yesterday"), "is not a day"),
        (("--since", "2999-01-01"), "is in the future"),
        (("CS1", "--since", "1d"), "cannot be combined with ORDER"),
        (("CS1",), "has no order CS1"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_2(arguments: tuple[str, ...], words: str) -> None:
    """A field of another list, a comparison that means nothing, a span that is none, an order that is none."""
    result = run_program("orders", *arguments)
    assert result.returncode == ExitCode.USAGE
    assert words in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"status": 403, "error_code": "CBC.0151"}, ExitCode.CREDENTIALS), ({"status": 500}, ExitCode.SERVICE)],
)
def test_a_list_that_cannot_be_read_is_none(account: Sandbox, fault: dict[str, object], code: ExitCode) -> None:
    """An error document that nobody takes for the whole; the documented exit code."""
    account.faults = parse_faults([{"operation": "list_orders", "action": "error", **fault}])
    result = run_program("orders", "--format", "json")
    assert result.returncode == code
    document = json.loads(result.stdout)
    assert (document["outcome"], document["exit_code"], document["items"]) == ("failed", code, [])
