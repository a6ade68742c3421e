"""Amounts and times that are out of range, from the service to every command: a value is unknown, nothing crashes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.cli.command_steps import disks, review_phrase
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

REASON = "the amount is missing, invalid or out of range"


def set_out_of_range_answers(account: Sandbox, *rules: Mapping[str, object]) -> None:
    """Let the service answer so."""
    account.faults = parse_faults(rules)


def quotes(*ids: str) -> list[dict[str, Any]]:
    """Return the quotes of these resources, in this order."""
    found = {each["resource_id"]: each for each in run_json("quote", *ids)["quotes"]}
    return [found[each] for each in ids]


def stable_figures(quote: dict[str, Any]) -> list[str | None]:
    """Return what a quote knows, without what passes with time."""
    return [quote[name] for name in ("paid", "coupon_lost", "currency", "kind")]


def test_a_zero_time_is_unknown_and_its_row_is_listed(account: Sandbox) -> None:
    """Go's zero time in a row costs the times of that row; every other row and its quote are as before."""
    first, second = disks(2)
    before, right = run_json("list")["resources"], quotes(second)
    set_out_of_range_answers(account, {"operation": "query_resources", "action": "zero_times", "only": first})

    after = {row["resource_id"]: row for row in run_json("list")["resources"]}
    for row in before:
        unknown = {"effective_time": None, "expire_time": None} if row["resource_id"] == first else {}
        assert after[row["resource_id"]] == row | unknown
    assert stable_figures(quotes(second, first)[0]) == stable_figures(right[0])


@pytest.mark.parametrize("operation", ["query_resources", "res_records", "list_orders", "show_order"])
def test_zero_times_everywhere_end_no_quote(account: Sandbox, operation: str) -> None:
    """Whatever lacks all its times, a quote is made; what it lacks is named."""
    ids = disks(3)
    set_out_of_range_answers(account, {"operation": operation, "action": "zero_times"})
    for quote in quotes(*ids):
        assert quote["refund"] is not None or quote["missing"]


def test_a_bill_row_out_of_range_costs_its_own_quote(account: Sandbox) -> None:
    """Figures that need the row are unknown and say why; other resources are quoted as before."""
    first, second = disks(2)
    right = quotes(second)
    set_out_of_range_answers(account, {"operation": "res_records", "action": "huge_amounts", "only": first})
    other, absurd = quotes(second, first)

    assert stable_figures(other) == stable_figures(right[0])
    assert [absurd[name] for name in ("paid", "consumed", "handling_fee", "refund")] == [None] * 4
    assert any(REASON in each for each in absurd["missing"])


@pytest.mark.long
def test_order_amounts_out_of_range_are_settled_truthfully(account: Sandbox) -> None:
    """The resources are gone, so the items are done; what came back is unknown with its reason, now and later."""
    assert run_program("plan", *disks(2), "-o", "plan.json").returncode == ExitCode.OK
    phrase = review_phrase()
    names = ("show_order", "refund_orders", "fee_records")
    set_out_of_range_answers(account, *({"operation": each, "action": "huge_amounts"} for each in names))

    run = run_json("apply", "plan.json", "--confirm", phrase)
    for form in ("table", "csv", "md"):
        assert run_program("runs", run["run_id"], "--format", form).returncode == ExitCode.OK
    items = run_json("runs", run["run_id"])["items"]
    assert [each["outcome"] for each in items] == ["settled", "settled"]
    assert [each["exact"]["refund"] for each in items] == [None, None]
    assert all(REASON in " ".join(each["breakdown"]["missing"]) for each in items)
    assert REASON in run_program("runs", run["run_id"]).stdout
    assert run_program("resume").returncode == ExitCode.OK


def test_orders_out_of_range_are_listed_and_shown(account: Sandbox) -> None:
    """The list and the page of an order have what is known of it; the page says what is out of range."""
    disk = next(each for each in account.account.resources.list_all() if each.parent is None and each.status == 2)
    (order,) = account.account.unsubscribe((disk.resource_id,), 1).order_ids
    names = ("list_orders", "show_order", "refund_orders")
    set_out_of_range_answers(account, *({"operation": each, "action": "huge_amounts"} for each in names))

    row = next(each for each in run_json("orders")["orders"] if each["order_id"] == order)
    assert (row["refund"], row["state"]) == (None, "completed")
    assert REASON in run_program("orders", order).stdout
    set_out_of_range_answers(account, *({"operation": each, "action": "zero_times"} for each in names))
    assert next(each for each in run_json("orders")["orders"] if each["order_id"] == order)["created"] is None


def test_a_price_out_of_range_is_named(account: Sandbox) -> None:
    """What a renewal would charge is unknown with its reason; the quote is as before."""
    before = run_json("quote", "--filter", "is:auto-renew is:eligible is:primary")["quotes"]
    renewing = [each["resource_id"] for each in before if each["next_renewal"]["amount"]]
    assert renewing
    set_out_of_range_answers(account, {"operation": "renew_rate", "action": "huge_amounts"})
    for each in quotes(*renewing):
        assert each["next_renewal"]["amount"] is None
        assert REASON in each["next_renewal"]["missing"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "plan.json", "--timeout", "1e400"),
        ("apply", "plan.json", "--timeout", "nan"),
        ("--max-amount", "1E+400000000", "list"),
        ("--max-share", "1E-400000000", "list"),
        ("sandbox", "--now", "0001-01-01"),
        ("sandbox", "--now", "9999-12-31T23:59:59-12:00"),
        ("sandbox", "--latency", "1" + "0" * 5000),
        ("sandbox", "--resources", str(10**12)),
        ("orders", "--since", "0001-01-02"),
        ("orders", "--since", "2000y"),
        ("list", "--filter", "expires<99999999d"),
        ("list", "--filter", "expires>9999-12-31"),
        ("list", "--filter", "created>" + "9" * 400 + "d"),
    ],
    ids=" ".join,
)
def test_what_a_user_gives_out_of_range_is_a_usage_error(account: Sandbox, arguments: tuple[str, ...]) -> None:
    """A number or a date that nothing can be calculated with is refused in words."""
    result = run_program(*arguments)
    assert result.returncode == ExitCode.USAGE, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr
