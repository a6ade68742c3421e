"""Servers, disks, EIPs and projects, read over HTTP from the reference server, which was written without our code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.reference_server import ReferenceServer
from tests.reference_server.inventory import estate as theirs
from tests.reference_server.inventory.behavior import ABSENT, Behavior, Failure, FieldChange, PageChange
from tests.reference_server.inventory.failures import FORMS, SPOILS
from tests.support.effort import some
from tests.unit.api.inventory.service_reads import read
from unsub_tui.api.inventory import ecs, eip, evs
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.api.inventory.list_reader import LEAST_PAGE
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import (
    Bandwidth,
    Disk,
    DiskAttachment,
    DiskSnapshot,
    Eip,
    ProjectRegion,
    RecycleBinPolicy,
    Server,
    ServerDisk,
)
from unsub_tui.domain.untrusted_text import UntrustedText as Text

Read = Callable[[InventoryClients], Awaitable[ServiceList[Any]]]

HOME = theirs.Project(id="a" * 32, region="ap-southeast-3")
OTHER = theirs.Project(id="b" * 32, region="cn-east-3")
TEAM = theirs.Project(id="c" * 32, region="ap-southeast-3", suffix="team", parent_id=HOME.id)
PLACE = ProjectRegion(HOME.region, HOME.id)
BORN = datetime(2025, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
LATER = BORN + timedelta(hours=1)
SECOND = BORN.replace(microsecond=0)
"""The time of creation in services that write whole seconds."""
P: dict[str, Any] = {"project_id": HOME.id, "created": BORN, "updated": LATER}

ESTATE = theirs.Estate(
    projects=(HOME, OTHER, TEAM),
    servers=(
        theirs.Server(id="s1", name="web", order_id="CS1", tags=(("team", "财务"), ("keep", "")), **P),
        theirs.Server(id="s2", status="SHUTOFF", task_state="powering-on", is_frozen=True, is_locked=True, **P),
        theirs.Server(id="elsewhere", project_id=OTHER.id),
    ),
    disks=(
        theirs.Disk(
            id="d1",
            order_id="CS1",
            attachments=(theirs.Attachment(server_id="s1", device="/dev/vda", attached=BORN, is_system=True),),
            **P,
        ),
        theirs.Disk(
            id="d2",
            name="shared",
            is_shared=True,
            size=120,
            attachments=(
                theirs.Attachment(server_id="s1", attached=BORN, deletes_with_server=True),
                theirs.Attachment(server_id="s2", attached=LATER),
            ),
            tags=(("k", "v"),),
            **P,
        ),
        theirs.Disk(id="d3", enterprise_project_id="ep1", **P),
    ),
    snapshots=(
        theirs.Snapshot(id="n1", project_id=HOME.id, disk_id="d1", created=BORN),
        theirs.Snapshot(id="n2", project_id=HOME.id, disk_id="d3", name="autobk_snapshot_1", created=LATER),
    ),
    eips=(
        theirs.Eip(
            id="e1",
            name="front",
            bandwidth_id="b1",
            binding=theirs.Binding(target_id="port", device_id="s1"),
            tags=(("k", "v"),),
            goes_with_instance=True,
            **P,
        ),
        theirs.Eip(id="e2", address="203.0.113.80", bandwidth_id="b2", order_id="CS2", **P),
        theirs.Eip(id="e3", bandwidth_id="b2", binding=theirs.Binding(kind="NATGW", target_id="nat"), **P),
    ),
    bandwidths=(
        theirs.Bandwidth(id="b1", **P),
        theirs.Bandwidth(id="b2", name="all", is_shared=True, size=300, order_id="CS2", **P),
    ),
    bins=(
        theirs.Bin(service="ecs", project_id=HOME.id, is_on=True, threshold_days=7, kept_hours=72),
        theirs.Bin(service="evs", project_id=HOME.id, is_on=False, threshold_days=9, kept_hours=48),
    ),
)

READS: dict[str, Read] = {
    "ecs.list_servers_details": lambda clients: clients.ecs.servers(PLACE),
    "ecs.list_servers_details by id": lambda clients: clients.ecs.servers_by_id(PLACE, ["s1"]),
    "ecs.show_recycle_bin": lambda clients: clients.ecs.recycle_bin(PLACE),
    "evs.list_volumes": lambda clients: clients.evs.disks(PLACE),
    "evs.list_volumes by id": lambda clients: clients.evs.disks_by_id(PLACE, ["d1"]),
    "evs.list_snapshots": lambda clients: clients.evs.snapshots(PLACE),
    "evs.show_recycle_policy": lambda clients: clients.evs.recycle_bin(PLACE),
    "vpc.list_publicips": lambda clients: clients.eip.eips(PLACE),
    "vpc.list_publicips by id": lambda clients: clients.eip.eips_of_devices(PLACE, ["s1"]),
    "vpc.list_bandwidths": lambda clients: clients.eip.bandwidths(PLACE),
}


def hold(vendor: ReferenceServer, **behavior: Any) -> None:
    """Let the services answer in another way."""
    vendor.inventory.hold(replace(ESTATE, behavior=Behavior(**behavior)))


def ids(found: ServiceList[Any], name: str) -> list[str]:
    """Return the ids of rows."""
    return [getattr(each, name).raw for each in found.rows]


def test_servers(vendor: ReferenceServer) -> None:
    """All fields, in one request for all enterprise projects."""
    found = read(vendor, lambda clients: clients.ecs.servers(PLACE))
    assert found.is_complete
    assert found.origin is not None
    assert (found.origin.source, found.origin.where) == ("ecs:list_servers_details", HOME.region)
    assert {each.server_id.raw: each for each in found.rows} == {
        "s1": Server(
            server_id=Text("s1"),
            name=Text("web"),
            status="ACTIVE",
            created=SECOND,
            updated=LATER.replace(microsecond=0),
            charging=Charging.YEARLY_MONTHLY,
            disks=(
                ServerDisk(disk_id=Text("d1"), device="/dev/vda", is_deleted_with_server=False),
                ServerDisk(disk_id=Text("d2"), device="/dev/vdb", is_deleted_with_server=True),
            ),
            tags={Text("team"): Text("财务"), Text("keep"): Text("")},
        ),
        "s2": Server(
            server_id=Text("s2"),
            status="SHUTOFF",
            has_task=True,
            created=SECOND,
            updated=LATER.replace(microsecond=0),
            charging=Charging.PAY_PER_USE,
            is_frozen=True,
            disks=(ServerDisk(disk_id=Text("d2"), device="/dev/vdb", is_deleted_with_server=False),),
            tags={},
        ),
    }
    assert [each.query["enterprise_project_id"] for each in vendor.inventory.seen_calls] == [["all_granted_eps"]]


def test_servers_by_id(vendor: ReferenceServer) -> None:
    """An unknown id is answered, a hostile one is not sent, and more than a hundred are asked for in several calls."""
    wanted = ["s1", "unknown", "x,s2", "s1", *(f"more{n}" for n in range(120))]
    found = read(vendor, lambda clients: clients.ecs.servers_by_id(PLACE, wanted))
    assert len(vendor.inventory.seen_calls) == 2
    assert found.is_complete
    assert found.asked_ids == frozenset(wanted) - {"x,s2"}
    assert ids(found, "server_id") == ["s1", "unknown", *(f"more{n}" for n in range(120))]
    assert [each.is_missing for each in found.rows] == [False] + [True] * 121


def test_disks(vendor: ReferenceServer) -> None:
    """A disk without an order is pay-per-use; one without attachments has none."""
    found = read(vendor, lambda clients: clients.evs.disks(PLACE))
    assert found.is_complete
    assert {each.disk_id.raw: each for each in found.rows} == {
        "d1": Disk(
            disk_id=Text("d1"),
            status="in-use",
            service_type="EVS",
            attachments=(DiskAttachment(server_id=Text("s1"), device="/dev/vda", attached=BORN),),
            charging=Charging.YEARLY_MONTHLY,
            created=BORN,
            tags={},
        ),
        "d2": Disk(
            disk_id=Text("d2"),
            name=Text("shared"),
            status="in-use",
            service_type="EVS",
            attachments=(
                DiskAttachment(server_id=Text("s1"), device="/dev/vdb", attached=BORN),
                DiskAttachment(server_id=Text("s2"), device="/dev/vdb", attached=LATER),
            ),
            charging=Charging.PAY_PER_USE,
            created=BORN,
            tags={Text("k"): Text("v")},
        ),
        "d3": Disk(
            disk_id=Text("d3"),
            status="available",
            service_type="EVS",
            charging=Charging.PAY_PER_USE,
            created=BORN,
            tags={},
        ),
    }


def test_disks_by_id(vendor: ReferenceServer) -> None:
    """Sixty a call, in the service's own notation; unknown ones are not in the answer."""
    wanted = ["d3", *(f"more{n}" for n in range(60)), "d1"]
    found = read(vendor, lambda clients: clients.evs.disks_by_id(PLACE, wanted))
    assert found.is_complete
    assert sorted(ids(found, "disk_id")) == ["d1", "d3"]
    assert found.asked_ids == frozenset(wanted)
    assert len(vendor.inventory.seen_calls) == 2


