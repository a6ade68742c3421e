"""One item of a run in words: how it stands, its line, its trouble."""

from __future__ import annotations

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.outcome import State
from unsub_tui.domain.run import Unit
from unsub_tui.present.outcomes import SYMBOLS, state_word
from unsub_tui.present.problems import facts_text, problem_text
from unsub_tui.present.resources import short_service
from unsub_tui.present.words import _


def unit_word(unit: Unit) -> str:
    """Return the word of a unit's state as it is for what the unit asked for."""
    if unit.action.is_undoable:
        words = {State.ORDER_FAILED: _("not kept"), State.GONE_NO_ORDER: _("the resource is gone")}
        return words.get(unit.state) or state_word(unit.state)
    return state_word(unit.state)


def unit_name(unit: Unit) -> str:
    """Return name and id of a unit."""
    name, resource_id = unit.resource_name.clean(), clean(unit.resource_id)
    return f"{name} ({resource_id})" if name else resource_id


def unit_line(unit: Unit) -> str:
    """Return one unit in one line: symbol, word, name, order."""
    word = _("accepted, waits for the vendor's approval") if unit.is_under_review else unit_word(unit)
    parts = [f"{SYMBOLS[unit.state]} {word}", unit_name(unit), short_service(unit.service_type_code)]
    if unit.order_id:
        parts.append(_("order {id}").format(id=clean(unit.order_id)))
    return " · ".join(parts)


def trouble_text(unit: Unit) -> str:
    """Return what went wrong, or nothing; to try again is no advice for what may have been done."""
    if unit.problem is None:
        return ""
    no_order = "" if unit.action.is_undoable else _("No order of it was found; what comes back is not known.")
    ends = {
        State.UNKNOWN: _("Whether it was carried out is not known yet; it is never sent again by itself."),
        State.GONE_NO_ORDER: no_order,
        State.NOT_EXECUTED: _("It was not carried out; it can be marked and reviewed again."),
    }
    end = ends.get(unit.state)
    return problem_text(unit.problem) if end is None else f"{facts_text(unit.problem)} {end}".rstrip()
