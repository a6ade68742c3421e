"""Order ids. They look as opaque as the vendor's, and tell the sandbox where the order lies without an index."""

from __future__ import annotations

from unsub_tui.sandbox.moments import local

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAIL = 7
SEATS = 32
"""Orders that one purchase can have."""


OWN_ORDERS_FROM = 1 << 33
"""Numbers of the orders that come after the catalogue's, far above those."""


def order_id(created: int, number: int) -> str:
    """Make the id of the order with this number."""
    digits = []
    for _ in range(_TAIL):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return f"CS{local(created):%y%m%d%H%M}{''.join(reversed(digits))}"


def number_of(purchase: int, seat: int) -> int:
    """Give the number of an order of the catalogue."""
    if seat >= SEATS:
        raise ValueError("a purchase has too many orders")
    return purchase * SEATS + seat


def purchase_of(text: str) -> tuple[int, int] | None:
    """Find the purchase, and the order's seat in it, that an id may belong to."""
    number = 0
    for digit in text[-_TAIL:].upper():
        value = _DIGITS.find(digit)
        if value < 0:
            return None
        number = number * len(_DIGITS) + value
    return divmod(number, SEATS)
