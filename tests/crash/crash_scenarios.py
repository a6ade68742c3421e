"""What a run has to survive besides being killed: faults of the service and of the way there, and other people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from random import Random

from unsub_tui.sandbox import Behavior

FaultRule = Mapping[str, object]
"""A fault in the form of `docs/faults.md`."""

BUSY_CODE = "CBC.99003651"
"""The service's code for another transaction of the resource: nothing was done."""


class PlanKind(Enum):
    """Which resources a plan gives up."""

    PLAIN = auto()
    """Two that have nothing to do with each other."""
    SIBLINGS = auto()
    """Two of one service that were bought with one order."""
    RENEWED = auto()
    """Two whose renewed periods alone are given up."""
    BUSY = auto()
    """One with which somebody else is busy, and a plain one."""
    PAIR = auto()
    """A database with its license, which have an order each, and a plain one."""
    LEFTOVERS = auto()
    """Two beside which something stays behind, as their services said before."""


class Delivery(Enum):
    """What can happen to an unsubscribe request on its way."""

    HELD = auto()
    """It is held up, its connection is lost, and it arrives later."""
    UNREACHABLE = auto()
    """There is no connection for it."""


class Disturbance(Enum):
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
class StepOccurrence:
    """The n-th time that a step of this name is reached in a run."""

    step: str
    occurrence: int = 1


DEFAULT_BEHAVIOR = Behavior(settle_seconds=20.0, review_above=Decimal(10**9))
"""A service that looks at no order, and takes a little time for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The circumstances of a run."""

    name: str
    faults: tuple[FaultRule, ...] = ()
    deliveries: Mapping[int, tuple[Delivery, float]] = field(default_factory=dict)
    """What happens to the n-th unsubscribe request, and for how many seconds."""
    disturbances: Mapping[StepOccurrence, Disturbance] = field(default_factory=dict)
    behavior: Behavior = DEFAULT_BEHAVIOR
    kind: PlanKind = PlanKind.PLAIN
    sentinel: bool = True
    keep_going: bool = True
    attended: bool = False
    """A person watches, beats, and lets a paused run go on."""
    is_confirmed_twice: bool = False
    """The same plan is confirmed once more before everything is over."""
    state_dir: str = ""
    """Where the record lies; somewhere where there is room, if nothing is said."""


def _send_fault(action: str, *calls: int, **more: object) -> FaultRule:
    return {"operation": "unsubscribe", "action": action, "calls": list(calls or (1,)), **more}


def _read_fault(operation: str, action: str, **more: object) -> FaultRule:
    return {"operation": operation, "action": action, **more}


def _empty_listing(**more: object) -> FaultRule:
    """A listing that is sound and whole, and empty."""
    return _read_fault("query_resources", "body", body='{"total_count": 0, "data": []}', **more)


def _refusal(status: int, code: str, *calls: int) -> FaultRule:
    return _send_fault("error", *calls, status=status, error_code=code)


def _answer_body(body: object, **more: object) -> FaultRule:
    return _send_fault("body", body=json.dumps(body), **more)


_FAILURE_BODY = {"order_ids": [], "fail_resource_infos": [{"resource_id": "?", "error_code": "CBC.99003645"}]}

ANSWER_FAULTS = (
    Scenario(name="nothing"),
    Scenario(name="cut before", faults=(_send_fault("drop_before"),)),
    Scenario(name="cut after", faults=(_send_fault("drop_after"),)),
    Scenario(name="both cut after", faults=(_send_fault("drop_after", 1, 2),)),
    Scenario(name="answered too late", faults=(_send_fault("stall_after", seconds=60),)),
    Scenario(name="half an answer", faults=(_send_fault("truncate"),)),
    Scenario(name="a page of HTML", faults=(_send_fault("garbage"),)),
    Scenario(name="not HTTP", faults=(_send_fault("not_http"),)),
    Scenario(name="all keys twice", faults=(_send_fault("duplicate_keys"),)),
    Scenario(name="500, not executed", faults=(_send_fault("error", status=500),)),
    Scenario(name="503, executed", faults=(_send_fault("error", status=503, acts=True),)),
    Scenario(name="redirected", faults=(_send_fault("redirect"),)),
    Scenario(name="200 without an order", faults=(_answer_body({"order_ids": []}),)),
    Scenario(name="200 with an unclear error", faults=(_send_fault("ok_with_error"),)),
    Scenario(name="200 with a refusal", faults=(_send_fault("ok_with_error", error_code="CBC.99003645"),)),
    Scenario(name="200 that names a failure", faults=(_answer_body(_FAILURE_BODY, acts=False),)),
    Scenario(name="too many calls", faults=(_refusal(429, "APIG.0308", 1, 2, 4),)),
    Scenario(name="too many calls for ever", faults=(_refusal(429, "APIG.0308", *range(1, 9)),)),
    Scenario(name="keys refused", faults=(_send_fault("expired"),)),
    Scenario(name="permission missing", faults=(_refusal(403, "CBC.0151"),)),
    Scenario(name="transaction in progress", faults=(_refusal(400, BUSY_CODE),)),
    Scenario(name="not known to billing", faults=(_refusal(400, "CBC.30000067"),)),
    Scenario(name="unreachable", deliveries={1: (Delivery.UNREACHABLE, 0), 3: (Delivery.UNREACHABLE, 0)}),
    Scenario(name="held up", deliveries={1: (Delivery.HELD, 600)}),
    Scenario(name="held up to the last", deliveries={1: (Delivery.HELD, 895), 2: (Delivery.HELD, 300)}),
)
"""Where the request itself goes wrong."""

