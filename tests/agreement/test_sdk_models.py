from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.connections import connect, make_sandbox
from tests.support.stub_vendor import RecordingTransport, StubResponse, stub_sequence
from unsub_tui.api import mapping
from unsub_tui.api.mutation_results import Accepted, MutationResult, Rejected, classify_response
from unsub_tui.api.resource_pages import StringInterner, decode_page
from unsub_tui.api.transport import ApiResponse
from unsub_tui.domain.action import Action
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

PACKAGES = json.loads((Path(__file__).parents[1] / "data" / "sdk-models.json").read_text(encoding="utf-8"))["packages"]
Model = Mapping[str, Any]

EXAMPLE_TEXT = "20"
"""Every text and number of the examples, so that a value shows that its field was read."""


def example(model: str, models: Mapping[str, Model], without: str = "") -> dict[str, Any]:
    """Return an object with all keys that the vendor documents, with values of the documented types."""
    known = models[model]
    keys = {key: known["openapi_types"][name] for name, key in known["attribute_map"].items() if key != without}
    return {key: example_value(key, kind, models, without) for key, kind in keys.items()}


def example_value(key: str, kind: str, models: Mapping[str, Model], without: str) -> object:
    """Return a value of a documented type."""
    if kind.startswith("list["):
        return [example_value(key, kind[5:-1], models, without)]
    if kind in models:
        return example(kind, models, without)
    if kind == "datetime" or (kind == "str" and key.endswith("_time")):
        return "2026-01-15T02:00:00Z"
    if kind == "bool":
        return True
    if key == "payer_account_id":
        return f"not {EXAMPLE_TEXT}"  # what the account itself paid is not told apart
    text = "1" if key in ("total_count", "count", "measure_id", "coupon_type") else EXAMPLE_TEXT
    return text if kind == "str" else int(text)


def gaps(found: object, place: str) -> Iterator[str]:
    """Yield the place of each value that is missing in what was decoded."""
    if dataclasses.is_dataclass(found):
        for each in dataclasses.fields(found):
            yield from gaps(getattr(found, each.name), f"{place}.{each.name}")
    elif isinstance(found, list | tuple):
        yield from (each for part in found for each in gaps(part, place)) if found else [place]
    elif found in (None, "", EMPTY, {}):
        yield place


READS: dict[str, Callable[[str, bytes], object]] = {
    "list_pay_per_use_customer_resources": partial(decode_page, interner=StringInterner()),
    "show_customer_order_details": mapping.order_page,
    "list_customer_orders": mapping.orders_page,
    "show_refund_order_details": mapping.refund_rows,
    "list_customerself_resource_record_details": partial(mapping.bills_page, fields=mapping.MONTHLY_RECORDS),
    "list_customerself_resource_records": partial(mapping.bills_page, fields=mapping.FEE_RECORDS),
    "show_customer_account_balances": mapping.balance,
    "list_sub_customer_coupons": partial(mapping.coupons, order_id=EXAMPLE_TEXT),
    "list_renew_rate_on_period": partial(mapping.renewal_prices, ids=[EXAMPLE_TEXT]),
    "list_enterprise_project": mapping.projects_page,
}
CASES = [
    *((package, operation) for package in ("bss", "bssintl") for operation in READS if "project" not in operation),
    ("eps", "list_enterprise_project"),
]
NOT_IN_EVERY_ANSWER = {"out_of_range", "problems", "lines", "defect", "keys", "missing"}
"""What an answer without a fault, an order without its lines, and rows without a key do not have."""
UNDOCUMENTED = {
    "list_customer_orders": {"user_name"},
    "show_customer_order_details": {"payer_id"},
    "list_customerself_resource_records": {
        "term_start",
        "term_end",
        "parent_id",
        "root_id",
        "relation_ids",
        "payer_id",
    },  # its times are not those of the period
}


def documented_answer(package: str, operation: str, without: str = "") -> bytes:
    """Return the answer that the vendor documents."""
    known = PACKAGES[package]
    return json.dumps(example(known["operations"][operation]["response_model"], known["models"], without)).encode()


@pytest.mark.parametrize(("package", "operation"), CASES)
def test_what_we_read_is_what_the_vendor_documents(package: str, operation: str) -> None:
    """Every value of ours comes from a key that the vendor documents for that answer, with a type that we read."""
    found = READS[operation](operation, documented_answer(package, operation))

    missing = {each.rpartition(".")[2] for each in gaps(found, "answer")}
    assert missing - NOT_IN_EVERY_ANSWER == UNDOCUMENTED.get(operation, set())


@pytest.mark.parametrize("package", ["bss", "bssintl"])
def test_every_amount_that_we_add_up_is_documented(package: str) -> None:
    """The parts of a charge, what is not clear about it, and the cards of an order."""
    bill = documented_answer(package, "list_customerself_resource_record_details", without="consume_amount")
    older_bill = documented_answer(package, "list_customerself_resource_records")
    (row,) = mapping.bills_page("bills", bill, mapping.MONTHLY_RECORDS).rows
    (older,) = mapping.bills_page("bills", older_bill, mapping.FEE_RECORDS).rows
    order, _ = mapping.order_page("order", documented_answer(package, "show_customer_order_details"))
    assert row is not None
    assert older is not None
    counted = [row.payable, row.unclear, older.unclear, order.amounts.cards]
    assert counted == [Decimal(20 * parts) for parts in (8, 2, 2, 2)]


