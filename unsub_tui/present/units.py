"""Formats an item of a run: state label, line, problem, amounts, refunds by order and by resource."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.domain.money import Amounts, refund_difference
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import STATES
from unsub_tui.present.money import coupon_lost_text, difference_text, format_money, round_to_cents
from unsub_tui.present.problems import TRY_AGAIN_LATER, problem_facts, problem_text
from unsub_tui.present.resources import kind_label, status_label
from unsub_tui.present.time_format import in_zone


def unit_state_label(unit: Unit) -> str:
    """Return the label of a unit's state, with other labels for reversible actions."""
    words = {State.ORDER_FAILED: _("not kept"), State.GONE_NO_ORDER: _("the resource is gone")}
    if not unit.action.creates_order and unit.state in words:
        return words[unit.state]
    if unit.retry_at is not None:
        return _("busy, again at {time}").format(time=f"{in_zone(unit.retry_at):%H:%M:%S}")
    if unit.action.is_immediate_change and unit.state is State.GONE_NO_ORDER:
        return _("no longer yearly/monthly, order unknown")
    if unit.resource_status is not None:
        return _("completed, still listed as {status}").format(status=status_label(unit.resource_status))
    return STATES[unit.state][1]


def unit_name(unit: Unit) -> str:
    """Return the name and id of a unit's resource."""
    name, resource_id = unit.resource_name.for_display(), for_display(unit.resource_id)
    return f"{name} ({resource_id})" if name else resource_id


def unit_line(unit: Unit) -> str:
    """Return a unit as a line: symbol, state, name, service, order."""
    word = unit_state_label(unit)
    if unit.is_under_review:
        word = (
            _("not changed yet, awaiting approval by Huawei Cloud")
            if unit.action.is_immediate_change
            else _("in progress, awaiting approval by Huawei Cloud")
        )
    parts = [
        f"{STATES[unit.state][0]} {word}",
        unit_name(unit),
        kind_label(unit.service_type_code, unit.resource_type_code),
    ]
    if unit.order_ids:
        ids = ", ".join(map(for_display, unit.order_ids))
        parts.append(plural("order {ids}", "orders {ids}", len(unit.order_ids), ids=ids))
    return " · ".join(parts)


def unit_problem_text(unit: Unit) -> str:
    """Return the problem, or an empty string. A retry is not advised if the request may have been executed."""
    if unit.problem is None:
        return ""
    # The advice of a problem may be a retry, which is wrong in these states.
    later = _("Huawei Cloud asks to try again later: check its status first, then review it again if it still exists.")
    no_order = _("No order was found for it; the refund is unknown.") if unit.action.creates_order else ""
    ends = {
        State.CONFIRMED: "",  # the run itself submits it again
        State.UNKNOWN: " ".join(
            [
                _("Its outcome is unknown; it is never submitted again automatically."),
                *([later] if unit.problem.code.raw == TRY_AGAIN_LATER else []),
            ]
        ),
        State.GONE_NO_ORDER: no_order,
        State.NOT_EXECUTED: _("It was not executed; select it again to review it again."),
    }
    end = ends.get(unit.state)
    return problem_text(unit.problem) if end is None else f"{problem_facts(unit.problem)} {end}".rstrip()


def amount_lines(estimate: Amounts | None, exact: Amounts | None) -> list[str]:
    """Return a line each for the estimate and the exact amounts, with the difference of the refunds."""
    lines = []
    if estimate is not None:
        lines.append(_("estimate: {figures}").format(figures=_figures(estimate)))
    if exact is not None:
        parts = [_figures(exact)]
        difference = refund_difference(estimate, exact)
        if difference is not None:
            amount = difference_text(difference, exact.currency)
            parts.append(_("difference {amount}").format(amount=amount) if difference else _("as estimated"))
        lines.append(_("exact: {figures}").format(figures=" · ".join(parts)))
    return lines


def refund_detail_lines(unit: Unit) -> list[str]:
    """Return the refunds by original order and by resource, if there are several, and the missing data."""
    found, currency = unit.breakdown, unit.exact.currency if unit.exact else ""
    if found is None:
        return []
    lines = [
        _("order {id}: refund {back}, not refunded {kept}").format(
            id=for_display(each.base_order_id),
            back=format_money(each.refunded, currency),
            kept=format_money(each.retained, currency),
        )
        for each in (found.by_order if len(found.by_order) > 1 else ())
    ]
    refunds = _amounts_adding_up([each.refunded for each in found.by_resource], currency)
    for each, refund in zip(found.by_resource, refunds, strict=True):
        parts = [_("bill for {id}: refund {back}").format(id=for_display(each.resource_id), back=refund)]
        if each.refunded_coupons:
            amount = format_money(each.refunded_coupons, currency)
            parts.append(_("coupons returned {amount}, void if expired").format(amount=amount))
        if each.refunded_tax:
            parts.append(_("tax refund {amount}").format(amount=format_money(each.refunded_tax, currency)))
        if len(found.by_resource) > 1 or len(parts) > 1:
            lines.append(", ".join(parts))
    if found.missing:
        lines.append(_("missing: {what}").format(what=facts_text(found.missing)))
    return lines


def _amounts_adding_up(amounts: Sequence[Decimal], currency: str) -> list[str]:
    """Return amounts with two decimals, or with all their digits if the rounded amounts would not add up to the sum."""
    if sum(round_to_cents(each) for each in amounts) == round_to_cents(sum(amounts, Decimal(0))):
        return [format_money(each, currency) for each in amounts]
    return [f"{each:,f} {for_display(currency)}" for each in amounts]


def _figures(amounts: Amounts) -> str:
    figures = _("paid {paid}, consumed {consumed}, fee {fee}, refund {refund}").format(
        paid=format_money(amounts.paid),
        consumed=format_money(amounts.consumed),
        fee=format_money(amounts.handling_fee),
        refund=format_money(amounts.refund, amounts.currency),
    )
    if not amounts.coupon_lost:
        return figures
    return f"{figures}, {coupon_lost_text(format_money(amounts.coupon_lost, amounts.currency))}"


def known_sum(figures: Sequence[Decimal | None], count: int, currency: str) -> str:
    """Return the sum of the known figures, and the number of the `count` items without one."""
    known = [figure for figure in figures if figure is not None]
    if not known:
        return _("unknown")
    total = format_money(sum(known, Decimal(0)), currency)
    missing = count - len(known)
    if not missing:
        return total
    return plural("{total} + unknown for {n} item", "{total} + unknown for {n} items", missing, total=total)
