"""Reads the responses that the contract check judges: at most MAX_READS, however large the account is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.raw_reads import RawReads
from unsub_tui.api.wire_format import format_timestamp
from unsub_tui.domain.leftovers import SERVER_SERVICE
from unsub_tui.domain.order import OrderStatus, OrderType
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.resource import Status

PAGE_SIZE = 500
MAX_PAGES = 4
"""Maximum number of pages of the list that are read, with and without `status_list`: 1,997 rows."""

MAX_READS = 2 * MAX_PAGES + 12
"""Maximum number of reads of one check, without repetitions of failed ones."""

LISTED_STATUSES = (Status.IN_USE, Status.FROZEN, Status.EXPIRED)
"""The statuses for the read with `status_list`."""

ORDER_WINDOW = timedelta(days=364)
"""Huawei Cloud rejects windows of more than a year."""

_BILL_TIME = timezone(timedelta(hours=8))
"""Time zone of bill months."""
_BILL_FIELDS: Mapping[str, object] = {"charge_mode": 1, "statistic_type": 3, "include_zero_record": True}
_BILL_ROWS = 100

Read = Callable[[Mapping[str, object]], Awaitable[JsonObject]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response to one read, or the problem with it."""

    operation: str
    fields: Mapping[str, object]
    """The fields of the request."""
    document: JsonObject | None = None
    problem: Problem | None = None

    def required(self) -> JsonObject:
        """Return the response. Raise UnsubError if the read failed."""
        if self.problem is not None:
            raise UnsubError(self.problem)
        return self.document or JsonObject(self.operation, {})

    def rows(self) -> list[JsonObject]:
        """Return the rows; one that is not an object is empty. Raise UnsubError if the read failed."""
        listed = self.required().elements(ROWS[self.operation])
        return [JsonObject(self.operation, each if isinstance(each, dict) else {}) for each in listed]

    def total(self) -> int:
        """Return `total_count`. Raise UnsubError if the read failed."""
        return self.required().total_count()

    @property
    def offset(self) -> int:
        """The position of the first row in the listing."""
        offset = self.fields.get("offset", 0)
        return offset if isinstance(offset, int) else 0


ROWS: Mapping[str, str] = {
    "list_resources": "data",
    "list_orders": "order_infos",
    "order": "order_line_items",
    "refund_rows": "refund_infos",
    "bills": "monthly_records",
}
"""Name of the list of rows in the response of each read."""


@dataclass(slots=True, kw_only=True)
class Answers:
    """The responses that the contract check judges. None: not read, because an earlier response gave no reason to."""

    now: datetime
    sent: list[Answer] = field(default_factory=list)
    """All of them, in the order of the reads."""
    listing: list[Answer] = field(default_factory=list)
    """The first pages of the list."""
    filtered: list[Answer] = field(default_factory=list)
    """The first pages of the list with `status_list`."""
    primary: Answer | None = None
    """One primary resource, with the total of them."""
    overlap: Answer | None = None
    """A second page of a list of one page: from the position on at which its last primary row would be, if pages
    counted primary rows only."""
    server: JsonObject | None = None
    """A primary resource with an attached one; a server with a disk of the same term, if there is one."""
    disk: JsonObject | None = None
    """An attached resource of `server`."""
    server_by_id: Answer | None = None
    orders: Answer | None = None
    order_halves: tuple[Answer, Answer] | None = None
    purchase: JsonObject | None = None
    """The newest completed purchase, as listed."""
    purchase_order: Answer | None = None
    """Its detail."""
    unsubscription: JsonObject | None = None
    """The newest completed unsubscription, as listed."""
    refund_rows: Answer | None = None
    """Its refund rows."""
    bill: Answer | None = None
    bill_without_method: Answer | None = None
    server_bill: Answer | None = None
    disk_bill: Answer | None = None
    server_time_offset: timedelta | None = None
    """The service's clock minus the local one."""
    has_stated_rate: bool = False

    def listed_rows(self) -> list[JsonObject]:
        """Return the rows of the list that were read. Raise UnsubError if a page failed."""
        return join_pages(self.listing)

    @property
    def is_listing_complete(self) -> bool:
        """Whether the pages that were read contain the whole list."""
        return is_last_page(self.listing[-1])


