"""Bounds of the amounts and times that the program calculates with. A value outside them is unknown, with its reason.

Within them no sum of a plan exceeds the 28 digits of `Decimal`, and no addition to a time exceeds `datetime`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

INTEGER_DIGITS = 15
"""Maximum number of digits before the point of an amount that is read."""

DECIMAL_PLACES = 10
"""Maximum number of digits after the point of an amount that is read; zeros at the end do not count."""

BINARY_DIGITS = range(15, 18)
"""Counts of digits of an amount that was computed in binary, such as 117.43000000000001: its last places are noise."""

MAX_NUMBER_LENGTH = 60
"""Maximum number of characters of a number that is converted at all."""

MIN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TIME = datetime(2200, 1, 1, tzinfo=UTC)
"""The first and the last time that is read; Go's zero time, 0001-01-01, is outside."""

AMOUNT_OUT_OF_RANGE = "the amount is out of range"
TIME_OUT_OF_RANGE = "the time is out of range"

_COMPUTED_WHOLE_DIGITS = 20
"""Sums of many amounts have more digits than each of them."""
_COMPUTED_PLACES = 100
"""Shares of small amounts have many places."""
_LAST_PLACE = Decimal(1).scaleb(-DECIMAL_PLACES)


def amount_in_range(number: Decimal) -> Decimal | None:
    """Return an amount with at most `DECIMAL_PLACES` places, or None where it is out of range.

    More places are taken for noise where all digits fit a binary number; otherwise the amount is out of range.
    """
    if not number.is_finite() or number.adjusted() >= INTEGER_DIGITS:
        return None
    if number.as_tuple().exponent >= -DECIMAL_PLACES:  # type: ignore[operator]  # a finite number's exponent is an integer
        return number
    rounded = number.quantize(_LAST_PLACE)
    is_binary_noise = len(number.as_tuple().digits) in BINARY_DIGITS
    return rounded if rounded == number or is_binary_noise else None


def parse_amount(text: str) -> Decimal | None:
    """Return the amount that a text is, or None where it is no number or out of range."""
    if len(text) > MAX_NUMBER_LENGTH:
        return None
    try:
        return amount_in_range(Decimal(text))
    except ArithmeticError:
        return None


def is_computable(number: Decimal) -> bool:
    """Whether a sum or a share can be calculated with, shown and written with all its digits."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or len(number.as_tuple().digits) > _COMPUTED_PLACES:
        return False
    return number.adjusted() < _COMPUTED_WHOLE_DIGITS and exponent >= -_COMPUTED_PLACES


def is_time_in_range(time: datetime) -> bool:
    """Whether an aware time can be calculated with."""
    return MIN_TIME <= time <= MAX_TIME
