"""After a run, the services are asked about what the review named as staying behind, and the answers are recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, collect_events, new_stage, run_plan
from unsub_tui.domain.account import Actor
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Origin, known
from unsub_tui.domain.inventory.plan_findings import PlanFindings
from unsub_tui.domain.inventory.resource_findings import ResourceFindings, StayingResource
from unsub_tui.domain.leftovers import LeftoverCheck, LeftoverState
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.present.page import Tone, plain_text
from unsub_tui.present.pages.leftovers import leftover_count, leftover_entries, leftover_total
from unsub_tui.present.pages.run import run_page
from unsub_tui.sandbox import offers


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """An account with servers beside which something stays."""
    return new_stage(tmp_path / "state", resources=300)


async def plan_of(stage: EngineStage, kind: str, charging: Charging = Charging.PAY_PER_USE) -> Plan:
    """Return a plan of a server beside which a resource of this kind stays, by what the services say."""
    servers = [each for each in stage.ids(300) if stage.resource(each).offer is offers.SERVER]
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


@pytest.mark.parametrize("kind", ["disk", "eip", "vault"])
async def test_what_stays_is_billed_as_its_service_says(stage: EngineStage, kind: str) -> None:
    """With source, place and time, in the record and on the page. What holds backups is meant to stay."""
    run = await carry_out(stage, await plan_of(stage, kind))

    check = next(each for each in checks(stage, kind) if each.leftover.charging is Charging.PAY_PER_USE)
    leftover, answer = check.leftover, check.answer
    assert (answer.state, answer.charging) == (LeftoverState.STILL_BILLING, Charging.PAY_PER_USE)
    assert answer.origin is not None
    assert answer.origin.where == leftover.region
    assert answer.origin.at > leftover.origin.at
    main = run.units[0].resource_name.for_display() or run.units[0].resource_id
    assert f"{leftover.resource_id}), of {main}: still there, still billing: pay-per-use" in text_of(run)
    assert f"{answer.origin.at:%Y-%m-%d %H:%M}" in " ".join(plain_text(run_page(run)).split())
    assert bool(leftover_count(run)) is any(each.keeps_billing for each in run.units[0].stays_behind or ())
    assert check.keeps_billing is (kind != "vault")


async def test_manual_backups_of_a_database_are_counted(stage: EngineStage) -> None:
    """Their rows do not say how they are charged, and the database itself is gone by then."""
    counts = [
        await _backups_after(stage, each) for each in stage.ids(300) if stage.resource(each).offer is offers.DATABASE
    ]
    assert any(counts)


async def _backups_after(stage: EngineStage, database: str) -> int:
    """Unsubscribe from a database; return the number of its manual backups afterwards."""
    plan = await stage.plan([database])
    row = plan.items[0].resource
    origin = Origin("rds:list_backups_of_rds", row.region_code.raw, stage.clock.now())
    named = StayingResource(resource_id=row.resource_id, kind="manual_backups", charging=Charging.PAY_PER_USE)
    findings = {row.id: ResourceFindings(stays_behind=known((named,), origin))}
    run = await carry_out(stage, replace(plan, findings=PlanFindings(now=stage.clock.now(), by_id=findings)))
    (check,) = checks(stage, "manual_backups")
    assert check.answer.charging is Charging.UNKNOWN
    if check.answer.state is LeftoverState.GONE:
        return 0
    assert check.answer.state is LeftoverState.STILL_THERE
    assert f"{check.answer.count} manual backup" in text_of(run)
    return check.answer.count


async def test_backups_are_looked_for_and_snapshots_are_gone(stage: EngineStage) -> None:
    """A backup with its expiry, in the vault of its project; the snapshots went with their disks."""
    servers = [each for each in stage.ids(300) if stage.resource(each).offer is offers.SERVER][:25]
    run = (await run_plan(stage, await stage.with_findings(await stage.plan(servers)))).run
    found = [each for unit in run.units for each in unit.stays_behind or ()]
    backups = [each.answer for each in found if each.leftover.kind == "backup"]
    assert {each.state for each in backups} == {LeftoverState.STILL_THERE}
    assert any(each.expires is not None for each in backups)
    snapshots = [each.answer for each in found if each.leftover.kind == "snapshots"]
    assert {each.state for each in snapshots} == {LeftoverState.GONE}
    assert "status available, expires 2026-" in text_of(run)
    assert "snapshots of disk " in text_of(run)


async def test_what_was_deleted_meanwhile_is_gone_unless_another_user_asks(stage: EngineStage) -> None:
    """The answer is that of the service, not that of the review; a user who may see less proves no absence."""
    plan = await plan_of(stage, "disk", Charging.YEARLY_MONTHLY)
    await carry_out(stage, plan)
    found = [each for each in checks(stage, "disk") if each.leftover.charging is Charging.YEARLY_MONTHLY]
    assert all(each.answer.state is LeftoverState.STILL_BILLING for each in found)
    for each in found:
        stage.close(each.leftover.resource_id)

    stage.clock.advance(60)
    other = Actor(user_id=UntrustedText("somebody else"))
    await collect_events(stage.resume(replace(stage.run_config(), actor=other)))
    unsure = [each.answer for each in checks(stage, "disk") if each.leftover in {one.leftover for one in found}]
    assert {each.state for each in unsure} == {LeftoverState.UNKNOWN}

    await collect_events(stage.resume())
    gone = [each.answer for each in checks(stage, "disk") if each.leftover in {one.leftover for one in found}]
    assert {each.state for each in gone} == {LeftoverState.GONE}
    later = read_runs(stage.state_dir, stage.account.account_id)[0]
    assert any(entry.tone is Tone.GOOD and "gone" in entry.text for entry in leftover_entries(later))


@pytest.mark.parametrize(
    ("kind", "denied"), [("disk", "evs:volumes:list"), ("eip", "vpc:publicIps:list"), ("vault", "cbr:vaults:list")]
)
async def test_what_cannot_be_read_any_more_is_not_known(stage: EngineStage, kind: str, denied: str) -> None:
    """The reason names the permission; the outcome is that of the run."""
    plan = await plan_of(stage, kind)
    stage.sandbox.auth_state.deny(denied)
    run = await carry_out(stage, plan)
    assert {each.answer.state for each in checks(stage, kind)} == {LeftoverState.UNKNOWN}
    assert f"not known: not allowed: {denied}" in text_of(run)
    assert "not known" in leftover_total(run)


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


async def test_without_answers_before_the_run_nothing_is_claimed(stage: EngineStage) -> None:
    """Neither that something stays nor that nothing does; the services are not asked."""
    server = next(each for each in stage.ids(300) if stage.resource(each).offer is offers.SERVER)
    run = await carry_out(stage, await stage.plan([server]))
    assert recorded(stage).stays_behind is None
    assert "the services were not asked before the run" in text_of(run)
    assert Tone.WARNING not in {entry.tone for entry in leftover_entries(run)}