EQUIVALENT_ANSWER_FAULTS = (
    Scenario(name="headers only", faults=(_send_fault("headers_only"),)),
    Scenario(name="an empty answer", faults=(_send_fault("empty"),)),
    Scenario(name="odd types", faults=(_send_fault("wrong_types", seed=3),)),
    Scenario(name="fields missing", faults=(_send_fault("missing_fields", seed=2),)),
    Scenario(name="another encoding", faults=(_send_fault("encoding"),)),
    Scenario(name="408, executed", faults=(_send_fault("error", status=408, acts=True),)),
    Scenario(name="the purchase order", faults=(_send_fault("answer_with_purchase_order"),)),
    Scenario(name="the order of another", faults=(_send_fault("answer_with_order_of_other", 2),)),
)
"""The same, in ways that look the same to whoever reads the answer; or an answer that names another order."""

SEND_FAULTS = (*ANSWER_FAULTS, *EQUIVALENT_ANSWER_FAULTS)


def _review_behavior(seconds: float) -> Behavior:
    return replace(DEFAULT_BEHAVIOR, review_above=Decimal(0), review_seconds=seconds)


_COPY_EXECUTED = _send_fault("error", status=400, error_code=BUSY_CODE, acts=True)
"""A copy of the request arrived before it and was executed, so the request itself finds a transaction."""
_NO_ORDERS = _read_fault("list_orders", "body", body='{"total_count": 0, "order_infos": []}')
_NO_REFUNDS = _read_fault("refund_orders", "body", body='{"total_count": 0, "refund_infos": []}')
_ORDERS_LATE = {**_NO_ORDERS, "calls": {"to": 1}}
_CHANGED = {StepOccurrence("commit unknown done"): Disturbance.REPLACED}
_ANSWER_LOST = _send_fault("drop_after")
_REQUEST_LOST = _send_fault("drop_before")

READ_FAULTS = (
    Scenario(
        name="listing fails at times", faults=(_read_fault("query_resources", "error", probability=0.4), _ANSWER_LOST)
    ),
    Scenario(name="listing empty at times", faults=(_empty_listing(probability=0.4), _REQUEST_LOST)),
    Scenario(
        name="listing lacks a row",
        faults=(_read_fault("query_resources", "short_page", calls={"from": 3}, probability=0.5), _REQUEST_LOST),
    ),
    Scenario(name="listing cut", faults=(_read_fault("query_resources", "truncate", probability=0.4, seed=5),)),
    Scenario(
        name="keys refused on reading", faults=(_read_fault("query_resources", "expired", calls=[2, 4]), _ANSWER_LOST)
    ),
    Scenario(name="orders late", faults=({**_NO_ORDERS, "calls": {"to": 6}}, _ANSWER_LOST)),
    Scenario(
        name="orders without rows", faults=(_read_fault("list_orders", "empty_page", calls={"to": 6}), _ANSWER_LOST)
    ),
    Scenario(
        name="orders fail", faults=(_read_fault("list_orders", "error", calls={"to": 9}, status=500), _ANSWER_LOST)
    ),
    Scenario(
        name="orders forbidden",
        faults=(_read_fault("list_orders", "error", status=403, error_code="CBC.0151"), _ANSWER_LOST),
    ),
    Scenario(name="order fails at times", faults=(_read_fault("show_order", "error", probability=0.4, status=502),)),
    Scenario(name="order with keys twice", faults=(_read_fault("show_order", "duplicate_keys", probability=0.5),)),
    Scenario(name="order with nulls", faults=(_read_fault("show_order", "null_fields", calls={"to": 4}),)),
    Scenario(name="refund rows late", faults=({**_NO_REFUNDS, "calls": {"to": 3}}, _ANSWER_LOST)),
    Scenario(
        name="refunds without rows", faults=(_read_fault("refund_orders", "empty_page", calls={"to": 3}), _ANSWER_LOST)
    ),
    Scenario(
        name="refund rows cut", faults=(_read_fault("refund_orders", "drop_before", probability=0.5), _ANSWER_LOST)
    ),
    Scenario(name="bill not JSON", faults=(_read_fault("fee_records", "garbage", calls={"to": 2}), _ANSWER_LOST)),
    Scenario(
        name="half characters", faults=(_read_fault("query_resources", "surrogates", probability=0.5), _ANSWER_LOST)
    ),
    Scenario(name="clock off", faults=(_read_fault("*", "skew", seconds=600, calls={"from": 4}), _ANSWER_LOST)),
    Scenario(
        name="everything cut at times", faults=(_ANSWER_LOST, _read_fault("*", "drop_after", probability=0.15, seed=2))
    ),
    Scenario(
        name="everything refused at times",
        faults=(_REQUEST_LOST, _read_fault("*", "throttle", probability=0.2, seed=4)),
    ),
)
"""Where what has to be read goes wrong."""

