"""What a run has to survive besides being killed: faults of the service and of the way there, and other people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from random import Random

from unsub_tui.sandbox import Behavior

Rule = Mapping[str, object]
"""A fault in the form of `docs/faults.md`."""


class Kind(Enum):
    """Which resources a plan gives up."""

    PLAIN = auto()
    """Two that have nothing to do with each other."""
    SIBLINGS = auto()
    """Two of one service that were bought with one order."""
    RENEWED = auto()
    """Two whose renewed periods alone are given up."""
    BUSY = auto()
    """One with which somebody else is busy, and a plain one."""


class Way(Enum):
    """What can happen to an unsubscribe request on its way."""

    HELD = auto()
    """It is held up, its connection is lost, and it arrives later."""
    UNREACHABLE = auto()
    """There is no connection for it."""


class Deed(Enum):
    """What happens to a run at a step, besides what it does itself."""

    REPLACED = auto()
    """Somebody else changes what becomes of the first resource at its expiry."""
    SIBLING_GONE = auto()
    """Somebody else unsubscribes a resource that was bought with the first one."""
    WITNESS_CLOSED = auto()
    """The resource that stands for a whole listing is closed."""
    GONE = auto()
    """Somebody else unsubscribes the first resource itself."""
    UNLOCKED = auto()
    """The lock file is removed."""
    STALLED = auto()
    """The screen gives no sign of life any more, and a minute passes."""
    STOPPED = auto()
    """A person asks for the end."""
    RECORD_LOCKED = auto()
    """Somebody else begins to write to the record, and does not end."""
    RECORD_FULL = auto()
    """The record may not have one more page."""
    RECORD_READ_ONLY = auto()
    """The record can be read only."""
    FILES_LIMITED = auto()
    """No file may grow any more."""
    DISK_FULL = auto()
    """The file system of the record has no room left."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The n-th time that a step of this name is reached in a run."""

    step: str
    time: int = 1


QUIET = Behavior(settle_seconds=20.0, review_above=Decimal(10**9))
"""A service that looks at no order, and takes a little time for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The circumstances of a run."""

    name: str
    faults: tuple[Rule, ...] = ()
    ways: Mapping[int, tuple[Way, float]] = field(default_factory=dict)
    """What happens to the n-th unsubscribe request, and for how many seconds."""
    deeds: Mapping[Moment, Deed] = field(default_factory=dict)
    behavior: Behavior = QUIET
    kind: Kind = Kind.PLAIN
    sentinel: bool = True
    keep_going: bool = True
    attended: bool = False
    """A person watches, beats, and lets a paused run go on."""
    is_run_again: bool = False
    """The same plan is confirmed once more before everything is over."""
    state_dir: str = ""
    """Where the record lies; somewhere where there is room, if nothing is said."""


def _post(action: str, *calls: int, **more: object) -> Rule:
    return {"operation": "unsubscribe", "action": action, "calls": list(calls or (1,)), **more}


def _read(operation: str, action: str, **more: object) -> Rule:
    return {"operation": operation, "action": action, **more}


def _nothing_listed(**more: object) -> Rule:
    """A listing that is sound and whole, and empty."""
    return _read("query_resources", "body", body='{"total_count": 0, "data": []}', **more)


def _refused(status: int, code: str, *calls: int) -> Rule:
    return _post("error", *calls, status=status, error_code=code)


def _body(body: object, **more: object) -> Rule:
    return _post("body", body=json.dumps(body), **more)


_NAMED = {"order_ids": [], "fail_resource_infos": [{"resource_id": "?", "error_code": "CBC.99003645"}]}

