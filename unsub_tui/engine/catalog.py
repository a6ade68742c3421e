"""Listings of an account: its resources, the renewal periods that have not begun, the resources of an order."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import LICENSE_SUFFIX, Catalog, Resource, Status, join_rows

if TYPE_CHECKING:
    from unsub_tui.domain.paid_periods import Renewals
    from unsub_tui.domain.untrusted_text import UntrustedText
    from unsub_tui.engine.account import Account
    from unsub_tui.engine.quotes.renewals import RenewalCache, RenewalProgress
    from unsub_tui.engine.run.policy import Clock

CLOSED_SHOWN = timedelta(days=1)
"""Time for which a closed resource is still shown in the list."""

UNNAMED_PROJECTS = frozenset({"", "0", "null"})
"""Ids that mean no enterprise project or the default one."""


@dataclass(frozen=True, slots=True)
class CatalogProgress:
    """One page of the listing, with the number of resources so far."""

    page: tuple[Resource, ...]
    loaded: int
    total: int
    restarted: bool = False
    """The list changed while it was read, and follows in full: discard all pages before this one."""
    rows_at_risk: int = 0
    """Number of rows that may be missing, at the end of a list that changed while it was read."""


class CatalogReader:
    """Lists the resources and renewal periods of one account."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._prefetch: tuple[AsyncGenerator[CatalogProgress, None], asyncio.Future[CatalogProgress]] | None = None
        """A listing and its first page, which is already being read."""
        self._has_started_listing = False
        """Whether any listing has started, by prefetch or by `pages`."""
        self._project_names: dict[str, UntrustedText] | None = None
        """Names of the enterprise projects by id; None until a listing contains ids without names."""
        self._renewal_cache: RenewalCache = {}
        self._renewals: Renewals | None = None

    def start_prefetch(self) -> None:
        """Start the first listing in advance; the next `pages` continues it. Raise INTERNAL if not connected.

        Do nothing after any listing has started: a later `pages` must not receive old prefetched pages.
        """
        self._account.client()
        if not self._has_started_listing:
            self._has_started_listing = True
            pages = self._read_pages()
            self._prefetch = pages, asyncio.ensure_future(anext(pages))

    async def cancel_prefetch(self) -> None:
        """Cancel a prefetch that `pages` has not taken over."""
        if self._prefetch is not None:
            (pages, first), self._prefetch = self._prefetch, None
            first.cancel()
            await asyncio.wait([first])
            if not first.cancelled():
                first.exception()  # retrieve the error, or asyncio logs it as never retrieved
            await pages.aclose()

    async def pages(self) -> AsyncIterator[CatalogProgress]:
        """Yield the account's yearly/monthly resources page by page, also if the list never stands still."""
        self._has_started_listing = True
        prefetch, self._prefetch = self._prefetch, None
        pages, first = prefetch or (self._read_pages(), None)
        async with aclosing(pages):
            if first is not None:
                yield await first
            async for page in pages:
                yield page

    async def read_all(self) -> Catalog:
        """Return the listing, with the number of rows that may be missing."""
        catalog = Catalog()
        async for page in self.pages():
            catalog = Catalog() if page.restarted else catalog
            catalog.add_page(page.page)
            catalog.rows_at_risk = page.rows_at_risk
        return catalog.joined()

    async def read_afresh(self, catalog: Catalog, ids: Sequence[str]) -> Catalog:
        """Return the catalog to plan these resources from: a complete one itself, else one with them read by id.

        Everything attached to the resources is read as well, and what may be the other part of a database with its
        license. Raise ApiError if that does not succeed.
        """
        if not catalog.rows_at_risk or catalog.fresh_ids.issuperset(ids):
            return catalog
        client = self._account.client()
        # A data disk that is planned alone is read with its server.
        mains = (catalog.primary_of(row) for row in map(catalog.get, ids) if row is not None)
        ids = [*ids, *(main.id for main in mains if main is not None)]
        # A query that names an attached resource lists only the named ones, so the primary ones are named alone.
        attached = {each.id for one in map(catalog.get, ids) if one for each in catalog.attached_to(one) if each.id}
        primary = {each: None for each in ids if (row := catalog.get(each)) is None or row.is_main_resource}
        pairs = {half: None for each in primary for half in _license_pair_ids(each) if half not in primary}
        found = await client.resources_by_id([*primary])
        for others in (pairs, attached.difference(each.id for each in found)):
            found += await client.resources_by_id([*others])
        read = {*primary, *pairs, *attached}
        return catalog.with_fresh_rows(read, await self._with_project_names(join_rows(found)))

    async def resources_of_order(self, order_id: str) -> frozenset[str]:
        """Return the ids of the resources that belong to an order and still exist, as far as they have one."""
        return frozenset(each.id for each in await self._read_order(order_id))

    async def bundle_of(self, resource_id: str, order_ids: Iterable[str]) -> tuple[Resource, ...]:
        """Return the primary resources of the first order that has this one and others, this one first; else ()."""
        for order_id in order_ids:
            rows = await self._read_order(order_id)
            found = {each.id: each for each in rows if each.is_main_resource and each.status != Status.CLOSED}
            if len(found) > 1 and resource_id in found:
                return tuple(sorted(found.values(), key=lambda each: (each.id != resource_id, each.id)))
        return ()

    async def _read_order(self, order_id: str) -> list[Resource]:
        return [each for each in await self._account.client().list_resources(order_id=order_id) if each.id]

    @property
    def renewals(self) -> Renewals:
        """The known renewal periods that have not started; empty until `read_renewals` has finished."""
        from unsub_tui.domain.paid_periods import NO_RENEWALS

        return self._renewals or NO_RENEWALS

    async def read_renewals(self, resources: Sequence[Resource]) -> AsyncIterator[RenewalProgress]:
        """Read the future renewal periods of these resources, yielding progress by month; then set `renewals`."""
        from unsub_tui.engine.quotes.renewals import read_renewals

        reading = read_renewals(self._account.client(), self._renewal_cache, resources, self._clock.now())
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step
        self._renewals = step.renewals

    async def _read_pages(self) -> AsyncGenerator[CatalogProgress, None]:
        loaded, client = 0, self._account.client()
        async with gc_paused(), aclosing(client.resource_pages(may_move=True)) as pages:
            async for page in pages:
                loaded = len(page.rows) + (0 if page.restarted else loaded)
                shown = _without_closed(page.rows, self._clock.now() - CLOSED_SHOWN)
                named = await self._with_project_names(shown)
                # the total may leave out attached resources
                yield CatalogProgress(named, loaded, max(page.total, loaded), page.restarted, page.rows_at_risk)

    async def _with_project_names(self, resources: Sequence[Resource]) -> tuple[Resource, ...]:
        """Return the resources with known project names filled in; the names are read once, if they are needed."""
        if not any(map(_lacks_project_name, resources)):
            return tuple(resources)
        if self._project_names is None:
            try:
                projects = await self._account.client().enterprise_projects()
            except UnsubError:
                projects = []  # no permission: the interface falls back to project ids
            self._project_names = {each.project_id: each.name for each in projects}
        return tuple(_named(resources, self._project_names))


