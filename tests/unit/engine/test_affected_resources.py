"""The set of resources that a plan affects: what is shown, guarded, counted in the phrase and deleted is one set."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engine_stage import EngineStage, new_stage, run_plan
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards, check_guards
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.resource import Resource as Listed
from unsub_tui.domain.unit_state import State
from unsub_tui.present.export.rows import QUOTE
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import plural
from unsub_tui.present.labels import button_label
from unsub_tui.present.pages.confirmation import affected_entries, confirmation_entries, risk_text
from unsub_tui.present.pages.review import review_page
from unsub_tui.present.pages.review_table import ReviewTable
from unsub_tui.present.pages.run import planned_units
from unsub_tui.present.pages.run_table import RunTable
from unsub_tui.present.plan_resources import resources_text
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.models import Condition, ResourceStatus


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """Return a stage with 200 resources."""
    return new_stage(tmp_path)


def make_chain(stage: EngineStage, resource_id: str) -> None:
    """Let each attached resource name the one before it as its parent."""
    attached = stage.resource(resource_id).attached
    for parent, child in pairwise(attached):
        child.parent = parent
    stage.sandbox.account.resources.clear_cache()


def bundle_of(stage: EngineStage) -> list[str]:
    """Return the primary resources of a bundle."""
    estate = stage.sandbox.account.resources
    member = next(one for one in estate.list_all() if one.condition is Condition.SOLUTION)
    return [one.resource_id for one in estate.in_purchase(member.purchase_number) if one.parent is None]


def shown_ids(plan: Plan) -> set[str]:
    """Return the ids of the plan's stable form, each of which the review has to show."""
    rows = QUOTE.rows(plan.items)
    ids = {item.id for item in plan.items} | {
        str(each) for row in rows for each in _iter_strings(row["attached_resource_ids"])
    }
    review = "\n".join(entry.text for entry in review_page(plan, (), (), plan.created))
    assert all(each in review for each in ids)
    return ids


def _iter_strings(value: object) -> Sequence[object]:
    assert isinstance(value, Sequence)
    return value


def closed_ids(stage: EngineStage) -> set[str]:
    """Return what the service has deleted."""
    return {
        one.resource_id for one in stage.sandbox.account.resources.list_all() if one.status is ResourceStatus.CLOSED
    }


def check_words(plan: Plan) -> None:
    """Compare what title, summary, rows, button and the list of everything say with the plan's resources."""
    table = ReviewTable(plan=plan, now=plan.created)
    counted = plural("{n} resource", "{n} resources", plan.count)
    assert f"unsubscribe from {counted} " in table.title
    assert button_label(plan.action, plan.count).endswith(counted)
    (deleted,) = (entry.text for entry in table.summary() if "permanently deleted" in entry.text)
    kinds = deleted.split("deleted: ")[1].split(";")[0].split(" · ")[0].split("  [")[0]
    assert sum(int(number) for number in re.findall(r"(?:^|, )(\d+) ", kinds)) == plan.count
    assert [row.item for row in table.rows() if row.item is not None and row.item not in plan.items] == []
    assert sum(row.item is not None for row in table.rows()) == len(plan.items)
    assert len(affected_entries(plan)) == plan.count
    dropped = plan.items[0].id
    rest = ReviewTable(plan=plan, excluded=frozenset({dropped}), now=plan.created)
    assert len(rest.rows()) == len(table.rows())
    assert rest.kept.count == plan.without(frozenset({dropped})).count


