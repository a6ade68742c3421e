"""Effects of faults on requests, connections, JSON responses and paginated lists."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from urllib.parse import parse_qsl, urlencode

from unsub_tui.sandbox.asgi import AsgiExchange, to_json
from unsub_tui.sandbox.calls import RawResponse
from unsub_tui.sandbox.faults import Fault, FaultAction
from unsub_tui.sandbox.signature import SKEW_SECONDS, SignedRequest

_GARBAGE = b"<html><body>502 Bad Gateway</body></html>"
_LISTS = ("data", "order_infos", "order_line_items", "fee_records", "monthly_records", "service_types")
_MEGABYTE = 1024 * 1024


def shift_request(fault: Fault, request: SignedRequest) -> SignedRequest:
    """Return the request with its offset shifted by the rows of a SHIFT fault; offset 0 is unchanged."""
    if fault.action is not FaultAction.SHIFT:
        return request
    if request.method == "GET":
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        query["offset"] = str(_shifted_offset(int(query.get("offset", 0)), fault.rows))
        return replace(request, query=urlencode(query))
    body = json.loads(request.body)
    body["offset"] = _shifted_offset(int(body.get("offset", 0)), fault.rows)
    return replace(request, body=json.dumps(body).encode())


async def send_faulty_response(fault: Fault, exchange: AsgiExchange, response: RawResponse) -> None:
    """Send the response with the fault applied."""
    match fault.action:
        case FaultAction.DROP_BEFORE | FaultAction.DROP_AFTER:
            await exchange.abort()
        case FaultAction.TRUNCATE:
            await exchange.send_truncated(response.content)
        case FaultAction.HEADERS_ONLY:
            await exchange.send_truncated(b"")
        case FaultAction.DRIP:
            await exchange.send_slowly(response.status, response.content, fault.bytes, fault.seconds)
        case FaultAction.NOT_HTTP:
            await exchange.send_raw(b"\x00\x01 this is not HTTP\r\n\r\n")
        case _:
            spoilt = _corrupt_response(fault, response)
            await exchange.send_response(spoilt.status, spoilt.content, {**spoilt.headers, **fault.headers})


def _corrupt_response(fault: Fault, response: RawResponse) -> RawResponse:
    """Return the response with corrupted content; it is sent completely."""
    if fault.action in _RESPONSE_EFFECTS:
        return _RESPONSE_EFFECTS[fault.action](fault, response)
    if fault.action in _TEXT_EFFECTS and response.content:
        return replace(response, content=_TEXT_EFFECTS[fault.action](response.content))
    if fault.action in _DOCUMENT_EFFECTS and response.content:
        document = json.loads(response.content)
        _DOCUMENT_EFFECTS[fault.action](document, fault)
        return replace(response, content=to_json(document))
    return response


def _refusal(fault: Fault, _: RawResponse) -> RawResponse:
    body = to_json({"error_code": fault.error_code, "error_msg": fault.error_msg})
    return RawResponse(content=body, status=fault.status)


def _expired(_: Fault, __: RawResponse) -> RawResponse:
    message = "Incorrect IAM authentication information: x_auth_token is expired"
    return RawResponse(content=to_json({"error_code": "APIGW.0301", "error_msg": message}), status=401)


def _throttle(fault: Fault, _: RawResponse) -> RawResponse:
    message = f"The throttling threshold has been reached: policy user over ratelimit,limit:{fault.limit},time:1 second"
    return RawResponse(content=to_json({"error_code": "APIG.0308", "error_msg": message}), status=429)


def _skew(fault: Fault, done: RawResponse) -> RawResponse:
    """Return the response with a shifted Date header, or APIGW.0303 if the shift exceeds the permitted skew."""
    date = {"date": format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)}
    if abs(fault.seconds) <= SKEW_SECONDS:
        return replace(done, headers={**done.headers, **date})
    message = "Incorrect app authentication information: x-sdk-date is out of range"
    return RawResponse(content=to_json({"error_code": "APIGW.0303", "error_msg": message}), status=401, headers=date)


def _bomb(fault: Fault, _: RawResponse) -> RawResponse:
    return RawResponse(content=gzip.compress(_large(fault.megabytes)), headers={"content-encoding": "gzip"})


def _large(megabytes: int) -> bytes:
    return b'{"total_count": 0, "data": [], "more": "' + b"x" * (megabytes * _MEGABYTE) + b'"}'


_RESPONSE_EFFECTS: Mapping[FaultAction, Callable[[Fault, RawResponse], RawResponse]] = {
    FaultAction.ERROR: _refusal,
    FaultAction.OK_WITH_ERROR: _refusal,
    FaultAction.EXPIRED: _expired,
    FaultAction.THROTTLE: _throttle,
    FaultAction.SKEW: _skew,
    FaultAction.GARBAGE: lambda _, __: RawResponse(content=_GARBAGE),
    FaultAction.EMPTY: lambda _, __: RawResponse(content=b""),
    FaultAction.BODY: lambda fault, _: RawResponse(
        content=fault.body.encode(errors="surrogatepass"), status=fault.status
    ),
    FaultAction.OVERSIZE: lambda fault, _: RawResponse(content=_large(fault.megabytes)),
    FaultAction.BOMB: _bomb,
    FaultAction.ENCODING: lambda _, done: replace(done, headers={"content-encoding": "br"}),
    FaultAction.NESTED: lambda _, __: RawResponse(content=b"[" * 100_000),
    FaultAction.REDIRECT: lambda _, __: RawResponse(
        content=b"", status=302, headers={"location": "http://127.0.0.1:9/"}
    ),
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


def _increase_total(document: object, fault: Fault) -> None:
    if isinstance(document, dict) and isinstance(document.get("total_count"), int):
        document["total_count"] += fault.rows


def _decrease_total(document: object, fault: Fault) -> None:
    if not fault.keeps_total:
        _increase_total(document, replace(fault, rows=-fault.rows))


def _on_rows(change: Callable[[list[object]], None]) -> Callable[[object, Fault], None]:
    def spoil(document: object, _: Fault) -> None:
        for name in _LISTS:
            rows = document.get(name) if isinstance(document, dict) else None
            if isinstance(rows, list) and rows:
                change(rows)

    return spoil


def _repeat_row(rows: list[object]) -> None:
    rows[-1] = rows[0]


def _lose_row(rows: list[object]) -> None:
    del rows[-1]


_DOCUMENT_EFFECTS: Mapping[FaultAction, Callable[[object, Fault], None]] = {
    FaultAction.NULL_FIELDS: _null_fields,
    FaultAction.MISSING_FIELDS: _missing_fields,
    FaultAction.WRONG_TYPES: _wrong_types,
    FaultAction.SET_FIELDS: _set_fields,
    FaultAction.HUGE_AMOUNTS: _huge_amounts,
    FaultAction.ZERO_TIMES: _zero_times,
    FaultAction.RECOUNT: _increase_total,
    FaultAction.SHIFT: _decrease_total,
    FaultAction.REPEAT_ROW: _on_rows(_repeat_row),
    FaultAction.SHORT_PAGE: _on_rows(_lose_row),
    FaultAction.EMPTY_PAGE: _on_rows(list.clear),
}
"""Actions that change the parsed JSON document of the response."""


def _shifted_offset(offset: int, rows: int) -> int:
    return max(0, offset + rows) if offset else 0
