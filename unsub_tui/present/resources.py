"""Resources as cells, lines and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.service import SERVICE_PREFIX, SHORT_NAMES
from unsub_tui.present.times import in_zone
from unsub_tui.present.words import _

_PARTS = {
    "hws.resource.type.ip": "EIP",
    "hws.resource.type.bandwidth": "bandw",
    "hws.resource.type.rds.volume": "disk",
}

TIGHT_DAYS = 1000
"""From so many days on the blank before the unit gives way, so that no digit is cut off in the list."""
_TYPE_PREFIX = "hws.resource.type."


def short_service(code: Foreign) -> str:
    """Return the short name of a service: ECS for `hws.service.type.ec2`."""
    known = SHORT_NAMES.get(code.raw)
    return known if known is not None else code.clean().removeprefix(SERVICE_PREFIX).upper()


def service_cell(resource: Resource) -> str:
    """Return the service, with the part it is of it where one service has several."""
    part = _PARTS.get(resource.resource_type_code.raw, "")
    name = short_service(resource.service_type_code)
    return f"{name} {part}" if part else name


def short_type(resource: Resource) -> tuple[str, str, str]:
    """Return the other names of a resource's kind: its short service, and both codes without what all codes share."""
    return (
        short_service(resource.service_type_code),
        resource.service_type_code.clean().removeprefix(SERVICE_PREFIX),
        resource.resource_type_code.clean().removeprefix(_TYPE_PREFIX),
    )


def display_name(resource: Resource) -> str:
    """Return the name, or the id where there is none."""
    return resource.resource_name.clean() or resource.resource_id.clean()


def name_and_id(resource: Resource) -> str:
    """Return the name with the id, for lists where two may look alike."""
    name, resource_id = resource.resource_name.clean(), resource.resource_id.clean()
    return f"{name} ({resource_id})" if name else resource_id


def one_line(resource: Resource) -> str:
    """Return service, name and id in this order: what is cut off at the end is told by what comes before."""
    parts = (service_cell(resource), resource.resource_name.clean(), resource.resource_id.clean())
    return " · ".join(part for part in parts if part)


def region(resource: Resource) -> str:
    """Return the region's code."""
    return resource.region_code.clean()


def spec(resource: Resource) -> str:
    """Return what size it is, in as few words as the service gives."""
    code = resource.resource_spec_code.clean()
    if resource.spec_size:
        unit = "Mbit/s" if resource.resource_type_code.raw.endswith("bandwidth") else "GB"
        return f"{Foreign(resource.spec_size).clean()} {unit} {code}".rstrip()
    return code or resource.product_spec_desc.clean()


def project(resource: Resource) -> str:
    """Return the enterprise project: its name, else its id, else that there is none."""
    if resource.enterprise_project_name:
        return resource.enterprise_project_name.clean()
    raw = resource.enterprise_project_id.raw
    if raw == "0":
        return _("default")
    return "" if raw in ("", "null") else resource.enterprise_project_id.clean()


def date(moment: datetime | None) -> str:
    """Return a day in the reader's own time zone."""
    return in_zone(moment).date().isoformat() if moment else "-"


def date_time(moment: datetime | None) -> str:
    """Return a moment in the reader's own time zone, with its offset."""
    return in_zone(moment).strftime("%Y-%m-%d %H:%M:%S %z") if moment else "-"