async def check_affected_set(stage: EngineStage, plan: Plan) -> None:
    """Compare what is shown, counted and guarded with what the service deletes."""
    affected = {each.id for each in plan.resources}
    assert shown_ids(plan) == affected
    check_words(plan)
    assert plan.count == len(affected)
    assert not check_guards(plan, Guards(max_items=plan.count))
    assert check_guards(plan, Guards(max_items=plan.count - 1))
    assert check_guards(plan, Guards(max_share=Decimal(plan.count * 100 - 1) / plan.account_resource_count))
    assert all(check_guards(plan, Guards(protected=(f"id:{each}",))) for each in affected)
    if plan.count > 1:
        assert plan.phrase == f"stage {plan.count}"
        assert f"all {plan.count} resources" in risk_text(plan.risks[0], plan)
    ended = await run_plan(stage, plan)
    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * len(plan.items)
    assert closed_ids(stage) == affected
    recorded = {each for unit in ended.run.units for each in (unit.resource_id, *unit.attached_ids)}
    assert recorded == affected
    kinds = re.sub(r" \([0-9.]+ [GT]B\)", "", resources_text(plan))
    for units in (planned_units(plan, "run", plan.created), ended.run.units):
        assert RunTable(units).title.endswith(f": {kinds}")


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_shown_guarded_counted_and_deleted_are_one_set(data: st.DataObject) -> None:
    """Whatever is selected, in whatever chains, hidden or shown, beside protected resources."""
    with TemporaryDirectory() as directory:
        stage = new_stage(Path(directory), seed=data.draw(st.integers(0, 3)))
        known = stage.ids(40)
        ids = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
        for each in data.draw(st.sets(st.sampled_from(ids))):
            make_chain(stage, each)
        protected = data.draw(st.sets(st.sampled_from(known), max_size=2))
        parts = [one.resource_id for each in protected for one in stage.resource(each).attached[-1:]] or protected
        stage.guards = Guards(protected=tuple(f"id:{each}" for each in parts))
        hidden = data.draw(st.sets(st.sampled_from(ids)))

        plan = asyncio.run(stage.draft(ids, hidden=tuple(hidden)))

        refused = {each.resource.id for each in plan.refused if each.reason is BlockedReason.PROTECTED}
        assert {item.id for item in plan.items} | refused == set(ids)
        if plan.items:
            asyncio.run(check_affected_set(stage, plan))


async def test_a_bundle_counts_with_all_its_members(stage: EngineStage) -> None:
    """Two servers with a disk each are four resources, named, guarded, counted and deleted as such."""
    bundle = bundle_of(stage)
    plan = await stage.draft(bundle, bundles=[bundle])
    assert (len(plan.items), plan.count) == (1, 4)
    names = [stage.resource(each).name for each in bundle]
    texts = [each.text for each in confirmation_entries(plan)]
    assert f"Bundle, in one request: {', '.join(names)}." in texts
    await check_affected_set(stage, plan)


async def test_a_database_goes_with_its_license(stage: EngineStage) -> None:
    """Whichever of the two is selected, one request names both, and both are counted."""
    database, license_ = (stage.resource(each) for each in stage.siblings())
    estate = stage.sandbox.account.resources
    license_.resource_id = f"{database.resource_id}.marketimage"
    estate._by_id[license_.resource_id] = license_  # noqa: SLF001 - the sandbox sells no such pair
    estate.clear_cache()
    for asked in ([database.resource_id], [license_.resource_id], [license_.resource_id, database.resource_id]):
        plan = await stage.draft(asked)
        assert [item.id for item in plan.items] == [database.resource_id]
        assert license_.resource_id in {each.id for each in plan.resources}
    await check_affected_set(stage, plan)


async def test_a_bundle_with_a_protected_member_is_refused_as_a_whole(stage: EngineStage) -> None:
    """The other member says why, too: it does not vanish from the plan without a word."""
    first, second = bundle_of(stage)
    stage.guards = Guards(protected=(f"id:{second}",))
    plan = await stage.draft([first, second], bundles=[[first, second]])
    assert not plan.items
    reasons = {each.resource.id: (each.reason, facts_text(each.facts)) for each in plan.refused}
    assert reasons[second][0] is BlockedReason.PROTECTED
    assert reasons[first] == (BlockedReason.WHOLE_ONLY, f"{second} cannot be unsubscribed from")


