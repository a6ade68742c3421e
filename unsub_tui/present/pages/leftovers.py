"""Formats the leftovers of a run: resources that still exist, and the next step for each."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.domain.leftovers import Leftover, LeftoverReason, is_named_as_pool_node
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.page import Entry, Tone, lines
from unsub_tui.present.resources import short_service, status_label

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


def unexpected_leftover_ids(unit: Unit) -> frozenset[str]:
    """Return the ids of the resources of a unit that should be gone but still exist."""
    found = unit.followup.leftovers if unit.followup is not None else ()
    return frozenset(each.resource_id for each in found if each.reason not in POSSIBLE_REASONS)


def leftover_count(run: Run) -> int:
    """Return the number of resources that should be gone but still exist."""
    return len(frozenset().union(*map(unexpected_leftover_ids, run.units)))


def leftover_total(run: Run, where: str = "") -> str:
    """Return the number of unexpected leftovers and where they are listed; empty if there are none."""
    count = leftover_count(run)
    if not count:
        return ""
    return plural(
        "{n} leftover keeps billing: {where}",
        "{n} leftovers keep billing: {where}",
        count,
        where=where or _("see the end of this page"),
    )


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
        words = _("no leftovers: the resources and their attached resources are no longer subscribed")
        entries += lines([words], Tone.GOOD)
    return [*entries, *lines(_caveats(checked))]


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
    return _LINES[leftover.reason].format(
        what=_leftover_name(leftover), main=unit.resource_name.for_display() or for_display(unit.resource_id)
    )


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
