"""Ids of what belongs to a resource of billing, such as its backups and pay-per-use databases.

Nothing of it is stored. An id contains the resource that it belongs to, so that it can be looked up, and a checksum.
"""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.sandbox.estate.draws import spread
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.resource_store import ResourceStore

_NUMBER_BITS = 48
_SPREAD = 0x9E3779B97F4B
"""Odd factor that spreads consecutive purchase numbers over all digits."""
_POSITION_BITS = 15


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