def test_snapshots(vendor: ReferenceServer) -> None:
    """Those that a backup made are told apart by their name."""
    found = read(vendor, lambda clients: clients.evs.snapshots(PLACE))
    assert found.is_complete
    assert {each.snapshot_id.raw: each for each in found.rows} == {
        "n1": DiskSnapshot(snapshot_id=Text("n1"), disk_id=Text("d1"), status="available", created=BORN),
        "n2": DiskSnapshot(
            snapshot_id=Text("n2"), disk_id=Text("d3"), status="available", created=LATER, is_of_backup=True
        ),
    }


def test_recycle_bins(vendor: ReferenceServer) -> None:
    """One row says what the bin does; where there is none, that is a fact."""
    servers = read(vendor, lambda clients: clients.ecs.recycle_bin(PLACE))
    disks = read(vendor, lambda clients: clients.evs.recycle_bin(PLACE))
    assert servers.rows == (RecycleBinPolicy(is_on=True, min_age=timedelta(days=7), kept=timedelta(hours=72)),)
    assert disks.rows == (RecycleBinPolicy(is_on=False, min_age=timedelta(days=9), kept=timedelta(days=2)),)
    vendor.inventory.hold(replace(ESTATE, bins=()))
    for reading in (READS["ecs.show_recycle_bin"], READS["evs.show_recycle_policy"]):
        assert read(vendor, reading).problem == fact("inventory_not_offered", region=HOME.region)