CHIEF = (
    Scenario(name="nothing"),
    Scenario(name="cut before", faults=(_post("drop_before"),)),
    Scenario(name="cut after", faults=(_post("drop_after"),)),
    Scenario(name="both cut after", faults=(_post("drop_after", 1, 2),)),
    Scenario(name="answered too late", faults=(_post("stall_after", seconds=60),)),
    Scenario(name="half an answer", faults=(_post("truncate"),)),
    Scenario(name="a page of HTML", faults=(_post("garbage"),)),
    Scenario(name="not HTTP", faults=(_post("not_http"),)),
    Scenario(name="all keys twice", faults=(_post("duplicate_keys"),)),
    Scenario(name="500, not executed", faults=(_post("error", status=500),)),
    Scenario(name="503, executed", faults=(_post("error", status=503, acts=True),)),
    Scenario(name="redirected", faults=(_post("redirect"),)),
    Scenario(name="200 without an order", faults=(_body({"order_ids": []}),)),
    Scenario(name="200 with an unclear error", faults=(_post("ok_with_error"),)),
    Scenario(name="200 with a refusal", faults=(_post("ok_with_error", error_code="CBC.99003645"),)),
    Scenario(name="200 that names a failure", faults=(_body(_NAMED, acts=False),)),
    Scenario(name="too many calls", faults=(_refused(429, "APIG.0308", 1, 2, 4),)),
    Scenario(name="too many calls for ever", faults=(_refused(429, "APIG.0308", *range(1, 9)),)),
    Scenario(name="keys refused", faults=(_post("expired"),)),
    Scenario(name="permission missing", faults=(_refused(403, "CBC.0151"),)),
    Scenario(name="transaction in progress", faults=(_refused(400, "CBC.99003651"),)),
    Scenario(name="not known to billing", faults=(_refused(400, "CBC.30000067"),)),
    Scenario(name="unreachable", ways={1: (Way.UNREACHABLE, 0), 3: (Way.UNREACHABLE, 0)}),
    Scenario(name="held up", ways={1: (Way.HELD, 600)}),
    Scenario(name="held up to the last", ways={1: (Way.HELD, 895), 2: (Way.HELD, 300)}),
)
"""Where the request itself goes wrong."""

LIKEWISE = (
    Scenario(name="headers only", faults=(_post("headers_only"),)),
    Scenario(name="an empty answer", faults=(_post("empty"),)),
    Scenario(name="odd types", faults=(_post("wrong_types", seed=3),)),
    Scenario(name="fields missing", faults=(_post("missing_fields", seed=2),)),
    Scenario(name="another encoding", faults=(_post("encoding"),)),
    Scenario(name="408, executed", faults=(_post("error", status=408, acts=True),)),
    Scenario(name="the purchase order", faults=(_post("answer_with_purchase_order"),)),
    Scenario(name="the order of another", faults=(_post("answer_with_order_of_other", 2),)),
)
"""The same, in ways that look the same to whoever reads the answer; or an answer that names another order."""

SENDING = (*CHIEF, *LIKEWISE)


def _reviewed(seconds: float) -> Behavior:
    return replace(QUIET, review_above=Decimal(0), review_seconds=seconds)


_LOST = _post("drop_after")
_UNSENT = _post("drop_before")

READING = (
    Scenario(name="listing fails at times", faults=(_read("query_resources", "error", probability=0.4), _LOST)),
    Scenario(name="listing empty at times", faults=(_nothing_listed(probability=0.4), _UNSENT)),
    Scenario(
        name="listing lacks a row",
        faults=(_read("query_resources", "short_page", calls={"from": 3}, probability=0.5), _UNSENT),
    ),
    Scenario(name="listing cut", faults=(_read("query_resources", "truncate", probability=0.4, seed=5),)),
    Scenario(name="keys refused on reading", faults=(_read("query_resources", "expired", calls=[2, 4]), _LOST)),
    Scenario(name="orders late", faults=(_read("list_orders", "empty_page", calls={"to": 6}), _LOST)),
    Scenario(name="orders fail", faults=(_read("list_orders", "error", calls={"to": 9}, status=500), _LOST)),
    Scenario(name="orders forbidden", faults=(_read("list_orders", "error", status=403, error_code="CBC.0151"), _LOST)),
    Scenario(name="order fails at times", faults=(_read("show_order", "error", probability=0.4, status=502),)),
    Scenario(name="order with keys twice", faults=(_read("show_order", "duplicate_keys", probability=0.5),)),
    Scenario(name="order with nulls", faults=(_read("show_order", "null_fields", calls={"to": 4}),)),
    Scenario(name="refund rows late", faults=(_read("refund_orders", "empty_page", calls={"to": 3}), _LOST)),
    Scenario(name="refund rows cut", faults=(_read("refund_orders", "drop_before", probability=0.5), _LOST)),
    Scenario(name="bill not JSON", faults=(_read("fee_records", "garbage", calls={"to": 2}), _LOST)),
    Scenario(name="half characters", faults=(_read("query_resources", "surrogates", probability=0.5), _LOST)),
    Scenario(name="clock off", faults=(_read("*", "skew", seconds=600, calls={"from": 4}), _LOST)),
    Scenario(name="everything cut at times", faults=(_LOST, _read("*", "drop_after", probability=0.15, seed=2))),
    Scenario(name="everything refused at times", faults=(_UNSENT, _read("*", "throttle", probability=0.2, seed=4))),
)
"""Where what has to be read goes wrong."""

