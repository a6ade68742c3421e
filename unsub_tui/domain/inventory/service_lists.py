"""A list as read from a service: its rows, and whether the absence of a row means anything."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, Never, TypeVar

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, Origin, none_seen, unknown
from unsub_tui.domain.inventory.service_rows import ProjectRegion

Row_co = TypeVar("Row_co", covariant=True)

Row = TypeVar("Row")


@dataclass(frozen=True)  # no slots: Python 3.11 cannot combine them with Generic in a frozen dataclass
class ServiceList(Generic[Row_co]):
    """Rows of one operation in one project, or the reason why there are none."""

    place: ProjectRegion
    rows: tuple[Row_co, ...] = ()
    origin: Origin | None = None
    """Its source, place and time; None if there was no usable response."""
    problem: Fact | None = None
    """Why the list was not read, or not to its end: no permission, not offered, not configured, failed, partial.

    Rows that arrived before are kept: they are true, but their list says nothing about others.
    """

    asked_ids: frozenset[str] | None = None
    """Ids that the service was asked about: those of the rows, or of what the rows belong to, such as the servers of
    EIPs. None if it was asked for all rows."""

    @property
    def is_complete(self) -> bool:
        """Whether the absence of a row may be shown as "none seen", for the ids that were asked about."""
        return self.origin is not None and self.problem is None

    def absence(self, resource_id: str | None = None) -> Finding[Never]:
        """Return the finding for something that the list does not contain.

        `resource_id` is an id of that thing, or of what it belongs to. Without it, the list must be of all rows.
        """
        if self.asked_ids is not None and self.is_complete and resource_id not in self.asked_ids:
            return NOT_READ
        return self._absence

    @cached_property
    def _absence(self) -> Finding[Never]:
        """The finding that all resources share which the list should have and does not contain."""
        if self.origin is None or self.problem is not None:
            return unknown(self.problem or fact("inventory_not_read"), self.origin)
        return none_seen(self.origin)

    def with_control_group(self, ids: Collection[str], expected: Collection[str]) -> ServiceList[Row_co]:
        """Return this list, partial if it lacks a row that must be in it.

        `ids` are the ids of its rows; `expected` those of resources in use that the list of yearly/monthly resources
        proves to exist. If one of them is missing, this user does not see everything here.
        """
        missing = len({each for each in expected if self.asked_ids is None or each in self.asked_ids}.difference(ids))
        if not self.is_complete or not missing:
            return self
        return replace(self, problem=fact("inventory_partial", count=missing))


def joined(first: ServiceList[Row], second: ServiceList[Row], id_of: Callable[[Row], str]) -> ServiceList[Row]:
    """Return two lists of the same kind and place as one, with the older origin, and the problem of either.

    Of two rows with the same id, that of the second list counts.
    """
    rows = {id_of(each): each for each in (*first.rows, *second.rows)}
    origins = [each.origin for each in (first, second) if each.origin is not None]
    return ServiceList(
        first.place,
        tuple(rows.values()),
        min(origins, key=lambda each: each.at, default=None),
        first.problem or second.problem,
        None if first.asked_ids is None or second.asked_ids is None else first.asked_ids | second.asked_ids,
    )
