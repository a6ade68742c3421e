"""Changes that can be undone, carried out: what is sent, what is recorded, what only reading can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from tests.support.engine_stage import EngineStage, collect_events, reported_states, run_plan
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import fact
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.policy_change import ALTERNATIVES, is_in_effect
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.engine.journal_reader import read_account_journal, read_runs
from unsub_tui.engine.quotes.bills import BillCache
from unsub_tui.engine.quotes.builder import quote_by_action
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.problems import problem_details, problem_text
from unsub_tui.sandbox.models import Condition, ResourceStatus

BEFORE = {
    Action.AUTO_RENEW_OFF: 3,
    Action.AUTO_RENEW_ON: 0,
    Action.PAY_PER_USE: 0,
    Action.PAY_PER_USE_OFF: 1,
}
"""A policy from which each of them changes something."""

OPERATIONS = {
    Action.AUTO_RENEW_OFF: "autorenew_off",
    Action.AUTO_RENEW_ON: "autorenew_on",
    Action.PAY_PER_USE: "to_on_demand",
    Action.PAY_PER_USE_OFF: "to_on_demand",
}

each_action = pytest.mark.parametrize("action", ALTERNATIVES, ids=[action.value for action in ALTERNATIVES])


class ChangeCounter(httpx.AsyncBaseTransport):
    """Counts the requests that would change something."""

    def __init__(self, inner: httpx.AsyncBaseTransport, seen: list[str]) -> None:
        self._inner = inner
        self._seen = seen

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Note it, and pass it on."""
        if (
            request.method == "DELETE"
            or request.url.path.endswith("/to-on-demand")
            or "/autorenew/" in request.url.path
        ):
            self._seen.append(f"{request.method} {request.url.path}")
        return await self._inner.handle_async_request(request)


def prepare_resources(stage: EngineStage, action: Action, count: int = 1) -> list[str]:
    """Return ids of resources for which the action changes something."""
    ids = stage.ids(count)
    for each in ids:
        stage.sandbox.account.set_policy(each, BEFORE[action])
    return ids


def has_target_policy(stage: EngineStage, action: Action, resource_id: str) -> bool:
    """Whether the vendor has it as the action wants it."""
    return is_in_effect(action, stage.resource(resource_id).policy)


@each_action
async def test_done_and_undone(stage: EngineStage, action: Action) -> None:
    """Each is done one request a unit, settled by a look, without an order; its contrary brings it back."""
    ids = prepare_resources(stage, action, 3)
    seen: list[str] = []
    connection = replace(
        stage.connection(), transport_factory=lambda: ChangeCounter(httpx.ASGITransport(app=stage.sandbox.app), seen)
    )
    plan = await stage.draft(ids, action=action)
    events, ended = await collect_events(stage.start(plan, stage.run_config(connection=connection)))

    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 3
    assert reported_states(events) == [State.CONFIRMED, State.SUBMITTING, State.ACCEPTED, State.SETTLED]
    assert len(seen) == 3
    assert all(has_target_policy(stage, action, each) for each in ids)
    assert all(unit.order_id is None and unit.estimate is None and unit.exact is None for unit in ended.run.units)
    assert (ended.run.action, ended.run.reason) == (action, None)
    assert set(ended.run.reversible_ids) == set(ids)

    assert action.inverse is not None
    back = await run_plan(stage, await stage.draft(list(ended.run.reversible_ids), action=action.inverse))
    assert [unit.state for unit in back.run.units] == [State.SETTLED] * 3
    assert not any(has_target_policy(stage, action, each) for each in ids)
    assert not stage.sandbox.account.request_log


@each_action
async def test_the_attached_follow(stage: EngineStage, action: Action) -> None:
    """One request for the main resource changes what is attached to it, too."""
    (main,) = prepare_resources(stage, action)
    await run_plan(stage, await stage.draft([main], action=action))
    policies = {each.policy for each in stage.resource(main).attached}
    assert policies
    assert all(is_in_effect(action, each) for each in policies)


@each_action
@pytest.mark.parametrize(("fault", "state"), [("drop_after", State.SETTLED), ("drop_before", State.NOT_EXECUTED)])
async def test_a_lost_answer_is_found_out_by_reading(
    stage: EngineStage, action: Action, fault: str, state: State
) -> None:
    """Nothing is sent again: done where the resource says so, not executed after the quarantine where it does not."""
    (one,) = prepare_resources(stage, action)
    plan = await stage.draft([one], action=action)
    stage.set_faults({"operation": OPERATIONS[action], "calls": [1], "action": fault})
    began = stage.clock.monotonic()

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True))

    assert [unit.state for unit in ended.run.units] == [state]
    assert has_target_policy(stage, action, one) is (state is State.SETTLED)
    waited = stage.clock.monotonic() - began
    assert waited >= stage.pace.quarantine_seconds or state is State.SETTLED


