"""Operations of EVS."""

from __future__ import annotations

from functools import partial

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import EVS
from unsub_tui.sandbox.service_errors import ServiceError

_BIN_ON = frozenset({"cn-north-4", "ap-southeast-3"})
"""Regions in which the recycle bin, which is off by default, is switched on."""
_NO_BIN = frozenset({"la-south-2"})
"""Regions in which there is none."""


@partial(
    Operation, "GET", "/v3/{project_id}/recycle-bin-volumes/policy", service=EVS, policy="evs:volumes:getRecyclePolicy"
)
def show_recycle_policy(call: Call) -> Payload:
    """Return whether deleted disks are kept, and for how many days."""
    call.parameters.reject_unknown()
    region = call.region_project.region
    if region in _NO_BIN:
        raise ServiceError("EVS.2106", "The recycle bin cannot be used.", 403, EVS.form)
    return {"switch": region in _BIN_ON, "threshold_time": 7, "keep_time": 7}
