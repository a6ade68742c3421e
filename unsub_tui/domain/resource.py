"""Yearly/monthly resources: their relations, the changes of their state, and the names of their services."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

SERVICE_PREFIX = "hws.service.type."
SHORT_NAMES = {
    "hws.service.type.ec2": "ECS",
    "hws.service.type.ebs": "EVS",
    "hws.service.type.rds": "RDS",
    "hws.service.type.vpc": "VPC",
    "hws.service.type.cce": "CCE",
}

RDS_SERVICE = "hws.service.type.rds"

NO_STATUS = -1
"""Stands for the missing status of an unreadable row."""

LICENSE_SUFFIX = ".marketimage"
"""Suffix appended to a database id to form the id of its license (source: Huawei Cloud's Terraform provider)."""


class Status(IntEnum):
    """Huawei Cloud's resource status; unknown codes are kept as plain integers."""

    IN_USE = 2
    CLOSED = 3
    FROZEN = 4
    EXPIRED = 5
    FREEZING = 6
    """Undocumented, as are the next two: only the code of Huawei Cloud's console has them."""
    UNFREEZING = 7
    CLOSING = 8


class RowDefect(StrEnum):
    """The reason why a row of the listing says nothing certain about its resource."""

    CONTRADICTORY = "contradictory"
    """Other rows of the same resource have other data."""
    UNREADABLE = "unreadable"
    """The id, the status or the relation to a primary resource is missing or invalid."""


class ExpirePolicy(IntEnum):
    """The policy at expiry; only AUTO_RENEW is auto-renewal."""

    GRACE_PERIOD = 0
    PAY_PER_USE = 1
    DELETE_AT_EXPIRY = 2
    AUTO_RENEW = 3
    FREEZE = 4
    DELETE_AFTER_RETENTION = 5


def expire_policy_code(policy: int | None) -> str:
    """Return the code of a policy, such as `auto-renew`; an unknown one has its number, a missing one no code."""
    return "" if policy is None else enum_code(ExpirePolicy, policy, "policy")


def status_code(status: int) -> str:
    """Return the code of a status, such as `in-use`; an unknown one has its number."""
    return "no-status" if status == NO_STATUS else enum_code(Status, status, "status")


def service_code(service_type_code: str) -> str:
    """Return the short code of a service, such as `ecs`, which a filter takes as `type:ecs`."""
    return SHORT_NAMES.get(service_type_code, service_type_code.removeprefix(SERVICE_PREFIX)).lower()


def enum_code(kind: type[IntEnum], number: int, name: str) -> str:
    """Return the code of a number of Huawei Cloud by which people and scripts name it; `name-9` if it is unknown."""
    known = next((each for each in kind if each == number), None)
    return f"{name}-{number}" if known is None else known.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)  # kw_only would double the time to create 100,000
class Resource:
    """An entry in Huawei Cloud's list of yearly/monthly resources, with its text untrusted."""

    resource_id: UntrustedText
    resource_name: UntrustedText = EMPTY
    service_type_code: UntrustedText = EMPTY
    service_type_name: UntrustedText = EMPTY
    resource_type_code: UntrustedText = EMPTY
    resource_type_name: UntrustedText = EMPTY
    resource_spec_code: UntrustedText = EMPTY
    product_spec_desc: UntrustedText = EMPTY
    region_code: UntrustedText = EMPTY
    project_id: UntrustedText = EMPTY
    product_id: UntrustedText = EMPTY
    parent_resource_id: UntrustedText = EMPTY
    """The id of the parent resource if attached, else empty."""
    is_main_resource: bool = True
    status: int = Status.IN_USE
    """A `Status`, a code unknown to this version, or NO_STATUS."""
    effective_time: datetime | None = None
    """Start of the subscription, UTC."""
    expire_time: datetime | None = None
    """End of the last paid period, UTC."""
    expire_policy: int | None = None
    """An `ExpirePolicy`, or a code unknown to this version."""
    spec_size: str = ""
    """Linear size (GB of a disk, Mbit/s of a bandwidth), as received."""
    enterprise_project_id: UntrustedText = EMPTY
    """"0" is the default project, "null" or empty means not assigned."""
    enterprise_project_name: UntrustedText = EMPTY
    update_time: datetime | None = None
    defect: RowDefect | None = None
    """Why this row cannot be relied on, or None. No plan and no proof uses a row with a defect."""

    @property
    def id(self) -> str:
        """The raw id, for keys and requests; not for display."""
        return self.resource_id.raw

    def is_of(self, ids: Collection[str]) -> bool:
        """Return whether this is one of these resources, or without an id and attached to one of them."""
        return (self.id or self.parent_resource_id.raw) in ids

    def is_effective(self, now: datetime) -> bool:
        """Return whether the subscription has begun at `now`."""
        return self.effective_time is None or self.effective_time <= now

    def fingerprint(self, attached: Iterable[Resource] = (), bundled: Sequence[Resource] = ()) -> Mapping[str, object]:
        """Return the state that must be unchanged when the request is sent (rule S3), as plain JSON values.

        `bundled` are the other primary resources in the same request; their key in the result is `together`.
        """
        primary = {self.id, *(each.id for each in bundled)}
        # Sorted: the order of a listing is no state.
        own: dict[str, object] = {
            "status": self.status,
            "expire_time": self._expiry,
            "expire_policy": self.expire_policy,
            "attached": sorted(each.id if each.id in primary else each.id_with_parent(primary) for each in attached),
        }
        if not self.is_main_resource:
            own["attached_to"] = self.parent_resource_id.raw
        if bundled:
            own["together"] = sorted(f"{each.id} {each.status} {each._expiry}" for each in bundled)  # noqa: SLF001
        return own

    def id_with_parent(self, primary: Collection[str]) -> str:
        """Return the id of an attached resource, after its parent's id if that is not a primary resource."""
        parent = self.parent_resource_id.raw
        return self.id if parent in primary else f"{parent}/{self.id}"

    @property
    def _expiry(self) -> str | None:
        return self.expire_time.isoformat() if self.expire_time else None


