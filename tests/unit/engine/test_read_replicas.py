"""Read replicas of databases: named where they may belong to an item, and looked for when it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, new_stage, run_plan
from unsub_tui.domain.databases import MAX_REPLICAS, find_replicas, is_read_replica
from unsub_tui.domain.leftovers import LeftoverReason
from unsub_tui.domain.resource import RDS_SERVICE, Catalog
from unsub_tui.domain.resource import Resource as Listed
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.page import plain_text
from unsub_tui.present.pages.confirmation import confirmation_entries
from unsub_tui.present.pages.leftovers import leftover_count, leftover_entries
from unsub_tui.present.pages.review import review_page
from unsub_tui.sandbox import Behavior, offers
from unsub_tui.sandbox.models import Resource


def replicated(stage: EngineStage) -> tuple[Resource, Resource]:
    """Return a database and its read replica."""
    listed = stage.sandbox.account.resources.list_all()
    replica = next(each for each in listed if each.offer is offers.READ_REPLICA)
    return next(each for each in listed if each.name == replica.name.removesuffix("-read")), replica


def listed_database(name: str, spec: str = "rds.mysql.n1.large.2.ha", **values: object) -> Listed:
    """Return a database, whose id is its name."""
    texts = {
        "resource_id": name,
        "resource_name": name,
        "service_type_code": RDS_SERVICE,
        "resource_spec_code": spec,
        "region_code": "here",
        **values,
    }
    return Listed(**{key: UntrustedText(value) if isinstance(value, str) else value for key, value in texts.items()})  # type: ignore[arg-type]


def replicas_of(database: Listed, *others: Listed) -> list[str]:
    """Return the names of the replicas that a database may have."""
    catalog = Catalog()
    catalog.add_page([database, *others])
    return [each.id for each in find_replicas([database], catalog).get(database.id, ())]


RR = "rds.mysql.n1.large.2.rr"


def test_replicas_are_known_by_specification_and_place_and_sorted_by_name() -> None:
    """Of another engine, place or database: not one of its own. A part of a replica is no replica."""
    shop = listed_database("shop")
    others = [
        listed_database("reports", RR),
        listed_database("shop-read", RR),
        listed_database("shop-pg", "rds.pg.n1.large.2.rr"),
        listed_database("shop-there", RR, region_code="there"),
        listed_database("stock-read", RR),
        listed_database("shop-closed", RR, status=3),
        listed_database("shop-volume", RR, is_main_resource=False, parent_resource_id="shop-read"),
        listed_database("standby"),
        listed_database("unknown", "", product_spec_desc="MySQL | \u53ea\u8bfb"),
        listed_database("stock"),
    ]
    assert replicas_of(shop, *others) == ["shop-read", "reports", "unknown"]
    assert replicas_of(listed_database("stock"), shop, *others) == ["stock-read", "reports", "unknown"]
    assert not replicas_of(listed_database("own", RR), *others)
    assert len(replicas_of(shop, *(listed_database(f"r{each}", RR) for each in range(99)))) == MAX_REPLICAS


@pytest.mark.parametrize("goes", [False, True])
async def test_a_replica_is_named_before_and_missed_or_found_afterwards(tmp_path: Path, goes: bool) -> None:  # noqa: FBT001
    """It is no part of the plan, not counted and not requested; if it stays, it may keep billing."""
    stage = new_stage(tmp_path / "state", databases=True, behavior=Behavior(unsubscribes_replicas=goes))
    database, replica = replicated(stage)
    plan = await stage.plan([database.resource_id])
    assert plan.count == 1
    assert plan.items[0].replicas[0].id == replica.resource_id
    assert "read replicas are unsubscribed with their database" in facts_text(plan.items[0].kind_notes)
    named = f"may be its read replica, not in this plan: {replica.name} ({replica.resource_id})"
    assert named in plain_text(review_page(plan, (), (), plan.created))
    assert any("read replicas are unsubscribed with their database" in each.text for each in confirmation_entries(plan))
    assert not is_read_replica((await stage.list_catalog()).get(plan.sentinel_id) or listed_database("x", RR))

    run = (await run_plan(stage, plan)).run

    (unit,) = run.units
    assert unit.state is State.SETTLED
    assert unit.followup is not None
    reasons = {each.resource_id: each.reason for each in unit.followup.leftovers}
    assert reasons.get(replica.resource_id) is (None if goes else LeftoverReason.REPLICA)
    text = plain_text(leftover_entries(run))
    assert (f"may be a read replica of {database.name} and is still listed: it may keep billing" in text) is not goes
    assert leftover_count(run) == 0


async def test_a_replica_in_the_same_plan_is_an_item_and_no_leftover(tmp_path: Path) -> None:
    """Each is unsubscribed by its own request, the replica first or last."""
    stage = new_stage(tmp_path / "state", databases=True)
    database, replica = replicated(stage)
    plan = await stage.plan([database.resource_id, replica.resource_id])
    assert f"not in this plan: {replica.name}" not in plain_text(review_page(plan, (), (), plan.created))
    without = review_page(plan, {replica.resource_id}, (), plan.created)
    assert f"not in this plan: {replica.name}" in plain_text(without)

    run = (await run_plan(stage, plan)).run

    assert [unit.state for unit in run.units] == [State.SETTLED] * 2
    for unit in run.units:
        assert unit.followup is not None
        assert replica.resource_id not in {each.resource_id for each in unit.followup.leftovers}


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("intl", "read replicas are unsubscribed with their database (2023-11-27), but the page of another site says"),
        ("cn", "each keeps billing until you unsubscribe from it as well (2020-12-31)"),
        ("eu", "each may keep billing: no page of this site says"),
    ],
)
async def test_each_site_has_its_own_warning(tmp_path: Path, site: str, words: str) -> None:
    """Also for databases for which no replica is listed; a replica itself has none."""
    stage = new_stage(tmp_path / "state", databases=True)
    _, replica = replicated(stage)
    catalog = await stage.list_catalog()
    context = DraftContext(
        account=stage.account, catalog=catalog, rules=load_rules(site), guards=stage.guards, now=stage.clock.now()
    )
    for each in stage.sandbox.account.resources.list_all():
        if each.offer in {offers.DATABASE, offers.SQL_SERVER, offers.REPLICATED_DATABASE}:
            for item in draft_plan(context, [each.resource_id]).items:
                warning = facts_text(item.kind_notes)
                assert words in warning
    (item,) = draft_plan(context, [replica.resource_id]).items
    assert not item.warnings + item.kind_notes
