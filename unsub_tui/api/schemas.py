"""The service's JSON as it is spelt there. What leaves this package is made of it in `mapping`.

Unknown fields are ignored, unknown numbers of an enumeration are kept. Only a field that we cannot do without
makes an answer bad, and the error names it. Amounts are such fields: a wrong one is never taken for a missing one. An
amount that is out of range is `Unreadable.NUMBER`: what is made of it is unknown, and the rest of the answer is read.
Names and types: the vendor's SDK 3.1.219.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from unsub_tui.api.errors import invalid_response, unreadable_response
from unsub_tui.api.strict_json import Json, StrictJsonError, Unreadable, loads, text_of
from unsub_tui.domain.bounds import amount_in_range, parse_amount

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_MOST_DIGITS = 18
"""Maximum number of digits of a whole number that we can do without."""


def _parse_amount(value: object) -> Decimal | Unreadable | None:
    """Refuse what only a lenient reader takes for a number: blanks, underscores, digits of other scripts, truth."""
    if value is None or value == "":
        return None
    if value is Unreadable.NUMBER:
        return Unreadable.NUMBER
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        amount = parse_amount(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        amount = amount_in_range(Decimal(value))
    else:
        raise ValueError("it is not an amount")
    return Unreadable.NUMBER if amount is None else amount


def _parse_required_amount(value: object) -> Decimal | Unreadable:
    amount = _parse_amount(value)
    if amount is None:
        raise ValueError("it is not an amount")
    return amount


def _whole(value: object) -> int | None:
    """Return a number that we can do without, or None for anything else."""
    try:
        number = int(value) if isinstance(value, str | int | Decimal) else None
    except (ValueError, ArithmeticError):
        return None
    return number if number is not None and abs(number) < 10**_MOST_DIGITS else None


def _check_currency_unit(value: object) -> None:
    """Refuse amounts in another unit than the currency's own; the service knows hundredths of it, too."""
    if value is True or value not in (None, "", 1, "1"):
        raise ValueError("the amounts are in an unknown unit")


Text = Annotated[str, BeforeValidator(text_of)]
"""Missing, null and empty are the same for texts; a number is taken as its digits."""
Money = Annotated[Decimal | Unreadable | None, PlainValidator(_parse_amount)]
"""A number or its text."""
OptionalInt = Annotated[int | None, BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0)]
CurrencyUnit = Annotated[None, BeforeValidator(_check_currency_unit)]
"""`measure_id`: a number in most answers, a text in some; 1 is the unit of the currency."""


class WireModel(BaseModel):
    """Base of all answers: what is not known is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class WireAmountInfo(WireModel):
    """`amount_info` of an order or a line."""

    coupon_amount: Money = None
    flexipurchase_coupon_amount: Money = None
    stored_card_amount: Money = None
    commission_amount: Money = None
    consumed_amount: Money = None


class WireOrderLine(WireModel):
    """One of `order_line_items`."""

    order_line_item_id: Text = ""
    commercial_resource: Text = ""
    period_type: OptionalInt = None
    period_num: OptionalInt = None
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
    measure_id: CurrencyUnit = None


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

    amount: Annotated[Decimal | Unreadable, PlainValidator(_parse_required_amount)]
    measure_id: CurrencyUnit = None
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
    measure_id: CurrencyUnit = None
    period_type: OptionalInt = None
    period_num: Money = None
    consume_time: Text = ""
    effective_time: Text = ""
    expire_time: Text = ""
    pre_order_id: Text = ""


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
    bonus_amount: Money = None
    debt_amount: Money = None
    adjustment_amount: Money = None
    measure_id: CurrencyUnit = None
    period_type: OptionalInt = None
    period_num: Money = None
    trade_time: Text = ""
    relative_order_id: Text = ""


class WireFeeRows(WireModel):
    """The answer of the older form of the bills per resource."""

    total_count: Count
    currency: Text = ""
    fee_records: list[WireFeeRow] | None = None


class WireDomain(WireModel):
    """`domain` of a sign-in: the account."""

    id: str
    name: Text = ""


class WireToken(WireModel):
    """`token` of a sign-in; the token itself comes in a header."""

    expires_at: Text = ""
    domain: WireDomain | None = None


class WireTokenResponse(WireModel):
    """The answer of a sign-in."""

    token: WireToken


class WireTemporaryCredentials(WireModel):
    """`credential` of the metadata service."""

    access: str
    secret: str
    securitytoken: str
    expires_at: Text = ""


class WireAgencyCredentials(WireModel):
    """The answer of the metadata service."""

    credential: WireTemporaryCredentials


class WireAccountBalance(WireModel):
    """One of `account_balances`."""

    account_type: int
    amount: Money = None
    currency: Text = ""
    measure_id: CurrencyUnit = None


class WireBalances(WireModel):
    """The answer of the account's balances."""

    account_balances: list[WireAccountBalance] | None = None
    debt_amount: Money = None
    currency: Text = ""
    measure_id: CurrencyUnit = None


