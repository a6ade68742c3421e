"""Bills by month, in both forms: summaries by resource, and details."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from tests.second_vendor import moments
from tests.second_vendor.calls import Call, Json, operation
from tests.second_vendor.catalogue import ACCOUNT_NAME, CURRENCY, KINDS
from tests.second_vendor.moments import billed, digest, written
from tests.second_vendor.parameters import bad, flag, number, one_of, page, paged, text
from tests.second_vendor.records import CHANGE, COMPLETED, PURCHASE, RENEWAL, TRIAL, Payment, Resource
from tests.second_vendor.world import World

_BUCKET = "obs-bucket-all"
"""What usage without a resource is billed to."""
_CYCLE = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_TYPES = {PURCHASE: 1, TRIAL: 1, RENEWAL: 2, CHANGE: 3}
"""Types of bills by types of orders; automatic renewals are 8, unsubscriptions 4, downgrades 20, usage 5."""
_COMMON = {
    "cycle": text(1, 8, required=True),
    "cloud_service_type": text(0, 256),
    "bill_type": number(0, 127),
    "include_zero_record": flag(),
    "statistic_type": number(1, 3),
}


class _Entry(NamedTuple):
    """One row of a bill before it is written; refunds are negative."""

    resource: Resource | None
    bill_type: int
    moment: datetime
    order_id: str
    base: str | None
    official: Decimal
    discount: Decimal
    coupon: Decimal
    cash: Decimal
    credit: Decimal
    payment: Payment | None

    @property
    def amount(self) -> Decimal:
        return self.coupon + self.cash + self.credit


@operation(
    "GET",
    "/v2/bills/customer-bills/res-fee-records",
    paged(
        1000,
        **_COMMON,
        charge_mode=one_of("1", "3", "10", "11"),
        resource_id=text(0, 256),
        trade_id=text(),
    ),
    permission="bss:bill:view",
)
def fee_records(call: Call) -> Json:
    """Answer summaries; a resource is named by `resource_id`."""
    rows = _rows(call, call.given.get("resource_id"), _fee)
    return {"total_count": len(rows), "currency": CURRENCY[call.world.site], "fee_records": page(rows, call.given)}


@operation(
    "POST",
    "/v2/bills/customer-bills/res-records/query",
    paged(
        1000,
        **_COMMON,
        charge_mode=number(1, 11),
        res_instance_id=text(),
    ),
    permission="bss:bill:view",
    says_success=True,
)
def fee_details(call: Call) -> Json:
    """Answer details; only by billing period do they say for which time a payment is."""
    rows = _rows(call, call.given.get("res_instance_id"), _detail)
    if call.given.get("statistic_type", 3) != 3:
        rows = [{**each, "effective_time": None, "expire_time": None} for each in rows]
    return {"total_count": len(rows), "currency": CURRENCY[call.world.site], "monthly_records": page(rows, call.given)}


def _rows(call: Call, resource_id: str | None, write: Callable[[World, _Entry], Json]) -> list[Json]:
    given = call.given
    _check(given)
    rows = []
    for entry in _entries(call.world):
        named = entry.resource.resource_id if entry.resource else _BUCKET
        row = write(call.world, entry)
        if (
            billed(entry.moment).strftime("%Y-%m") == given["cycle"]
            and resource_id in (None, named)
            and (entry.amount or given.get("include_zero_record"))
            and _fits(given, row)
        ):
            rows.append(row)
    return sorted(rows, key=lambda each: str(each["id"]))


def _check(given: Json) -> None:
    here = billed(moments.now())
    first = moments.add_months(here, -36).strftime("%Y-%m")
    if not _CYCLE.fullmatch(given["cycle"]) or not first <= given["cycle"] <= here.strftime("%Y-%m"):
        raise bad("Invalid parameter: cycle")


def _fits(given: Json, row: Json) -> bool:
    names = {"charge_mode", "bill_type", "trade_id", "cloud_service_type"}
    return all(row[key] == given[key] for key in names & set(given))


def _entries(world: World) -> Iterator[_Entry]:
    nothing, moment = world.money.exact(0), moments.instant()
    for order in [each for each in world.orders.values() if each.status == COMPLETED]:
        bill_type = 8 if order.automatic else _TYPES.get(order.form, 0)
        for one in order.own_payments if order.paid_at else ():
            parts = one.official, one.discount, one.coupon, one.cash, one.credit
            yield _Entry(one.resource, bill_type, order.paid_at or moment, order.order_id, None, *parts, one)
        for refund in order.refunds if order.billed_at and moment >= order.billed_at else ():
            one = refund.payment
            credit = refund.back if one.credit else nothing
            parts = -refund.back - refund.coupon_back, nothing, -refund.coupon_back, credit - refund.back, -credit
            bill_type, at = 20 if order.form == CHANGE else 4, order.billed_at or moment
            yield _Entry(one.resource, bill_type, at, order.order_id, one.order.order_id, *parts, one)
    for used, at, value in world.usage:
        yield _Entry(used, 5, at, "", None, value, nothing, nothing, value, nothing, None)


def _common(world: World, entry: _Entry) -> Json:
    its, nothing = entry.resource, world.money.exact(0)
    kind, project = KINDS[its.short if its else "pkg"], its.project if its else None
    payment = entry.payment
    return {
        "bill_date": billed(entry.moment).strftime("%Y-%m-%d"),
        "bill_type": entry.bill_type,
        "customer_id": world.domain_id,
        "region": its.region if its else "",
        "region_name": None,
        "cloud_service_type": kind.service,
        "cloud_service_type_name": None,
        "resource_type_name": kind.type_zh,
        "resource_name": (its.name if its else "") or "",
        "resource_tag": "",
        "product_spec_desc": its.description if its else None,
        "sku_code": its.spec if its else None,
        "trade_id": entry.order_id,
        "id": digest(f"{entry.order_id} {its and its.resource_id} {entry.bill_type} {entry.base} {entry.moment}"),
        "enterprise_project_id": project.project_id if project else "null",
        "enterprise_project_name": project.name if project else "未归集",
        "official_amount": entry.official,
        "discount_amount": entry.discount,
        "cash_amount": entry.cash,
        "credit_amount": entry.credit,
        "coupon_amount": entry.coupon,
        "flexipurchase_coupon_amount": nothing,
        "stored_card_amount": nothing,
        "bonus_amount": None,
        "debt_amount": nothing,
        "measure_id": 1,
        "consume_time": written(entry.moment),
        "period_num": Decimal(payment.count) if payment and entry.bill_type in (1, 2, 8) else None,
        "account_name": ACCOUNT_NAME,
        "trade_type_ext": "",
    }


def _period_type(entry: _Entry) -> int:
    """Return 19 for years, 20 for months, 5 for a change, 25 for usage."""
    if not entry.payment:
        return 25
    return 5 if entry.bill_type == 3 else 19 if entry.payment.unit == 3 else 20


def _detail(world: World, entry: _Entry) -> Json:
    its, payment, kind = entry.resource, entry.payment, KINDS[entry.resource.short if entry.resource else "pkg"]
    return _common(world, entry) | {
        "cycle": billed(entry.moment).strftime("%Y-%m"),
        "res_instance_id": its.resource_id if its else _BUCKET,
        "resource_Type_code": kind.resource_type,
        "charge_mode": 1 if payment else 3,
        "consume_amount": entry.amount,
        "period_type": _period_type(entry),
        "parent_resource_id": its.parent.resource_id if its and its.parent else None,
        "root_resource_id": (its.parent or its).resource_id if its else None,
        "pre_order_id": entry.base,
        "effective_time": written(payment.begins) if payment else None,
        "expire_time": written(payment.ends) if payment else None,
        "payer_account_id": world.domain_id,
        "az_code_infos": [{"az_code": f"{its.region}a"}] if its else [],
        "be_id": "",
        "adjustment_amount": world.money.exact(0),
    }


def _fee(world: World, entry: _Entry) -> Json:
    its, kind = entry.resource, KINDS[entry.resource.short if entry.resource else "pkg"]
    row = _common(world, entry) | {
        "resource_id": its.resource_id if its else _BUCKET,
        "resource_type": kind.resource_type,
        "charge_mode": "1" if entry.payment else "3",
        "amount": entry.amount,
        "period_type": str(_period_type(entry)),
        "order_id": entry.order_id or None,
        "relative_order_id": entry.base,
        "trade_time": written(entry.moment),
        "unit_price": None,
        "unit": "",
        "effective_time": None,
        "expire_time": None,
        "product_id": "",
        "product_name": None,
        "usage": None,
        "formula": f"{entry.official} - {entry.discount}",
        "spec_size": its.size if its else None,
    }
    return row if entry.bill_type == 4 else row | {"adjustment_amount": world.money.exact(0)}
