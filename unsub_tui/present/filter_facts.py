"""The facts about resources that filters can query, in the words shown on the screen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import ExpirePolicy, Resource, expire_policy_code
from unsub_tui.listmodel.filters import SearchText
from unsub_tui.listmodel.filters.facts import REGIONS, SERVICES, STATE_NAMES
from unsub_tui.present.finding_facts import FINDING_FIELDS, FindingFacts
from unsub_tui.present.resources import (
    display_name,
    kind_search_text,
    project_name,
    region,
    service_cell,
    spec,
    state_cell,
    state_code,
    type_aliases,
)

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory

StatePredicate = Callable[[int], bool]
"""Returns whether the row with the given number is in a state."""


class ResourceFacts:
    """The `Facts` of a growing list of resources. Columns are computed when a filter first needs them."""

    def __init__(
        self,
        rows: Sequence[Resource],
        now: Callable[[], datetime],
        states: Mapping[str, StatePredicate],
        quote_of: Callable[[str], Quote | None],
        *,
        order_ids_of: Callable[[str], Collection[str]] = lambda _id: (),
        account_resources: Callable[[], Sequence[Resource]] | None = None,
        inventory: Callable[[], Inventory | None] = lambda: None,
        defers_findings: bool = False,
    ) -> None:
        """Create facts; `defers_findings` leaves it to `refresh_findings` to read findings, a few rows at a time."""
        self._rows = rows
        self._account_resources = account_resources or (lambda: rows)
        self._order_ids_of = order_ids_of
        self._findings = FindingFacts(rows, inventory, is_deferred=defers_findings)
        self.now = now
        self._states: dict[str, StatePredicate] = {
            **_states(rows),
            **states,
            "is:quoted": lambda row: quote_of(rows[row].id) is not None,
        }
        self._quote_of = quote_of
        self._search_text = SearchText()
        self._kind_texts: dict[Hashable, str] = {}
        self._texts: dict[str, list[str]] = {}
        self._timestamps: dict[str, list[float | None]] = {}
        self._account_texts: dict[str, tuple[int, frozenset[str]]] = {}

    def search_text(self) -> SearchText:
        """Return the text that bare words are searched in, by row: name, id and kind."""
        for each in self._rows[len(self._search_text) :]:
            own = f"{each.resource_name.for_display()}\n{each.resource_id.for_display()}"
            self._search_text.add_row(own.casefold(), self._kind_text(each))
        return self._search_text

    def _kind_text(self, resource: Resource) -> str:
        """Return the search text shared by all resources of a kind. 100,000 resources have about a thousand kinds."""
        kind = (
            *(resource.service_type_code.raw, resource.resource_type_code.raw, resource.region_code.raw),
            *(resource.resource_spec_code.raw, resource.product_spec_desc.raw, resource.spec_size, resource.status),
        )
        text = self._kind_texts.get(kind)
        if text is None:
            text = self._kind_texts[kind] = kind_search_text(resource).casefold()
        return text

    def texts(self, field: str) -> Sequence[str]:
        """Return a field's case-folded text by row. Order ids arrive over time, so they are read on every call."""
        if field == "order":
            return ["\n".join(self._order_ids_of(each.id)).casefold() for each in self._rows]
        if field in FINDING_FIELDS:
            return self._findings.texts(field)
        column = self._texts.setdefault(field, [])
        if len(column) < len(self._rows):
            column.extend(self._casefolded(field, self._rows[len(column) :]))
        return column

    def _casefolded(self, field: str, resources: Sequence[Resource]) -> Iterator[str]:
        """Yield a field's case-folded texts; a text that many resources share is computed once."""
        now, text_of, kind_of = self.now(), _TEXTS[field], _SHARING_KEYS.get(field)
        if kind_of is None:
            yield from [text_of(each, now).casefold() for each in resources]
            return
        texts: dict[Hashable, str] = {}
        for each in resources:
            kind = kind_of(each, now)
            text = texts.get(kind)
            if text is None:
                text = texts[kind] = text_of(each, now).casefold()
            yield text

    def known_values(self, field: str) -> Collection[str]:
        """Return the possible values of a closed field: those of this version and of the account's resources."""
        if field in FINDING_FIELDS:
            return self._findings.known_values(field)
        return {*KNOWN_VALUES[field], *(line for text in self._texts_in_account(field) for line in text.split("\n"))}

    def existing_values(self, field: str) -> Sequence[str]:
        """Return the values of a field that many resources share, sorted; of several names of a type, the first."""
        if field in FINDING_FIELDS:
            return self._findings.existing_values(field)
        return sorted({text.split("\n")[0] for text in self._texts_in_account(field)} - {""})

    def _texts_in_account(self, field: str) -> frozenset[str]:
        """Return the distinct texts of a field that many resources share: few, however many resources there are."""
        resources = self._account_resources() if field in _SHARING_KEYS else ()
        count, texts = self._account_texts.get(field, (0, frozenset()))
        if count < len(resources):
            texts = texts.union(self._casefolded(field, resources[count:]))
            self._account_texts[field] = len(resources), texts
        return texts

    def timestamps(self, field: str) -> Sequence[float | None]:
        """Return a field's time by row, in seconds since 1970."""
        if field in FINDING_FIELDS:
            return self._findings.timestamps(field)
        column = self._timestamps.setdefault(field, [])
        if len(column) < len(self._rows):
            time_of = _TIMESTAMPS[field]
            times = map(time_of, self._rows[len(column) :])
            column.extend(None if time is None else time.timestamp() for time in times)
        return column

    def amount(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return a row's amount and currency, or None if it is not quoted or unknown."""
        quote = self._quote_of(self._rows[row].id)
        if quote is None:
            return None
        amount = getattr(quote.amounts, "handling_fee" if field == "fee" else field)
        return None if amount is None else (amount, quote.amounts.currency)

    def known_findings(self, field: str) -> Sequence[bool | None]:
        """Return whether a finding is known, by row; None if it has no meaning for the row."""
        return self._findings.known(field)

    @property
    def outdated_findings(self) -> Collection[str]:
        """The findings that were used since they were last read, although something has changed."""
        return self._findings.outdated

    def refresh_findings(self, fields: Iterable[str]) -> Iterator[None]:
        """Read these findings from the inventory again, and yield after every few rows."""
        for each in dict.fromkeys(fields):
            yield from self._findings.refresh(each)

    def has_state(self, name: str, row: int) -> bool:
        """Return whether a row is in a state."""
        return self._states[name](row)


def _states(rows: Sequence[Resource]) -> dict[str, StatePredicate]:
    """Return the states that depend only on the resources."""
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
        "is:primary": lambda row: rows[row].is_main_resource,
        "is:attached": lambda row: not rows[row].is_main_resource,
        "is:auto-renew": lambda row: rows[row].expire_policy == ExpirePolicy.AUTO_RENEW,
        "has:attached": has_attached,
    }


