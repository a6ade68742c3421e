"""pydantic models of the API responses, with the field names of the JSON; `mapping` converts them to domain types.

Unknown fields are ignored and unknown enumeration values are kept. Only an invalid required field makes a response
invalid; the error names the field. Amounts are strict as well: an invalid amount never counts as missing. An amount out
of range becomes `Unreadable.NUMBER`: values derived from it are unknown, and the rest of the response is used.
Names and types are those of the Huawei Cloud SDK 3.1.219.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from unsub_tui.api.errors import ApiError, invalid_response, parse_object
from unsub_tui.api.wire_format import Json, Unreadable, text_of
from unsub_tui.domain.bounds import amount_in_range, parse_amount
from unsub_tui.domain.fact import FactCode

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_MOST_DIGITS = 18
"""Maximum number of digits of an optional integer."""


def _parse_amount(value: object) -> Decimal | Unreadable | None:
    """Return an amount. Raise ValueError for blanks, underscores, non-ASCII digits, Booleans and other non-numbers."""
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
    """Return an optional integer, or None for any other value."""
    try:
        number = int(value) if isinstance(value, str | int | Decimal) else None
    except (ValueError, ArithmeticError):
        return None
    return number if number is not None and abs(number) < 10**_MOST_DIGITS else None


def _check_currency_unit(value: object) -> None:
    """Raise ValueError unless amounts are in the main currency unit; the API also defines hundredths of it."""
    if value is True or value not in (None, "", 1, "1"):
        raise ValueError("the amounts are in an unknown unit")


Text = Annotated[str, BeforeValidator(text_of)]
"""String field: missing, null and empty are equal, and a number becomes its digits."""
Money = Annotated[Decimal | Unreadable | None, PlainValidator(_parse_amount)]
"""Amount as a number or a string."""
OptionalInt = Annotated[int | None, BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0)]
CurrencyUnit = Annotated[None, BeforeValidator(_check_currency_unit)]
"""`measure_id`: a number in most responses, a string in some; 1 is the main unit of the currency."""


class WireModel(BaseModel):
    """Base class of all models; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class WireAmountInfo(WireModel):
    """`amount_info` of an order or an order line."""

    coupon_amount: Money = None
    flexipurchase_coupon_amount: Money = None
    stored_card_amount: Money = None
    commission_amount: Money = None
    consumed_amount: Money = None


class WireOrderLine(WireModel):
    """Element of `order_line_items`."""

    order_line_item_id: Text = ""
    commercial_resource: Text = ""
    period_type: OptionalInt = None
    period_num: OptionalInt = None
    effective_time: Text = ""
    expire_time: Text = ""
    amount_after_discount: Money = None
    amount_info: WireAmountInfo | None = None


class WireOrder(WireModel):
    """`order_info`, or an element of `order_infos`."""

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
    """Response of the order details API."""

    total_count: Count
    order_info: WireOrder
    order_line_items: list[WireOrderLine] | None = None


class WireOrderList(WireModel):
    """Response of the order list API."""

    total_count: Count
    order_infos: list[WireOrder] | None = None


class WireRefundRow(WireModel):
    """Element of `refund_infos`."""

    amount: Annotated[Decimal | Unreadable, PlainValidator(_parse_required_amount)]
    measure_id: CurrencyUnit = None
    base_order_id: Text = ""
    service_type_code: Text = ""
    resource_type_code: Text = ""
    region_code: Text = ""


class WireRefunds(WireModel):
    """Response of the refund order details API; it is not paginated."""

    total_count: Count
    refund_infos: list[WireRefundRow] | None = None


class WireBillRow(WireModel):
    """Element of `monthly_records`."""

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
    """Response of the API for bills per resource."""

    total_count: Count
    currency: Text = ""
    monthly_records: list[WireBillRow] | None = None


class WireFeeRow(WireModel):
    """Element of `fee_records`: the older form of a bill row, without the dates of the purchased period."""

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
    """Response of the older API for bills per resource."""

    total_count: Count
    currency: Text = ""
    fee_records: list[WireFeeRow] | None = None


class WireTokenDomain(WireModel):
    """`domain` of a sign-in response: the account."""

    id: str
    name: Text = ""


class WireToken(WireModel):
    """`token` of a sign-in response; the token itself is in a header."""

    expires_at: Text = ""
    domain: WireTokenDomain | None = None


class WireTokenResponse(WireModel):
    """Response of the sign-in API."""

    token: WireToken


class WireTemporaryCredentials(WireModel):
    """`credential` in a response of the metadata service."""

    access: str
    secret: str
    securitytoken: str
    expires_at: Text = ""


class WireAgencyCredentials(WireModel):
    """Response of the metadata service."""

    credential: WireTemporaryCredentials


class WireAccountBalance(WireModel):
    """Element of `account_balances`."""

    account_type: int
    amount: Money = None
    currency: Text = ""
    measure_id: CurrencyUnit = None


class WireBalances(WireModel):
    """Response of the account balance API."""

    account_balances: list[WireAccountBalance] | None = None
    debt_amount: Money = None
    currency: Text = ""
    measure_id: CurrencyUnit = None


class WireEnterpriseProject(WireModel):
    """Element of `enterprise_projects`."""

    id: str
    name: Text = ""
    status: OptionalInt = None


class WireProjects(WireModel):
    """Response of the enterprise project list API."""

    total_count: Count
    enterprise_projects: list[WireEnterpriseProject] | None = None


class WireRenewalPrice(WireModel):
    """Element of `renew_inquiry_results`; its amount is a string."""

    resource_id: str
    amount: Money = None


class WireFailure(WireModel):
    """Element of `fail_resource_infos`."""

    resource_id: Text = ""
    error_code: Text = ""
    error_msg: Text = ""


class WireRenewalPrices(WireModel):
    """Response of the renewal price inquiry."""

    currency: Text = ""
    renew_inquiry_results: list[WireRenewalPrice] | None = None
    fail_resource_infos: list[WireFailure] | None = None


class WireChangeFailure(WireModel):
    """Element of `error_details`: a resource with a rejected change."""

    id: Text = ""
    error_code: Text = ""
    error_msg: Text = ""


class WireChangeResponse(WireModel):
    """Response of the expiry policy change API; it lists failures only."""

    error_details: list[WireChangeFailure] | None = None


class WireUnsubscribeResponse(WireModel):
    """Response of the unsubscribe API."""

    order_ids: list[str | None] | None = None
    """Strictly strings: no other value may count as an order id."""
    fail_resource_infos: list[WireFailure] | None = None


Model = TypeVar("Model", bound=WireModel)


def decode(operation: str, body: bytes, model: type[Model]) -> Model:
    """Return a response as a model. Raise TransientError if it is not JSON, ApiError naming an invalid field."""
    return parse_model(operation, model, parse_object(operation, body))


def parse_model(operation: str, model: type[Model], document: Json) -> Model:
    """Return the document as a model. Raise ApiError with the name of the invalid field."""
    if not isinstance(document, dict):
        raise invalid_response(operation, "not_an_object")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _invalid_field(operation, error) from error


def _invalid_field(operation: str, error: ValidationError) -> ApiError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    code: FactCode = "field_missing" if first["type"] == "missing" else "field_invalid"
    return invalid_response(operation, code, name=".".join(part for part in first["loc"] if isinstance(part, str)))
