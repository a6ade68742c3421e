"""Another transaction holds the resource: nothing was done, and the run tries again within a bound."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.connections import TemporaryKeys
from tests.support.effort import by_effort
from tests.support.engine_stage import EngineStage, collect_events, new_stage, reported_states, run_plan
from tests.support.journal_documents import NOW, PROBLEM, make_entry, make_run
from unsub_tui.api.connection import AccessKey, CredentialProvider
from unsub_tui.app.screens.run import RunView
from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import RunPaused, UnitChanged
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.engine.run.recovery import needs_status_check, recover
from unsub_tui.journal import events
from unsub_tui.journal.paths import journal_path, lock_path
from unsub_tui.journal.store import Journal
from unsub_tui.present.units import unit_line, unit_problem_text
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.state_file import UnsubscribeRequest

EXECUTED_BUT_BUSY: dict[str, object] = {
    "operation": "unsubscribe",
    "action": "error",
    "status": 400,
    "error_code": "CBC.99003651",
    "acts": True,
    "calls": [1],
}
"""The refusal of a copy of a request that was executed."""

ORDERS_LATE: dict[str, object] = {
    "operation": "list_orders",
    "action": "body",
    "body": '{"total_count": 0, "order_infos": []}',
    "calls": {"to": 1},
}


def end_transactions(stage: EngineStage, seconds: float | None) -> None:
    """Let another transaction end this long after the first request for its resource; None means never."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, transaction_seconds=seconds)


@given(st.integers(0, 3600), st.integers(1, 60))
def test_the_delays_double_and_add_up_to_the_bound(bound: int, first: int) -> None:
    """Each is twice the one before, except the last, which uses up the bound."""
    policy = RunPolicy(busy_wait_seconds=bound, busy_delay_seconds=first)
    delays = [each for count in range(20) if (each := policy.busy_delay(count)) is not None]

    assert sum(delays) == bound
    assert delays[:-1] == [first * 2**count for count in range(len(delays) - 1)]
    assert all(0 < each <= first * 2**count for count, each in enumerate(delays))


async def test_a_transaction_that_ends_is_waited_for(stage: EngineStage) -> None:
    """After 10 and 20 seconds the resource is read afresh and submitted again, each time under its own entry."""
    end_transactions(stage, 25)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    steps: list[str] = []

    seen, ended = await collect_events(stage.start(plan, stage.run_config(step=steps.append)))

    (unit,) = ended.run.units
    tries = [State.SUBMITTING, State.CONFIRMED] * 2
    assert reported_states(seen) == [State.CONFIRMED, *tries, State.SUBMITTING, State.ACCEPTED, State.SETTLED]
    assert (unit.state, unit.problem) == (State.SETTLED, None)
    assert (stage.request_count, stage.execution_count(unit.resource_id)) == (3, 1)
    assert steps.count("read fresh done") == steps.count("commit submitting done") == 3
    texts = [unit_problem_text(event.unit) for event in seen if isinstance(event, UnitChanged) and event.unit.problem]
    assert "submitted again after 10 s, with at most 120 s of waiting in all" in texts[0]
    assert "after 20 s" in texts[1]
    assert "review it again" not in texts[0]


async def test_each_repetition_is_the_confirmed_request_signed_anew(stage: EngineStage) -> None:
    """The resources and the type of the request stay as they were confirmed; only its date is another one."""
    end_transactions(stage, 25)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    _, ended = await collect_events(stage.start(plan))

    requests = stage.sandbox.account.request_log
    assert {request.resource_ids for request in requests} == {(plan.items[0].id,)}
    run_id = ended.run.run_id
    with closing(sqlite3.connect(journal_path(stage.state_dir, stage.account.account_id))) as journal:
        rows = journal.execute("SELECT payload FROM event WHERE run_id = ? AND kind = 'submitting'", (run_id,))
        attempts = [json.loads(payload)["attempt"] for (payload,) in rows]
    assert len(attempts) == len({each["sent"] for each in attempts}) == 3
    assert len({each["request_hash"] for each in attempts}) == 1


