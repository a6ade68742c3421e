"""Vaults and backups: what their rows say, how many calls they take, and when a list says nothing about others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.stub_vendor import StubResponse, json_response
from tests.unit.api.inventory.service_reads import PLACE, read_services, row
from unsub_tui.api.errors import ApiError
from unsub_tui.api.inventory.cbr import MAX_BACKUPS, decode_backup, decode_vault
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_rows import Replication
from unsub_tui.domain.untrusted_text import UntrustedText

BACKUP: dict[str, Any] = {
    "id": "b-1",
    "resource_id": "srv-1",
    "resource_type": "OS::Nova::Server",
    "name": "autobk_\x1b[2J",
    "status": "available",
    "created_at": "2026-10-01T07:00:54.065135",
    "expired_at": None,
    "vault_id": "v-1",
    "image_type": "backup",
    "parent_id": None,
    "children": [],
    "replication_records": [],
    "a_newer_field": {"x": 1},
}
VAULT: dict[str, Any] = {
    "id": "v-1",
    "name": "nightly",
    "billing": {"charging_mode": "pre_paid", "order_id": "CS1", "status": "available", "used": 5120, "size": 100},
    "resources": [{"id": "srv-1", "name": "web", "type": "OS::Nova::Server"}],
    "locked": True,
    "created_at": "2025-01-01T00:00:00.000000",
    "tags": [{"key": "team", "value": "a"}],
}


def backup(**fields: object) -> dict[str, Any]:
    """Return the row of a backup with some other fields."""
    return {**BACKUP, **fields}


def vault_of(resource: object) -> dict[str, Any]:
    """Return the row of a vault that protects this."""
    return {**VAULT, "resources": [resource]}


def test_a_vault_is_read_whole() -> None:
    """Money, state and what it protects are where the findings expect them."""
    vault = decode_vault(row(VAULT))
    assert (vault.vault_id.raw, vault.charging) == ("v-1", Charging.YEARLY_MONTHLY)
    assert (vault.used_mb, vault.size_gb, vault.is_frozen) == (5120, 100, False)
    assert vault.tags == {UntrustedText("team"): UntrustedText("a")}
    (protected,) = vault.resources
    assert (protected.resource_id.raw, protected.included_disks, protected.excluded_disks) == ("srv-1", None, ())


def test_a_vault_may_leave_disks_out() -> None:
    """Disks to include are objects, disks to exclude are ids; both forms are read in both places."""
    extra = {"include_volumes": [{"id": "d-1", "os_version": "x"}, "d-2"], "exclude_volumes": ["d-3", {"id": "d-4"}]}
    (protected,) = decode_vault(row(vault_of({"id": "srv-1", "extra_info": extra}))).resources
    assert protected.included_disks == ("d-1", "d-2")
    assert protected.excluded_disks == ("d-3", "d-4")


UNREADABLE_EXTRAS: list[Any] = ["x", {"exclude_volumes": "d"}, {"include_volumes": [{}]}]


@pytest.mark.parametrize(
    "resource",
    [{}, {"id": ""}, {"id": 5}, "srv-1", *({"id": "s", "extra_info": extra} for extra in UNREADABLE_EXTRAS)],
)
def test_a_vault_whose_exclusions_are_unreadable_is_unreadable(resource: object) -> None:
    """It may exclude any disk, so nothing may be concluded from it."""
    with pytest.raises(ApiError):
        decode_vault(row(vault_of(resource)))


def test_a_frozen_vault() -> None:
    """The scene is named where a vault is frozen."""
    assert decode_vault(row({**VAULT, "billing": {"status": "available", "frozen_scene": "ARREAR"}})).is_frozen
    assert decode_vault(row({**VAULT, "billing": {"status": "frozen"}})).is_frozen
    vault = decode_vault(row({"id": "v", "billing": "x", "locked": "true", "tags": "x"}))
    assert (vault.charging, vault.is_frozen, vault.tags) == (Charging.UNKNOWN, False, None)


def test_a_backup_is_read_whole() -> None:
    """With its copies in other regions."""
    records = [{"destination_region": "eu-west-101", "destination_project_id": "p", "status": "success"}, None, 5]
    found = decode_backup(row(backup(replication_records=records, parent_id="b-0", image_type="replication")))
    assert (found.backup_id.raw, found.resource_id.raw, found.vault_id.raw) == ("b-1", "srv-1", "v-1")
    assert found.created == datetime(2026, 10, 1, 7, 0, 54, 65135, tzinfo=UTC)
    assert (found.expires, found.has_expiry_unread) == (None, False)
    assert (found.is_replica, found.parent_id, found.child_disk_ids) == (True, "b-0", ())
    assert found.replications == (Replication(region="eu-west-101", project_id="p", status="success"),)


@pytest.mark.parametrize(
    ("expired_at", "expires", "is_unread"),
    [
        ("2026-12-01T00:00:00.000000", datetime(2026, 12, 1, tzinfo=UTC), False),
        ("", None, False),
        ("next week", None, True),
        (17, None, True),
        ("0001-01-01T00:00:00", None, True),
    ],
)
def test_an_unreadable_expiry_is_not_a_missing_one(
    expired_at: object, expires: datetime | None, *, is_unread: bool
) -> None:
    """A backup without an expiry is kept; one with another form of it may end tomorrow."""
    found = decode_backup(row(backup(expired_at=expired_at)))
    assert (found.expires, found.has_expiry_unread) == (expires, is_unread)


def test_only_usable_disks_are_inside_a_backup() -> None:
    """A failed child holds no disk, and a usable backup without any usable child contradicts itself."""
    children = [backup(id="c-1", resource_id="d-1"), backup(id="c-2", resource_id="d-2", status="error")]
    assert decode_backup(row(backup(children=children))).child_disk_ids == ("d-1",)
    assert decode_backup(row(backup(status="error", children=children[1:]))).child_disk_ids == ()
    with pytest.raises(ApiError):
        decode_backup(row(backup(children=children[1:])))


@pytest.mark.parametrize("fields", [{"id": None}, {"resource_id": ""}, {"children": "x"}, {"children": [5]}])
def test_a_backup_of_nothing_is_unreadable(fields: dict[str, object]) -> None:
    """It may be of any resource."""
    with pytest.raises(ApiError):
        decode_backup(row(backup(**fields)))


class Backups:
    """A service with these backups, which filters and pages like CBR."""

    def __init__(self, rows: Sequence[dict[str, Any]], *, count: int | None = None, ignores: str = "") -> None:
        self.rows, self.count, self.ignores = rows, count, ignores

    def __call__(self, request: httpx.Request) -> StubResponse:
        """Answer a request."""
        query = request.url.params
        found = [
            each
            for each in self.rows
            if all(
                name == self.ignores or query.get(name) in (None, each.get(name))
                for name in ("resource_id", "parent_id")
            )
        ]
        first = int(query.get("offset", 0))
        page = found[first : first + int(query["limit"])]
        return json_response({"backups": page, "count": len(found) if self.count is None else self.count})


def test_backups_of_a_project_are_read_whole() -> None:
    """Also those that other projects share and those of other regions, in all enterprise projects."""
    rows = [backup(id=f"b-{number}") for number in range(2400)]
    found, vendor = read_services(Backups(rows), lambda clients: clients.cbr.backups(PLACE, ["srv-1"]))
    assert found.whole is not None
    assert found.whole.is_complete
    assert len(found.whole.rows) == 2400
    assert not found.by_resource
    assert len(vendor.requests) == 3
    query = dict(vendor.requests[0].url.params)
    assert query == {
        "enterprise_project_id": "all_granted_eps",
        "limit": "1000",
        "own_type": "all_granted",
        "show_replication": "true",
        "sort": "created_at:desc",
    }


def test_too_many_backups_are_read_by_resource() -> None:
    """One more call for each resource; the first page has shown how many there are."""
    rows = [backup(id=f"b-{number}", resource_id=f"srv-{number % 40}") for number in range(MAX_BACKUPS + 1)]
    asked = ["srv-1", "disk-1", "srv-1", "hostile,srv-2"]
    found, vendor = read_services(Backups(rows), lambda clients: clients.cbr.backups(PLACE, asked))
    assert found.whole is None
    assert len(vendor.requests) == 1 + 2
    of_server, of_disk = found.by_resource["srv-1"], found.by_resource["disk-1"]
    assert {each.resource_id.raw for each in of_server.rows} == {"srv-1"}
    assert of_server.is_complete
    assert of_disk.is_complete
    assert not of_disk.rows
    assert of_disk.asked_ids == frozenset({"disk-1"})
    assert found.by_resource["hostile,srv-2"].problem == fact("inventory_ids_invalid", count=1)


def test_the_newest_backups_of_a_resource_say_nothing_about_older_ones() -> None:
    """More of them than were read: they are true, but the absence of a usable one is unknown."""
    rows = [backup(id=f"b-{number}") for number in range(MAX_BACKUPS + 1)]
    found, _ = read_services(Backups(rows), lambda clients: clients.cbr.backups(PLACE, ["srv-1"]))
    newest = found.by_resource["srv-1"]
    assert len(newest.rows) == 100
    assert newest.problem == fact("inventory_too_long", count=100)


def test_a_service_that_ignores_the_filter_proves_nothing() -> None:
    """Backups of other resources are not those of the one that was asked for."""
    rows = [backup(id=f"b-{number}", resource_id="srv-2") for number in range(50)]
    service = Backups(rows, count=MAX_BACKUPS + 1, ignores="resource_id")
    found, _ = read_services(service, lambda clients: clients.cbr.backups(PLACE, ["srv-1"]))
    assert not found.by_resource["srv-1"].rows
    assert not found.by_resource["srv-1"].is_complete


def test_an_unreadable_backup_makes_the_list_partial() -> None:
    """The other rows are kept."""
    rows = [BACKUP, {"id": "b-2", "resource_id": None}, {}]
    found, _ = read_services(Backups(rows), lambda clients: clients.cbr.backups(PLACE, ()))
    assert found.whole is not None
    assert [each.backup_id.raw for each in found.whole.rows] == ["b-1"]
    assert found.whole.problem == fact("inventory_rows_unreadable", count=2)


def test_the_disks_inside_backups_are_read_for_their_parents() -> None:
    """Only for the backups that are asked for, and that name none; a failed child holds no disk."""
    disks = [
        backup(id="c-1", resource_id="d-1", parent_id="b-1"),
        backup(id="c-2", resource_id="d-2", parent_id="b-1", status="error"),
    ]
    parents = [BACKUP, backup(id="b-2", children=[backup(id="c-9", resource_id="d-9")]), backup(id="b-3")]

    def answer(request: httpx.Request) -> StubResponse:
        return Backups(disks if "parent_id" in request.url.params else parents)(request)

    async def read(clients: Any) -> Any:
        found = await clients.cbr.backups(PLACE, ())
        return await clients.cbr.with_disks(found.whole, ["b-1", "b-2"])

    found, vendor = read_services(answer, read)
    assert [each.child_disk_ids for each in found.rows] == [("d-1",), ("d-9",), ()]
    assert found.is_complete
    assert [request.url.params.get("parent_id") for request in vendor.requests] == [None, "b-1"]


def test_a_backup_without_a_usable_disk_is_left_out() -> None:
    """It is no backup, and the list is then partial; if its disks cannot be read, it just names none."""
    child = backup(id="c-1", resource_id="d-1", parent_id="b-1", status="error")

    async def read(clients: Any) -> Any:
        found = await clients.cbr.backups(PLACE, ())
        return await clients.cbr.with_disks(found.whole, ["b-1"])

    def answer(request: httpx.Request) -> StubResponse:
        return Backups([child] if "parent_id" in request.url.params else [BACKUP])(request)

    found, _ = read_services(answer, read)
    assert (found.rows, found.problem) == ((), fact("inventory_rows_unreadable", count=1))

    def failing(request: httpx.Request) -> StubResponse:
        return json_response({}, 403) if "parent_id" in request.url.params else Backups([BACKUP])(request)

    found, _ = read_services(failing, read)
    assert found.is_complete
    assert found.rows[0].child_disk_ids == ()


def test_vaults_of_a_project() -> None:
    """All of them in one call."""
    answer = json_response({"vaults": [VAULT, {"id": "v-2"}], "count": 2})
    found, vendor = read_services(answer, lambda clients: clients.cbr.vaults(PLACE))
    assert [each.vault_id.raw for each in found.rows] == ["v-1", "v-2"]
    assert found.is_complete
    assert len(vendor.requests) == 1
