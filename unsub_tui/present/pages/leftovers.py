"""Formats the leftovers of a run: resources that still exist, and the next step for each.

Those that stay behind by the review are shown as their services describe them after the run, with source and time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.leftovers import (
    Leftover,
    LeftoverCheck,
    LeftoverReason,
    LeftoverState,
    is_named_as_pool_node,
)
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.inventory import KIND_NAMES, source_name
from unsub_tui.present.page import Entry, Tone, lines
from unsub_tui.present.resources import names_text, short_service, status_label
from unsub_tui.present.time_format import date_and_zone, format_short_datetime, zone_label

RECYCLE_BIN_SERVICES = frozenset(
    {"hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds", "hws.service.type.elb"}
)
"""Services whose recycle bin may keep unsubscribed resources for a while."""

POSSIBLE_REASONS = frozenset({LeftoverReason.SAME_ORDER, LeftoverReason.REPLICA})
"""Reasons of leftovers that may be intended to stay."""

MAX_SAME_ORDER_NAMED = 2
"""Maximum number of resources from the same orders that a page names; the journal contains all."""


_LINES = {
    LeftoverReason.ATTACHED: _(
        "{what} should have been unsubscribed with {main} and still exists: it keeps billing;"
        " unsubscribe from it individually, in the list (u) or in the console"
    ),
    LeftoverReason.LICENSE: _(
        "{what}, the license of {main}, still exists: it keeps billing;"
        " unsubscribe from it individually, in the list (u) or in the console"
    ),
    LeftoverReason.REPLICA: _(
        "{what} may be a read replica of {main} and is still listed: it may keep billing;"
        " if it is one, unsubscribe from it individually, in the list (u) or in the console"
    ),
}
"""Lines about leftovers of the item {main}."""


_BILLING: Mapping[Charging, str] = {
    Charging.PAY_PER_USE: _("still there, still billing: pay-per-use"),
    Charging.YEARLY_MONTHLY: _("still there, still billing: yearly/monthly"),
    Charging.SPOT: _("still there, still billing: spot"),
}
"""Words for resources that stay and keep billing, by how they are charged."""


def unexpected_leftover_ids(unit: Unit) -> frozenset[str]:
    """Return the ids of the resources of a unit that should be gone but still exist."""
    found = unit.followup.leftovers if unit.followup is not None else ()
    return frozenset(each.resource_id for each in found if each.reason not in POSSIBLE_REASONS)


def billing_leftover_ids(unit: Unit) -> frozenset[str]:
    """Return the ids of the leftovers of a unit that keep billing: unexpected ones, and pay-per-use ones that stay."""
    staying = (each.leftover.resource_id for each in unit.stays_behind or () if each.keeps_billing)
    return unexpected_leftover_ids(unit).union(staying)


def asked_leftover_ids(run: Run) -> frozenset[str]:
    """Return the ids of the resources about which the services were asked after a run."""
    return frozenset(each.leftover.resource_id for unit in run.units for each in unit.stays_behind or ())


def leftover_count(run: Run) -> int:
    """Return the number of leftovers that keep billing."""
    return len(frozenset().union(*map(billing_leftover_ids, run.units)))


def leftover_total(run: Run, where: str = "") -> str:
    """Return how many leftovers keep billing, stay subscribed or are not known, and where they are listed, if any."""
    count = leftover_count(run)
    subscribed = len(_staying_ids(run, lambda each: each.answer.charging is Charging.YEARLY_MONTHLY))
    unread = len(_staying_ids(run, lambda each: each.answer.state is LeftoverState.UNKNOWN))
    texts = [
        plural("{n} leftover keeps billing", "{n} leftovers keep billing", count) if count else "",
        plural("{n} stays subscribed", "{n} stay subscribed", subscribed) if subscribed else "",
        plural("{n} leftover is not known", "{n} leftovers are not known", unread) if unread else "",
    ]
    words = ", ".join(filter(None, texts))
    if not words:
        return ""
    return _("{words}: {where}").format(words=words, where=where or _("see the end of this page"))


def _staying_ids(run: Run, is_wanted: Callable[[LeftoverCheck], bool]) -> frozenset[str]:
    """Return the ids of the resources that stay behind a run for which the services' answers fit."""
    checks = (each for unit in run.units for each in unit.stays_behind or ())
    return frozenset(each.leftover.resource_id for each in checks if is_wanted(each))


