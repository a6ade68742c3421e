"""Order ids. They look as opaque as the vendor's, and tell the sandbox where the order lies without an index."""

from __future__ import annotations

from unsub_tui.sandbox.timestamps import to_local

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAIL = 7
MAX_ORDERS_PER_PURCHASE = 32
"""Orders that one purchase can have."""


FIRST_PLACED_ORDER_NUMBER = 1 << 33
"""Numbers of the orders that come after the catalogue's, far above those."""


def make_order_id(created: int, number: int) -> str:
    """Make the id of the order with this number."""
    digits = []
    for _ in range(_TAIL):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return f"CS{to_local(created):%y%m%d%H%M}{''.join(reversed(digits))}"


def order_number(purchase: int, position: int) -> int:
    """Give the number of an order of the catalogue."""
    if position >= MAX_ORDERS_PER_PURCHASE:
        raise ValueError("a purchase has too many orders")
    return purchase * MAX_ORDERS_PER_PURCHASE + position


def parse_order_id(text: str) -> tuple[int, int] | None:
    """Find the purchase, and the order's seat in it, that an id may belong to."""
    number = 0
    for digit in text[-_TAIL:].upper():
        value = _DIGITS.find(digit)
        if value < 0:
            return None
        number = number * len(_DIGITS) + value
    return divmod(number, MAX_ORDERS_PER_PURCHASE)