def test_eips(vendor: ReferenceServer) -> None:
    """Tags come because they are asked for; the device of an EIP is its server, its instance a port."""
    found = read(vendor, lambda clients: clients.eip.eips(PLACE))
    assert found.is_complete
    assert {each.eip_id.raw: each for each in found.rows} == {
        "e1": Eip(
            eip_id=Text("e1"),
            address=Text("203.0.113.7"),
            name=Text("front"),
            status="ACTIVE",
            instance_type="PORT",
            instance_id=Text("port"),
            device_id=Text("s1"),
            charging=Charging.PAY_PER_USE,
            bandwidth_id=Text("b1"),
            bandwidth_charging=Charging.PAY_PER_USE,
            tags={Text("k"): Text("v")},
        ),
        "e2": Eip(
            eip_id=Text("e2"),
            address=Text("203.0.113.80"),
            status="DOWN",
            charging=Charging.YEARLY_MONTHLY,
            bandwidth_id=Text("b2"),
            is_bandwidth_shared=True,
            bandwidth_charging=Charging.YEARLY_MONTHLY,
            tags={},
        ),
        "e3": Eip(
            eip_id=Text("e3"),
            address=Text("203.0.113.7"),
            status="ACTIVE",
            instance_type="NATGW",
            instance_id=Text("nat"),
            charging=Charging.PAY_PER_USE,
            bandwidth_id=Text("b2"),
            is_bandwidth_shared=True,
            bandwidth_charging=Charging.YEARLY_MONTHLY,
            tags={},
        ),
    }


