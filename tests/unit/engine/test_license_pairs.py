"""SQL Server databases and their licenses: two subscriptions with two orders, which one request unsubscribes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, new_stage, run_plan
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards, check_guards
from unsub_tui.domain.leftovers import LeftoverReason
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.run import Run
from unsub_tui.domain.unit_state import State
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.page import plain_text
from unsub_tui.present.pages.confirmation import confirmation_entries
from unsub_tui.present.pages.leftovers import leftover_entries
from unsub_tui.present.pages.resource import resource_page
from unsub_tui.present.pages.review import review_page
from unsub_tui.present.pages.run import run_page
from unsub_tui.present.problems import problem_details
from unsub_tui.sandbox import offers
from unsub_tui.sandbox.models import Resource, ResourceStatus


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """Return a stage whose account has a SQL Server database."""
    return new_stage(tmp_path / "state", databases=True)


def pair_of(stage: EngineStage) -> tuple[Resource, Resource]:
    """Return the database and its license."""
    listed = stage.sandbox.account.resources.list_all()
    license_ = next(each for each in listed if each.offer is offers.LICENSE)
    return stage.resource(license_.resource_id.removesuffix(".marketimage")), license_


def hide(stage: EngineStage, *resources: Resource) -> None:
    """Leave these resources, and only these, out of all listings."""
    estate = stage.sandbox.account.resources
    estate._hidden_ids = {each.resource_id for each in resources}  # noqa: SLF001 - no setting hides a row in use
    estate.clear_cache()


def warnings(plan: Plan) -> str:
    """Return the warnings of all items about licenses."""
    found = (each for item in plan.items for each in item.warnings)
    return facts_text(each for each in found if each.code.startswith("license"))


def reasons(plan: Plan) -> dict[str, BlockedReason]:
    """Return why resources are refused."""
    return {each.resource.id: each.reason for each in plan.refused}


async def carry_out(stage: EngineStage, plan: Plan) -> Run:
    """Carry out a plan, and return its record."""
    return (await run_plan(stage, plan)).run


@pytest.mark.parametrize("selected", [(0,), (1,), (1, 0)])
async def test_both_are_shown_requested_charged_and_recorded(stage: EngineStage, selected: Sequence[int]) -> None:
    """Whichever is selected: one item and one request name both, and the amounts are those of two orders."""
    database, license_ = pair = pair_of(stage)
    plan = await stage.plan([pair[each].resource_id for each in selected])
    assert [item.id for item in plan.items] == [database.resource_id]
    assert plan.count == 2
    assert not warnings(plan)
    named = f"its license, also unsubscribed: {license_.name} ({license_.resource_id})"
    assert named in plain_text(review_page(plan, (), (), plan.created))
    assert f"{database.name} + {named}." in [each.text for each in confirmation_entries(plan)]
    assert check_guards(plan, Guards(protected=(f"id:{license_.resource_id}",)))

    run = await carry_out(stage, plan)

    (unit,) = run.units
    assert [each.resource_ids for each in stage.sandbox.account.request_log] == [
        tuple(each.resource_id for each in pair)
    ]
    assert unit.state is State.SETTLED
    assert unit.exact is not None
    assert unit.refund_difference is not None
    assert abs(unit.refund_difference) < Decimal("1e-7")  # the service rounds to 8 places
    assert unit.followup is not None
    assert unit.followup.is_clean
    page = plain_text(run_page(run))
    assert license_.resource_id in page
    assert len(unit.order_ids) == 2
    assert f"orders {', '.join(unit.order_ids)}" in page


async def test_each_page_of_one_names_the_other(stage: EngineStage) -> None:
    """Before anything is selected."""
    database, license_ = pair_of(stage)
    catalog = await stage.list_catalog()
    for one, other in ((database, license_), (license_, database)):
        listed = catalog.get(one.resource_id)
        assert listed is not None
        page = plain_text(resource_page(listed, catalog, "", stage.clock.now()))
        assert f"Database and license, unsubscribed together: {other.name} ({other.resource_id})" in page


async def test_a_lost_answer_is_found_by_both_orders(stage: EngineStage) -> None:
    """Two orders that refund the two purchases can only be those of the request; nothing is sent again."""
    database, license_ = pair_of(stage)
    plan = await stage.plan([database.resource_id])
    stage.set_faults({"operation": "unsubscribe", "action": "drop_after"})

    (unit,) = (await carry_out(stage, plan)).units

    assert unit.state is State.SETTLED
    assert unit.refund_difference is not None
    assert abs(unit.refund_difference) < Decimal("1e-7")
    assert [stage.execution_count(each.resource_id) for each in (database, license_)] == [1, 1]


async def test_amounts_of_one_order_are_not_those_of_both(stage: EngineStage, tmp_path: Path) -> None:
    """Where the response names one order only, both are gone and the refund is unknown rather than too low."""
    database, license_ = pair_of(stage)
    twin = new_stage(tmp_path / "twin", databases=True)  # the same account, whose first order has the same id
    await carry_out(twin, await twin.plan([database.resource_id]))
    first = twin.sandbox.account.request_log[0].order_ids[0]
    plan = await stage.plan([database.resource_id])
    stage.set_faults({"operation": "unsubscribe", "action": "set_fields", "fields": {"order_ids": [first]}})

    run = await carry_out(stage, plan)

    (unit,) = run.units
    assert {database.status, license_.status} == {ResourceStatus.CLOSED}
    assert unit.state is State.SETTLED
    assert unit.exact is not None
    assert unit.exact.refund is None
    assert "do not name all its primary resources" in plain_text(run_page(run))


async def test_a_license_that_is_not_listed_is_a_warning_and_then_a_leftover(stage: EngineStage) -> None:
    """Only the database is requested: the review says what may keep billing, and the follow-up check finds it."""
    database, license_ = pair_of(stage)
    hide(stage, license_)
    plan = await stage.plan([database.resource_id])
    assert plan.count == 1
    assert f"{license_.resource_id} is not listed" in warnings(plan)
    assert f"{license_.resource_id} is not listed" in plain_text(review_page(plan, (), (), plan.created))
    assert any(f"{license_.resource_id} is not listed" in each.text for each in confirmation_entries(plan))

    def list_again(step: str) -> None:
        if step == "request done":
            hide(stage)

    run = (await run_plan(stage, plan, stage.run_config(step=list_again))).run

    (unit,) = run.units
    assert unit.state is State.SETTLED
    assert unit.followup is not None
    assert [(each.resource_id, each.reason) for each in unit.followup.leftovers] == [
        (license_.resource_id, LeftoverReason.LICENSE)
    ]
    assert f"the license of {database.name}, still exists: it keeps billing" in plain_text(leftover_entries(run))

    alone = await stage.plan([license_.resource_id])
    assert f"the license of database {database.resource_id}, which is not listed" in warnings(alone)
    assert [unit.state for unit in (await carry_out(stage, alone)).units] == [State.SETTLED]


async def test_a_license_that_is_listed_meanwhile_goes_back_to_review(stage: EngineStage) -> None:
    """What was confirmed was the database alone: nothing is sent."""
    database, license_ = pair_of(stage)
    hide(stage, license_)
    plan = await stage.plan([database.resource_id])
    hide(stage)

    (unit,) = (await carry_out(stage, plan)).units

    assert unit.state is State.SKIPPED
    assert unit.problem is not None
    assert f"its license {license_.resource_id} is listed" in problem_details(unit.problem)
    assert not stage.request_count


async def test_a_database_of_another_engine_has_no_warning(stage: EngineStage) -> None:
    """MySQL and PostgreSQL have no license, and are read once more than others for nothing but that."""
    estate = stage.sandbox.account.resources.list_all()
    other = next(each for each in estate if each.offer is offers.DATABASE and each.status == ResourceStatus.IN_USE)
    plan = await stage.plan([other.resource_id])
    assert not warnings(plan)
    assert [unit.state for unit in (await carry_out(stage, plan)).units] == [State.SETTLED]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ResourceStatus.EXPIRED, BlockedReason.EXPIRED),
        (ResourceStatus.FREEZING, BlockedReason.STATUS_CHANGING),
        (ResourceStatus.CLOSING, BlockedReason.STATUS_CHANGING),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
async def test_one_that_cannot_be_unsubscribed_keeps_the_other(
    stage: EngineStage, status: ResourceStatus, reason: BlockedReason, which: int
) -> None:
    """Both are refused, each with its reason."""
    pair = pair_of(stage)
    pair[which].status = status
    stage.sandbox.account.resources.clear_cache()
    for each in pair:
        plan = await stage.draft([each.resource_id])
        assert not plan.items
        assert reasons(plan) == {
            pair[which].resource_id: reason,
            pair[1 - which].resource_id: BlockedReason.WHOLE_ONLY,
        }


async def test_a_closed_one_is_no_part_of_the_pair(stage: EngineStage) -> None:
    """The database goes without a warning, and a license whose database is closed goes with one."""
    database, license_ = pair_of(stage)
    license_.status = ResourceStatus.CLOSED
    stage.sandbox.account.resources.clear_cache()
    plan = await stage.plan([database.resource_id])
    assert (plan.count, warnings(plan)) == (1, "")
    assert [unit.state for unit in (await carry_out(stage, plan)).units] == [State.SETTLED]

    license_.status = ResourceStatus.IN_USE
    stage.sandbox.account.resources.clear_cache()
    plan = await stage.draft([license_.resource_id])
    assert plan.count == 1
    assert "the database may still need it" in warnings(plan)


async def test_a_pair_on_two_tabs_in_two_projects(stage: EngineStage) -> None:
    """A frozen license that has not begun, in another project, goes with its database."""
    database, license_ = pair = pair_of(stage)
    license_.project_index = database.project_index + 1
    license_.status = ResourceStatus.FROZEN
    license_.effective = int((stage.clock.now() + timedelta(days=3)).timestamp())
    stage.sandbox.account.resources.clear_cache()
    for each in pair:
        plan = await stage.draft([each.resource_id])
        assert {one.id for one in plan.items[0].primary} == {one.resource_id for one in pair}
    assert [unit.state for unit in (await carry_out(stage, plan)).units] == [State.SETTLED]
    assert database.status is ResourceStatus.CLOSED


async def test_other_actions_leave_the_license_and_say_so(stage: EngineStage) -> None:
    """A reversible change and an estimate are of one subscription each."""
    database, license_ = pair_of(stage)
    for each in (database, license_):
        each.policy = 3
    stage.sandbox.account.resources.clear_cache()
    plan = await stage.draft([database.resource_id], action=Action.AUTO_RENEW_OFF)
    assert plan.count == 1
    named = f"its license {license_.resource_id} is a subscription of its own and is not included"
    assert named in plain_text(review_page(plan, (), (), plan.created))
    assert any(named in each.text for each in confirmation_entries(plan))


async def test_a_bundle_brings_the_license_of_its_member(stage: EngineStage) -> None:
    """The license is selected before the bundle: it is no item of its own."""
    database, license_ = pair_of(stage)
    other = stage.ids(1)[0]
    bundle = [other, database.resource_id]
    plan = await stage.draft([license_.resource_id, *bundle], bundles=[bundle])
    assert len(plan.items) == 1
    assert {each.id for each in plan.items[0].primary} == {*bundle, license_.resource_id}
