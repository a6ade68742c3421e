from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import BaseModel

from tests.support.connections import connect, make_sandbox
from tests.support.stub_vendor import RecordingTransport
from unsub_tui.api import schemas
from unsub_tui.api.read_requests import BillQuery, ResourceQuery
from unsub_tui.api.resource_pages import WireDomains, WireResourcePage
from unsub_tui.api.wire_format import Unreadable
from unsub_tui.domain.action import Action

PACKAGES = json.loads((Path(__file__).parents[1] / "data" / "sdk-models.json").read_text(encoding="utf-8"))["packages"]
Model = Mapping[str, Any]

ANSWERS = [
    ("bss", "list_pay_per_use_customer_resources", WireResourcePage),
    ("bss", "show_customer_order_details", schemas.WireOrderDetails),
    ("bss", "list_customer_orders", schemas.WireOrderList),
    ("bss", "show_refund_order_details", schemas.WireRefunds),
    ("bss", "list_customerself_resource_record_details", schemas.WireBills),
    ("bss", "cancel_resources_subscription", schemas.WireUnsubscribeResponse),
    ("bss", "show_customer_account_balances", schemas.WireBalances),
    ("bss", "list_renew_rate_on_period", schemas.WireRenewalPrices),
    ("bss", "update_period_to_on_demand", schemas.WireChangeResponse),
    ("bss", "list_customerself_resource_records", schemas.WireFeeRows),
]
CASES = [
    *ANSWERS,
    *(("bssintl", operation, model) for _, operation, model in ANSWERS),
    ("iam", "keystone_list_auth_domains", WireDomains),
    ("eps", "list_enterprise_project", schemas.WireProjects),
]

ONLY_IN_DETAILS = {"WireOrderList.order_infos.user_name: nothing"}
"""One model of ours reads an order in both answers; in the list it finds nobody."""

AS_TEXT = {
    "WireRenewalPrices.renew_inquiry_results.amount: str",
    "WireFeeRows.fee_records.period_type: str",
}
"""Numbers that the service writes as texts, and that are read as such."""

COMPATIBLE_TYPES: Mapping[object, set[str]] = {
    str: {"str"},
    int: {"int"},
    Decimal: {"decimal.Decimal", "float", "int"},
    types.NoneType: {"str", "int"},  # a unit is only checked
    object: {"str"},  # a text that we can do without: whatever else comes is taken for none
}


def fields_of(model: type) -> Iterator[tuple[str, object]]:
    """Yield the JSON keys that one of our models reads, with our type."""
    if issubclass(model, msgspec.Struct):
        yield from typing.get_type_hints(model).items()
    else:
        assert issubclass(model, BaseModel)
        yield from ((name, field.annotation) for name, field in model.model_fields.items())


def bare(annotation: object) -> object:
    """Return our type without notes, without its being optional or unreadable."""
    while True:
        arguments = typing.get_args(annotation)
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = arguments[0]
        elif not {types.NoneType, Unreadable}.isdisjoint(arguments):
            (annotation,) = (each for each in arguments if each not in {types.NoneType, Unreadable})
        else:
            return annotation


def mismatches(ours: type, theirs: str, models: Mapping[str, Model], place: str) -> list[str]:
    """Return every key of ours that the vendor's model does not have, or has with a type that we do not read."""
    found: list[str] = []
    by_key = {key: models[theirs]["openapi_types"][name] for name, key in models[theirs]["attribute_map"].items()}
    for key, annotation in fields_of(ours):
        here = f"{place}.{key}"
        kind = by_key.get(key, "nothing")
        wanted = bare(annotation)
        if typing.get_origin(wanted) is list and kind.startswith("list["):
            wanted, kind = bare(typing.get_args(wanted)[0]), kind[5:-1]
        if isinstance(wanted, type) and wanted not in COMPATIBLE_TYPES and kind in models:
            found += mismatches(wanted, kind, models, here)
        elif kind not in COMPATIBLE_TYPES.get(wanted, set()):
            found.append(f"{here}: {kind}")
    return found


@pytest.mark.parametrize(("package", "operation", "model"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_what_we_read_is_what_the_vendor_documents(package: str, operation: str, model: type) -> None:
    """Every key that we read is in the vendor's model of that answer, with a type that we read."""
    known = PACKAGES[package]
    theirs = known["operations"][operation]["response_model"]

    assert set(mismatches(model, theirs, known["models"], model.__name__)) <= ONLY_IN_DETAILS | AS_TEXT


async def sent_requests() -> list[httpx.Request]:
    """Return one request of each kind that we ever make, over a sandbox."""
    sandbox = make_sandbox(60)
    recorder = RecordingTransport(httpx.ASGITransport(app=sandbox.app))
    connection = replace(connect(sandbox), transport_factory=lambda: recorder)
    now = sandbox.clock.now_utc()
    async with connection.read_client() as reader, connection.mutation_client() as submitter:
        await reader.find_account()
        listed = await reader.list_resources()
        await reader.resources_by_id([listed[0].id], statuses=(2, 4))
        orders = await reader.orders(order_type=1, created_from=now - timedelta(days=365), created_to=now)
        await reader.order(orders[0].order_id)
        await reader.list_resources(ResourceQuery(order_id=orders[0].order_id, only_main_resource=True))
        await reader.payments(f"{now:%Y-%m}", resource_id=listed[0].id)
        service = BillQuery(cycle=f"{now:%Y-%m}", service_type_code=listed[0].service_type_code.raw)
        await reader.payments_up_to(service, max_rows=10_000)
        await reader.payments_of_order(f"{now:%Y-%m}", orders[0].order_id)
        for resource in listed:
            answer = await submitter.send(submitter.prepare(Action.UNSUBSCRIBE, [resource.id], reason_text="why"))
            if hasattr(answer, "order_ids"):
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
    assert len(seen) == 7