def test_eips_of_servers_and_by_id(vendor: ReferenceServer) -> None:
    """Each id is a parameter of its own."""
    of_servers = read(vendor, lambda clients: clients.eip.eips_of_devices(PLACE, ["s1", "s2"]))
    assert (ids(of_servers, "eip_id"), of_servers.is_complete) == (["e1"], True)
    by_id = read(vendor, lambda clients: clients.eip.eips_by_id(PLACE, ["e2", "e3", "unknown"]))
    assert (sorted(ids(by_id, "eip_id")), by_id.is_complete) == (["e2", "e3"], True)
    of_databases = read(vendor, lambda clients: clients.eip.eips_of_instances(PLACE, ["db"]))
    assert (ids(of_databases, "eip_id"), of_databases.is_complete) == ([], True)
    queries = [each.query for each in vendor.inventory.seen_calls]
    assert queries[2]["vnic.instance_id"] == ["db"]
    assert [queries[0]["vnic.device_id"], queries[1]["id"]] == [["s1", "s2"], ["e2", "e3", "unknown"]]


def test_nothing_is_asked_for_no_ids(vendor: ReferenceServer) -> None:
    """Without the filter, the service would answer everything."""
    for reading in (
        lambda clients: clients.ecs.servers_by_id(PLACE, []),
        lambda clients: clients.evs.disks_by_id(PLACE, ["not an id"]),
        lambda clients: clients.eip.eips_of_devices(PLACE, [""]),
    ):
        found: ServiceList[Any] = read(vendor, reading)
        assert (found.rows, found.is_complete) == ((), False)
    assert not vendor.inventory.seen_calls


def test_bandwidths(vendor: ReferenceServer) -> None:
    """A shared bandwidth names its EIPs."""
    found = read(vendor, lambda clients: clients.eip.bandwidths(PLACE))
    assert found.is_complete
    assert {each.bandwidth_id.raw: each for each in found.rows} == {
        "b1": Bandwidth(
            bandwidth_id=Text("b1"),
            charging=Charging.PAY_PER_USE,
            eip_ids=(Text("e1"),),
        ),
        "b2": Bandwidth(
            bandwidth_id=Text("b2"),
            name=Text("all"),
            is_shared=True,
            charging=Charging.YEARLY_MONTHLY,
            eip_ids=(Text("e2"), Text("e3")),
        ),
    }


def test_projects(vendor: ReferenceServer) -> None:
    """Sub-projects have the region of their parent."""
    found = read(vendor, lambda clients: clients.projects.projects())
    regions = {each.project_id: each.region for each in found.rows}
    assert regions == {HOME.id: HOME.region, OTHER.id: OTHER.region, TEAM.id: HOME.region}
    assert found.is_complete


MANY = replace(
    ESTATE,
    servers=tuple(theirs.Server(id=f"s{n}", **P) for n in range(8)),
    disks=tuple(theirs.Disk(id=f"d{n}", **P) for n in range(8)),
    snapshots=tuple(theirs.Snapshot(id=f"n{n}", project_id=HOME.id, disk_id=f"d{n}") for n in range(8)),
    eips=tuple(theirs.Eip(id=f"e{n}", **P) for n in range(8)),
    bandwidths=tuple(theirs.Bandwidth(id=f"b{n}", **P) for n in range(8)),
)
PAGED = {
    "ecs.list_servers_details": ("server_id", "s", "count"),
    "evs.list_volumes": ("disk_id", "d", "count"),
    "evs.list_snapshots": ("snapshot_id", "n", "count"),
    "vpc.list_publicips": ("eip_id", "e", "count"),
    "vpc.list_bandwidths": ("bandwidth_id", "b", ""),
}
SIZES = ((ecs, "PAGE_SIZE"), (evs, "PAGE_SIZE"), (eip, "PAGE_SIZE"), (eip, "BANDWIDTH_PAGE_SIZE"))