ENVIRONMENT_FAULTS = (
    Scenario(name="settles slowly", behavior=replace(DEFAULT_BEHAVIOR, settle_seconds=3000.0)),
    Scenario(name="looked at by the staff", behavior=_review_behavior(86_000.0)),
    Scenario(name="cancelled by the staff", behavior=replace(_review_behavior(20.0), reject_reviewed=True)),
    Scenario(name="hidden at once", behavior=replace(DEFAULT_BEHAVIOR, closed_seconds=0.0), faults=(_ANSWER_LOST,)),
    Scenario(name="no witness", sentinel=False, behavior=replace(DEFAULT_BEHAVIOR, closed_seconds=0.0)),
    Scenario(name="no witness and no answer", sentinel=False, faults=(_ANSWER_LOST,)),
    Scenario(
        name="the witness is closed", disturbances={StepOccurrence("commit accepted done"): Disturbance.WITNESS_CLOSED}
    ),
    Scenario(name="busy", kind=PlanKind.BUSY, behavior=replace(DEFAULT_BEHAVIOR, transaction_seconds=None)),
    Scenario(name="busy for a while", kind=PlanKind.BUSY),
    Scenario(name="busy, then cut after", kind=PlanKind.BUSY, faults=(_send_fault("drop_after", 3),)),
    Scenario(
        name="busy, then changed",
        kind=PlanKind.BUSY,
        disturbances={StepOccurrence("commit confirmed done"): Disturbance.REPLACED},
    ),
    Scenario(
        name="busy, then unsubscribed",
        kind=PlanKind.BUSY,
        disturbances={StepOccurrence("commit confirmed done"): Disturbance.GONE},
    ),
    Scenario(
        name="busy, then stopped",
        kind=PlanKind.BUSY,
        attended=True,
        disturbances={StepOccurrence("commit confirmed done"): Disturbance.STOPPED},
    ),
    Scenario(name="busy renewed periods", kind=PlanKind.RENEWED, faults=(_refusal(400, BUSY_CODE, 1, 2, 3),)),
    Scenario(name="siblings, one lost", kind=PlanKind.SIBLINGS, faults=(_ANSWER_LOST,)),
    Scenario(
        name="siblings, one never sent", kind=PlanKind.SIBLINGS, faults=(_REQUEST_LOST, _send_fault("drop_after", 2))
    ),
    Scenario(name="renewed periods", kind=PlanKind.RENEWED, faults=(_ANSWER_LOST,)),
    Scenario(name="renewed periods, not executed", kind=PlanKind.RENEWED, faults=(_REQUEST_LOST,)),
    Scenario(
        name="somebody else's order",
        faults=(_REQUEST_LOST,),
        disturbances={StepOccurrence("request done"): Disturbance.SIBLING_GONE},
    ),
    Scenario(
        name="somebody else was quicker",
        faults=(_REQUEST_LOST,),
        disturbances={StepOccurrence("request begins"): Disturbance.GONE},
    ),
    Scenario(name="not what was confirmed", disturbances={StepOccurrence("run recorded"): Disturbance.REPLACED}),
    Scenario(name="lock removed", disturbances={StepOccurrence("commit submitting done"): Disturbance.UNLOCKED}),
    Scenario(name="watched", attended=True, faults=(_REQUEST_LOST,)),
    Scenario(
        name="screen stalled", attended=True, disturbances={StepOccurrence("commit accepted done"): Disturbance.STALLED}
    ),
    Scenario(
        name="stopped", attended=True, disturbances={StepOccurrence("commit submitting done"): Disturbance.STOPPED}
    ),
    Scenario(name="a pair", kind=PlanKind.PAIR),
    Scenario(name="a pair, answer lost", kind=PlanKind.PAIR, faults=(_ANSWER_LOST,)),
    Scenario(name="a pair, never sent", kind=PlanKind.PAIR, faults=(_REQUEST_LOST,)),
    Scenario(name="a busy pair", kind=PlanKind.PAIR, faults=(_refusal(400, BUSY_CODE, 1, 3),)),
    Scenario(
        name="a pair, kept",
        kind=PlanKind.PAIR,
        behavior=replace(DEFAULT_BEHAVIOR, kept_status=4),
        faults=(_ANSWER_LOST,),
    ),
    Scenario(name="changed after the request", faults=(_REQUEST_LOST,), disturbances=_CHANGED),
    Scenario(
        name="kept, no order listed",
        behavior=replace(DEFAULT_BEHAVIOR, kept_status=8),
        faults=(_ANSWER_LOST, _NO_ORDERS),
    ),
    Scenario(name="kept as frozen", behavior=replace(DEFAULT_BEHAVIOR, kept_status=4)),
    Scenario(name="kept as expired", behavior=replace(DEFAULT_BEHAVIOR, kept_status=5)),
    Scenario(name="kept as closing", behavior=replace(DEFAULT_BEHAVIOR, kept_status=8), faults=(_ANSWER_LOST,)),
    Scenario(name="nobody watches", keep_going=False, faults=(_ANSWER_LOST, _read_fault("list_orders", "error"))),
)
"""Where the service, other people or the person at the screen are slow, or change their minds."""

