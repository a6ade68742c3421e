"""The contract check: what the program assumes, and what it says where the service behaves otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.connections import connect, make_sandbox
from tests.support.contract_steps import change_responses, connect_replay, findings_of, read_contract, results
from tests.support.effort import by_effort
from tests.support.output_forms import check_form
from unsub_tui.domain.contract import Assumption, ContractResult
from unsub_tui.engine.contract.answers import MAX_READS
from unsub_tui.engine.contract.capture import capture_text
from unsub_tui.present.pages.contract import contract_lines, finding_text
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.capture_file import parse_capture
from unsub_tui.sandbox.capture_server import Replay
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Resource, ResourceStatus
from unsub_tui.sandbox.sandbox import Sandbox

HOLDS, DIFFERS, UNCHECKED = ContractResult
RESOURCES, ORDERS, BILLS = "/resources/query", "/customer-orders", "/res-records/query"


@pytest.fixture
def sandbox() -> Sandbox:
    """An account with everything that the check looks for."""
    return make_sandbox(120)


def some_resources(sandbox: Sandbox, count: int) -> list[Resource]:
    """Return resources in use."""
    found = [each for each in sandbox.account.resources.list_all() if each.status is ResourceStatus.IN_USE]
    return found[:count]


async def test_everything_holds(sandbox: Sandbox) -> None:
    """On an account as the documentation describes it; nothing was changed."""
    found = await findings_of(connect(sandbox))
    assert results(found, HOLDS) == set(Assumption)
    assert not sandbox.account.request_log


async def test_an_account_without_resources() -> None:
    """What cannot be checked says why, and the rest is checked."""
    found = await findings_of(connect(make_sandbox(0)))
    assert results(found, DIFFERS) == set()
    assert results(found, HOLDS) == {Assumption.MONTHLY_BILLS, Assumption.RATE_HEADERS, Assumption.CLOCK}
    assert finding_text(found[Assumption.ROW_IDS]) == "not checked: no resource is listed"


async def test_a_large_account_needs_no_more_reads() -> None:
    """The pages that are read are limited; the total is compared with that of the primary resources."""
    large = make_sandbox(2600)
    report, answers = await read_contract(connect(large))
    assert len(answers.sent) == report.reads <= MAX_READS
    found = {each.assumption: each for each in report.findings}
    assert results(found, DIFFERS) == set()
    assert "3 of 3 pages" in finding_text(found[Assumption.OVERLAP_ROWS])
    large.account.behavior = Behavior(counts_attached=False)
    found = await findings_of(connect(large))
    assert found[Assumption.TOTAL_COUNTS_ATTACHED].result is DIFFERS


async def test_pages_of_primary_resources_in_a_large_account() -> None:
    """Their attached resources come with them, so a page is longer than its limit; no row counts twice."""
    large = make_sandbox(2600)
    large.account.behavior = Behavior(pages_by_primary=True)
    found = await findings_of(connect(large))
    assert results(found, DIFFERS) == {Assumption.PAGES_COUNT_ATTACHED}
    assert found[Assumption.OVERLAP_ROWS].result is HOLDS


async def test_a_list_that_changes_while_it_is_read() -> None:
    """Rows that are missing or there twice because of it are no findings."""
    busy = make_sandbox(1200)
    busy.account.behavior = Behavior(moved_rows=3)
    found = await findings_of(connect(busy))
    assert results(found, DIFFERS) == {Assumption.OVERLAP_ROWS}
    assert finding_text(found[Assumption.ROW_IDS]) == "not checked: the list changed while it was read; check again"


async def test_rows_that_are_odd(sandbox: Sandbox) -> None:
    """Repeated rows, rows without fields, and codes that are not known."""
    one, two, three, four = (each.resource_id for each in some_resources(sandbox, 4))
    sandbox.account.behavior = Behavior(
        counts_attached=False,
        row_changes={
            one: {"resource_id": None},
            two: {"effective_time": None},
            three: {"status": 9},
            four: {"parent_resource_id": "elsewhere", "is_main_resource": 0},
        },
        extra_rows={two: [{"id": None}, {"status": 3}]},
    )
    found = await findings_of(connect(sandbox))
    assert results(found, DIFFERS) >= {
        Assumption.ROW_IDS,
        Assumption.ONE_ROW_PER_RESOURCE,
        Assumption.TOTAL_COUNTS_ATTACHED,
        Assumption.REQUIRED_FIELDS,
        Assumption.NEEDED_FIELDS,
        Assumption.RESOURCE_STATUSES,
        Assumption.PARENTS_LISTED,
    }
    assert [(each.name, each.missing, each.null) for each in found[Assumption.REQUIRED_FIELDS].fields] == [
        ("id", 0, 1),
        ("resource_id", 0, 1),
    ]
    assert finding_text(found[Assumption.RESOURCE_STATUSES]) == "unknown: 9"


async def test_times_in_another_zone(sandbox: Sandbox) -> None:
    """Terms end at the end of a day in UTC+8."""

    def local(document: dict[str, Any]) -> None:
        for row in document["data"]:
            for name in ("effective_time", "expire_time"):
                row[name] = (datetime.fromisoformat(row[name]) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ")

    change_responses(sandbox, RESOURCES, local)
    assert (await findings_of(connect(sandbox)))[Assumption.TIMES_UTC].result is DIFFERS


def lose_attached(document: dict[str, Any]) -> None:
    """Answer a query for one resource without what is attached to it."""
    if 1 < document["total_count"] < 10:
        document["data"] = [row for row in document["data"] if row["is_main_resource"]]


def swap_rows(document: dict[str, Any]) -> None:
    """Begin with the last row."""
    document["data"] = document["data"][::-1]


def hide_orders(document: dict[str, Any]) -> None:
    """Tell of one order less where few rows are wanted."""
    if len(document.get("order_infos", [])) == 1:
        document["total_count"] -= 1


def raise_amount(document: dict[str, Any]) -> None:
    """Let an order cost more than its lines."""
    if "order_info" in document:
        document["order_info"]["amount_after_discount"] += 1


def change_type(document: dict[str, Any]) -> None:
    """Let the detail of an order name another type."""
    if "order_info" in document:
        document["order_info"]["order_type"] = 2


def lose_refund(document: dict[str, Any]) -> None:
    """Leave out the first refund row."""
    if "refund_infos" in document:
        document["refund_infos"] = document["refund_infos"][1:]
        document["total_count"] -= 1


def invent_status(document: dict[str, Any]) -> None:
    """Let the last order have a status that nobody knows."""
    if len(document.get("order_infos", [])) > 1:
        document["order_infos"][-1]["status"] = 77


@pytest.mark.parametrize(
    ("path", "change", "assumption"),
    [
        (RESOURCES, lose_attached, Assumption.QUERY_BY_ID),
        (RESOURCES, swap_rows, Assumption.OVERLAP_ROWS),
        (ORDERS, hide_orders, Assumption.ORDER_WINDOWS),
        (ORDERS, raise_amount, Assumption.ORDER_LINES),
        (ORDERS, change_type, Assumption.ORDER_LINES),
        (ORDERS, lose_refund, Assumption.REFUND_ROWS),
        (ORDERS, invent_status, Assumption.ORDER_STATUSES),
    ],
)
async def test_answers_that_contradict_each_other(
    sandbox: Sandbox, path: str, change: Any, assumption: Assumption
) -> None:
    """The one assumption that does not hold is named, and the others are as before."""
    change_responses(sandbox, path, change)
    assert results(await findings_of(connect(sandbox)), DIFFERS) == {assumption}


async def test_a_filter_by_status_that_does_not_filter(sandbox: Sandbox) -> None:
    """A closed row in the second response, which is the one with `status_list`."""
    served: list[object] = []

    def change(document: dict[str, Any]) -> None:
        served.append(document)
        if len(served) == 2:
            document["data"][0]["status"] = 3

    change_responses(sandbox, RESOURCES, change)
    found = await findings_of(connect(sandbox))
    assert found[Assumption.STATUS_FILTER].result is DIFFERS
    assert "1 with another status" in finding_text(found[Assumption.STATUS_FILTER])


@pytest.mark.parametrize(
    ("behavior", "assumption", "words"),
    [
        (Behavior(members=2), Assumption.BILL_METHOD, "without method"),
        (Behavior(members=1001), Assumption.BILL_METHOD, "CBC.18000048"),
        (Behavior(combined_bills="parts"), Assumption.BILL_PARTS, "names the disk"),
        (Behavior(combined_bills="whole"), Assumption.BILL_PARTS, "only the server"),
        (Behavior(states_rate_limit=True), Assumption.RATE_HEADERS, "headers"),
        (Behavior(counts_attached=False), Assumption.TOTAL_COUNTS_ATTACHED, "of them primary"),
        (Behavior(pages_by_primary=True), Assumption.PAGES_COUNT_ATTACHED, "begins with the primary row"),
    ],
)
async def test_settings_of_the_sandbox(
    sandbox: Sandbox, behavior: Behavior, assumption: Assumption, words: str
) -> None:
    """Each way of the service that the sandbox knows is told apart."""
    sandbox.account.behavior = behavior
    found = await findings_of(connect(sandbox))
    assert results(found, DIFFERS) == {assumption}
    assert words in finding_text(found[assumption])


async def test_reads_that_fail(sandbox: Sandbox) -> None:
    """Each says why it could not be checked; the rest is checked."""
    sandbox.faults = parse_faults([{"operation": "res_records", "action": "error", "status": 404}])
    found = await findings_of(connect(sandbox))
    assert found[Assumption.MONTHLY_BILLS].result is DIFFERS
    assert results(found, UNCHECKED) == {Assumption.BILL_METHOD, Assumption.BILL_PARTS}
    sandbox.faults = parse_faults([])
    sandbox.auth_state.deny("query_resources", "list_orders")
    found = await findings_of(connect(sandbox))
    assert "CBC.0151" in finding_text(found[Assumption.ROW_IDS])
    assert {Assumption.MONTHLY_BILLS, Assumption.CLOCK} <= results(found, HOLDS)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=by_effort(15, 400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_any_answer_is_judged(data: st.DataObject) -> None:
    """Whatever a field holds: a finding for each assumption, lines of 80 columns, and a capture that can be served."""
    small = make_sandbox(20)
    names = ("data", "order_infos", "order_line_items", "monthly_records", "order_info", "refund_infos")

    def change(document: dict[str, Any]) -> None:
        for name in names:
            rows = document.get(name)
            for row in rows if isinstance(rows, list) else [rows] if isinstance(rows, dict) else []:
                if row and data.draw(st.integers(0, 9)) == 0:
                    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JSON_VALUES)
        if data.draw(st.integers(0, 4)) == 0:
            document[data.draw(st.sampled_from(sorted(document)))] = data.draw(JSON_VALUES)

    change_responses(small, "/v2/", change)
    report, answers = await read_contract(connect(small))
    assert [each.assumption for each in report.findings] == list(Assumption)
    assert max(map(len, contract_lines(report))) <= 80
    captured = capture_text(report, answers, "intl")
    check_form("capture", captured)
    await read_contract(connect_replay(Replay(parse_capture(captured.encode()))))