@dataclass(slots=True)
class Catalog:
    """All resources of one listing, indexed by id and by parent.

    A growing listing can contain several rows of one resource; `joined` is the catalog to draw conclusions from.
    """

    resources: list[Resource] = field(default_factory=list)
    rows_at_risk: int = 0
    """Number of rows that may be missing, because the list changed while it was read; 0 if it is complete."""
    fresh_ids: frozenset[str] = frozenset()
    """Ids of resources that were read again by id, with everything attached to them."""
    _attached: dict[str, list[Resource]] = field(default_factory=dict)
    _by_id: dict[str, Resource] = field(default_factory=dict)

    def add_page(self, page: Sequence[Resource]) -> None:
        """Add one page, in order of arrival."""
        self.resources.extend(page)
        for resource in page:
            if resource_id := resource.id:  # an unreadable row may have none
                self._by_id[resource_id] = resource
            if not resource.is_main_resource and resource.parent_resource_id:
                self._attached.setdefault(resource.parent_resource_id.raw, []).append(resource)

    def mark_closed(self, resource_ids: Collection[str]) -> None:
        """Set the status of these resources to CLOSED before a new listing reports it."""
        for each in resource_ids:
            if each in self._by_id:
                self._by_id[each] = replace(self._by_id[each], status=Status.CLOSED)
        closed = set(resource_ids)
        for resources in (self.resources, *self._attached.values()):
            resources[:] = [self._by_id[each.id] if each.id in closed else each for each in resources]

    def joined(self) -> Catalog:
        """Return this catalog with the rows of each resource joined (`join_rows`), or itself if none has several."""
        if self.resource_count == len(self.resources):
            return self
        return self._with(join_rows(self.resources))

    def with_fresh_rows(self, ids: Collection[str], rows: Sequence[Resource]) -> Catalog:
        """Return this catalog with the rows that a query of these ids returned.

        Without such a row, an attached resource is gone; a primary one is left as it was, but is not fresh.
        """
        fresh = {each.id for each in rows if each.id}
        old = [
            each for each in self.resources if each.id not in fresh and (each.is_main_resource or not each.is_of(ids))
        ]
        catalog = self._with([*old, *(each for each in rows if each.id or each.parent_resource_id)])
        catalog.fresh_ids = self.fresh_ids.difference(ids) | fresh
        return catalog

    def _with(self, resources: Sequence[Resource]) -> Catalog:
        catalog = Catalog(rows_at_risk=self.rows_at_risk, fresh_ids=self.fresh_ids)
        catalog.add_page(resources)
        return catalog

    def is_certain(self, resource: Resource) -> bool:
        """Return whether everything that belongs to a resource is known: the listing is complete, or it was re-read."""
        return not self.rows_at_risk or resource.id in self.fresh_ids

    @property
    def resource_count(self) -> int:
        """Number of resources, each counted once."""
        return len(self._by_id)

    def get(self, resource_id: str) -> Resource | None:
        """Return the resource with this id, or None."""
        return self._by_id.get(resource_id)

    def attached_to(self, resource: Resource) -> Sequence[Resource]:
        """Return the resources deleted with `resource`: those attached to it, directly or through other ones."""
        direct = self._attached.get(resource.id)
        if direct is None:
            return ()
        found = {each.id: each for each in direct if each.id != resource.id}
        below = list(found.values())
        for parent in below:  # grows during iteration; cycles end because each resource is added once
            for each in self._attached.get(parent.id, ()):
                if each.id not in found and each.id != resource.id:
                    found[each.id] = each
                    below.append(each)
        return below

    def primary_of(self, resource: Resource) -> Resource | None:
        """Return the primary resource of an attached one, also through other parents, or None if it is not listed."""
        seen = {resource.id}
        parent = self._by_id.get(resource.parent_resource_id.raw)
        while parent is not None and not parent.is_main_resource and parent.id not in seen:
            seen.add(parent.id)
            parent = self._by_id.get(parent.parent_resource_id.raw)
        return parent if parent is not None and parent.id not in seen else None

    def license_pair(self, resource: Resource) -> Sequence[Resource]:
        """Return the database and its license if `resource` is either of them, else `resource` alone.

        RDS for SQL Server consists of two subscriptions, bought with two orders, which one request unsubscribes from.
        The two can differ in everything but the id: tab, status, service, project.
        """
        database_id = resource.id.removesuffix(LICENSE_SUFFIX)
        if is_license_id(database_id):  # no license has a license, so that no resource belongs to two pairs
            return [resource]
        pair = [self.get(database_id), self.get(database_id + LICENSE_SUFFIX)]
        listed = [each for each in pair if each is not None and each.is_main_resource and each.status != Status.CLOSED]
        return listed if len(listed) == len(pair) else [resource]

    def __len__(self) -> int:
        return len(self.resources)


