"""Base of reads that return pydantic models; the first listing avoids them (see `list_client`)."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.api import schemas
from unsub_tui.api.base_client import BaseClient
from unsub_tui.api.transport import ApiRequest


class ModelReads(BaseClient):
    """Base class of the read groups that use pydantic models."""

    async def _get(
        self, operation: str, path: str, query: Mapping[str, str], model: type[schemas.Model]
    ) -> schemas.Model:
        url = self._hosts.bss + path
        return await self._fetch_model(ApiRequest(operation=operation, method="GET", url=url, query=query), model)

    async def _post(
        self, operation: str, path: str, body: Mapping[str, object], model: type[schemas.Model]
    ) -> schemas.Model:
        return await self._fetch_model(ApiRequest.post(operation, self._hosts.bss + path, body), model)

    async def _fetch_model(self, request: ApiRequest, model: type[schemas.Model]) -> schemas.Model:
        def decode(body: bytes) -> schemas.Model:
            return schemas.parse_model(request.operation, model, schemas.parse_json(request.operation, body))

        return await self._transport.fetch(request, decode)
