"""Filters on findings of the inventory: what is unknown is neither found nor left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import by_effort
from tests.unit.domain.inventory.builders import (
    CLUSTER,
    DATABASE,
    DISK,
    EIP,
    NOW,
    PLACE,
    SERVER,
    catalog_of,
    listed,
    resource,
    text,
)
from tests.unit.domain.inventory.worlds import views, worlds
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Backup,
    Cluster,
    ClusterNode,
    Database,
    Disk,
    DiskAttachment,
    Eip,
    Metric,
    MetricSeries,
    Server,
)
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.listmodel.filters import complete, parse
from unsub_tui.listmodel.filters.facts import RESOURCES
from unsub_tui.listmodel.row_model import RowModel
from unsub_tui.present.facets import TAGS_SHOWN, facet_term, finding_counts
from unsub_tui.present.filter_facts import ResourceFacts

DAY = timedelta(days=1)


def tags(**pairs: str) -> dict[object, object]:
    """Return tags."""
    return {text(key): text(value) for key, value in pairs.items()}


def server(name: str, status: str = "ACTIVE", **fields: object) -> Server:
    """Return a row of ECS without tags."""
    return Server(server_id=text(name), status=status, **{"tags": {}, **fields})  # type: ignore[arg-type]


def disk(name: str, *servers: str) -> Disk:
    """Return a row of EVS without tags."""
    mounts = tuple(DiskAttachment(server_id=text(each)) for each in servers)
    status = "in-use" if servers else "available"
    return Disk(disk_id=text(name), status=status, attachments=mounts, service_type="EVS", tags={})


def backup(owner: str, days: int) -> Backup:
    """Return a usable backup of a server or disk, made so many days ago."""
    kind = "OS::Nova::Server" if owner.startswith("web") else "OS::Cinder::Volume"
    return Backup(
        backup_id=text(f"b-{owner}"),
        resource_id=text(owner),
        resource_type=kind,
        status="available",
        created=NOW - days * DAY,
    )


def cpu(owner: str, days: int = 30) -> list[MetricSeries]:
    """Return the metrics of a server that did nothing on the first days."""
    begin = (NOW - 30 * DAY).replace(hour=0)
    points = tuple((begin + number * DAY, Decimal(0)) for number in range(days))
    return [MetricSeries(resource_id=text(owner), metric=each, points=points, asked_from=begin) for each in Metric]


ROWS = [
    resource(SERVER, "web-1"),
    resource(SERVER, "web-2"),
    resource(SERVER, "web-3"),
    resource(SERVER, "web-gone", status=Status.CLOSED),
    resource(DISK, "disk-1"),
    resource(DISK, "disk-2"),
    resource(EIP, "ip-1"),
    resource(EIP, "ip-2"),
    resource(DATABASE, "db-1"),
    resource(CLUSTER, "cluster-1"),
    resource(("dcs", "dcs"), "cache"),
]
OLD = NOW - 90 * DAY
LISTS = PlaceLists(
    place=PLACE,
    servers=listed(
        server("web-1", tags=tags(env="prod", owner=""), created=OLD),
        server("web-2", "SHUTOFF", tags=tags(env="production"), created=OLD),
        server("web-3", has_task=True, created=OLD),
    ),
    disks=listed(disk("disk-1", "web-1"), disk("disk-2")),
    eips=listed(
        Eip(eip_id=text("ip-1"), status="ACTIVE", instance_type="PORT", device_id=text("web-1")),
        Eip(eip_id=text("ip-2"), status="DOWN", tags={}),
    ),
    vaults=listed(),
    backups=listed(backup("web-1", 3), backup("disk-2", 60)),
    databases=listed(Database(database_id=text("db-1"), status="FAILED", engine="MySQL", tags=tags(name="x"))),  # type: ignore[arg-type]
    clusters=listed(Cluster(cluster_id=text("cluster-1"), name=text("Blue"), phase="Available", tags={})),
    nodes_of_cluster={
        "cluster-1": listed(ClusterNode(cluster_id=text("cluster-1"), server_id=text("web-2"))),
    },
    metrics=listed(*cpu("web-1"), *cpu("web-3", days=20)),
)


def inventory_of(lists: PlaceLists = LISTS) -> Inventory:
    """Return the inventory of the rows."""
    return Inventory(catalog_of(ROWS), [lists], now=NOW)


def listing(
    inventory: Callable[[], Inventory | None], rows: Sequence[Resource] = ROWS, *, is_deferred: bool = False
) -> RowModel:
    """Return a list of these rows, whose findings may be read later."""
    facts = partial(ResourceFacts, inventory=inventory, defers_findings=is_deferred)
    model = RowModel(lambda rows: facts(rows, lambda: NOW, {}, lambda _id: None))
    model.add_page(rows)
    model.reorder()
    return model


def found(query: str, lists: PlaceLists = LISTS) -> tuple[list[str], int]:
    """Return the ids of the rows that a filter finds, and the number of rows unknown to it."""
    inventory = inventory_of(lists)
    model = listing(lambda: inventory)
    model.set_filter(parse(query))
    assert model.filter_error is None
    return [model.ids[row] for row in model.visible_rows], model.unknown_count


@pytest.mark.parametrize(
    ("query", "ids", "unknown"),
    [
        ("run:running", ["web-1"], 1),
        ("run:stopped", ["web-2"], 1),
        ("!run:running", ["web-2", "db-1", "cluster-1"], 1),
        ("run!=running type:ecs", ["web-2"], 1),
        ("run:stopped|failed", ["web-2", "db-1"], 1),
        ("run:stopped or type:dcs", ["web-2", "cache"], 1),
        ("attached:yes", ["disk-1"], 0),
        ("attached:no", ["disk-2"], 0),
        ("!attached:no", ["disk-1"], 0),
        ("bound:no", ["ip-2"], 0),
        ("bound:yes", ["ip-1"], 0),
        ("tag:env", ["web-1", "web-2"], 2),
        ("tag:env=prod", ["web-1"], 2),
        ("tag:ENV=Prod|env=x", ["web-1"], 2),
        ("tag:env=x|name=x", ["db-1"], 2),
        ("tag:env=prod*", ["web-1", "web-2"], 2),
        ("tag:en", [], 2),
        ("tag:owner=", ["web-1"], 2),
        ("tag:/^env=p.*n$/", ["web-2"], 2),
        ("!tag:env=prod type:ecs", ["web-2", "web-3"], 0),
        ("tag:", ["web-3", "disk-1", "disk-2", "ip-2", "cluster-1"], 2),
        ("cluster:blue", ["web-2"], 0),
        ("cluster:cluster-1", ["web-2"], 0),
        ("cluster:", ["web-1", "web-3"], 0),
        ("!cluster:blue", ["web-1", "web-3"], 0),
        ("backup:any", ["web-1", "disk-2"], 2),
        ("backup:none", ["web-2", "web-3"], 2),
        ("backup:", ["web-2", "web-3"], 2),
        ("backup:older>30d", ["disk-2"], 2),
        ("backup>30d", ["disk-2"], 2),
        ("backup<7d", ["web-1"], 2),
        ("!backup<7d", ["web-2", "web-3", "disk-2"], 2),
        ("backup:2026-11", ["web-1"], 2),
        ("backup:none|older>30d", ["web-2", "web-3", "disk-2"], 2),
        ("backup>=2026-11-01", ["web-1"], 2),
        ("quiet:30d", ["web-1"], 0),
        ("quiet:4w", ["web-1"], 0),
        ("quiet:60d", [], 0),
        ("run:running backup:none", [], 1),
        ("type:evs run:stopped", [], 0),
    ],
)
def test_each_form_finds_what_is_known(query: str, ids: list[str], unknown: int) -> None:
    """Rows about which it is unknown are counted; a row for which it has no meaning is not."""
    assert found(query) == (ids, unknown)


def test_before_anything_is_read_all_is_unknown() -> None:
    """Neither a term nor its negation finds a row, whatever the reason."""
    model = listing(lambda: None)
    for query, count in (("run:stopped", 5), ("!run:stopped", 5), ("attached:no", 2), ("tag:env", 10)):
        model.set_filter(parse(query))
        assert (model.visible_rows, model.unknown_count) == ([], count)
    denied: ServiceList[Server] = ServiceList(PLACE, (), None, fact("inventory_no_permission", permission="x"))
    no_servers = PlaceLists(place=PLACE, servers=denied, disks=LISTS.disks)
    assert found("!run:stopped type:ecs", no_servers) == ([], 3)
    assert found("attached:no", no_servers) == (["disk-2"], 0)


def test_a_missing_day_leaves_open_whether_a_server_was_quiet() -> None:
    """A server is quiet only if every day was measured, and not quiet only if a value says so."""
    lists = PlaceLists(place=PLACE, servers=LISTS.servers, metrics=listed(*cpu("web-1", days=20)))
    assert found("quiet:7d", lists) == ([], 2)
    assert found("!quiet:7d", lists) == (["web-2"], 2), "a stopped server is not quiet"


TERMS: dict[str, Callable[[ResourceFindings], Finding[object] | None]] = {
    "run:running": lambda findings: findings.run_state,
    "attached:no": lambda findings: findings.attached_to,
    "bound:no": lambda findings: findings.bound_to,
    "backup:none": lambda findings: findings.newest_backup,
    "backup<10d": lambda findings: findings.newest_backup,
    "tag:env=prod": lambda findings: findings.tags,
    "cluster:": lambda findings: findings.cluster,
}


@settings(max_examples=by_effort(30, 300, 3000), deadline=None)
@given(st.data())
def test_a_row_is_found_by_a_term_or_its_negation_if_the_finding_is_known(data: st.DataObject) -> None:
    """Generated accounts and permissions: never by both, and by neither if it is unknown."""
    world = data.draw(worlds())
    inventory = Inventory(catalog_of(world.billed), data.draw(views(world)).places, now=NOW)
    model = listing(lambda: inventory, world.billed)
    for term, finding_of in TERMS.items():
        model.set_filter(parse(term))
        shown, unknown = set(model.visible_rows), model.unknown_count
        model.set_filter(parse(f"!{term}"))
        others = set(model.visible_rows)
        findings = [finding_of(inventory.findings_of(each)) for each in model.resources]
        states = [None if each is None else each.state for each in findings]
        assert not shown & others
        assert shown | others == {row for row, state in enumerate(states) if state not in (None, FindingState.UNKNOWN)}
        assert unknown == model.unknown_count == states.count(FindingState.UNKNOWN)


@settings(max_examples=by_effort(30, 300, 3000), deadline=None)
@given(st.data())
def test_lists_that_arrive_later_are_seen(data: st.DataObject) -> None:
    """Cells of a region are read again when a list of it arrives, at once or step by step, or not before that."""
    world = data.draw(worlds())
    before, after = data.draw(views(world)), data.draw(views(world))
    inventory = Inventory(catalog_of(world.billed), before.places, now=NOW)
    is_deferred = data.draw(st.booleans())
    model = listing(lambda: inventory, world.billed, is_deferred=is_deferred)
    query = parse(data.draw(st.sampled_from(sorted(TERMS))))
    model.set_filter(query)
    assert set(model.facts.outdated_findings) == (set(query.finding_fields) if is_deferred else set())
    inventory.replace_place(data.draw(st.sampled_from(after.places)))
    if is_deferred or data.draw(st.booleans()):
        for _step in model.facts.refresh_findings(query.finding_fields):
            model.update_visible()  # as far as it is read
    model.update_visible()
    fresh = listing(lambda: inventory, world.billed)
    fresh.set_filter(query)
    assert (model.visible_rows, model.unknown_count) == (fresh.visible_rows, fresh.unknown_count)
    assert not model.facts.outdated_findings


def test_findings_narrow_nothing_and_are_narrowed() -> None:
    """A list that arrives can add rows, so the next filter searches all rows again."""
    assert not parse("run:running web").narrows(parse("run:running we"))
    assert parse("web run:running").narrows(parse("web"))
    assert parse("tag:env backup:none tag:x").finding_fields == ("tag", "backup")


@pytest.mark.parametrize(
    ("typed", "candidates"),
    [
        ("ta", ["tag:"]),
        ("bac", ["backup:"]),
        ("run:", ["available", "failed", "running", "stopped"]),
        ("run:st", ["stopped"]),
        ("tag:en", ["env", "env=prod", "env=production"]),
        ("tag:env=", ["env=prod", "env=production"]),
        ("cluster:", ["blue"]),
        ("attached:", ["no", "yes"]),
        ("backup:", ["none", "any", "older>30d", "older>7d"]),
        ("backup:none|o", ["older>30d", "older>7d"]),
        ("backup<", ["7", "30", "60", "90", "1y"]),
        ("quiet:", ["30d"]),
    ],
)
def test_values_that_exist_are_offered(typed: str, candidates: list[str]) -> None:
    """Keys of tags, pairs of key and value, run states, clusters; each of them is a filter."""
    inventory = inventory_of()
    facts = listing(lambda: inventory).facts
    completed = complete(typed, RESOURCES, facts.existing_values)
    assert list(completed.candidates) == candidates
    if not completed.is_field:
        for each in candidates:
            assert parse(typed[: completed.start] + each).match_rows(facts, range(len(ROWS))) is not None


def test_hostile_tags_are_lines_of_their_own() -> None:
    """A line break in a tag does not make two tags of one; control characters are spelled out."""
    rows = listed(server("web-1", tags={text("a\nenv"): text("prod"), text("\x1b[31m"): text("")}))
    assert found("tag:env=prod type:ecs", PlaceLists(place=PLACE, servers=rows))[0] == []
    assert found("tag:*31m type:ecs", PlaceLists(place=PLACE, servers=rows))[0] == ["web-1"]


def test_each_count_is_the_number_of_rows_that_its_filter_finds() -> None:
    """Of run states, attachments, bindings and tags; an unknown finding is not counted."""
    inventory = inventory_of()
    model = listing(lambda: inventory)
    counts = finding_counts(model.facts, model.visible_rows)
    assert {field: dict(counter) for field, counter in counts.items()} == {
        "run": {"running": 1, "stopped": 1, "failed": 1, "available": 1},
        "attached": {"yes": 1, "no": 1},
        "bound": {"yes": 1, "no": 1},
        "tag": {"": 5, "env=prod": 1, "owner": 1, "env=production": 1, "name=x": 1},
    }
    for field, counter in counts.items():
        for value, count in counter.items():
            assert len(found(facet_term(field, value))[0]) == count
    many = listed(*(server(f"web-{number}", tags=tags(key=str(number))) for number in range(1, 99)))
    crowded = Inventory(
        catalog_of(rows := [resource(SERVER, f"web-{number}") for number in range(1, 99)]),
        [PlaceLists(place=PLACE, servers=many)],
        now=NOW,
    )
    model = listing(lambda: crowded, rows)
    assert len(finding_counts(model.facts, model.visible_rows)["tag"]) == TAGS_SHOWN
    assert finding_counts(listing(lambda: None).facts, [0]) == {}
