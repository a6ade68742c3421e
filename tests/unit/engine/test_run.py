from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.connections import TemporaryKeys
from tests.support.engine_stage import EngineStage, collect_events, confirm_all, kind_of, reported_states, run_plan
from unsub_tui.api.connection import AccessKey, CredentialProvider
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.run import RunPaused, RunResumed, RunStopping
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_account_journal, read_all_runs, read_runs
from unsub_tui.engine.run.executor import start_run
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.present.pages.run import result_totals
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition

UNHURRIED = RunPolicy(heartbeat_seconds=1e9)
"""For tests whose screen gives no sign of life."""


async def test_a_run_ends_settled(stage: EngineStage) -> None:
    """Each unit is sent once, accepted, and settled."""
    ids = stage.ids(3)
    plan = await stage.plan(ids)

    events, ended = await collect_events(stage.start(plan))

    assert ended.problem is None
    assert [unit.resource_id for unit in ended.run.units] == ids
    assert reported_states(events) == [State.CONFIRMED, State.SUBMITTING, State.ACCEPTED, State.SETTLED]
    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 3
    assert [stage.execution_count(each) for each in ids] == [1, 1, 1]
    assert read_runs(stage.state_dir, stage.account.account_id) == [ended.run] == read_all_runs(stage.state_dir)
    assert read_account_journal(stage.state_dir, stage.account.account_id).open_units() == []


async def test_the_exact_figures_stand_beside_the_estimate(stage: EngineStage) -> None:
    """What the vendor charged is recorded with what was shown; paid is the sum of its parts."""
    plan = await stage.plan(stage.ids(1))

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.estimate == plan.items[0].quote.amounts
    assert unit.exact is not None
    assert unit.exact.refund is not None
    assert unit.exact.handling_fee is not None
    assert unit.exact.consumed is not None
    assert unit.exact.paid == unit.exact.refund + unit.exact.handling_fee + unit.exact.consumed
    assert unit.exact.coupon_lost is None
    assert abs(unit.exact.refund - (unit.estimate.refund or Decimal(0))) < Decimal("0.05")


async def test_nothing_leaves_before_it_is_on_disk(stage: EngineStage) -> None:
    """Each request follows a fresh read and a commit, and its outcome is on disk before the next (S1, S3, S9)."""
    plan = await stage.plan(stage.ids(2))
    steps: list[str] = []

    await run_plan(stage, plan, stage.run_config(step=steps.append))

    one = [
        "read fresh begins",
        "read fresh done",
        "commit submitting begins",
        "commit submitting done",
        "request begins",
        "request done",
        "commit accepted begins",
        "commit accepted done",
    ]
    assert steps[: 3 + 2 * len(one)] == ["lock taken", "record opened", "run recorded", *one, *one]


async def test_what_drifted_is_not_sent(stage: EngineStage) -> None:
    """A resource that is no longer what was confirmed is skipped, and the record says what changed."""
    ids = stage.ids(2)
    plan = await stage.plan(ids)
    resource = stage.resource(ids[0])
    resource.policy = 2 if resource.policy != 2 else 0

    ended = await run_plan(stage, plan)

    drifted, sent = ended.run.units
    assert (drifted.state, sent.state) == (State.SKIPPED, State.SETTLED)
    assert drifted.problem is not None
    assert drifted.problem.kind is ProblemKind.DRIFT
    assert "action at expiry changed" in problem_details(drifted.problem)
    assert stage.execution_count(ids[0]) == 0