def leftover_entries(run: Run) -> list[Entry]:
    """Return the leftovers, the data that could not be checked, and facts that cannot be checked at all.

    The list is empty if no item was completed.
    """
    settled = [unit for unit in run.units if unit.state is State.SETTLED and unit.action.deletes_resource]
    checked = [unit for unit in settled if unit.followup is not None]
    if not settled:
        return []
    missing = dict.fromkeys(each for unit in checked if unit.followup for each in unit.followup.missing)
    entries = _resource_entries(checked)
    entries += lines((_("not checked: {what}").format(what=fact_text(each)) for each in missing), Tone.WARNING)
    if len(checked) < len(settled):
        words = plural(
            "{n} item was not checked after completion; check status checks it",
            "{n} items were not checked after completion; check status checks them",
            len(settled) - len(checked),
        )
        entries += lines([words], Tone.WARNING)
    if not entries:
        words = (
            _("no leftovers: the resources and their attached resources are no longer subscribed")
            if all(map(_has_no_leftovers, settled))
            else _("the resources and their attached resources are no longer subscribed")
        )
        entries += lines([words], Tone.GOOD)
    return [*entries, *staying_entries(settled), *lines(_caveats(checked))]


def _has_no_leftovers(unit: Unit) -> bool:
    """Return whether it is known that nothing keeps billing without a unit, except what holds backups."""
    is_read = unit.stays_behind is not None or not unit.expected_leftovers
    is_answered = all(each.answer.state is not LeftoverState.UNKNOWN for each in unit.stays_behind or ())
    return is_read and is_answered and unit.more_leftovers_unknown is None and not billing_leftover_ids(unit)


def staying_entries(units: Sequence[Unit]) -> list[Entry]:
    """Return the resources that stay behind without completed items, and what is not known about them."""
    checks: dict[tuple[str, str], tuple[LeftoverCheck, Unit]] = {}
    for unit in units:
        for each in unit.stays_behind or ():
            checks.setdefault((each.leftover.kind, each.leftover.resource_id), (each, unit))
    entries = [
        Entry(_staying_line(check, unit), _staying_tone(check), target=unit.resource_id, indent=2, hang=2)
        for check, unit in sorted(checks.values(), key=lambda each: not each[0].keeps_billing)
    ]
    if any(check.keeps_billing for check, _unit in checks.values()):
        words = _("Delete unneeded pay-per-use resources in the consoles of their services.")
        entries += lines([words])
    unread = {
        (each.kind, each.resource_id)
        for unit in units
        if unit.stays_behind is None
        for each in unit.expected_leftovers or ()
    }
    if unread:
        words = plural(
            "{n} resource that stays was not read after completion; check status reads it",
            "{n} resources that stay were not read after completion; check status reads them",
            len(unread),
        )
        entries += lines([words], Tone.WARNING)
    return [*entries, *_unknown_entries(units)]


def _unknown_entries(units: Sequence[Unit]) -> Iterator[Entry]:
    """Yield why more may stay behind, with the items."""
    names_by_reason: dict[Fact, list[str]] = {}
    for unit in units:
        reason = unit.more_leftovers_unknown
        if reason is not None:
            names_by_reason.setdefault(reason, []).append(_unit_name(unit))
    words = _("not known: disks, EIPs and vaults that stay behind {names}: {reason}")
    for reason, names in names_by_reason.items():
        tone = Tone.PLAIN if reason.code == "leftovers_not_asked" else Tone.WARNING
        yield from lines([words.format(names=names_text(names), reason=fact_text(reason))], tone)


def _staying_line(check: LeftoverCheck, unit: Unit) -> str:
    """Return a resource that stays, what its service says about it, and when."""
    leftover, answer = check.leftover, check.answer
    if answer.state is LeftoverState.UNKNOWN:
        reason = fact_text(answer.reason) if answer.reason is not None else _("unknown")
        words = _("not known: {reason}").format(reason=reason)
    elif answer.state is LeftoverState.GONE:
        words = _("gone")
    else:
        words = _BILLING.get(answer.charging, _("still there"))
        if answer.status:
            words = _("{words}, status {status}").format(words=words, status=for_display(answer.status))
        if answer.expires is not None:
            words = _("{words}, expires {date}").format(words=words, date=date_and_zone(answer.expires))
    text = _("{what}, of {main}: {words}").format(what=_staying_name(check), main=_unit_name(unit), words=words)
    if answer.origin is None:
        return text
    read = answer.origin.at
    time = f"{format_short_datetime(read)} {zone_label(read)}"
    words = _("{text} ({source} in {region}, {time})")
    return words.format(text=text, source=source_name(answer.origin), region=for_display(leftover.region), time=time)


