"""Bills by month, in both forms: summaries by resource, and details."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from tests.reference_server import timestamps
from tests.reference_server.account_state import MOST_MEMBERS, AccountState
from tests.reference_server.catalog import ACCOUNT_NAME, CURRENCY, KINDS
from tests.reference_server.models import CHANGE, COMPLETED, PURCHASE, RENEWAL, TO_PAY_PER_USE, TRIAL, Payment, Resource
from tests.reference_server.operations import Call, Json, operation
from tests.reference_server.parameters import flag, invalid_parameter, number, one_of, page_parameters, slice_page, text
from tests.reference_server.timestamps import billing_time, format_timestamp, stable_hex

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
    "method": one_of("oneself", "all"),
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
    page_parameters(
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
    rows = _rows(call, call.parameters.get("resource_id"), _fee)
    return {
        "total_count": len(rows),
        "currency": CURRENCY[call.account.site],
        "fee_records": slice_page(rows, call.parameters),
    }


@operation(
    "POST",
    "/v2/bills/customer-bills/res-records/query",
    page_parameters(
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
    rows = _rows(call, call.parameters.get("res_instance_id"), _detail)
    if call.parameters.get("statistic_type", 3) != 3:
        rows = [{**each, "effective_time": None, "expire_time": None} for each in rows]
    return {
        "total_count": len(rows),
        "currency": CURRENCY[call.account.site],
        "monthly_records": slice_page(rows, call.parameters),
    }


def _rows(call: Call, resource_id: str | None, write: Callable[[AccountState, _Entry], Json]) -> list[Json]:
    given = call.parameters
    _check(given)
    if given.get("method", "all") == "all" and call.account.members > MOST_MEMBERS:
        raise invalid_parameter("Too many independently accounting members; name one.", "CBC.18000048")
    rows = []
    for entry in _entries(call.account):
        billed = _billed_with(call.account, entry)
        named = billed.resource_id if billed else _BUCKET
        row = write(call.account, entry)
        if (
            billing_time(entry.moment).strftime("%Y-%m") == given["cycle"]
            and resource_id in (None, named)
            and (entry.amount or given.get("include_zero_record"))
            and _fits(given, row)
        ):
            rows.append(row)
    if given.get("method", "all") == "all" and not resource_id:
        rows += [_of_member(row, member) for member in range(call.account.members) for row in rows]
    return sorted(rows, key=lambda each: str(each["id"]))


def _billed_with(account: AccountState, entry: _Entry) -> Resource | None:
    """Return the resource in whose name a row is: a server pays for its disks where services are combined."""
    its = entry.resource
    is_combined = account.has_combined_bills and its and its.parent and its.parent.kind_code == "vm"
    return its.parent if is_combined and its else its


def _of_member(row: Json, member: int) -> Json:
    changed = {key for key in ("id", "customer_id", "resource_id", "res_instance_id", "trade_id") if key in row}
    return row | {key: stable_hex(f"{member} {row[key]}") for key in changed}


def _check(given: Json) -> None:
    here = billing_time(timestamps.now())
    first = timestamps.add_months(here, -36).strftime("%Y-%m")
    if not _CYCLE.fullmatch(given["cycle"]) or not first <= given["cycle"] <= here.strftime("%Y-%m"):
        raise invalid_parameter("Invalid parameter: cycle")


def _fits(given: Json, row: Json) -> bool:
    names = {"charge_mode", "bill_type", "trade_id", "cloud_service_type"}
    return all(row[key] == given[key] for key in names & set(given))


def _entries(account: AccountState) -> Iterator[_Entry]:
    nothing, moment = account.pricing.quantize(0), timestamps.now_precise()
    for order in [each for each in account.orders.values() if each.status == COMPLETED]:
        bill_type = 8 if order.automatic else _TYPES.get(order.order_type, 0)
        for one in order.own_payments if order.paid_at else ():
            parts = one.list_price, one.discount, one.coupon, one.cash, one.credit
            yield _Entry(one.resource, bill_type, order.paid_at or moment, order.order_id, None, *parts, one)
        for refund in order.refunds if order.billed_at and moment >= order.billed_at else ():
            one = refund.payment
            credit = refund.amount if one.credit else nothing
            parts = -refund.amount - refund.coupon_back, nothing, -refund.coupon_back, credit - refund.amount, -credit
            bill_type = {CHANGE: 20, TO_PAY_PER_USE: 24}.get(order.order_type, 4)
            at = order.billed_at or moment
            yield _Entry(one.resource, bill_type, at, order.order_id, one.order.order_id, *parts, one)
    for used, at, value in account.usage:
        yield _Entry(used, 5, at, "", None, value, nothing, nothing, value, nothing, None)


def _common(account: AccountState, entry: _Entry) -> Json:
    its, nothing = _billed_with(account, entry), account.pricing.quantize(0)
    kind, project = KINDS[its.kind_code if its else "pkg"], its.project if its else None
    payment, cash = entry.payment, entry.cash
    debt, cash = (cash, nothing) if account.is_postpaid else (nothing, cash)
    return {
        "bill_date": billing_time(entry.moment).strftime("%Y-%m-%d"),
        "bill_type": entry.bill_type,
        "customer_id": account.domain_id,
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
        "id": stable_hex(f"{entry.order_id} {its and its.resource_id} {entry.bill_type} {entry.base} {entry.moment}"),
        "enterprise_project_id": project.project_id if project else "null",
        "enterprise_project_name": project.name if project else "未归集",
        "official_amount": entry.official,
        "discount_amount": entry.discount,
        "cash_amount": cash,
        "credit_amount": entry.credit,
        "coupon_amount": entry.coupon,
        "flexipurchase_coupon_amount": nothing,
        "stored_card_amount": nothing,
        "bonus_amount": None,
        "debt_amount": debt,
        "measure_id": 1,
        "consume_time": format_timestamp(entry.moment),
        "period_num": Decimal(payment.count) if payment and entry.bill_type in (1, 2, 8) else None,
        "account_name": ACCOUNT_NAME,
        "trade_type_ext": "",
        **_part(account, entry),
    }


def _part(account: AccountState, entry: _Entry) -> Json:
    """Return what names the part of a combined service; other accounts have never seen it."""
    part = entry.resource
    if not account.has_combined_bills or not part:
        return {}
    return {"sub_resource_id": part.resource_id, "sub_resource_type_code": part.kind.resource_type}


def _period_type(entry: _Entry) -> int:
    """Return 19 for years, 20 for months, 5 for a change, 25 for usage."""
    if not entry.payment:
        return 25
    return 5 if entry.bill_type == 3 else 19 if entry.payment.unit == 3 else 20


def _detail(account: AccountState, entry: _Entry) -> Json:
    its, payment = _billed_with(account, entry), entry.payment
    kind = KINDS[its.kind_code if its else "pkg"]
    return _common(account, entry) | {
        "cycle": billing_time(entry.moment).strftime("%Y-%m"),
        "res_instance_id": its.resource_id if its else _BUCKET,
        "resource_Type_code": kind.resource_type,
        "charge_mode": 1 if payment else 3,
        "consume_amount": entry.amount,
        "period_type": _period_type(entry),
        "parent_resource_id": its.parent.resource_id if its and its.parent else None,
        "root_resource_id": (its.parent or its).resource_id if its else None,
        "pre_order_id": entry.base,
        "effective_time": format_timestamp(payment.begins) if payment else None,
        "expire_time": format_timestamp(payment.ends) if payment else None,
        "payer_account_id": account.payer_id or account.domain_id,
        "az_code_infos": [{"az_code": f"{its.region}a"}] if its else [],
        "be_id": "",
        "adjustment_amount": account.pricing.quantize(0),
    }


def _fee(account: AccountState, entry: _Entry) -> Json:
    its = _billed_with(account, entry)
    kind = KINDS[its.kind_code if its else "pkg"]
    row = _common(account, entry) | {
        "resource_id": its.resource_id if its else _BUCKET,
        "resource_type": kind.resource_type,
        "charge_mode": "1" if entry.payment else "3",
        "amount": entry.amount,
        "period_type": str(_period_type(entry)),
        "order_id": entry.order_id or None,
        "relative_order_id": entry.base,
        "trade_time": format_timestamp(entry.moment),
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
    return row if entry.bill_type == 4 else row | {"adjustment_amount": account.pricing.quantize(0)}
