"""Run states, tags, clusters and deletion protection of resources."""

from __future__ import annotations

from dataclasses import replace

from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, FindingState, Origin, known, none_seen, unknown
from unsub_tui.domain.inventory.place_index import ListIndex, PlaceIndex
from unsub_tui.domain.inventory.resource_findings import RelatedResource, RunState, RunStateFinding
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_rows import Cluster, Database, Disk, Eip, Server, Tags, Vault
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

_SERVER_STATES = {"ACTIVE": RunState.RUNNING, "SHUTOFF": RunState.STOPPED}
_DATABASE_STATES = {"ACTIVE": RunState.RUNNING, "SHUTDOWN": RunState.STOPPED}

NONE_SEEN, UNKNOWN = FindingState.NONE_SEEN, FindingState.UNKNOWN

CLUSTER_TAG_PREFIX = "CCE-"
"""Beginning of the keys of tags that are reserved for CCE."""


def run_state_of(subject: Subject) -> Finding[RunStateFinding] | None:
    """Return what a server, database or cluster is doing; never from Config, whose data may be a day old.

    A cluster neither runs nor stands still: it is in the phase that its service names.
    """
    place, ids = subject.place, subject.ids
    match subject.kind:
        case ResourceKind.SERVER:
            return place.servers.find(*ids).then(
                lambda row, origin: (
                    unknown(fact("inventory_task"), origin)
                    if row.has_task
                    else known(_run_state(_SERVER_STATES, row.status, row), origin)
                )
            )
        case ResourceKind.DATABASE:
            return place.databases.find(*ids).map(lambda row: _run_state(_DATABASE_STATES, row.status))
        case ResourceKind.CLUSTER:
            return place.clusters.find(*ids).map(lambda row: _run_state({}, row.phase))
    return None


def _run_state(states: dict[str, RunState], status: str, server: Server | None = None) -> RunStateFinding:
    last_operation = None if server is None else server.updated
    return RunStateFinding(state=states.get(status, RunState.OTHER), status=status, last_operation=last_operation)


def tags_of(subject: Subject) -> Finding[Tags]:
    """Return the tags by the resource's own service, else by Config, whose data may be a day late.

    That Config knows no tags therefore says nothing.
    """
    index = _tagged_list(subject)
    own = NOT_READ if index is None else index.find(*subject.ids).then(lambda row, origin: _tags(row.tags, origin))
    if own.state is not UNKNOWN:
        return own
    config = subject.place.config.find(*reversed(subject.ids)).then(lambda row, origin: _tags(row.tags, origin))
    if config.state is NONE_SEEN:
        config = unknown(fact("inventory_config_without_tags"), config.origin)
    if index is None:
        return config
    return replace(config, reason=own.reason) if config.is_known else own


def _tagged_list(subject: Subject) -> ListIndex[Server | Disk | Eip | Database | Cluster | Vault] | None:
    """Return the list of the service whose rows contain the tags."""
    place = subject.place
    match subject.kind:
        case ResourceKind.SERVER:
            return place.servers
        case ResourceKind.DISK:
            return place.disks
        case ResourceKind.EIP:
            return place.eips
        case ResourceKind.DATABASE:
            return place.databases
        case ResourceKind.CLUSTER:
            return place.clusters
        case ResourceKind.VAULT:
            return place.vaults
    return None


def _tags(tags: Tags | None, origin: Origin) -> Finding[Tags]:
    if tags is None:
        return unknown(fact("inventory_not_stated"), origin)
    return known(tags, origin) if tags else none_seen(origin)


def cluster_of(subject: Subject) -> Finding[RelatedResource]:
    """Return the cluster that a server is a node of. The tag of CCE alone does not prove it."""
    place, server_id = subject.place, subject.resource.id
    if server_id in place.cluster_by_node:
        cluster_id, origin = place.cluster_by_node[server_id]
        cluster = place.clusters.get(cluster_id)
        name = EMPTY if cluster is None else cluster.name
        return known(subject.estate.related(UntrustedText(cluster_id), "cluster", name), origin)
    none, server = _no_cluster(place), place.servers.get(server_id)
    if server is not None and any(key.raw.startswith(CLUSTER_TAG_PREFIX) for key in server.tags or ()):
        code: FactCode = "inventory_cluster_tag_alone" if none.state is UNKNOWN else "inventory_cluster_tag"
        return unknown(fact(code), place.servers.list.origin)
    return none


def _no_cluster(place: PlaceIndex) -> Finding[RelatedResource]:
    """Return that a server is no node, if the nodes of all clusters were read."""
    none = place.clusters.list.absence()
    for cluster in place.clusters:
        nodes = place.lists.nodes_of_cluster.get(cluster.cluster_id.raw)
        absence = NOT_READ if nodes is None else nodes.absence()
        if absence.state is UNKNOWN:
            return absence
    return none


def deletion_protection_of(subject: Subject, cluster: Finding[RelatedResource] | None) -> Finding[bool] | None:
    """Return whether a cluster, or the cluster of a node, has deletion protection; None for other resources."""
    place = subject.place
    if subject.kind is ResourceKind.CLUSTER:
        row = place.clusters.find(*subject.ids)
    elif cluster is not None and cluster.value is not None:
        row = place.clusters.find(cluster.value.resource_id.raw)
    else:
        return None
    return row.then(
        lambda each, origin: (
            unknown(fact("inventory_not_stated"), origin)
            if each.is_deletion_protected is None
            else known(each.is_deletion_protected, origin)
        )
    )
