"""Databases, their backups and their recycle bin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.stub_vendor import StubResponse, json_response
from tests.unit.api.inventory.service_reads import PLACE, ids, read_services, row
from unsub_tui.api.errors import ApiError
from unsub_tui.api.inventory.rds import decode_database, decode_database_backup
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_rows import DatabaseBackupKind, RecycleBinPolicy
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

DATABASE: dict[str, Any] = {
    "id": "db-1",
    "name": "orders",
    "status": "ACTIVE",
    "type": "Ha",
    "datastore": {"type": "MySQL", "version": "8.0"},
    "related_instance": [{"id": "db-2", "type": "replica"}, {"id": "db-3", "type": "replica"}],
    "charge_info": {"charge_mode": "prePaid"},
    "order_id": "CS1",
    "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
    "created": "2018-08-20T02:33:49+0800",
    "tags": [{"key": "team", "value": "a"}],
}
BACKUP: dict[str, Any] = {
    "id": "br-1",
    "instance_id": "db-1",
    "type": "manual",
    "status": "COMPLETED",
    "begin_time": "2026-10-01T02:00:00+0800",
    "end_time": "2026-10-01T02:10:00+0800",
}


def test_a_database_is_read_whole() -> None:
    """Its replicas are those that it names as such."""
    database = decode_database(row(DATABASE))
    assert (database.database_id.raw, database.status, database.type, database.engine) == (
        "db-1",
        "ACTIVE",
        "Ha",
        "MySQL",
    )
    assert (database.replica_ids, database.replica_of) == (ids("db-2", "db-3"), EMPTY)
    assert (database.charging, database.backup_keep_days) == (Charging.YEARLY_MONTHLY, 7)
    assert database.created == datetime(2018, 8, 19, 18, 33, 49, tzinfo=UTC)
    assert database.tags == {UntrustedText("team"): UntrustedText("a")}
    replica = decode_database(row({"id": "db-2", "related_instance": [{"id": "db-1", "type": "replica_of"}]}))
    assert (replica.replica_ids, replica.replica_of) == ((), UntrustedText("db-1"))
    assert (replica.charging, replica.backup_keep_days, replica.tags) == (Charging.UNKNOWN, None, None)


@pytest.mark.parametrize("fields", [{"id": ""}, {"related_instance": "x"}, {"related_instance": [{"type": "replica"}]}])
def test_a_database_with_unreadable_replicas_is_unreadable(fields: dict[str, object]) -> None:
    """They would be deleted with it without being named."""
    with pytest.raises(ApiError):
        decode_database(row({**DATABASE, **fields}))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("manual", DatabaseBackupKind.MANUAL),
        ("auto", DatabaseBackupKind.AUTOMATIC),
        ("incremental", DatabaseBackupKind.OTHER),
        ("fragment", DatabaseBackupKind.OTHER),
        ("a newer kind", DatabaseBackupKind.OTHER),
    ],
)
def test_only_a_manual_backup_counts_as_one(kind: str, expected: DatabaseBackupKind) -> None:
    """It is the only kind that survives its database."""
    found = decode_database_backup(row({**BACKUP, "type": kind}))
    assert found.kind is expected
    assert found.created == datetime(2026, 9, 30, 18, 10, tzinfo=UTC)


def test_a_backup_that_is_not_finished() -> None:
    """Its time is that of its beginning."""
    found = decode_database_backup(row({**BACKUP, "status": "BUILDING", "end_time": None}))
    assert (found.status, found.created) == ("BUILDING", datetime(2026, 9, 30, 18, 0, tzinfo=UTC))
    with pytest.raises(ApiError):
        decode_database_backup(row({**BACKUP, "type": None}))


class DatabaseBackups:
    """A service with these backups, which filters and pages like RDS."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self.rows = rows

    def __call__(self, request: httpx.Request) -> StubResponse:
        """Answer a request."""
        query = request.url.params
        if int(query["limit"]) > 100:
            return json_response({"error_code": "DBS.280001"}, 400)
        found = [
            each
            for each in self.rows
            if query["instance_id"] == each["instance_id"] and query.get("backup_type") in (None, each["type"])
        ]
        first = int(query.get("offset", 0))
        return json_response({"backups": found[first : first + int(query["limit"])], "total_count": len(found)})


