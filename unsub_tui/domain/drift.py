"""What is no longer as it was reviewed, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import IntEnum

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.resource import ExpirePolicy, Status

HALF_A_CENT = Decimal("0.005")
"""Amounts that differ by no more are the same."""

_WORDS: Mapping[str, type[IntEnum]] = {"status": Status, "expire_policy": ExpirePolicy}

GONE = "it is not listed any more"


def state_changes(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return what differs between two fingerprints, in an order that does not depend on theirs."""
    names = sorted(before.keys() | now.keys())
    return [
        f"{name} was {_shown(name, before.get(name))}, is {_shown(name, now.get(name))}"
        for name in names
        if before.get(name) != now.get(name)
    ]


def amount_changes(before: Amounts, now: Amounts) -> list[str]:
    """Return which figures differ by more than half a cent; unknown is the same as unknown only."""
    if before.currency != now.currency:
        return [f"the currency was {clean(before.currency)}, is {clean(now.currency)}"]
    return [
        f"{name} was {_money(was)}, is {_money(is_now)} {clean(now.currency)}"
        for name in FIGURES
        if not _is_same(was := getattr(before, name), is_now := getattr(now, name))
    ]


def _is_same(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= HALF_A_CENT


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:.2f}"


def _shown(name: str, value: object) -> str:
    if name in _WORDS and isinstance(value, int):
        with suppress(ValueError):  # a number that is not known stays one
            return _WORDS[name](value).name.lower().replace("_", " ")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(clean(str(each)) for each in value) or "nothing"
    return clean(str(value))
