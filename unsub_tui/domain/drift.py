"""Differences between the reviewed and the current state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.money import AMOUNT_TOLERANCE, FIGURES, Amounts


def state_changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[Fact]:
    """Return the differences between two fingerprints, sorted by field name."""
    names = sorted(before.keys() | after.keys())
    return [
        fact(FactCode.FIELD_CHANGED, field=name, before=_value(before.get(name)), after=_value(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def amount_changes(before: Amounts, after: Amounts) -> list[Fact]:
    """Return the figures that differ by more than half a cent; an unknown figure equals only another unknown one."""
    if before.currency != after.currency:
        return [fact(FactCode.CURRENCY_CHANGED, before=before.currency, after=after.currency)]
    return [change for name in FIGURES for change in _figure_change(name, before, after)]


def fee_change(before: Amounts, after: Amounts) -> list[Fact]:
    """Return the change of the handling fee, if it differs by more than half a cent."""
    return list(_figure_change("handling_fee", before, after))


def _figure_change(name: str, before: Amounts, after: Amounts) -> Iterator[Fact]:
    was, is_now = getattr(before, name), getattr(after, name)
    if not _is_same_amount(was, is_now):
        values = {"before": _amount(was), "after": _amount(is_now)}
        yield fact(FactCode.AMOUNT_CHANGED, figure=name, **values, currency=after.currency)


def _is_same_amount(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= AMOUNT_TOLERANCE


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _value(value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)