def test_backups_take_one_call_for_each_database() -> None:
    """All kinds in one list, and only those of the database."""
    rows = [BACKUP, {**BACKUP, "id": "br-2", "type": "auto"}, {**BACKUP, "id": "br-3", "instance_id": "db-2"}]
    found, vendor = read_services(
        DatabaseBackups(rows), lambda clients: clients.rds.backups(PLACE, ["db-1", "db-2", "db-1", "db-9"])
    )
    assert {key: [each.backup_id.raw for each in value.rows] for key, value in found.items()} == {
        "db-1": ["br-1", "br-2"],
        "db-2": ["br-3"],
        "db-9": [],
    }
    assert all(each.is_complete for each in found.values())
    assert found["db-9"].asked_ids == frozenset({"db-9"})
    assert len(vendor.requests) == 3


def test_of_many_backups_only_the_full_ones_are_read() -> None:
    """Incremental ones come every few minutes, and none of them is a backup alone."""
    many = [{**BACKUP, "id": f"bi-{number}", "type": "incremental"} for number in range(2000)]
    rows = [*many, BACKUP, *({**BACKUP, "id": f"ba-{number}", "type": "auto"} for number in range(7))]
    found, vendor = read_services(DatabaseBackups(rows), lambda clients: clients.rds.backups(PLACE, ["db-1"]))
    assert found["db-1"].is_complete
    assert [each.backup_id.raw for each in found["db-1"].rows] == ["br-1", *(f"ba-{number}" for number in range(7))]
    assert len(vendor.requests) == 3


def test_backups_of_another_database_prove_nothing() -> None:
    """The service ignored the filter: its answer says nothing about this database."""
    answer = json_response({"backups": [BACKUP], "total_count": 1})
    found, _ = read_services(answer, lambda clients: clients.rds.backups(PLACE, ["db-7"]))
    assert found["db-7"].rows == ()
    assert found["db-7"].problem == fact("inventory_rows_unreadable", count=1)


def test_instances_are_read_in_pages_that_the_service_accepts() -> None:
    """A larger page is an error."""
    rows = [{**DATABASE, "id": f"db-{number}"} for number in range(250)]

    def answer(request: httpx.Request) -> StubResponse:
        first, limit = int(request.url.params.get("offset", 0)), int(request.url.params["limit"])
        assert limit <= 100
        return json_response({"instances": rows[first : first + limit], "total_count": len(rows)})

    found, vendor = read_services(answer, lambda clients: clients.rds.instances(PLACE))
    assert len(found.rows) == 250
    assert found.is_complete
    assert len(vendor.requests) == 3


@pytest.mark.parametrize(
    ("document", "policy"),
    [
        ({"retention_period_in_days": 7}, RecycleBinPolicy(is_on=True, kept=timedelta(days=7))),
        ({"retention_period_in_days": "3"}, RecycleBinPolicy(is_on=True, kept=timedelta(days=3))),
        ({"retention_period_in_days": 0}, RecycleBinPolicy(is_on=None)),
        ({"retention_period_in_days": 10**9}, RecycleBinPolicy(is_on=None)),
        ({}, RecycleBinPolicy(is_on=None)),
    ],
)
def test_the_recycle_bin(document: dict[str, object], policy: RecycleBinPolicy) -> None:
    """It has no switch: a number of days says that it is on, and nothing else says anything."""
    found, _ = read_services(json_response(document), lambda clients: clients.rds.recycle_bin(PLACE))
    assert found.rows == (policy,)
