"""After a unit is settled: one look at what is left of it, on the record, and again by whoever settles later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.support.engine_stage import EngineStage, collect_events, run_plan
from tests.support.run_steps import OnStep
from unsub_tui.domain.leftovers import LeftoverReason
from unsub_tui.domain.run import Run
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.present.page import Tone, plain_text
from unsub_tui.present.pages.leftovers import leftover_entries
from unsub_tui.present.pages.run import run_page


def leave_attached(stage: EngineStage, *, leaves: bool) -> None:
    """Let the vendor keep, or not, what is attached."""
    stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, leaves_attached=leaves)


def server(stage: EngineStage) -> list[str]:
    """Return the id of a server with disks."""
    found = map(stage.resource, stage.ids(200))
    return [each.resource_id for each in found if each.offer.service.code.endswith("ec2") and each.attached][:1]


def latest_run(stage: EngineStage) -> Run:
    """Return the newest run on the record."""
    return read_runs(stage.state_dir, stage.account.account_id)[0]


def line_tones(run: Run) -> list[Tone]:
    """Return how each line about what is left sounds."""
    return [entry.tone for entry in leftover_entries(run)]


async def test_what_is_gone_is_said_to_be_gone_and_what_cannot_be_seen_is_named(stage: EngineStage) -> None:
    """A server with its disks: nothing is left; a recycle bin and late bills are beyond this interface."""
    plan = await stage.plan(server(stage))
    assert plan.items[0].attached

    run = (await run_plan(stage, plan)).run

    assert run.units[0].followup is not None
    assert run.units[0].followup.is_clean
    words = " ".join(entry.text for entry in leftover_entries(run))
    assert "no longer subscribed" in words
    assert "recycle bin" in words
    assert "bills of this month arrive late" in words


async def test_an_attached_disk_that_stays_is_listed_with_what_to_do(stage: EngineStage) -> None:
    """It is settled all the same; the record has each thing that is left, and the page says what to do."""
    leave_attached(stage, leaves=True)
    plan = await stage.plan(server(stage))

    await run_plan(stage, plan)

    run = latest_run(stage)
    (unit,) = run.units
    assert unit.state is State.SETTLED
    assert unit.followup is not None
    stayed = [each for each in unit.followup.leftovers if each.reason is LeftoverReason.ATTACHED]
    assert {each.resource_id for each in stayed} == set(unit.attached_ids)
    page = plain_text(run_page(run))
    assert "should have been unsubscribed with" in page
    assert "unsubscribe from it individually" in page
    assert all(each.resource_id in page for each in stayed)
    assert Tone.WARNING in line_tones(run)


async def test_what_was_left_is_looked_at_again_until_it_is_gone(stage: EngineStage) -> None:
    """Settling later records the new look, once; a third time nothing is left to look at."""
    leave_attached(stage, leaves=True)
    (unit,) = (await run_plan(stage, await stage.plan(server(stage)))).run.units
    before = unit.changed
    for each in unit.attached_ids:
        stage.close(each)

    stage.clock.advance(60)
    events, ended = await collect_events(stage.resume())

    assert [each.resource_id for each in ended.run.units] == [unit.resource_id]
    (later,) = latest_run(stage).units
    assert later.followup is not None
    assert later.followup.is_clean
    assert later.changed == before  # the moment in which it was settled
    _, third = await collect_events(stage.resume())
    assert not third.run.units
    assert stage.request_count == 1
    assert len(events) > 1


async def test_what_was_bought_with_it_is_named_but_no_trouble(stage: EngineStage) -> None:
    """One of several resources of an order: the others bill on, which may be what was wanted."""
    first, second = stage.siblings()
    plan = await stage.plan([first])

    (unit,) = (await run_plan(stage, plan)).run.units

    assert unit.followup is not None
    left = {each.resource_id: each.reason for each in unit.followup.leftovers}
    assert left[second] is LeftoverReason.SAME_ORDER
    assert unit.followup.is_clean
    assert Tone.WARNING not in line_tones(latest_run(stage))


def before_followup(act: Callable[[], None]) -> OnStep:
    """Return a step at which something happens just before the first look after a unit is settled."""
    seen: set[str] = set()

    def step(name: str) -> None:
        if name == "read resource begins" and "commit settled done" in seen:
            act()
        seen.add(name)

    return step


async def test_one_look_for_all_of_a_run(stage: EngineStage) -> None:
    """Sixty units with what is attached are asked for in lots of fifty ids, and each purchase order once."""
    plan = await stage.plan(stage.ids(60))
    steps: list[str] = []

    run = (await run_plan(stage, plan, stage.run_config(step=steps.append))).run

    settled = [unit for unit in run.units if unit.state is State.SETTLED]
    assert len(settled) == len(plan.items)
    assert all(unit.followup is not None for unit in settled)
    assert steps.count("read purchase begins") <= 60


async def test_a_look_that_fails_is_no_failure_of_the_run(stage: EngineStage) -> None:
    """What could not be looked at is said, and settling later looks."""
    plan = await stage.plan(server(stage))
    looked = False

    def fail() -> None:
        nonlocal looked
        looked = True
        stage.set_faults({"operation": "query_resources", "action": "error", "status": 500})

    ended = await run_plan(stage, plan, stage.run_config(step=before_followup(fail)))

    assert looked
    assert ended.problem is None
    assert ended.run.units[0].followup is None
    assert "was not checked" in leftover_entries(ended.run)[0].text
    stage.set_faults()
    await collect_events(stage.resume())
    (later,) = latest_run(stage).units
    assert later.followup is not None


async def test_a_list_that_hides_the_witness_proves_nothing(stage: EngineStage) -> None:
    """Absence counts only beside a resource that is known to be in use (S11)."""
    plan = await stage.plan(server(stage))
    assert plan.sentinel_id

    step = before_followup(lambda: stage.close(plan.sentinel_id))
    run = (await run_plan(stage, plan, stage.run_config(step=step))).run

    assert run.units[0].followup is not None
    assert not run.units[0].followup.is_clean
    assert "known to be in use" in leftover_entries(run)[0].text


async def test_a_failure_of_another_resource_is_kept_on_the_record(stage: EngineStage) -> None:
    """An order, and an attached resource, not requested, that failed: the record and the page name it."""
    stage.sandbox.account.behavior = replace(
        stage.sandbox.account.behavior, names_attached_failure=True, leaves_attached=True
    )
    plan = await stage.plan(server(stage))
    named = stage.resource(plan.items[0].id).attached[0].resource_id

    await run_plan(stage, plan)

    run = latest_run(stage)
    (unit,) = run.units
    assert unit.state is State.SETTLED
    assert [note.code for note in unit.notes] == ["other_resource_failed"]
    page = " ".join(plain_text(run_page(run)).split())
    assert f"{named}, which was not requested, failed" in page
    assert "[CBC.99003651]. Check in the console whether it still exists and keeps billing." in page