@pytest.mark.parametrize(
    ("plight", "code"),
    [
        (Condition.IN_TRANSACTION, "CBC.99003651"),
        (Condition.INVOICED, "CBC.99003643"),
    ],
)
async def test_a_definite_refusal_is_rejected(stage: EngineStage, plight: Condition, code: str) -> None:
    """A definite code ends the unit, and the next one is sent."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, transaction_seconds=None)
    refused, fine = stage.ids(1, plight)[0], stage.ids(1)[0]
    plan = await stage.plan([refused, fine])

    first, second = (await run_plan(stage, plan)).run.units

    assert (first.state, second.state) == (State.REJECTED, State.SETTLED)
    assert first.problem is not None
    assert first.problem.code.raw == code
    assert stage.execution_count(refused) == 0


async def test_the_totals_say_why_items_failed(stage: EngineStage) -> None:
    """The same reason once, with how many it was; what it was of each stands with the item."""
    busy, invoiced = stage.ids(1, Condition.IN_TRANSACTION)[0], stage.ids(1, Condition.INVOICED)[0]
    plan = await stage.plan([busy, invoiced, stage.ids(1)[0]])
    refusal = {"status": 400, "error_code": "CBC.99003651", "error_msg": "words"}
    stage.sandbox.faults = parse_faults([{"operation": "unsubscribe", "calls": [3], "action": "error", **refusal}])
    run = (await run_plan(stage, plan, stage.run_config(policy=RunPolicy(busy_wait_seconds=0)))).run

    reasons = [line for line in result_totals(run) if "failed:" in line]

    assert [line[:9] for line in reasons] == ["2 failed:", "1 failed:"]
    assert reasons[0].endswith("[CBC.99003651]")


@pytest.mark.parametrize("action", ["drop_after", "garbage", "empty", "truncate"])
async def test_a_lost_answer_is_found_by_reading(stage: EngineStage, action: str) -> None:
    """A request that was executed without a readable answer is found by its order, and never sent again."""
    ids = stage.ids(2)
    plan = await stage.plan(ids)
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": action})

    events, ended = await collect_events(stage.start(plan))

    assert reported_states(events)[1:] == [State.SUBMITTING, State.UNKNOWN, State.ACCEPTED, State.SETTLED]
    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 2
    assert [stage.execution_count(each) for each in ids] == [1, 1]


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "drop_before"},
        {"action": "error", "status": 500},
        {"action": "error", "status": 503, "error_code": "APIG.0201"},
        {"action": "ok_with_error", "error_code": "CBC.0999"},
        {"action": "error", "status": 400, "error_code": "CBC.30000067"},
    ],
    ids=lambda fault: f"{fault['action']}-{fault.get('error_code', '')}",
)
async def test_what_was_not_executed_is_known_after_the_quarantine(
    stage: EngineStage, fault: dict[str, object]
) -> None:
    """An unanswered request that was not executed stays unknown for as long as its signature could still be used."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "unsubscribe", **fault})

    ended = await run_plan(stage, plan)
    assert [unit.state for unit in ended.run.units] == [State.UNKNOWN]

    _, early = await collect_events(
        stage.resume(stage.run_config(policy=replace(stage.pace, unknown_limit_seconds=500)))
    )
    assert [unit.state for unit in early.run.units] == [State.UNKNOWN]
    before = stage.clock.monotonic()
    _, late = await collect_events(stage.resume())
    assert [unit.state for unit in late.run.units] == [State.NOT_EXECUTED]
    assert stage.clock.monotonic() > before
    assert stage.clock.now() - ended.run.started >= timedelta(seconds=stage.pace.quarantine_seconds)
    assert stage.request_count == 1


async def test_an_unknown_outcome_ends_a_run_that_nobody_watches(stage: EngineStage) -> None:
    """Without a person the rest is not sent."""
    ids = stage.ids(3)
    plan = await stage.plan(ids)
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.UNKNOWN, State.SKIPPED, State.SKIPPED]
    assert kind_of(ended.problem) is ProblemKind.NETWORK
    assert stage.request_count == 1


async def test_keep_going_is_that_decision_made_beforehand(stage: EngineStage) -> None:
    """With `keep_going` the rest is sent, and the unknown one is looked into until it is known."""
    ids = stage.ids(3)
    plan = await stage.plan(ids)
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True))

    assert [unit.state for unit in ended.run.units] == [State.NOT_EXECUTED, State.SETTLED, State.SETTLED]
    assert stage.request_count == 3


async def test_a_watched_run_pauses_and_goes_on(stage: EngineStage) -> None:
    """After a minute of an unknown outcome a person decides whether the rest is sent."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})

    def go_on(_: RunPaused) -> None:
        assert stage.request_count == 1
        stage.handle.resume()

    events, _ = await collect_events(stage.start(plan, stage.run_config(attended=True, policy=UNHURRIED)), go_on)

    told = [type(event) for event in events]
    assert told.count(RunPaused) == told.count(RunResumed) == 1
    assert stage.states() == [[State.NOT_EXECUTED, State.SETTLED]]


async def test_a_stop_answers_a_pause(stage: EngineStage) -> None:
    """A person may also end the run where it pauses."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults({"operation": "unsubscribe", "calls": [1], "action": "drop_before"})
    handle = stage.start(plan, stage.run_config(attended=True, policy=UNHURRIED))

    await collect_events(handle, lambda _: handle.stop())

    assert stage.states() == [[State.UNKNOWN, State.SKIPPED]]


