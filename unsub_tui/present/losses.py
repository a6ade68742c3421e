"""Sentences on the data that is deleted with a resource, and on the options to recover it.

Sources: Huawei Cloud's pages on the recycle bins of ECS, EVS and RDS, and its list of services with a recycle bin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from unsub_tui.domain.resource import Resource
from unsub_tui.present.i18n import _


class _Kind(Enum):
    """Kinds of resources with different losses."""

    ECS = auto()
    EVS = auto()
    RDS = auto()
    EIP = auto()
    BANDWIDTH = auto()
    CCE = auto()
    OTHER = auto()


_BY_SERVICE = {
    "hws.service.type.ec2": _Kind.ECS,
    "hws.service.type.ebs": _Kind.EVS,
    "hws.service.type.rds": _Kind.RDS,
    "hws.service.type.cce": _Kind.CCE,
}

_BY_TYPE = {
    "hws.resource.type.ip": _Kind.EIP,
    "hws.resource.type.bandwidth": _Kind.BANDWIDTH,
}


def data_loss_sentences(resources: Iterable[Resource], *, is_brief: bool = False) -> Sequence[str]:
    """Return one sentence group per kind of resource, with the number of resources.

    If `is_brief`, only the loss is stated, not the recovery options.
    """
    counts: dict[_Kind, int] = {}
    for resource in resources:
        kind = _kind(resource)
        counts[kind] = counts.get(kind, 0) + 1
    table = _sentences()
    sentences = {kind: table[kind][:1] if is_brief else table[kind] for kind in _Kind if kind in counts}
    return [f"{counts[kind]} x {' '.join(lines)}" for kind, lines in sentences.items()]


def _kind(resource: Resource) -> _Kind:
    by_type = _BY_TYPE.get(resource.resource_type_code.raw)
    return by_type or _BY_SERVICE.get(resource.service_type_code.raw, _Kind.OTHER)


def _sentences() -> dict[_Kind, Sequence[str]]:
    return {
        _Kind.ECS: (
            _("ECS: the server and its attached disks are deleted with all their data."),
            _(
                "Recycle bin: only if you have turned it on and the server is old enough (default 7 days);"
                " it keeps servers for 7 days by default and is billed pay-per-use."
            ),
        ),
        _Kind.EVS: (
            _("EVS: the disk is deleted with its data; legacy snapshots are deleted in any case."),
            _("Recycle bin: off unless you turned it on; it keeps disks for at most 7 days and is billed pay-per-use."),
        ),
        _Kind.RDS: (
            _("RDS: the instance is deleted with its databases and its automated backups."),
            _("Recycle bin: exists for RDS; check its policy in the RDS console first, or make a manual backup."),
        ),
        _Kind.EIP: (
            _("EIP: the public address is released and may be assigned to somebody else."),
            _("Recycle bin: none. Change DNS records and allow-lists first."),
        ),
        _Kind.BANDWIDTH: (
            _("Bandwidth: the addresses on it lose their bandwidth."),
            _("Recycle bin: none."),
        ),
        _Kind.CCE: (
            _("CCE: the cluster is deleted with its workloads and settings; its nodes are separate servers."),
            _("Recycle bin: none for clusters."),
        ),
        _Kind.OTHER: (
            _("Other service: its data is deleted."),
            _("Recycle bin: none known. Migrate or back up first."),
        ),
    }
