"""Reads of bills: monthly payments and refunds per resource."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from unsub_tui.api import mapping, schemas
from unsub_tui.api.errors import ApiError
from unsub_tui.api.model_reads import ModelReads
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.domain.quote import Payment

BILLS_PATH = "/v2/bills/customer-bills/res-records/query"
FEE_RECORDS_PATH = "/v2/bills/customer-bills/res-fee-records"
BILL_PAGE_SIZE = 1000
YEARLY_MONTHLY = 1
"""`charge_mode` of yearly/monthly bills."""
DETAIL = 3
"""`statistic_type` of rows that contain the purchased period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillQuery:
    """Filter of a billing month's rows. Empty fields are not sent, because an empty string would filter."""

    cycle: str
    """Billing month in UTC+8, such as `2026-03`."""
    resource_id: str = ""
    service_type_code: str = ""


class BillReads(ModelReads):
    """Reads of the account's bills."""

    _uses_fee_records = False

    async def payments(self, cycle: str, *, resource_id: str = "", service_type_code: str = "") -> list[Payment]:
        """Return payments and refunds for periods in a billing month (`2026-03`, UTC+8)."""
        query = BillQuery(cycle=cycle, resource_id=resource_id, service_type_code=service_type_code)
        rows = await self.payments_up_to(query)
        if rows is None:
            raise AssertionError("only a limit gives up")
        return rows

    async def payments_up_to(self, query: BillQuery, *, max_rows: int | None = None) -> list[Payment] | None:
        """Return the payments of a query, or None after the first page if there are more than `max_rows` rows.

        If the service does not publish the newer bill API (HTTP 404), use the older one, which has no periods.
        """
        if not self._uses_fee_records:
            try:
                return await _collect_payments(self._monthly_record_pages(query), max_rows)
            except ApiError as error:
                if error.problem.http_status != 404:
                    raise
                self._uses_fee_records = True
        return await _collect_payments(self._fee_record_pages(query), max_rows)

    async def payments_of_order(self, cycle: str, order_id: str) -> list[Payment]:
        """Return the payments of an order in a billing month; they split the order's total by resource."""
        read_page = self._fee_record_pages(BillQuery(cycle=cycle), {"trade_id": order_id})
        rows = await _collect_payments(read_page, None)
        return [row for row in rows or () if row.order_id == order_id]

    def _fee_record_pages(self, query: BillQuery, more: dict[str, str] | None = None) -> _PageReader:
        fields = {"cycle": query.cycle, "charge_mode": str(YEARLY_MONTHLY), "statistic_type": str(DETAIL)}
        fields |= {"include_zero_record": "true", "limit": str(BILL_PAGE_SIZE), **(more or {})}
        if query.resource_id:
            fields["resource_id"] = query.resource_id
        if query.service_type_code:
            fields["cloud_service_type"] = query.service_type_code

        async def read(offset: int) -> Page[Payment | None]:
            page = await self._get("bills", FEE_RECORDS_PATH, fields | {"offset": str(offset)}, schemas.WireFeeRows)
            rows = tuple(mapping.payment_from_fee_row(row, page.currency) for row in page.fee_records or ())
            return Page(rows, page.total_count, offset)

        return read

    def _monthly_record_pages(self, query: BillQuery) -> _PageReader:
        fields: dict[str, object] = {
            "cycle": query.cycle,
            "charge_mode": YEARLY_MONTHLY,
            "statistic_type": DETAIL,
            "include_zero_record": True,  # a free period was bought as well
        }
        if query.resource_id:
            fields["res_instance_id"] = query.resource_id
        if query.service_type_code:
            fields["cloud_service_type"] = query.service_type_code

        async def read(offset: int) -> Page[Payment | None]:
            body = {**fields, "limit": BILL_PAGE_SIZE, "offset": offset}
            page = await self._post("bills", BILLS_PATH, body, schemas.WireBills)
            rows = tuple(mapping.payment(row, page.currency) for row in page.monthly_records or ())
            return Page(rows, page.total_count, offset)

        return read


_PageReader = Callable[[int], Awaitable[Page[Payment | None]]]


async def _collect_payments(read: _PageReader, max_rows: int | None) -> list[Payment] | None:
    """Return all rows that are payments, or None if the total exceeds `max_rows`."""
    first = await read(0)
    if max_rows is not None and first.total > max_rows:
        return None
    kept: Page[Payment | None] | None = first

    async def reread(offset: int) -> Page[Payment | None]:
        nonlocal kept
        page, kept = kept if offset == 0 else None, None if offset == 0 else kept
        return page if page is not None else await read(offset)

    rows = await Paginator(operation="bills", page_size=BILL_PAGE_SIZE, read_page=reread).read_all()
    return [row for row in rows if row is not None]
