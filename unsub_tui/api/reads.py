"""What all reads of one account share: the hosts, and how a question becomes an answer of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

from unsub_tui.api import wire
from unsub_tui.api.exchange import Question
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.reading import Reader
from unsub_tui.api.signing import Signer
from unsub_tui.api.target import Target
from unsub_tui.domain.foreign import Foreign


class Reads:
    """Base of the groups of reads. One event loop each; every method raises ApiError."""

    def __init__(self, target: Target, signer: Signer, pacing: Pacing) -> None:
        self._hosts = target.hosts
        self._reader = Reader(target, signer, pacing)

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

    async def _get(self, operation: str, path: str, query: Mapping[str, str], model: type[wire.Model]) -> wire.Model:
        url = self._hosts.bss + path
        return await self._ask(Question(operation=operation, method="GET", url=url, query=query), model)

    async def _post(self, operation: str, path: str, body: Mapping[str, object], model: type[wire.Model]) -> wire.Model:
        return await self._ask(Question.post(operation, self._hosts.bss + path, body), model)

    async def _ask(self, question: Question, model: type[wire.Model]) -> wire.Model:
        def decode(body: bytes) -> wire.Model:
            return wire.parse(question.operation, model, wire.strict(question.operation, body))

        return await self._reader.ask(question, decode)


def is_plain(text: str) -> bool:
    """Whether this is an id that may stand in a path and in a file's name."""
    return Foreign(text).is_safe_id and bool(text.strip("."))


def stamp(when: datetime) -> str:
    """Return a moment as the service reads it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
