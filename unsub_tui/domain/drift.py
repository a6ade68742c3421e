"""Differences between the reviewed and the current state, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import IntEnum

from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.resource import ExpirePolicy, Status
from unsub_tui.domain.untrusted_text import for_display

HALF_CENT = Decimal("0.005")
"""Maximum difference of two amounts that count as equal."""

_ENUM_BY_FIELD: Mapping[str, type[IntEnum]] = {"status": Status, "expire_policy": ExpirePolicy}

NOT_LISTED = "it is not listed any more"


def state_changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return the differences between two fingerprints, sorted by field name."""
    names = sorted(before.keys() | after.keys())
    return [
        f"{name} was {_format_value(name, before.get(name))}, is {_format_value(name, after.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def amount_changes(before: Amounts, after: Amounts) -> list[str]:
    """Return the figures that differ by more than half a cent; an unknown figure equals only another unknown one."""
    if before.currency != after.currency:
        return [f"the currency was {for_display(before.currency)}, is {for_display(after.currency)}"]
    return [
        f"{name} was {_format_amount(was)}, is {_format_amount(is_after)} {for_display(after.currency)}"
        for name in FIGURES
        if not _is_same_amount(was := getattr(before, name), is_after := getattr(after, name))
    ]


def _is_same_amount(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= HALF_CENT


def _format_amount(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:.2f}"


def _format_value(name: str, value: object) -> str:
    if name in _ENUM_BY_FIELD and isinstance(value, int):
        with suppress(ValueError):  # unknown codes are shown as numbers
            return _ENUM_BY_FIELD[name](value).name.lower().replace("_", " ")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(for_display(str(each)) for each in value) or "nothing"
    return for_display(str(value))
