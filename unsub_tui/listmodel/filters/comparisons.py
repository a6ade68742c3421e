"""Terms that compare times, amounts and numbers of days: with a value, or with a range such as `7d..30d`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne

from unsub_tui.domain.bounds import MAX_TIME, MIN_TIME
from unsub_tui.domain.time_zone import start_of_day
from unsub_tui.listmodel.filters.facts import Field, FieldKind
from unsub_tui.listmodel.filters.filter_errors import FilterError, FilterProblem
from unsub_tui.listmodel.filters.query import MoneyTerm, TextTerm, TimeBase, TimeBound, TimeTerm
from unsub_tui.listmodel.filters.tokenizer import Token

_RANGE = ".."
_DURATION = re.compile(r"(-?\d{1,6})(d|w|mo|h|y|)")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([A-Za-z]{3})?")

_UNIT_SECONDS = {"": 86_400, "h": 3_600, "d": 86_400, "w": 604_800, "mo": 2_592_000, "y": 31_536_000}
"""Number of seconds in each unit; a bare number is days, a month counts as 30 days, a year as 365."""

_YEARS = range(MIN_TIME.year, MAX_TIME.year + 1)
"""Bare numbers that are years, because the program knows no times outside them."""

_EQUALITIES = (":", "=", "!=")
"""Operators that a range and a period can follow."""
_COMPARISONS = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, ":": eq, "!=": ne}
_OPPOSITES = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NOW = TimeBound(TimeBase.NOW)


def money_term(token: Token, field: Field) -> MoneyTerm:
    """Return the comparison with an amount, or with a range, whose ends belong to it."""
    ends = _range_ends(token)
    if len(token.values) != 1 or token.is_regex or (ends is not None and token.operator not in _EQUALITIES):
        raise _amount_error(token)
    if ends is None:
        limit, currency = _amount(token.value, token)
        compare = _COMPARISONS[token.operator]
        return MoneyTerm(field.name, lambda amount: compare(amount, limit), currency, token.span, token.negated)
    low, first = _amount(ends[0] or "0", token)
    high, second = _amount(ends[1] or "0", token)
    if first and second and first != second:
        raise _amount_error(token)
    if all(ends) and low > high:
        raise FilterError(FilterProblem.RANGE_REVERSED, *token.span)
    has_low, has_high = map(bool, ends)
    return MoneyTerm(
        field.name,
        lambda amount: (not has_low or low <= amount) and (not has_high or amount <= high),
        first or second,
        token.span,
        _is_negated(token),
    )


def _amount(text: str, token: Token) -> tuple[Decimal, str]:
    """Return an amount and its currency, which can be empty."""
    given = _AMOUNT.fullmatch(text)
    if given is None:
        raise _amount_error(token)
    return Decimal(given[1]), (given[2] or "").upper()


def _amount_error(token: Token) -> FilterError:
    return FilterError(FilterProblem.AMOUNT, *token.span, field=token.field)


def quiet_term(token: Token, field: Field) -> TextTerm:
    """Return the term on the number of days that a server was quiet: at least so many, or within a range."""
    ends = _range_ends(token)
    given = (token.value,) if ends is None else tuple(filter(None, ends))
    spans = [_DURATION.fullmatch(each) for each in given]
    days = [int(each[1]) * _UNIT_SECONDS[each[2]] // _UNIT_SECONDS["d"] for each in spans if each and each[2] != "h"]
    if len(days) != len(spans) or token.operator not in (":", "=") or len(token.values) != 1:
        raise FilterError(FilterProblem.DAYS, *token.span, field=token.field)
    if days != sorted(days):
        raise FilterError(FilterProblem.RANGE_REVERSED, *token.span)
    low = days[0] if ends is None or ends[0] else 0
    high = None if ends is None or not ends[1] else days[-1]
    return TextTerm(
        field.name, (token.value,), (lambda text: low <= int(text) and (high is None or int(text) <= high),)
    )


def time_term(token: Token, field: Field) -> TimeTerm:
    """Return the comparison with a day, month or year, with now, or with a time until then or since then."""
    value, operator, ends = token.value, token.operator, _range_ends(token)
    if len(token.values) != 1 or token.is_regex:
        raise _time_error(token)
    if not value and operator in (":", "="):
        return TimeTerm(field.name, None, None, token.span, negated=token.negated, is_empty=True)
    if ends is not None:
        return _time_range(token, field, ends)
    first, after = _period(value, token, field)
    if first is after and operator in _EQUALITIES:
        raise FilterError(FilterProblem.LESS_OR_MORE, *token.span, field=token.field, value=value)
    low: TimeBound | None
    if _is_span(value) and field.kind is FieldKind.PAST:  # less time ago means a later timestamp
        operator = _OPPOSITES[operator]
    bounds = {"<": (None, first), "<=": (None, after), ">": (after, None), ">=": (first, None)}
    low, high = bounds.get(operator, (first, after))
    if _is_span(value) and field.kind is FieldKind.FUTURE and low is None and first.seconds > 0:
        low = _NOW  # what has expired already does not expire within 30 days
    return TimeTerm(field.name, low, high, token.span, negated=_is_negated(token))


def _time_range(token: Token, field: Field, ends: Sequence[str]) -> TimeTerm:
    """Return the term for a range, both ends of which belong to it; one of them can be left out."""
    if token.operator not in _EQUALITIES:
        raise _time_error(token)
    begin, end = (_period(text, token, field) if text else None for text in ends)
    if field.kind is FieldKind.PAST and all(_is_span(text) for text in ends if text):
        begin, end = end, begin  # from 7 to 30 days ago
    low, high = begin and begin[0], end and end[1]
    return TimeTerm(field.name, low, high, token.span, negated=_is_negated(token))


def _range_ends(token: Token) -> tuple[str, str] | None:
    """Return the texts of both ends of a range, of which one can be empty; None for a single value."""
    low, sign, high = token.value.partition(_RANGE)
    return (low, high) if sign and (low or high) else None


def _is_negated(token: Token) -> bool:
    return token.negated is not (token.operator == "!=")


def _is_span(text: str) -> bool:
    """Return whether the text is a duration and not a year."""
    return _DURATION.fullmatch(text) is not None and not (text.isdecimal() and int(text) in _YEARS)


def _period(text: str, token: Token, field: Field) -> tuple[TimeBound, TimeBound]:
    """Return the start of a day, month or year and of the following one; for a moment, twice the same."""
    if text.lower() == "today":
        return TimeBound(TimeBase.TODAY), TimeBound(TimeBase.TOMORROW)
    moment: TimeBound | None = None
    if text.lower() == "now":
        moment = _NOW
    elif _is_span(text) and (span := _DURATION.fullmatch(text)):
        seconds = int(span[1]) * _UNIT_SECONDS[span[2]]
        moment = TimeBound(TimeBase.NOW, -seconds if field.kind is FieldKind.PAST else seconds)
    if moment is not None:
        return moment, moment
    if _DATE.fullmatch(text) is None:
        raise _time_error(token)
    return _calendar_period(text, token)


def _calendar_period(text: str, token: Token) -> tuple[TimeBound, TimeBound]:
    """Return the start of a day, month or year in the user's time zone, and of the following one."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    try:
        first = date(year, month or 1, day or 1)
        if day:
            following = first + timedelta(days=1)
        elif month:
            following = first.replace(year=year + month // 12, month=month % 12 + 1)
        else:
            following = first.replace(year=year + 1)
        begin, end = (start_of_day(each).timestamp() for each in (first, following))
    except (ValueError, OverflowError, OSError) as error:
        raise FilterError(FilterProblem.DATE, *token.span) from error
    return TimeBound(TimeBase.EPOCH, begin), TimeBound(TimeBase.EPOCH, end)


def _time_error(token: Token) -> FilterError:
    return FilterError(FilterProblem.DAYS_OR_DATE, *token.span, field=token.field)