@pytest.mark.parametrize("operation", PAGED)
@pytest.mark.parametrize("size", some([1, 3, 4, 8, 9], 2))
def test_pages(vendor: ReferenceServer, monkeypatch: pytest.MonkeyPatch, operation: str, size: int) -> None:
    """Every list is read to its end in pages of any size."""
    for module, name in SIZES:
        monkeypatch.setattr(module, name, size)
    vendor.inventory.hold(MANY)
    found = read(vendor, READS[operation])
    name, prefix, _ = PAGED[operation]
    assert found.is_complete
    assert sorted(ids(found, name)) == [f"{prefix}{n}" for n in range(8)]


@pytest.mark.parametrize("operation", PAGED)
def test_pages_that_are_shorter_than_asked(vendor: ReferenceServer, operation: str) -> None:
    """Limits may differ by region; without a total or a marker, the rest is asked for."""
    bandwidths = tuple(theirs.Bandwidth(id=f"b{n}", **P) for n in range(120))
    name, _, count = PAGED[operation]
    behavior = Behavior(page_sizes=((operation, 3 if count else LEAST_PAGE),))
    vendor.inventory.hold(replace(MANY, bandwidths=bandwidths, behavior=behavior))
    found = read(vendor, READS[operation])
    assert found.is_complete
    assert len(ids(found, name)) == len(set(ids(found, name))) == (8 if count else 120)