async def test_a_chain_that_changed_goes_back_to_review(stage: EngineStage) -> None:
    """Another parent than the confirmed one, even of the same set: nothing is sent, and the reason names both."""
    (server,) = stage.ids(1)
    plan = await stage.draft([server])
    make_chain(stage, server)
    ended = await run_plan(stage, plan)
    (unit,) = ended.run.units
    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    assert unit.problem.kind is ProblemKind.DRIFT
    assert f"{stage.resource(server).attached[0].resource_id}/" in problem_details(unit.problem)
    assert not stage.request_count


@pytest.mark.parametrize("narrows", [False, True])
async def test_what_was_attached_since_goes_back_to_review(tmp_path: Path, *, narrows: bool) -> None:
    """A disk that somebody attached after the review is seen, however the service lists named resources."""
    stage = new_stage(tmp_path, behavior=Behavior(attached_id_narrows=narrows))
    server, other = stage.ids(2)
    plan = await stage.draft([server])
    *kept, moved = stage.resource(other).attached
    stage.resource(other).attached = tuple(kept)
    stage.resource(server).attached += (moved,)
    moved.parent = stage.resource(server)
    stage.sandbox.account.resources.clear_cache()
    ended = await run_plan(stage, plan)
    assert ended.run.units[0].state is State.SKIPPED
    assert moved.resource_id in problem_details(ended.run.units[0].problem)  # type: ignore[arg-type]
    assert not stage.request_count


async def test_a_chain_is_found_whole_where_named_resources_narrow_the_list(tmp_path: Path) -> None:
    """What the first read leaves out is asked for by id, and the item goes."""
    stage = new_stage(tmp_path, behavior=Behavior(attached_id_narrows=True))
    (server,) = stage.ids(1)
    make_chain(stage, server)
    first, *_ = stage.resource(server).attached
    stage.resource(server).attached = (first,)  # this service lists one level only
    plan = await stage.draft([server])
    ended = await run_plan(stage, plan)
    assert plan.count > 2
    assert ended.run.units[0].state is State.SETTLED


async def test_more_licenses_than_a_request_names_are_refused(stage: EngineStage) -> None:
    """A bundle of more than ten primary resources has no request: each says so."""
    ids = stage.ids(11)
    plan = await stage.draft(ids, bundles=[ids])
    assert not plan.items
    assert {each.reason for each in plan.refused} == {BlockedReason.WHOLE_ONLY}
    assert len(plan.refused) == 11


async def test_what_is_attached_to_something_else_goes_back_to_review(stage: EngineStage) -> None:
    """A resource that the service lists with the item, attached to one that was not reviewed: nothing is sent."""
    server, other = stage.ids(2)
    plan = await stage.draft([server])
    *_, last = stage.resource(server).attached
    last.parent = stage.resource(other)
    stage.sandbox.account.resources.clear_cache()
    ended = await run_plan(stage, plan)
    assert ended.run.units[0].state is State.SKIPPED
    assert f"attached to {other}" in problem_details(ended.run.units[0].problem)  # type: ignore[arg-type]
    assert not stage.request_count


def direct_attachments(self: Catalog, resource: Listed) -> list[Listed]:
    """Look one level deep."""
    return [each for each in self.resources if each.parent_resource_id.raw == resource.id]


async def test_a_look_one_level_deep_is_noticed(stage: EngineStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above fails where chains are not followed."""
    server = next(each for each in stage.ids(9) if len(stage.resource(each).attached) > 1)
    make_chain(stage, server)
    monkeypatch.setattr(Catalog, "attached_to", direct_attachments)
    with pytest.raises(AssertionError):
        await check_affected_set(stage, await stage.draft([server]))


async def test_a_bundle_is_settled_only_when_all_its_members_are_gone(stage: EngineStage) -> None:
    """The order is complete, the first server is closed, the second is listed as in use: that is no success."""
    first, second = bundle_of(stage)
    plan = await stage.draft([first, second], bundles=[[first, second]])
    stage.set_faults(
        {
            "operation": "query_resources",
            "action": "set_fields",
            "fields": {"status": 2},
            "only": second,
            "calls": "every",
        }
    )
    ended = await run_plan(stage, plan)
    assert ended.run.units[0].state is State.ACCEPTED
    assert stage.resource(second).status is ResourceStatus.CLOSED
