"""Runs with guards on what the services say: read again right before each request, by the run itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, confirm_all, new_stage, run_plan
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.plan_findings import PlanFindings
from unsub_tui.domain.inventory_guards import refuse_violations
from unsub_tui.domain.plan import Plan, Risk
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.engine.run.executor import start_run
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox import offers

STOPPED_ONLY = Guards(refuse_running=True)
BACKED_UP = Guards(require_backup=3650)
PROD = Guards(protected=("tag:env=prod",))


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """An account with servers in many states."""
    return new_stage(tmp_path / "state", resources=300)


async def read_plan(stage: EngineStage, ids: list[str]) -> Plan:
    """Return a plan with what the services say about its resources."""
    plan, catalog = await stage.plan(ids), await stage.list_catalog()
    inventory = Inventory(catalog, now=stage.clock.now())
    async with stage.connection().inventory_clients() as clients:
        async for step in read_selected(clients, plan.resources):
            inventory.replace_place(step.lists)
    findings = {each.id: inventory.findings_of(each) for each in plan.resources}
    return replace(plan, findings=PlanFindings(now=stage.clock.now(), by_id=findings))


def servers(stage: EngineStage) -> list[str]:
    """Return the ids of servers."""
    return [each for each in stage.ids(300) if stage.resource(each).offer is offers.SERVER]


async def by_state(stage: EngineStage, status: str, count: int = 1) -> list[str]:
    """Return ids of servers with this status."""
    plan = await read_plan(stage, servers(stage))
    assert plan.findings is not None
    states = {each.id: plan.findings.of(each.resource).run_state for each in plan.items}
    found = [key for key, each in states.items() if each is not None and each.value and each.value.status == status]
    assert len(found) >= count
    return found[:count]


def becoming(guards: Guards) -> Callable[[], Guards]:
    """Return guards that are in force once the run has begun."""
    kept: Iterator[Guards] = iter([Guards()])
    return lambda: next(kept, guards)


async def carry_out(stage: EngineStage, plan: Plan, guards: Guards) -> Run:
    """Run a plan under guards that its start does not see."""
    config = replace(stage.run_config(), get_guards=becoming(guards))
    return (await run_plan(stage, plan, config)).run


def told(run: Run, index: int = 0) -> str:
    """Return what a unit says about its end."""
    problem = run.units[index].problem
    return "" if problem is None else problem_details(problem)


async def test_a_server_that_runs_is_refused_right_before_its_request(stage: EngineStage) -> None:
    """The stopped one of the same run is unsubscribed from; the run goes on."""
    (running,), (stopped,) = await by_state(stage, "ACTIVE"), await by_state(stage, "SHUTOFF")
    run = await carry_out(stage, await read_plan(stage, [running, stopped]), STOPPED_ONLY)
    states = {each.resource_id: each.state for each in run.units}
    assert states == {running: State.SKIPPED, stopped: State.SETTLED}
    index = [each.resource_id for each in run.units].index(running)
    assert f"{running} is not stopped, its status is ACTIVE" in told(run, index)
    problem = run.units[index].problem
    assert problem is not None
    assert problem.kind is ProblemKind.GUARD
    assert [stage.execution_count(running), stage.execution_count(stopped)] == [0, 1]


async def test_what_cannot_be_read_any_more_is_refused(stage: EngineStage) -> None:
    """The review read it; right before the request the permission is gone. The reason names it."""
    (stopped,) = await by_state(stage, "SHUTOFF")
    plan = await read_plan(stage, [stopped])
    stage.sandbox.auth_state.deny("ecs:cloudServers:list")
    stage.guards = STOPPED_ONLY
    run = (await run_plan(stage, plan)).run
    assert run.units[0].state is State.SKIPPED
    assert f"it is not known whether {stopped} is stopped" in told(run)
    assert "ecs:cloudServers:list" in told(run)
    assert not stage.request_count


async def test_a_service_that_answers_garbage_refuses_the_item_and_ends_no_run(stage: EngineStage) -> None:
    """The other service of the run is not touched by it."""
    (stopped,) = await by_state(stage, "SHUTOFF")
    disk = next(each for each in stage.ids(300) if stage.resource(each).offer is offers.DISK)
    plan = await read_plan(stage, [stopped, disk])
    stage.set_faults({"operation": "list_servers_details", "action": "garbage"})
    stage.guards = STOPPED_ONLY
    run = (await run_plan(stage, plan)).run
    assert {each.resource_id: each.state for each in run.units} == {stopped: State.SKIPPED, disk: State.SETTLED}


async def test_tags_protect_right_before_the_request(stage: EngineStage) -> None:
    """Those of the server or of anything attached to it; the others are unsubscribed from."""
    plan = await read_plan(stage, servers(stage)[:8])
    assert plan.findings is not None
    found = plan.findings
    tagged = {
        item.id
        for item in plan.items
        if any(
            key.raw == "env" and value.raw.lower() == "prod"
            for each in item.resources
            for key, value in ((found.of(each).tags and found.of(each).tags.value) or {}).items()  # type: ignore[union-attr]
        )
    }
    assert tagged
    assert len(tagged) < len(plan.items)
    run = await carry_out(stage, plan, PROD)
    assert {each.resource_id for each in run.units if each.state is State.SKIPPED} == tagged
    assert {each.resource_id for each in run.units if each.state is State.SETTLED} == {
        item.id for item in plan.items
    } - tagged


async def test_exactly_the_accepted_items_go_without_a_backup(stage: EngineStage) -> None:
    """The record names them; without that, they are refused right before their requests, and only they."""
    plan = await read_plan(stage, servers(stage)[:10])
    noted = refuse_violations(plan, BACKED_UP)
    lacking = {each.id for each in noted.items if each.missing_backup_days}
    assert lacking
    assert len(lacking) < len(plan.items)
    run = await carry_out(stage, plan, BACKED_UP)
    assert {each.resource_id for each in run.units if each.state is State.SKIPPED} == lacking
    assert all("has no usable backup" in told(run, each.index) for each in run.units if each.resource_id in lacking)

    stage.guards = BACKED_UP
    rest = await read_plan(stage, sorted(lacking))
    with pytest.raises(UnsubError):
        start_run(rest, confirm_all(rest), stage.run_config())
    accepted = refuse_violations(rest, BACKED_UP)
    unread = replace(confirm_all(accepted), acknowledged=frozenset(accepted.risks) - {Risk.NO_BACKUP})
    with pytest.raises(UnsubError):
        start_run(accepted, unread, stage.run_config())
    done = (await run_plan(stage, accepted)).run
    assert State.SKIPPED not in {each.state for each in done.units}


@pytest.mark.parametrize("guards", [STOPPED_ONLY, PROD, BACKED_UP])
async def test_a_run_without_findings_does_not_begin(stage: EngineStage, guards: Guards) -> None:
    """Whoever starts it: screen, command, or a mistake of ours."""
    plan = await stage.plan(servers(stage)[:1])
    stage.guards = guards
    with pytest.raises(UnsubError) as caught:
        start_run(plan, confirm_all(plan), stage.run_config())
    assert "were not read yet" in problem_details(caught.value.problem)
    assert not stage.request_count


async def test_without_such_a_guard_nothing_depends_on_the_services(stage: EngineStage) -> None:
    """A run is as before, although no service of its resources answers."""
    plan = await stage.plan(servers(stage)[:1])
    stage.sandbox.auth_state.deny("ecs:cloudServers:list")
    assert (await run_plan(stage, plan)).run.units[0].state is State.SETTLED