def join_pages(pages: list[Answer]) -> list[JsonObject]:
    """Return the rows of pages, each of which repeats the last row of the previous one.

    If pages count primary rows only, each repeats the last primary row with all that is attached to it.
    """
    rows: list[JsonObject] = []
    repeated: set[tuple[str, str]] = set()
    for page in pages:
        found = page.rows()
        is_by_primary = any(len(each.rows()) > PAGE_SIZE for each in pages)
        rows += [row for row in found if row_key(row) not in repeated] if is_by_primary else found[bool(repeated) :]
        repeated = set(map(row_key, found))
    return rows


def is_last_page(page: Answer) -> bool:
    """Return whether a page is not full. A page longer than its limit counts primary rows only."""
    rows = page.rows()
    primary = sum(row.integer("is_main_resource") == 1 for row in rows)
    return (primary if len(rows) > PAGE_SIZE else len(rows)) < PAGE_SIZE


def row_key(row: JsonObject) -> tuple[str, str]:
    """Return the ids by which the program matches rows of the list."""
    return row.text("id"), row.text("resource_id")


async def read_answers(raw: RawReads, now: datetime) -> Answers:
    """Read what the contract check judges. A failed read is an answer with its problem."""
    reader = _Reader(raw, Answers(now=now))
    await reader.read_list()
    await reader.read_orders()
    await reader.read_bills()
    return reader.answers


