"""Operations for bills by resource, in the two formats of Huawei Cloud: fee records and monthly records."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from unsub_tui.sandbox.account_fixtures import ACCOUNT_NAME, DOMAIN_ID, PROJECTS, REGIONS
from unsub_tui.sandbox.billing import BillQuery, BillRow
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import RefundLine
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError, invalid_parameter, invalid_value
from unsub_tui.sandbox.timestamps import day_of, format_timestamp

_POLICY = "billing:billDetail:view"
_METHODS = frozenset({"oneself", "sub_customer", "all"})
_PERIODIC = "1"
_NAMES = ("res_instance_id", "root_resource_id", "parent_resource_id")
"""Fields of a row that name resources."""
_YEAR = 19
_MONTH = 20
_DETAIL = 3
_MAX_MEMBERS = 1000
"""Maximum number of member accounts whose rows one query returns."""


@partial(Operation, "GET", "/v2/bills/customer-bills/res-fee-records", policy=_POLICY)
def fee_records(call: Call) -> Payload:
    """Return a page of the fee records of a month."""
    fields = call.parameters
    month = fields.month("cycle")
    mode = fields.text("charge_mode")
    query = BillQuery(
        month=month,
        resource_id=fields.text("resource_id"),
        bill_type=fields.number("bill_type", 0, 127),
        service=fields.text("cloud_service_type"),
        region=fields.text("region"),
        project=fields.text("enterprise_project_id"),
        include_zero=fields.boolean("include_zero_record") is not False,
        trade_id=fields.text("trade_id"),
        days=_days(fields, month),
    )
    language = call.language()
    count, records = _page(call, query, lambda row: _fee_record(row, language), periodic=mode in (None, _PERIODIC))
    return {"total_count": count, "fee_records": records, "currency": call.account.site.currency}


@partial(Operation, "POST", "/v2/bills/customer-bills/res-records/query", policy=_POLICY)
def res_records(call: Call) -> Payload:
    """Return a page of the monthly records of a month."""
    fields = call.parameters
    mode = fields.number("charge_mode", 1, 11)
    query = BillQuery(
        month=fields.month("cycle"),
        resource_id=fields.text("res_instance_id", max_length=64),
        bill_type=fields.number("bill_type", 1, 127),
        service=fields.text("cloud_service_type", max_length=64),
        resource_type=fields.text("resource_type", max_length=64),
        region=fields.text("region", max_length=64),
        project=fields.text("enterprise_project_id", max_length=64),
        include_zero=fields.boolean("include_zero_record") is not False,
    )
    fields.text("query_type", max_length=9)
    fields.text("bill_cycle_begin", max_length=10)
    fields.text("bill_cycle_end", max_length=10)
    fields.text("payer_account_id", min_length=1, max_length=64)
    language = call.language(call.account.site.records_language)
    behavior = call.account.behavior
    extra: Payload = {"cycle": query.month, "payer_account_id": behavior.payer_account_id or DOMAIN_ID}

    def write(row: BillRow) -> Payload:
        record = {**_monthly_record(row, language), **extra}
        is_of_order = row.is_tax and not behavior.tax_names_resources
        return record | (dict.fromkeys(_NAMES) if is_of_order else {})

    count, records = _page(
        call,
        query,
        write,
        periodic=mode in (None, int(_PERIODIC)),
    )
    return {"total_count": count, "monthly_records": records, "currency": call.account.site.currency}


def _days(fields: RequestParameters, month: str) -> tuple[str, str] | None:
    """Return the first and last day of the query, or None; both must be given and within the month."""
    first, last = fields.text("bill_date_begin"), fields.text("bill_date_end")
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise invalid_parameter("bill_date_begin", "it needs bill_date_end, and the other way round")
    if not all(re.fullmatch(rf"{month}-(0[1-9]|[12]\d|3[01])", day) for day in (first, last)):
        raise invalid_value("bill_date_begin", "a day of the cycle is needed, as YYYY-MM-DD")
    return first, last


def _page(
    call: Call, query: BillQuery, write: Callable[[BillRow], Payload], *, periodic: bool
) -> tuple[int, list[Payload]]:
    """Read the parameters common to both formats; return the row count and a page of records."""
    fields = call.parameters
    fields.number("statistic_type", 1, _DETAIL)
    method = fields.choice("method", _METHODS)
    member = fields.text("sub_customer_id", max_length=64)
    if method == "sub_customer" and not member:
        raise invalid_parameter("sub_customer_id", "it is mandatory with method sub_customer")
    offset, limit = fields.page(max_limit=1000)
    fields.reject_unknown()
    if method == "sub_customer" or not periodic:
        return 0, []
    members = 0 if method == "oneself" else call.account.behavior.members
    if members > _MAX_MEMBERS:
        raise ServiceError("CBC.18000048")
    resource = call.account.resources.get(query.resource_id or "")
    query = replace(query, purchase_number=resource.purchase_number if resource else None)
    now, billing = call.account.now(), call.account.billing
    count, rows = billing.page(query, now, offset, limit)
    records = [write(row) for row in rows]
    if query.resource_id is not None:
        return count, records  # a resource belongs to one account
    total, position = count * (1 + members), max(offset, count)
    while len(records) < limit and position < total:
        number, first = divmod(position, count)
        _, rows = billing.page(query, now, first, limit - len(records))
        records += [_as_of_member(write(row), number) for row in rows]
        position += len(rows)
    return total, records


def _as_of_member(record: Payload, member: int) -> Payload:
    """Return the record of a member account, which bought the same at the same time."""
    changed = {name: f"{record[name]}-{member}" for name in ("id", "customer_id", "trade_id")}
    id_name = "resource_id" if "resource_id" in record else "res_instance_id"
    return {**record, **changed, id_name: f"{record[id_name]}-{member}"}


def _common(row: BillRow, language: str) -> Payload:
    """Return the fields common to both formats."""
    resource = row.billed
    offer = resource.offer
    project = PROJECTS[resource.project_index]
    return {
        "id": f"{row.order.order_id}-{row.line.position}-{row.bill_type}",
        "bill_date": day_of(row.posted),
        "bill_type": row.bill_type,
        "customer_id": DOMAIN_ID,
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
        "consume_time": format_timestamp(row.posted),
        "account_name": ACCOUNT_NAME,
        "official_amount": float(row.official),
        "discount_amount": float(row.discount),
        "cash_amount": float(row.cash),
        "credit_amount": float(row.credit),
        "coupon_amount": float(row.coupon),
        "flexipurchase_coupon_amount": 0.0,
        "stored_card_amount": 0.0,
        "bonus_amount": 0.0,
        "debt_amount": float(row.debt),
        "adjustment_amount": 0.0,
        "measure_id": 1,
        **_part(row, language),
    }


def _part(row: BillRow, language: str) -> Payload:
    """Return the fields that name the part of a combined service; null for a row of another resource."""
    part, offer = row.resource, row.resource.offer
    fields: Payload = {
        "sub_service_type_code": offer.service.code,
        "sub_service_type_name": offer.service.named(language),
        "sub_resource_type_code": offer.code,
        "sub_resource_type_name": offer.named(language),
        "sub_resource_id": part.resource_id,
        "sub_resource_name": part.name,
    }
    return fields if row.names_part else dict.fromkeys(fields)


def _period(row: BillRow) -> tuple[int, int]:
    months = row.line.months
    return (_YEAR, months // 12) if months % 12 == 0 else (_MONTH, months)


def _fee_record(row: BillRow, language: str) -> Payload:
    resource = row.billed
    period_type, period_num = _period(row)
    money = row.amount - row.coupon
    return {
        **_common(row, language),
        "resource_type": resource.offer.code,
        "resource_id": resource.resource_id,
        "product_id": resource.product_id,
        "product_name": resource.offer.named(language),
        "spec_size": resource.size,
        "spec_size_measure_id": resource.offer.measure,
        "trade_time": format_timestamp(row.posted),
        "charge_mode": _PERIODIC,
        "order_id": row.order.order_id,
        "relative_order_id": row.line.order_id if isinstance(row.line, RefundLine) else None,
        "period_type": str(period_type),
        "period_num": period_num,
        "unit_price": None,
        "unit": None,
        "effective_time": None,
        "expire_time": None,
        "amount": float(row.amount),
        "formula": f"{row.amount} - {row.coupon} = {money}",
    }


def _monthly_record(row: BillRow, language: str) -> Payload:
    resource = row.billed
    period_type, period_num = _period(row)
    parent = resource.parent.resource_id if resource.parent else None
    return {
        **_common(row, language),
        "resource_Type_code": resource.offer.code,
        "res_instance_id": resource.resource_id,
        "charge_mode": int(_PERIODIC),
        "consume_amount": float(row.amount),
        "period_type": period_type,
        "period_num": period_num,
        "root_resource_id": parent or resource.resource_id,
        "parent_resource_id": parent,
        "pre_order_id": row.line.order_id if isinstance(row.line, RefundLine) else None,
        "effective_time": format_timestamp(row.line.start),
        "expire_time": format_timestamp(row.line.end),
        "az_code_infos": [],
        "extend_params": None,
    }