class WireEnterpriseProject(WireModel):
    """One of `enterprise_projects`."""

    id: str
    name: Text = ""
    status: OptionalInt = None


class WireProjects(WireModel):
    """The answer of the list of enterprise projects."""

    total_count: Count
    enterprise_projects: list[WireEnterpriseProject] | None = None


class WireServiceType(WireModel):
    """One of `service_types`."""

    service_type_code: str
    service_type_name: Text = ""
    abbreviation: Text = ""


class WireServices(WireModel):
    """The answer of the list of services."""

    total_count: Count
    service_types: list[WireServiceType] | None = None


class WireResourceType(WireModel):
    """One of `resource_types`."""

    resource_type_code: str
    resource_type_name: Text = ""
    service_type_code: Text = ""


class WireResourceTypes(WireModel):
    """The answer of the list of resource types."""

    total_count: Count
    resource_types: list[WireResourceType] | None = None


class WireRenewalPrice(WireModel):
    """One of `renew_inquiry_results`; its amount is a text."""

    resource_id: str
    amount: Money = None


class WireFailure(WireModel):
    """One of `fail_resource_infos`."""

    resource_id: Text = ""
    error_code: Text = ""
    error_msg: Text = ""


class WireRenewalPrices(WireModel):
    """The answer of the inquiry after renewal prices."""

    currency: Text = ""
    renew_inquiry_results: list[WireRenewalPrice] | None = None
    fail_resource_infos: list[WireFailure] | None = None


class WireChangeFailure(WireModel):
    """One of `error_details`: a resource whose change was refused."""

    id: Text = ""
    error_code: Text = ""
    error_msg: Text = ""


class WireChangeResponse(WireModel):
    """The answer of a change of what happens at expiry; it lists failures only."""

    error_details: list[WireChangeFailure] | None = None


class WireUnsubscribeResponse(WireModel):
    """The answer of the unsubscribe request."""

    order_ids: list[str | None] | None = None
    """Texts and nothing else: what is no id must not pass for an order."""
    fail_resource_infos: list[WireFailure] | None = None


Model = TypeVar("Model", bound=WireModel)


def parse_json(operation: str, body: bytes) -> Json:
    """Return an answer read strictly; raises TransientError for what is not JSON."""
    try:
        return loads(body)
    except StrictJsonError as error:
        raise unreadable_response(operation, str(error)) from error


def parse_model(operation: str, model: type[Model], document: Json) -> Model:
    """Return a strict document as a model; raises ApiError that names the field."""
    if not isinstance(document, dict):
        raise invalid_response(operation, "the answer is not a JSON object")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise invalid_response(operation, _describe_validation_error(error)) from error


def _describe_validation_error(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    first = problems[0]
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    return f"{place}: {first['msg']}" if place else "the answer is not what the service documents"
