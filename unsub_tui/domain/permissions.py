"""Which permission each call needs, for an IAM user; the account's owner has all of them.

Source: the vendor's tables of billing permissions (api-oce jac_00005, jac_000053, and the pages of the operations),
read in 2026. Each call has a code for the older role-based policies and an action for identity policies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """What has to be allowed, in the words of both kinds of policies."""

    policy_code: str
    action: str
    purpose: str
    """What cannot be done without it, for people."""


_ORDERS = Permission("bss:order:view", "billing:order:view", "read orders and refunds")
_RENEWAL = Permission(
    "bss:renewal:update", "billing:subscription:renew", "switch auto-renewal, or pay-per-use at expiry"
)

PERMISSIONS: Mapping[str, Permission] = {
    "list_resources": Permission("bss:renewal:view", "billing:subscription:view", "list resources"),
    "unsubscribe": Permission("bss:unsubscribe:update", "billing:subscription:unsubscribe", "unsubscribe"),
    "list_orders": _ORDERS,
    "order": _ORDERS,
    "refund_rows": _ORDERS,
    "bills": Permission("bss:bill:view", "billing:billDetail:view", "read what was paid, for estimates"),
    "balance": Permission("bss:balance:view", "billing:balance:view", "read the balance"),
    "renewal_prices": Permission("bss:discount:view", "billing:contract:viewDiscount", "see discounts of renewals"),
    "autorenew_on": _RENEWAL,
    "autorenew_off": _RENEWAL,
    "to_on_demand": _RENEWAL,
    "enterprise_projects": Permission("eps:enterpriseProjects:list", "eps:enterpriseProjects:list", "name projects"),
    "find_account": Permission("iam:users:getUser", "iam:users:getUser", "find out the account's id"),
}
"""By our names of the calls."""

CONDITION_KEY_WARNING = (
    "The condition key billing:cloudServiceType works with the unsubscribe action only; in one statement with other "
    "actions it makes those fail."
)


def policy_texts(operations: Iterable[str]) -> tuple[str, str]:
    """Return a policy to paste that allows these calls: for role-based permissions, and as an identity policy."""
    wanted = [PERMISSIONS[operation] for operation in operations if operation in PERMISSIONS]
    codes = sorted({each.policy_code for each in wanted})
    actions = sorted({each.action for each in wanted})
    return _policy("1.1", codes), _policy("5.0", actions)


def _policy(version: str, actions: list[str]) -> str:
    return json.dumps({"Version": version, "Statement": [{"Effect": "Allow", "Action": actions}]}, indent=2)
