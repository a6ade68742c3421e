from __future__ import annotations

from decimal import Decimal

import pytest

from unsub_tui.api import schemas
from unsub_tui.api.errors import ApiError, parse_object
from unsub_tui.api.resource_pages import StringInterner, decode_page
from unsub_tui.domain.problem import ProblemKind

NOT_OBJECTS = {"a list": b"[]", "a text": b'"order"', "a number": b"1", "null": b"null", "true": b"true"}


@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_an_answer_is_an_object(body: bytes) -> None:
    """JSON that is no object is a bad answer to both readers."""
    with pytest.raises(ApiError, match="object") as strictly:
        schemas.decode("a test", body, schemas.WireRefunds)
    with pytest.raises(ApiError, match="object") as quickly:
        decode_page("a test", body, StringInterner())

    assert strictly.value.problem.kind is quickly.value.problem.kind is ProblemKind.BAD_RESPONSE


AMOUNTS = {
    "true": b"true",
    "a list": b"[1]",
    "a word": b'"many"',
    "NaN as a text": b'"NaN"',
    "Infinity as a text": b'"Infinity"',
    "digits of another script": '"１２"'.encode(),
    "an underscore": b'"1_000"',
    "a comma": b'"1,000"',
    "a blank": b'" 1"',
    "a line break": b'"1\\n"',
}


@pytest.mark.parametrize("amount", AMOUNTS.values(), ids=AMOUNTS)
@pytest.mark.parametrize("model", [schemas.WireRefundRow, schemas.WireBillRow, schemas.WireAmountInfo])
def test_a_wrong_amount_makes_the_answer_bad(model: type[schemas.WireModel], amount: bytes) -> None:
    """A wrong amount is never taken for a missing one, nor for another."""
    fields = [b'"%b":%b' % (name, amount) for name in (b"amount", b"consume_amount", b"coupon_amount")]
    document = parse_object("a test", b'{"bill_type":1,%b}' % b",".join(fields))
    with pytest.raises(ApiError, match="amount"):
        schemas.parse_model("a test", model, document)


@pytest.mark.parametrize("text", ["446.17", "-446.17", "0", "1e2", "446.17000000"])
def test_an_amount_may_be_a_number_or_its_text(text: str) -> None:
    """Both forms are the same amount, to the last digit."""
    for written in (text, f'"{text}"'):
        row = schemas.decode("a test", f'{{"amount": {written}}}'.encode(), schemas.WireRefundRow)
        assert row.amount == Decimal(text)


@pytest.mark.parametrize("unit", [b"3", b'"3"', b'"cent"', b"true", b"[]"])
def test_amounts_in_another_unit_are_refused(unit: bytes) -> None:
    """The service once counted in hundredths; what is not the currency's unit is not read."""
    with pytest.raises(ApiError, match="measure_id"):
        schemas.decode("a test", b'{"amount": 1, "measure_id": %b}' % unit, schemas.WireRefundRow)