async def test_others_are_submitted_during_the_wait(stage: EngineStage) -> None:
    """The busy one goes to the end of the queue, again and again, and only one request is in flight at a time."""
    end_transactions(stage, 25)
    busy, *plain, other = [*stage.ids(1, Condition.IN_TRANSACTION), *stage.ids(4)]
    stage.resource(other).condition = Condition.IN_TRANSACTION
    plan = await stage.plan([busy, *plain[:2], other, plain[2]])

    seen, ended = await collect_events(stage.start(plan))

    order = [request.resource_ids[0] for request in stage.sandbox.account.request_log]
    assert order == [busy, *plain[:2], other, plain[2], *[busy, other] * 2]
    assert {unit.state for unit in ended.run.units} == {State.SETTLED}
    in_flight: set[int] = set()
    for event in seen:
        if isinstance(event, UnitChanged):
            is_sent = event.unit.state is State.SUBMITTING
            in_flight = in_flight | {event.unit.index} if is_sent else in_flight - {event.unit.index}
            assert len(in_flight) <= 1


async def test_the_next_request_and_the_bound_are_shown(stage: EngineStage) -> None:
    """The line names the time of the next request; the run screen counts down while nothing else is left to submit."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    seen, _ = await collect_events(stage.start(plan))

    changes = [event.unit for event in seen if isinstance(event, UnitChanged)]
    (waiting,) = [unit for unit in changes if unit.retry_at is not None]
    assert waiting.retry_at is not None
    assert abs(waiting.retry_at - waiting.changed - timedelta(seconds=10)) < timedelta(seconds=1)
    assert f"busy, again at {waiting.retry_at.astimezone():%H:%M:%S}" in unit_line(waiting)
    view = RunView({waiting.resource_id: waiting}, submits=True)
    moments = [waiting.retry_at - timedelta(seconds=each) for each in (10, 0.5, -30)]
    texts = [view.state_text(each) for each in moments]
    assert [text.rpartition("in ")[2] for text in texts] == ["10 s", "1 s", "0 s"]
    queued = replace(waiting, resource_id="other", retry_at=None)
    view.units["other"] = queued
    assert view.state_text(waiting.changed) == "In progress"


async def test_the_wait_is_bounded(stage: EngineStage) -> None:
    """After 10, 20, 40 and 50 seconds it is rejected, and the next one is sent."""
    end_transactions(stage, None)
    busy, fine = stage.ids(1, Condition.IN_TRANSACTION)[0], stage.ids(1)[0]
    plan = await stage.plan([busy, fine])

    first, second = (await run_plan(stage, plan)).run.units

    assert (first.state, second.state) == (State.REJECTED, State.SETTLED)
    assert first.problem is not None
    assert first.problem.code.raw == "CBC.99003651"
    assert "still held the resource after 120 s, and nothing was done" in unit_problem_text(first)
    assert (stage.request_count, stage.execution_count(busy)) == (6, 0)


async def test_without_a_wait_it_is_rejected_at_once(stage: EngineStage) -> None:
    """The setting may be zero."""
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    (unit,) = (await run_plan(stage, plan, stage.run_config(policy=RunPolicy(busy_wait_seconds=0)))).run.units

    assert (unit.state, stage.request_count) == (State.REJECTED, 1)
    assert unit.problem is not None
    assert unit.problem.facts == ()


async def test_what_changed_during_the_wait_is_not_sent(stage: EngineStage) -> None:
    """The transaction changed the resource: it is no longer what was confirmed."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    def extend(step: str) -> None:
        if step == "commit confirmed done":
            stage.resource(plan.items[0].id).expire += 86_400
            stage.sandbox.account.resources.clear_cache()

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=extend))).run.units

    assert (unit.state, stage.request_count) == (State.SKIPPED, 1)
    assert unit.problem is not None
    assert unit.problem.kind is ProblemKind.DRIFT


