"""Rows for other programs: amounts without meaningless digits, no formulas, the same names in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.present.export.formats import export_text
from unsub_tui.present.export.forms import Form, amount, amount_text, nested, nested_list, value, values


class _Part(NamedTuple):
    back: Decimal


class _Whole(NamedTuple):
    name: str
    paid: Decimal
    part: _Part | None
    parts: tuple[_Part, ...]


_PART = Form[_Part]("Part", "A part.", back=amount(lambda part: part.back))
_WHOLE = Form[_Whole](
    "Whole",
    "A whole.",
    name=value(str, lambda whole: whole.name),
    counts=value(dict[str, int], lambda whole: {"parts": len(whole.parts)}),
    paid=amount(lambda whole: whole.paid),
    estimate=nested(_PART, lambda whole: whole.part),
    names=values(str, lambda whole: [whole.name, "b"]),
    parts=nested_list(_PART, lambda whole: whole.parts),
)
_ROW = _Whole("=1+1", Decimal("-1.5"), _Part(Decimal(2)), (_Part(Decimal(1)),))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14))
def test_an_amount_has_two_to_ten_decimals(number: Decimal) -> None:
    """As many as it needs, and the value of Huawei Cloud's ten decimals; zero has no sign."""
    text = amount_text(number)
    assert re.fullmatch(r"-?\d+\.\d{2}(\d{0,7}[1-9])?", text)
    assert abs(Decimal(text) - number) <= Decimal("5e-11")
    assert text[0] != "-" or Decimal(text) < 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0E-26", "0.00"),
        ("135.2487500000000000000000000", "135.24875"),
        ("1E+3", "1000.00"),
        ("-0.00000000001", "0.00"),
    ],
)
def test_digits_without_meaning_are_left_out(number: str, text: str) -> None:
    """Zeros of a division, exponents, and what is smaller than the tenth decimal."""
    assert amount_text(Decimal(number)) == text


def test_columns_are_the_fields_of_the_json() -> None:
    """A nested object has a column for each field, named by its path; lists of objects have none."""
    assert _WHOLE.columns == ("name", "counts", "paid", "estimate.back", "names")
    text = export_text("csv", "rows", _WHOLE.columns, _WHOLE.rows([_ROW, _ROW._replace(part=None)]))
    full, empty = csv.DictReader(io.StringIO(text))
    assert (full["estimate.back"], full["counts"], empty["estimate.back"]) == ("2.00", "parts=1", "")


def test_only_text_is_kept_from_becoming_a_formula() -> None:
    """A name gets a quote before it, also in a list; a negative amount remains a number."""
    text = export_text("csv", "rows", _WHOLE.columns, _WHOLE.rows([_ROW]))
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["name"], row["names"], row["paid"]) == ("'=1+1", "'=1+1; b", "-1.50")
    assert json.loads(export_text("jsonl", "rows", _WHOLE.columns, _WHOLE.rows([_ROW])))["name"] == "=1+1"
