"""Serves a capture of an account: what its answers were, moved to today. It changes nothing and stores nothing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

from unsub_tui.sandbox.asgi import AsgiApp, AsgiExchange, RawResponse, Receive, Scope, Send, error_response, to_json
from unsub_tui.sandbox.auth_state import Key
from unsub_tui.sandbox.capture_file import Capture, CapturedAnswer, Row
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.signature import SignedRequest, authenticate
from unsub_tui.sandbox.timestamps import month_of, parse_timestamp

REPLAY_KEY = Key("REPLAYREADER00000001", "replay-secret-of-the-only-reader-0000", can_write=False)
DOMAIN_ID = "4e91a7c05b2d48f3960e8d1c7a5b3f20"
"""Account id of every replay: the capture has none."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d:\d\d.*)?", re.ASCII)
_ROWS: Mapping[str, str] = {
    "list_resources": "data",
    "list_orders": "order_infos",
    "order": "order_line_items",
    "refund_rows": "refund_infos",
    "bills": "monthly_records",
}
"""Name of the list of rows in the response of each operation."""
_MAX_LIMIT = 1000
_UNKNOWN_ORDER = "CBC.30000010"
_NOT_CAPTURED = ServiceError("APIGW.0101", "API not exist or not published: it is not in the capture", 404)


