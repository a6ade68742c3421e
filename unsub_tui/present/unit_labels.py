"""Formats an item of a run: state label, line, problem."""

from __future__ import annotations

from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _
from unsub_tui.present.outcome_labels import STATE_SYMBOLS, state_label
from unsub_tui.present.problems import problem_facts, problem_text
from unsub_tui.present.resources import short_service


def unit_state_label(unit: Unit) -> str:
    """Return the label of a unit's state, with other labels for reversible actions."""
    if not unit.action.creates_order:
        words = {State.ORDER_FAILED: _("not kept"), State.GONE_NO_ORDER: _("the resource is gone")}
        return words.get(unit.state) or state_label(unit.state)
    return state_label(unit.state)


def unit_name(unit: Unit) -> str:
    """Return the name and id of a unit's resource."""
    name, resource_id = unit.resource_name.for_display(), for_display(unit.resource_id)
    return f"{name} ({resource_id})" if name else resource_id


def unit_line(unit: Unit) -> str:
    """Return a unit as a line: symbol, state, name, service, order."""
    word = _("accepted, waits for the vendor's approval") if unit.is_under_review else unit_state_label(unit)
    parts = [f"{STATE_SYMBOLS[unit.state]} {word}", unit_name(unit), short_service(unit.service_type_code)]
    if unit.order_id:
        parts.append(_("order {id}").format(id=for_display(unit.order_id)))
    return " · ".join(parts)


def unit_problem_text(unit: Unit) -> str:
    """Return the problem, or an empty string. A retry is not advised if the request may have been executed."""
    if unit.problem is None:
        return ""
    no_order = _("No order of it was found; what comes back is not known.") if unit.action.creates_order else ""
    ends = {
        State.UNKNOWN: _("Whether it was carried out is not known yet; it is never sent again by itself."),
        State.GONE_NO_ORDER: no_order,
        State.NOT_EXECUTED: _("It was not carried out; it can be marked and reviewed again."),
    }
    end = ends.get(unit.state)
    return problem_text(unit.problem) if end is None else f"{problem_facts(unit.problem)} {end}".rstrip()