async def test_an_unknown_change_blocks_any_other_of_the_resource(stage: EngineStage) -> None:
    """As long as it is open nothing is sent for that resource, not even the contrary (S2)."""
    (one,) = prepare_resources(stage, Action.AUTO_RENEW_ON)
    plan = await stage.draft([one], action=Action.AUTO_RENEW_ON)
    stage.set_faults({"operation": "autorenew_on", "calls": [1], "action": "drop_before"})
    first = await run_plan(stage, plan)
    assert [unit.state for unit in first.run.units] == [State.UNKNOWN]

    second = await run_plan(stage, await stage.draft([one], action=Action.PAY_PER_USE))

    assert [unit.state for unit in second.run.units] == [State.SKIPPED]
    assert stage.resource(one).policy == 0


async def test_a_refusal_is_told_with_its_code(stage: EngineStage) -> None:
    """What the service refuses is rejected, the rest is done."""
    (good,) = prepare_resources(stage, Action.PAY_PER_USE)
    bad = next(
        each
        for each in stage.sandbox.account.resources.list_all()
        if each.condition is Condition.SOLUTION and not each.parent
    )
    stage.sandbox.account.set_policy(bad.resource_id, 0)

    ended = await run_plan(stage, await stage.draft([bad.resource_id, good], action=Action.PAY_PER_USE))

    found = {unit.resource_id: unit for unit in ended.run.units}
    assert found[good].state is State.SETTLED
    refused = found[bad.resource_id]
    assert refused.state is State.REJECTED
    assert refused.problem is not None
    assert refused.problem.code.raw == "CBC.99003622"


@pytest.mark.parametrize("code", ["CBC.0100", "CBC.30050013", "CBC.99009999"])
async def test_a_fixed_auto_renewal_explains_the_refusal(stage: EngineStage, code: str) -> None:
    """A row need not tell that it is a read replica, and no code is published for it: the advice names the reason."""
    (one,) = prepare_resources(stage, Action.AUTO_RENEW_OFF)
    plan = await stage.draft([one], action=Action.AUTO_RENEW_OFF)
    stage.set_faults({"operation": "autorenew_off", "action": "error", "status": 400, "error_code": code})

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.REJECTED
    assert unit.problem is not None
    text = problem_text(unit.problem)
    assert "Auto-renewal of EIPs and of RDS read replicas cannot be changed" in text
    assert code in text


async def test_what_changed_meanwhile_is_not_sent(stage: EngineStage) -> None:
    """Another policy, status or expiry than was confirmed: skipped, with what changed (S3)."""
    one, other = prepare_resources(stage, Action.AUTO_RENEW_OFF, 2)
    plan = await stage.draft([one, other], action=Action.AUTO_RENEW_OFF)
    stage.sandbox.account.set_policy(one, 1)

    ended = await run_plan(stage, plan)

    found = {unit.resource_id: unit for unit in ended.run.units}
    assert (found[one].state, found[other].state) == (State.SKIPPED, State.SETTLED)
    problem = found[one].problem
    assert problem is not None
    change = fact("field_changed", field="expire_policy", before=3, after=1)
    assert (problem.kind, problem.facts) == (ProblemKind.DRIFT, (change,))
    assert stage.resource(one).policy == 1


async def test_switched_off_by_another_just_before(stage: EngineStage) -> None:
    """The service says that it was off already: that is what was wanted, and a look settles it."""
    (one,) = prepare_resources(stage, Action.AUTO_RENEW_OFF)
    plan = await stage.draft([one], action=Action.AUTO_RENEW_OFF)

    def meddle(step: str) -> None:
        if step == "request begins":
            stage.sandbox.account.set_policy(one, 0)

    ended = await run_plan(stage, plan, stage.run_config(step=meddle))
    assert [unit.state for unit in ended.run.units] == [State.SETTLED]


def revert_step(stage: EngineStage, resource_id: str, policy: int) -> Callable[[str], None]:
    """Return a step at which somebody else changes it back as soon as it was done."""

    def meddle(step: str) -> None:
        if step == "request done":
            stage.sandbox.account.set_policy(resource_id, policy)

    return meddle


