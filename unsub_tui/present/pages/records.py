"""The lines of the Records tab: our runs and the account's unsubscription orders, in one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.order import AttributedOrder, OrderOrigin, OrderStatus, order_status_code
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import MOST_URGENT_FIRST, Outcome
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.filters import SearchText
from unsub_tui.listmodel.filters.facts import SERVICES
from unsub_tui.present.filter_facts import code_and_label
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import OUTCOME_LABELS, SHORT_ACTION_LABELS
from unsub_tui.present.money import difference_text, format_money
from unsub_tui.present.pages.leftovers import leftover_count
from unsub_tui.present.pages.order import order_services, order_state_label, placed_by
from unsub_tui.present.pages.run import has_open_units
from unsub_tui.present.resources import kind_label
from unsub_tui.present.time_format import format_short_datetime

Record = Run | AttributedOrder
"""A line of the tab."""


def is_pending(record: Record) -> bool:
    """Return whether a run has pending items, or Huawei Cloud has not completed the order."""
    return record.is_pending if isinstance(record, AttributedOrder) else has_open_units(record)


def record_key(record: Record) -> str:
    """Return the unique id of a record: order id or run id."""
    return record.order.order_id if isinstance(record, AttributedOrder) else record.run_id


def status_symbol(record: Record) -> str:
    """Return the status of a record as one character; the text is shown beside it."""
    if isinstance(record, AttributedOrder):
        return "x" if record.order.status == OrderStatus.CANCELLED else "~" if record.is_pending else "+"
    if has_open_units(record):
        return "~" if record.is_under_review else "?"
    if leftover_count(record):
        return "!"
    return "x" if any(unit.outcome is Outcome.REJECTED for unit in record.units) else "+"


def record_title(record: Record) -> str:
    """Return the start time and the content of a record."""
    if isinstance(record, AttributedOrder):
        return f"{format_short_datetime(record.order.create_time)} {for_display(record.order.order_id)}"
    began = format_short_datetime(record.started)
    if record.action is None or record.action.deletes_resource:  # the usual action needs no name
        return plural("{began} run of {n} item", "{began} run of {n} items", len(record.units), began=began)
    return f"{began} {SHORT_ACTION_LABELS[record.action]}: {len(record.units)}"


def state_text(record: Record) -> str:
    """Return the state of a record in words."""
    if isinstance(record, AttributedOrder):
        return order_state_label(record.order.status)
    if record.is_under_review:
        return _("pending approval")
    counts = record.counts_by_outcome
    words = [f"{counts[each]} {OUTCOME_LABELS[each]}" for each in MOST_URGENT_FIRST if each in counts]
    late = leftover_count(record)
    return ", ".join([*words, *([plural("{n} leftover", "{n} leftovers", late)] if late else [])])


def _state_lines(record: Record) -> str:
    """Return the states of a record by which filters name it: codes, and their labels in another language."""
    if isinstance(record, AttributedOrder):
        return code_and_label(order_status_code(record.order.status), order_state_label(record.order.status))
    if record.is_under_review:
        return code_and_label("pending-approval", _("pending approval"))
    found = [each for each in MOST_URGENT_FIRST if each in record.counts_by_outcome]
    lines = [code_and_label(_OUTCOME_CODES[each], OUTCOME_LABELS[each]) for each in found]
    return "\n".join([*lines, *([_LEFTOVERS] if leftover_count(record) else [])])


def amount_cell(record: Record, field: str) -> str:
    """Return the amount of a filter field according to Huawei Cloud; `?` if it is unknown and the record is pending."""
    found = _amount(record, field)
    if found is None:
        return "?" if is_pending(record) else ""
    return format_money(*found)


def estimate_comparison(record: Record) -> str:
    """Return `as estimated`, or the largest difference of a refund from its estimate; empty without exact amounts."""
    found = [
        (each, unit.exact.currency)
        for unit in _units(record)
        if unit.exact and (each := unit.refund_difference) is not None
    ]
    if not found:
        return ""
    worst, currency = max(found, key=lambda pair: abs(pair[0]))
    if not worst:
        return _("as estimated")
    shown = difference_text(worst, currency)
    return shown if len(found) == 1 else _("up to {amount}").format(amount=shown)


def operator_name(record: Record) -> str:
    """Return the operator of a run, or the person who placed an order."""
    if isinstance(record, AttributedOrder):
        return placed_by(record)
    return for_display(record.actor.operator)


def service_names(record: Record) -> str:
    """Return the services of a record."""
    if isinstance(record, AttributedOrder):
        return order_services(record.order)
    return ", ".join(
        dict.fromkeys(kind_label(unit.service_type_code, unit.resource_type_code) for unit in record.units)
    )


def run_id_text(record: Record) -> str:
    """Return the run id of a run, or of the run that placed an order; empty if there is none."""
    run = _run(record)
    return for_display(run.run_id) if run is not None else ""


def ticket_and_reason(record: Record) -> str:
    """Return the ticket and the reason, as far as they are known."""
    return " ".join(filter(None, (_ticket(record), _reason(record))))


def _ticket(record: Record) -> str:
    run = _run(record)
    return run.plan_file.ticket.for_display() if run is not None and run.plan_file is not None else ""


def _reason(record: Record) -> str:
    run = _run(record)
    return run.reason_text.for_display() if run is not None else ""


def _resources(record: Record) -> str:
    """Return the names and ids of the known resources, one per line."""
    return "\n".join(f"{each.resource_name.for_display()}\n{for_display(each.resource_id)}" for each in _units(record))


def _run(record: Record) -> Run | None:
    """Return the run itself, or our run that placed an order."""
    return record.run if isinstance(record, AttributedOrder) else record


def _units(record: Record) -> Sequence[Unit]:
    """Return the units of a run, or the unit of an order."""
    if isinstance(record, Run):
        return record.units
    return [record.unit] if record.unit is not None else []


def _start_time(record: Record) -> datetime | None:
    return record.order.create_time if isinstance(record, AttributedOrder) else record.started


class RecordFacts:
    """The facts about records that filters can query."""

    def __init__(self, records: Sequence[Record], now: Callable[[], datetime]) -> None:
        self._records = records
        self.now = now
        self._search_text = SearchText()
        self._columns: dict[str, list[str]] = {}

    def search_text(self) -> SearchText:
        """Return the text that bare words are searched in, by row."""
        shown = (record_title, state_text, operator_name, service_names, run_id_text, ticket_and_reason, _resources)
        for each in self._records[len(self._search_text) :]:
            self._search_text.add_row("\n".join(text_of(each) for text_of in shown).casefold())
        return self._search_text

    def texts(self, field: str) -> Sequence[str]:
        """Return a field's case-folded text by row."""
        if field not in self._columns:
            self._columns[field] = [_TEXTS[field](each).casefold() for each in self._records]
        return self._columns[field]

    def known_values(self, field: str) -> Collection[str]:
        """Return the possible values of a closed field: those known to this version, and those of the records."""
        states = (*map(order_status_code, OrderStatus), *_OUTCOME_CODES.values(), _LEFTOVERS)
        known = {line for text in self.texts(field) for line in text.split("\n")}
        return known.union(SERVICES if field == "type" else states)

    def existing_values(self, field: str) -> Sequence[str]:
        """Return the services, states and users of the records, sorted."""
        texts = self.texts(field) if field in _SHARED_FIELDS else ()
        values = {value for text in texts for value in _BETWEEN_VALUES.split(text)}
        return sorted(value for value in values if value and ": " not in value)  # without `others: NAME`

    def timestamps(self, field: str) -> Sequence[float | None]:  # noqa: ARG002 - a record has only one time
        """Return the start time by row, in seconds since 1970."""
        return [None if (begun := _start_time(each)) is None else begun.timestamp() for each in self._records]

    def amount(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return an amount and its currency according to Huawei Cloud; for a run, the sum of its items."""
        return _amount(self._records[row], field)

    def known_findings(self, field: str) -> Sequence[bool | None]:  # noqa: ARG002 - no field of records is a finding
        """Return nothing: the inventory says nothing about records."""
        return ()

    @property
    def outdated_findings(self) -> Collection[str]:
        """Nothing, as above."""
        return ()

    def refresh_findings(self, fields: Iterable[str]) -> Iterator[None]:  # noqa: ARG002 - as above
        """Return nothing to do."""
        return iter(())

    def has_state(self, name: str, row: int) -> bool:
        """Return whether a row is in a state."""
        return _STATES[name](self._records[row])


def _amount(record: Record, field: str) -> tuple[Decimal, str] | None:
    """Return an amount and its currency; for a run, the sum of known figures, or None if currencies differ."""
    name, name_in_order = _FIGURES[field]
    if isinstance(record, AttributedOrder):
        known = getattr(record.order.amounts, name_in_order)
        return None if known is None else (known, record.order.currency)
    exact = [unit.exact for unit in record.units if unit.exact is not None]
    figures = [figure for each in exact if (figure := getattr(each, name)) is not None]
    currencies = {each.currency for each in exact}
    return (sum(figures, Decimal(0)), currencies.pop()) if figures and len(currencies) == 1 else None


_FIGURES = {"refund": ("refund", "net"), "fee": ("handling_fee", "commission"), "consumed": ("consumed", "consumed")}
"""Names in `Amounts` and in `OrderAmounts` by filter field."""

_TEXTS: Mapping[str, Callable[[Record], str]] = {
    "order": lambda record: "\n".join(map(for_display, _order_ids(record))),
    "run": run_id_text,
    "state": _state_lines,
    "user": lambda record: f"{operator_name(record)}\n{_iam_user(record)}",
    "type": service_names,
    "resource": _resources,
    "reason": _reason,
    "ticket": _ticket,
}

_BETWEEN_VALUES = re.compile(r"\n|, ")

_LEFTOVERS = "leftovers"
_OUTCOME_CODES: Mapping[Outcome, str] = {
    Outcome.PLANNED: "not-submitted",
    Outcome.SUBMITTED: "submitting",
    Outcome.ACCEPTED: "in-progress",
    Outcome.SETTLED: "completed",
    Outcome.REJECTED: "failed",
    Outcome.UNKNOWN: "unknown",
}
"""Words for outcomes in filters, the same in every language."""
_SHARED_FIELDS = ("type", "state", "user")
"""Fields whose values many records share."""

_STATES: Mapping[str, Callable[[Record], bool]] = {
    "is:run": lambda record: isinstance(record, Run),
    "is:order": lambda record: isinstance(record, AttributedOrder),
    "is:ours": lambda record: isinstance(record, Run) or record.origin is OrderOrigin.OURS,
    "is:unsure": lambda record: isinstance(record, AttributedOrder) and record.origin is OrderOrigin.UNSURE,
    "is:others": lambda record: isinstance(record, AttributedOrder) and record.origin is OrderOrigin.OTHERS,
    "is:open": is_pending,
}


def _order_ids(record: Record) -> Sequence[str]:
    if isinstance(record, AttributedOrder):
        return [record.order.order_id]
    return [each for unit in record.units for each in unit.order_ids]


def _iam_user(record: Record) -> str:
    return record.order.user_name.for_display() if isinstance(record, AttributedOrder) else record.actor.user