@dataclass(frozen=True, slots=True)
class _Call:
    """A request: its fields, from the query or the body, and the last part of its path."""

    fields: Mapping[str, object]
    name: str

    def text(self, name: str) -> str:
        """Return a field as text; empty if it is absent."""
        value = self.fields.get(name)
        return str(value) if isinstance(value, str | int) else ""

    def number(self, name: str, default: int) -> int:
        """Return a field as a number."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def texts(self, name: str) -> frozenset[str]:
        """Return a list of texts or numbers as texts."""
        value = self.fields.get(name)
        return (
            frozenset(str(each) for each in value if isinstance(each, str | int))
            if isinstance(value, list)
            else frozenset()
        )


class Replay:
    """A server for the answers of a capture, in place of a sandbox."""

    access_key = REPLAY_KEY.access_key
    secret_key = REPLAY_KEY.secret_key
    domain_id = DOMAIN_ID
    service_apps: Mapping[str, AsgiApp] = {}
    """None: a capture has no answers of other services."""

    def __init__(self, capture: Capture, latency_ms: int = 0) -> None:
        self._capture = capture
        self._latency_seconds = latency_ms / 1000
        self._routes: list[tuple[str, re.Pattern[str], Callable[[_Call], Row]]] = [
            (method, re.compile(path), answer)
            for method, path, answer in (
                ("GET", "/v3/auth/domains", self._domains),
                ("GET", "/v5/caller-identity", self._caller),
                ("GET", "/v2/products/service-types", lambda _: {"total_count": 0, "service_types": []}),
                ("GET", "/v2/accounts/customer-accounts/balances", self._balances),
                ("POST", "/v2/orders/suscriptions/resources/query", self._resources),
                ("GET", "/v2/orders/customer-orders", self._orders),
                ("GET", "/v2/orders/customer-orders/details/([^/]+)", self._order),
                ("GET", "/v2/orders/customer-orders/refund-orders", self._refund_rows),
                ("POST", "/v2/bills/customer-bills/res-records/query", self._bills),
            )
        ]

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        exchange = AsgiExchange(scope, receive, send)
        request = await exchange.read_request()
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        try:
            response = RawResponse(content=to_json(self._answer(request, scope["path"])))
        except ServiceError as error:
            response = error_response(error)
        await exchange.send_response(response)

    def _answer(self, request: SignedRequest, path: str) -> Row:
        authenticate(request, {REPLAY_KEY.access_key: REPLAY_KEY}, datetime.now(UTC))
        if request.headers.get("x-domain-id", DOMAIN_ID) != DOMAIN_ID:
            raise ServiceError("CBC.0155", "This request is not allowed: the keys are of another account.", 403)
        for method, pattern, answer in self._routes:
            match = pattern.fullmatch(path) if method == request.method else None
            if match is not None:
                return answer(_Call(_fields(request), "".join(match.groups())))
        if request.method != "GET":
            raise ServiceError("CBC.0151", "Access denied. A replay changes nothing.", 403)
        raise _NOT_CAPTURED

    def _domains(self, _: _Call) -> Row:
        return {"domains": [{"id": DOMAIN_ID, "name": "replay", "enabled": True}], "links": {}}

    def _caller(self, _: _Call) -> Row:
        return {"account_id": DOMAIN_ID, "principal_urn": f"iam::{DOMAIN_ID}:user:replay", "principal_id": DOMAIN_ID}

    def _balances(self, _: _Call) -> Row:
        """Return the currency only: a capture has no balances."""
        return {"account_balances": [], "currency": self._capture.currency, "measure_id": 1, "debt_amount": None}

    def _resources(self, call: _Call) -> Row:
        ids, statuses = call.texts("resource_ids"), call.texts("status_list")
        only_main, order_id = call.number("only_main_resource", 0) == 1, call.text("order_id")
        whole = self._find(
            "list_resources", lambda each: not each.fields.get("resource_ids") and not each.fields.get("status_list")
        )
        if not only_main and not order_id:
            stored = self._stored("list_resources", lambda each: _same_query(each, ids, statuses))
            if stored is not None:
                return self._page(call, stored, stored.rows, stored.total)
        rows = [
            row
            for row in whole.rows
            if (not ids or {_text(row, "resource_id"), _text(row, "parent_resource_id")} & ids)
            and (not statuses or _text(row, "status") in {*statuses, ""})
            and (not only_main or _is_primary(row))
            and not order_id  # a capture does not say which order a resource is of
        ]
        counts_all = whole.total != sum(map(_is_primary, whole.rows))
        return self._page(call, whole, rows, len(rows) if counts_all else sum(map(_is_primary, rows)))

    def _orders(self, call: _Call) -> Row:
        stored = self._find("list_orders", lambda _: True)
        begin, end = (parse_timestamp(call.text(f"create_time_{name}")) for name in ("begin", "end"))
        rows = []
        for row in stored.rows:
            created = parse_timestamp(str(self._moved(_text(row, "create_time"))))
            is_within = created is None or ((begin is None or created >= begin) and (end is None or created <= end))
            names = ("order_type", "status", "order_id")
            if is_within and all(call.text(each) in ("", _text(row, each)) for each in names):
                rows.append(row)
        return self._page(call, stored, rows, len(rows))

    def _order(self, call: _Call) -> Row:
        return self._details("order", call, call.name)

    def _refund_rows(self, call: _Call) -> Row:
        return self._details("refund_rows", call, call.text("order_id"))

    def _details(self, operation: str, call: _Call, order_id: str) -> Row:
        """Return the captured details of an order."""
        stored = self._stored(operation, lambda each: each.fields.get("order_id") == order_id)
        if stored is not None:
            return self._page(call, stored, stored.rows, stored.total)
        listed = {_text(row, "order_id") for each in self._answers("list_orders") for row in each.rows}
        raise _NOT_CAPTURED if order_id in listed else ServiceError(_UNKNOWN_ORDER)

    def _bills(self, call: _Call) -> Row:
        method, resource_id, service = (call.text(each) for each in ("method", "res_instance_id", "cloud_service_type"))
        bill = self._find("bills", lambda each: (each.fields.get("method") or "") == method)
        stored = [
            each for each in self._answers("bills") if (each.fields.get("method") or "") == method and not each.error
        ]
        if not resource_id:
            stored = [each for each in stored if not each.fields.get("res_instance_id")]
        rows = [
            row
            for row in {id(row): row for each in stored for row in each.rows}.values()
            if (not resource_id or _text(row, "res_instance_id") == resource_id)
            and (not service or _text(row, "cloud_service_type") == service)
            and self._month(row) == call.text("cycle")
        ]
        more = 0 if resource_id else bill.total - len(bill.rows)  # of members, which are not in the file
        page = self._page(call, bill, rows, len(rows) + max(0, more))
        for row in page["monthly_records"] if isinstance(page["monthly_records"], list) else ():
            row["cycle"] = call.text("cycle")
        return page

    def _month(self, row: Row) -> str:
        paid = parse_timestamp(str(self._moved(_text(row, "consume_time"))))
        return "" if paid is None else month_of(paid)

    def _answers(self, operation: str) -> list[CapturedAnswer]:
        return [each for each in self._capture.answers if each.operation == operation]

    def _stored(self, operation: str, is_wanted: Callable[[CapturedAnswer], bool]) -> CapturedAnswer | None:
        """Return the first captured answer that is wanted, or None. Raise ServiceError if it is an error."""
        found = next(filter(is_wanted, self._answers(operation)), None)
        if found is not None and found.error is not None:
            status, code = found.error
            raise ServiceError(code, "This error was captured.", status)
        return found

    def _find(self, operation: str, is_wanted: Callable[[CapturedAnswer], bool]) -> CapturedAnswer:
        """Return the first captured answer that is wanted. Raise ServiceError if there is none or it is an error."""
        found = self._stored(operation, is_wanted)
        if found is None:
            raise _NOT_CAPTURED
        return found

    def _page(self, call: _Call, stored: CapturedAnswer, rows: Sequence[Row], total: int) -> dict[str, object]:
        limit = min(call.number("limit", 10), _MAX_LIMIT) if stored.operation != "refund_rows" else len(rows)
        offset = call.number("offset", 0)
        is_by_primary = self._capture.pages_by_primary and stored.operation == "list_resources"
        cut = _primary_page(rows, offset, limit) if is_by_primary else rows[offset : offset + limit]
        page = [self._moved(row) for row in cut]
        rest = self._moved(stored.rest)
        return {**(rest if isinstance(rest, dict) else {}), "total_count": total, _ROWS[stored.operation]: page}

    def _moved(self, value: object) -> object:
        """Return a value with all its times moved from the day of the capture to today."""
        if isinstance(value, Mapping):
            return {name: self._moved(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._moved(each) for each in value]
        found = _DAY.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        try:
            day = date.fromisoformat(found[1]) + (datetime.now(UTC).date() - self._capture.day)
        except (ValueError, OverflowError):
            return value
        return day.isoformat() + (found[2] or "")


def _fields(request: SignedRequest) -> Mapping[str, object]:
    if request.method == "GET":
        return dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        found = json.loads(request.body) if request.body else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServiceError("CBC.0100", "The request body is not a JSON object.")
    return found


def _same_query(answer: CapturedAnswer, ids: frozenset[str], statuses: frozenset[str]) -> bool:
    stored = _Call(answer.fields, "")
    return stored.texts("resource_ids") == ids and stored.texts("status_list") == statuses


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _primary_page(rows: Sequence[Row], offset: int, limit: int) -> list[Row]:
    """Return a page of primary rows, with the rows of what is attached to them."""
    chosen = {id(row) for row in list(filter(_is_primary, rows))[offset : offset + limit]}
    ids = {_text(row, "resource_id") for row in rows if id(row) in chosen} - {""}
    return [
        row for row in rows if id(row) in chosen or (not _is_primary(row) and _text(row, "parent_resource_id") in ids)
    ]


def _is_primary(row: Row) -> bool:
    return _text(row, "is_main_resource") == "1"
