"""IAM permissions that each operation requires; the account owner has all of them.

Source: Huawei Cloud's tables of billing permissions (api-oce jac_00005, jac_000053) and the pages of the operations,
read in 2026. Each operation has a code for role-based policies and an action for identity policies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission in the terms of both kinds of policies."""

    policy_code: str
    """Code for older policies; empty if Huawei Cloud publishes none."""
    action: str


_ORDERS = Permission("bss:order:view", "billing:order:view")
_RENEWAL = Permission("bss:renewal:update", "billing:subscription:renew")

PERMISSIONS: Mapping[str, Permission] = {
    "list_resources": Permission("bss:renewal:view", "billing:subscription:view"),
    "unsubscribe": Permission("bss:unsubscribe:update", "billing:subscription:unsubscribe"),
    "list_orders": _ORDERS,
    "order": _ORDERS,
    "refund_rows": _ORDERS,
    "bills": Permission("bss:bill:view", "billing:billDetail:view"),
    "balance": Permission("bss:balance:view", "billing:balance:view"),
    "renewal_prices": Permission("bss:discount:view", "billing:contract:viewDiscount"),
    "coupons": Permission("bss:coupon:view", "billing:coupon:view"),
    "autorenew_on": _RENEWAL,
    "autorenew_off": _RENEWAL,
    "to_on_demand": _RENEWAL,
    "to_on_demand_now": Permission("", "billing:subscription:toDemand"),
    "enterprise_projects": Permission("eps:enterpriseProjects:list", "eps:enterpriseProjects:list"),
    "find_account": Permission("iam:users:getUser", "iam:users:getUser"),
}
"""Required permissions by our operation names."""


def _inventory(policy_code: str, action: str = "") -> Permission:
    """Return a permission whose action has the same name, if no other one is published."""
    return Permission(policy_code, action or policy_code)


INVENTORY_PERMISSIONS: Mapping[str, Permission] = {
    "keystone_list_projects": _inventory("iam:projects:listProjects"),
    "list_servers_details": _inventory("ecs:cloudServers:list", "ecs:cloudServers:listServersDetails"),
    "show_recycle_bin": _inventory("ecs:recycleBin:get"),
    "list_volumes": _inventory("evs:volumes:list"),
    "list_snapshots": _inventory("evs:snapshots:list"),
    "list_publicips": _inventory("vpc:publicIps:list", "eip:publicIps:list"),
    "list_bandwidths": _inventory("vpc:bandwidths:list"),
    "list_vault": _inventory("cbr:vaults:list"),
    "list_backups": _inventory("cbr:backups:list"),
    "list_instances": _inventory("rds:instance:list"),
    "list_backups_of_rds": _inventory("rds:backup:list"),
    "show_recycle_policy_of_rds": _inventory("rds:instance:list"),
    "list_clusters": _inventory("cce:cluster:list"),
    "list_nodes": _inventory("cce:node:list"),
    "batch_list_metric_data": _inventory("ces:metricData:list"),
    "show_tracker_config": _inventory("rms:trackerConfig:get"),
    "list_all_resources": _inventory("rms:resources:list"),
}
"""Permissions of the operations of other services, which only read. Not all of their names are documented: a message of
the service that names another one is right."""


def policy_texts(operations: Iterable[str]) -> tuple[str, str]:
    """Return two JSON policies that allow these operations: for role-based permissions, and as an identity policy."""
    known = {**PERMISSIONS, **INVENTORY_PERMISSIONS}
    wanted = [known[operation] for operation in operations if operation in known]
    codes = sorted({each.policy_code for each in wanted if each.policy_code})
    actions = sorted({each.action for each in wanted})
    return _policy("1.1", codes), _policy("5.0", actions)


def _policy(version: str, actions: list[str]) -> str:
    return json.dumps({"Version": version, "Statement": [{"Effect": "Allow", "Action": actions}]}, indent=2)