class _Reader:
    def __init__(self, raw: RawReads, answers: Answers) -> None:
        self.answers = answers
        self._raw = raw

    async def read_list(self) -> None:
        """Read the first pages of the list in both forms, and what depends on their rows."""
        answers = self.answers
        answers.listing = await self._read_pages({})
        answers.filtered = await self._read_pages({"status_list": [int(each) for each in LISTED_STATUSES]})
        answers.primary = await self._read_resources({"only_main_resource": 1, "limit": 1, "offset": 0})
        if answers.listing[-1].problem is not None:
            return
        rows = answers.listed_rows()
        if len(answers.listing) == 1 and len(rows) > 1:
            primary = sum(row.integer("is_main_resource") == 1 for row in rows)
            answers.overlap = await self._read_resources({"limit": PAGE_SIZE, "offset": (primary or len(rows)) - 1})
        answers.server, answers.disk = find_server(rows, answers.now)
        if answers.server is not None:
            ids = [answers.server.text("resource_id")]
            answers.server_by_id = await self._read_resources({"resource_ids": ids, "limit": PAGE_SIZE, "offset": 0})

    async def read_orders(self) -> None:
        """Read the orders of a year, their number in each half of it, and details of two of them."""
        answers, end = self.answers, self.answers.now
        begin, middle = end - ORDER_WINDOW, end - ORDER_WINDOW / 2
        answers.orders = await self._read_window(begin, end, limit=100)
        if answers.orders.problem is not None:
            return
        second = await self._read_window(middle + timedelta(seconds=1), end, limit=1)
        answers.order_halves = (await self._read_window(begin, middle, limit=1), second)
        answers.purchase = _newest_order(answers.orders, OrderType.NEW)
        if answers.purchase is not None:
            fields = {"order_id": answers.purchase.text("order_id"), "limit": 100, "offset": 0}
            answers.purchase_order = await self._read("order", self._raw.order, fields)
        answers.unsubscription = _newest_order(answers.orders, OrderType.UNSUBSCRIPTION)
        if answers.unsubscription is not None:
            fields = {"order_id": answers.unsubscription.text("order_id")}
            answers.refund_rows = await self._read("refund_rows", self._raw.refund_rows, fields)

    async def read_bills(self) -> None:
        """Read the bill of the newest purchase's month, with and without `method`, and those of server and disk."""
        answers = self.answers
        paid = answers.purchase.timestamp("payment_time") if answers.purchase is not None else None
        answers.bill = await self._read_bill(paid or answers.now, {"method": "oneself"})
        answers.bill_without_method = await self._read_bill(paid or answers.now, {})
        begun = answers.server.timestamp("effective_time") if answers.server is not None else None
        if answers.server is not None and answers.disk is not None and begun is not None:
            one, other = answers.server.text("resource_id"), answers.disk.text("resource_id")
            answers.server_bill = await self._read_bill(begun, {"method": "oneself", "res_instance_id": one})
            answers.disk_bill = await self._read_bill(begun, {"method": "oneself", "res_instance_id": other})

    async def _read_pages(self, fields: Mapping[str, object]) -> list[Answer]:
        """Read pages until one is the last or failed, at most MAX_PAGES."""
        pages: list[Answer] = []
        for number in range(MAX_PAGES):
            pages.append(await self._read_resources({**fields, "limit": PAGE_SIZE, "offset": number * (PAGE_SIZE - 1)}))
            if pages[-1].problem is not None or is_last_page(pages[-1]):
                break
        return pages

    async def _read_resources(self, fields: Mapping[str, object]) -> Answer:
        return await self._read("list_resources", self._raw.resources, fields)

    async def _read_window(self, begin: datetime, end: datetime, limit: int) -> Answer:
        fields = {
            "create_time_begin": format_timestamp(begin),
            "create_time_end": format_timestamp(end),
            "order_by": "-createTime",
            "method": "oneself",
            "limit": limit,
            "offset": 0,
        }
        return await self._read("list_orders", self._raw.orders, fields)

    async def _read_bill(self, month_of: datetime, fields: Mapping[str, object]) -> Answer:
        cycle = month_of.astimezone(_BILL_TIME).strftime("%Y-%m")
        return await self._read(
            "bills", self._raw.bills, {"cycle": cycle, **_BILL_FIELDS, **fields, "limit": _BILL_ROWS, "offset": 0}
        )

    async def _read(self, operation: str, read: Read, fields: Mapping[str, object]) -> Answer:
        """Send one read. A response whose rows or total cannot be found is a failed read as well."""
        answer = Answer(operation=operation, fields=fields)
        try:
            answer = Answer(operation=operation, fields=fields, document=await read(fields))
            answer.rows()
            answer.total()
        except UnsubError as error:
            answer = Answer(operation=operation, fields=fields, document=answer.document, problem=error.problem)
        self.answers.sent.append(answer)
        return answer


def find_server(rows: list[JsonObject], now: datetime) -> tuple[JsonObject | None, JsonObject | None]:
    """Return a primary resource in use and one that is attached to it, preferably a new server and its disk."""
    primary = {row.text("resource_id"): row for row in rows if row.integer("is_main_resource") == 1}
    pairs = [
        (primary[row.text("parent_resource_id")], row)
        for row in rows
        if row.integer("is_main_resource") == 0 and row.text("parent_resource_id") in primary
    ]
    known = [pair for pair in pairs if all(each.text("resource_id") for each in pair)]

    def preference(pair: tuple[JsonObject, JsonObject]) -> tuple[bool, bool, bool, datetime]:
        begun, attached = (each.timestamp("effective_time") for each in pair)
        is_server = pair[0].text("service_type_code") == SERVER_SERVICE
        is_used = pair[0].integer("status") == Status.IN_USE and begun is not None and begun <= now
        return is_used, is_server, begun == attached, begun or datetime.min.replace(tzinfo=now.tzinfo)

    return max(known, key=preference, default=(None, None))


def _newest_order(orders: Answer, order_type: OrderType) -> JsonObject | None:
    """Return the first completed order of a type in a list of orders, newest first."""
    wanted = (order_type, OrderStatus.COMPLETED)
    found = (each for each in orders.rows() if (each.integer("order_type"), each.integer("status")) == wanted)
    return next(found, None)