async def test_a_stalled_screen_holds_the_next_request(stage: EngineStage) -> None:
    """Nothing leaves while the last sign of life is older than the limit (S5); a person lets it go on.

    The clock may leap past the limit again before the second request is made; then it is asked once more.
    """
    plan = await stage.plan(stage.ids(2))
    pauses: list[RunPaused] = []

    def stall(step: str) -> None:
        if step == "commit accepted done" and stage.request_count == 1:
            stage.clock.advance(60)

    def go_on(paused: RunPaused) -> None:
        pauses.append(paused)
        assert (stage.request_count, paused.problem.kind) == (1, ProblemKind.STOPPED)
        stage.handle.heartbeat()
        stage.handle.resume()

    await collect_events(stage.start(plan, stage.run_config(attended=True, step=stall)), go_on)

    assert pauses
    assert stage.states() == [[State.SETTLED] * 2]
    assert stage.request_count == 2


async def test_a_screen_that_stalls_after_the_commit_sends_nothing(stage: EngineStage) -> None:
    """The last look at the sign of life is just before the request; what was on disk goes back to confirmed."""
    plan = await stage.plan(stage.ids(1))

    def stall(step: str) -> None:
        if step == "commit submitting done":
            stage.clock.advance(60)

    handle = stage.start(plan, stage.run_config(attended=True, step=stall))
    await collect_events(handle, lambda _: handle.stop())

    assert (stage.request_count, stage.states()) == (0, [[State.SKIPPED]])


async def test_a_stop_finishes_the_unit_in_flight(stage: EngineStage) -> None:
    """A stop lets the request in flight be answered and recorded; the rest is skipped."""
    plan = await stage.plan(stage.ids(3))

    def stop(step: str) -> None:
        if step == "request done" and stage.request_count == 2:
            stage.handle.stop()

    events, ended = await collect_events(stage.start(plan, stage.run_config(step=stop)))

    assert [unit.state for unit in ended.run.units][2] is State.SKIPPED
    assert {unit.state for unit in ended.run.units[:2]} <= {State.ACCEPTED, State.SETTLED}
    assert kind_of(ended.run.units[2].problem) is ProblemKind.STOPPED
    assert sum(isinstance(event, RunStopping) for event in events) == 1
    assert stage.request_count == 2


async def test_a_stop_just_before_the_request_sends_nothing(stage: EngineStage) -> None:
    """A stop that comes between commit and request wins."""
    plan = await stage.plan(stage.ids(1))

    def stop(step: str) -> None:
        if step == "commit submitting done":
            stage.handle.stop()

    ended = await run_plan(stage, plan, stage.run_config(step=stop))

    assert (stage.request_count, [unit.state for unit in ended.run.units]) == (0, [State.SKIPPED])


async def test_what_was_throttled_is_repeated_three_times(stage: EngineStage) -> None:
    """A 429 was not executed: it is repeated after a fresh read, three times at most (S7)."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(
        {"operation": "unsubscribe", "action": "error", "status": 429, "error_code": "APIG.0308", "calls": {"to": 3}}
    )
    steps: list[str] = []

    ended = await run_plan(stage, plan, stage.run_config(step=steps.append))

    assert [unit.state for unit in ended.run.units] == [State.SETTLED]
    assert (stage.request_count, steps.count("read fresh done")) == (4, 4)


async def test_what_is_throttled_for_ever_is_not_sent(stage: EngineStage) -> None:
    """After three repeats the run ends where nobody can decide."""
    plan = await stage.plan(stage.ids(2))
    stage.set_faults({"operation": "unsubscribe", "action": "error", "status": 429, "error_code": "APIG.0308"})

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.SKIPPED] * 2
    assert kind_of(ended.problem) is ProblemKind.THROTTLED
    assert stage.request_count == 4


async def test_refused_keys_pause_the_run(stage: EngineStage) -> None:
    """A 401 executed nothing: the unit is confirmed again, and goes when a person says so."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults(
        {"operation": "unsubscribe", "calls": [1], "action": "error", "status": 401, "error_code": "APIGW.0301"}
    )
    handle = stage.start(plan, stage.run_config(attended=True, policy=UNHURRIED))

    events, _ = await collect_events(handle, lambda _: handle.resume())

    assert [event.problem.kind for event in events if isinstance(event, RunPaused)] == [ProblemKind.CREDENTIALS]
    assert stage.states() == [[State.SETTLED]]


