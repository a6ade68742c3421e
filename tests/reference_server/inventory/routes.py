"""What an operation of a service is, and one request that was let in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from tests.reference_server.authentication import User
from tests.reference_server.inventory.behavior import ABSENT
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.failures import Json, ServiceError, bad_request

SERVICES = ("ecs", "evs", "vpc", "rds", "cce", "cbr", "ces", "rms")
_MOST = 2147483647


class Identified(Protocol):
    """A thing with an id."""

    @property
    def id(self) -> str:
        """Its id."""


T = TypeVar("T", bound=Identified)
A = TypeVar("A", Json, list[Json])


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation.

    `scope` is the query parameter that names enterprise projects: with `enterprise_project_id` as a text it also takes
    `all_granted_eps` (`takes_all_granted`); without a parameter there is no way to say it.
    """

    service: str
    name: str
    method: str
    path: re.Pattern[str]
    action: str
    query: frozenset[str]
    scope: str
    takes_all_granted: bool
    is_global: bool
    answer: Callable[[ServiceCall], Json | list[Json]]

    @property
    def full_name(self) -> str:
        """The name with its service."""
        return f"{self.service}.{self.name}"


ROUTES: list[Route] = []


def route(
    service: str,
    name: str,
    path: str,
    action: str,
    query: str = "",
    *,
    method: str = "GET",
    scope: str = "",
    takes_all_granted: bool = False,
) -> Callable[[Callable[[ServiceCall], A]], Callable[[ServiceCall], A]]:
    """Register what answers an operation; `{project}` and other names in the path are one part each.

    `query` names the parameters that it takes. Others of the contract are refused, too: they are not simulated.
    """

    def register(answer: Callable[[ServiceCall], A]) -> Callable[[ServiceCall], A]:
        pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path.replace(".", r"\.")))
        ROUTES.append(
            Route(
                service=service,
                name=name,
                method=method,
                path=pattern,
                action=action,
                query=frozenset([*query.split(), *scope.split()]),
                scope=scope,
                takes_all_granted=takes_all_granted,
                is_global=service == "rms",
                answer=answer,
            )
        )
        return answer

    return register


@dataclass(frozen=True, kw_only=True)
class ServiceCall:
    """One request that was let in, and what the account holds at this moment."""

    estate: Estate
    user: User
    route: Route
    project_id: str
    names: Mapping[str, str]
    """Parts of the path."""
    query: Mapping[str, Sequence[str]]
    body: Json
    last_ids: list[str] = field(default_factory=list)
    """The last thing of a page, where another page follows."""

    def refuse(self, message: str) -> ServiceError:
        """Return the refusal of an unsuitable request."""
        return bad_request(self.route.service, message)

    def many(self, key: str, most: int = 999) -> Sequence[str]:
        """Return all values of a parameter that may be repeated."""
        found = self.query.get(key, ())
        if len(found) > most:
            raise self.refuse(f"too many values: {key}")
        return found

    def one(self, key: str) -> str:
        """Return a parameter that is given at most once; empty if it is not."""
        return (*self.many(key, 1), "")[0]

    def listed(self, key: str) -> list[str]:
        """Return the parts of a parameter that are separated by commas."""
        return [each.strip() for each in self.one(key).split(",") if each.strip()]

    def number(self, key: str, low: int, high: int, default: int) -> int:
        """Return a whole number within bounds."""
        found = self.one(key)
        if not found:
            return default
        if not found.isdecimal() or not low <= int(found) <= min(high, _MOST):
            raise self.refuse(f"invalid {key}: {found}")
        return int(found)

    def flag(self, key: str) -> bool | None:
        """Return a truth value; None if it is not given."""
        found = self.one(key).lower()
        if found not in {"", "true", "false"}:
            raise self.refuse(f"invalid {key}: {found}")
        return None if not found else found == "true"

    def total(self, count: int) -> int:
        """Return how many rows it says that there are."""
        wrong = dict(self.estate.behavior.wrong_counts)
        return abs(count + wrong.get(self.route.full_name, 0))

    def rows(self, found: Iterable[T], write: Callable[[T], Json]) -> list[Json]:
        """Write rows, with the values in which some of them differ."""
        return [self._changed(each.id, write(each)) for each in found]

    def _changed(self, key: str, row: Json) -> Json:
        for each in self.estate.behavior.field_changes:
            if each.id == key and each.value == ABSENT:
                row.pop(each.field, None)
            elif each.id == key:
                row[each.field] = each.value
        return row
