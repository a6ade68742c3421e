"""Which rows somebody gets to see, and which of them are on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from tests.reference_server.inventory.estate import Bin
from tests.reference_server.inventory.failures import ServiceError, not_allowed
from tests.reference_server.inventory.routes import Identified, ServiceCall

ALL_GRANTED, DEFAULT = "all_granted_eps", "0"


class Listed(Identified, Protocol):
    """What a project holds."""

    @property
    def project_id(self) -> str:
        """Its project."""

    @property
    def created(self) -> datetime:
        """When it was created."""


class Scoped(Listed, Protocol):
    """What belongs to an enterprise project."""

    @property
    def enterprise_project_id(self) -> str:
        """Its enterprise project."""


T = TypeVar("T", bound=Listed)
S = TypeVar("S", bound=Scoped)
R = TypeVar("R", bound=Identified)


def visible(call: ServiceCall, found: Iterable[S]) -> list[S]:
    """Return what the project holds and the user may see, the newest first; raises ServiceError."""
    wanted = wanted_projects(call)
    return [each for each in in_project(call, found) if wanted is None or each.enterprise_project_id in wanted]


def in_project(call: ServiceCall, found: Iterable[T]) -> list[T]:
    """Return what the project holds, the newest first, and what strayed there."""
    behavior = call.estate.behavior
    held = [
        each
        for each in found
        if (each.project_id == call.project_id or each.id in behavior.strays) and each.id not in behavior.hidden
    ]
    return sorted(held, key=lambda each: (each.created, each.id), reverse=True)


def wanted_projects(call: ServiceCall) -> frozenset[str] | None:
    """Return the enterprise projects whose rows are answered; None: all."""
    behavior, scope = call.estate.behavior, call.route.scope
    named = [each for each in (call.many(scope) if scope else ()) if each]
    if ALL_GRANTED in named:
        if not (call.route.takes_all_granted and behavior.knows_all_granted):
            raise call.refuse(f"invalid {scope}")
        return behavior.granted
    if named:
        if behavior.granted is None or not call.route.takes_all_granted:
            return frozenset(named) if behavior.granted is None else behavior.granted & frozenset(named)
        if not behavior.granted.issuperset(named):
            raise _not_granted(call)
        return frozenset(named)
    if behavior.granted is None or not call.route.takes_all_granted:
        return behavior.granted
    if not behavior.lists_default_only:
        raise _not_granted(call)
    return frozenset([DEFAULT]) & behavior.granted


def bin_of(call: ServiceCall, service: str) -> Bin | None:
    """Return the recycle bin of a service in the project."""
    held = {(each.service, each.project_id): each for each in call.estate.bins}
    return held.get((service, call.project_id))


def _not_granted(call: ServiceCall) -> ServiceError:
    return not_allowed(call.route.service, call.route.action)


def offset_page(call: ServiceCall, found: Sequence[R], *, most: int, default: int) -> list[R]:
    """Return a page whose offset counts records."""
    return _page(call, found, call.number("offset", 0, 2**31 - 1, 0), call.number("limit", 1, most, default))


def numbered_page(call: ServiceCall, found: Sequence[R], *, most: int, default: int) -> list[R]:
    """Return a page whose offset counts pages, from 1."""
    limit = call.number("limit", 1, most, default)
    return _page(call, found, (call.number("offset", 1, 2**31 - 1, 1) - 1) * limit, limit)


def marker_page(
    call: ServiceCall, found: Sequence[R], *, most: int, default: int, unknown: ServiceError | None = None
) -> list[R]:
    """Return the page behind a marker, which must be on the list still."""
    ids, marker = [each.id for each in found], call.one("marker")
    if marker and marker not in ids:
        raise unknown or call.refuse(f"marker [{marker}] not found")
    return _page(call, found, ids.index(marker) + 1 if marker else 0, call.number("limit", 1, most, default))


def _page(call: ServiceCall, found: Sequence[R], first: int, limit: int) -> list[R]:
    limit = min(limit, dict(call.estate.behavior.page_sizes).get(call.route.full_name, limit))
    page = list(found[first : first + limit])
    if page and first + limit < len(found):
        call.last_ids.append(page[-1].id)
    return page
