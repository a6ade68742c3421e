"""Orders that the service names for an unsubscription and that are not the order of that unsubscription."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, collect_events, new_stage, reported_states, run_plan
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import RunEnded, RunEvent, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run import order_checks
from unsub_tui.engine.run.order_checks import ReturnedOrder
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.models import Resource

Rule = dict[str, object]

PURCHASE: Rule = {"operation": "unsubscribe", "action": "answer_with_purchase_order"}
QUICK = Behavior(settle_seconds=0, closed_seconds=0)
"""What is unsubscribed is listed no more before anybody looks."""

ORDER_OF_OTHER: Rule = {"operation": "unsubscribe", "action": "answer_with_order_of_other"}


def order_details_fault(**fields: object) -> Rule:
    """Return the fault by which the details of orders have other values."""
    return {"operation": "show_order", "action": "set_fields", "fields": fields}


def true_order(stage: EngineStage, resource_id: str) -> str:
    """Return the order of the one unsubscription that the sandbox carried out."""
    (attempt,) = stage.sandbox.account.executions(resource_id)
    (order_id,) = attempt.order_ids
    return order_id


def refund(stage: EngineStage, order_id: str) -> float:
    """Return what the sandbox refunded with an order."""
    order = stage.sandbox.account.orders.find(order_id)
    assert order is not None
    return float(sum(charge.refund for charge in order.refund_lines))


def check_settled_with_true_order(stage: EngineStage, units: Sequence[Unit]) -> None:
    """See that each unit is settled with the true order and its amounts."""
    for unit in units:
        order_id = true_order(stage, unit.resource_id)
        assert (unit.state, unit.order_id) == (State.SETTLED, order_id)
        assert unit.exact is not None
        assert float(unit.exact.refund or 0) == pytest.approx(refund(stage, order_id))


async def run_keep_going(
    stage: EngineStage, plan: Plan, step: Callable[[str], None] = lambda _: None
) -> tuple[list[RunEvent], RunEnded]:
    """Carry a plan out in a run that goes on after unknown outcomes."""
    return await collect_events(stage.start(plan, stage.run_config(keep_going=True, step=step)))


async def test_a_purchase_order_is_no_proof(stage: EngineStage) -> None:
    """The service names the orders that bought the disks: the true orders are found, and their amounts recorded."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults(PURCHASE)

    events, ended = await run_keep_going(stage, plan)

    path = [State.ACCEPTED, State.UNKNOWN, State.ACCEPTED, State.SETTLED]
    assert [reported_states(events, index)[2:] for index in (0, 1)] == [path, path]
    check_settled_with_true_order(stage, ended.run.units)
    assert stage.request_count == 2


async def test_the_order_of_another_unit_is_no_proof(stage: EngineStage) -> None:
    """The second request is answered with the order of the first: it belongs to the first alone."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults(ORDER_OF_OTHER | {"calls": [2]})

    events, ended = await run_keep_going(stage, plan)

    assert State.UNKNOWN in reported_states(events, 1)
    check_settled_with_true_order(stage, ended.run.units)


async def test_the_words_say_what_is_wrong(stage: EngineStage) -> None:
    """The problem of an unknown unit names the order and why it is not the unit's, also after a resume."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(PURCHASE, {"operation": "list_orders", "action": "error"})

    (unit,) = (await run_plan(stage, plan)).run.units

    bought = stage.sandbox.account.orders.paid_orders(stage.resource(unit.resource_id).purchase_number)[0].order_id
    assert unit.state is State.UNKNOWN
    assert unit.problem is not None
    assert unit.problem.kind is ProblemKind.BAD_RESPONSE
    assert unit.problem.facts == (fact("order_mismatch"), fact("order_is_purchase", order_id=bought))
    assert unit.order_id is None
    stage.set_faults()
    _, resumed = await collect_events(stage.resume())
    check_settled_with_true_order(stage, resumed.run.units)


async def test_an_unknown_order_type_is_said(stage: EngineStage) -> None:
    """An order of a type that nobody knows never settles a unit, and the record says why."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(order_details_fault(order_type=99))

    _, ended = await run_keep_going(stage, plan)

    (unit,) = ended.run.units
    assert unit.state is State.GONE_NO_ORDER
    assert unit.problem is not None
    assert "has the order type 99; an unsubscription has the type 4" in problem_details(unit.problem)
    assert unit.exact is None


async def test_one_bad_read_disproves_nothing(stage: EngineStage) -> None:
    """An order whose details are wrong once, and right when they are read again, is the unit's."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(order_details_fault(order_type=99) | {"calls": [1]})

    events, ended = await run_keep_going(stage, plan)

    assert State.UNKNOWN not in reported_states(events)
    check_settled_with_true_order(stage, ended.run.units)


