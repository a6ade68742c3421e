"""Ids of what exists beside the resources of billing: backups, vaults, pay-per-use databases, metrics.

Nothing of it is stored. An id contains the resource that it belongs to, so that it can be looked up, and a checksum.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from unsub_tui.sandbox.estate.cloud_resource import CloudResource
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.resource_store import ResourceStore

_NUMBER_BITS = 48
_SPREAD = 0x9E3779B97F4B
"""Odd factor that spreads consecutive purchase numbers over all digits."""
_POSITION_BITS = 15


def draw(resource: CloudResource, topic: str, count: int) -> int:
    """Return a number below `count`, always the same for a resource and a topic."""
    return spread(f"{topic}:{resource.resource_id}") % count


def spread(text: str) -> int:
    """Return a number of 32 bits, always the same for a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest())


def named_id(*parts: object) -> str:
    """Return a UUID for something that is looked up by another way than its id."""
    text = ":".join(map(str, parts))
    digits = "".join(f"{spread(f'{place}:{text}'):08x}" for place in range(4))
    return str(UUID(hex=digits, version=4))


@dataclass(frozen=True, slots=True)
class PartId:
    """A part of a resource: `kind` says of what kind, `day` and `place` which one of them."""

    resource: Resource
    kind: int
    day: int = 0
    place: int = 0

    def __str__(self) -> str:
        """Return the id as a UUID."""
        check = self._checksum()
        position = 1 << _POSITION_BITS | self.resource.position
        number = _mixed(self.resource.purchase_number, check)
        return f"{check:08x}-{self.day:04x}-4{self.kind:x}{self.place:02x}-{position:04x}-{number:012x}"

    def _checksum(self) -> int:
        return spread(f"{self.kind}:{self.day}:{self.place}:{self.resource.resource_id}")


def _mixed(number: int, check: int) -> int:
    return number ^ (check * _SPREAD & (1 << _NUMBER_BITS) - 1)


def find_part(text: str, resources: ResourceStore) -> PartId | None:
    """Return the part with this id, or None if it is not such an id."""
    try:
        check, day, kinds, position, number = (int(part, 16) for part in text.split("-"))
    except ValueError:
        return None
    bought = resources.in_purchase(_mixed(number, check))
    place = position & (1 << _POSITION_BITS) - 1
    if place >= len(bought):
        return None
    found = PartId(bought[place], kinds >> 8 & 15, day, kinds & 255)
    return found if str(found) == text else None
