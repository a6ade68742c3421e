"""Formats resources as cells, lines and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import (
    NO_STATUS,
    SERVICE_PREFIX,
    SHORT_NAMES,
    ExpirePolicy,
    Resource,
    Status,
    status_code,
)
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.present.i18n import _

_PARTS = {
    "hws.resource.type.ip": "EIP",
    "hws.resource.type.bandwidth": "bandw",
    "hws.resource.type.rds.volume": "disk",
}

_TYPE_PREFIX = "hws.resource.type."

MAX_NAMED = 3
"""Maximum number of resources that a line of names contains."""


def short_service(code: UntrustedText) -> str:
    """Return the short name of a service: ECS for `hws.service.type.ec2`."""
    known = SHORT_NAMES.get(code.raw)
    return known if known is not None else code.for_display().removeprefix(SERVICE_PREFIX).upper()


def service_cell(resource: Resource) -> str:
    """Return the service, with the part of the service that the resource is, such as `RDS disk`."""
    part = _PARTS.get(resource.resource_type_code.raw, "")
    name = short_service(resource.service_type_code)
    return f"{name} {part}" if part else name


def kind_label(service_type_code: UntrustedText, resource_type_code: UntrustedText) -> str:
    """Return what a resource is in counts: the part of its service, such as `EIP`, or else the service."""
    return _PARTS.get(resource_type_code.raw) or short_service(service_type_code)


def type_aliases(resource: Resource) -> tuple[str, str, str]:
    """Return the other names of a resource's type: short service name, and both codes without their common prefixes."""
    return (
        short_service(resource.service_type_code),
        resource.service_type_code.for_display().removeprefix(SERVICE_PREFIX),
        resource.resource_type_code.for_display().removeprefix(_TYPE_PREFIX),
    )


def display_name(resource: Resource) -> str:
    """Return the name, or the id if there is no name; a row may have neither."""
    return resource.resource_name.for_display() or resource.resource_id.for_display() or _("no name, no id")


def name_and_id(resource: Resource) -> str:
    """Return the name with the id, for lists in which names may repeat."""
    name, resource_id = resource.resource_name.for_display(), resource.resource_id.for_display()
    return f"{name} ({resource_id})" if name else resource_id


def names_text(names: Sequence[str]) -> str:
    """Return the first names and the number of the rest."""
    named, more = ", ".join(names[:MAX_NAMED]), len(names) - MAX_NAMED
    return _("{names} and {n} more").format(names=named, n=more) if more > 0 else named


def resource_line(resource: Resource) -> str:
    """Return service, name and id, in this order, so that a line truncated at the end stays recognizable."""
    parts = (service_cell(resource), resource.resource_name.for_display(), resource.resource_id.for_display())
    return " · ".join(part for part in parts if part)


def region(resource: Resource) -> str:
    """Return the region code."""
    return resource.region_code.for_display()


def spec(resource: Resource) -> str:
    """Return the spec: size and code, otherwise Huawei Cloud's description."""
    code = resource.resource_spec_code.for_display()
    if resource.spec_size:
        unit = "Mbit/s" if resource.resource_type_code.raw.endswith("bandwidth") else "GB"
        return f"{for_display(resource.spec_size)} {unit} {code}".rstrip()
    return code or resource.product_spec_desc.for_display()


def project_name(resource: Resource) -> str:
    """Return the name of the enterprise project, its id if it has no name, or an empty string without a project."""
    if resource.enterprise_project_name:
        return resource.enterprise_project_name.for_display()
    raw = resource.enterprise_project_id.raw
    if raw == "0":
        return _("default")
    return "" if raw in ("", "null") else resource.enterprise_project_id.for_display()


_STATUS_LABELS: Mapping[int, str] = {
    Status.IN_USE: _("in use"),
    Status.CLOSED: _("closed"),
    Status.FROZEN: _("frozen"),
    Status.EXPIRED: _("expired"),
    Status.FREEZING: _("freezing"),
    Status.UNFREEZING: _("unfreezing"),
    Status.CLOSING: _("closing"),
    NO_STATUS: _("no status"),
}

