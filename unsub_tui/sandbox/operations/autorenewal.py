"""Auto-renewal of one resource, on and off. Attached resources follow their main one."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Call, Operation
from unsub_tui.sandbox.records import Resource, Status
from unsub_tui.sandbox.refusals import Refusal, invalid

_PATH = "/v2/orders/subscriptions/resources/autorenew/{resource_id}"
_AUTOMATIC = 3
_GRACE_PERIOD = 0
_LONGEST_ID = 64
_PERIODS = frozenset({"MONTH", "YEAR"})


def switch_on(call: Call) -> None:
    """Renew the resource from now on when it expires."""
    call.parameters.number("auto_renew_times", 0, 99)
    call.parameters.choice("period_type", _PERIODS)
    call.parameters.close()
    resource = _resource(call)
    if resource.status is not Status.IN_USE:
        raise Refusal("CBC.99003602", "The resource has expired or is frozen.")
    call.ledger.set_policy(resource.resource_id, _AUTOMATIC)


def switch_off(call: Call) -> None:
    """Let the resource enter its grace period when it expires."""
    call.parameters.close()
    resource = _resource(call)
    if resource.policy != _AUTOMATIC:
        raise Refusal("CBC.99003605", "Auto-renewal is not switched on.")
    call.ledger.set_policy(resource.resource_id, _GRACE_PERIOD)


def _resource(call: Call) -> Resource:
    resource_id = call.path["resource_id"]
    if len(resource_id) > _LONGEST_ID:
        raise invalid("resource_id", f"the length must be 1 to {_LONGEST_ID}")
    resource = call.ledger.estate.get(resource_id)
    if resource is None or resource.status is Status.CLOSED:
        raise Refusal("CBC.99003012", "The resource ID does not exist.")
    return resource


OPERATIONS = (
    Operation(
        name="autorenew_on", policy="billing:subscription:renew", method="POST", path=_PATH, act=switch_on, writes=True
    ),
    Operation(
        name="autorenew_off",
        policy="billing:subscription:renew",
        method="DELETE",
        path=_PATH,
        act=switch_off,
        writes=True,
    ),
)