@pytest.mark.parametrize("operation", PAGED)
def test_a_deletion_between_pages(vendor: ReferenceServer, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """Nothing that stays is missed without a word, also if the marker itself is deleted."""
    for module, size in SIZES:
        monkeypatch.setattr(module, size, 3)
    name, prefix, count = PAGED[operation]
    for changes in (
        PageChange(operation=operation, removes_marker=True),
        PageChange(operation=operation, removes=frozenset({f"{prefix}7", f"{prefix}0"})),
    ):
        vendor.inventory.hold(replace(MANY, behavior=Behavior(page_changes=(changes,))))
        found = read(vendor, READS[operation])
        remaining = {f"{prefix}{n}" for n in range(8)} - vendor.inventory.gone
        assert found.problem == (fact("inventory_changed") if count else None)
        assert remaining <= set(ids(found, name)) or "snapshots" in operation


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize("form", some(list(FORMS), 12))
def test_every_failure_is_a_fact(vendor: ReferenceServer, operation: str, form: str) -> None:
    """Nothing is raised, nothing is empty without a reason."""
    hold(vendor, failures=(Failure(operation=operation.removesuffix(" by id"), form=form),))
    found = read(vendor, READS[operation])
    is_policy = "recycle" in operation
    if is_policy and form in SPOILS and found.problem is None:
        assert found.rows[0].is_on in (
            None,
            True,
            False,
        )  # an object without fields is a policy of which nothing is known
        return
    assert found.problem is not None
    assert not found.is_complete
    if form.startswith("denied") and form != "denied or balance":
        assert found.problem.code == "inventory_no_permission"


@pytest.mark.parametrize("operation", ["ecs.list_servers_details", "evs.list_volumes", "vpc.list_publicips"])
def test_a_hidden_row_is_noticed_by_the_count(vendor: ReferenceServer, operation: str) -> None:
    """A count that does not fit makes the list incomplete, and its rows are kept."""
    hold(vendor, wrong_counts=((operation, 1),))
    found = read(vendor, READS[operation])
    assert found.problem == fact("inventory_changed")
    assert found.rows


def test_grants_per_enterprise_project(vendor: ReferenceServer) -> None:
    """All that the user may see is asked for first; a service that does not know that shows perhaps less."""
    hold(vendor, granted=frozenset({"ep1"}))
    found = read(vendor, lambda clients: clients.evs.disks(PLACE))
    assert (ids(found, "disk_id"), found.problem) == (["d3"], None)
    hold(vendor, knows_all_granted=False)
    found = read(vendor, lambda clients: clients.evs.disks(PLACE))
    assert (len(found.rows), found.problem) == (3, fact("inventory_some_projects"))


@pytest.mark.parametrize(
    ("id_", "field", "value", "operation"),
    [
        ("s1", "status", ABSENT, "ecs.list_servers_details"),
        ("s1", "os-extended-volumes:volumes_attached", ABSENT, "ecs.list_servers_details"),
        ("s1", "os-extended-volumes:volumes_attached", "none", "ecs.list_servers_details"),
        ("d1", "attachments", ABSENT, "evs.list_volumes"),
        ("d1", "attachments", [{}], "evs.list_volumes"),
        ("d1", "id", None, "evs.list_volumes"),
        ("n1", "volume_id", 7, "evs.list_snapshots"),
        ("e1", "bandwidth", [], "vpc.list_publicips"),
        ("b1", "publicip_info", None, "vpc.list_bandwidths"),
    ],
)
def test_a_row_without_what_it_is_read_for_is_unreadable(
    vendor: ReferenceServer, id_: str, field: str, value: object, operation: str
) -> None:
    """It would say "none" where nothing is known; the other rows are kept."""
    hold(vendor, field_changes=(FieldChange(id=id_, field=field, value=value),))
    found = read(vendor, READS[operation])
    assert found.problem == fact("inventory_rows_unreadable", count=1)
    assert len(found.rows) >= 1


@pytest.mark.parametrize(
    ("changed", "operation", "name", "expected"),
    [
        (("s1", "status", "NEW_STATE"), "ecs.list_servers_details", "status", "NEW_STATE"),
        (("s1", "tags", {"a": "b"}), "ecs.list_servers_details", "tags", None),
        (("s1", "metadata", None), "ecs.list_servers_details", "charging", Charging.UNKNOWN),
        (("s1", "created", "yesterday"), "ecs.list_servers_details", "created", None),
        (("s1", "name", "\x1b[2J\u202e"), "ecs.list_servers_details", "name", Text("\x1b[2J\u202e")),
        (("s1", "status", "\x1b[2J"), "ecs.list_servers_details", "status", "<1B>[2J"),
        (("d1", "metadata", []), "evs.list_volumes", "charging", Charging.UNKNOWN),
        (("d1", "tags", ["a"]), "evs.list_volumes", "tags", None),
        (("e1", "tags", ["a*b", "c=d*e", "f"]), "vpc.list_publicips", "tags", {"a": "b", "c": "d*e", "f": ""}),
        (("e1", "billing_info", 7), "vpc.list_publicips", "charging", Charging.UNKNOWN),
        (("e1", "bandwidth", None), "vpc.list_publicips", "bandwidth_charging", Charging.UNKNOWN),
    ],
)
def test_an_odd_value_costs_one_field(
    vendor: ReferenceServer, changed: tuple[str, str, object], operation: str, name: str, expected: object
) -> None:
    """New statuses are kept, other values are unknown, and the row stays."""
    id_, field, value = changed
    hold(vendor, field_changes=(FieldChange(id=id_, field=field, value=value),))
    found = read(vendor, READS[operation])
    row = next(each for each in found.rows if id_ in {one.raw for one in vars_of(each) if isinstance(one, Text)})
    actual = getattr(row, name)
    if isinstance(expected, dict):
        actual = {key.raw: one.raw for key, one in actual.items()}
    assert actual == expected
    assert found.is_complete


def vars_of(row: object) -> list[object]:
    """Return the values of a row's fields."""
    return [getattr(row, each) for each in type(row).__slots__]  # type: ignore[attr-defined]


def test_without_the_fields_parameter_tags_are_unknown(vendor: ReferenceServer) -> None:
    """A region that refuses one of the fields is asked without them."""
    hold(vendor, failures=(Failure(operation="vpc.list_publicips", form="bad request", times=1),))
    found = read(vendor, lambda clients: clients.eip.eips(PLACE))
    assert found.is_complete
    assert [each.tags for each in found.rows] == [None] * 3
    assert len(vendor.inventory.seen_calls) == 2