@pytest.mark.parametrize("code", ["hws.service.type.ebs", "HWS.Service.Type.EC2, hws.service.type.ebs", "", "odd"])
async def test_the_spelling_of_a_service_costs_nothing(stage: EngineStage, code: str) -> None:
    """A server with disks is settled whatever service its order names: its resources are listed by the order."""
    plan = await stage.plan(stage.ids(1))
    assert plan.items[0].attached
    stage.set_faults(order_details_fault(service_type_code=code))

    _, ended = await run_keep_going(stage, plan)

    check_settled_with_true_order(stage, ended.run.units)


@pytest.mark.parametrize(
    "rule",
    [
        {"operation": "show_order", "action": "error", "status": 400, "error_code": "CBC.30000010"},
        {"operation": "show_order", "action": "error", "status": 403, "error_code": "CBC.0151"},
        order_details_fault(create_time=None),
    ],
    ids=["not there yet", "permission missing", "no creation time"],
)
async def test_what_cannot_be_read_proves_nothing(stage: EngineStage, rule: Rule) -> None:
    """A unit whose order cannot be checked stays accepted, is not settled, and is settled once it can be."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(rule)

    assert [unit.state for unit in (await run_plan(stage, plan)).run.units] == [State.ACCEPTED]
    stage.set_faults()
    _, resumed = await collect_events(stage.resume())
    check_settled_with_true_order(stage, resumed.run.units)


async def test_a_doubt_holds_the_next_request(stage: EngineStage) -> None:
    """While the next request waits, the order of the first proves false: nothing more is sent before that is known."""
    plan = await stage.plan(stage.ids(2))
    slow = {"status": 429, "error_code": "APIG.0308", "headers": {"Retry-After": "30"}}
    stage.set_faults(
        order_details_fault(order_type=99),
        {"operation": "list_orders", "action": "error"},
        {"operation": "unsubscribe", "calls": [2], "action": "error", **slow},
    )

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.UNKNOWN, State.SKIPPED]
    assert (stage.request_count, stage.execution_count(plan.items[1].id)) == (2, 0)
    assert ended.problem is not None
    assert "has the order type 99" in problem_details(ended.problem)


@pytest.mark.parametrize("resources", [40, 200])
async def test_a_listing_that_ignores_the_order_disproves_nothing(tmp_path: Path, resources: int) -> None:
    """A service that lists the whole account, small or large, for an order tells nothing about the order."""
    stage = new_stage(tmp_path / "state", resources=resources)
    plan = await stage.plan(stage.ids(2))
    stage.sandbox.account.behavior = replace(QUICK, ignores_order_id=True)

    _, ended = await run_keep_going(stage, plan)

    check_settled_with_true_order(stage, ended.run.units)


def partly_read(plan: Plan) -> Plan:
    """Return the plan as if the bill of its item's newest renewal had not been read."""
    (item,) = plan.items
    first, *renewals = item.quote.order_ids
    assert renewals
    quote = replace(item.quote, order_ids=(first,), amounts=Amounts(currency=item.quote.amounts.currency))
    return replace(plan, items=(replace(item, quote=quote),))


async def test_a_renewal_that_was_not_read_disproves_nothing(stage: EngineStage) -> None:
    """The true order gives back a renewal that the plan does not know: it settles the unit, its amounts unproven."""
    stage.sandbox.account.behavior = QUICK
    plan = partly_read(await stage.plan(stage.ids(1)))

    events, ended = await run_keep_going(stage, plan)

    (unit,) = ended.run.units
    assert State.UNKNOWN not in reported_states(events)
    assert (unit.state, unit.order_id) == (State.SETTLED, true_order(stage, unit.resource_id))
    assert unit.exact == Amounts(currency=plan.items[0].quote.amounts.currency)
    assert unit.breakdown is not None
    assert "refund_rows_unproven" in {each.code for each in unit.breakdown.missing}
    assert not unit.breakdown.by_order


async def test_a_listed_resource_proves_the_amounts(stage: EngineStage) -> None:
    """The service lists the resource for the order: what the plan does not know of its renewals costs nothing."""
    plan = partly_read(await stage.plan(stage.ids(1)))

    _, ended = await run_keep_going(stage, plan)

    check_settled_with_true_order(stage, ended.run.units)


@pytest.mark.parametrize("field", ["resource_type_code", "region_code"])
async def test_another_type_or_region_disproves(stage: EngineStage, field: str) -> None:
    """Rows that name an order which was not read, and another type or region, are about another purchase."""
    stage.sandbox.account.behavior = QUICK
    plan = partly_read(await stage.plan(stage.ids(1)))
    stage.set_faults({"operation": "refund_orders", "action": "set_fields", "fields": {field: "other"}})

    _, ended = await run_keep_going(stage, plan)

    (unit,) = ended.run.units
    assert unit.state is State.GONE_NO_ORDER
    assert unit.problem is not None
    assert unit.problem.facts[-1].code == "order_refunds_others"


