"""The Records tab as lines: runs of ours and the account's unsubscription orders, in one table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.accuracy import difference
from unsub_tui.domain.action import Action
from unsub_tui.domain.filters import SearchText
from unsub_tui.domain.filters.known import SERVICES
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import OrderStatus
from unsub_tui.domain.outcome import Outcome
from unsub_tui.domain.placed import Origin, Placed
from unsub_tui.domain.run import Run
from unsub_tui.present.actions import action_short
from unsub_tui.present.aftermath import late_count
from unsub_tui.present.money import money
from unsub_tui.present.orders import order_state, services, short_moment, who
from unsub_tui.present.outcomes import outcome_word
from unsub_tui.present.resources import short_service
from unsub_tui.present.runs import FAILED, is_open
from unsub_tui.present.words import _, plural

Record = Run | Placed
"""One line of the tab."""


TELLING = (
    Outcome.UNKNOWN,
    Outcome.SUBMITTED,
    Outcome.ACCEPTED,
    Outcome.REJECTED,
    Outcome.SETTLED,
    Outcome.PLANNED,
)
"""Outcomes, those first of which a person must know."""


def is_waiting(record: Record) -> bool:
    """Whether it is still to be settled: an item of a run is open, or the service has not done the order yet."""
    return record.is_waiting if isinstance(record, Placed) else is_open(record)


def record_key(record: Record) -> str:
    """Return what tells it from all others."""
    return record.order.order_id if isinstance(record, Placed) else record.run_id


def sign(record: Record) -> str:
    """Return one character for where it stands; the words stand beside it."""
    if isinstance(record, Placed):
        return "x" if record.order.status == OrderStatus.CANCELLED else "~" if record.is_waiting else "+"
    if is_open(record):
        return "~" if record.is_under_review else "?"
    if late_count(record):
        return "!"
    return "x" if any(unit.state in FAILED for unit in record.units) else "+"


def what(record: Record) -> str:
    """Return when it was, and what."""
    if isinstance(record, Placed):
        return f"{short_moment(record.order.create_time)} {clean(record.order.order_id)}"
    began = short_moment(record.started)
    if record.action is None or record.action is Action.UNSUBSCRIBE:
        return f"{began} " + plural("run of {n} item", "run of {n} items", len(record.units))
    return f"{began} {action_short(record.action)}: {len(record.units)}"


def state(record: Record) -> str:
    """Return where it stands, in words."""
    if isinstance(record, Placed):
        return order_state(record.order.status)
    if record.is_under_review:
        return _("pending approval")
    counts = record.by_outcome
    words = [f"{counts[each]} {outcome_word(each)}" for each in TELLING if each in counts]
    late = late_count(record)
    return ", ".join([*words, *([_("{n} left over").format(n=late)] if late else [])])


def refund(record: Record) -> str:
    """Return what came back, as the vendor says; `?` where it is not known of any item."""
    return _sum(record, "refund")


def fee(record: Record) -> str:
    """Return the handling fee, as the vendor says."""
    return _sum(record, "handling_fee")


def consumed(record: Record) -> str:
    """Return what was used up, as the vendor says."""
    return _sum(record, "consumed")


def compared(record: Record) -> str:
    """Return whether the refunds came as estimated."""
    units = record.units if isinstance(record, Run) else [record.unit] if record.unit is not None else []
    found = [(each, unit.exact.currency) for unit in units if unit.exact and (each := difference(unit)) is not None]
    if not found:
        return ""
    worst, currency = max(found, key=lambda pair: abs(pair[0]))
    if not worst:
        return _("as estimated")
    shown = ("+" if worst > 0 else "") + money(worst, currency)
    return shown if len(found) == 1 else _("up to {amount}").format(amount=shown)


def by(record: Record) -> str:
    """Return who it was."""
    if isinstance(record, Placed):
        return who(record)
    return clean(record.person.operator if record.person is not None else record.operator)


def service(record: Record) -> str:
    """Return the services that it is about."""
    if isinstance(record, Placed):
        return services(record.order)
    return ", ".join(dict.fromkeys(short_service(unit.service_type_code) for unit in record.units))


def run_of(record: Record) -> str:
    """Return the run of ours that it is or belongs to."""
    if isinstance(record, Placed):
        return clean(record.run.run_id) if record.run is not None else ""
    return clean(record.run_id)


def why(record: Record) -> str:
    """Return ticket and reason, of what we know them of."""
    return " ".join(part for part in (ticket(record), reason(record)) if part)


def ticket(record: Record) -> str:
    """Return the ticket that the plan was written for."""
    run = record.run if isinstance(record, Placed) else record
    return run.filed.ticket.clean() if run is not None and run.filed is not None else ""


def reason(record: Record) -> str:
    """Return what the operator gave as the reason."""
    run = record.run if isinstance(record, Placed) else record
    return run.reason_text.clean() if run is not None else ""


def resource(record: Record) -> str:
    """Return names and ids of the resources, where it is known which they were: a line each."""
    units = ([record.unit] if record.unit is not None else []) if isinstance(record, Placed) else record.units
    return "\n".join(f"{unit.resource_name.clean()}\n{clean(unit.resource_id)}" for unit in units)


def moment(record: Record) -> datetime | None:
    """Return when it was begun."""
    return record.order.create_time if isinstance(record, Placed) else record.started


class RecordFacts:
    """What a filter may ask of records."""

    def __init__(self, records: Sequence[Record], now: Callable[[], datetime]) -> None:
        self._records = records
        self._now = now
        self._search_text = SearchText()
        self._columns: dict[str, list[str]] = {}

    @property
    def now(self) -> datetime:
        """The moment that relative days count from."""
        return self._now()

    def search_text(self) -> SearchText:
        """Return by row the text that bare words are looked for in."""
        shown = (what, state, by, service, run_of, why, resource)
        for each in self._records[len(self._search_text) :]:
            self._search_text.add("\n".join(text_of(each) for text_of in shown).casefold())
        return self._search_text

    def text(self, field: str) -> Sequence[str]:
        """Return by row a field's text, case folded."""
        if field not in self._columns:
            self._columns[field] = [_TEXTS[field](each).casefold() for each in self._records]
        return self._columns[field]

    def known(self, field: str) -> Collection[str]:
        """Return the values that a closed field can have: those of this version and of the records."""
        named = SERVICES if field == "type" else (*map(order_state, OrderStatus), *map(outcome_word, Outcome))
        return {*(each.casefold() for each in named), *self.text(field)}

    def moment(self, field: str) -> Sequence[float | None]:  # noqa: ARG002 - there is one moment only
        """Return by row when it was, in seconds since 1970."""
        return [None if (begun := moment(each)) is None else begun.timestamp() for each in self._records]

    def money(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return an amount and its currency, as the vendor says; of a run the sum of its items."""
        return _amounts(self._records[row], _FIGURES[field])

    def state(self, name: str, row: int) -> bool:
        """Return whether a row is in a state."""
        return _STATES[name](self._records[row])


def _sum(record: Record, figure: str) -> str:
    found = _amounts(record, figure)
    if found is None:
        return "?" if is_waiting(record) else ""
    return money(*found)


def _amounts(record: Record, figure: str) -> tuple[Decimal, str] | None:
    """Return a figure and its currency; of a run the sum of what is known, all in one currency."""
    if isinstance(record, Placed):
        amounts = record.order.amounts
        known = {"refund": amounts.net, "handling_fee": amounts.commission, "consumed": amounts.consumed}[figure]
        return None if known is None else (known, record.order.currency)
    exact: list[Amounts] = [unit.exact for unit in record.units if unit.exact is not None]
    figures = [each for unit in exact if (each := getattr(unit, figure)) is not None]
    currencies = {unit.currency for unit in exact}
    return (sum(figures, Decimal(0)), currencies.pop()) if figures and len(currencies) == 1 else None


_FIGURES = {"refund": "refund", "fee": "handling_fee", "consumed": "consumed"}
"""The filter's names of amounts."""

_TEXTS: Mapping[str, Callable[[Record], str]] = {
    "order": lambda record: clean(record.order.order_id) if isinstance(record, Placed) else _orders(record),
    "run": run_of,
    "state": state,
    "user": lambda record: f"{by(record)}\n{_user(record)}",
    "type": service,
    "resource": resource,
    "reason": reason,
    "ticket": ticket,
}

_STATES: Mapping[str, Callable[[Record], bool]] = {
    "is:run": lambda record: isinstance(record, Run),
    "is:order": lambda record: isinstance(record, Placed),
    "is:ours": lambda record: isinstance(record, Run) or record.origin is Origin.OURS,
    "is:unsure": lambda record: isinstance(record, Placed) and record.origin is Origin.UNSURE,
    "is:others": lambda record: isinstance(record, Placed) and record.origin is Origin.OTHERS,
    "is:open": is_waiting,
}


def _orders(run: Run) -> str:
    return "\n".join(clean(unit.order_id) for unit in run.units if unit.order_id)


def _user(record: Record) -> str:
    """Return whom the vendor takes the person for."""
    if isinstance(record, Placed):
        return record.order.user_name.clean()
    return record.person.user if record.person is not None else ""
