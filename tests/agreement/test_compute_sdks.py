"""The vendor's SDKs of servers, disks, EIPs and projects as foreign clients of the sandbox."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.sandbox_caller import Caller
from tests.support.service_sdk import SdkStage, ServiceSdk, read_pages, serve_to_sdks
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS, project_id
from unsub_tui.sandbox.offers import ADDRESS, DISK, HUGE_SERVER, SERVER, SHARED_BANDWIDTH, Offer

BEIJING = project_id("cn-north-4")
pytestmark = pytest.mark.filterwarnings("ignore:Unable to convert string to date:ImportWarning")


@pytest.fixture(scope="module")
def stage() -> Iterator[SdkStage]:
    """Serve an account in which each list has several pages."""
    with serve_to_sdks(build_sandbox(SandboxOptions(resources=1000, now=NOW, rate_scale=0))) as opened:
        yield opened


def _listed(stage: SdkStage, *wanted: Offer) -> set[str]:
    """Return the ids of the resources of these offers in billing."""
    return {each.resource_id for each in stage.sandbox.account.resources.list_all() if each.offer in wanted}


def _by_marker(read: Callable[[str | None], list[Any]], limit: int) -> list[Any]:
    """Return the rows of all pages of a list that ends with a short page."""
    found = page = read(None)
    while len(page) == limit:
        page = read(page[-1].id)
        found = found + page
    return found


def _in_all_projects(
    stage: SdkStage, package: str, version: str, key: str, read: Callable[[ServiceSdk], list[Any]]
) -> dict[str, Any]:
    """Return the rows of all projects by id; no row is in two projects."""
    found: dict[str, Any] = {}
    for project in REGION_PROJECTS:
        rows = read(stage.of(package, version, key, project))
        assert len({each.id for each in rows}) == len(rows)
        assert found.keys().isdisjoint(each.id for each in rows)
        found |= {each.id: each for each in rows}
    return found


def _servers(stage: SdkStage) -> dict[str, Any]:
    def read(ecs: ServiceSdk) -> list[Any]:
        return _by_marker(lambda marker: _server_page(ecs, 7, marker=marker).servers, 7)

    return _in_all_projects(stage, "ecs", "v2", "ecs", read)


def _server_page(ecs: ServiceSdk, limit: int, **values: Any) -> Any:
    return ecs.call("list_servers_details", limit=limit, enterprise_project_id="all_granted_eps", **values)


def _disks(stage: SdkStage) -> dict[str, Any]:
    def read(evs: ServiceSdk) -> list[Any]:
        def page(offset: int) -> tuple[list[Any], int]:
            found = evs.call("list_volumes", limit=11, offset=offset)
            assert bool(found.volumes_links) == (offset + 11 < found.count)
            return found.volumes, found.count

        return read_pages(page)

    return _in_all_projects(stage, "evs", "v2", "evs", read)


def test_reads_all_servers(stage: SdkStage) -> None:
    """Every row of billing is there, and its disks and clusters are in the lists of their services."""
    servers = _servers(stage)
    assert _listed(stage, SERVER, HUGE_SERVER) <= servers.keys()
    prepaid = {key for key, each in servers.items() if each.metadata["charging_mode"] == "1"}
    assert prepaid == _listed(stage, SERVER, HUGE_SERVER)
    disks = _disks(stage)
    for key, server in servers.items():
        attached = {each.id: each.device for each in server.os_extended_volumesvolumes_attached}
        assert attached == {
            disk_id: attachment.device
            for disk_id in attached
            for attachment in disks[disk_id].attachments
            if attachment.server_id == key
        }
    assert {each.status for each in servers.values()} >= {"ACTIVE", "SHUTOFF"}
    assert any(tag.startswith("CCE-Cluster-ID=") for each in servers.values() for tag in each.tags)


def test_pages_of_servers_are_numbered(stage: SdkStage) -> None:
    """`offset` is the number of a page: a client that adds rows to it sees the first page only."""
    ecs = stage.of("ecs", "v2", "ecs", BEIJING)
    whole = _server_page(ecs, 1000)
    numbered = [each.id for page in (1, 2, 3) for each in _server_page(ecs, 5, offset=page).servers]
    assert numbered == [each.id for each in whole.servers][:15]
    assert whole.count == len(whole.servers) > 15
    assert _server_page(ecs, 5, offset=51).servers == []


def test_newer_list_of_servers(stage: SdkStage) -> None:
    """It has the expiry of billing and the sizes of the disks, where they are asked for."""
    ecs = stage.of("ecs", "v2", "ecs", BEIJING)
    fields = ["volumes_attached", "tags", "launched_at"]

    def read(marker: str | None) -> list[Any]:
        rows: list[Any] = ecs.call("list_cloud_servers", limit=9, marker=marker, expect_fields=fields).servers
        return rows

    found = _by_marker(read, 9)
    older = {each.id: each for each in _server_page(ecs, 1000).servers}
    assert [each.id for each in found] == list(older)
    assert all(each.volumes_attached[0].size and each.metadata is None for each in found)
    assert {each.market_info.charge_mode for each in found} == {"prePaid", "postPaid"}
    devices = ecs.call("list_server_block_devices", server_id=found[0].id).volume_attachments
    assert [each.id for each in devices] == [each.id for each in found[0].volumes_attached]


def test_reads_all_disks(stage: SdkStage) -> None:
    """By pages, by marker, by server and by ids; only yearly/monthly disks have an order."""
    disks = _disks(stage)
    assert _listed(stage, DISK) <= disks.keys()
    assert _listed(stage, DISK) == {key for key, each in disks.items() if "orderID" in each.metadata}
    evs = stage.of("evs", "v2", "evs", BEIJING)

    def read(marker: str | None) -> list[Any]:
        rows: list[Any] = evs.call("list_volumes", limit=13, marker=marker, sort_key="id", sort_dir="asc").volumes
        return rows

    by_marker = [each.id for each in _by_marker(read, 13)]
    assert by_marker == sorted(by_marker)
    unknown = "00000000-0000-0000-0000-000000000000"
    ids = str([*by_marker[:3], unknown])
    assert {each.id for each in evs.call("list_volumes", ids=ids).volumes} == set(by_marker[:3])
    server = next(each for key in by_marker for each in disks[key].attachments).server_id
    of_server = {each.id for each in evs.call("list_volumes", server_id=server).volumes}
    assert of_server == {key for key in by_marker if server in {each.server_id for each in disks[key].attachments}}


def test_reads_all_snapshots(stage: SdkStage) -> None:
    """Each is of a disk that exists, and those of one disk can be asked for."""
    disks = _disks(stage)

    def read(evs: ServiceSdk) -> list[Any]:
        def page(offset: int) -> tuple[list[Any], int]:
            found = evs.call("list_snapshots", limit=5, offset=offset)
            return found.snapshots, found.count

        return read_pages(page)

    snapshots = _in_all_projects(stage, "evs", "v2", "evs", read)
    assert {each.volume_id for each in snapshots.values()} <= disks.keys()
    assert any(each.name.startswith("autobk_snapshot_") for each in snapshots.values())
    one = next(iter(snapshots.values()))
    project = stage.sandbox.account.resources.get(one.volume_id)
    assert project is not None
    evs = stage.of("evs", "v2", "evs", project.project_id)
    of_disk = evs.call("list_snapshots", volume_id=one.volume_id).snapshots
    assert {each.id for each in of_disk} == {key for key, each in snapshots.items() if each.volume_id == one.volume_id}


def test_reads_all_addresses(stage: SdkStage) -> None:
    """By marker, and by the server; the server has the same address, and the tags must be asked for."""

    def read(eip: ServiceSdk) -> list[Any]:
        found: list[Any] = []
        marker = None
        while True:
            page = eip.call("list_publicips", limit=3, marker=marker)
            found += page.publicips
            marker = page.page_info.next_marker
            if marker is None:
                assert len(found) == page.total_count
                return found

    addresses = _in_all_projects(stage, "eip", "v3", "vpc", read)
    assert _listed(stage, ADDRESS) == {key for key, each in addresses.items() if each.billing_info}
    assert all(each.tags is None for each in addresses.values())
    servers = _servers(stage)
    at_servers = {
        each.public_ip_address: each.vnic.device_id
        for each in addresses.values()
        if each.vnic is not None and each.vnic.device_owner.startswith("compute:")
    }
    floating = {
        address.addr: key
        for key, each in servers.items()
        for network in each.addresses.values()
        for address in network
        if address.os_ext_ip_stype == "floating"
    }
    assert at_servers == floating
    eip = stage.of("eip", "v3", "vpc", BEIJING)
    some = [each for each in floating.values() if servers[each].tenant_id == BEIJING][:2]
    found = eip.call("list_publicips", vnic_device_id=some, fields=["id", "vnic", "tags"]).publicips
    assert {each.vnic.device_id for each in found} == set(some)
    assert all(each.tags is not None and each.status is None for each in found)
    unbound = eip.call("list_publicips", status=["DOWN"], billing_mode="PAY_PER_USE").publicips
    assert all(each.vnic is None and not each.billing_info for each in unbound)


def test_reads_all_bandwidths(stage: SdkStage) -> None:
    """Shared ones are those of billing; each EIP is in the bandwidth that it names."""

    def read(eip: ServiceSdk) -> list[Any]:
        def page(marker: str | None) -> list[Any]:
            rows: list[Any] = eip.call("list_bandwidths", limit=4, marker=marker).bandwidths
            return rows

        return _by_marker(page, 4)

    bandwidths = _in_all_projects(stage, "eip", "v2", "vpc", read)
    assert _listed(stage, SHARED_BANDWIDTH) == {
        key for key, each in bandwidths.items() if each.share_type == "WHOLE" and each.billing_info
    }
    members = {(key, each.publicip_id) for key, bandwidth in bandwidths.items() for each in bandwidth.publicip_info}
    eips = [
        each
        for project in REGION_PROJECTS
        for each in stage.of("eip", "v3", "vpc", project).call("list_publicips", limit=2000).publicips
    ]
    assert members == {(each.bandwidth.id, each.id) for each in eips}
    whole = stage.of("eip", "v2", "vpc", BEIJING).call("list_bandwidths", share_type="WHOLE").bandwidths
    assert {each.share_type for each in whole} == {"WHOLE"}


def test_reads_projects_and_recycle_bins(stage: SdkStage) -> None:
    """Both lists of IAM have the projects; each region says what its recycle bins keep."""
    iam = stage.of("iam", "v3", "")
    projects = iam.call("keystone_list_projects", page=1, per_page=5000).projects
    assert {each.id for each in projects} == set(REGION_PROJECTS)
    assert {each.id for each in iam.call("keystone_list_auth_projects").projects} == set(REGION_PROJECTS)
    assert stage.of("ecs", "v2", "ecs", BEIJING).call("show_recycle_bin").policy.retention_hour
    assert stage.of("evs", "v2", "evs", BEIJING).call("show_recycle_policy").switch is True


ROWS = [
    ("ecs", "/v1/{}/cloudservers/detail", "servers", "ecs.v2", "ServerDetail"),
    ("ecs", "/v1.1/{}/cloudservers/detail", "servers", "ecs.v2", "CloudServer"),
    ("evs", "/v2/{}/cloudvolumes/detail", "volumes", "evs.v2", "VolumeDetail"),
    ("evs", "/v2/{}/cloudsnapshots/detail", "snapshots", "evs.v2", "SnapshotList"),
    ("vpc", "/v3/{}/eip/publicips", "publicips", "eip.v3", "PublicipSingleShowResp"),
    ("vpc", "/v1/{}/bandwidths", "bandwidths", "eip.v2", "BandwidthResp"),
]


@pytest.mark.parametrize(("service", "path", "name", "package", "model"), ROWS, ids=[row[1] for row in ROWS])
async def test_rows_have_the_names_of_the_models(  # noqa: PLR0917 - the parts of a row of the table
    stage: SdkStage, service: str, path: str, name: str, package: str, model: str
) -> None:
    """No field of a row is unknown to the SDK, which would drop it silently."""
    known = set(getattr(importlib.import_module(f"huaweicloudsdk{package}"), model).attribute_map.values())
    rows = (await Caller(stage.sandbox).ask(service, path.format(BEIJING), BEIJING, limit=50)).json()[name]
    assert rows
    assert set().union(*rows) <= known
