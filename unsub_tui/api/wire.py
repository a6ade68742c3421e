"""The service's JSON as it is spelt there, and its way into our own types. No text leaves here but as `Foreign`.

Unknown fields are ignored, unknown numbers of an enumeration are kept. Only a field that we cannot do without
makes an answer bad, and the error names it. Names and types: the vendor's SDK 3.1.219.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from unsub_tui.api.errors import bad_answer, error_fields
from unsub_tui.api.strict import Json, StrictJsonError, loads
from unsub_tui.domain.foreign import NOTHING, Foreign
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, RefundRow
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.resource import Resource


def moment(text: str | None) -> datetime | None:
    """Return a UTC time of the service (`2026-01-15T02:00:00Z`), or None for anything else."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _text(value: object) -> str:
    return "" if value is None else str(value) if isinstance(value, str | int | Decimal) else ""


def _money(value: object) -> object:
    """Return numbers and their texts as Decimal input; the empty text means absent."""
    return None if value in (None, "") else value


Text = Annotated[str, BeforeValidator(_text)]
"""Missing, null and empty are the same for texts; a number is taken as its digits."""
Money = Annotated[Decimal | None, BeforeValidator(_money)]
"""A number or its text; pydantic refuses NaN and Infinity for Decimal by itself."""
Whole = Annotated[int | None, BeforeValidator(_money)]


class WireModel(BaseModel):
    """Base of all answers: what is not known is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(slots=True)
class WireProject:
    """`enterprise_project` of a resource."""

    id: str | None = None
    name: str | None = None


@dataclass(slots=True)
class WireResource:
    """One row of the resource query; slotted, because there may be a hundred thousand."""

    resource_id: str
    is_main_resource: int
    status: int
    resource_name: str | None = None
    service_type_code: str | None = None
    service_type_name: str | None = None
    resource_type_code: str | None = None
    resource_type_name: str | None = None
    resource_spec_code: str | None = None
    product_spec_desc: str | None = None
    region_code: str | None = None
    project_id: str | None = None
    product_id: str | None = None
    parent_resource_id: str | None = None
    effective_time: str | None = None
    expire_time: str | None = None
    expire_policy: int | None = None
    spec_size: Decimal | None = None
    enterprise_project: WireProject | None = None
    update_time: str | None = None


@dataclass(slots=True)
class WireResourcePage:
    """The answer of the resource query."""

    total_count: int
    data: list[WireResource] = field(default_factory=list)
    error_code: str | None = None


class WireAmountInfo(WireModel):
    """`amount_info` of an order or a line."""

    coupon_amount: Money = None
    commission_amount: Money = None
    consumed_amount: Money = None


class WireOrderLine(WireModel):
    """One of `order_line_items`."""

    order_line_item_id: Text = ""
    period_type: Whole = None
    period_num: Whole = None
    effective_time: Text = ""
    expire_time: Text = ""
    amount_after_discount: Money = None
    amount_info: WireAmountInfo | None = None


class WireOrder(WireModel):
    """`order_info`, or one of `order_infos`."""

    order_id: str
    order_type: int
    status: int
    currency: Text = ""
    service_type_code: Text = ""
    user_name: Text = ""
    create_time: Text = ""
    payment_time: Text = ""
    amount_after_discount: Money = None
    amount_info: WireAmountInfo | None = None


class WireOrderDetails(WireModel):
    """The answer of the order details."""

    total_count: int = 0
    order_info: WireOrder
    order_line_items: list[WireOrderLine] | None = None


class WireOrderList(WireModel):
    """The answer of the order list."""

    total_count: int
    order_infos: list[WireOrder] | None = None


class WireRefundRow(WireModel):
    """One of `refund_infos`."""

    amount: Decimal
    base_order_id: Text = ""
    service_type_code: Text = ""
    resource_type_code: Text = ""
    region_code: Text = ""


class WireRefunds(WireModel):
    """The answer of the refund order details."""

    refund_infos: list[WireRefundRow] | None = None


class WireBillRow(WireModel):
    """One of `monthly_records`."""

    res_instance_id: Text = ""
    trade_id: Text = ""
    bill_type: int
    consume_amount: Money = None
    cash_amount: Money = None
    credit_amount: Money = None
    coupon_amount: Money = None
    flexipurchase_coupon_amount: Money = None
    stored_card_amount: Money = None
    bonus_amount: Money = None
    debt_amount: Money = None
    adjustment_amount: Money = None
    period_type: Whole = None
    period_num: Money = None
    consume_time: Text = ""
    effective_time: Text = ""
    expire_time: Text = ""


class WireBills(WireModel):
    """The answer of the bills per resource."""

    total_count: int
    currency: Text = ""
    monthly_records: list[WireBillRow] | None = None


class WireDomain(WireModel):
    """One account of the identity service."""

    id: str
    name: Text = ""


class WireDomains(WireModel):
    """The answer of the account look-up."""

    domains: list[WireDomain] | None = None


class WireCaller(WireModel):
    """The answer of the caller's identity."""

    account_id: str


