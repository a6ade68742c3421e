"""Bills by resource, in the two forms that the vendor has: fee records and monthly records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.identifiers import product_id
from unsub_tui.sandbox.moments import day_of, is_day, stamp
from unsub_tui.sandbox.parameters import Parameters
from unsub_tui.sandbox.records import Charge
from unsub_tui.sandbox.refusals import invalid, unfit
from unsub_tui.sandbox.statements import BillRow, month_rows
from unsub_tui.sandbox.tenancy import ACCOUNT_NAME, PROJECTS, REGIONS

_METHODS = frozenset({"oneself", "sub_customer", "all"})
_PERIODIC = "1"
_YEAR = 19
_MONTH = 20
_DETAIL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What both forms filter by. An empty text filters too: it matches nothing."""

    resource_id: str | None
    bill_type: int | None
    service: str | None
    resource_type: str | None
    region: str | None
    project: str | None
    zero: bool
    periodic: bool
    trade_id: str | None
    first_day: str | None
    last_day: str | None

    def fits(self, row: BillRow) -> bool:
        """Tell whether a row is wanted."""
        return self.periodic and self._fits_resource(row) and self._fits_trade(row)

    def _fits_resource(self, row: BillRow) -> bool:
        resource = row.resource
        return (
            self.resource_id in (None, resource.resource_id)
            and self.service in (None, resource.offer.service.code)
            and self.resource_type in (None, resource.offer.code)
            and self.region in (None, resource.region)
            and self.project in (None, PROJECTS[resource.project].project_id)
        )

    def _fits_trade(self, row: BillRow) -> bool:
        return (
            self.bill_type in (None, row.bill_type)
            and self.trade_id in (None, row.order.order_id)
            and (self.zero or bool(row.amount))
            and (self.first_day is None or self.last_day is None or self._within(day_of(row.posted)))
        )

    def _within(self, day: str) -> bool:
        return (self.first_day or "") <= day <= (self.last_day or "")


def fee_records(call: Call) -> Payload:
    """List the fee records of a month."""
    fields = call.parameters
    cycle = fields.month("cycle")
    charge_mode = fields.text("charge_mode")
    first_day, last_day = _days(fields, cycle)
    wanted = _Wanted(
        resource_id=fields.text("resource_id"),
        bill_type=fields.number("bill_type", 0, 127),
        service=fields.text("cloud_service_type"),
        resource_type=None,
        region=fields.text("region"),
        project=fields.text("enterprise_project_id"),
        zero=fields.flag("include_zero_record") is not False,
        periodic=charge_mode in (None, _PERIODIC),
        trade_id=fields.text("trade_id"),
        first_day=first_day,
        last_day=last_day,
    )
    return _answer(call, cycle, wanted, "fee_records", _fee_record, call.language())


def res_records(call: Call) -> Payload:
    """List the monthly records of a month."""
    fields = call.parameters
    cycle = fields.month("cycle")
    charge_mode = fields.number("charge_mode", 1, 11)
    wanted = _Wanted(
        resource_id=fields.text("res_instance_id", most=64),
        bill_type=fields.number("bill_type", 1, 127),
        service=fields.text("cloud_service_type", most=64),
        resource_type=fields.text("resource_type", most=64),
        region=fields.text("region", most=64),
        project=fields.text("enterprise_project_id", most=64),
        zero=fields.flag("include_zero_record") is not False,
        periodic=charge_mode in (None, int(_PERIODIC)),
        trade_id=None,
        first_day=None,
        last_day=None,
    )
    fields.text("query_type", most=9)
    fields.text("bill_cycle_begin", most=10)
    fields.text("bill_cycle_end", most=10)
    fields.text("payer_account_id", fewest=1, most=64)
    language = call.language(call.ledger.site.records_language)
    return _answer(call, cycle, wanted, "monthly_records", _monthly_record, language)


def _days(fields: Parameters, cycle: str) -> tuple[str | None, str | None]:
    """Read the window of days: both or none, within the month."""
    first, last = fields.text("bill_date_begin"), fields.text("bill_date_end")
    if (first is None) != (last is None):
        raise unfit("bill_date_begin", "it needs bill_date_end, and the other way round")
    for day in (first, last):
        if day is not None and not (is_day(day) and day.startswith(cycle)):
            raise invalid("bill_date_begin", "a day of the cycle is needed, as YYYY-MM-DD")
    return first, last


_Writer = Callable[[Call, str, BillRow, str], Payload]


