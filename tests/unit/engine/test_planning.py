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
from unsub_tui.domain.resource import LICENSE_SUFFIX, Catalog, Resource, Status, join_rows
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.journal.codec import ItemDocument

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
IDS = [*"abcdef", *(f"{each}{LICENSE_SUFFIX}" for each in "abc"), f"a{LICENSE_SUFFIX}{LICENSE_SUFFIX}"]
SERVER_IDS = ["s", "t", *(f"{server}-disk-{number}" for server in "st" for number in range(4))]
RESOURCES = st.builds(
    Resource,
    resource_id=st.sampled_from(IDS).map(UntrustedText),
    resource_name=st.sampled_from(["", "web", "web-volume-0000", "web-volume-0001"]).map(UntrustedText),
    service_type_code=st.sampled_from(
        ["hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds", "hws.service.type.dcs"]
    ).map(UntrustedText),
    resource_type_code=st.sampled_from(["hws.resource.type.volume", ""]).map(UntrustedText),
    resource_spec_code=st.sampled_from(["", "rds.mssql.se.large", "rds.mysql.large.rr"]).map(UntrustedText),
    parent_resource_id=st.sampled_from(["", *IDS]).map(UntrustedText),
    is_main_resource=st.booleans(),
    status=st.sampled_from([2, 2, 2, 3, 4, 5, 8]),
    effective_time=st.sampled_from([None, NOW - timedelta(days=40), NOW + timedelta(days=4)]),
)
"""Rows that contradict each other, licenses of licenses, attached resources of anything, in a cycle or of nothing."""


STATUSES = st.sampled_from([2, 2, 2, 2, 2, 4, 5])


def texts(**values: str) -> dict[str, UntrustedText]:
    """Return texts of a resource."""
    return {name: UntrustedText(value) for name, value in values.items()}


def servers(server_id: str) -> st.SearchStrategy[list[Resource]]:
    """Return a server with disks, which the console or somebody else named."""
    kind = texts(service_type_code="hws.service.type.ebs", resource_type_code="hws.resource.type.volume")
    disk = st.builds(
        Resource,
        resource_id=st.sampled_from([f"{server_id}-disk-{number}" for number in range(4)]).map(UntrustedText),
        resource_name=st.sampled_from(["own", *(f"web-volume-000{number}" for number in range(3))]).map(UntrustedText),
        parent_resource_id=st.just(UntrustedText(server_id)),
        is_main_resource=st.just(value=False),
        status=STATUSES,
        effective_time=st.sampled_from([NOW - timedelta(days=40), NOW - timedelta(days=4)]),
        **{name: st.just(value) for name, value in kind.items()},
    )
    own = texts(
        resource_id=server_id, service_type_code="hws.service.type.ec2", resource_type_code="hws.resource.type.vm"
    )
    server = st.builds(
        Resource,
        status=STATUSES,
        effective_time=st.just(NOW - timedelta(days=40)),
        **{name: st.just(value) for name, value in own.items()},
    )
    disks = st.lists(disk, min_size=1, max_size=4, unique_by=lambda each: each.id)
    return st.tuples(server, disks).map(lambda found: [found[0], *found[1]])


def databases(database_id: str) -> st.SearchStrategy[list[Resource]]:
    """Return a database with its license, or either of them."""
    database = texts(resource_id=database_id, service_type_code="hws.service.type.rds")
    license_ = texts(resource_id=database_id + LICENSE_SUFFIX, service_type_code="hws.service.type.marketplace")
    rows = [
        st.builds(Resource, status=STATUSES, **{name: st.just(value) for name, value in own.items()})
        for own in (database, license_)
    ]
    return st.tuples(*rows).flatmap(lambda pair: st.sampled_from([[*pair], [*pair], [pair[0]], [pair[1]]]))


ACCOUNTS = st.tuples(servers("s"), servers("t"), databases("a"), st.lists(RESOURCES, max_size=3)).map(
    lambda parts: [each for part in parts for each in part]
)
"""Servers and databases, with a few oddities."""


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


def deleted_by(plan: Plan, resources: list[Resource]) -> set[str]:
    """Return what a service deletes that takes with each requested resource all that is attached to it."""
    deleted = {each.id for item in plan.items for each in item.primary}
    attached = [each for each in join_rows(resources) if not each.is_main_resource and each.status != Status.CLOSED]
    while more := {each.id for each in attached if each.parent_resource_id.raw in deleted} - deleted:
        deleted |= more
    return deleted


@settings(max_examples=by_effort(300, 5000), deadline=None)
@given(
    resources=ACCOUNTS | st.lists(RESOURCES, max_size=12),
    selected=st.lists(st.sampled_from([*IDS, *SERVER_IDS]), max_size=6),
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
    assert deleted_by(plan, resources) == planned
    assert plan.count == len(planned)
    documents = [ItemDocument.of(item) for item in plan.items]
    assert {each for document in documents for each in document.all_ids} == planned
    assert all(len(document.requested_ids) <= MAX_PRIMARY_PER_REQUEST for document in documents)
    assert planned.isdisjoint(protected)
    assert planned.isdisjoint(each.resource.id for each in plan.refused)
    assert plan.sentinel_id not in planned
    assert not planned or check_guards(plan, Guards(max_items=len(planned) - 1))
    for item in plan.items:  # attached resources are requested only if they are data disks of servers that stay
        assert all(each.is_main_resource for each in item.bundled)
        assert item.resource.is_main_resource is (item.server is None)
        assert item.server is None or item.server.id not in planned
    rows = Counter(each.id for each in resources)
    for document in documents:
        for each in document.requested_ids:
            license_id = each + LICENSE_SUFFIX
            paired = [row for row in resources if row.id == license_id and row.status != Status.CLOSED]
            if not each.endswith(LICENSE_SUFFIX) and paired and rows[license_id] == 1:
                assert license_id in document.all_ids or not paired[0].is_main_resource
