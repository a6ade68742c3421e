"""Bounds of the amounts and times used in calculations. A value outside them is unknown, with a reason.

Within these bounds no sum of a plan exceeds the 28 digits of `Decimal`, and no time arithmetic overflows `datetime`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

INTEGER_DIGITS = 15
"""Maximum number of digits before the decimal point of an amount."""

DECIMAL_PLACES = 10
"""Maximum number of digits after the decimal point of an amount; trailing zeros do not count."""

BINARY_DIGITS = range(15, 18)
"""Digit counts of amounts computed in binary floating point (117.43000000000001): their last digits are noise."""

MAX_NUMBER_LENGTH = 60
"""Maximum number of characters of a text that is converted to a number."""

MIN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TIME = datetime(2200, 1, 1, tzinfo=UTC)
"""Earliest and latest accepted time; Go's zero time, 0001-01-01, is out of range."""

_COMPUTED_WHOLE_DIGITS = 20
"""Maximum number of integer digits of a computed amount: sums have more digits than their parts."""
_COMPUTED_PLACES = 100
"""Maximum number of decimal places and of digits of a computed amount: shares of small amounts have many places."""
_LAST_PLACE = Decimal(1).scaleb(-DECIMAL_PLACES)


def amount_in_range(number: Decimal) -> Decimal | None:
    """Return the amount with at most `DECIMAL_PLACES` decimal places, or None if it is out of range.

    Excess places are rounded off if the digit count suggests binary noise; otherwise the amount is out of range.
    """
    if not number.is_finite() or number.adjusted() >= INTEGER_DIGITS:
        return None
    if number.as_tuple().exponent >= -DECIMAL_PLACES:  # type: ignore[operator]  # a finite number's exponent is an integer
        return number
    rounded = number.quantize(_LAST_PLACE)
    is_binary_noise = len(number.as_tuple().digits) in BINARY_DIGITS
    return rounded if rounded == number or is_binary_noise else None


def parse_amount(text: str) -> Decimal | None:
    """Return the amount in a text, or None if it is not a number or out of range."""
    if len(text) > MAX_NUMBER_LENGTH:
        return None
    try:
        return amount_in_range(Decimal(text))
    except ArithmeticError:
        return None


def is_computable(number: Decimal) -> bool:
    """Return whether a sum or share can be used in calculations, displayed and written with all its digits."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or len(number.as_tuple().digits) > _COMPUTED_PLACES:
        return False
    return number.adjusted() < _COMPUTED_WHOLE_DIGITS and exponent >= -_COMPUTED_PLACES


def is_time_in_range(time: datetime) -> bool:
    """Return whether a timezone-aware time is within the accepted range."""
    return MIN_TIME <= time <= MAX_TIME


def parse_days(text: str) -> int | None:
    """Return a number of days from 1 to 9999, written as "7d"; None if the text is something else."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})d", text)
    return None if found is None else int(found[1])