def code_and_label(code: str, label: str) -> str:
    """Return the lines of a value: its code, by which filters name it in every language, and its label if it differs.

    A filter has a hyphen for each space of a label.
    """
    label = label.replace(" ", "-")
    return code if label == code else f"{code}\n{label}"


def _project_text(resource: Resource) -> str:
    is_default = resource.enterprise_project_id.raw == "0" and not resource.enterprise_project_name
    return code_and_label("default", project_name(resource)) if is_default else project_name(resource)


_TEXTS: Mapping[str, Callable[[Resource, datetime], str]] = {
    "name": lambda resource, _now: display_name(resource),
    "id": lambda resource, _now: resource.resource_id.for_display(),
    "type": lambda resource, _now: "\n".join((service_cell(resource), *type_aliases(resource))),
    "region": lambda resource, _now: region(resource),
    "spec": lambda resource, _now: spec(resource),
    "project": lambda resource, _now: _project_text(resource),
    "state": lambda resource, now: code_and_label(state_code(resource, now), state_cell(resource, now)),
    "main": lambda resource, _now: resource.parent_resource_id.for_display(),
    "at-expiry": lambda resource, _now: expire_policy_code(resource.expire_policy),
}

_SHARING_KEYS: Mapping[str, Callable[[Resource, datetime], Hashable]] = {
    "type": lambda resource, _now: (resource.service_type_code.raw, resource.resource_type_code.raw),
    "region": lambda resource, _now: resource.region_code.raw,
    "state": lambda resource, now: (resource.status, resource.is_effective(now)),
    "at-expiry": lambda resource, _now: resource.expire_policy,
    "spec": lambda resource, _now: (
        *(resource.resource_spec_code.raw, resource.spec_size, resource.resource_type_code.raw),
        resource.product_spec_desc.raw,
    ),
    "project": lambda resource, _now: (resource.enterprise_project_id.raw, resource.enterprise_project_name.raw),
}
"""Keys for sharing: resources with the same key have the same text of the field."""

KNOWN_VALUES: Mapping[str, Sequence[str]] = {
    "type": SERVICES,
    "region": REGIONS,
    "state": STATE_NAMES,
    "at-expiry": tuple(map(expire_policy_code, ExpirePolicy)),
}
"""Closed fields and the values that this version knows."""

_TIMESTAMPS: Mapping[str, Callable[[Resource], datetime | None]] = {
    "expires": lambda resource: resource.expire_time,
    "created": lambda resource: resource.effective_time,
    "changed": lambda resource: resource.update_time,
}