async def test_success_is_claimed_only_when_it_is_seen(stage: EngineStage) -> None:
    """Answered with success and not to be seen: accepted, exit unknown; much later it is told that it was not kept."""
    (one,) = prepare_resources(stage, Action.AUTO_RENEW_OFF)
    plan = await stage.draft([one], action=Action.AUTO_RENEW_OFF)

    ended = await run_plan(stage, plan, stage.run_config(step=revert_step(stage, one, 3)))
    assert [unit.outcome for unit in ended.run.units] == [Outcome.ACCEPTED]
    assert len(read_account_journal(stage.state_dir, stage.account.account_id).open_units()) == 1

    stage.clock.advance(stage.pace.quarantine_seconds)
    _, resumed = await collect_events(stage.resume())
    (unit,) = resumed.run.units
    assert (unit.state, unit.outcome) == (State.ORDER_FAILED, Outcome.REJECTED)
    assert unit.problem is not None
    assert unit.problem.facts == (fact("change_reverted"),)
    assert not read_account_journal(stage.state_dir, stage.account.account_id).open_units()


async def test_a_read_that_is_behind_settles_later(stage: EngineStage) -> None:
    """A look that does not see it yet proves nothing: it is looked at again."""
    (one,) = prepare_resources(stage, Action.AUTO_RENEW_OFF)
    plan = await stage.draft([one], action=Action.AUTO_RENEW_OFF)
    looks = 0

    def lag(step: str) -> None:
        nonlocal looks
        if step == "request done":
            stage.sandbox.account.set_policy(one, 3)
        looks += step == "read resource done"
        if looks == 2:
            stage.sandbox.account.set_policy(one, 0)

    ended = await run_plan(stage, plan, stage.run_config(step=lag))
    assert [unit.state for unit in ended.run.units] == [State.SETTLED]
    assert looks >= 3


@pytest.mark.parametrize(("fault", "state"), [(None, State.ORDER_FAILED), ("drop_before", State.GONE_NO_ORDER)])
async def test_a_resource_that_is_gone_meanwhile_ends_it(stage: EngineStage, fault: str | None, state: State) -> None:
    """There is nothing left to look at: it ends, without being called done, and is not looked for by a resume."""
    (one,) = prepare_resources(stage, Action.AUTO_RENEW_OFF)
    plan = await stage.draft([one], action=Action.AUTO_RENEW_OFF)
    if fault is not None:
        stage.set_faults({"operation": "autorenew_off", "calls": [1], "action": fault})

    def close(step: str) -> None:
        if step == "request done":
            stage.close(one)

    ended = await run_plan(stage, plan, stage.run_config(step=close, keep_going=True))
    assert [unit.state for unit in ended.run.units] == [state]
    _, resumed = await collect_events(stage.resume())
    assert not resumed.run.units


async def test_no_permission_stops_the_run(stage: EngineStage) -> None:
    """The next ones would be refused as well: a person decides, without one it ends."""
    ids = prepare_resources(stage, Action.AUTO_RENEW_OFF, 2)
    plan = await stage.draft(ids, action=Action.AUTO_RENEW_OFF)

    ended = await run_plan(stage, plan, stage.run_config(connection=stage.connection(as_reader=True)))

    assert [unit.state for unit in ended.run.units] == [State.REJECTED, State.SKIPPED]
    assert ended.problem is not None
    assert (ended.problem.kind, ended.problem.operation) == (ProblemKind.PERMISSION, "autorenew_off")


@pytest.mark.parametrize(
    ("guards", "words"),
    [
        (Guards(read_only=True), "read-only mode"),
        (Guards(max_items=1), "max_items"),
        (Guards(protected=("*",)), "protected"),
        (Guards(blocked_accounts=("*",)), "ever submitted for this account"),
    ],
    ids=["read_only", "max_items", "protected", "blocked_accounts"],
)
async def test_guards_hold_at_the_start(stage: EngineStage, guards: Guards, words: str) -> None:
    """The engine refuses what a guard forbids, whatever a screen let through."""
    plan = await stage.draft(prepare_resources(stage, Action.AUTO_RENEW_OFF, 2), action=Action.AUTO_RENEW_OFF)
    stage.guards = guards
    with pytest.raises(UnsubError) as raised:
        stage.start(plan)
    assert words in problem_details(raised.value.problem)
    assert not read_runs(stage.state_dir, stage.account.account_id)