LEFTOVERS = Scenario(name="leftovers", kind=PlanKind.LEFTOVERS)
"""After the run the services are asked about what was expected to stay behind."""

ALL = (*SEND_FAULTS, *READ_FAULTS, *ENVIRONMENT_FAULTS, LEFTOVERS)

CONFIRMED_TWICE = Scenario(
    name="confirmed again too early", deliveries={1: (Delivery.HELD, 600)}, keep_going=False, is_confirmed_twice=True
)
"""The same plan is confirmed once more while its first request is still under way."""

EMPTY_LISTING = Scenario(name="listing empty for long", faults=(_REQUEST_LOST, _empty_listing(calls={"from": 2})))
"""After the request nothing is listed any more."""

LATE_DELIVERY = Scenario(name="held too long", deliveries={1: (Delivery.HELD, 971)})
"""The request arrives when nobody would think so any more, between two looks."""

FALSE_REFUSALS = (
    Scenario(name="refused, but executed", faults=(_COPY_EXECUTED, _ORDERS_LATE)),
    Scenario(name="renewed periods refused, but gone", kind=PlanKind.RENEWED, faults=(_COPY_EXECUTED, _ORDERS_LATE)),
)
"""The service says that nothing was done, and lists no order at first. No record can tell better before both are read
again, so nobody is killed here; what counts is that nothing is sent again."""

CONTRADICTIONS = (
    Scenario(name="kept in use", behavior=replace(DEFAULT_BEHAVIOR, kept_status=2)),
    Scenario(
        name="changed, and somebody else's order",
        behavior=replace(DEFAULT_BEHAVIOR, ignores_order_id=True),
        faults=(_REQUEST_LOST,),
        disturbances={StepOccurrence("request done"): Disturbance.SIBLING_GONE, **_CHANGED},
    ),
)
"""Where the resource and the orders do not fit together, so that a unit has to stay open."""


def mixed_scenario(seed: int) -> Scenario:
    """Return a scenario of several faults at once, drawn by chance."""
    chance = Random(seed)
    first = chance.choice(SEND_FAULTS).faults
    second = tuple({**rule, "calls": [2]} for rule in chance.choice(SEND_FAULTS).faults)
    reading = chance.sample(READ_FAULTS, chance.randint(1, 2))
    read = tuple(rule for scenario in reading for rule in scenario.faults if rule["operation"] != "unsubscribe")
    named = [each for each in ENVIRONMENT_FAULTS if each.name in ("busy for a while", "a pair", "kept as frozen")]
    like = chance.choice((*ENVIRONMENT_FAULTS[:6], *named, SEND_FAULTS[0], SEND_FAULTS[0]))
    return replace(
        like,
        name=f"mixed by {seed}",
        faults=(*first, *second, *read),
        deliveries=chance.choice(({}, {}, {1: (Delivery.HELD, chance.uniform(1, 895))})),
    )
