"""The words of the inventory: every statement as it is printed, with its source, its place and its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import NOT_READ, Origin, known, none_seen, unknown
from unsub_tui.domain.inventory.resource_findings import (
    Activity,
    BackupCopy,
    BinFinding,
    NewestBackup,
    RelatedResource,
    ResourceFindings,
    RunState,
    RunStateFinding,
    StayingResource,
)
from unsub_tui.domain.time_zone import set_time_zone
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.inventory import FindingText, Viewer, age_text, backup_text, inventory_texts

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
VIEWER = Viewer("ops", NOW)
BACKUP = NewestBackup(
    backup_id=UntrustedText("b"),
    kind="disk",
    created=NOW - timedelta(days=1),
    expires=NOW + timedelta(days=60),
    vault_id=UntrustedText("v"),
    vault_name=UntrustedText("daily"),
)
PROTECTED = True
FREE = none_seen(Origin("evs:list_volumes", "ap-southeast-1", NOW))


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """Show times in UTC."""
    set_time_zone(UTC)
    yield
    set_time_zone(None)


def origin(source: str = "ecs:list_servers_details", minutes: int = 0) -> Origin:
    """Return an origin of this age."""
    return Origin(source, "ap-southeast-1", NOW - timedelta(minutes=minutes))


def other(resource_id: str, kind: str = "", name: str = "", *, is_selected: bool = False) -> RelatedResource:
    """Return a related resource."""
    return RelatedResource(
        resource_id=UntrustedText(resource_id), kind=kind, name=UntrustedText(name), is_selected=is_selected
    )


def staying(kind: str, resource_id: str, **values: object) -> StayingResource:
    """Return a pay-per-use resource that stays."""
    made = StayingResource(resource_id=UntrustedText(resource_id), kind=kind, charging=Charging.PAY_PER_USE)
    return replace(made, **values)  # type: ignore[arg-type]


STATEMENTS = [
    (
        ResourceFindings(run_state=known(RunStateFinding(state=RunState.RUNNING, status="ACTIVE"), origin())),
        "Status: running (ECS)",
    ),
    (
        ResourceFindings(
            run_state=known(
                RunStateFinding(state=RunState.STOPPED, status="SHUTOFF", last_operation=NOW - timedelta(days=40)),
                origin(minutes=12),
            )
        ),
        "Stopped, no operation since 2026-10-21 UTC (ECS, read 12 min ago)",
    ),
    (
        ResourceFindings(run_state=known(RunStateFinding(state=RunState.OTHER, status="REBOOT\x1b"), origin())),
        "Status: REBOOT<1B> (ECS)",
    ),
    (
        ResourceFindings(run_state=unknown(fact("inventory_no_permission", action="ecs:cloudServers:list"))),
        "Status unknown: not allowed: ecs:cloudServers:list",
    ),
    (
        ResourceFindings(attached_to=known((other("s1", "server", "web"), other("s2", "server")), origin("evs:x"))),
        "Attached to server web, server s2 (EVS)",
    ),
    (ResourceFindings(attached_to=FREE), "Unattached (EVS)"),
    (
        ResourceFindings(bound_to=known(other("n", "nat_gateway"), origin("vpc:x"))),
        "Bound to NAT gateway n (EIP)",
    ),
    (ResourceFindings(bound_to=none_seen(origin("vpc:x"))), "Unbound (EIP)"),
    (
        ResourceFindings(
            shared_with=known((other("e1", "eip", is_selected=True), other("e2", "eip", "192.0.2.7")), origin("vpc:x"))
        ),
        "Shared: EIP e1, EIP 192.0.2.7; not selected: EIP 192.0.2.7 (EIP)",
    ),
    (
        ResourceFindings(shared_with=known((other("e1", "eip"),), origin("vpc:x"))),
        "Shared: EIP e1 (EIP)",
    ),
    (ResourceFindings(shared_with=none_seen(origin("vpc:x"))), "No other user seen (EIP)"),
    (
        ResourceFindings(
            tags=known(
                {UntrustedText("team"): UntrustedText(""), UntrustedText("env"): UntrustedText("prod")}, origin("rms:x")
            )
        ),
        "Tags: env=prod, team (from Config, which may be a day late)",
    ),
    (ResourceFindings(tags=none_seen(origin())), "No tags seen (ECS)"),
    (
        ResourceFindings(cluster=known(other("c", "cluster", "shop"), origin("cce:x"))),
        "A node of the CCE cluster shop: after an unsubscription, remove the node there (CCE)",
    ),
    (
        ResourceFindings(deletion_protection=known(PROTECTED, origin("cce:x"))),
        "Deletion protection is on; whether it prevents an unsubscription is unknown (CCE)",
    ),
    (ResourceFindings(deletion_protection=known(not PROTECTED, origin("cce:x"))), "Deletion protection is off (CCE)"),
    (
        ResourceFindings(newest_backup=known(BACKUP, origin("cbr:x"))),
        "Newest backup seen: 2026-11-29 UTC, of the disk, in vault daily, expires: 2027-01-29 (CBR)",
    ),
    (
        ResourceFindings(
            newest_backup=known(
                replace(
                    BACKUP,
                    kind="server",
                    expires=None,
                    is_usable=False,
                    dangers=(fact("inventory_vault_selected", vault="daily"),),
                ),
                origin("cbr:x"),
            ),
            lasting_backup=none_seen(origin("cbr:x")),
        ),
        (
            "Newest backup seen: 2026-11-29 UTC, of the server, in vault daily, expires: never. "
            "But its vault daily is selected, too (CBR)|No other backup seen in ap-southeast-1 as ops (CBR)"
        ),
    ),
    (
        ResourceFindings(newest_backup=none_seen(origin("cbr:x"))),
        (
            "No backup seen in ap-southeast-1 as ops; images, copies made inside the server and other accounts were "
            "not searched (CBR)"
        ),
    ),
    (
        ResourceFindings(
            attached_to=FREE,
            newest_backup=none_seen(
                origin("cbr:x"), fact("inventory_backup_failed", date="2026-11-01", status="error")
            ),
        ),
        (
            "Unattached (EVS)|Unattached, and no backup seen in ap-southeast-1 as ops; the backup of 2026-11-01 UTC "
            "cannot be used, its status is error; images, copies made inside the server and other accounts were "
            "not searched (CBR)"
        ),
    ),
    (
        ResourceFindings(
            newest_backup=known(replace(BACKUP, kind="manual"), origin("rds:x")),
            automatic_backup=known(replace(BACKUP, kind="automatic"), origin("rds:x")),
        ),
        (
            "Newest manual backup seen: 2026-11-29 UTC; it stays and keeps billing (RDS)|Newest automatic backup seen: "
            "2026-11-29 UTC; automatic backups are deleted with the database (RDS)"
        ),
    ),
    (
        ResourceFindings(newest_backup=none_seen(origin("rds:x")), automatic_backup=none_seen(origin("rds:x"))),
        "No manual backup seen in ap-southeast-1 as ops (RDS)|No automatic backup seen (RDS)",
    ),
    (
        ResourceFindings(
            backup_copies=known(
                (BackupCopy(region="q"), BackupCopy(region="r", is_recorded_only=False, created=NOW)), origin("cbr:x")
            )
        ),
        "Replication to q is recorded, but was not checked. Copy of a backup seen in r: 2026-11-30 UTC (CBR)",
    ),
    (ResourceFindings(snapshots=known(2, origin("evs:x"))), "2 snapshots, removed with the disk: no backups (EVS)"),
    (
        ResourceFindings(snapshots=none_seen(origin("evs:x"))),
        "No snapshots seen; they would be removed with the disk (EVS)",
    ),
    (
        ResourceFindings(replicas=known((other("r", "database", "reader"),), origin("rds:x"))),
        "1 read replica is deleted with it: database reader (RDS)",
    ),
    (
        ResourceFindings(replica_of=known(other("db", "database"), origin("rds:x"))),
        "A read replica of database db (RDS)",
    ),
    (
        ResourceFindings(
            stays_behind=known(
                (
                    staying("disk", "d"),
                    staying("disk", "x", is_deleted_perhaps=True),
                    staying("eip", "e", name=UntrustedText("192.0.2.7"), charging=Charging.YEARLY_MONTHLY),
                    staying("manual_backups", "db", count=3),
                ),
                origin("ecs:x"),
            )
        ),
        (
            "4 resources are not unsubscribed with it: disk d (pay-per-use); disk x (pay-per-use), or it is deleted; "
            "EIP 192.0.2.7 (yearly/monthly, stays subscribed); 3 manual backups (pay-per-use) (ECS)"
        ),
    ),
    (ResourceFindings(stays_behind=none_seen(origin("ecs:x"))), "No disk or EIP seen that would stay (ECS)"),
    (
        ResourceFindings(
            stays_behind=unknown(
                fact(
                    "inventory_stays_at_least",
                    count=1,
                    ids="d",
                    reason=fact("inventory_no_permission", action="vpc:publicIps:list"),
                )
            )
        ),
        (
            "Resources that stay are unknown: at least 1 resource stays (d), but not everything was read: not allowed: "
            "vpc:publicIps:list"
        ),
    ),
    (
        ResourceFindings(shared_bandwidths=known((staying("bandwidth", "b"),), origin("vpc:x"))),
        "Bills independently of its EIPs: shared bandwidth b (pay-per-use) (EIP)",
    ),
    (
        ResourceFindings(vaults=known((staying("vault", "v"),), origin("cbr:x"))),
        "Stays and keeps billing: vault v (pay-per-use) (CBR)",
    ),
    (
        ResourceFindings(backups_inside=known(5, origin("cbr:x"))),
        "5 backups in this vault are deleted with it (CBR)",
    ),
    (
        ResourceFindings(recycle_bin=known(BinFinding(is_kept=True, kept=timedelta(days=7)), origin("ecs:x"))),
        "Recycle bin, by its policy: kept for 7 d (ECS)",
    ),
    (
        ResourceFindings(recycle_bin=known(BinFinding(is_kept=False, min_age=timedelta(hours=30)), origin("ecs:x"))),
        "Recycle bin, by its policy: not kept, because it is younger than 30 h (ECS)",
    ),
    (
        ResourceFindings(recycle_bin=known(BinFinding(is_kept=False), origin("ecs:x"))),
        "Recycle bin, by its policy: off (ECS)",
    ),
    (
        ResourceFindings(
            activity=known(
                Activity(
                    days=30,
                    days_measured=30,
                    cpu_max=Decimal("1.2"),
                    network_max=Decimal(400),
                    disk_write_max=Decimal("0.5"),
                    quiet_days=30,
                ),
                origin("ces:x"),
            )
        ),
        "Activity: CPU max 1.2 %, network 0.4 kB/s, disk writes <0.01 kB/s, 30 of 30 days, quiet (Cloud Eye)",
    ),
    (
        ResourceFindings(
            activity=known(
                Activity(days=30, days_measured=28, connections_max=Decimal(0), quiet_days=27),
                origin("ces:x"),
            )
        ),
        "Activity: connections max 0, 28 of 30 days, quiet in 27 of 30 days measured (Cloud Eye)",
    ),
    (
        ResourceFindings(activity=unknown(fact("inventory_no_data"), origin("ces:x"))),
        "Activity unknown: no data (Cloud Eye)",
    ),
    (ResourceFindings(run_state=NOT_READ, newest_backup=NOT_READ), ""),
    (ResourceFindings(), ""),
]


@pytest.mark.parametrize(("findings", "printed"), STATEMENTS, ids=[printed[:50] for _, printed in STATEMENTS])
def test_a_statement_as_it_is_printed(findings: ResourceFindings, printed: str) -> None:
    """The exact words, by the glossary."""
    assert "|".join(each.sentence for each in inventory_texts(findings, VIEWER)) == printed


def test_forbidden_words() -> None:
    """Nothing is called safe, idle or unused, and "none" never stands without "seen"."""
    texts = [text for findings, _ in STATEMENTS for text in inventory_texts(findings, VIEWER)]
    for words in (word for text in texts for word in (text.cell, text.sentence)):
        assert not re.search(r"\b(safe|idle|unused|useless)\b", words, re.IGNORECASE)
        assert not re.search(r"\bnone\b(?! seen)", words)


def test_losses_are_warnings() -> None:
    """A backup that is not seen or cannot be relied on is louder than the rest."""
    origin_ = origin("cbr:x")
    assert backup_text(ResourceFindings(newest_backup=none_seen(origin_)), VIEWER).is_warning
    assert backup_text(ResourceFindings(newest_backup=known(replace(BACKUP, is_usable=False), origin_)), VIEWER) == (
        FindingText(
            "2026-11-29 !",
            "Newest backup seen: 2026-11-29 UTC, of the disk, in vault daily, expires: 2027-01-29 (CBR)",
            is_warning=True,
        )
    )
    assert not backup_text(ResourceFindings(newest_backup=known(BACKUP, origin_)), VIEWER).is_warning


def test_cells() -> None:
    """A cell is short: not read yet, unknown, or the value."""

    def cell(findings: ResourceFindings) -> str:
        return backup_text(findings, VIEWER).cell

    assert cell(ResourceFindings()) == ""
    assert cell(ResourceFindings(newest_backup=NOT_READ)) == "…"
    assert cell(ResourceFindings(newest_backup=unknown(fact("inventory_no_data")))) == "unknown"
    assert cell(ResourceFindings(newest_backup=none_seen(origin()))) == "none seen"
    assert cell(ResourceFindings(newest_backup=known(BACKUP, origin()))) == "2026-11-29"


def test_without_a_user() -> None:
    """The name of the user is left out where it is not known."""
    text = backup_text(ResourceFindings(newest_backup=none_seen(origin("cbr:x"))), Viewer("", NOW)).sentence
    assert text.startswith("No backup seen in ap-southeast-1; ")


@pytest.mark.parametrize(
    ("minutes", "text"), [(12, "12 min ago"), (119, "119 min ago"), (150, "2 h ago"), (2880, "2 d ago")]
)
def test_ages(minutes: int, text: str) -> None:
    """Minutes, hours, days."""
    assert age_text(timedelta(minutes=minutes)) == text


def test_every_finding_has_words() -> None:
    """A finding that is not shown would be lost."""
    shown = {name for findings, _ in STATEMENTS for name in _present(findings)}
    assert {each.name for each in fields(ResourceFindings)} == shown | {"lasting_backup"}


def _present(findings: ResourceFindings) -> set[str]:
    return {each.name for each in fields(findings) if getattr(findings, each.name) is not None}