async def test_the_limit_of_money_does_not_bind_it(stage: EngineStage) -> None:
    """Nothing is given back, so no amount can be too much, though none is known."""
    stage.guards = Guards(max_amount=Decimal(1))
    plan = await stage.draft(prepare_resources(stage, Action.AUTO_RENEW_OFF), action=Action.AUTO_RENEW_OFF)
    ended = await run_plan(stage, plan)
    assert [unit.state for unit in ended.run.units] == [State.SETTLED]


async def test_a_change_does_not_cloud_an_unsubscription(stage: EngineStage) -> None:
    """A transaction that is in the way of an unsubscription is not taken for one of an earlier change of ours."""
    busy = next(
        each.resource_id
        for each in stage.sandbox.account.resources.list_all()
        if each.condition is Condition.IN_TRANSACTION and each.parent is None and each.status is ResourceStatus.IN_USE
    )
    stage.sandbox.account.set_policy(busy, 0)
    change = await stage.draft([busy], action=Action.AUTO_RENEW_ON)
    stage.set_faults({"operation": "autorenew_on", "calls": [1], "action": "drop_before"})
    changed = await run_plan(stage, change, stage.run_config(keep_going=True))
    assert [unit.state for unit in changed.run.units] == [State.NOT_EXECUTED]
    stage.set_faults()

    plan = await stage.draft([busy], action=Action.UNSUBSCRIBE)
    ended = await run_plan(stage, plan, stage.run_config(policy=replace(stage.pace, busy_wait_seconds=0)))
    (unit,) = ended.run.units
    assert (unit.state, unit.problem and unit.problem.code.raw) == (State.REJECTED, "CBC.99003651")


@pytest.mark.parametrize("action", [Action.AUTO_RENEW_OFF, Action.AUTO_RENEW_ON, Action.PAY_PER_USE])
async def test_what_automatic_renewal_charges_is_told(stage: EngineStage, action: Action) -> None:
    """Where it is on, or is to be: the term bought last, at today's price; nothing confirmed depends on it."""
    (one,) = prepare_resources(stage, action)
    stage.sandbox.account.set_policy(one, 0 if action is Action.AUTO_RENEW_ON else 3)
    plan = await stage.draft([one], action=action)
    rules, now = load_rules("intl"), stage.clock.now()
    async with stage.connection().read_client() as reader:
        steps = [step.plan async for step in quote_by_action(BillCache(reader), plan, rules, now)]

    (item,) = steps[-1].items
    assert item.forecast.next_charge is not None
    assert item.forecast.next_charge > 0
    assert item.forecast.next_charge_at is not None
    assert item.resource == plan.items[0].resource
    assert item.quote == plan.items[0].quote
    assert {step.digest for step in steps} == {plan.digest}


async def test_no_bill_is_read_where_nothing_renews_itself(stage: EngineStage) -> None:
    """What is not renewed and will not be has no charge ahead: nobody is asked."""
    plan = await stage.draft(prepare_resources(stage, Action.PAY_PER_USE_OFF), action=Action.PAY_PER_USE_OFF)
    stage.set_faults({"operation": "*", "action": "error", "status": 500})
    async with stage.connection().read_client() as reader:
        steps = [step.plan async for step in quote_by_action(BillCache(reader), plan, load_rules("intl"), plan.created)]
    assert all(step.items == plan.items for step in steps)


@each_action
@pytest.mark.parametrize(("fault", "sent"), [({"action": "throttle"}, 2), ({"action": "drop_after"}, 1)])
async def test_only_what_was_not_executed_is_sent_again(
    stage: EngineStage, action: Action, fault: dict[str, object], sent: int
) -> None:
    """A refusal for too many calls is repeated after a fresh read (S7); a lost answer never, harmless though it be."""
    (one,) = prepare_resources(stage, action)
    plan = await stage.draft([one], action=action)
    stage.set_faults({"operation": OPERATIONS[action], "calls": [1], **fault})
    seen: list[str] = []
    steps: list[str] = []
    connection = replace(
        stage.connection(), transport_factory=lambda: ChangeCounter(httpx.ASGITransport(app=stage.sandbox.app), seen)
    )

    ended = await run_plan(stage, plan, stage.run_config(connection=connection, step=steps.append))

    assert [unit.state for unit in ended.run.units] == [State.SETTLED]
    assert len(seen) == steps.count("read fresh done") == steps.count("request begins") == sent
    assert steps.index("commit submitting done") < steps.index("request begins")
