"""What a filter may ask of resources, in the words that people see of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.filters.known import REGIONS, SERVICES, STATES
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import ExpirePolicy, Resource
from unsub_tui.present.resources import (
    display_name,
    haystack,
    project,
    region,
    service_cell,
    short_type,
    spec,
    state_cell,
)

StateTest = Callable[[int], bool]
"""Says of a row number whether it is in a state."""


class RowFacts:
    """The `Facts` of a list of resources that may grow; columns are made when a filter first asks for them."""

    def __init__(
        self,
        rows: Sequence[Resource],
        now: Callable[[], datetime],
        states: Mapping[str, StateTest],
        quote_of: Callable[[str], Quote | None],
        *,
        orders_of: Callable[[str], Collection[str]] = lambda _id: (),
        account: Callable[[], Sequence[Resource]] | None = None,
    ) -> None:
        self._rows = rows
        self._account = account or (lambda: rows)
        self._orders_of = orders_of
        self._now = now
        self._states: dict[str, StateTest] = {
            **_states(rows),
            **states,
            "is:quoted": lambda row: quote_of(rows[row].id) is not None,
        }
        self._quote_of = quote_of
        self._hay: list[str] = []
        self._texts: dict[str, list[str]] = {}
        self._moments: dict[str, list[float | None]] = {}
        self._known: dict[str, tuple[int, frozenset[str]]] = {}

    @property
    def now(self) -> datetime:
        """The moment that relative days count from."""
        return self._now()

    def hay(self) -> Sequence[str]:
        """Return by row the text that bare words are looked for in."""
        self._hay.extend(map(haystack, self._rows[len(self._hay) :]))
        return self._hay

    def text(self, field: str) -> Sequence[str]:
        """Return by row a field's text, case folded; orders become known with time, so they are asked for each time."""
        if field == "order":
            return ["\n".join(self._orders_of(each.id)).casefold() for each in self._rows]
        column = self._texts.setdefault(field, [])
        if len(column) < len(self._rows):
            now, text_of = self.now, _TEXTS[field]
            column.extend(text_of(each, now).casefold() for each in self._rows[len(column) :])
        return column

    def known(self, field: str) -> Collection[str]:
        """Return the values that a closed field can have: those of this version and of all the account's resources."""
        resources = self._account()
        named, kind_of = _CLOSED[field]
        count, values = self._known.get(field, (0, frozenset(named)))
        if count < len(resources):
            now, text_of = self.now, _TEXTS[field]
            kinds = {kind_of(each): each for each in resources[count:]}.values()  # few, of however many resources
            values |= {line for each in kinds for line in text_of(each, now).casefold().split("\n")}
            self._known[field] = len(resources), values
        return values

    def moment(self, field: str) -> Sequence[float | None]:
        """Return by row a field's moment in seconds since 1970."""
        column = self._moments.setdefault(field, [])
        if len(column) < len(self._rows):
            moment_of = _MOMENTS[field]
            column.extend(_seconds(moment_of(each)) for each in self._rows[len(column) :])
        return column

    def money(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return a row's amount and currency, or None where it is not quoted or not known."""
        quote = self._quote_of(self._rows[row].id)
        if quote is None:
            return None
        amounts = quote.amounts
        amount = {
            "paid": amounts.paid,
            "consumed": amounts.consumed,
            "fee": amounts.handling_fee,
            "refund": amounts.refund,
        }[field]
        return None if amount is None else (amount, amounts.currency)

    def state(self, name: str, row: int) -> bool:
        """Return whether a row is in a state."""
        return self._states[name](row)


def _states(rows: Sequence[Resource]) -> dict[str, StateTest]:
    """Return the states that resources tell of themselves."""
    mains: set[str] = set()
    seen = 0

    def has_attached(row: int) -> bool:
        nonlocal seen
        for resource in rows[seen:] if seen < len(rows) else ():
            if not resource.is_main_resource:
                mains.add(resource.parent_resource_id.raw)
        seen = len(rows)
        return rows[row].id in mains

    return {
        "is:main": lambda row: rows[row].is_main_resource,
        "is:attached": lambda row: not rows[row].is_main_resource,
        "is:auto-renew": lambda row: rows[row].expire_policy == ExpirePolicy.AUTO_RENEW,
        "has:attached": has_attached,
    }


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


_TEXTS: Mapping[str, Callable[[Resource, datetime], str]] = {
    "name": lambda resource, _now: display_name(resource),
    "id": lambda resource, _now: resource.resource_id.clean(),
    "type": lambda resource, _now: "\n".join((service_cell(resource), *short_type(resource))),
    "region": lambda resource, _now: region(resource),
    "spec": lambda resource, _now: spec(resource),
    "project": lambda resource, _now: project(resource),
    "state": state_cell,
    "main": lambda resource, _now: resource.parent_resource_id.clean(),
}

_CLOSED: Mapping[str, tuple[Sequence[str], Callable[[Resource], Hashable]]] = {
    "type": (SERVICES, lambda resource: (resource.service_type_code.raw, resource.resource_type_code.raw)),
    "region": (REGIONS, lambda resource: resource.region_code.raw),
    "state": (STATES, lambda resource: resource.status),
}
"""Closed fields: the values that this version knows, and what resources with the same value have in common."""

_MOMENTS: Mapping[str, Callable[[Resource], datetime | None]] = {
    "expires": lambda resource: resource.expire_time,
    "created": lambda resource: resource.effective_time,
    "changed": lambda resource: resource.update_time,
}