def _staying_name(check: LeftoverCheck) -> str:
    leftover, count = check.leftover, check.answer.count
    name, resource_id = leftover.name.for_display(), for_display(leftover.resource_id)
    is_counted = check.answer.state is LeftoverState.STILL_THERE
    match leftover.kind:
        case "manual_backups":
            return plural("{n} manual backup", "{n} manual backups", count) if is_counted else _("manual backups")
        case "snapshots":
            disk = name or resource_id
            if is_counted:
                return plural("{n} snapshot of disk {disk}", "{n} snapshots of disk {disk}", count, disk=disk)
            return _("snapshots of disk {disk}").format(disk=disk)
    kind = KIND_NAMES.get(leftover.kind, for_display(leftover.kind))
    return f"{kind} {name} ({resource_id})" if name else f"{kind} {resource_id}"


def _staying_tone(check: LeftoverCheck) -> Tone:
    if check.answer.state is LeftoverState.GONE:
        return Tone.GOOD
    if check.answer.state is LeftoverState.UNKNOWN or check.keeps_billing:
        return Tone.WARNING
    return Tone.PLAIN


def _unit_name(unit: Unit) -> str:
    return unit.resource_name.for_display() or for_display(unit.resource_id)


def _resource_entries(units: Sequence[Unit]) -> list[Entry]:
    """Return an entry per resource that should be gone, and one entry for resources bought with the same orders."""
    unexpected: dict[str, tuple[Leftover, Unit]] = {}
    same_order: dict[str, Leftover] = {}
    for unit in units:
        for each in unit.followup.leftovers if unit.followup else ():
            if each.reason is LeftoverReason.SAME_ORDER:
                same_order.setdefault(each.resource_id, each)
            else:
                unexpected.setdefault(each.resource_id, (each, unit))
    entries = lines((_line(each, unit) for each, unit in unexpected.values()), Tone.WARNING)
    if same_order:
        # Items bought with one order count the same resources, so the numbers are not added.
        more = max((unit.followup.unlisted_count for unit in units if unit.followup), default=0)
        entries += lines([_same_order_text(list(same_order.values()), more)])
    return entries


def _line(leftover: Leftover, unit: Unit) -> str:
    if leftover.reason is LeftoverReason.ITSELF:
        words = _("{what} is listed again although its order is completed; ask Huawei Cloud about order {order}")
        return words.format(what=_leftover_name(leftover), order=for_display(unit.order_id or "-"))
    return _LINES[leftover.reason].format(what=_leftover_name(leftover), main=_unit_name(unit))


def _same_order_text(leftovers: Sequence[Leftover], unnamed: int) -> str:
    """Return the resources bought with the same orders, a few of them by name."""
    more = len(leftovers) - MAX_SAME_ORDER_NAMED + unnamed
    names = ", ".join(map(_leftover_name, leftovers[:MAX_SAME_ORDER_NAMED]))
    words = (
        _("bought with the same orders, still billed: {names} and {n} more")
        if more > 0
        else _("bought with the same orders, still billed: {names}")
    )
    return words.format(names=names, n=more)


def _leftover_name(leftover: Leftover) -> str:
    name, resource_id = leftover.resource_name.for_display(), for_display(leftover.resource_id)
    facts = f"{short_service(leftover.service_type_code)}, {status_label(leftover.status)}"
    return f"{name} ({resource_id}, {facts})" if name else f"{resource_id} ({facts})"


def _caveats(units: Sequence[Unit]) -> list[str]:
    """Return the facts that Huawei Cloud's API does not provide for any resource."""
    if not units:
        return []
    texts = [_("bills of this month arrive late: charges can appear a day later")]
    if any(unit.service_type_code.raw in RECYCLE_BIN_SERVICES for unit in units):
        texts.append(_("recycle bins cannot be checked here: see the consoles of ECS, EVS, RDS and ELB"))
    if any(is_named_as_pool_node(unit.resource_name) for unit in units):
        texts.append(_("CCE node pools may have created new nodes, which are billed: see the CCE console"))
    return texts