def _without_closed(rows: Sequence[Resource], since: datetime) -> Sequence[Resource]:
    """Return the rows without those of resources that were closed before a time, or nobody knows when.

    The query has no `status_list`: it would also leave out rows with a status that this version does not know.
    """
    if all(each.status != Status.CLOSED for each in rows):
        return rows
    return [each for each in rows if each.status != Status.CLOSED or (each.update_time and each.update_time >= since)]


def _license_pair_ids(resource_id: str) -> tuple[str, str]:
    """Return the ids that a database and its license have if this is the id of one of them."""
    database_id = resource_id.removesuffix(LICENSE_SUFFIX)
    return database_id, database_id + LICENSE_SUFFIX


def _lacks_project_name(resource: Resource) -> bool:
    return not resource.enterprise_project_name and resource.enterprise_project_id.raw not in UNNAMED_PROJECTS


def _named(resources: Iterable[Resource], names: dict[str, UntrustedText]) -> Iterable[Resource]:
    for each in resources:
        name = names.get(each.enterprise_project_id.raw) if _lacks_project_name(each) else None
        yield each if name is None else replace(each, enterprise_project_name=name)


@asynccontextmanager
async def gc_paused() -> AsyncIterator[None]:
    """Disable garbage collection while a listing grows: with 100,000 resources, one collection blocks key input.

    At the end, freeze the loaded objects so that later collections skip them, and enable collection. It is enabled even
    if it was off before, because at startup the program leaves it off until the first listing is shown.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
