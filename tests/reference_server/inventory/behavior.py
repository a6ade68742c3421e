"""How services answer, apart from what they hold: what is not allowed, not offered, wrong or in motion."""

from __future__ import annotations

from dataclasses import dataclass

ABSENT = "<absent>"
"""Value of a changed field that is not there at all."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An operation that answers with something else; `form` is one of `failures.FORMS`."""

    operation: str
    """As `ecs.list_servers_details`; `ecs` alone is all of the service."""
    form: str
    project_id: str = ""
    """Empty: in each."""
    times: int | None = None
    """How often, after which it works; None: always."""


@dataclass(frozen=True, kw_only=True)
class PageChange:
    """What happens once, after the first page of an operation that is not its last one."""

    operation: str
    removes_marker: bool = False
    """The last one on the page is deleted."""
    removes: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    """Things of the estate that are not there before."""


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """Another value in a field of the row of one thing."""

    id: str
    field: str
    value: object = None


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """How all services of an account answer to everybody."""

    failures: tuple[Failure, ...] = ()
    granted: frozenset[str] | None = None
    """Enterprise projects that the user may see where grants are per enterprise project; None: everything."""
    lists_default_only: bool = False
    """Whether such a user who names no enterprise project sees the default one, in the place of a refusal."""
    knows_all_granted: bool = True
    """Whether `all_granted_eps` is a value."""
    wrong_counts: tuple[tuple[str, int], ...] = ()
    """Operations, and what is added to the number of rows that they tell."""
    hidden: frozenset[str] = frozenset()
    """Ids that no list shows, for no reason that anybody tells."""
    strays: frozenset[str] = frozenset()
    """Ids that the lists of every project show."""
    field_changes: tuple[FieldChange, ...] = ()
    page_changes: tuple[PageChange, ...] = ()
    page_sizes: tuple[tuple[str, int], ...] = ()
    """Operations, and rows above which a page of theirs is cut, whatever is asked for."""
    most_metrics: int = 500
    """Metrics that one call of Cloud Eye may name; older regions take ten."""
    day_starts_hour: int = 0
    """Hour in UTC at which a day of Cloud Eye begins."""
    includes_end: bool = False
    """Whether Cloud Eye answers the day that begins at the end of what was asked."""
    tells_empty_metrics: bool = True
    """Whether a metric without points is in the answer."""