@dataclass(frozen=True, slots=True)
class FalseOrder:
    """How the service lies so that one check alone finds out."""

    code: FactCode
    """The mismatch that shows it."""
    faults: Callable[[EngineStage, Plan], Sequence[Rule]]
    behavior: Behavior = QUICK
    is_quoted: bool = True
    """The plan knows the purchase orders."""
    needs_other_order: Callable[[Resource, Resource], bool] | None = None
    """Which resource, as held against ours, a colleague unsubscribes from when our request leaves."""
    units: int = 1


def now(stage: EngineStage) -> str:
    """Return the present moment as the service writes it."""
    return f"{stage.clock.now():%Y-%m-%dT%H:%M:%SZ}"


def refund_rows_fault(plan: Plan) -> Rule:
    """Return the fault by which all refund rows name the purchase order of the plan's first item."""
    fields = {"base_order_id": plan.items[0].quote.order_ids[0]}
    return {"operation": "refund_orders", "action": "set_fields", "fields": fields}


def services(resource: Resource) -> set[str]:
    """Return the service types of a resource and of what is attached to it."""
    return {each.offer.service.code for each in (resource, *resource.attached)}


FALSE_ORDERS = [
    FalseOrder("order_of_other_unit", lambda *_: [ORDER_OF_OTHER | {"calls": [2]}], units=2),
    FalseOrder(
        "order_is_purchase",
        lambda stage, _: [PURCHASE, order_details_fault(order_type=4, create_time=now(stage))],
        behavior=Behavior(),
    ),
    FalseOrder(
        "order_of_other_type",
        lambda stage, _: [PURCHASE, order_details_fault(create_time=now(stage))],
        behavior=Behavior(),
        is_quoted=False,
    ),
    FalseOrder(
        "order_too_old",
        lambda _, plan: [
            ORDER_OF_OTHER,
            refund_rows_fault(plan),
            order_details_fault(service_type_code=service_of(plan)),
        ],
    ),
    FalseOrder(
        "order_of_other_resources",
        lambda *_: [ORDER_OF_OTHER],
        behavior=Behavior(),
        needs_other_order=lambda one, other: one.purchase_number == other.purchase_number,
    ),
    FalseOrder(
        "order_of_other_services",
        lambda _, plan: [ORDER_OF_OTHER, refund_rows_fault(plan)],
        needs_other_order=lambda one, other: not services(one) & services(other),
    ),
    FalseOrder(
        "order_refunds_others",
        lambda *_: [ORDER_OF_OTHER],
        needs_other_order=lambda one, other: one.offer is other.offer and one.purchase_number != other.purchase_number,
    ),
]
"""One for each check."""


def service_of(plan: Plan) -> str:
    """Return the service type of the plan's first item."""
    return plan.items[0].resource.service_type_code.raw


async def run_with_false_order(stage: EngineStage, lie: FalseOrder) -> Sequence[Unit]:
    """Carry a plan out while the service lies; return what the record says."""
    stage.sandbox.account.behavior = lie.behavior
    ids = stage.siblings()[: lie.units]
    plan = await stage.plan(ids)
    stage.set_faults(*lie.faults(stage, plan))
    if not lie.is_quoted:
        items = [replace(item, quote=replace(item.quote, order_ids=())) for item in plan.items]
        plan = replace(plan, items=tuple(items))
    if lie.needs_other_order is None:
        return (await run_keep_going(stage, plan))[1].run.units
    ours = stage.resource(ids[0])
    others = (each for each in stage.ids(10_000) if each not in ids)
    theirs = next(each for each in others if lie.needs_other_order(ours, stage.resource(each)))
    return (await run_keep_going(stage, plan, stage.unsubscribe_elsewhere(theirs, at="request begins")))[1].run.units


@pytest.mark.parametrize("lie", FALSE_ORDERS, ids=lambda lie: lie.code)
async def test_no_lie_settles_a_unit(stage: EngineStage, lie: FalseOrder) -> None:
    """The false order settles nothing; the true one is found, and its amounts are recorded."""
    check_settled_with_true_order(stage, await run_with_false_order(stage, lie))


@pytest.mark.parametrize("lie", FALSE_ORDERS, ids=lambda lie: lie.code)
async def test_a_check_that_is_switched_off_is_missed(
    stage: EngineStage, lie: FalseOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its check, the same lie settles a unit with a false order."""
    every_check = order_checks.mismatches

    def all_but_one(returned: ReturnedOrder) -> Iterator[Fact]:
        return (each for each in every_check(returned) if each.code != lie.code)

    monkeypatch.setattr(order_checks, "mismatches", all_but_one)

    units = await run_with_false_order(stage, lie)

    assert any(each.state is State.SETTLED and each.order_id != true_order(stage, each.resource_id) for each in units)


def test_every_check_is_switched_off_once() -> None:
    """There is a lie for each mismatch; that all rows lack their order is another form of the last one."""
    codes = set(re.findall(r'yield fact\("(\w+)"', inspect.getsource(order_checks)))
    assert codes - {"order_refunds_other_type"} == {lie.code for lie in FALSE_ORDERS}