def _answer(call: Call, cycle: str, wanted: _Wanted, key: str, write: _Writer, language: str) -> Payload:
    fields = call.parameters
    fields.number("statistic_type", 1, _DETAIL)
    method = fields.choice("method", _METHODS)
    member = fields.text("sub_customer_id", most=64)
    if method == "sub_customer" and not member:
        raise unfit("sub_customer_id", "it is mandatory with method sub_customer")
    offset, limit = fields.page(most=1000)
    fields.close()
    ledger = call.ledger
    rows = [] if method == "sub_customer" else [row for row in month_rows(ledger, cycle) if wanted.fits(row)]
    page = rows[offset : offset + limit]
    return {
        "total_count": len(rows),
        key: [write(call, cycle, row, language) for row in page],
        "currency": ledger.site.currency,
    }


def _amounts(row: BillRow) -> Payload:
    """Write what both forms say about money."""
    return {
        "official_amount": float(row.official),
        "discount_amount": float(row.discount),
        "cash_amount": float(row.cash),
        "credit_amount": float(row.credit),
        "coupon_amount": float(row.coupon),
        "flexipurchase_coupon_amount": 0.0,
        "stored_card_amount": 0.0,
        "bonus_amount": 0.0,
        "debt_amount": 0.0,
        "adjustment_amount": 0.0,
        "measure_id": 1,
    }


def _common(call: Call, row: BillRow, language: str) -> Payload:
    resource = row.resource
    offer = resource.offer
    project = PROJECTS[resource.project]
    return {
        "id": f"{row.order.order_id}-{row.line.place}",
        "bill_date": day_of(row.posted),
        "bill_type": row.bill_type,
        "customer_id": call.domain_id,
        "region": resource.region,
        "region_name": REGIONS[resource.region],
        "cloud_service_type": offer.service.code,
        "cloud_service_type_name": offer.service.named(language),
        "resource_type_name": offer.named(language),
        "resource_name": resource.name,
        "resource_tag": None,
        "product_spec_desc": resource.spec.text,
        "sku_code": resource.spec.code,
        "enterprise_project_id": project.project_id,
        "enterprise_project_name": project.name,
        "trade_id": row.order.order_id,
        "consume_time": stamp(row.posted),
        "account_name": ACCOUNT_NAME,
    }


def _period(row: BillRow) -> tuple[int, int]:
    months = row.line.months
    return (_YEAR, months // 12) if months % 12 == 0 else (_MONTH, months)


def _fee_record(call: Call, _cycle: str, row: BillRow, language: str) -> Payload:
    resource = row.resource
    period_type, period_num = _period(row)
    money = row.amount - row.coupon
    return {
        **_common(call, row, language),
        "resource_type": resource.offer.code,
        "resource_id": resource.resource_id,
        "product_id": product_id(resource),
        "product_name": resource.offer.named(language),
        "spec_size": resource.size,
        "spec_size_measure_id": resource.offer.measure,
        "trade_time": stamp(row.posted),
        "charge_mode": _PERIODIC,
        "order_id": row.order.order_id,
        "relative_order_id": row.line.order_id if isinstance(row.line, Charge) else None,
        "period_type": str(period_type),
        "period_num": period_num,
        "unit_price": None,
        "unit": None,
        "effective_time": None,
        "expire_time": None,
        "amount": float(row.amount),
        "formula": f"{row.amount} - {row.coupon} = {money}",
        **_amounts(row),
    }


def _monthly_record(call: Call, cycle: str, row: BillRow, language: str) -> Payload:
    resource = row.resource
    period_type, period_num = _period(row)
    parent = resource.parent.resource_id if resource.parent else None
    return {
        **_common(call, row, language),
        "cycle": cycle,
        "resource_Type_code": resource.offer.code,
        "res_instance_id": resource.resource_id,
        "charge_mode": int(_PERIODIC),
        "consume_amount": float(row.amount),
        "period_type": period_type,
        "period_num": period_num,
        "root_resource_id": parent or resource.resource_id,
        "parent_resource_id": parent,
        "pre_order_id": row.line.order_id if isinstance(row.line, Charge) else None,
        "payer_account_id": call.domain_id,
        "effective_time": stamp(row.line.start),
        "expire_time": stamp(row.line.end),
        "az_code_infos": [],
        "extend_params": None,
        **_amounts(row),
    }


OPERATIONS = (
    Operation(
        name="fee_records", method="GET", path="/v2/bills/customer-bills/res-fee-records", act=fee_records
    ),
    Operation(
        name="res_records", method="POST", path="/v2/bills/customer-bills/res-records/query", act=res_records
    ),
)
