"""What all reads of one account share: the hosts, and how a question becomes an answer of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Self, TypeVar

from unsub_tui.api.endpoint import Hosts
from unsub_tui.api.reading import Reader
from unsub_tui.domain.foreign import Foreign

Kind = TypeVar("Kind", bound="Reads")


class Reads:
    """Base of the groups of reads. One event loop each; every method raises ApiError."""

    def __init__(self, hosts: Hosts, reader: Reader) -> None:
        self._hosts = hosts
        self._reader = reader

    def over_its_line(self, kind: type[Kind]) -> Kind:
        """Return a client of another kind that asks over the same line; whoever opened this one closes it."""
        return kind(self._hosts, self._reader)

    async def __aenter__(self) -> Self:
        await self._reader.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.__aexit__()

    @property
    def server_time_offset(self) -> timedelta | None:
        """The service's clock minus this machine's, as of the last answer."""
        return self._reader.server_time_offset

    @property
    def limits_seen(self) -> Mapping[str, float]:
        """Calls a second that are let through now, of each operation that the service has refused as too many."""
        return self._reader.limits_seen


def is_plain(text: str) -> bool:
    """Whether this is an id that may stand in a path and in a file's name."""
    return Foreign(text).is_safe_id and bool(text.strip("."))