async def test_keys_that_are_renewed_in_mid_run(stage: EngineStage) -> None:
    """A source that has other keys by then is asked by the fresh read: the run neither pauses nor fails an item."""
    source = TemporaryKeys(stage.sandbox)
    identity = CredentialProvider(source)
    plan = await stage.plan(stage.ids(2))

    def step(name: str) -> None:
        keys = identity.current
        if name == "request done" and stage.request_count == 1 and isinstance(keys, AccessKey):
            stage.sandbox.auth_state.revoke(keys.access_key)

    connection = replace(stage.connection(), credential_provider=identity)
    await identity.refresh()
    events, ended = await collect_events(stage.start(plan, stage.run_config(connection=connection, step=step)))

    assert not any(isinstance(event, RunPaused) for event in events)
    assert ended.problem is None
    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 2
    assert source.load_count >= 2


async def test_a_missing_permission_ends_the_run(stage: EngineStage) -> None:
    """A 403 rejects the unit, and the rest would meet the same."""
    plan = await stage.plan(stage.ids(2))

    ended = await run_plan(stage, plan, stage.run_config(connection=stage.connection(as_reader=True)))

    assert [unit.state for unit in ended.run.units] == [State.REJECTED, State.SKIPPED]
    assert kind_of(ended.problem) is ProblemKind.PERMISSION


async def test_a_policy_of_the_organization_ends_the_run(stage: EngineStage) -> None:
    """As a missing permission does, with another advice."""
    plan = await stage.plan(stage.ids(2))
    stage.sandbox.auth_state.deny("unsubscribe", by_organization=True)

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.REJECTED, State.SKIPPED]
    assert kind_of(ended.problem) is ProblemKind.ORGANIZATION


async def test_an_order_under_review_does_not_hold_the_end(stage: EngineStage) -> None:
    """A large refund waits for the vendor's staff: the run ends, the unit stays accepted, a resume settles it."""
    ledger = stage.sandbox.account
    ledger.behavior = replace(ledger.behavior, review_above=Decimal(0), review_seconds=86_000.0)
    plan = await stage.plan(stage.ids(1))

    ended = await run_plan(stage, plan)
    assert [unit.state for unit in ended.run.units] == [State.ACCEPTED]
    assert ended.problem is None

    stage.clock.advance(86_400)
    _, resumed = await collect_events(stage.resume())
    assert [unit.state for unit in resumed.run.units] == [State.SETTLED]
    assert stage.states() == [[State.SETTLED]]


async def test_a_cancelled_order_is_a_failure(stage: EngineStage) -> None:
    """When the vendor cancels the order the resource stays, and the unit failed."""
    ledger = stage.sandbox.account
    ledger.behavior = replace(ledger.behavior, review_above=Decimal(0), review_seconds=20.0, reject_reviewed=True)
    plan = await stage.plan(stage.ids(1))

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.state is State.ORDER_FAILED


@pytest.mark.parametrize("has_sentinel", [True, False])
async def test_absence_counts_only_with_a_witness(stage: EngineStage, has_sentinel: bool) -> None:  # noqa: FBT001
    """A resource that is listed no more is gone when a witness is listed, or two whole listings lack it."""
    ledger = stage.sandbox.account
    ledger.behavior = replace(ledger.behavior, closed_seconds=0.0)
    plan = await stage.plan(stage.ids(1), sentinel=has_sentinel)
    steps: list[str] = []

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=steps.append))).run.units

    assert unit.state is State.SETTLED
    assert steps.count("read listing done") == (0 if has_sentinel else 2)


async def test_an_empty_listing_settles_nothing(stage: EngineStage) -> None:
    """When the witness is not listed either, the absence of the resource proves nothing (S11)."""
    ledger = stage.sandbox.account
    ledger.behavior = replace(ledger.behavior, closed_seconds=0.0)
    plan = await stage.plan(stage.ids(1))
    for resource in ledger.resources.list_all():
        if resource.resource_id != plan.items[0].id and resource.parent is None:
            ledger.resources.hide(resource)

    def blind(step: str) -> None:
        if step == "commit accepted done":
            stage.set_faults({"operation": "show_order", "action": "error", "status": 403, "calls": {"from": 2}})

    (unit,) = (await run_plan(stage, plan, stage.run_config(step=blind))).run.units

    assert unit.state is State.ACCEPTED


