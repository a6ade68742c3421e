"""Reads a list page by page, in the paging styles of the services, and says why it is not complete.

No service freezes its list while it is read. Rows are joined by id. A marker whose resource has been deleted is
replaced by the id before it. A number of rows other than the stated one, or a page that repeats, makes the list
incomplete; its rows are kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

from unsub_tui.api.errors import ApiError
from unsub_tui.api.inventory.service_pages import ListPage
from unsub_tui.api.transport import Query
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.problem import Problem

Row = TypeVar("Row")

MAX_PAGES = 1000
MAX_ROWS = 100_000
"""Maximum numbers of pages and rows that are read of one list."""

MAX_EARLIER_MARKERS = 3
"""Maximum number of markers that are tried before the last one, if its resource is gone."""

LEAST_PAGE = 50
"""Smallest maximum of a page of any service: a page with fewer rows was not cut."""

_UNKNOWN_MARKER_STATUSES = (400, 404)
"""Statuses with which services refuse a marker whose resource is gone; the first page was not refused."""

UNPUBLISHED_CODE = "APIGW.0101"
"""Error code of the gateway for an operation that does not exist in a region; not that of a deleted marker."""


class PagingStyle(Enum):
    """The ways to ask for the next page."""

    SINGLE = auto()
    """There is only one page."""
    LAST_ID = auto()
    """By the id of the last row. Without a total, an empty page proves the end, or one that nobody would cut."""
    STATED_MARKER = auto()
    """By a marker in the response; a response without one is the last."""
    OFFSET = auto()
    """By the number of rows read so far; the end is proven in the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Paging of an operation."""

    style: PagingStyle
    limit: int = 0
    """Number of rows to ask for; 0 does not ask for a number."""
    limit_name: str = "limit"
    position_name: str = "marker"
    """Name of the parameter that says where a page begins."""
    is_counted: bool = True
    """Whether the stated total counts the rows of this request."""
    max_rows: int = MAX_ROWS
    """Maximum number of rows; of a list that states a larger number, only the first page is read."""

    def query(self, position: str) -> Query:
        """Return the parameters for the page at a position, which is empty for the first page."""
        limit = {self.limit_name: str(self.limit)} if self.limit else {}
        return limit | {self.position_name: position} if position else limit


def by_last_id(limit: int) -> Paging:
    """Return paging by the id of the last row."""
    return Paging(style=PagingStyle.LAST_ID, limit=limit)


def by_stated_marker(limit: int, position_name: str = "marker") -> Paging:
    """Return paging by a marker in the response."""
    return Paging(style=PagingStyle.STATED_MARKER, limit=limit, position_name=position_name)


def by_offset(limit: int, *, max_rows: int = MAX_ROWS) -> Paging:
    """Return paging by the number of rows read so far."""
    return Paging(style=PagingStyle.OFFSET, limit=limit, position_name="offset", max_rows=max_rows)


ONE_PAGE = Paging(style=PagingStyle.SINGLE)
"""An operation without pages."""
BY_IDS = Paging(style=PagingStyle.SINGLE, is_counted=False)
"""An operation that is asked for certain ids, so that its total says nothing."""


class ListReader(Generic[Row]):
    """Reads one list."""

    def __init__(
        self, paging: Paging, ask: Callable[[Query], Awaitable[ListPage[Row]]], is_too_late: Callable[[], bool]
    ) -> None:
        """Create a reader that asks for pages with `ask`, which raises UnsubError."""
        self._paging = paging
        self._ask = ask
        self._is_too_late = is_too_late
        self.rows: dict[str, Row] = {}
        """The rows read so far, by id."""
        self.unreadable = 0
        """Number of rows that could not be read."""
        self.pages = 0
        """Number of pages read so far."""
        self._received = 0
        self._ids: set[str] = set()
        """Ids of all rows so far, also of unreadable ones."""

    async def read(self) -> Fact | None:
        """Read to the end of the list; return why it is not complete. Raise UnsubError if a page cannot be read."""
        page = await self._ask(self._paging.query(""))
        totals, positions = set[int](), set[str]()
        while True:
            new = set(page.ids) - self._ids
            self._ids |= new
            self.rows |= page.rows
            self.unreadable += page.unreadable
            self.pages += 1
            self._received += page.received
            totals |= set() if page.total is None else {page.total}
            position = self._next_position(page)
            if not position:
                break
            if position in positions or (page.received and not new):  # a page that repeats would be followed by itself
                return self._defect(totals, page) or fact("inventory_changed")
            positions.add(position)
            if self.pages >= MAX_PAGES or max(len(self.rows), page.total or 0) > self._paging.max_rows:
                return fact("inventory_too_long", count=len(self.rows))
            if self._is_too_late():
                return fact("inventory_too_slow", count=len(self.rows))
            page = await self._page_at(position, page.ids)
        return self._defect(totals, page)

    def _next_position(self, page: ListPage[Row]) -> str:
        """Return where the next page begins, or an empty text after the last page."""
        match self._paging.style:
            case PagingStyle.SINGLE:
                return ""
            case PagingStyle.STATED_MARKER:
                return page.next_marker
            case PagingStyle.LAST_ID:
                return page.ids[-1] if page.ids and self._expects_more(page) else ""
            case PagingStyle.OFFSET:
                return str(self._received) if self._expects_more(page) else ""

    def _expects_more(self, page: ListPage[Row]) -> bool:
        """Return whether rows may follow. A service may send fewer rows than asked for."""
        if page.received >= self._paging.limit:
            return True
        if page.total is None:
            return page.received >= LEAST_PAGE
        return self._paging.is_counted and self._received < page.total

    async def _page_at(self, position: str, ids: tuple[str, ...]) -> ListPage[Row]:
        """Return the page at a position; one whose marker is the id of a deleted row begins at a row before it."""
        try:
            return await self._ask(self._paging.query(position))
        except ApiError as error:
            if self._paging.style is PagingStyle.OFFSET or not _is_marker_refused(error.problem):
                raise
            failure = error
        for earlier in ids[-2 : -2 - MAX_EARLIER_MARKERS : -1]:
            try:
                return await self._ask(self._paging.query(earlier))
            except ApiError as error:
                if not _is_marker_refused(error.problem):
                    raise
        raise failure

    def _defect(self, totals: set[int], last: ListPage[Row]) -> Fact | None:
        """Return why a list that was read to its end is not complete."""
        is_cut = self._paging.style is PagingStyle.SINGLE and 0 < self._paging.limit <= last.received
        if is_cut:
            return fact("inventory_too_long", count=len(self.rows))
        if self._paging.is_counted and totals and totals != {len(self.rows) + self.unreadable}:
            return fact("inventory_changed")
        return fact("inventory_rows_unreadable", count=self.unreadable) if self.unreadable else None


def _is_marker_refused(problem: Problem) -> bool:
    return problem.http_status in _UNKNOWN_MARKER_STATUSES and problem.code.raw != UNPUBLISHED_CODE