def join_rows(rows: Sequence[Resource]) -> list[Resource]:
    """Return the rows with one row for each resource whose rows agree, at the place of the first one.

    Of closed and other rows of a resource, the other ones count. Rows that contradict each other are all kept, marked
    as CONTRADICTORY; so are the other rows of a resource with an unreadable row. A row without an id is kept as it is.
    """
    by_id: dict[str, list[Resource]] = {}
    for each in rows:
        by_id.setdefault(each.id, []).append(each)
    return [row for key, same in by_id.items() for row in (_join(same) if key and len(same) > 1 else same)]


def _join(same: Sequence[Resource]) -> Sequence[Resource]:
    living = [each for each in same if each.status != Status.CLOSED]
    if not living:
        return same[:1]
    joined = living[0]
    for each in living[1:]:
        values = _agreed_values(joined, each)
        if values is None or RowDefect.UNREADABLE in (joined.defect, each.defect):
            return [replace(row, defect=row.defect or RowDefect.CONTRADICTORY) for row in living]
        joined = replace(joined, **values)
    return [joined]


def _agreed_values(one: Resource, other: Resource) -> dict[str, Any] | None:
    """Return the values that `one` lacks and `other` has; None if a value that both have differs."""
    values = {}
    for name in _COMPARED_FIELDS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine in _NO_VALUE:
            values[name] = theirs
        elif theirs not in _NO_VALUE and theirs != mine:
            return None
    return values


_COMPARED_FIELDS = tuple(each.name for each in fields(Resource) if each.name not in ("update_time", "defect"))
"""Fields in which two rows of a resource must agree; the time of the last update may belong to the row."""
_NO_VALUE = (None, "", EMPTY)


def state_changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[Fact]:
    """Return the differences between two fingerprints, sorted by field name."""
    names = sorted(before.keys() | after.keys())
    return [
        fact("field_changed", field=name, before=_value(before.get(name)), after=_value(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _value(value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)


def is_license_id(resource_id: str) -> bool:
    """Return whether an id is that of the license of a database."""
    return resource_id.endswith(LICENSE_SUFFIX)


def service_names(code: str) -> tuple[str, ...]:
    """Return the names of a service: its code, the code without the prefix, and its short name or an empty text."""
    return (code, code.removeprefix(SERVICE_PREFIX), SHORT_NAMES.get(code, ""))


def split_service_codes(text: str) -> tuple[str, ...]:
    """Return the service types in a list, which Huawei Cloud separates by commas."""
    return tuple(code for code in re.split(r"[,;\s]+", text) if code)


def have_common_service(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether two groups of service types overlap; each text is a service type or a list of them.

    Huawei Cloud compares service types case-insensitively.
    """
    return not _normalized(one).isdisjoint(_normalized(other))


def _normalized(texts: Iterable[str]) -> frozenset[str]:
    """Return the service types in these lists in lower case, with an empty text for each empty list."""
    return frozenset(code.casefold() for text in texts for code in split_service_codes(text) or ("",))