async def test_one_process_writes_at_a_time(stage: EngineStage) -> None:
    """A second run of the account is told who holds the lock, and writes nothing."""
    plan = await stage.plan(stage.ids(1))
    problems = []

    def race(step: str) -> None:
        if step == "read fresh begins":
            try:
                stage.resume()
            except UnsubError as error:
                problems.append(error.problem)

    await run_plan(stage, plan, stage.run_config(step=race))

    assert [problem.kind for problem in problems] == [ProblemKind.LOCKED]
    assert problems[0].facts[0].code in ("lock_owner", "lock_owner_on_terminal")


async def test_a_resource_with_an_open_attempt_is_not_sent_again(stage: EngineStage) -> None:
    """At most one open attempt per resource, over all runs (S2)."""
    plan = await stage.plan(stage.ids(1))
    stage.set_faults({"operation": "unsubscribe", "action": "drop_before"})
    await run_plan(stage, plan)
    stage.set_faults()

    ended = await run_plan(stage, plan)

    assert [unit.state for unit in ended.run.units] == [State.SKIPPED]
    assert stage.request_count == 1
    assert stage.states() == [[State.SKIPPED], [State.UNKNOWN]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plan, agreed: (plan, replace(agreed, digest="0" * 64)),
        lambda plan, agreed: (plan, replace(agreed, phrase="yes")),
        lambda plan, agreed: (plan, replace(agreed, acknowledged=frozenset())),
        lambda plan, agreed: (replace(plan, items=()), agreed),
        lambda plan, agreed: (plan, replace(agreed, reason_text="x" * 513)),
        lambda plan, agreed: (replace(plan, account=replace(plan.account, account_id="other")), agreed),
    ],
    ids=["digest", "phrase", "risks", "empty", "reason", "account"],
)
async def test_only_what_was_confirmed_is_begun(
    stage: EngineStage, spoil: Callable[[Plan, Confirmation], tuple[Plan, Confirmation]]
) -> None:
    """The confirmation is checked again by the engine, before anything is written."""
    plan = await stage.plan(stage.ids(1))
    plan, agreed = spoil(plan, confirm_all(plan))

    with pytest.raises(UnsubError) as caught:
        start_run(plan, agreed, stage.run_config())

    assert caught.value.problem.kind is ProblemKind.GUARD
    assert not stage.state_dir.exists()


async def test_an_error_of_ours_ends_the_run_with_a_truthful_record(stage: EngineStage) -> None:
    """Whatever happens in the thread, it says so, and what may have been sent is unknown."""
    plan = await stage.plan(stage.ids(2))

    def fail(step: str) -> None:
        if step == "request done":
            raise RuntimeError("a mistake of ours")

    ended = await run_plan(stage, plan, stage.run_config(step=fail))

    assert kind_of(ended.problem) is ProblemKind.INTERNAL
    assert [unit.state for unit in ended.run.units] == [State.UNKNOWN, State.SKIPPED]
    _, resumed = await collect_events(stage.resume())
    assert [unit.state for unit in resumed.run.units] == [State.SETTLED]


async def test_siblings_of_one_purchase_are_told_apart(stage: EngineStage) -> None:
    """Two unknown units of one purchase: the order is given to neither before it is clear whose it is."""
    first, second = stage.siblings()
    plan = await stage.plan([first, second])
    stage.set_faults(
        {"operation": "unsubscribe", "calls": [1], "action": "drop_before"},
        {"operation": "unsubscribe", "calls": [2], "action": "drop_after"},
    )

    ended = await run_plan(stage, plan, stage.run_config(keep_going=True))

    assert [unit.state for unit in ended.run.units] == [State.NOT_EXECUTED, State.SETTLED]
    assert (stage.execution_count(first), stage.execution_count(second)) == (0, 1)


async def test_every_listener_hears_everything(stage: EngineStage) -> None:
    """A handle tells everything from the first event to every listener, whenever it begins."""
    plan = await stage.plan(stage.ids(1))
    handle = stage.start(plan)

    first, _ = await collect_events(handle)
    second, _ = await collect_events(handle)

    assert first == second
