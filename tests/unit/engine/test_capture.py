"""The capture of an account: nothing in it names the account, and everything that was judged is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.connections import connect, make_sandbox
from tests.support.contract_steps import change_responses, connect_replay, read_contract
from tests.support.effort import by_effort
from tests.support.output_forms import check_form
from tests.support.secret_scan import SecretScan
from unsub_tui.api.connection import Connection
from unsub_tui.api.wire_format import Json
from unsub_tui.domain.contract import ContractResult
from unsub_tui.engine.contract import known_values
from unsub_tui.engine.contract.capture import MAX_BYTES, capture_text
from unsub_tui.engine.contract.redaction import Redactor
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.account_fixtures import ACCOUNT_NAME, PROJECTS
from unsub_tui.sandbox.capture_file import parse_capture
from unsub_tui.sandbox.capture_server import Replay
from unsub_tui.sandbox.sandbox import Sandbox

NOW = datetime(2026, 11, 30, 10, 20, 30, tzinfo=UTC)
CANARY = "canary-4f1d9c7e2b"
KNOWN_TEXTS = {text for texts in known_values.CODES.values() for text in texts}


async def capture(connection: Connection) -> tuple[str, Any]:
    """Return a capture as text, and its document."""
    report, answers = await read_contract(connection)
    text = capture_text(report, answers, connection.site)
    check_form("capture", text)
    return text, json.loads(text)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the fields of a document that are no objects or lists, and the names of all fields."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield "a name", key
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


async def test_nothing_of_the_account_is_in_it() -> None:
    """No text that Huawei Cloud sent, except for known names and codes; no amount; nothing that is known otherwise."""
    sandbox = make_sandbox(300)
    report, answers = await read_contract(connect(sandbox))
    text = capture_text(report, answers, "intl")
    sent = [leaf for each in answers.sent if each.document for leaf in leaves(each.document.values)]
    texts = {value for _, value in sent if isinstance(value, str)} - KNOWN_TEXTS - known_values.NAMES - {""}
    combined = {each for each in texts if set(each.split(",")) <= KNOWN_TEXTS}
    assert len(texts) > 1000
    found = {value for _, value in leaves(json.loads(text)) if isinstance(value, str)}
    assert not (texts - combined) & found
    assert not [each for each in texts - combined if len(each) > 5 and each in text]
    amounts = {
        str(value) for name, value in sent if name in known_values.AMOUNTS and isinstance(value, Decimal) and value
    }
    assert len(amounts) > 100
    assert not [each for each in amounts & set(re.findall(r"[0-9.]+", text)) if len(each) > 5]
    named = [
        sandbox.domain_id,
        ACCOUNT_NAME,
        *(each.name for each in PROJECTS),
        *(each.project_id for each in PROJECTS),
    ]
    assert not [each for each in named if len(each) > 1 and each in text]
    scan = SecretScan(account=sandbox.domain_id, access_key=sandbox.access_key, secret_key=sandbox.secret_key)
    scan.add_output("capture", text)
    assert not scan.find_leaks()


PLACES = ("data", "order_infos", "order_line_items", "monthly_records", "order_info", "refund_infos")


@settings(max_examples=by_effort(25, 300), deadline=None)
@given(st.data())
async def test_no_text_passes_wherever_it_is(data: st.DataObject) -> None:
    """In any field, known or not, as a value, as a name, in a list, or as a number."""
    sandbox = make_sandbox(12)
    number = data.draw(st.integers(10**9, 10**15))
    shape = data.draw(
        st.sampled_from(
            [
                CANARY,
                [CANARY],
                {CANARY: 1},
                {"id": CANARY},
                {"tags": [{"key": CANARY}]},
                number,
                float(number),
                str(number),
            ]
        )
    )

    def change(document: dict[str, Any]) -> None:
        for place in PLACES:
            rows = document.get(place)
            for row in rows if isinstance(rows, list) else [rows] if isinstance(rows, dict) else []:
                row[data.draw(st.sampled_from([*row, CANARY]))] = shape
        document[CANARY] = shape

    change_responses(sandbox, "/v2/", change)
    text, _ = await capture(connect(sandbox))
    assert CANARY not in text
    assert str(number) not in text
    assert "4f1d9c7e2b" not in text


async def test_what_is_kept() -> None:
    """Structure, codes, nulls, missing fields, counts, relations, times of day and differences, ratios of amounts."""
    sandbox = make_sandbox(60)
    one, two = (each.resource_id for each in sandbox.account.resources.list_all()[:2])
    sandbox.account.behavior = Behavior(row_changes={one: {"status": None}, two: {"status": 77, "resource_id": None}})
    report, answers = await read_contract(connect(sandbox))
    rows = [row.values for row in answers.listed_rows()]
    document = json.loads(capture_text(report, answers, "intl"))
    listing = document["answers"][0]
    kept = [
        dict(zip(document["columns"][row[0]], row[1:], strict=True))
        for row in map(document["rows"].__getitem__, listing["rows"])
    ]
    assert (listing["total_count"], listing["total_of_rows"], listing["rows_left_out"]) == (60, 60, 0)
    same = ("status", "is_main_resource", "expire_policy", "service_type_code", "resource_type_code", "update_time")
    for before, after in zip(rows, kept, strict=True):
        assert sorted(before) == sorted(after)
        assert [before[each] for each in same[:-1]] == [after[each] for each in same[:-1]]
        assert {name for name in before if before[name] is None} == {name for name in after if after[name] is None}
    ids = {str(before["resource_id"]): after["resource_id"] for before, after in zip(rows, kept, strict=True)}
    assert len(ids) == len(set(ids.values()))
    parents = [
        (ids.get(str(one["parent_resource_id"])), other["parent_resource_id"])
        for one, other in zip(rows, kept, strict=True)
    ]
    assert [one for one, _ in parents if one] == [other for one, other in parents if one]
    moved = {
        datetime.fromisoformat(str(before[name])) - datetime.fromisoformat(after[name])
        for before, after in zip(rows, kept, strict=True)
        for name in ("effective_time", "expire_time")
    }
    assert len(moved) == 1
    assert moved.pop() % timedelta(days=1) == timedelta()
    assert [each["assumption"] for each in document["findings"] if each["result"] == "differs"] == [
        "required_fields",
        "parents_listed",
        "resource_statuses",
    ]


def test_values_that_are_replaced() -> None:
    """Equal ones stay equal, the parts of an amount add up, and what is out of range stays so."""
    redactor = Redactor(NOW)
    before: dict[str, Json] = {
        "official_amount": Decimal("12.30"),
        "discount_amount": "2.10",
        "amount": Decimal("10.20"),
        "coupon_amount": 0,
    }
    after = redactor.redact(before)
    official, discount, amount = (after[each] for each in ("official_amount", "discount_amount", "amount"))
    assert isinstance(discount, str)
    assert isinstance(amount, Decimal)
    assert official == Decimal(discount) + amount
    assert after["coupon_amount"] == 0
    database = redactor.value("resource_id", "db-1")
    assert redactor.value("parent_resource_id", "db-1") == database
    assert redactor.value("resource_id", "db-1.marketimage") == f"{database}.marketimage"
    assert str(redactor.value("resource_id", "db/1")).endswith("/")
    assert redactor.value("cycle", "2026-11") == str(redactor.value("create_time", "2026-11-30T10:20:30Z"))[:7]
    assert str(redactor.value("bill_date", "2026-11-30 01:02:03+08:00")).endswith(" 01:02:03+08:00")
    assert redactor.value("error_code", "CBC.0151") == "CBC.0151"
    assert redactor.value("error_code", "CBC.name") != "CBC.name"
    assert Redactor(NOW).value("resource_id", "db-1") != database


def test_a_value_that_is_there_nevertheless_is_found() -> None:
    """Before anything is written; a value that is a known word is none."""
    redactor = Redactor(NOW)
    redactor.redact({"resource_name": "payroll-db", "project_id": "effective_time", "user_name": "findings"})
    assert redactor.leaks('"x1", "payroll-db2"', '"findings"') == ["payroll-db"]
    redactor.value("official_amount", Decimal("123.45"))
    assert redactor.leaks("8123.456", "") == []
    assert redactor.leaks('{"amount": 123.45}', "") == ["123.45"]
    assert redactor.leaks('"effective_time": "findings"', '"findings"') == []


@pytest.mark.parametrize("count", by_effort([2600], [1500, 2600, 20_000]))
async def test_a_large_account_is_sampled(count: int) -> None:
    """Families stay whole, unlike ones come first, and the total fits the rows."""
    sandbox = make_sandbox(count)
    text, document = await capture(connect(sandbox))
    assert MAX_BYTES * 2 // 3 < len(text.encode()) <= MAX_BYTES
    listing = document["answers"][0]
    assert listing["total_count"] == count
    assert listing["total_of_rows"] == len(listing["rows"]) > 200
    rows = [dict(zip(document["columns"][row[0]], row[1:], strict=True)) for row in document["rows"]]
    ids = {rows[each]["resource_id"] for each in listing["rows"]}
    assert {rows[each]["parent_resource_id"] for each in listing["rows"]} - {None} <= ids
    replayed = await read_contract(connect_replay(Replay(parse_capture(text.encode()))))
    assert not replayed[0].with_result(ContractResult.DIFFERS)


async def test_reads_that_failed_are_in_it(sandbox: Sandbox) -> None:
    """With status and code, without the message, which may name the account."""
    sandbox.auth_state.deny("query_resources", "res_records")
    _, document = await capture(connect(sandbox))
    errors = [each["error"] for each in document["answers"] if each["error"]]
    assert errors == [{"http_status": 403, "error_code": "CBC.0151"}] * len(errors)
    assert len(errors) >= 3


@pytest.fixture
def sandbox() -> Sandbox:
    """An account."""
    return make_sandbox(60)