BEHAVING = (
    Scenario(name="settles slowly", behavior=replace(QUIET, settle_seconds=3000.0)),
    Scenario(name="looked at by the staff", behavior=_reviewed(86_000.0)),
    Scenario(name="cancelled by the staff", behavior=replace(_reviewed(20.0), reject_reviewed=True)),
    Scenario(name="hidden at once", behavior=replace(QUIET, closed_seconds=0.0), faults=(_LOST,)),
    Scenario(name="no witness", sentinel=False, behavior=replace(QUIET, closed_seconds=0.0)),
    Scenario(name="no witness and no answer", sentinel=False, faults=(_LOST,)),
    Scenario(name="the witness is closed", deeds={Moment("commit accepted done"): Deed.WITNESS_CLOSED}),
    Scenario(name="busy", kind=Kind.BUSY),
    Scenario(name="siblings, one lost", kind=Kind.SIBLINGS, faults=(_LOST,)),
    Scenario(name="siblings, one never sent", kind=Kind.SIBLINGS, faults=(_UNSENT, _post("drop_after", 2))),
    Scenario(name="renewed periods", kind=Kind.RENEWED, faults=(_LOST,)),
    Scenario(name="renewed periods, not executed", kind=Kind.RENEWED, faults=(_UNSENT,)),
    Scenario(name="somebody else's order", faults=(_UNSENT,), deeds={Moment("request done"): Deed.SIBLING_GONE}),
    Scenario(name="somebody else was quicker", faults=(_UNSENT,), deeds={Moment("request begins"): Deed.GONE}),
    Scenario(name="not what was confirmed", deeds={Moment("run recorded"): Deed.REPLACED}),
    Scenario(name="lock removed", deeds={Moment("commit submitting done"): Deed.UNLOCKED}),
    Scenario(name="watched", attended=True, faults=(_UNSENT,)),
    Scenario(name="screen stalled", attended=True, deeds={Moment("commit accepted done"): Deed.STALLED}),
    Scenario(name="stopped", attended=True, deeds={Moment("commit submitting done"): Deed.STOPPED}),
    Scenario(name="nobody watches", keep_going=False, faults=(_LOST, _read("list_orders", "error"))),
)
"""Where the service, other people or the person at the screen are slow, or change their minds."""

ALL = (*SENDING, *READING, *BEHAVING)

AGAIN = Scenario(name="confirmed again too early", ways={1: (Way.HELD, 600)}, keep_going=False, is_run_again=True)
"""The same plan is confirmed once more while its first request is still under way."""

EMPTY = Scenario(name="listing empty for long", faults=(_UNSENT, _nothing_listed(calls={"from": 2})))
"""After the request nothing is listed any more."""

OVERDUE = Scenario(name="held too long", ways={1: (Way.HELD, 971)})
"""The request arrives when nobody would think so any more, between two looks."""


def mixed(seed: int) -> Scenario:
    """Return a scenario of several faults at once, drawn by chance."""
    chance = Random(seed)
    first = chance.choice(SENDING).faults
    second = tuple({**rule, "calls": [2]} for rule in chance.choice(SENDING).faults)
    reading = chance.sample(READING, chance.randint(1, 2))
    read = tuple(rule for scenario in reading for rule in scenario.faults if rule["operation"] != "unsubscribe")
    like = chance.choice((*BEHAVING[:6], SENDING[0], SENDING[0]))
    return replace(
        like,
        name=f"mixed by {seed}",
        faults=(*first, *second, *read),
        ways=chance.choice(({}, {}, {1: (Way.HELD, chance.uniform(1, 895))})),
    )
