"""What the status of a resource says about an unsubscription."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unsub_tui.domain.eligibility import BlockedReason, blocked_reason
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules

NOW = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "days_left", "reason"),
    [
        (Status.IN_USE, 30, None),
        (Status.FROZEN, 30, None),
        (Status.FROZEN, 0, BlockedReason.EXPIRED),
        (Status.FROZEN, -1, BlockedReason.EXPIRED),
        (Status.EXPIRED, -1, BlockedReason.EXPIRED),
        (Status.CLOSED, 30, BlockedReason.CLOSED),
        (42, 30, BlockedReason.UNKNOWN_STATUS),
        (8, 30, BlockedReason.STATUS_CHANGING),
    ],
)
def test_only_what_is_frozen_after_its_expiry_cannot_be_selected(
    status: int, days_left: int, reason: BlockedReason | None
) -> None:
    """Arrears and violations freeze resources that Huawei Cloud takes back, as long as they have not expired."""
    resource = Resource(
        resource_id=UntrustedText("disk-1"),
        is_main_resource=True,
        status=status,
        expire_time=NOW + timedelta(days=days_left),
    )
    assert blocked_reason(resource, load_rules("intl"), NOW) is reason
