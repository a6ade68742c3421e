"""What can be found out of an estate, by somebody who reads all there is to read.

`seen` is the estate as its lists show it. A list is conclusive if it answers, and nothing about it shows that it is
not whole; only then may a program say that there is none of something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from tests.reference_server.inventory.behavior import Failure
from tests.reference_server.inventory.estate import Estate, Item
from tests.reference_server.inventory.listing import DEFAULT, Scoped
from tests.reference_server.inventory.routes import ROUTES, Identified

S = TypeVar("S", bound=Scoped)
R = TypeVar("R", bound=Identified)
LISTS: Mapping[str, str] = {
    "servers": "ecs.list_servers_details",
    "disks": "evs.list_volumes",
    "snapshots": "evs.list_snapshots",
    "eips": "vpc.list_publicips",
    "bandwidths": "vpc.list_bandwidths",
    "vaults": "cbr.list_vault",
    "backups": "cbr.list_backups",
    "databases": "rds.list_instances",
    "database_backups": "rds.list_backups",
    "clusters": "cce.list_clusters",
    "nodes": "cce.list_nodes",
    "metrics": "ces.batch_list_metric_data",
}
"""By field of an estate, the operation that lists what is in it."""


def failures_of(estate: Estate, operation: str, project_id: str) -> list[Failure]:
    """Return how an operation fails in a project."""
    names = {operation, operation.partition(".")[0]}
    return [
        each for each in estate.behavior.failures if each.operation in names and each.project_id in {"", project_id}
    ]


def answers(estate: Estate, operation: str, project_id: str) -> bool:
    """Return whether an operation answers in a project, if it is tried often enough."""
    return all(each.times is not None for each in failures_of(estate, operation, project_id))


def always_answers(estate: Estate, operation: str, project_id: str) -> bool:
    """Return whether an operation answers in a project at the first try, and each time."""
    return not failures_of(estate, operation, project_id)


def is_granted(estate: Estate, operation: str, enterprise_project_id: str) -> bool:
    """Return whether the user gets to see the things of an enterprise project, however the operation is asked."""
    behavior = estate.behavior
    if behavior.granted is None:
        return True
    route = next(each for each in ROUTES if each.full_name == operation)
    if route.takes_all_granted and not behavior.knows_all_granted:
        # Without that value, lists of a whole project are refused, or show the default enterprise project alone.
        return behavior.lists_default_only and enterprise_project_id == DEFAULT in behavior.granted
    return enterprise_project_id in behavior.granted


def seen(estate: Estate) -> Estate:
    """Return what the lists show, after all that happens between their pages."""

    def shown(field: str, found: Iterable[S]) -> tuple[S, ...]:
        operation, hidden = LISTS[field], estate.behavior.hidden
        return tuple(
            each
            for each in found
            if each.id not in hidden
            and answers(estate, operation, each.project_id)
            and is_granted(estate, operation, each.enterprise_project_id)
        )

    def owned(field: str, found: Iterable[R], owners: Iterable[Scoped], owner_of: Callable[[R], str]) -> tuple[R, ...]:
        operation, hidden = LISTS[field], estate.behavior.hidden
        held = {
            each.id
            for each in owners
            if answers(estate, operation, each.project_id) and is_granted(estate, operation, each.enterprise_project_id)
        }
        return tuple(each for each in found if owner_of(each) in held and each.id not in hidden)

    databases = [each for each in estate.databases if each.id not in estate.behavior.hidden]
    clusters = shown("clusters", estate.clusters)
    return estate.replace(
        servers=shown("servers", estate.servers),
        disks=shown("disks", estate.disks),
        snapshots=owned("snapshots", estate.snapshots, estate.disks, lambda each: each.disk_id),
        eips=shown("eips", estate.eips),
        bandwidths=shown("bandwidths", estate.bandwidths),
        vaults=shown("vaults", estate.vaults),
        backups=shown("backups", estate.backups),
        databases=shown("databases", estate.databases),
        database_backups=owned("database_backups", estate.database_backups, databases, lambda each: each.database_id),
        clusters=clusters,
        nodes=owned("nodes", estate.nodes, clusters, lambda each: each.cluster_id),
        metrics=tuple(
            each
            for each in estate.metrics
            if estate.behavior.granted is None and answers(estate, LISTS["metrics"], each.project_id)
        ),
    )


def control_group(estate: Estate, field: str, project_id: str) -> frozenset[str]:
    """Return what a list must contain, since it is subscribed to."""
    found: Iterable[object] = getattr(estate, field)
    return frozenset(
        each.id for each in found if isinstance(each, Item) and each.order_id and each.project_id == project_id
    )


def is_whole(estate: Estate, field: str, project_id: str) -> bool:
    """Return whether a list answers, and contains all that is subscribed to."""
    listed = {each.id for each in seen(estate).items()}
    has_grants = estate.behavior.granted is not None and field == "metrics"
    return (
        answers(estate, LISTS[field], project_id)
        and not has_grants
        and control_group(estate, field, project_id) <= listed
    )


def is_conclusive(estate: Estate, field: str, project_id: str) -> bool:
    """Return whether a list is whole, and nothing else about it shows that rows may be missing."""
    operation, behavior = LISTS[field], estate.behavior
    return (
        is_whole(estate, field, project_id)
        and not any(wrong for each, wrong in behavior.wrong_counts if each == operation)
        and not any(each.operation == operation for each in behavior.page_changes)
    )