async def test_what_the_transaction_unsubscribed_is_not_sent(stage: EngineStage) -> None:
    """Its order is found before the second request; whether the order is ours is decided by reading."""
    busy = stage.ids(1, Condition.IN_TRANSACTION)[0]
    plan = await stage.plan([busy])

    def act(step: str) -> None:
        if step == "commit confirmed done":
            stage.resource(busy).condition = Condition.NORMAL
            with stage.sandbox.account.lock:
                stage.sandbox.account.unsubscribe((busy,), 1)

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=act))).run.units

    assert (stage.request_count, stage.execution_count(busy)) == (1, 0)
    assert unit.state.outcome in (Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.SETTLED), unit.problem


@pytest.mark.parametrize("settle_seconds", [3.0, 40.0])
async def test_a_refusal_that_was_none_is_found_before_the_next_request(
    stage: EngineStage, settle_seconds: float
) -> None:
    """A copy of the request was executed and the refusal is about that; its order is listed only later."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, settle_seconds=settle_seconds)
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(EXECUTED_BUT_BUSY, ORDERS_LATE)

    (unit,) = (await run_plan(stage, plan)).run.units

    assert (stage.request_count, stage.execution_count(unit.resource_id)) == (1, 1)
    assert unit.state is State.SETTLED
    (request,) = stage.sandbox.account.executions(unit.resource_id)
    assert unit.order_ids == request.order_ids


async def test_renewal_periods_that_are_gone_make_a_refusal_doubtful(stage: EngineStage) -> None:
    """Their resource stays in use, which proves nothing: the earlier expiry counts."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, settle_seconds=0.0)
    plan = replace(await stage.plan(stage.ids(1, Condition.RENEWED)), action=Action.RENEWAL)
    stage.set_faults(EXECUTED_BUT_BUSY, ORDERS_LATE)

    seen, ended = await collect_events(stage.start(plan))

    (unit,) = ended.run.units
    assert State.UNKNOWN in reported_states(seen)
    assert (unit.state, stage.request_count) == (State.SETTLED, 1)


async def test_orders_that_cannot_be_read_hold_up_the_next_request(stage: EngineStage) -> None:
    """Whether the refusal was definite is not known then; the run ends as with every failed check."""
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    forbidden = {"operation": "list_orders", "action": "error", "status": 403, "error_code": "CBC.0151"}
    stage.set_faults({**forbidden, "calls": {"from": 2}})

    ended = await run_plan(stage, plan)

    (unit,) = ended.run.units
    assert (unit.state, stage.request_count) == (State.SKIPPED, 1)
    assert ended.problem is not None
    assert ended.problem.kind is ProblemKind.PERMISSION
    assert "nothing was done" in unit_problem_text(unit)
    assert "submitted again" not in unit_problem_text(unit)


ENDS_OF_A_WAIT: dict[str, Callable[[EngineStage], None]] = {
    "stop": lambda stage: stage.handle.stop(),
    "forced stop": lambda stage: stage.handle.stop(force=True),
    "abandoned": lambda stage: stage.handle.abandon(),
    "read-only": lambda stage: setattr(stage, "guards", Guards(read_only=True)),
    "lock removed": lambda stage: lock_path(stage.state_dir, stage.account.account_id).unlink(),
    "suspended": lambda stage: stage.handle.hold(),
}
"""What may happen while a unit waits for another transaction."""


@pytest.mark.parametrize("end", ENDS_OF_A_WAIT.values(), ids=ENDS_OF_A_WAIT)
async def test_what_ends_a_wait_prevents_the_next_request(
    stage: EngineStage, end: Callable[[EngineStage], None]
) -> None:
    """Nothing was done, nothing more is sent, and the record says so."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))

    def act(step: str) -> None:
        if step == "commit confirmed done":
            end(stage)

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=act))).run.units

    assert (unit.state, stage.request_count, unit.retry_at) == (State.SKIPPED, 1, None)
    assert "submitted again" not in unit_problem_text(unit)
    if unit.problem is not None and unit.problem.kind is ProblemKind.STOPPED:
        assert "nothing was done" in unit_problem_text(unit)


async def test_keys_that_are_renewed_during_the_wait(stage: EngineStage) -> None:
    """The next request is signed with the new ones."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    source = TemporaryKeys(stage.sandbox)
    identity = CredentialProvider(source)
    await identity.refresh()

    def revoke(step: str) -> None:
        keys = identity.current
        if step == "commit confirmed done" and isinstance(keys, AccessKey):
            stage.sandbox.auth_state.revoke(keys.access_key)

    connection = replace(stage.connection(), credential_provider=identity)
    (unit,) = (await run_plan(stage, plan, stage.run_config(connection=connection, step=revoke))).run.units

    assert (unit.state, stage.request_count, source.load_count) == (State.SETTLED, 2, 2)


