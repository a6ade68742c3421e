"""Random values that depend on seed, id and a subject only, so that no order of questions changes them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from unsub_tui.sandbox.estate.cloud_resource import CloudResource

_Choice = TypeVar("_Choice")
_RANGE = 1 << 64


def draw(resource: CloudResource, topic: str, count: int) -> int:
    """Return a whole number from 0 to less than `count`; it depends on the seed because the resource's id does."""
    return spread(f"{topic}:{resource.resource_id}") % count


def spread(text: str) -> int:
    """Return a number of 32 bits."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def named_id(*parts: object) -> str:
    """Return an id for something that is not looked up by it."""
    return str(UUID(bytes=hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=16).digest(), version=4))


class Draws:
    """Draws for one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def fraction(self, owner_id: str, subject: str) -> float:
        """Return a value from 0 to less than 1."""
        return int.from_bytes(self._digest(owner_id, subject)[:8], "big") / _RANGE

    def below(self, owner_id: str, subject: str, count: int) -> int:
        """Return a whole number from 0 to less than `count`."""
        return int.from_bytes(self._digest(owner_id, subject)[:8], "big") % count

    def between(self, owner_id: str, subject: str, low: int, high: int) -> int:
        """Return a whole number from `low` to less than `high`; `low` if there is none."""
        return low + self.below(owner_id, subject, high - low) if high > low else low

    def choice(self, owner_id: str, subject: str, options: Sequence[_Choice]) -> _Choice:
        """Return one of the options."""
        return options[self.below(owner_id, subject, len(options))]

    def new_id(self, owner_id: str, subject: str) -> str:
        """Return an id."""
        return str(UUID(bytes=self._digest(owner_id, subject)))

    def _digest(self, owner_id: str, subject: str) -> bytes:
        return hashlib.blake2b(f"{self._seed}:{subject}:{owner_id}".encode(), digest_size=16).digest()
