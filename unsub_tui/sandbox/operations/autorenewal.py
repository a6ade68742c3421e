"""Operations that turn auto-renewal of a resource on or off, including its attached resources."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Call, Operation
from unsub_tui.sandbox.models import Resource, ResourceStatus
from unsub_tui.sandbox.service_errors import ServiceError, invalid_value

_PATH = "/v2/orders/subscriptions/resources/autorenew/{resource_id}"
_AUTOMATIC = 3
_GRACE_PERIOD = 0
_LONGEST_ID = 64
_PERIODS = frozenset({"MONTH", "YEAR"})


def enable_auto_renewal(call: Call) -> None:
    """Turn auto-renewal on."""
    call.parameters.number("auto_renew_times", 0, 99)
    call.parameters.choice("period_type", _PERIODS)
    call.parameters.reject_unknown()
    resource = _resource(call)
    if resource.status is not ResourceStatus.IN_USE:
        raise ServiceError("CBC.99003602", "The resource has expired or is frozen.")
    call.account.set_policy(resource.resource_id, _AUTOMATIC)


def disable_auto_renewal(call: Call) -> None:
    """Turn auto-renewal off; the resource then enters its grace period at expiry."""
    call.parameters.reject_unknown()
    resource = _resource(call)
    if resource.policy != _AUTOMATIC:
        raise ServiceError("CBC.99003605", "Auto-renewal is not switched on.")
    call.account.set_policy(resource.resource_id, _GRACE_PERIOD)


def _resource(call: Call) -> Resource:
    resource_id = call.path_params["resource_id"]
    if len(resource_id) > _LONGEST_ID:
        raise invalid_value("resource_id", f"the length must be 1 to {_LONGEST_ID}")
    resource = call.account.resources.get(resource_id)
    if resource is None or resource.status is ResourceStatus.CLOSED:
        raise ServiceError("CBC.99003012", "The resource ID does not exist.")
    return resource


OPERATIONS = (
    Operation(
        name="autorenew_on",
        policy="billing:subscription:renew",
        method="POST",
        path=_PATH,
        handler=enable_auto_renewal,
        needs_write_access=True,
    ),
    Operation(
        name="autorenew_off",
        policy="billing:subscription:renew",
        method="DELETE",
        path=_PATH,
        handler=disable_auto_renewal,
        needs_write_access=True,
    ),
)
