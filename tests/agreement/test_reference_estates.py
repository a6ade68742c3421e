"""The oracle of the property tests: estates that are generated, what is true in them, and what can be seen of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.agreement.inventory_caller import InventoryCaller
from tests.reference_server import ReferenceServer
from tests.reference_server.inventory import truth
from tests.reference_server.inventory.behavior import Failure
from tests.reference_server.inventory.estate import (
    Attachment,
    Backup,
    Bin,
    Binding,
    Database,
    DatabaseBackup,
    Disk,
    Eip,
    Estate,
    Metric,
    Node,
    Point,
    Project,
    Server,
    Snapshot,
    Vault,
)
from tests.reference_server.inventory.judge import UNKNOWN, Fact, Facts, Judge
from tests.reference_server.inventory.strategies import estates
from tests.reference_server.inventory.visibility import LISTS, answers, failures_of, is_conclusive, seen
from tests.support.effort import by_effort

QUICK = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
"""Without the phase that explains a failure, which takes minutes for an estate."""
NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
HOME = Project(id="a" * 32, region="cn-north-4")
OWN: dict[str, Any] = {"project_id": HOME.id}
READS: Mapping[str, tuple[str, str, str]] = {
    "servers": ("ecs", "/v1/{project}/cloudservers/detail", "servers"),
    "disks": ("evs", "/v2/{project}/cloudvolumes/detail", "volumes"),
    "snapshots": ("evs", "/v2/{project}/cloudsnapshots/detail", "snapshots"),
    "eips": ("vpc", "/v3/{project}/eip/publicips", "publicips"),
    "bandwidths": ("vpc", "/v1/{project}/bandwidths", "bandwidths"),
    "vaults": ("cbr", "/v3/{project}/vaults", "vaults"),
    "backups": ("cbr", "/v3/{project}/backups", "backups"),
    "databases": ("rds", "/v3/{project}/instances", "instances"),
    "clusters": ("cce", "/api/v3/projects/{project}/clusters", "items"),
}
Query = Sequence[tuple[str, object]]
TAKES_GRANTS = {"servers", "disks", "snapshots", "bandwidths", "vaults", "backups"}


@pytest.fixture(scope="module")
def caller() -> Iterator[InventoryCaller]:
    """One account, which holds one estate after the other."""
    with ReferenceServer() as vendor, httpx.Client() as http:
        yield InventoryCaller(vendor, http)


PAGED = {"disks", "snapshots", "eips", "vaults", "backups", "databases"}
"""Lists whose offset counts records."""


def read_ids(caller: InventoryCaller, field: str, project_id: str) -> set[str] | None:
    """Return the ids of a list, asked for with all grants and, if that is refused, without; None: no answer."""
    query: list[tuple[str, object]] = [("own_type", "all_granted")] if field == "backups" else []
    query += [("limit", 1000)] if field == "servers" else []
    for grants in ([("enterprise_project_id", "all_granted_eps")], []) if field in TAKES_GRANTS else ([],):
        found = read_rows(caller, READS[field], [*query, *grants], project_id, is_paged=field in PAGED)
        if found is not None:
            return {each["metadata"]["uid"] if field == "clusters" else each["id"] for each in found}
    return None


def read_rows(
    caller: InventoryCaller, read: tuple[str, str, str], query: Query, project_id: str, *, is_paged: bool
) -> list[Any] | None:
    """Return all rows of a list, page after page until one has none; None: no answer."""
    service, path, rows = read
    found: list[Any] = []
    while True:
        page = [("offset", len(found))] if found else []
        response = caller.send(service, path, [*query, *page], project_id=project_id)
        if response.status_code != 200:
            return None
        more = response.json()[rows]
        found += more
        if not (is_paged and more):
            return found


def is_readable(estate: Estate) -> bool:
    """Return whether rows can be compared: none is odd, spoiled or answered only at the second try."""
    behavior = estate.behavior
    return not (behavior.field_changes or behavior.strays or behavior.page_changes) and all(
        each.times is None and each.form.split()[0] in {"denied", "not"} for each in behavior.failures
    )


@settings(QUICK, max_examples=by_effort(25, 200))
@given(estates(NOW).filter(is_readable))
def test_lists_show_what_can_be_seen(caller: InventoryCaller, estate: Estate) -> None:
    """The same rows by the services as by the oracle, under all grants and failures."""
    caller.vendor.hold(estate)
    visible = seen(estate)
    for field, operation in LISTS.items():
        if field not in READS:
            continue
        for project in estate.projects:
            wanted = {each.id for each in getattr(visible, field) if each.project_id == project.id}
            found = read_ids(caller, field, project.id)
            if found is None:
                assert not wanted
                assert estate.behavior.granted is not None or not answers(estate, operation, project.id)
            else:
                assert found == wanted


@settings(QUICK, max_examples=by_effort(25, 200))
@given(estates(NOW).filter(is_readable))
def test_what_belongs_to_other_things_is_seen(caller: InventoryCaller, estate: Estate) -> None:
    """Backups of databases, nodes of clusters, and measurements."""
    caller.vendor.hold(estate)
    visible = seen(estate)
    for database in estate.databases:
        read, query = ("rds", "/v3/{project}/backups", "backups"), [("instance_id", database.id)]
        kept = read_rows(caller, read, query, database.project_id, is_paged=True)
        engines = {"MySQL", "PostgreSQL", "SQLServer"}
        held = {each.id for each in visible.database_backups if each.database_id == database.id}
        assert {each["id"] for each in kept or ()} == (held if database.engine in engines else set())
    for cluster in estate.clusters:
        path = f"/api/v3/projects/{{project}}/clusters/{cluster.id}/nodes"
        found = answered(caller, "cce", path, [], cluster.project_id)
        held = {each.id for each in visible.nodes if each.cluster_id == cluster.id}
        if answers(estate, LISTS["clusters"], cluster.project_id):
            listed = {each["metadata"]["uid"] for each in found.get("items", ())}
            assert listed == held or ("nextMarker" in found["pageInfo"] and listed < held)
    for server in estate.servers:
        body = {"metrics": [cpu_of(server)], "period": "86400", "filter": "max", **thirty_days(estate)}
        found = answered(caller, "ces", "/V1.0/{project}/batch-query-metric-data", [], server.project_id, body=body)
        points = [one for each in found.get("metrics", ()) for one in each["datapoints"]]
        highest = truth.measured(visible, server.id, "cpu_util", NOW)
        days = {round(each.timestamp() * 1000): value for each, (value, _) in highest.items()}
        if server.id not in estate.behavior.hidden:
            assert {each["timestamp"]: each["max"] for each in points if each["timestamp"] in days} == days
            assert len(points) - len(days) in ({0, 1} if estate.behavior.includes_end else {0})


def answered(caller: InventoryCaller, service: str, path: str, query: Any, project_id: str, *, body: Any = None) -> Any:
    """Return the JSON of a good answer, and nothing of a refusal."""
    response = caller.send(service, path, query, project_id=project_id, body=body)
    return response.json() if response.status_code == 200 else {}


def cpu_of(server: Server) -> dict[str, object]:
    """Return how the processor of a server is asked for."""
    dimensions = [{"name": "instance_id", "value": server.id}]
    return {"namespace": "SYS.ECS", "metric_name": "cpu_util", "dimensions": dimensions}


def thirty_days(estate: Estate) -> dict[str, int]:
    """Return the last thirty full days as Cloud Eye is asked for them."""
    shift = timedelta(hours=estate.behavior.day_starts_hour)
    end = (NOW - shift).replace(hour=0, minute=0) + shift
    return {"from": round((end - timedelta(days=30)).timestamp() * 1000), "to": round(end.timestamp() * 1000)}


@settings(QUICK, max_examples=by_effort(25, 200))
@given(estates(NOW))
def test_each_request_is_answered(caller: InventoryCaller, estate: Estate) -> None:
    """However odd the services are: only a failure that drops answers drops them."""
    caller.vendor.hold(estate)
    for field, (service, path, _) in READS.items():
        for project in estate.projects:
            try:
                response = caller.send(
                    service, path, [("limit", 1)] if field != "clusters" else [], project_id=project.id
                )
            except httpx.RemoteProtocolError:
                assert any(each.form == "dropped" for each in failures_of(estate, LISTS[field], project.id))
            else:
                assert response.status_code in {200, 400, 401, 403, 404, 409, 429, 500, 503}


TRAPS: Mapping[str, Callable[[Estate], bool]] = {
    "a server's backup without a disk of it": lambda estate: any(
        each.kind == "server"
        and each.status == "available"
        and set(each.disk_ids) < {one.id for one in truth.disks_of(estate, each.source_id)}
        for each in estate.backups
    ),
    "the disks of a backup are told nowhere": lambda estate: any(
        each.kind == "server" and not each.shows_disks for each in estate.backups
    ),
    "the newest backup has failed": lambda estate: any(
        max((one for one in estate.backups if one.source_id == each.source_id), key=lambda one: one.created).status
        == "error"
        for each in estate.backups
        if each.status == "available"
    ),
    "a backup expires soon": lambda estate: any(
        each.expires and each.expires < NOW + timedelta(days=7) for each in estate.backups
    ),
    "a backup of another project": lambda estate: any(each.is_from_other_project for each in estate.backups),
    "a backup in a vault that is subscribed": lambda estate: any(
        one.order_id for each in estate.backups for one in estate.vaults if one.id == each.vault_id
    ),
    "a vault in the subscription of a server": lambda estate: any(each.primary_id for each in estate.vaults),
    "a frozen vault": lambda estate: any(each.frozen_scene for each in estate.vaults),
    "a shared disk": lambda estate: any(len(each.attachments) > 1 for each in estate.disks),
    "a pay-per-use disk of a subscribed server": lambda estate: any(
        one.is_pay_per_use and one.kind == "disk"
        for each in estate.servers
        if each.order_id
        for one in truth.stays_behind(estate, each.id)
    ),
    "a detached disk that is on its way": lambda estate: any(
        not each.attachments and each.status == "detaching" for each in estate.disks
    ),
    "a replica of a primary in no list": lambda estate: any(
        each.order_id and not one.order_id
        for each in estate.databases
        for one in estate.databases
        if each.replica_of == one.id
    ),
    "a manual and an automatic database backup": lambda estate: (
        len({each.kind for each in estate.database_backups if each.status == "COMPLETED"}) > 1
    ),
    "a node, and a tag alone": lambda estate: (
        bool(estate.nodes) and any("CCE-Cluster-ID" in dict(each.tags) for each in estate.servers)
    ),
    "grants per enterprise project": lambda estate: estate.behavior.granted is not None,
    "a missing permission": lambda estate: any(each.form.startswith("denied") for each in estate.behavior.failures),
    "a service that is not offered": lambda estate: any(
        each.form == "not offered" for each in estate.behavior.failures
    ),
    "a count that lies": lambda estate: bool(estate.behavior.wrong_counts),
    "rows left out, and of another project": lambda estate: bool(estate.behavior.hidden and estate.behavior.strays),
    "an odd field": lambda estate: bool(estate.behavior.field_changes),
    "pages in motion": lambda estate: bool(estate.behavior.page_changes),
    "a quiet server": lambda estate: any(truth.is_quiet(estate, each.id, NOW) for each in estate.servers),
    "a day without a point": lambda estate: any(
        0 < len(truth.measured(estate, each.id, "cpu_util", NOW)) < 30 for each in estate.servers
    ),
    "an address whose metric has two dimensions": lambda estate: any(
        len(each.dimensions) == 2 and each.points for each in estate.metrics
    ),
    "a sub-project": lambda estate: any(each.suffix for each in estate.projects),
}


def test_each_trap_is_generated() -> None:
    """Within a few rounds of fifty estates, which are always the same."""
    missing = set(TRAPS)

    @settings(QUICK, max_examples=50, database=None)
    @given(estates(NOW))
    def collect(estate: Estate) -> None:
        missing.difference_update([name for name, is_there in TRAPS.items() if name in missing and is_there(estate)])

    for number in range(40):
        if missing:
            seed(number)(collect)()
    assert not missing


@settings(QUICK, max_examples=by_effort(50, 500))
@given(estates(NOW, behaves=True))
def test_rules_of_the_oracle(estate: Estate) -> None:
    """What holds in each estate."""
    assert seen(estate) == estate
    for field in LISTS:
        assert all(is_conclusive(estate, field, each.id) for each in estate.projects)
    for server in estate.servers:
        left = {each.resource_id for each in truth.stays_behind(estate, server.id)}
        assert not left & truth.goes_with(estate, server.id)
        for disk in truth.disks_of(estate, server.id):
            assert server.id in truth.attached_to(estate, disk.id)
            assert disk.id in left | truth.goes_with(estate, server.id)
    for disk in estate.disks:
        newest = truth.newest_backup(estate, disk.id, NOW)
        assert not (truth.is_unattached(estate, disk.id) and truth.attached_to(estate, disk.id))
        if newest:
            assert all(each.created <= newest.created for each in truth.usable_backups(estate, disk.id, NOW))
            assert truth.is_lost_with(estate, newest, [newest.vault_id])


@settings(QUICK, max_examples=by_effort(50, 500))
@given(estates(NOW))
def test_facts_of_the_oracle_are_not_objected_to(estate: Estate) -> None:
    """And each other thing that could be said in their place is."""
    judge = Judge(estate, NOW)
    is_judged = not (estate.behavior.field_changes or estate.behavior.page_changes)
    for item in estate.items():
        facts = judge.ideal_facts(item.id)
        assert not list(judge.violations(item.id, facts))
        assert not list(judge.violations(item.id, dict.fromkeys(facts, UNKNOWN)))
        for name, fact in facts.items():
            for wrong in wrong_facts(name, fact):
                assert list(judge.violations(item.id, {name: wrong})) or not is_judged


def wrong_facts(name: str, fact: Fact) -> Iterator[Fact]:
    """Return what may not be said in the place of a fact that is known, or not known at all."""
    value = fact.get("value")
    if fact["state"] == "known" and name != "tags":
        yield {"state": "none_seen"}
    if isinstance(value, str):
        yield {"state": "known", "value": "another"}
    if isinstance(value, int):
        yield {"state": "known", "value": value + 1}
    if isinstance(value, list):
        yield {"state": "known", "value": value[1:]}
    if name == "newest_backup" and value:
        yield {"state": "known", "value": {**value, "expires_at": "2031-01-01T00:00:00+00:00"}}
        yield {"state": "known", "value": {**value, "id": "another"}}
    if name == "activity" and value:
        yield {"state": "known", "value": {**value, "days_measured": value["days_measured"] + 1}}


def test_that_there_is_none_is_only_said_of_what_was_seen() -> None:
    """Not of a list that failed, lacks what is subscribed to, or says that it has more rows."""
    server = Server(id="s", order_id="CS1", **OWN)
    disk = Disk(id="d", order_id="CS1", primary_id="s", **OWN)
    estate = Estate(projects=(HOME,), servers=(server,), disks=(disk,))
    none: Facts = {"newest_backup": {"state": "none_seen"}}
    assert not list(Judge(estate, NOW).violations("d", none))
    for odd in (
        estate.behaving(failures=(Failure(operation="cbr.list_backups", form="denied"),)),
        estate.behaving(failures=(Failure(operation="cbr", form="not offered"),)),
        estate.behaving(wrong_counts=(("cbr.list_backups", 1),)),
        estate.replace(backups=(replace(BACKUP, disk_ids=("d",)),)),
    ):
        assert list(Judge(odd, NOW).violations("d", none))


BACKUP = Backup(
    id="k", project_id=HOME.id, vault_id="v", source_id="s", disk_ids=("d1",), created=NOW - timedelta(days=2)
)


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, {"s", "d1"}),
        ({"status": "error"}, set()),
        ({"status": "restoring"}, {"s", "d1"}),
        ({"expires": NOW - timedelta(seconds=1)}, set()),
        ({"expires": NOW + timedelta(seconds=1)}, {"s", "d1"}),
        ({"source_id": "d2", "kind": "disk", "disk_ids": ()}, {"d2"}),
        ({"disk_ids": ()}, {"s"}),
    ],
)
def test_backups(changes: dict[str, Any], covered: set[str]) -> None:
    """Usable ones, and what they contain."""
    estate = Estate(backups=(replace(BACKUP, **changes),))
    assert {each for each in ("s", "d1", "d2") if truth.newest_backup(estate, each, NOW)} == covered


def test_a_backup_is_lost_with_its_vault() -> None:
    """Also where the vault is in the subscription of what is unsubscribed."""
    vault = Vault(id="v", order_id="CS1", primary_id="s", **OWN)
    for vaults, unsubscribed, is_lost in (
        ((vault,), ["s"], True),
        ((vault,), ["other"], False),
        ((replace(vault, primary_id=""),), ["s"], False),
        ((replace(vault, primary_id=""),), ["s", "v"], True),
    ):
        assert truth.is_lost_with(Estate(vaults=vaults), BACKUP, unsubscribed) == is_lost


def test_what_stays_behind() -> None:
    """Disks and addresses by their own subscription or none, a vault that is paid by use, and the node."""
    attached: dict[str, Any] = {"attachments": (Attachment(server_id="s"),)}
    bound: dict[str, Any] = {"binding": Binding(target_id="p", device_id="s")}
    estate = Estate(
        servers=(Server(id="s", order_id="CS1", **OWN),),
        disks=(
            Disk(id="in", order_id="CS1", primary_id="s", **attached, **OWN),
            Disk(id="own", order_id="CS2", **attached, **OWN),
            Disk(id="use", **attached, **OWN),
            Disk(id="free", **OWN),
        ),
        eips=(Eip(id="eip", **bound, **OWN), Eip(id="far", **OWN)),
        vaults=(Vault(id="v", **OWN), Vault(id="w", **OWN)),
        backups=(BACKUP,),
        nodes=(Node(id="n", cluster_id="c", server_id="s"),),
    )
    assert truth.goes_with(estate, "s") == {"in"}
    assert truth.stays_behind(estate, "s") == {
        ("own", "disk", False),
        ("use", "disk", True),
        ("eip", "eip", True),
        ("v", "vault", True),
        ("n", "node", False),
    }
    assert truth.unprotected_disks(estate, "s", NOW) == {"in"}
    assert truth.cluster_of(estate, "s") == "c"
    assert (truth.bound_to(estate, "eip"), truth.is_unbound(estate, "far")) == ("s", True)


def test_states() -> None:
    """While a task is in progress, or a disk is on its way, nothing is for sure."""
    for status, task, state in (
        ("ACTIVE", "", "running"),
        ("SHUTOFF", "", "stopped"),
        ("SHUTOFF", "x", ""),
        ("A", "", ""),
    ):
        server = Server(id="s", status=status, task_state=task, **OWN)
        assert truth.run_state(Estate(servers=(server,)), "s") == state
    for status, is_free in (("", True), ("available", True), ("detaching", False)):
        assert truth.is_unattached(Estate(disks=(Disk(id="d", status=status, **OWN),)), "d") == is_free
    snapshots = [Snapshot(id=each, disk_id="d", name=each, **OWN) for each in ("mine", "autobk_snapshot_1")]
    assert truth.snapshot_count(Estate(snapshots=tuple(snapshots)), "d") == 1


def test_databases() -> None:
    """The newest complete backup that stays, and the newest that is deleted."""
    kept = [
        DatabaseBackup(id=kind + status, database_id="r", kind=kind, status=status, ended=NOW - timedelta(days=days))
        for days, (kind, status) in enumerate((("manual", "FAILED"), ("auto", "COMPLETED"), ("manual", "COMPLETED")))
    ]
    replica = Database(id="r2", form="Replica", replica_of="r", **OWN)
    estate = Estate(databases=(Database(id="r", **OWN), replica), database_backups=tuple(kept))
    manual = truth.newest_database_backup(estate, "r", "manual")
    automatic = truth.newest_database_backup(estate, "r", "auto", "incremental")
    assert manual
    assert automatic
    assert (manual.id, automatic.id) == ("manualCOMPLETED", "autoCOMPLETED")
    assert truth.replicas(estate, "r") == {"r2"}


def test_recycle_bins() -> None:
    """What is frozen, too young or in a wrong state is not kept."""
    policy = Bin(service="ecs", threshold_days=3, kept_hours=72, **OWN)
    old = Server(id="s", created=NOW - timedelta(days=3), **OWN)
    for server, kept in (
        (old, 72),
        (replace(old, created=NOW - timedelta(days=2, hours=23)), 0),
        (replace(old, is_frozen=True), 0),
        (replace(old, status="ERROR"), 0),
    ):
        assert truth.kept_hours(Estate(servers=(server,), bins=(policy,)), "s", NOW) == kept
    assert truth.kept_hours(Estate(servers=(old,), bins=(replace(policy, is_on=False),)), "s", NOW) == 0
    assert truth.kept_hours(Estate(servers=(old,)), "s", NOW) == 0


@pytest.mark.parametrize("hour", [0, 16])
def test_activity(hour: int) -> None:
    """Only full days count, from the hour at which days begin; a server is quiet if it was so on each of them."""
    end = datetime(2026, 7, 1, tzinfo=UTC) if hour == 0 else datetime(2026, 6, 30, 16, tzinfo=UTC)
    values = {name: limit - 0.01 for name, limit in truth.QUIET.items()}

    def estate(days: int, **other: float) -> Estate:
        metrics = tuple(
            Metric(
                name=name,
                namespace="SYS.ECS",
                dimensions=(("instance_id", "s"),),
                points=tuple(
                    Point(at=end - timedelta(days=back), highest=value, average=value) for back in range(days + 1)
                ),
                **OWN,
            )
            for name, value in {**values, **other}.items()
        )
        server = Server(id="s", created=NOW - timedelta(days=99), **OWN)
        return Estate(servers=(server,), metrics=metrics).behaving(day_starts_hour=hour)

    assert len(truth.measured(estate(31), "s", "cpu_util", NOW)) == 30
    assert truth.highest_cpu(estate(31, cpu_util=1.239), "s", NOW) == 1.23
    assert truth.is_quiet(estate(30), "s", NOW)
    assert not truth.is_quiet(estate(29), "s", NOW)
    assert not truth.is_quiet(estate(30, cpu_util=3), "s", NOW)
    assert not truth.is_quiet(estate(30, network_incoming_bytes_aggregate_rate=1000), "s", NOW)


def test_a_list_is_conclusive_if_nothing_contradicts_it() -> None:
    """No failure, no wrong count, and all that is subscribed to is there."""
    server = Server(id="s", order_id="CS1", enterprise_project_id="ep1", **OWN)
    estate = Estate(projects=(HOME,), servers=(server, Server(id="free", **OWN)))
    operation = LISTS["servers"]
    assert is_conclusive(estate, "servers", HOME.id)
    for inconclusive in (
        estate.behaving(failures=(Failure(operation="ecs", form="denied"),)),
        estate.behaving(wrong_counts=((operation, 1),)),
        estate.behaving(hidden=frozenset({"s"})),
        estate.behaving(granted=frozenset({"0"})),
    ):
        assert not is_conclusive(inconclusive, "servers", HOME.id)
    assert is_conclusive(estate.behaving(granted=frozenset({"ep1"})), "servers", HOME.id)
    assert is_conclusive(estate.behaving(failures=(Failure(operation="evs", form="denied"),)), "servers", HOME.id)
    assert not seen(estate.behaving(granted=frozenset({"0"}))).servers[1:]