_EXPIRE_POLICY_LABELS: Mapping[int, str] = {
    ExpirePolicy.GRACE_PERIOD: _("grace period, then frozen and deleted"),
    ExpirePolicy.PAY_PER_USE: _("changes to pay-per-use"),
    ExpirePolicy.DELETE_AT_EXPIRY: _("deleted at expiry"),
    ExpirePolicy.AUTO_RENEW: _("auto-renews"),
    ExpirePolicy.FREEZE: _("frozen at expiry"),
    ExpirePolicy.DELETE_AFTER_RETENTION: _("deleted after the retention period"),
}


def status_label(status: int) -> str:
    """Return the label of a resource's status; an unknown status is shown as its number."""
    return _STATUS_LABELS.get(status) or _("status {number}").format(number=status)


def expire_policy_label(policy: int | None) -> str:
    """Return what happens at expiry."""
    if policy is None:
        return _("not stated by Huawei Cloud")
    return _EXPIRE_POLICY_LABELS.get(policy) or _("policy {number}").format(number=policy)


def auto_renewal_cell(policy: int | None) -> str:
    """Return, in a few letters, whether a resource stays after its expiry: renewed, paid per use, or `-`."""
    if policy == ExpirePolicy.AUTO_RENEW:
        return _("renews")
    return _("per use") if policy == ExpirePolicy.PAY_PER_USE else "-"


def state_cell(resource: Resource, now: datetime) -> str:
    """Return the state for the list: `not begun` if the resource has not started, otherwise its status."""
    if resource.status == Status.IN_USE and not resource.is_effective(now):
        return _("not begun")
    return status_label(resource.status)


def state_code(resource: Resource, now: datetime) -> str:
    """Return the code of the state that `state_cell` shows, by which filters name it in every language."""
    if resource.status == Status.IN_USE and not resource.is_effective(now):
        return "not-begun"
    return status_code(resource.status)


def kind_search_text(resource: Resource) -> str:
    """Return the text that the filter searches besides name and id: service, type, spec, region, status.

    The project is excluded: a match in its name would show rows without the typed text in any column.
    """
    _short, *codes = type_aliases(resource)
    status = (status_label(resource.status), status_code(resource.status))
    words = (service_cell(resource), *codes, region(resource), spec(resource), *status)
    return "\n".join(words)


BLOCKED_LABELS: Mapping[BlockedReason, str] = {
    BlockedReason.ATTACHED: _("attached"),
    BlockedReason.NOT_BATCH_ELIGIBLE: _("not in a batch"),
    BlockedReason.WHOLE_ONLY: _("only as a whole"),
    BlockedReason.NOT_EFFECTIVE: _("not begun"),
    BlockedReason.EXPIRED: _("expired"),
    BlockedReason.FROZEN: _("frozen"),
    BlockedReason.CLOSED: _("closed"),
    BlockedReason.UNKNOWN_STATUS: _("unknown status"),
    BlockedReason.STATUS_CHANGING: _("status changing"),
    BlockedReason.UNSAFE_ID: _("unsafe id"),
    BlockedReason.CONTRADICTORY: _("contradictory"),
    BlockedReason.UNREADABLE: _("unreadable"),
    BlockedReason.PROTECTED: _("protected"),
    BlockedReason.RUNNING: _("not stopped"),
    BlockedReason.NO_BACKUP: _("no backup"),
    BlockedReason.SERVICE_EXCLUDED: _("service excluded"),
    BlockedReason.PACKAGE_IN_USE: _("package in use"),
    BlockedReason.UNPAID_ORDER: _("unpaid order"),
    BlockedReason.IN_TRANSACTION: _("in a transaction"),
    BlockedReason.TRIAL: _("trial"),
    BlockedReason.NO_RENEWAL: _("not renewed"),
    BlockedReason.ATTACHED_LATER: _("attached later"),
    BlockedReason.CHANGED: _("spec changed"),
    BlockedReason.NOT_READ_AGAIN: _("not found again"),
    BlockedReason.NOT_LISTED: _("not listed"),
    BlockedReason.NOT_MATCHED: _("no match"),
    BlockedReason.DRIFTED: _("changed"),
    BlockedReason.AUTO_RENEWAL_OFF: _("already off"),
    BlockedReason.AUTO_RENEWAL_ON: _("already on"),
    BlockedReason.PAY_PER_USE_SET: _("already set"),
    BlockedReason.PAY_PER_USE_NOT_SET: _("not set"),
    BlockedReason.NO_PAY_PER_USE: _("no pay-per-use"),
    BlockedReason.NO_AUTO_RENEWAL_CHANGE: _("renewal is fixed"),
    BlockedReason.CHINA_ONLY: _("only in China"),
}
"""Reasons in one to three words, for counts."""

