"""The facts that problems with a service come down to."""

from __future__ import annotations

from unsub_tui.api.inventory.list_reader import UNPUBLISHED_CODE
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.permissions import INVENTORY_PERMISSIONS
from unsub_tui.domain.problem import Problem, ProblemKind

_NOT_OFFERED_CODES = frozenset({UNPUBLISHED_CODE, "EVS.2016", "EVS.2106"})
"""Error codes for an operation or a recycle bin that a region does not have."""

_PERMISSION_OR_BALANCE = "VPC.2701"
"""Error code for a missing permission or for a balance that is too low."""


def problem_fact(problem: Problem, region: str) -> Fact:
    """Return why a list could not be read."""
    code = problem.code.raw
    if code in _NOT_OFFERED_CODES or any(each.code == "api_not_published" for each in problem.facts):
        return fact("inventory_not_offered", region=region)
    if code == _PERMISSION_OR_BALANCE:
        return fact("inventory_no_permission_or_balance", action=_action(problem))
    match problem.kind:
        case ProblemKind.PERMISSION:
            return fact("inventory_no_permission", action=_action(problem))
        case ProblemKind.ORGANIZATION:
            return fact("inventory_denied_by_organization", action=_action(problem))
        case ProblemKind.THROTTLED:
            return fact("inventory_throttled")
        case ProblemKind.NETWORK if problem.facts:
            return fact("inventory_no_response", reason=problem.facts[0])
        case ProblemKind.BAD_RESPONSE if problem.facts:
            return fact("inventory_unreadable", reason=problem.facts[0])
        case _:
            return fact("inventory_failed", code=_reason(problem))


def _reason(problem: Problem) -> str | Fact:
    """Return the service's code, or else what is known of a problem without one."""
    code = problem.code.for_display() or next(iter(problem.facts), None) or problem.detail
    return code or (f"HTTP {problem.http_status}" if problem.http_status else problem.kind.value)


def _action(problem: Problem) -> str:
    """Return the permission that the service names, or else the one that the operation requires."""
    known = INVENTORY_PERMISSIONS.get(problem.operation)
    return problem.permission or (known.policy_code if known else problem.operation)
