"""The client that the list begins with: whose account it is, and its resources. It changes nothing.

It needs no pydantic, whose models take longer to make than the rest of the program takes to its first page.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from unsub_tui.api.account_answers import Form, WireCaller, WireDomains, read_answer
from unsub_tui.api.errors import bad_answer
from unsub_tui.api.exchange import Question
from unsub_tui.api.listing import Page, Pages
from unsub_tui.api.reads import Reads, is_plain
from unsub_tui.api.resource_pages import Sharing, read_page
from unsub_tui.api.strict import text_of
from unsub_tui.domain.foreign import NOTHING, Foreign
from unsub_tui.domain.resource import Resource

QUERY_PATH = "/v2/orders/suscriptions/resources/query"
"""Spelt so by the service."""
PAGE = 500
ID_LIMIT = 50
"""Ids that one resource query takes."""


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Some of the account's resources, and how many there are in all."""

    resources: tuple[Resource, ...]
    total: int
    is_afresh: bool = False
    """The list moved and is read anew: what came before this page is to be forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """What to list; empty means no filter."""

    service_type_code: str = ""
    status_list: tuple[int, ...] = ()
    order_id: str = ""
    only_main_resource: bool = False

    def body(self) -> dict[str, object]:
        """Return the filter as the service reads it; only what is set is sent."""
        fields: dict[str, object] = {
            "service_type_code": self.service_type_code,
            "status_list": list(self.status_list),
            "order_id": self.order_id,
            "only_main_resource": int(self.only_main_resource),
        }
        return {name: value for name, value in fields.items() if value}


EVERYTHING = ResourceQuery()
"""All yearly/monthly resources of the account."""


class ListClient(Reads):
    """Reads of the account's resources. One client an event loop; every method raises ApiError."""

    async def find_account(self) -> tuple[str, Foreign]:
        """Return the account's id and name, and name the account in every later call."""
        account_id, name = await self._look_up_account()
        if not is_plain(account_id):
            raise bad_answer("find_account", "the account's id has characters that no id has")
        self._reader.name_account(account_id)
        return account_id, name

    async def caller(self) -> tuple[Foreign, Foreign]:
        """Return id and name of the user whose keys these are; of an agency's session the whole resource name."""
        found = await self._ask_caller("caller")
        urn = text_of(found.principal_urn)
        return Foreign(text_of(found.principal_id)), Foreign(urn.partition(":user:")[2] or urn)

    async def resources(self, query: ResourceQuery = EVERYTHING) -> AsyncGenerator[ResourcePage, None]:
        """Yield all resources page by page as they arrive; raises INCOMPLETE unless the list was proved whole.

        A list that moves meanwhile is read anew, which its first page says.
        """
        async with aclosing(self._resource_pages(query.body(), Sharing()).each()) as pages:
            async for page in pages:
                yield ResourcePage(page.rows, page.total, page.is_afresh)

    async def count_resources(self) -> int:
        """Return how many resources there are: one small call."""
        return (await self._resource_pages({}, Sharing(), size=1).read(0)).total

    async def resources_by_id(
        self, ids: Sequence[str], *, statuses: Sequence[int] = (), only_main: bool = False
    ) -> list[Resource]:
        """Return those of these resources that the service knows, with what is attached to them unless `only_main`.

        Never asks with an empty list: the service would answer with the whole account.
        """
        share, wanted = Sharing(), list(dict.fromkeys(ids))
        narrowed: dict[str, object] = {}
        if statuses:
            narrowed["status_list"] = list(statuses)
        if only_main:
            narrowed["only_main_resource"] = 1
        found: dict[str, Resource] = {}
        for first in range(0, len(wanted), ID_LIMIT):
            body = {"resource_ids": wanted[first : first + ID_LIMIT], **narrowed}
            found |= {each.id: each for each in await self._resource_pages(body, share).all()}
        return list(found.values())

    def _resource_pages(self, body: Mapping[str, object], share: Sharing, size: int = PAGE) -> Pages[Resource]:
        async def read(offset: int) -> Page[Resource]:
            question = Question.post(
                "list_resources", self._hosts.bss + QUERY_PATH, {**body, "limit": size, "offset": offset}
            )
            page = await self._reader.ask(question, lambda answer: read_page(question.operation, answer, share))
            return Page(page.resources, page.total, offset)

        return Pages(operation="list_resources", size=size, read=read, key=lambda resource: resource.id)

    async def _look_up_account(self) -> tuple[str, Foreign]:
        url = f"{self._hosts.iam}/v3/auth/domains"
        answer = await self._read(Question(operation="find_account", method="GET", url=url), WireDomains)
        for found in answer.domains or ():
            return found.id, Foreign(text_of(found.name))
        return (await self._ask_caller("find_account")).account_id, NOTHING

    async def _ask_caller(self, operation: str) -> WireCaller:
        url = f"{self._hosts.sts}/v5/caller-identity"
        return await self._read(Question(operation=operation, method="GET", url=url), WireCaller)

    async def _read(self, question: Question, form: type[Form]) -> Form:
        return await self._reader.ask(question, lambda answer: read_answer(question.operation, answer, form))
