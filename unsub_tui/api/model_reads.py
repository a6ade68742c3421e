"""Reads whose answers are pydantic models: all but those that the list begins with."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.api import wire
from unsub_tui.api.exchange import Question
from unsub_tui.api.reads import Reads


class ModelReads(Reads):
    """Base of the groups of such reads."""

    async def _get(self, operation: str, path: str, query: Mapping[str, str], model: type[wire.Model]) -> wire.Model:
        url = self._hosts.bss + path
        return await self._ask(Question(operation=operation, method="GET", url=url, query=query), model)

    async def _post(self, operation: str, path: str, body: Mapping[str, object], model: type[wire.Model]) -> wire.Model:
        return await self._ask(Question.post(operation, self._hosts.bss + path, body), model)

    async def _ask(self, question: Question, model: type[wire.Model]) -> wire.Model:
        def decode(body: bytes) -> wire.Model:
            return wire.parse(question.operation, model, wire.strict(question.operation, body))

        return await self._reader.ask(question, decode)
