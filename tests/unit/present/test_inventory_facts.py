"""The facts of a resource in JSON: their documented form, and no value without its source."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.output_forms import check_form
from tests.unit.present.test_inventory import STATEMENTS
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Origin, known, none_seen, unknown
from unsub_tui.domain.inventory.resource_findings import (
    NewestBackup,
    RelatedResource,
    ResourceFindings,
    RunState,
    RunStateFinding,
    StayingResource,
)
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.export.inventory_facts import facts_row

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ORIGIN = Origin("ecs:list_servers_details", "ap-southeast-1", NOON)


@pytest.mark.parametrize("findings", [findings for findings, _ in STATEMENTS])
def test_facts_have_the_documented_form(findings: ResourceFindings) -> None:
    """A fact without meaning is left out; the others have all their fields."""
    row = facts_row(findings)
    check_form("facts", json.dumps(row))
    present = {each.name for each in fields(findings) if getattr(findings, each.name) is not None}
    assert row.keys() - {"status"} == present


def test_a_known_fact() -> None:
    """Value, source, time and place."""
    state = RunStateFinding(state=RunState.STOPPED, status="SHUTOFF")
    row = facts_row(ResourceFindings(run_state=known(state, ORIGIN)))
    assert row["run_state"] == {
        "state": "known",
        "value": "stopped",
        "source": "ecs:list_servers_details",
        "at": "2026-11-30T12:00:00Z",
        "where": "ap-southeast-1",
        "reason": None,
        "reason_text": None,
    }
    assert row["status"] == {**row["run_state"], "value": "SHUTOFF"}


def test_a_status_that_is_neither_running_nor_stopped() -> None:
    """The service's own word is in another fact."""
    row = facts_row(ResourceFindings(run_state=known(RunStateFinding(state=RunState.OTHER, status="REBOOT"), ORIGIN)))
    run_state, status = row["run_state"], row["status"]
    assert isinstance(run_state, dict)
    assert isinstance(status, dict)
    assert (run_state["state"], run_state["reason"], status["value"]) == ("unknown", "status", "REBOOT")


def test_facts_without_a_value() -> None:
    """None seen has its place, unknown its reason as a code and as a sentence."""
    denied = unknown(fact("inventory_no_permission", action="cbr:backups:list"))
    row = facts_row(ResourceFindings(attached_to=none_seen(ORIGIN), newest_backup=denied))
    assert row["attached_to"] == {
        "state": "none_seen",
        "value": None,
        "source": "ecs:list_servers_details",
        "at": "2026-11-30T12:00:00Z",
        "where": "ap-southeast-1",
        "reason": None,
        "reason_text": None,
    }
    assert row["newest_backup"] == {
        "state": "unknown",
        "value": None,
        "source": None,
        "at": None,
        "where": None,
        "reason": "no_permission",
        "reason_text": "not allowed: cbr:backups:list",
    }


def test_values() -> None:
    """Ids and tags are raw; objects name what is in them."""
    server = RelatedResource(resource_id=UntrustedText("s\x1b"), name=UntrustedText("web"))
    backup = NewestBackup(
        backup_id=UntrustedText("b"),
        kind="disk",
        created=NOON,
        expires=NOON + timedelta(days=1),
        vault_id=UntrustedText("v"),
        dangers=(fact("inventory_backup_expires_soon", date="2026-12-01"),),
        is_usable=False,
    )
    stays = StayingResource(resource_id=UntrustedText("d"), kind="disk", charging=Charging.PAY_PER_USE)
    row = facts_row(
        ResourceFindings(
            attached_to=known((server,), ORIGIN),
            tags=known({UntrustedText("env"): UntrustedText("prod")}, ORIGIN),
            newest_backup=known(backup, ORIGIN),
            stays_behind=known((stays,), ORIGIN),
        )
    )
    values = {name: each["value"] for name, each in row.items() if isinstance(each, dict)}
    assert values == {
        "attached_to": ["s\x1b"],
        "tags": {"env": "prod"},
        "newest_backup": {
            "id": "b",
            "kind": "disk",
            "created_at": "2026-11-30T12:00:00Z",
            "expires_at": "2026-12-01T12:00:00Z",
            "vault_id": "v",
            "is_usable": False,
            "dangers": ["it expires on 2026-12-01 UTC"],
        },
        "stays_behind": [
            {
                "resource_id": "d",
                "resource_name": "",
                "kind": "disk",
                "charging": "pay_per_use",
                "count": 1,
                "may_be_deleted": False,
            }
        ],
    }
