"""Operations of ECS."""

from __future__ import annotations

from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import ECS

_BIN_OFF = frozenset({"cn-south-1", "la-south-2"})
"""Regions in which the recycle bin is switched off."""


@partial(Operation, "GET", "/v1/{project_id}/recycle-bin", service=ECS, policy="ecs:recycleBin:get")
def show_recycle_bin(call: Call) -> Payload:
    """Return whether deleted servers are kept, and for how long."""
    call.parameters.reject_unknown()
    is_on = call.region_project.region not in _BIN_OFF
    return {
        "project_id": call.project_id,
        "switch": "on" if is_on else "off",
        "policy": {"recycle_threshold_day": 7, "retention_hour": 168},
    }