class WireFailure(WireModel):
    """One of `fail_resource_infos`."""

    resource_id: Text = ""
    error_code: Text = ""
    error_msg: Text = ""


class WireUnsubscribed(WireModel):
    """The answer of the unsubscribe request."""

    order_ids: list[Text] | None = None
    fail_resource_infos: list[WireFailure] | None = None


Model = TypeVar("Model", bound=WireModel)
_PAGE = TypeAdapter(WireResourcePage)
_PURCHASES = frozenset({1})
_RENEWALS = frozenset({2, 8})
_CHANGES = frozenset({3, 20, 24})
_MONTHS_OF_PERIOD = {19: 12, 20: 1}
"""Bill periods: 19 is a year, 20 a month."""


def strict(operation: str, body: bytes) -> Json:
    """Return an answer read strictly; raises ApiError."""
    try:
        return loads(body)
    except StrictJsonError as error:
        raise bad_answer(operation, str(error)) from error


def parse(operation: str, model: type[Model], document: Json) -> Model:
    """Return a strict document as a model; raises ApiError that names the field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise bad_answer(operation, _field_problem(error)) from error


def parse_page(operation: str, body: bytes) -> WireResourcePage:
    """Return a page of resources, decoded in one step; raises ApiError that names the field."""
    try:
        return _PAGE.validate_json(body)
    except ValidationError as error:
        raise bad_answer(operation, _field_problem(error)) from error


def has_error(document: object) -> bool:
    """Whether an answer with status 200 says that it failed."""
    code, _ = error_fields(document)
    return code not in ("", "CBC.0000")


def _field_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    return f"{place}: {first['msg']}" if place else "the answer is not what the service documents"


def resource(row: WireResource, share: Callable[[str | None], Foreign]) -> Resource:
    """Return a row as a resource; `share` gives equal texts one object."""
    project = row.enterprise_project or _NO_PROJECT
    return Resource(
        resource_id=Foreign(row.resource_id),
        resource_name=Foreign(row.resource_name or ""),
        service_type_code=share(row.service_type_code),
        service_type_name=share(row.service_type_name),
        resource_type_code=share(row.resource_type_code),
        resource_type_name=share(row.resource_type_name),
        resource_spec_code=share(row.resource_spec_code),
        product_spec_desc=share(row.product_spec_desc),
        region_code=share(row.region_code),
        project_id=share(row.project_id),
        product_id=share(row.product_id),
        parent_resource_id=share(row.parent_resource_id),
        is_main_resource=row.is_main_resource == 1,
        status=row.status,
        effective_time=_shared_moment(row.effective_time),
        expire_time=_shared_moment(row.expire_time),
        expire_policy=row.expire_policy,
        spec_size="" if row.spec_size is None else format(row.spec_size.normalize(), "f"),
        enterprise_project_id=share(project.id),
        enterprise_project_name=share(project.name),
        update_time=_shared_moment(row.update_time),
    )


class Sharing:
    """Gives equal texts of one listing the same object: a hundred thousand rows repeat a few hundred texts."""

    def __init__(self) -> None:
        self._known: dict[str, Foreign] = {"": NOTHING}

    def __call__(self, text: str | None) -> Foreign:
        """Return the shared form of a text."""
        key = text or ""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Foreign(key)
        return known


def order(info: WireOrder, lines: list[WireOrderLine] | None = None) -> Order:
    """Return an order, with its lines where they were asked for."""
    return Order(
        order_id=info.order_id,
        order_type=info.order_type,
        status=info.status,
        currency=info.currency,
        service_type_code=Foreign(info.service_type_code),
        user_name=Foreign(info.user_name),
        create_time=moment(info.create_time),
        payment_time=moment(info.payment_time),
        amounts=_order_amounts(info.amount_after_discount, info.amount_info),
        lines=tuple(_order_line(line) for line in lines or ()),
    )


def refund_row(row: WireRefundRow) -> RefundRow:
    """Return a row of the money of an unsubscription order."""
    return RefundRow(
        amount=row.amount,
        base_order_id=row.base_order_id,
        service_type_code=Foreign(row.service_type_code),
        resource_type_code=Foreign(row.resource_type_code),
        region_code=Foreign(row.region_code),
    )


def payment(row: WireBillRow, currency: str) -> Payment | None:
    """Return a bill row as a payment, or None for a row that paid for no period."""
    kind = _bill_type(row.bill_type)
    if kind is None or not row.res_instance_id:
        return None
    months = _MONTHS_OF_PERIOD.get(row.period_type or 0)
    return Payment(
        resource_id=row.res_instance_id,
        order_id=row.trade_id,
        bill_type=kind,
        currency=currency,
        payable=_payable(row),
        coupon=row.coupon_amount or Decimal(0),
        paid_at=moment(row.consume_time),
        term_start=moment(row.effective_time),
        term_end=moment(row.expire_time),
        period_months=int(row.period_num * months) if months and row.period_num else None,
    )


def _bill_type(code: int) -> BillType | None:
    if code in _PURCHASES:
        return BillType.PURCHASE
    if code in _RENEWALS:
        return BillType.RENEWAL
    return BillType.CHANGE if code in _CHANGES else None


def _payable(row: WireBillRow) -> Decimal:
    """Return what the row charged: said outright, else the sum of the ways it was paid."""
    if row.consume_amount is not None:
        return row.consume_amount
    parts = (
        row.cash_amount,
        row.credit_amount,
        row.coupon_amount,
        row.flexipurchase_coupon_amount,
        row.stored_card_amount,
        row.bonus_amount,
        row.debt_amount,
        row.adjustment_amount,
    )
    return sum((part for part in parts if part is not None), Decimal(0))


def _order_amounts(net: Decimal | None, info: WireAmountInfo | None) -> OrderAmounts:
    known = info or WireAmountInfo()
    return OrderAmounts(
        net=net, coupon=known.coupon_amount, commission=known.commission_amount, consumed=known.consumed_amount
    )


def _order_line(line: WireOrderLine) -> OrderLine:
    return OrderLine(
        line_id=line.order_line_item_id,
        amounts=_order_amounts(line.amount_after_discount, line.amount_info),
        effective_time=moment(line.effective_time),
        expire_time=moment(line.expire_time),
        period_type=line.period_type,
        period_num=line.period_num,
    )


_NO_PROJECT = WireProject()
_shared_moment = lru_cache(maxsize=4096)(moment)
"""Expiry times repeat: most end with a day."""


def object_of(operation: str, document: Json) -> Mapping[str, Json]:
    """Return the document as an object; raises ApiError for anything else."""
    if not isinstance(document, dict):
        raise bad_answer(operation, "the answer is not a JSON object")
    return document
