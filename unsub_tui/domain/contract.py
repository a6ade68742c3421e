"""Assumptions about Huawei Cloud's API, and what the answers of an account show about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.problem import Problem


class Assumption(StrEnum):
    """An assumption of the program; the values are stable codes."""

    ROW_IDS = "row_ids"
    """Every row of the list has an id that no other row has, with and without `status_list`."""
    ONE_ROW_PER_RESOURCE = "one_row_per_resource"
    TOTAL_COUNTS_ATTACHED = "total_counts_attached"
    """`total_count` is the number of all rows, attached resources included."""
    PAGES_COUNT_ATTACHED = "pages_count_attached"
    """`offset` and `limit` count attached resources."""
    STATUS_FILTER = "status_filter"
    """With `status_list`, exactly the rows with these statuses are listed."""
    REQUIRED_FIELDS = "required_fields"
    """Every row has the fields without which it cannot be read."""
    NEEDED_FIELDS = "needed_fields"
    """Every row has the fields on which rules and figures depend."""
    PARENTS_LISTED = "parents_listed"
    """Every attached resource names a parent that is listed as well."""
    OVERLAP_ROWS = "overlap_rows"
    """A page that begins at the last row of the previous page begins with this row."""
    QUERY_BY_ID = "query_by_id"
    """A query for a primary resource returns it with all its attached resources."""
    TIMES_UTC = "times_utc"
    """`effective_time` and `expire_time` are in UTC."""
    RESOURCE_STATUSES = "resource_statuses"
    ORDER_STATUSES = "order_statuses"
    ORDER_LINES = "order_lines"
    """The lines of an order add up to its amount, and the order is the same in list and detail."""
    REFUND_ROWS = "refund_rows"
    """The refund rows of an unsubscription add up to its refund, negative, and to its consumed amount and fee."""
    ORDER_WINDOWS = "order_windows"
    """The orders of a time window are those of its two halves."""
    MONTHLY_BILLS = "monthly_bills"
    """The newer bill API, whose rows contain the paid period, is published."""
    BILL_METHOD = "bill_method"
    """A bill without `method` has the same rows as the account's own bill."""
    BILL_PARTS = "bill_parts"
    """A disk that was bought with a server has bill rows of its own."""
    RATE_HEADERS = "rate_headers"
    """No header states a rate limit."""
    CLOCK = "clock"
    """The clocks of Huawei Cloud and of this machine agree."""


class ContractResult(StrEnum):
    """The conclusion that the answers allow about an assumption."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class FieldCount:
    """A field of the rows of the list that some rows lack."""

    name: str
    missing: int
    """Number of rows without the field."""
    null: int
    """Number of rows in which it is null or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The finding about one assumption."""

    assumption: Assumption
    result: ContractResult
    seen: Fact | None = None
    """What was seen, or why it could not be checked. None if `problem` says why."""
    problem: Problem | None = None
    fields: tuple[FieldCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractReport:
    """The findings about all assumptions, in the order of `Assumption`."""

    findings: tuple[Finding, ...]
    reads: int
    """Number of reads that were sent, without repetitions of failed ones."""

    def with_result(self, result: ContractResult) -> tuple[Finding, ...]:
        """Return the findings with a result."""
        return tuple(each for each in self.findings if each.result is result)
