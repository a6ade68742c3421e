"""Effects of faults on requests, connections, JSON responses, paginated lists and order ids."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from urllib.parse import parse_qsl, urlencode

from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import AsgiExchange, RawResponse, error_response, to_json
from unsub_tui.sandbox.cloud_services import CloudService
from unsub_tui.sandbox.faults import Fault, FaultAction
from unsub_tui.sandbox.models import OrderType
from unsub_tui.sandbox.order_store import OrderQuery
from unsub_tui.sandbox.service_errors import ServiceError, signature_expired
from unsub_tui.sandbox.signature import SKEW_SECONDS, SignedRequest

_MEGABYTE = 1024 * 1024
_TOTALS = ("total_count", "count")


def shift_request(fault: Fault, request: SignedRequest) -> SignedRequest:
    """Return the request with its offset shifted by the rows of a SHIFT fault; offset 0 is unchanged."""
    if fault.action is not FaultAction.SHIFT:
        return request
    if request.method == "GET":
        pairs = parse_qsl(request.query, keep_blank_values=True)
        shifted = [
            (name, str(_shifted_offset(int(value), fault.rows)) if name == "offset" else value) for name, value in pairs
        ]
        return replace(request, query=urlencode(shifted))
    body = json.loads(request.body)
    body["offset"] = _shifted_offset(int(body.get("offset", 0)), fault.rows)
    return replace(request, body=json.dumps(body).encode())


def replace_order_id(fault: Fault, account: AccountState, request: bytes, response: RawResponse) -> RawResponse:
    """Return the response with the wrong order id of the fault; unchanged for other faults or without such an order."""
    if fault.action not in (FaultAction.ANSWER_WITH_PURCHASE_ORDER, FaultAction.ANSWER_WITH_ORDER_OF_OTHER):
        return response
    document = json.loads(response.content)
    if not isinstance(document, dict) or not document.get("order_ids"):
        return response
    ids = json.loads(request)["resource_ids"]  # valid, because there are orders
    find = _purchase_order if fault.action is FaultAction.ANSWER_WITH_PURCHASE_ORDER else _unrelated_order
    with account.lock:
        order_id = find(account, ids)
    return replace(response, content=to_json({**document, "order_ids": [order_id]})) if order_id else response


def _purchase_order(account: AccountState, ids: Sequence[str]) -> str | None:
    """Return the id of the order that bought the first resource."""
    resource = account.resources.get(ids[0])
    orders = account.orders.paid_orders(resource.purchase_number) if resource is not None else ()
    return next((order.order_id for order in orders), None)


def _unrelated_order(account: AccountState, ids: Sequence[str]) -> str | None:
    """Return the id of the newest unsubscription order with none of the resources."""
    for number in account.orders.query(OrderQuery(order_type=OrderType.UNSUBSCRIPTION)):
        order = account.orders.by_number(number)
        if not {each.resource_id for each in account.orders.resources_of(order)} & set(ids):
            return order.order_id
    return None


async def send_faulty_response(
    fault: Fault, exchange: AsgiExchange, response: RawResponse, service: CloudService
) -> None:
    """Send the response of a service with the fault applied."""
    match fault.action:
        case FaultAction.DROP_BEFORE | FaultAction.DROP_AFTER:
            await exchange.abort()
        case FaultAction.TRUNCATE:
            await exchange.send_truncated(response.content)
        case FaultAction.HEADERS_ONLY:
            await exchange.send_truncated(b"")
        case FaultAction.DRIP:
            await exchange.send_slowly(response, fault.bytes, fault.seconds)
        case FaultAction.NOT_HTTP:
            await exchange.send_raw(b"\x00\x01 this is not HTTP\r\n\r\n")
        case _:
            corrupted = _corrupt_response(fault, response, service)
            headers = {name: str(value) for name, value in fault.headers.items()}
            await exchange.send_response(replace(corrupted, headers={**corrupted.headers, **headers}))


def _corrupt_response(fault: Fault, response: RawResponse, service: CloudService) -> RawResponse:
    """Return the response with corrupted content; it is sent completely."""
    if fault.action in (FaultAction.ERROR, FaultAction.OK_WITH_ERROR):
        return error_response(ServiceError(fault.error_code, fault.error_msg, fault.status, service.form))
    if fault.action is FaultAction.THROTTLE:
        return error_response(service.rate_limited(fault.limit))
    if fault.action in _RESPONSE_EFFECTS:
        return _RESPONSE_EFFECTS[fault.action](fault, response)
    if fault.action in _TEXT_EFFECTS and response.content:
        return replace(response, content=_TEXT_EFFECTS[fault.action](response.content))
    if fault.action in _DOCUMENT_EFFECTS and response.content:
        document = json.loads(response.content)
        _DOCUMENT_EFFECTS[fault.action](document, fault)
        return replace(response, content=to_json(document))
    return response


def _expired(fault: Fault, _: RawResponse) -> RawResponse:
    return error_response(ServiceError(fault.error_code, fault.error_msg, fault.status))


def _body(fault: Fault, _: RawResponse) -> RawResponse:
    return RawResponse(content=fault.body.encode(errors="surrogatepass"), status=fault.status)


def _skew(fault: Fault, done: RawResponse) -> RawResponse:
    """Return the response with a shifted Date header, or APIGW.0303 if the shift exceeds the permitted skew."""
    date = {"date": format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)}
    response = done if abs(fault.seconds) <= SKEW_SECONDS else error_response(signature_expired())
    return replace(response, headers={**response.headers, **date})


def _large(megabytes: int) -> bytes:
    return b'{"total_count": 0, "data": [], "more": "' + b"x" * (megabytes * _MEGABYTE) + b'"}'


_RESPONSE_EFFECTS: Mapping[FaultAction, Callable[[Fault, RawResponse], RawResponse]] = {
    FaultAction.EXPIRED: _expired,
    FaultAction.SKEW: _skew,
    FaultAction.GARBAGE: _body,
    FaultAction.EMPTY: _body,
    FaultAction.BODY: _body,
    FaultAction.NESTED: _body,
    FaultAction.REDIRECT: _body,
    FaultAction.OVERSIZE: lambda fault, _: RawResponse(content=_large(fault.megabytes)),
    FaultAction.BOMB: lambda fault, _: RawResponse(
        content=gzip.compress(_large(fault.megabytes)), headers={"content-encoding": "gzip"}
    ),
    FaultAction.ENCODING: lambda _, done: replace(done, headers={"content-encoding": "br"}),
}
"""Actions that replace the response or its headers."""

_TEXT_EFFECTS: Mapping[FaultAction, Callable[[bytes], bytes]] = {
    FaultAction.DUPLICATE_KEYS: lambda content: content[:-1] + b"," + content[1:] if content != b"{}" else content,
    FaultAction.NON_FINITE: lambda content: b'{"total_count": NaN,' + content[1:],
    FaultAction.SURROGATES: lambda content: content.replace(b'":"', b'":"\\ud800'),
}
"""Actions that change the text of the response body."""


def _objects(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _null_fields(document: object, _: Fault) -> None:
    for each in _objects(document):
        for name, value in each.items():
            if not isinstance(value, dict | list):
                each[name] = None


def _missing_fields(document: object, fault: Fault) -> None:
    draw = Random(fault.seed)  # noqa: S311 - repeatable on purpose
    for each in list(_objects(document)):
        for name in [name for name in each if draw.random() < 0.3]:
            del each[name]


def _wrong_types(document: object, fault: Fault) -> None:
    draw = Random(fault.seed)  # noqa: S311 - repeatable on purpose
    for each in list(_objects(document)):
        for name in [name for name in each if draw.random() < 0.3]:
            each[name] = draw.choice(([], {"odd": 1}, True, "odd", 10**30, -1.5))


def _set_fields(document: object, fault: Fault) -> None:
    for each in _matching_objects(document, fault):
        each.update({name: value for name, value in fault.fields.items() if name in each})


def _huge_amounts(document: object, fault: Fault) -> None:
    """Multiply every amount by 10^30."""
    for each in _matching_objects(document, fault):
        for name, value in each.items():
            if "amount" in name and isinstance(value, int | float | str):
                each[name] = f"{value}e30" if isinstance(value, str) else int(value * 100) * 10**28


def _zero_times(document: object, fault: Fault) -> None:
    """Replace every time with the zero time of the Go language."""
    for each in _matching_objects(document, fault):
        for name in each:
            if name.endswith("_time"):
                each[name] = "0001-01-01T00:00:00Z"


def _matching_objects(document: object, fault: Fault) -> Iterator[dict[str, object]]:
    return (each for each in _objects(document) if not fault.only or fault.only in each.values())


def _change_total(document: object, by: int) -> None:
    for name in _TOTALS if isinstance(document, dict) else ():
        if isinstance(document, dict) and isinstance(document.get(name), int):
            document[name] += by


def _lists(document: object) -> Iterator[list[object]]:
    """Yield the lists of rows that are not empty, under whatever name; links to the next page are no rows."""
    named = document.items() if isinstance(document, dict) else ()
    found = (each for name, each in named if isinstance(each, list) and not name.endswith("_links"))
    return (each for each in found if each and all(isinstance(row, dict) for row in each))


def _repeat_row(document: object, _: Fault) -> None:
    for rows in _lists(document):
        rows[-1] = rows[0]


def _lose_row(document: object, _: Fault) -> None:
    for rows in _lists(document):
        del rows[-1]


def _empty_page(document: object, _: Fault) -> None:
    for rows in _lists(document):
        rows.clear()


_DOCUMENT_EFFECTS: Mapping[FaultAction, Callable[[object, Fault], None]] = {
    FaultAction.NULL_FIELDS: _null_fields,
    FaultAction.MISSING_FIELDS: _missing_fields,
    FaultAction.WRONG_TYPES: _wrong_types,
    FaultAction.SET_FIELDS: _set_fields,
    FaultAction.HUGE_AMOUNTS: _huge_amounts,
    FaultAction.ZERO_TIMES: _zero_times,
    FaultAction.RECOUNT: lambda document, fault: _change_total(document, fault.rows),
    FaultAction.SHIFT: lambda document, fault: None if fault.keeps_total else _change_total(document, -fault.rows),
    FaultAction.REPEAT_ROW: _repeat_row,
    FaultAction.SHORT_PAGE: _lose_row,
    FaultAction.EMPTY_PAGE: _empty_page,
}
"""Actions that change the parsed JSON document of the response."""


def _shifted_offset(offset: int, rows: int) -> int:
    return max(0, offset + rows) if offset else 0
