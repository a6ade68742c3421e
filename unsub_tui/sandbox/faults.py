"""Faults of the wire and of the service, as rules in a file or set on a running sandbox.

A file holds a JSON list of rules. `docs/faults.md` describes every field and action; in short: `operation` and `calls`
say which calls, `probability` and `seed` how many of those, `action` what happens, `acts` whether the service does what
it was asked. The first rule that hits a call is applied to it. Calls are counted for each rule, once signature and flow
control have let them through.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import TypeVar

_EVERY = range(1, 1 << 62)
_MOST = 1_000_000_000
_MOST_SECONDS = 10 * 366 * 86_400
_T = TypeVar("_T")


class FaultAction(StrEnum):
    """What a fault does."""

    ERROR = "error"
    OK_WITH_ERROR = "ok_with_error"
    EXPIRED = "expired"
    THROTTLE = "throttle"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HEADERS_ONLY = "headers_only"
    TRUNCATE = "truncate"
    STALL = "stall"
    STALL_AFTER = "stall_after"
    DRIP = "drip"
    GARBAGE = "garbage"
    EMPTY = "empty"
    NOT_HTTP = "not_http"
    BODY = "body"
    REDIRECT = "redirect"
    OVERSIZE = "oversize"
    BOMB = "bomb"
    ENCODING = "encoding"
    NESTED = "nested"
    DUPLICATE_KEYS = "duplicate_keys"
    NON_FINITE = "non_finite"
    SURROGATES = "surrogates"
    NULL_FIELDS = "null_fields"
    MISSING_FIELDS = "missing_fields"
    WRONG_TYPES = "wrong_types"
    SKEW = "skew"
    SHIFT = "shift"
    RECOUNT = "recount"
    REPEAT_ROW = "repeat_row"
    SHORT_PAGE = "short_page"
    EMPTY_PAGE = "empty_page"
    SET_FIELDS = "set_fields"
    ANSWER_WITH_PURCHASE_ORDER = "answer_with_purchase_order"
    ANSWER_WITH_ORDER_OF_OTHER = "answer_with_order_of_other"
    HUGE_AMOUNTS = "huge_amounts"
    ZERO_TIMES = "zero_times"


_UNEXECUTED_ACTIONS = frozenset(
    {
        FaultAction.ERROR,
        FaultAction.OK_WITH_ERROR,
        FaultAction.EXPIRED,
        FaultAction.THROTTLE,
        FaultAction.DROP_BEFORE,
        FaultAction.REDIRECT,
    }
)


class FaultError(ValueError):
    """A rule that cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule."""

    operation: str
    action: FaultAction
    acts: bool
    """Whether the service does what it was asked."""
    calls: Sequence[int] = _EVERY
    probability: float = 1.0
    seed: int = 1
    status: int = 500
    error_code: str = "CBC.0999"
    error_msg: str = "Other error."
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    bytes: int = 1
    """Of one piece of a dripping answer."""
    megabytes: int = 16
    limit: int = 1
    """Calls a second that a refusal names."""
    rows: int = 1
    """By how many a list has moved, or is said to be longer."""
    keeps_total: bool = False
    """A list that moves keeps its length: as many come as go."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """New values by the names of the fields that have them."""
    only: str = ""
    """Only objects that have this text as one of their values are spoilt; empty means all."""


_KNOWN = frozenset(
    {
        *("operation", "action", "acts", "calls", "probability", "seed"),
        *("status", "error_code", "error_msg", "seconds", "headers", "body", "bytes", "megabytes", "limit", "rows"),
        *("keeps_total", "fields", "only"),
    }
)


class Faults:
    """The rules in force, and how often each was asked."""

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        self.rules = tuple(rules)
        self._lock = threading.Lock()
        self._call_counts = [0] * len(self.rules)
        self._draws = [Random(rule.seed) for rule in self.rules]  # noqa: S311 - repeatable on purpose

    def pick(self, operation: str) -> Fault | None:
        """Count a call, and say which fault hits it."""
        hit: Fault | None = None
        with self._lock:
            for place, rule in enumerate(self.rules):
                if rule.operation not in ("*", operation):
                    continue
                self._call_counts[place] += 1
                lucky = rule.probability >= 1 or self._draws[place].random() < rule.probability
                if hit is None and lucky and self._call_counts[place] in rule.calls:
                    hit = rule
        return hit


def load_faults(path: Path) -> Faults:
    """Read a file of rules."""
    try:
        rules = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FaultError(f"{path}: not JSON: {error}") from error
    if not isinstance(rules, list):
        raise FaultError(f"{path}: a list of rules is needed")
    return parse_faults(rules)


def parse_faults(rules: Iterable[Mapping[str, object]]) -> Faults:
    """Read rules in the form of the file."""
    return Faults(_parse(rule) for rule in rules)


def _parse(rule: Mapping[str, object]) -> Fault:
    unknown = sorted(set(rule) - _KNOWN)
    if unknown:
        raise FaultError(f"unknown field {unknown[0]!r} in a fault rule")
    try:
        action = FaultAction(_field(rule, "action", str, ""))
    except ValueError:
        raise FaultError(f"unknown action {rule.get('action')!r}") from None
    headers = _field(rule, "headers", dict, {})
    return Fault(
        operation=_field(rule, "operation", str, "*"),
        action=action,
        acts=_field(rule, "acts", bool, action not in _UNEXECUTED_ACTIONS),
        calls=_calls(rule.get("calls", "every")),
        probability=_number(rule, "probability", 1, 1),
        seed=_field(rule, "seed", int, 1),
        status=_whole(rule, "status", 200 if action in (FaultAction.OK_WITH_ERROR, FaultAction.BODY) else 500),
        error_code=_field(rule, "error_code", str, "CBC.0999"),
        error_msg=_field(rule, "error_msg", str, "Other error."),
        seconds=_number(rule, "seconds", 0, _MOST_SECONDS),
        headers={str(name): str(value) for name, value in headers.items()},
        body=_field(rule, "body", str, ""),
        bytes=max(1, _whole(rule, "bytes", 1)),
        megabytes=_whole(rule, "megabytes", 16, most=1024),
        limit=_whole(rule, "limit", 1),
        rows=_whole(rule, "rows", 1),
        keeps_total=_field(rule, "keeps_total", bool, default=False),
        fields={str(name): value for name, value in _field(rule, "fields", dict, {}).items()},
        only=_field(rule, "only", str, ""),
    )


def _whole(rule: Mapping[str, object], name: str, default: int, most: int = _MOST) -> int:
    number = _field(rule, name, int, default)
    if abs(number) > most:
        raise FaultError(f"field {name!r} of a fault rule must be at most {most}")
    return number


def _number(rule: Mapping[str, object], name: str, default: int, most: int) -> float:
    number = _field(rule, name, (int, float), default)
    if not abs(number) <= most:  # NaN compares with nothing
        raise FaultError(f"field {name!r} of a fault rule must be at most {most}")
    return float(number)


def _field(rule: Mapping[str, object], name: str, kind: type[_T] | tuple[type[_T], ...], default: _T) -> _T:
    value = rule.get(name, default)
    if not isinstance(value, kind):
        raise FaultError(f"field {name!r} of a fault rule has the wrong type")
    return value


def _calls(value: object) -> Sequence[int]:
    match value:
        case "every":
            return _EVERY
        case [*numbers] if all(isinstance(number, int) for number in numbers):
            return tuple(number for number in numbers if isinstance(number, int))
        case {**bounds} if set(bounds) <= {"from", "to"}:
            first, last = bounds.get("from", 1), bounds.get("to", _EVERY.stop - 1)
            if isinstance(first, int) and isinstance(last, int):
                return range(first, last + 1)
    raise FaultError("calls of a fault rule: every, a list of numbers, or an object with from and to")
