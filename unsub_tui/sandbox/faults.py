"""Rules for injecting network and service faults, from a file or set on a running sandbox.

A file contains a JSON list of rules. `docs/faults.md` describes all fields and actions. The first matching rule
applies. Each rule counts the calls of its operation that passed signature and rate limit checks.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec

from unsub_tui.sandbox.operations import all_operations


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


_Whole = Annotated[int, msgspec.Meta(ge=-1_000_000_000, le=1_000_000_000)]
_Seconds = Annotated[float, msgspec.Meta(ge=-10 * 366 * 86_400, le=10 * 366 * 86_400)]


class FaultError(ValueError):
    """An invalid fault rule."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault rule; `docs/faults.md` describes its fields."""

    action: FaultAction
    operation: str = "*"
    acts: bool = True
    calls: Literal["every"] | tuple[int, ...] | dict[Literal["from", "to"], int] = "every"
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    seed: int = 1
    status: _Whole = 200
    error_code: str = "CBC.0999"
    error_msg: str = "Other error."
    seconds: _Seconds = 0.0
    headers: dict[str, str | int] = {}
    body: str = ""
    bytes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 1
    megabytes: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 16
    limit: _Whole = 1
    rows: _Whole = 1
    keeps_total: bool = False
    fields: dict[str, object] = {}
    only: str = ""

    def affects_call(self, number: int) -> bool:
        """Return whether the rule affects the call with this number, counted from 1."""
        if isinstance(self.calls, dict):
            return self.calls.get("from", 1) <= number <= self.calls.get("to", number)
        return self.calls == "every" or number in self.calls


_PRESETS: Mapping[str, Mapping[str, object]] = {
    FaultAction.ERROR: {"acts": False, "status": 500},
    FaultAction.OK_WITH_ERROR: {"acts": False},
    FaultAction.EXPIRED: {
        "acts": False,
        "status": 401,
        "error_code": "APIGW.0301",
        "error_msg": "Incorrect IAM authentication information: x_auth_token is expired",
    },
    FaultAction.THROTTLE: {"acts": False},
    FaultAction.DROP_BEFORE: {"acts": False},
    FaultAction.GARBAGE: {"body": "<html><body>502 Bad Gateway</body></html>"},
    FaultAction.NESTED: {"body": "[" * 100_000},
    FaultAction.REDIRECT: {"acts": False, "status": 302, "headers": {"location": "http://127.0.0.1:9/"}},
}
"""Defaults of the fields that an action replaces."""


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
                is_drawn = rule.probability >= 1 or self._draws[place].random() < rule.probability
                if hit is None and is_drawn and rule.affects_call(self._call_counts[place]):
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


def parse_faults(rules: Iterable[object]) -> Faults:
    """Return rules given in the format of the file. Raise FaultError if they are invalid."""
    complete = [
        {**_PRESETS.get(str(rule.get("action")), {}), **rule} if isinstance(rule, Mapping) else rule for rule in rules
    ]
    try:
        faults = msgspec.convert(complete, list[Fault])
    except msgspec.ValidationError as error:
        raise FaultError(f"a fault rule is invalid: {error}") from error
    known = {"*", *(operation.name for operation in all_operations())}
    for fault in faults:
        # A rule with an unknown operation would never match.
        if fault.operation not in known:
            raise FaultError(
                f"unknown operation {fault.operation!r} in a fault rule; known operations: {', '.join(sorted(known))}"
            )
    return Faults(faults)
