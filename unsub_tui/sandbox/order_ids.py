"""Order ids. They look like real ids, but encode the purchase and the position of the order, so no index is needed."""

from __future__ import annotations

from unsub_tui.sandbox.timestamps import to_local

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAIL = 7
MAX_ORDERS_PER_PURCHASE = 32
"""Maximum number of orders of a purchase."""


FIRST_PLACED_ORDER_NUMBER = 1 << 33
"""First number for the ids of orders placed at run time, above all numbers of generated orders."""


def make_order_id(created: int, number: int) -> str:
    """Return the order id for a creation time and an order number."""
    digits = []
    for _ in range(_TAIL):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return f"CS{to_local(created):%y%m%d%H%M}{''.join(reversed(digits))}"


def order_number(purchase: int, position: int) -> int:
    """Return the number of a generated order. Raise ValueError if the position is too large."""
    if position >= MAX_ORDERS_PER_PURCHASE:
        raise ValueError("a purchase has too many orders")
    return purchase * MAX_ORDERS_PER_PURCHASE + position


def parse_order_id(text: str) -> tuple[int, int] | None:
    """Return the purchase number and the order's position encoded in an id, or None for an invalid id."""
    number = 0
    for digit in text[-_TAIL:].upper():
        value = _DIGITS.find(digit)
        if value < 0:
            return None
        number = number * len(_DIGITS) + value
    return divmod(number, MAX_ORDERS_PER_PURCHASE)