async def test_a_silent_screen_prevents_the_next_request(stage: EngineStage) -> None:
    """A watched run asks before it submits again, and submits after the answer."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    pauses: list[RunPaused] = []

    def resume(paused: RunPaused) -> None:
        pauses.append(paused)
        stage.handle.resume()

    handle = stage.start(plan, stage.run_config(attended=True))
    _, ended = await collect_events(handle, resume)

    (unit,) = ended.run.units
    assert [each.problem.facts[0].code for each in pauses] == ["screen_silent"]
    assert (unit.state, stage.request_count) == (State.SETTLED, 2)


def test_a_process_that_ends_during_the_wait_leaves_nothing_pending(tmp_path: Path) -> None:
    """The next process finds a unit that was not submitted, and says why; nothing has to be checked."""
    busy = events.Busy(problem=PROBLEM, retry_at=NOW + timedelta(seconds=10))
    with closing(Journal.open(tmp_path / "acc.db")) as journal:
        (unit,) = journal.start_run(make_run())
        unit = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
        journal.record_unit(unit, busy, NOW)

    with closing(Journal.open(tmp_path / "acc.db")) as journal:
        recover(journal, NOW)
        (after,) = journal.state.units()

    assert (after.state, after.retry_at) == (State.SKIPPED, None)
    assert not needs_status_check(after, NOW)
    assert "the program ended; the run was waiting for another transaction" in unit_problem_text(after)
    assert "nothing was done" in unit_problem_text(after)


async def test_a_lost_answer_after_a_wait_is_settled_by_reading(stage: EngineStage) -> None:
    """The second request is executed without an answer: it is found by its order, and not sent again."""
    end_transactions(stage, 5)
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    stage.set_faults({"operation": "unsubscribe", "calls": [2], "action": "drop_after"})

    (unit,) = (await run_plan(stage, plan)).run.units

    assert (unit.state, stage.request_count, stage.execution_count(unit.resource_id)) == (State.SETTLED, 2, 1)


@pytest.mark.parametrize("change", ["expiry", "status"])
async def test_a_refusal_is_reliable_while_the_resource_is_in_use(stage: EngineStage, change: str) -> None:
    """A later expiry may be what the transaction did; a resource no longer in use may be unsubscribed already."""
    plan = await stage.plan(stage.ids(1, Condition.IN_TRANSACTION))
    resource = stage.resource(plan.items[0].id)

    def act(step: str) -> None:
        if step == "request done" and stage.request_count == 1:
            if change == "expiry":
                resource.expire += 86_400
            else:
                resource.status = type(resource.status).CLOSING
            stage.sandbox.account.resources.clear_cache()

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=act))).run.units

    assert unit.state is (State.SKIPPED if change == "expiry" else State.UNKNOWN)
    assert stage.request_count == 1


ANSWERS: dict[str, dict[str, object]] = {
    "busy": {"action": "error", "status": 400, "error_code": "CBC.99003651"},
    "busy, said with 200": {"action": "ok_with_error", "error_code": "CBC.99003651"},
    "throttled": {"action": "throttle"},
    "lost before": {"action": "drop_before"},
    "lost after": {"action": "drop_after"},
    "rejected": {"action": "error", "status": 400, "error_code": "CBC.99003643"},
}


@settings(max_examples=by_effort(25, 200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["", *ANSWERS]), max_size=12), st.integers(0, 40), st.booleans())
def test_whatever_is_answered_no_request_is_repeated_in_vain(
    tmp_path_factory: pytest.TempPathFactory,
    answers: list[str],
    stop_at: int,
    stops: bool,  # noqa: FBT001 - drawn
) -> None:
    """Answers by chance, and a stop at any commit: one request at a time, none after one that may be executed.

    A unit is refused five times at most, is unsubscribed at most once, and announces no further request in the end.
    """
    asyncio.run(carry_out_by_chance(new_stage(tmp_path_factory.mktemp("by-chance")), answers, stop_at if stops else 0))


async def carry_out_by_chance(stage: EngineStage, answers: list[str], stop_at: int) -> None:
    """Carry out a plan of three, and check what was received and recorded."""
    plan = await stage.plan(stage.ids(3))
    by_call = [(number, ANSWERS[each]) for number, each in enumerate(answers, 1) if each]
    stage.set_faults(*({"operation": "unsubscribe", "calls": [number], **answer} for number, answer in by_call))
    commits = 0

    def step(name: str) -> None:
        nonlocal commits
        commits += name.startswith("commit")
        if commits == stop_at and name.startswith("commit"):
            stage.handle.stop()

    seen, ended = await collect_events(stage.start(plan, stage.run_config(keep_going=True, step=step)))

    received: dict[str, list[str]] = defaultdict(list)
    for request, answer in zip_longest(stage.sandbox.account.request_log, answers[: stage.request_count], fillvalue=""):
        assert isinstance(request, UnsubscribeRequest)
        received[request.resource_ids[0]].append(answer)
    for unit in ended.run.units:
        *before, _last = received[unit.resource_id] or [""]
        assert all(each.startswith(("busy", "throttled")) for each in before)
        assert sum(each.startswith("busy") for each in received[unit.resource_id]) <= 5
        assert stage.execution_count(unit.resource_id) <= 1
        assert unit.retry_at is None
        assert "submitted again" not in unit_problem_text(unit).replace("never submitted again", "")
        if unit.state in (State.SKIPPED, State.REJECTED, State.NOT_EXECUTED):
            assert stage.execution_count(unit.resource_id) == 0
    open_indexes: set[int] = set()
    for event in seen:
        if isinstance(event, UnitChanged):
            is_sent = event.unit.state is State.SUBMITTING
            open_indexes = open_indexes | {event.unit.index} if is_sent else open_indexes - {event.unit.index}
            assert len(open_indexes) <= 1


TRY_LATER = {"error_code": "CBC.99000087", "error_msg": "words"}
TRY_LATER_ANSWERS: dict[str, tuple[dict[str, object], State]] = {
    "400": ({"action": "error", "status": 400, **TRY_LATER}, State.REJECTED),
    "200": ({"action": "ok_with_error", **TRY_LATER}, State.UNKNOWN),
    "503": ({"action": "error", "status": 503, **TRY_LATER}, State.UNKNOWN),
    "of the resource": ({"action": "body", "acts": False}, State.REJECTED),
}
"""Forms in which Huawei Cloud may say it, and what is concluded from each."""


@pytest.mark.parametrize(("answer", "state"), TRY_LATER_ANSWERS.values(), ids=TRY_LATER_ANSWERS)
async def test_a_busy_service_is_tried_again_by_the_user(
    stage: EngineStage, answer: dict[str, object], state: State
) -> None:
    """Whether something was done is not documented: the program submits nothing again, and says that later is fine."""
    plan = await stage.plan(stage.ids(1))
    failure = {"order_ids": [], "fail_resource_infos": [{"resource_id": plan.items[0].id, **TRY_LATER}]}
    body = {"body": json.dumps(failure)} if answer["action"] == "body" else {}
    stage.set_faults({"operation": "unsubscribe", **answer, **body})

    seen, _ = await collect_events(stage.start(plan))

    told = [event.unit for event in seen if isinstance(event, UnitChanged) and event.unit.problem is not None]
    assert told[0].state is state
    assert "try again later" in unit_problem_text(told[0])
    assert "CBC.99000087" in unit_problem_text(told[0])
    assert ("check its status first" in unit_problem_text(told[0])) is (state is State.UNKNOWN)
    assert stage.request_count == 1