@pytest.mark.parametrize("package", ["bss", "bssintl"])
def test_the_results_of_changes_are_documented(package: str) -> None:
    """Order ids, and the resource, code and message of a failure."""

    def classify(action: Action, operation: str, without: str = "") -> MutationResult:
        response = ApiResponse(200, documented_answer(package, operation, without), "", None, None)
        return classify_response(action, "a test", response, [EXAMPLE_TEXT])

    accepted = classify(Action.UNSUBSCRIBE, "cancel_resources_subscription", without="fail_resource_infos")
    assert accepted == Accepted((EXAMPLE_TEXT,))
    for refused in (
        classify(Action.UNSUBSCRIBE, "cancel_resources_subscription", without="order_ids"),
        classify(Action.PAY_PER_USE, "update_period_to_on_demand"),
    ):
        assert isinstance(refused, Rejected)
        assert (refused.problem.code.raw, refused.problem.message.raw) == (EXAMPLE_TEXT, EXAMPLE_TEXT)
    prices = documented_answer(package, "list_renew_rate_on_period", without="renew_inquiry_results")
    problem = mapping.renewal_prices("a test", prices, [EXAMPLE_TEXT]).problems[EXAMPLE_TEXT]
    assert (problem.code.raw, problem.message.raw) == (EXAMPLE_TEXT, EXAMPLE_TEXT)


async def test_the_account_is_documented() -> None:
    """Its id and its name."""
    vendor = stub_sequence(StubResponse(200, documented_answer("iam", "keystone_list_auth_domains")))
    async with vendor.connection().read_client() as client:
        assert await client.find_account() == (EXAMPLE_TEXT, UntrustedText(EXAMPLE_TEXT))


async def sent_requests() -> list[httpx.Request]:
    """Return one request of each kind that we ever make, over a sandbox."""
    sandbox = make_sandbox(60)
    recorder = RecordingTransport(httpx.ASGITransport(app=sandbox.app))
    connection = dataclasses.replace(connect(sandbox), transport_factory=lambda: recorder)
    now = sandbox.clock.now_utc()
    async with connection.read_client() as reader, connection.mutation_client() as submitter:
        await reader.find_account()
        listed = await reader.list_resources()
        await reader.resources_by_id([listed[0].id])
        orders = await reader.orders(order_type=1, created_from=now - timedelta(days=365), created_to=now)
        await reader.order(orders[0].order_id)
        await reader.list_resources(order_id=orders[0].order_id, only_main_resource=True)
        await reader.payments(f"{now:%Y-%m}", resource_id=listed[0].id)
        await reader.payments_up_to(f"{now:%Y-%m}", listed[0].service_type_code.raw, max_pages=10)
        await reader.coupons(orders[0].order_id)
        await reader.payments_of_order(f"{now:%Y-%m}", orders[0].order_id)
        for resource in listed:
            answer = await submitter.send(submitter.prepare(Action.UNSUBSCRIBE, [resource.id], reason_text="why"))
            if isinstance(answer, Accepted):
                await reader.refund_rows(answer.order_ids[0])
                break
    return recorder.requests


def operation_of(request: httpx.Request, operations: Mapping[str, Model]) -> Model | None:
    """Return the vendor's operation behind a request; None where the package has none."""
    for operation in operations.values():
        fixed, _, parameter = operation["path"].partition("{")
        path = request.url.path
        if request.method == operation["method"] and (path.startswith(fixed) if parameter else path == fixed):
            return operation
    return None


@pytest.mark.parametrize("package", ["bss", "bssintl"])
async def test_what_we_ask_is_what_the_vendor_documents(package: str) -> None:
    """Every call is an operation of the vendor's; it sends no key that is unknown there, and all that are needed."""
    known, seen = PACKAGES[package], set[str]()
    for request in await sent_requests():
        if request.url.path == "/v3/auth/domains":
            continue  # of another service
        operation = operation_of(request, known["operations"])
        assert operation is not None, request.url
        seen.add(operation["path"])
        assert set(dict(request.url.params)) <= set(operation["query_params"])
        body = json.loads(request.content or b"{}")
        wrapper = known["models"][operation["request_model"]]
        required = set(wrapper["required"])
        if operation["has_body"]:
            model = known["models"][wrapper["openapi_types"]["body"]]
            assert set(body) <= set(model["attribute_map"].values()), operation["path"]
            assert set(model["required"]) <= set(body), operation["path"]
            assert None not in body.values()
        else:
            assert required <= set(dict(request.url.params)) | set(operation["path_params"]), operation["path"]
    assert len(seen) == 8
