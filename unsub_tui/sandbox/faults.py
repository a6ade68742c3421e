"""Rules for injecting network and service faults, from a file or set on a running sandbox.

A file contains a JSON list of rules. `docs/faults.md` describes all fields and actions. In short: `operation` and
`calls` select calls, `probability` and `seed` select a random part of them, `action` is the fault, and `acts` states
whether the service executes the operation. The first matching rule applies. Each rule counts the calls of its
operation that passed signature and rate limit checks.
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
    """Action of a fault; `docs/faults.md` describes each of them."""

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
    """An invalid fault rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault rule."""

    operation: str
    action: FaultAction
    acts: bool
    """Whether the service executes the operation."""
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
    """Size of a chunk of a DRIP response."""
    megabytes: int = 16
    limit: int = 1
    """Limit in calls per second stated in a THROTTLE error."""
    rows: int = 1
    """Number of rows by which SHIFT moves a list, or RECOUNT increases its total."""
    keeps_total: bool = False
    """Whether SHIFT keeps the total unchanged, as if rows were added as well as removed."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """New field values for SET_FIELDS, by field name; fields not in the response are not added."""
    only: str = ""
    """Restrict SET_FIELDS, HUGE_AMOUNTS and ZERO_TIMES to objects with this value; empty means all objects."""


_KNOWN = frozenset(
    {
        *("operation", "action", "acts", "calls", "probability", "seed"),
        *("status", "error_code", "error_msg", "seconds", "headers", "body", "bytes", "megabytes", "limit", "rows"),
        *("keeps_total", "fields", "only"),
    }
)


class Faults:
    """Active fault rules, with a call counter per rule."""

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        self.rules = tuple(rules)
        self._lock = threading.Lock()
        self._call_counts = [0] * len(self.rules)
        self._draws = [Random(rule.seed) for rule in self.rules]  # noqa: S311 - repeatable on purpose

    def pick(self, operation: str) -> Fault | None:
        """Count a call of the operation and return the first matching rule, or None."""
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
    """Return the rules of a file. Raise FaultError if they are invalid."""
    try:
        rules = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FaultError(f"{path} is not JSON: {error}") from error
    if not isinstance(rules, list):
        raise FaultError(f"{path} must contain a list of rules")
    return parse_faults(rules)


def parse_faults(rules: Iterable[Mapping[str, object]]) -> Faults:
    """Return rules given in the format of the file. Raise FaultError if they are invalid."""
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
    if not abs(number) <= most:  # also true for NaN
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
    raise FaultError(
        "field 'calls' of a fault rule must be 'every', a list of numbers, or an object with 'from' and 'to'"
    )
