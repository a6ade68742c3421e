"""After a run, the services are asked about what the review named as staying behind, and the answers are recorded."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, collect_events, new_stage, run_plan
from unsub_tui.domain.account import Actor
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.leftovers import LeftoverCheck, LeftoverState
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.engine.run import leftover_reads
from unsub_tui.present.page import Tone, plain_text
from unsub_tui.present.pages.leftovers import leftover_entries, leftover_total
from unsub_tui.present.pages.run import item_entries, run_page
from unsub_tui.sandbox import offers


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """An account with servers beside which something stays."""
    return new_stage(tmp_path / "state", resources=300)


async def plan_of(stage: EngineStage, kind: str, charging: Charging = Charging.PAY_PER_USE) -> Plan:
    """Return a plan of a server beside which a resource of this kind stays, by what the services say."""
    servers = [each for each in stage.ids(300) if stage.resource(each).offer is offers.SERVER][:30]
    all_ = await stage.with_findings(await stage.draft(servers))
    assert all_.findings is not None
    expected = {each.id: all_.findings.expected_leftovers(each) for each in all_.items}
    found = (key for key, some in expected.items() for one in some if (one.kind, one.charging) == (kind, charging))
    return await stage.with_findings(await stage.plan([next(found)]))


async def carry_out(stage: EngineStage, plan: Plan) -> Run:
    """Run a plan."""
    run = (await run_plan(stage, plan)).run
    assert run.units[0].state is State.SETTLED
    return run


def checks(stage: EngineStage, kind: str) -> list[LeftoverCheck]:
    """Return what the record says about the leftovers of a kind."""
    return [each for each in recorded(stage).stays_behind or () if each.leftover.kind == kind]


def recorded(stage: EngineStage) -> Unit:
    """Return the unit of the newest run on the record."""
    return read_runs(stage.state_dir, stage.account.account_id)[0].units[0]


def text_of(run: Run) -> str:
    """Return the follow-up check of a run in one line."""
    return " ".join(plain_text(leftover_entries(run)).split())


async def test_what_stays_is_described_by_its_service(stage: EngineStage) -> None:
    """With source, place and time, in the record and on the page; the snapshots of deleted disks are gone."""
    plan = await plan_of_many(stage)
    run = (await run_plan(stage, plan)).run
    by_kind = all_checks(run)
    assert by_kind == all_checks(read_runs(stage.state_dir, stage.account.account_id)[0])
    billed = LeftoverState.STILL_BILLING
    states = {kind: {each.answer.state for each in found} for kind, found in by_kind.items()}
    assert states == {
        **{kind: {billed} for kind in ("disk", "eip", "bandwidth", "vault")},
        **{kind: {LeftoverState.STILL_THERE} for kind in ("backup", "manual_backups")},
        "snapshots": {LeftoverState.GONE},
    }
    for check in chain.from_iterable(by_kind.values()):
        leftover, answer = check.leftover, check.answer
        assert answer.charging is (leftover.charging if answer.state is billed else Charging.UNKNOWN)
        assert answer.origin is not None
        assert answer.origin.where == leftover.region
        assert answer.origin.at > leftover.origin.at
        assert f"{answer.origin.at:%Y-%m-%d %H:%M}" in text_of(run)
    words = " ".join(plain_text(run_page(run)).split())
    assert all(f"({each.leftover.resource_id}), of " in words for each in by_kind["vault"])
    assert ": still there, still billing: pay-per-use, status available" in words
    assert ": still there, status available, expires 2026-" in words
    assert " manual backup" in words
    assert ": gone (EVS" in words
    assert " stay subscribed: see the end of this page" in words
    assert all("still there" in plain_text(item_entries(unit)) for unit in run.units if any(unit.stays_behind or ()))


def all_checks(run: Run) -> dict[str, list[LeftoverCheck]]:
    """Return what the services say about all leftovers of a run, by kind."""
    found = sorted(
        chain.from_iterable(unit.stays_behind or () for unit in run.units), key=lambda each: each.leftover.kind
    )
    return {kind: list(some) for kind, some in groupby(found, lambda each: each.leftover.kind)}


async def plan_of_many(stage: EngineStage) -> Plan:
    """Return a plan of servers and all databases, with what the services say."""
    kinds = {each: stage.resource(each).offer for each in stage.ids(300)}
    servers = [each for each, offer in kinds.items() if offer is offers.SERVER][:25]
    databases = [each for each, offer in kinds.items() if offer is offers.DATABASE]
    return await stage.with_findings(await stage.plan([*servers, *databases]))


async def test_what_was_deleted_meanwhile_is_gone_unless_another_user_asks(stage: EngineStage) -> None:
    """The answer is that of the service, not that of the review; a user who may see less proves no absence."""
    plan = await plan_of(stage, "disk", Charging.YEARLY_MONTHLY)
    user = Actor(user_id=UntrustedText("the user of the run"), access_key="AKIA…XY")
    await run_plan(stage, plan, replace(stage.run_config(), actor=user))
    found = [each for each in checks(stage, "disk") if each.leftover.charging is Charging.YEARLY_MONTHLY]
    assert all(each.answer.state is LeftoverState.STILL_BILLING for each in found)
    for each in found:
        stage.close(each.leftover.resource_id)

    stage.clock.advance(60)
    other = Actor(user_id=UntrustedText("somebody else"))
    await collect_events(stage.resume(replace(stage.run_config(), actor=other)))
    unsure = [each.answer for each in checks(stage, "disk") if each.leftover in {one.leftover for one in found}]
    assert {each.state for each in unsure} == {LeftoverState.UNKNOWN}

    same = Actor(access_key=user.access_key)  # whose id was not asked
    await collect_events(stage.resume(replace(stage.run_config(), actor=same)))
    gone = [each.answer for each in checks(stage, "disk") if each.leftover in {one.leftover for one in found}]
    assert {each.state for each in gone} == {LeftoverState.GONE}
    later = read_runs(stage.state_dir, stage.account.account_id)[0]
    assert any(entry.tone is Tone.GOOD and "gone" in entry.text for entry in leftover_entries(later))


async def test_what_cannot_be_read_any_more_is_not_known(stage: EngineStage) -> None:
    """The reason names the permission; the outcomes are those of the run."""
    plan = await plan_of_many(stage)
    denied = {"disk": "evs:volumes:list", "eip": "vpc:publicIps:list", "vault": "cbr:vaults:list"}
    denied |= {"backup": "cbr:backups:list", "manual_backups": "rds:backup:list"}
    stage.sandbox.auth_state.deny(*denied.values())
    run = (await run_plan(stage, plan)).run
    by_kind = all_checks(run)
    for kind, permission in denied.items():
        assert {each.answer.state for each in by_kind[kind]} == {LeftoverState.UNKNOWN}
        assert f"not known: not allowed: {permission}" in text_of(run)
    assert "leftovers are not known" in leftover_total(run)
    assert "no leftovers" not in text_of(run)
    assert {each.answer.state for each in by_kind["bandwidth"]} == {LeftoverState.STILL_BILLING}


async def test_a_part_that_was_seen_is_asked_about(stage: EngineStage) -> None:
    """A user who may not list EIPs sees the disks that stay; that more may stay is said, with the reason."""
    stage.sandbox.auth_state.deny("vpc:publicIps:list")
    run = await carry_out(stage, await plan_of(stage, "disk"))
    assert {each.answer.state for each in checks(stage, "disk")} == {LeftoverState.STILL_BILLING}
    assert "not known: disks, EIPs and vaults that stay behind" in text_of(run)
    assert "not allowed: vpc:publicIps:list" in text_of(run)


async def test_rights_taken_away_prove_no_absence(stage: EngineStage) -> None:
    """A user who loses the rights to some enterprise projects gets shorter lists, which lack their control group."""
    plan = await plan_of(stage, "disk")
    assert plan.findings is not None
    (disk, *_) = [each for each in plan.findings.expected_leftovers(plan.items[0]) if each.kind == "disk"]
    assert disk.control_ids
    stage.sandbox.auth_state.grant_only("another enterprise project")
    run = await carry_out(stage, plan)
    assert {each.answer.state for each in checks(stage, "disk")} == {LeftoverState.UNKNOWN}
    assert "so it does not show everything" in text_of(run)


async def test_rights_taken_away_prove_no_absence_of_what_others_hold(stage: EngineStage) -> None:
    """Backups and snapshots have no rows in billing: the vaults and disks beside them are their control group."""
    plan = await plan_of_many(stage)
    stage.sandbox.auth_state.grant_only("another enterprise project")
    by_kind = all_checks((await run_plan(stage, plan)).run)
    for kind in ("backup", "snapshots"):
        assert {each.answer.state for each in by_kind[kind]} == {LeftoverState.UNKNOWN}
    assert LeftoverState.GONE not in {each.answer.state for found in by_kind.values() for each in found}
    reasons = {each.answer.reason.code for found in by_kind.values() for each in found if each.answer.reason}
    assert reasons == {"inventory_partial", "leftover_unproven"}


async def test_garbage_costs_a_line(stage: EngineStage) -> None:
    """The run ends as without it, and a later check asks again."""
    plan = await plan_of(stage, "disk")
    stage.set_faults({"operation": "list_volumes", "action": "garbage"})
    run = await carry_out(stage, plan)
    assert {each.answer.state for each in checks(stage, "disk")} == {LeftoverState.UNKNOWN}
    assert "not known: the response cannot be read" in text_of(run)
    stage.set_faults()
    await collect_events(stage.resume())
    assert {each.answer.state for each in checks(stage, "disk")} == {LeftoverState.STILL_BILLING}


async def test_silence_ends(stage: EngineStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the run ends without the answers of a silent service; those of the others are kept."""
    monkeypatch.setattr(leftover_reads, "MAX_SECONDS", 1.0)
    plan = await plan_of(stage, "disk")
    assert plan.findings is not None
    kinds = {each.kind for each in plan.findings.expected_leftovers(plan.items[0])}
    assert kinds > {"disk"}
    stage.set_faults({"operation": "list_volumes", "action": "stall_after", "seconds": 60})
    run = await carry_out(stage, plan)
    assert {each.answer.state for each in checks(stage, "disk")} == {LeftoverState.UNKNOWN}
    assert "not known: no response" in text_of(run)
    others = [each.answer.state for kind in kinds - {"disk"} for each in checks(stage, kind)]
    assert LeftoverState.UNKNOWN not in others


async def test_a_run_that_is_stopped_leaves_the_answers_for_later(stage: EngineStage) -> None:
    """It ends at once; a later check asks."""
    plan = await plan_of(stage, "disk")
    stage.set_faults({"operation": "list_volumes", "action": "stall_after", "seconds": 60})

    def stop_when_asked(name: str) -> None:
        if name == "commit settled done":
            stage.handle.stop()

    await run_plan(stage, plan, stage.run_config(attended=True, step=stop_when_asked))
    assert recorded(stage).state is State.SETTLED
    assert recorded(stage).stays_behind is None
    stage.set_faults()
    await collect_events(stage.resume())
    assert {each.answer.state for each in checks(stage, "disk")} == {LeftoverState.STILL_BILLING}


async def test_without_answers_before_the_run_nothing_is_claimed(stage: EngineStage) -> None:
    """Neither that something stays nor that nothing does; the services are not asked."""
    server = next(each for each in stage.ids(300) if stage.resource(each).offer is offers.SERVER)
    run = await carry_out(stage, await stage.plan([server]))
    assert recorded(stage).stays_behind is None
    assert "the services were not asked before the run" in text_of(run)
    assert Tone.WARNING not in {entry.tone for entry in leftover_entries(run)}
