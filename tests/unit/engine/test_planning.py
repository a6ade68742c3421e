"""Plans of any account and any selection: what is in them, and in how many places."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import by_effort
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import Guards, check_guards
from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST, Plan
from unsub_tui.domain.resource import LICENSE_SUFFIX, Catalog, Resource, Status
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.journal.codec import ItemDocument

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
IDS = [*"abcdef", *(f"{each}{LICENSE_SUFFIX}" for each in "abc"), f"a{LICENSE_SUFFIX}{LICENSE_SUFFIX}"]
RESOURCES = st.builds(
    Resource,
    resource_id=st.sampled_from(IDS).map(UntrustedText),
    resource_name=st.sampled_from(["", "web", "web-volume-0000", "db"]).map(UntrustedText),
    service_type_code=st.sampled_from(
        ["hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds", "hws.service.type.dcs"]
    ).map(UntrustedText),
    resource_spec_code=st.sampled_from(["", "rds.mssql.se.large", "rds.mysql.large.rr"]).map(UntrustedText),
    parent_resource_id=st.sampled_from(["", *IDS]).map(UntrustedText),
    is_main_resource=st.booleans(),
    status=st.sampled_from([2, 2, 2, 3, 4, 5, 8]),
    effective_time=st.sampled_from([None, NOW - timedelta(days=40), NOW + timedelta(days=4)]),
)
"""Rows that contradict each other, licenses of licenses, attached resources of anything, in a cycle or of nothing."""


def draft(resources: list[Resource], selected: list[str], bundles: list[list[str]], guards: Guards) -> Plan:
    """Plan to unsubscribe from these resources."""
    catalog = Catalog()
    catalog.add_page(resources)
    context = DraftContext(
        account=AccountRef(account_id="0" * 32, site="intl"),
        catalog=catalog,
        rules=load_rules("intl"),
        guards=guards,
        now=NOW,
        action=Action.UNSUBSCRIBE,
    )
    return draft_plan(context, selected, bundles=bundles)


@settings(max_examples=by_effort(300, 5000), deadline=None)
@given(
    resources=st.lists(RESOURCES, max_size=12),
    selected=st.lists(st.sampled_from(IDS), max_size=6),
    bundles=st.lists(st.lists(st.sampled_from(IDS), min_size=2, max_size=3, unique=True), max_size=2),
    protected=st.sets(st.sampled_from(IDS), max_size=1),
)
def test_a_resource_has_one_place_in_a_plan(
    resources: list[Resource], selected: list[str], bundles: list[list[str]], protected: set[str]
) -> None:
    """No resource is in two items, and the set that is shown, guarded, counted, recorded and deleted is one set."""
    guards = Guards(protected=tuple(f"id:{each}" for each in protected))
    plan = draft(resources, selected, bundles, guards)
    places = Counter(each.id for item in plan.items for each in item.resources)
    assert all(count == 1 for count in places.values())
    planned = set(places)
    assert {each.id for each in plan.resources} == planned
    assert plan.count == len(planned)
    documents = [ItemDocument.of(item) for item in plan.items]
    assert {each for document in documents for each in document.all_ids} == planned
    assert all(len(document.requested_ids) <= MAX_PRIMARY_PER_REQUEST for document in documents)
    assert planned.isdisjoint(protected)
    assert planned.isdisjoint(each.resource.id for each in plan.refused)
    assert plan.sentinel_id not in planned
    assert not planned or check_guards(plan, Guards(max_items=len(planned) - 1))
    rows = Counter(each.id for each in resources)
    for document in documents:
        for each in document.requested_ids:
            license_id = each + LICENSE_SUFFIX
            paired = [row for row in resources if row.id == license_id and row.status != Status.CLOSED]
            if not each.endswith(LICENSE_SUFFIX) and paired and rows[license_id] == 1:
                assert license_id in document.all_ids or not paired[0].is_main_resource