def days_left(moment: datetime | None, now: datetime) -> str:
    """Return `in 12 d`, `in 5 h` or `3 d ago`."""
    if moment is None:
        return ""
    left = moment - now
    if left < timedelta(0):
        return _("{days} d ago").format(days=-left // timedelta(days=1))
    if left < timedelta(days=1):
        return _("in {hours} h").format(hours=left // timedelta(hours=1))
    days = left // timedelta(days=1)
    return (_("in {days} d") if days < TIGHT_DAYS else _("in {days}d")).format(days=days)


def expiry_cell(resource: Resource, now: datetime) -> str:
    """Return the day of expiry and how far it is."""
    if resource.expire_time is None:
        return "-"
    return f"{date(resource.expire_time)} {days_left(resource.expire_time, now)}"


def begin_cell(resource: Resource, now: datetime) -> str:
    """Return the day on which it begins and how far that is."""
    return f"{date(resource.effective_time)} {days_left(resource.effective_time, now)}".rstrip()


def left_text(until: datetime | None, now: datetime) -> str:
    """Return how long a window stays open, `4 d left` or `5 h left`; nothing where there is none."""
    if until is None:
        return ""
    days, rest = divmod(until - now, timedelta(days=1))
    return _("{n} d left").format(n=days) if days else _("{n} h left").format(n=rest // timedelta(hours=1))


@lru_cache(maxsize=64)
def status_word(status: int) -> str:
    """Return the word of a resource's status; a number that we do not know stays a number."""
    words: dict[int, str] = {
        Status.IN_USE: _("in use"),
        Status.CLOSED: _("closed"),
        Status.FROZEN: _("frozen"),
        Status.EXPIRED: _("expired"),
    }
    return words[status] if status in words else _("status {number}").format(number=status)


def policy_words(policy: int | None) -> str:
    """Return what happens at expiry."""
    words: dict[int, str] = {
        ExpirePolicy.GRACE_PERIOD: _("grace period, then frozen and deleted"),
        ExpirePolicy.PAY_PER_USE: _("changes to pay-per-use"),
        ExpirePolicy.DELETE_AT_EXPIRY: _("deleted at expiry"),
        ExpirePolicy.AUTO_RENEW: _("renewed automatically"),
        ExpirePolicy.FREEZE: _("frozen at expiry"),
        ExpirePolicy.DELETE_AFTER_RETENTION: _("deleted after the retention period"),
    }
    if policy is None:
        return _("not said by the service")
    return words.get(policy, _("policy {number}").format(number=policy))


def state_cell(resource: Resource, now: datetime) -> str:
    """Return one word for the list: what stands in the way of unsubscribing, or the status."""
    if resource.status == Status.IN_USE and not resource.is_effective(now):
        return _("not begun")
    return status_word(resource.status)


def kind_text(resource: Resource) -> str:
    """Return the text that the filter searches besides name and id: service and type, spec, region, status.

    Not the project: its name would bring rows whose columns show nothing of what was typed.
    """
    return "\n".join(
        (
            service_cell(resource),
            resource.service_type_code.clean().removeprefix(SERVICE_PREFIX),
            resource.resource_type_code.clean().removeprefix(_TYPE_PREFIX),
            region(resource),
            spec(resource),
            status_word(resource.status),
        )
    )


def blocked_text(reason: Blocked, main: Resource | None = None) -> str:
    """Return why a resource cannot be unsubscribed, as a sentence; `main` is what an attached one belongs to."""
    if reason is Blocked.ATTACHED and main is not None:
        return _("attached to {name}: it goes together with that one").format(name=display_name(main))
    return _BLOCKED()[reason]


def blocked_short(reason: Blocked) -> str:
    """Return the reason in two or three words, for sums."""
    words = {
        Blocked.ATTACHED: _("attached"),
        Blocked.NOT_BATCH_ELIGIBLE: _("not in a batch"),
        Blocked.WHOLE_ONLY: _("only as a whole"),
        Blocked.NOT_EFFECTIVE: _("not begun"),
        Blocked.EXPIRED: _("expired"),
        Blocked.FROZEN: _("frozen"),
        Blocked.CLOSED: _("closed"),
        Blocked.UNKNOWN_STATUS: _("unknown status"),
        Blocked.UNSAFE_ID: _("unsafe id"),
        Blocked.PROTECTED: _("protected"),
        Blocked.SERVICE_EXCLUDED: _("service excluded"),
        Blocked.PACKAGE_IN_USE: _("package in use"),
        Blocked.UNPAID_ORDER: _("unpaid order"),
        Blocked.IN_TRANSACTION: _("in a transaction"),
        Blocked.TRIAL: _("trial"),
        Blocked.NO_RENEWAL: _("not renewed"),
        Blocked.ATTACHED_LATER: _("attached later"),
        Blocked.CHANGED: _("spec changed"),
        Blocked.DRIFTED: _("changed"),
        Blocked.AUTO_RENEWAL_OFF: _("off already"),
        Blocked.AUTO_RENEWAL_ON: _("on already"),
        Blocked.PAY_PER_USE_SET: _("set already"),
        Blocked.PAY_PER_USE_NOT_SET: _("not set"),
        Blocked.NO_PAY_PER_USE: _("no pay-per-use"),
    }
    return words[reason]


def _BLOCKED() -> dict[Blocked, str]:  # noqa: N802 - a table, built when the language is known
    return {
        Blocked.ATTACHED: _("attached: it goes together with its main resource"),
        Blocked.NOT_BATCH_ELIGIBLE: _("goes alone: only ECS, EVS, RDS, VPC and CCE go in a batch"),
        Blocked.WHOLE_ONLY: _("part of a solution that goes only as a whole"),
        Blocked.NOT_EFFECTIVE: _("bought but not begun: it is under 3 Inactive"),
        Blocked.EXPIRED: _("expired: release it in the console, it cannot be unsubscribed"),
        Blocked.FROZEN: _("frozen: cannot be unsubscribed"),
        Blocked.CLOSED: _("closed: already gone"),
        Blocked.UNKNOWN_STATUS: _("in a status that this version does not know"),
        Blocked.UNSAFE_ID: _("its id has characters that no id of the vendor has"),
        Blocked.PROTECTED: _("protected by your configuration"),
        Blocked.SERVICE_EXCLUDED: _("the vendor does not take this service back"),
        Blocked.PACKAGE_IN_USE: _("a resource package that has begun: the vendor does not take it back"),
        Blocked.UNPAID_ORDER: _("an order that waits for payment holds it: pay or cancel that first"),
        Blocked.IN_TRANSACTION: _("a change, renewal or unsubscription of it is under way: try later"),
        Blocked.TRIAL: _("a trial: the vendor does not take it back"),
        Blocked.NO_RENEWAL: _("no paid renewal that has not begun is known of it"),
        Blocked.ATTACHED_LATER: _("something was attached after the renewal was paid: it goes only as a whole"),
        Blocked.CHANGED: _("its spec was changed after the renewal was paid: it goes only as a whole"),
        Blocked.DRIFTED: _("no longer what was planned"),
        Blocked.AUTO_RENEWAL_OFF: _("automatic renewal is off already"),
        Blocked.AUTO_RENEWAL_ON: _("it renews itself already"),
        Blocked.PAY_PER_USE_SET: _("it becomes pay-per-use at its expiry already"),
        Blocked.PAY_PER_USE_NOT_SET: _("it does not become pay-per-use, so there is nothing to cancel"),
        Blocked.NO_PAY_PER_USE: _("a package: it cannot become pay-per-use"),
    }


def details(resource: Resource, now: datetime) -> Sequence[tuple[str, str]]:
    """Return every field of a resource as label and text."""
    return [
        (_("name"), resource.resource_name.clean() or "-"),
        (_("id"), resource.resource_id.clean()),
        (_("service"), _named(short_service(resource.service_type_code), resource.service_type_name)),
        (_("type"), _named(resource.resource_type_code.clean(), resource.resource_type_name)),
        (_("spec"), spec(resource) or "-"),
        (_("description"), resource.product_spec_desc.clean() or "-"),
        (_("region"), region(resource) or "-"),
        (_("project id"), resource.project_id.clean() or "-"),
        (_("enterprise project"), project(resource) or _("not assigned")),
        (_("status"), status_word(resource.status)),
        (_("began"), date_time(resource.effective_time)),
        (_("expires"), f"{date_time(resource.expire_time)} {days_left(resource.expire_time, now)}".rstrip()),
        (_("at expiry"), policy_words(resource.expire_policy)),
        (_("changed"), date_time(resource.update_time)),
        (_("product id"), resource.product_id.clean() or "-"),
        (_("attached to"), resource.parent_resource_id.clean() or "-"),
    ]


def _named(code: str, name: Foreign) -> str:
    shown = name.clean()
    return f"{code} · {shown}" if shown and shown != code else code or "-"
