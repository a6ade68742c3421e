"""Signed calls to the services of the inventory: hosts, transports, and lists that say why they are not complete.

Each host has a transport of its own, created with the first call, and limits of its own. No answer of a service raises
an exception: a list that cannot be read, or not to its end, states the reason as its `problem`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from unsub_tui.api.auth import Signer
from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import Token
from unsub_tui.api.endpoints import DEFAULT_SITE, check_endpoint
from unsub_tui.api.iam import TokenKeySource
from unsub_tui.api.inventory.catalog_interner import CatalogInterner
from unsub_tui.api.inventory.list_reader import ONE_PAGE, ListReader, Paging
from unsub_tui.api.inventory.service_hosts import Service, is_valid_place, is_valid_project_id, service_url
from unsub_tui.api.inventory.service_pages import ListPage, decode_in_turns, parse_document
from unsub_tui.api.inventory.service_problems import problem_fact
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.retry_policy import RateLimiter
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.api.transport import (
    ApiRequest,
    Query,
    TransportFactory,
    is_safe_path_segment,
    to_json,
)
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

if TYPE_CHECKING:
    from unsub_tui.api.connection import Connection
    from unsub_tui.domain.resource import Catalog

Row = TypeVar("Row")
Explain = Callable[[Problem], Fact | None]

MAX_CONNECTIONS_OF_HOST = 4
"""Maximum number of concurrent requests to a host."""

MAX_ROWS_AT_ONCE = 250
"""Number of rows that are decoded before other work of the event loop gets its turn."""

LIST_SECONDS = 180.0
"""Time after which no further page of a list is asked for."""

ALL_PROJECTS: Query = {"enterprise_project_id": "all_granted_eps"}
"""Parameter for all enterprise projects that the caller may see, instead of the default one."""

ENDPOINT_VARIABLE = "UNSUB_ENDPOINT_"
"""Prefix of the environment variable that names the custom endpoint of a service."""

_ACCOUNT_SERVICES = (Service.IAM, Service.CONFIG)
"""Services with one host for all regions, which accept a token that is scoped to the account."""

_EMBEDDED_URL = "http://127.0.0.1"
"""Placeholder for a service that has no socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of a service. Its name is that of its permission in `domain/permissions.py`."""

    name: str
    service: Service
    path: str
    """Path with `{project_id}`, `{domain_id}` and further placeholders."""
    is_global: bool = False
    """Whether it is called for the account, not for a project."""
    has_projects: bool = False
    """Whether it takes an enterprise project, and shows only some of them if it is not asked for all."""

    @property
    def source(self) -> str:
        """The operation as the source of findings."""
        return f"{self.service.value}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCall:
    """Parameters of a call of an operation."""

    query: Query = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """Values of further placeholders in the path: ids, which are validated."""
    body: Mapping[str, object] | None = None
    """JSON body; the call is then a POST."""
    paging: Paging = ONE_PAGE
    explain: Explain | None = None
    """Return the fact for a problem that has a special meaning here, else None."""


PLAIN_CALL = ListCall()
"""A call without parameters, for a list without pages."""


class InventorySession:
    """Transports to the services, one per host. Use it with `async with`, in one event loop.

    Several readers can use it at the same time. The connections are closed when the last one leaves; the limits of the
    hosts are kept.
    """

    def __init__(self, connection: Connection, signer: Signer) -> None:
        self._connection = connection
        self._signer = signer
        self._policy = connection.retry_policy
        self._key_signer: Signer | None = None
        """Signs calls of a region where the user has a token, which is scoped to the account."""
        self._transports: dict[tuple[Service, str, str], RetryingTransport] = {}
        """By service, region and URL: a custom endpoint stands for the hosts of all regions, each with its limit."""
        self._limits: dict[tuple[Service, str, str], RateLimiter] = {}
        """By the keys of the transports."""
        self._texts = CatalogInterner()
        """Texts of the rows that have been read."""
        self._reader_count = 0
        self._open: AsyncExitStack | None = None
        self._decoding = asyncio.Lock()
        """Held while a response is decoded: dozens of hosts may answer together."""
        self._without_projects: set[tuple[Service, ProjectRegion]] = set()
        """Places in which a service refused to list all enterprise projects, but listed some."""

    async def __aenter__(self) -> Self:
        self._reader_count += 1
        if self._open is None:
            self._open = AsyncExitStack()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader_count -= 1
        if not self._reader_count:
            self._texts = CatalogInterner()
        if self._open is not None and not self._reader_count:
            stack, self._open = self._open, None
            self._transports.clear()
            await stack.aclose()

    def share_texts_of(self, catalog: Catalog) -> None:
        """Let rows share the ids and names of these resources, until the last reader leaves."""
        self._texts.catalog = catalog

    def forget_refusals(self) -> None:
        """Ask for all enterprise projects again, also where a service refused that."""
        self._without_projects.clear()

    @property
    def account_id(self) -> str:
        """The id of the account, or an empty text if it is not known."""
        return self._signer.credential_provider.current.domain_id or self._signer.account_id

    @property
    def now(self) -> datetime:
        """The current time, UTC."""
        return self._policy.now()

    async def read_list(
        self,
        operation: Operation,
        place: ProjectRegion,
        decode: Callable[[JsonObject], ListPage[Row]],
        call: ListCall = PLAIN_CALL,
    ) -> ServiceList[Row]:
        """Return the rows of an operation in a place; its `problem` says why they are not all.

        `decode` returns the page in a response, or raises ApiError.
        """
        key = (operation.service, place)
        if not operation.has_projects or key in self._without_projects:
            found, _ = await self._read(operation, place, decode, call)
        else:
            found, problem = await self._read(operation, place, decode, call, ALL_PROJECTS)
            if problem is not None and _may_lack_projects(problem):
                plain, _ = await self._read(operation, place, decode, call)
                if plain.origin is None:  # the rights are missing altogether: the first answer says which
                    return found if problem.http_status != 400 else plain
                self._without_projects.add(key)
                found = plain
        if operation.has_projects and key in self._without_projects and found.is_complete:
            return replace(found, problem=fact("inventory_some_projects"))
        return found

    async def _read(
        self,
        operation: Operation,
        place: ProjectRegion,
        decode: Callable[[JsonObject], ListPage[Row]],
        call: ListCall,
        projects: Query | None = None,
    ) -> tuple[ServiceList[Row], Problem | None]:
        """Return the list, and the problem with its first page."""
        try:
            await self._signer.credential_provider.refresh()  # the account id is part of the credentials
        except UnsubError as error:
            return ServiceList(place, problem=problem_fact(error.problem, place.region)), None
        obstacle = self._obstacle(operation, place, call)
        if obstacle is not None:
            return ServiceList(place, problem=obstacle), None
        url, headers = self._address(operation, place, call)
        ends = self._policy.monotonic() + LIST_SECONDS
        times: list[datetime] = []

        async def ask(position: Query) -> ListPage[Row]:
            request = ApiRequest(
                operation=operation.name,
                method="GET" if call.body is None else "POST",
                url=url,
                query={**(projects or {}), **call.query, **position},
                body=b"" if call.body is None else to_json(call.body),
                headers=headers,
            )
            transport = await self._transport(operation.service, place.region)
            document = await transport.fetch(request, partial(parse_document, share=self._texts.__getitem__))
            arrived = self._policy.now()
            async with self._decoding:
                page = await decode_in_turns(document, decode, MAX_ROWS_AT_ONCE)
                await asyncio.sleep(0)  # another response may be decoded next
            times.append(arrived)
            return page

        reader = ListReader(call.paging, ask, lambda: self._policy.monotonic() > ends)
        failure: Problem | None = None
        try:
            problem = await reader.read()
        except UnsubError as error:
            failure = error.problem
            explained = call.explain(failure) if call.explain is not None else None
            problem = explained or problem_fact(failure, place.region)
            if times:
                problem, failure = fact("inventory_cut_off", reason=problem), None
        origin = Origin(operation.source, place.region, times[0]) if times else None
        return ServiceList(place, tuple(reader.rows.values()), origin, problem), failure

    def _obstacle(self, operation: Operation, place: ProjectRegion, call: ListCall) -> Fact | None:
        """Return why a call cannot be made at all."""
        if self._open is None:
            return fact("inventory_not_read")
        if not operation.is_global and not is_valid_place(place):
            return fact("inventory_place_invalid")
        if "{domain_id}" in operation.path and not is_valid_project_id(self.account_id):
            return fact("inventory_account_unknown")
        if not all(map(is_valid_project_id, call.path.values())):
            return fact("inventory_ids_invalid", count=1)
        if not self._is_configured(operation.service):
            return fact("inventory_not_configured", variable=f"{ENDPOINT_VARIABLE}{operation.service.value.upper()}")
        return None

    def _is_configured(self, service: Service) -> bool:
        """Return whether there is a host: a custom endpoint of billing says nothing about other services."""
        known = (*self._connection.service_endpoints, *self._connection.service_transports, Service.IAM)
        return service in known or not self._connection.endpoint

    def _address(self, operation: Operation, place: ProjectRegion, call: ListCall) -> tuple[str, Mapping[str, str]]:
        """Return URL and headers of a call. The headers name its project; the signer adds the account if none does."""
        path = operation.path.format(project_id=place.project_id, domain_id=self.account_id, **call.path)
        headers = {"X-Language": "en-us"}
        if not operation.is_global:
            headers["X-Project-Id"] = place.project_id
        return self._base_url(operation.service, place.region) + path, headers

    def _base_url(self, service: Service, region: str) -> str:
        connection = self._connection
        if service is Service.IAM:
            return connection.hosts.iam
        if service in connection.service_transports:
            return _EMBEDDED_URL
        custom = connection.service_endpoints.get(service, "")
        return custom.rstrip("/") or service_url(service, region, connection.site or DEFAULT_SITE)

    async def _transport(self, service: Service, region: str) -> RetryingTransport:
        """Return the transport to the host of a service. Raise UnsubError for an invalid custom endpoint."""
        url = self._base_url(service, region)
        key = service, "" if service in _ACCOUNT_SERVICES else region, url
        found = self._transports.get(key)
        if found is not None:
            return found
        check_endpoint(url)
        if self._open is None:
            raise UnsubError(Problem(kind=ProblemKind.STOPPED))
        if key not in self._limits:
            self._limits[key] = RateLimiter(self._policy.service_rate, self._policy)
        transport = RetryingTransport(
            url,
            self._policy,
            self._signer_of(service),
            self._factory(service),
            connections=MAX_CONNECTIONS_OF_HOST,
            host_limiter=self._limits[key],
            decode_lock=self._decoding,
        )
        self._transports[key] = await self._open.enter_async_context(transport)
        return transport

    def _signer_of(self, service: Service) -> Signer:
        if service in _ACCOUNT_SERVICES or not isinstance(self._signer.credential_provider.current, Token):
            return self._signer
        if self._key_signer is None:
            keys = TokenKeySource(self._connection.hosts, self._signer.credential_provider)
            self._key_signer = Signer(CredentialProvider(keys, self._policy.now), self._policy.now)
        return self._key_signer

    def _factory(self, service: Service) -> TransportFactory | None:
        if service is Service.IAM:
            return self._connection.transport_factory
        return self._connection.service_transports.get(service)


async def read_in_groups(
    ids: Collection[str], size: int, place: ProjectRegion, read: Callable[[list[str]], Awaitable[ServiceList[Row]]]
) -> ServiceList[Row]:
    """Return what `read` returns for ids, asked for in groups of at most `size`; invalid ids are not asked for."""
    valid = [each for each in dict.fromkeys(ids) if is_safe_path_segment(each)]
    groups = [valid[first : first + size] for first in range(0, len(valid), size)]
    return join_lists([replace(await read(group), asked_ids=frozenset(group)) for group in groups], place)


def join_lists(lists: Iterable[ServiceList[Row]], place: ProjectRegion) -> ServiceList[Row]:
    """Return several parts of a list as one: with the oldest origin, the first problem and the ids of all parts."""
    parts = tuple(lists)
    origins = [each.origin for each in parts if each.origin is not None]
    asked = [each.asked_ids for each in parts if each.asked_ids is not None]
    return ServiceList(
        place,
        rows=tuple(row for each in parts for row in each.rows),
        origin=min(origins, key=lambda each: each.at, default=None),
        problem=next((each.problem for each in parts if each.problem is not None), None),
        asked_ids=frozenset[str]().union(*asked) if len(asked) == len(parts) else None,
    )


def _may_lack_projects(problem: Problem) -> bool:
    """Return whether a service may have refused only the request for all enterprise projects."""
    return problem.http_status == 400 or problem.kind is ProblemKind.PERMISSION