_BLOCKED_SENTENCES: Mapping[BlockedReason, str] = {
    BlockedReason.ATTACHED: _("attached: unsubscribed together with its primary resource"),
    BlockedReason.NOT_BATCH_ELIGIBLE: _("only individually or in queue mode: a batch holds ECS, EVS, RDS, VPC and CCE"),
    BlockedReason.WHOLE_ONLY: _("part of a bundle that can only be unsubscribed as a whole"),
    BlockedReason.NOT_EFFECTIVE: _("bought but not begun: see 3 Inactive"),
    BlockedReason.EXPIRED: _("expired: cannot be unsubscribed from, release it in the console"),
    BlockedReason.FROZEN: _("frozen: not possible until that is resolved"),
    BlockedReason.CLOSED: _("closed: its term has ended"),
    BlockedReason.UNKNOWN_STATUS: _("its status is unknown to this version"),
    BlockedReason.STATUS_CHANGING: _("it is being frozen, unfrozen or closed: try again later"),
    BlockedReason.UNSAFE_ID: _("its id contains characters that ids of Huawei Cloud do not have"),
    BlockedReason.CONTRADICTORY: _("Huawei Cloud lists it several times with different data"),
    BlockedReason.UNREADABLE: _("unreadable: Huawei Cloud lists it without its id, status or primary resource"),
    BlockedReason.PROTECTED: _("protected by your configuration"),
    BlockedReason.RUNNING: _("not known to be stopped, as the guard refuse_running asks for"),
    BlockedReason.NO_BACKUP: _("no usable backup is known, as the guard require_backup asks for"),
    BlockedReason.SERVICE_EXCLUDED: _("Huawei Cloud does not allow unsubscriptions from this service"),
    BlockedReason.PACKAGE_IN_USE: _("a resource package in use: Huawei Cloud refunds it only before it begins"),
    BlockedReason.UNPAID_ORDER: _("blocked by an order awaiting payment: pay or cancel that order first"),
    BlockedReason.IN_TRANSACTION: _("a change, renewal or unsubscription of it is in progress: try again later"),
    BlockedReason.TRIAL: _("a trial: Huawei Cloud does not allow unsubscriptions from trials"),
    BlockedReason.NO_RENEWAL: _("no paid renewal period that has not begun is known"),
    BlockedReason.ATTACHED_LATER: _("a resource was attached after the renewal was paid: only possible as a whole"),
    BlockedReason.CHANGED: _("specification changed after the renewal was paid: only possible as a whole"),
    BlockedReason.NOT_READ_AGAIN: _("the list changed while it was read, and a query of its id did not return it"),
    BlockedReason.NOT_LISTED: _("not in the account"),
    BlockedReason.NOT_MATCHED: _("not on this tab, or no match for --filter"),
    BlockedReason.DRIFTED: _("no longer as planned"),
    BlockedReason.AUTO_RENEWAL_OFF: _("auto-renewal is already off"),
    BlockedReason.AUTO_RENEWAL_ON: _("auto-renewal is already on"),
    BlockedReason.PAY_PER_USE_SET: _("already changes to pay-per-use at expiry"),
    BlockedReason.PAY_PER_USE_NOT_SET: _("does not change to pay-per-use at expiry"),
    BlockedReason.NO_PAY_PER_USE: _("a package: cannot change to pay-per-use"),
    BlockedReason.CHINA_ONLY: _("only Huawei Cloud's China site changes to pay-per-use immediately"),
    BlockedReason.NO_AUTO_RENEWAL_CHANGE: _("auto-renewal of EIPs and of RDS read replicas cannot be changed"),
}


def blocked_text(reason: BlockedReason, main: Resource | None = None) -> str:
    """Return why a resource cannot be unsubscribed; `main` is the primary resource of an attached one."""
    if reason is BlockedReason.ATTACHED and main is not None:
        return _("attached to {name}: unsubscribed together with it").format(name=display_name(main))
    return _BLOCKED_SENTENCES[reason]
