"""The service's JSON as it is spelt there. What leaves this package is made of it in `mapping`.

Unknown fields are ignored, unknown numbers of an enumeration are kept. Only a field that we cannot do without
makes an answer bad, and the error names it. Amounts are such fields: a wrong one is never taken for a missing one.
Names and types: the vendor's SDK 3.1.219.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from unsub_tui.api.errors import bad_answer, unreadable
from unsub_tui.api.strict import Json, StrictJsonError, is_sane, loads

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")


def _text(value: object) -> str:
    is_text = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    return str(value) if is_text else ""


def _amount(value: object) -> object:
    """Refuse what only a lenient reader takes for a number: blanks, underscores, digits of other scripts, truth."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or (isinstance(value, str) and not _AMOUNT.fullmatch(value)):
        raise ValueError("it is not an amount")
    return value


def _whole(value: object) -> int | None:
    """Return a number that we can do without, or None for anything else."""
    try:
        return int(value) if isinstance(value, str | int | Decimal) else None
    except (ValueError, ArithmeticError):
        return None


def _sane(value: Decimal | None) -> Decimal | None:
    if value is not None and not is_sane(value):
        raise ValueError("it is an absurd number")
    return value


def _one(value: object) -> None:
    """Refuse amounts in another unit than the currency's own; the service knows hundredths of it, too."""
    if value is True or value not in (None, "", 1, "1"):
        raise ValueError("the amounts are in an unknown unit")


Text = Annotated[str, BeforeValidator(_text)]
"""Missing, null and empty are the same for texts; a number is taken as its digits."""
Money = Annotated[Decimal | None, AfterValidator(_sane), BeforeValidator(_amount)]
"""A number or its text."""
Whole = Annotated[int | None, BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0)]
Unit = Annotated[None, BeforeValidator(_one)]
"""`measure_id`: a number in most answers, a text in some; 1 is the unit of the currency."""


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

    total_count: Count
    data: list[WireResource] | None = None


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
    measure_id: Unit = None


class WireOrderDetails(WireModel):
    """The answer of the order details."""

    total_count: Count
    order_info: WireOrder
    order_line_items: list[WireOrderLine] | None = None


class WireOrderList(WireModel):
    """The answer of the order list."""

    total_count: Count
    order_infos: list[WireOrder] | None = None


class WireRefundRow(WireModel):
    """One of `refund_infos`."""

    amount: Annotated[Decimal, AfterValidator(_sane), BeforeValidator(_amount)]
    measure_id: Unit = None
    base_order_id: Text = ""
    service_type_code: Text = ""
    resource_type_code: Text = ""
    region_code: Text = ""


class WireRefunds(WireModel):
    """The answer of the refund order details; it has no pages."""

    total_count: Count
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
    measure_id: Unit = None
    period_type: Whole = None
    period_num: Money = None
    consume_time: Text = ""
    effective_time: Text = ""
    expire_time: Text = ""


class WireBills(WireModel):
    """The answer of the bills per resource."""

    total_count: Count
    currency: Text = ""
    monthly_records: list[WireBillRow] | None = None


class WireFeeRow(WireModel):
    """One of `fee_records`: the older form of a bill row, which does not say what period it bought."""

    resource_id: Text = ""
    trade_id: Text = ""
    bill_type: int
    amount: Money = None
    coupon_amount: Money = None
    measure_id: Unit = None
    period_type: Whole = None
    period_num: Money = None
    trade_time: Text = ""


class WireFeeRows(WireModel):
    """The answer of the older form of the bills per resource."""

    total_count: Count
    currency: Text = ""
    fee_records: list[WireFeeRow] | None = None


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

    order_ids: list[str | None] | None = None
    """Texts and nothing else: what is no id must not pass for an order."""
    fail_resource_infos: list[WireFailure] | None = None


Model = TypeVar("Model", bound=WireModel)
_PAGE = TypeAdapter(WireResourcePage)
_NEEDED = frozenset({"total_count", "data", "resource_id", "is_main_resource", "status"})
"""What a page of resources cannot do without."""


def strict(operation: str, body: bytes) -> Json:
    """Return an answer read strictly; raises TransientError for what is not JSON."""
    try:
        return loads(body)
    except StrictJsonError as error:
        raise unreadable(operation, str(error)) from error


def parse(operation: str, model: type[Model], document: Json) -> Model:
    """Return a strict document as a model; raises ApiError that names the field."""
    if not isinstance(document, dict):
        raise bad_answer(operation, "the answer is not a JSON object")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise bad_answer(operation, _field_problem(error)) from error


def parse_page(operation: str, body: bytes) -> WireResourcePage:
    """Return a page of resources, decoded in one step; raises ApiError that names the field.

    A page that the fast way refuses is read strictly, without the odd values that nothing depends on.
    """
    try:
        return _PAGE.validate_json(body)
    except ValidationError:
        document = strict(operation, body)
    if not isinstance(document, dict):
        raise bad_answer(operation, "the answer is not a JSON object")
    try:
        return _PAGE.validate_python(document)
    except ValidationError as error:
        _blank(operation, document, error)
    try:
        return _PAGE.validate_python(document)
    except ValidationError as error:
        raise bad_answer(operation, _field_problem(error)) from error


def _blank(operation: str, document: Json, error: ValidationError) -> None:
    """Put null in place of each mistyped value; raises ApiError when one of them is needed."""
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        *way, name = problem["loc"] or ("",)
        place = document
        for step in way:
            place = _inner(place, step)
        if name in _NEEDED or not isinstance(name, str) or not isinstance(place, dict):
            raise bad_answer(operation, _field_problem(error))
        place[name] = None


def _inner(place: Json, step: str | int) -> Json:
    if isinstance(place, dict) and isinstance(step, str):
        return place.get(step)
    return place[step] if isinstance(place, list) and isinstance(step, int) else None


def _field_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    needed = [problem for problem in problems if problem["loc"] and problem["loc"][-1] in _NEEDED]
    first = (needed or problems)[0]
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    return f"{place}: {first['msg']}" if place else "the answer is not what the service documents"
