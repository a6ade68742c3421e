"""One person plans, another carries it out: what is compared, what is refused, what the record says of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.connections import connector
from tests.support.engine_stage import EngineStage, collect_events, confirm_all
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.plan import Plan, SavedPlan
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.resource import Catalog, RowDefect
from unsub_tui.domain.resource import Resource as ListedResource
from unsub_tui.domain.run import UnitChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import EMPTY
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.engine.plan_drift import is_done
from unsub_tui.journal.plan_file import load_saved_plan
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox.models import Resource


def engine_for(stage: EngineStage, operator: str, *, rules: Path | None = None, guards: Guards | None = None) -> Engine:
    """Return the engine of one of the two."""
    options = EngineOptions(
        state_dir=stage.state_dir,
        site="intl",
        alias="stage",
        operator=operator,
        guards=guards or Guards(),
        clock=stage.clock,
        run_policy=stage.pace,
        rules_file=rules,
    )
    return Engine(connector(stage.connection()), options)


async def open_and_list(engine: Engine) -> Catalog:
    """Open the account and list it."""
    await engine.account.open()
    return await engine.catalog.read_all()


async def quote_finally(engine: Engine, plan: Plan) -> Plan:
    """Return the plan with its final figures."""
    async for progress in engine.quotes(plan):
        plan = progress.plan
    return plan


async def write_plan_file(stage: EngineStage, ids: list[str]) -> SavedPlan:
    """Let Alice write a plan file, and read it."""
    engine = engine_for(stage, "alice@jump from 10.0.0.5")
    catalog = await open_and_list(engine)
    await engine.account.fetch_actor()
    plan = await quote_finally(engine, engine.draft(catalog, ids))
    text = engine.plan_file_text(plan, "CHG-77")
    await engine.close()
    return load_saved_plan(text.encode())


async def compare(engine: Engine, filed: SavedPlan) -> Plan:
    """Let the other one compare it with the account."""
    catalog = await open_and_list(engine)
    plan = await quote_finally(engine, await engine.draft_from_file(catalog, filed))
    await engine.close()
    return plan


async def test_nothing_is_left_to_do_only_if_the_list_proves_it(stage: EngineStage) -> None:
    """An empty list, a row without an id and another resource of the same request leave the outcome open."""
    ids = stage.ids(2)
    filed = await write_plan_file(stage, ids[:1])
    engine = engine_for(stage, "bob@jump")
    listed = await open_and_list(engine)
    others = [each for each in listed.resources if each.id != ids[0] and each.parent_resource_id.raw != ids[0]]
    nameless = replace(others[-1], resource_id=EMPTY, defect=RowDefect.UNREADABLE)
    bundled = replace(filed, items=tuple(replace(each, bundled_ids=(ids[1],)) for each in filed.items))

    async def is_finished(rows: list[ListedResource], plan_of_file: SavedPlan) -> bool:
        catalog = Catalog()
        catalog.add_page(rows)
        return is_done(await engine.draft_from_file(catalog, plan_of_file), Renewals())

    assert await is_finished(others, filed)
    assert not await is_finished([], filed)
    assert not await is_finished([*others, nameless], filed)
    assert not await is_finished(others, bundled)
    assert not await is_finished(listed.resources, filed)
    await engine.close()


async def test_what_did_not_change_can_go(stage: EngineStage) -> None:
    """The same items, counted with all that is attached to them, and guarded by what the account has now."""
    ids = stage.ids(3)
    plan = await compare(engine_for(stage, "bob@jump"), await write_plan_file(stage, ids))
    assert [item.id for item in plan.items] == ids
    assert not plan.refused
    assert plan.plan_file_phrase == f"stage {plan.count} {plan.digest[:8]}"
    assert plan.count > 3
    assert plan.account_resource_count > 3


async def test_time_alone_is_no_drift(stage: EngineStage) -> None:
    """Two days later more is consumed and less comes back; that is shown, and refuses nothing."""
    ids = stage.ids(4)
    filed = await write_plan_file(stage, ids)
    stage.clock.advance(48 * 3600)
    plan = await compare(engine_for(stage, "bob@jump"), filed)
    assert [item.id for item in plan.items] == ids
    known = [
        (before.quote.amounts.consumed, item.quote.amounts.consumed)
        for before, item in zip(filed.items, plan.items, strict=True)
        if before.quote.amounts.consumed and item.quote.amounts.consumed
    ]
    assert known
    assert all(now > before for before, now in known)


def _change_policy(stage: EngineStage, each: Resource) -> None:
    each.policy = 2 if each.policy != 2 else 0
    stage.sandbox.account.resources.clear_cache()


def _shorten_term(stage: EngineStage, each: Resource) -> None:
    each.expire -= 24 * 3600
    stage.sandbox.account.resources.clear_cache()


def _close_resource(stage: EngineStage, each: Resource) -> None:
    stage.sandbox.account.resources.hide(each)


def _detach_disk(stage: EngineStage, each: Resource) -> None:
    stage.sandbox.account.resources.hide(each.attached[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_change_policy, "action at expiry changed"),
        (_shorten_term, "expiry changed"),
        (_close_resource, "it is no longer listed"),
        (_detach_disk, "attached resources changed"),
    ],
)
async def test_what_changed_is_refused_item_by_item(
    stage: EngineStage, change: Callable[[EngineStage, Resource], None], words: str
) -> None:
    """Another policy, another expiry, gone, without a part of it: told, and the others stay in the plan."""
    ids = stage.ids(3)
    filed = await write_plan_file(stage, ids)
    change(stage, stage.resource(ids[0]))
    plan = await compare(engine_for(stage, "bob@jump"), filed)
    (refusal,) = plan.refused
    assert (refusal.resource.id, refusal.reason) == (ids[0], BlockedReason.DRIFTED)
    assert words in facts_text(refusal.facts)
    assert [item.id for item in plan.items] == ids[1:]
    assert plan.count == sum(1 + len(stage.resource(each).attached) for each in ids[1:])


async def test_other_amounts_are_refused(stage: EngineStage, tmp_path: Path) -> None:
    """The same payments under a dearer fee table are not what was reviewed."""
    ids = stage.ids(2)
    filed = await write_plan_file(stage, ids)
    rules = tmp_path / "rules.toml"
    percent = "{monthly=[50], 12=[50], 24=[50,50], 36=[50,50,50]}"
    rules.write_text(f"[intl.fee]\nname='dear'\nsource='a mail'\ndate=2026-03-01\npercent={percent}\n")
    plan = await compare(engine_for(stage, "bob@jump", rules=rules), filed)
    assert [each.reason for each in plan.refused] == [BlockedReason.DRIFTED] * 2
    assert all("handling fee changed" in facts_text(each.facts) for each in plan.refused)
    assert not plan.items


@pytest.mark.parametrize(("more", "refused"), [("0.004", 0), ("0.02", 2)])
async def test_half_a_cent_is_nothing(stage: EngineStage, more: str, refused: int) -> None:
    """What rounding can do is no drift; a cent is."""
    filed = await write_plan_file(stage, stage.ids(2))
    quotes = [each.quote for each in filed.items]
    dearer = [replace(each.amounts, paid=(each.amounts.paid or Decimal(0)) + Decimal(more)) for each in quotes]
    items = tuple(
        replace(each, quote=replace(each.quote, amounts=amounts))
        for each, amounts in zip(filed.items, dearer, strict=True)
    )
    plan = await compare(engine_for(stage, "bob@jump"), replace(filed, items=items))
    assert len(plan.refused) == refused


async def test_a_file_of_another_account_is_refused(stage: EngineStage) -> None:
    """Whose file it is and whose keys these are is told; nothing is compared."""
    filed = await write_plan_file(stage, stage.ids(1))
    other = replace(filed, account=replace(filed.account, account_id="another"))
    engine = engine_for(stage, "bob@jump")
    catalog = await open_and_list(engine)
    with pytest.raises(UnsubError) as caught:
        await engine.draft_from_file(catalog, other)
    await engine.close()
    assert caught.value.problem.kind is ProblemKind.OTHER_ACCOUNT
    assert "another" in problem_details(caught.value.problem)


async def test_the_record_keeps_both_people(stage: EngineStage) -> None:
    """Who planned, who ran, as whom the vendor knows them, for which ticket, from which file."""
    filed = await write_plan_file(stage, stage.ids(1))
    engine = engine_for(stage, "bob@jump")
    catalog = await open_and_list(engine)
    plan = await quote_finally(engine, await engine.draft_from_file(catalog, filed))
    await engine.account.fetch_actor()
    await collect_events(engine.run(plan, confirm_all(plan), attended=False, settle_seconds=600))
    (run,) = engine.history.runs()
    await engine.close()
    assert run.plan_file is not None
    assert run.plan_file.planner.operator == "alice@jump from 10.0.0.5"
    assert (run.plan_file.ticket.raw, run.plan_file.digest) == ("CHG-77", filed.digest)
    assert run.actor.operator == "bob@jump"
    assert run.actor.user_name
    assert run.actor.access_key
    assert stage.sandbox.access_key not in run.actor.access_key
    assert [unit.state for unit in run.units] == [State.SETTLED]


async def test_read_only_holds_in_the_middle_of_a_run(stage: EngineStage) -> None:
    """Switched on while the first request is in flight: that one is finished, no other leaves, and why is recorded."""
    plan = await stage.plan(stage.ids(3))
    guards = [Guards()]

    def tighten(step: str) -> None:
        if step == "request begins":
            guards[0] = Guards(read_only=True, origins={"read_only": "in this session"})

    parts = replace(stage.run_config(step=tighten), get_guards=lambda: guards[0])
    _, ended = await collect_events(stage.start(plan, parts))
    first, *rest = ended.run.units
    assert first.state is State.SETTLED
    assert [unit.state for unit in rest] == [State.SKIPPED] * 2
    assert {unit.problem.kind for unit in rest if unit.problem} == {ProblemKind.GUARD}
    assert all(
        "read-only mode is on (in this session)" in problem_details(unit.problem) for unit in rest if unit.problem
    )
    assert stage.request_count == 1


async def test_read_only_holds_at_the_last_moment(stage: EngineStage) -> None:
    """Switched on between the commit and the request: the request does not leave."""
    plan = await stage.plan(stage.ids(1))
    guards = [Guards()]

    def tighten(step: str) -> None:
        if step == "commit submitting done":
            guards[0] = Guards(read_only=True)

    parts = replace(stage.run_config(step=tighten), get_guards=lambda: guards[0])
    events, ended = await collect_events(stage.start(plan, parts))
    assert [unit.state for unit in ended.run.units] == [State.SKIPPED]
    assert State.SUBMITTING in [event.unit.state for event in events if isinstance(event, UnitChanged)]
    assert stage.request_count == 0


async def test_what_got_a_protected_name_meanwhile_is_not_sent(stage: EngineStage) -> None:
    """The name is looked at in the read before the request, of what goes along as well."""
    ids = stage.ids(2)
    plan = await stage.plan(ids)
    stage.guards = Guards(protected=("name:prod-*",))
    stage.resource(ids[0]).attached[0].name = "prod-data"
    stage.sandbox.account.resources.clear_cache()
    _, ended = await collect_events(stage.start(plan))
    kept, sent = ended.run.units
    assert (kept.state, sent.state) == (State.SKIPPED, State.SETTLED)
    assert kept.problem is not None
    assert "protected = name:prod-*" in problem_details(kept.problem)
    assert stage.execution_count(ids[0]) == 0


@pytest.mark.parametrize(
    "guards",
    [
        Guards(max_share=Decimal("0.1")),
        Guards(max_items=1),
        Guards(max_amount=Decimal("0.01")),
        Guards(blocked_accounts=("*",)),
        Guards(protected=("*",)),
        Guards(read_only=True),
        Guards(two_people=True),
    ],
)
async def test_every_guard_holds_when_a_run_begins(stage: EngineStage, guards: Guards) -> None:
    """Whatever a screen did before: nothing is recorded, nothing is sent."""
    plan = await stage.plan(stage.ids(2))
    stage.guards = guards
    with pytest.raises(UnsubError) as caught:
        stage.start(plan)
    assert caught.value.problem.kind is ProblemKind.GUARD
    assert stage.request_count == 0
