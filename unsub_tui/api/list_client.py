"""Read-only client for the first listing: the account, the caller and the resources.

It does not use pydantic: building pydantic models takes longer than everything else before the first page.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from unsub_tui.api.account_schemas import Schema, WireCaller, WireDomains, decode_response
from unsub_tui.api.base_client import BaseClient, is_safe_path_segment
from unsub_tui.api.errors import invalid_response
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.api.resource_pages import StringInterner, decode_page
from unsub_tui.api.strict_json import text_of
from unsub_tui.api.transport import ApiRequest
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

QUERY_PATH = "/v2/orders/suscriptions/resources/query"
"""The spelling `suscriptions` is that of the API."""
PAGE_SIZE = 500
MAX_QUERY_IDS = 50
"""Maximum number of ids in a resource query."""


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """A page of the account's resources, with the total number of resources."""

    resources: tuple[Resource, ...]
    total: int
    restarted: bool = False
    """Whether the listing restarts with this page because the list changed: discard all earlier pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """Filter of a resource listing; empty fields do not filter."""

    service_type_code: str = ""
    status_list: tuple[int, ...] = ()
    order_id: str = ""
    only_main_resource: bool = False

    def body(self) -> dict[str, object]:
        """Return the filter as a request body, without unset fields."""
        fields: dict[str, object] = {
            "service_type_code": self.service_type_code,
            "status_list": list(self.status_list),
            "order_id": self.order_id,
            "only_main_resource": int(self.only_main_resource),
        }
        return {name: value for name, value in fields.items() if value}


ALL_RESOURCES = ResourceQuery()
"""All yearly/monthly resources of the account."""


class ListClient(BaseClient):
    """Client for the account's resources. Use one client per event loop; every method may raise ApiError."""

    async def find_account(self) -> tuple[str, UntrustedText]:
        """Return the account's id and name, and send the id with all later calls."""
        account_id, name = await self._fetch_account()
        if not is_safe_path_segment(account_id):
            raise invalid_response("find_account", "the account's id has characters that no id has")
        self._transport.set_account_id(account_id)
        return account_id, name

    async def find_caller(self) -> tuple[UntrustedText, UntrustedText]:
        """Return id and name of the user that the keys belong to; for an agency session, the whole URN as the name."""
        found = await self._fetch_caller_identity("caller")
        urn = text_of(found.principal_urn)
        return UntrustedText(text_of(found.principal_id)), UntrustedText(urn.partition(":user:")[2] or urn)

    async def resource_pages(self, query: ResourceQuery = ALL_RESOURCES) -> AsyncGenerator[ResourcePage, None]:
        """Yield all resources page by page as they arrive. Raise INCOMPLETE unless the list is verified as complete.

        If the list changes during the read, it is read again, and its first page has `restarted` set.
        """
        async with aclosing(self._paginator(query.body(), StringInterner()).iter_pages()) as pages:
            async for page in pages:
                yield ResourcePage(page.rows, page.total, page.restarted)

    async def count_resources(self) -> int:
        """Return the number of resources, using one small call."""
        return (await self._paginator({}, StringInterner(), page_size=1).read_page(0)).total

    async def resources_by_id(
        self, ids: Sequence[str], *, statuses: Sequence[int] = (), only_main: bool = False
    ) -> list[Resource]:
        """Return the resources with these ids that exist, with their attached resources unless `only_main`.

        Sends no request for an empty list, because the service would return all resources of the account.
        """
        interner, wanted = StringInterner(), list(dict.fromkeys(ids))
        narrowed: dict[str, object] = {}
        if statuses:
            narrowed["status_list"] = list(statuses)
        if only_main:
            narrowed["only_main_resource"] = 1
        found: dict[str, Resource] = {}
        for first in range(0, len(wanted), MAX_QUERY_IDS):
            body = {"resource_ids": wanted[first : first + MAX_QUERY_IDS], **narrowed}
            found |= {each.id: each for each in await self._paginator(body, interner).read_all()}
        return list(found.values())

    def _paginator(
        self, body: Mapping[str, object], interner: StringInterner, page_size: int = PAGE_SIZE
    ) -> Paginator[Resource]:
        async def read(offset: int) -> Page[Resource]:
            question = ApiRequest.post(
                "list_resources", self._hosts.bss + QUERY_PATH, {**body, "limit": page_size, "offset": offset}
            )
            page = await self._transport.fetch(
                question, lambda answer: decode_page(question.operation, answer, interner)
            )
            return Page(page.resources, page.total, offset)

        return Paginator(
            operation="list_resources", page_size=page_size, read_page=read, key=lambda resource: resource.id
        )

    async def _fetch_account(self) -> tuple[str, UntrustedText]:
        url = f"{self._hosts.iam}/v3/auth/domains"
        answer = await self._fetch_struct(ApiRequest(operation="find_account", method="GET", url=url), WireDomains)
        for found in answer.domains or ():
            return found.id, UntrustedText(text_of(found.name))
        return (await self._fetch_caller_identity("find_account")).account_id, EMPTY

    async def _fetch_caller_identity(self, operation: str) -> WireCaller:
        url = f"{self._hosts.sts}/v5/caller-identity"
        return await self._fetch_struct(ApiRequest(operation=operation, method="GET", url=url), WireCaller)

    async def _fetch_struct(self, request: ApiRequest, form: type[Schema]) -> Schema:
        return await self._transport.fetch(request, lambda answer: decode_response(request.operation, answer, form))
