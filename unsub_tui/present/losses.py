"""Sentences on the data that is deleted with a resource, and on the options to recover it.

Sources: Huawei Cloud's pages on the recycle bins of ECS, EVS, RDS and ELB (usermanual-elb/elb_recycle_0000 of
2025-07-11), and its list of services with a recycle bin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from unsub_tui.domain.resource import Resource, is_license_id
from unsub_tui.present.i18n import _
from unsub_tui.present.resources import service_cell

_SENTENCES: Mapping[str, Sequence[str]] = {
    "hws.service.type.ec2": (
        _("ECS: the server and its attached disks are deleted with all their data."),
        _(
            "Recycle bin: only if you have turned it on and the server is old enough (default 7 days);"
            " it keeps servers for 7 days by default and is billed pay-per-use."
        ),
    ),
    "hws.service.type.ebs": (
        _("EVS: the disk is deleted with its data; legacy snapshots are deleted in any case."),
        _("Recycle bin: off unless you turned it on; it keeps disks for at most 7 days and is billed pay-per-use."),
    ),
    "hws.service.type.rds": (
        _("RDS: the instance is deleted with its databases and its automated backups."),
        _("Recycle bin: exists for RDS; check its policy in the RDS console first, or make a manual backup."),
    ),
    "hws.service.type.elb": (
        _("ELB: the load balancer is deleted with its listeners and forwarding policies."),
        _(
            "Recycle bin: dedicated load balancers only, in some regions, if you have turned it on and the load"
            " balancer is old enough; its policy is in the ELB console."
        ),
    ),
    "hws.service.type.cbr": (
        _("CBR vault: all backups in it are deleted, including those made before this cleanup."),
        _("Recycle bin: none known. Copy backups that you need to another vault first."),
    ),
    "hws.service.type.dds": (
        _("DDS: the instance is deleted with all its document databases and its automated backups."),
        _("Recycle bin: check its policy in the DDS console first, or make a manual backup."),
    ),
    "hws.service.type.dcs": (
        _("DCS: the cache instance is deleted with all its keys and its backups."),
        _("Recycle bin: none known. Export the data first."),
    ),
    "hws.resource.type.ip": (
        _("EIP: the public address is released and may be assigned to somebody else."),
        _("Recycle bin: none. Change DNS records and allow-lists first."),
    ),
    "hws.resource.type.bandwidth": (
        _("Bandwidth: the addresses on it lose their bandwidth."),
        _("Recycle bin: none."),
    ),
    "license": (
        _("License: RDS for SQL Server does not run without it; it has no data of its own."),
        _("Recycle bin: none."),
    ),
    "hws.service.type.cce": (
        _("CCE: the cluster is deleted with its workloads and settings; its nodes are separate servers."),
        _("Recycle bin: none for clusters."),
    ),
}
"""The loss and then the options to recover, by type or service of the resource."""

_OTHER_SERVICES = (
    _("{services}: the data is deleted."),
    _("Recycle bin: none known. Migrate or back up first."),
)


def data_loss_sentences(resources: Iterable[Resource], *, is_brief: bool = False) -> Sequence[str]:
    """Return one sentence group per kind of resource, with the number of resources.

    If `is_brief`, only the loss is stated, not the recovery options.
    """
    resources = list(resources)
    counts = Counter(map(_kind, resources))
    texts = [
        f"{counts[kind]} x {' '.join(sentences[:1] if is_brief else sentences)}"
        for kind, sentences in _SENTENCES.items()
        if kind in counts
    ]
    if others := Counter(service_cell(each) for each in resources if not _kind(each)):
        services = ", ".join(f"{count} x {service}" for service, count in others.most_common())
        texts.append(" ".join(_OTHER_SERVICES[:1] if is_brief else _OTHER_SERVICES).format(services=services))
    return texts


def _kind(resource: Resource) -> str:
    """Return the key of the sentences about a resource; "" for a service that has none."""
    if is_license_id(resource.id):
        return "license"
    codes = (resource.resource_type_code.raw, resource.service_type_code.raw)
    return next((code for code in codes if code and code in _SENTENCES), "")
