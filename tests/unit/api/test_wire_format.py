from __future__ import annotations

import time
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.api.wire_format import StrictJsonError, Unreadable, loads

REFUSED = {
    "not JSON": b"<html>",
    "empty": b"",
    "cut off": b'{"order_ids": ["CS1"',
    "two documents": b"{} {}",
    "a key twice": b'{"order_ids": ["CS1"], "order_ids": []}',
    "a key twice, deep": b'{"a": [{"b": 1, "b": 2}]}',
    "not a number": b'{"amount": NaN}',
    "infinity": b'{"amount": -Infinity}',
    "33 levels": b"[" * 33 + b"]" * 33,
    "100,000 levels": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(body: bytes) -> None:
    """Everything dubious is one error of ours, and its message quotes nothing."""
    with pytest.raises(StrictJsonError, match=r"^the answer (is|has) [a-zA-Z ]+$"):
        loads(body)


OUT_OF_RANGE = {
    "beyond a float": b"1e999",
    "exponent beyond Decimal": b"1e9999999999999999999",
    "tiny exponent": b"0e-99999999999999999999",
    "an exponent of many digits": b"1e" + b"9" * 4_000_000,
    "5000 digits": b"9" * 5000,
    "5000 places": b"0." + b"9" * 5000,
    "4,000,000 digits": b"-" + b"9" * 4_000_000,
}


@pytest.mark.parametrize("number", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
def test_a_number_out_of_range_costs_only_itself(number: bytes) -> None:
    """A number that is out of range is marked as such; the rest of the answer is read."""
    assert loads(b'{"amount": ' + number + b', "id": "CS1"}') == {"amount": Unreadable.NUMBER, "id": "CS1"}


def test_what_is_read() -> None:
    """Numbers with a point keep their digits; brackets in a text are no nesting; lone surrogates are texts."""
    nested = b"[" * 32 + b"]" * 32
    assert loads(nested)
    text = b'"' + b"[" * 1000 + b'\\""'
    assert loads(text) == "[" * 1000 + '"'
    assert loads(b'{"amount": 446.170, "n": 12, "e": 1e2, "b": true, "x": null}') == {
        "amount": Decimal("446.170"),
        "n": 12,
        "e": Decimal(100),
        "b": True,
        "x": None,
    }
    assert loads(b'"\\ud800"') == "\ud800"


@pytest.mark.parametrize(
    "body",
    [b'\\"' * 500_000, b'"' + b'\\"' * 500_000, b'"' * 999_999, b'"\\'],
    ids=["escaped quotes", "escaped quotes in a text", "quotes", "an escape at the end"],
)
def test_no_body_makes_it_slow(body: bytes) -> None:
    """The time grows with the length only: a megabyte of quotes takes no minutes."""
    began = time.process_time()
    with pytest.raises(StrictJsonError):
        loads(body)
    assert time.process_time() - began < 5


@given(st.binary(max_size=200) | st.text(alphabet='[]{}":,\\0123456789eE.+-ntfIN', max_size=60).map(str.encode))
def test_nothing_else_is_raised(body: bytes) -> None:
    """Any bytes are a document or that one error."""
    with suppress(StrictJsonError):
        loads(body)
