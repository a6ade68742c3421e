"""Resources of the account and queries over them. Callers must hold the account's lock."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from unsub_tui.sandbox.models import Resource, ResourceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """Filter of a resource listing."""

    ids: tuple[str, ...] = ()
    ordered: frozenset[str] | None = None
    """Ids of the resources of an order."""
    only_main: bool = False
    statuses: frozenset[int] = frozenset()
    expire_from: int | None = None
    expire_to: int | None = None
    service: str | None = None


class ResourceStore:
    """All resources, newest first."""

    def __init__(self, by_purchase: Mapping[int, tuple[Resource, ...]]) -> None:
        resources = (resource for bought in by_purchase.values() for resource in bought)
        self._all = sorted(resources, key=lambda resource: -resource.effective)
        self._by_id = {resource.resource_id: resource for resource in self._all}
        self._by_purchase = by_purchase
        self._expiries: list[tuple[int, int, Resource]] = []
        """Heap of expiry times; an id keeps equal times apart."""
        self.add_expiries(resource for resource in self._all if resource.status is ResourceStatus.IN_USE)
        self._hidden_ids: set[str] = set()
        self.query = lru_cache(maxsize=32)(self._query)  # a client pages through the same query
        """Return the resources for a ResourceQuery."""

    def list_all(self) -> tuple[Resource, ...]:
        """Return all resources, including hidden ones."""
        return tuple(self._all)

    def get(self, resource_id: str) -> Resource | None:
        """Return a resource, which may be closed or hidden, or None."""
        return self._by_id.get(resource_id)

    def in_purchase(self, number: int) -> tuple[Resource, ...]:
        """Return the resources of a purchase."""
        return self._by_purchase.get(number, ())

    def clear_cache(self) -> None:
        """Clear the query cache after a change to resources."""
        self.query.cache_clear()

    def set_policy(self, resource_id: str, policy: int, now: int) -> None:
        """Set the expiry policy of a resource and its attached resources."""
        main = self._by_id[resource_id]
        for resource in (main, *main.attached):
            resource.policy = policy
            resource.updated = now

    def hide(self, resource: Resource) -> None:
        """Exclude a closed resource from all listings."""
        self._hidden_ids.add(resource.resource_id)
        self.clear_cache()

    def expire_until(self, now: int) -> None:
        """Mark resources with an expiry time up to `now` as expired."""
        while self._expiries and self._expiries[0][0] <= now:
            resource = heapq.heappop(self._expiries)[2]
            if resource.status is ResourceStatus.IN_USE:
                resource.status = ResourceStatus.EXPIRED
                resource.updated = now
                self.clear_cache()

    def add_expiries(self, resources: Iterable[Resource]) -> None:
        """Add the expiry times of these resources; a later time that is already known does no harm."""
        for resource in resources:
            heapq.heappush(self._expiries, (resource.expire, id(resource), resource))

    def _query(self, query: ResourceQuery) -> list[Resource]:
        return [
            resource
            for resource in self._candidates(query)
            if resource.resource_id not in self._hidden_ids and _matches(resource, query)
        ]

    def _candidates(self, query: ResourceQuery) -> Iterable[Resource]:
        if query.ids:
            found = self._by_ids(query.ids, with_attached=not query.only_main)
            return (one for one in found if query.ordered is None or one.resource_id in query.ordered)
        if query.ordered is not None:
            bought = map(self.get, sorted(query.ordered))
            return (one for one in bought if one and not (query.only_main and one.parent))
        if query.only_main:
            return (resource for resource in self._all if resource.parent is None)
        return self._all

    def _by_ids(self, ids: tuple[str, ...], *, with_attached: bool) -> Iterable[Resource]:
        found: dict[str, Resource] = {}
        for resource_id in ids:
            if (resource := self._by_id.get(resource_id)) is not None:
                attached = resource.attached if with_attached else ()
                found.update((one.resource_id, one) for one in (resource, *attached))
        return found.values()


def _matches(resource: Resource, query: ResourceQuery) -> bool:
    return (
        (not query.statuses or resource.status in query.statuses)
        and (query.service is None or resource.offer.service.code == query.service)
        and (query.expire_from is None or resource.expire >= query.expire_from)
        and (query.expire_to is None or resource.expire <= query.expire_to)
    )
