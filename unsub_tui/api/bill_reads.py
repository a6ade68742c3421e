"""Bills: what was paid for a resource, month by month."""

from __future__ import annotations

from unsub_tui.api import mapping, wire
from unsub_tui.api.errors import ApiError
from unsub_tui.api.listing import Page, Pages
from unsub_tui.api.reads import Reads
from unsub_tui.domain.quote import Payment

BILLS_PATH = "/v2/bills/customer-bills/res-records/query"
FEE_RECORDS_PATH = "/v2/bills/customer-bills/res-fee-records"
BILL_PAGE = 1000
YEARLY_MONTHLY = 1
"""`charge_mode` of the bills that concern us."""
DETAIL = 3
"""`statistic_type` whose rows have the period that was bought."""


class BillReads(Reads):
    """Reads of the account's bills."""

    _older_bills = False

    async def payments(self, cycle: str, *, resource_id: str | None = None) -> list[Payment]:
        """Return what was paid for periods in one billing month (`2026-03`, UTC+8), for one resource or for all.

        Where the service does not publish the newer form of its bills, the older one is read, without periods.
        """
        if not self._older_bills:
            try:
                return await self._newer_payments(cycle, resource_id)
            except ApiError as error:
                if error.problem.http_status != 404:
                    raise
                self._older_bills = True
        return await self._older_payments(cycle, resource_id)

    async def _older_payments(self, cycle: str, resource_id: str | None) -> list[Payment]:
        query = {"cycle": cycle, "charge_mode": str(YEARLY_MONTHLY), "statistic_type": str(DETAIL)}
        query |= {"include_zero_record": "true", "limit": str(BILL_PAGE)}
        if resource_id is not None:
            query["resource_id"] = resource_id

        async def read(offset: int) -> Page[Payment | None]:
            page = await self._get("bills", FEE_RECORDS_PATH, query | {"offset": str(offset)}, wire.WireFeeRows)
            rows = tuple(mapping.fee_payment(row, page.currency) for row in page.fee_records or ())
            return Page(rows, page.total_count, offset)

        rows = await Pages(operation="bills", size=BILL_PAGE, read=read).all()
        return [row for row in rows if row is not None]

    async def _newer_payments(self, cycle: str, resource_id: str | None) -> list[Payment]:
        query: dict[str, object] = {
            "cycle": cycle,
            "charge_mode": YEARLY_MONTHLY,
            "statistic_type": DETAIL,
            "include_zero_record": True,  # a period that cost nothing was bought all the same
        }
        if resource_id is not None:
            query["res_instance_id"] = resource_id

        async def read(offset: int) -> Page[Payment | None]:
            body = {**query, "limit": BILL_PAGE, "offset": offset}
            page = await self._post("bills", BILLS_PATH, body, wire.WireBills)
            rows = tuple(mapping.payment(row, page.currency) for row in page.monthly_records or ())
            return Page(rows, page.total_count, offset)

        rows = await Pages(operation="bills", size=BILL_PAGE, read=read).all()
        return [row for row in rows if row is not None]
