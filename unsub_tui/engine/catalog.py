"""Read-only engine methods for resources: the listing, renewal periods, and the resources of an order."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.engine.engine_options import CatalogProgress
from unsub_tui.engine.gc_pause import gc_paused
from unsub_tui.engine.prefetch import Prefetch

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.list_client import ListClient
    from unsub_tui.domain.renewal_periods import Renewals
    from unsub_tui.domain.resource import Catalog, Resource
    from unsub_tui.engine.projects import ProjectNames
    from unsub_tui.engine.quotes import RenewalCache, RenewalProgress


class CatalogMixin:
    """Methods that list the resources and renewal periods of one account."""

    def __init__(self) -> None:
        super().__init__()
        self._prefetch: Prefetch[CatalogProgress] | None = None
        self._has_started_listing = False
        """Whether any listing has started, by prefetch or by `catalog_pages`."""
        self._projects: ProjectNames | None = None
        self._renewal_cache: RenewalCache | None = None
        self._renewals: Renewals | None = None

    @abstractmethod
    def now(self) -> datetime:
        """Return the current UTC time."""

    @abstractmethod
    def _require_client(self) -> BssClient:
        """Return the client for reads. Raise INTERNAL before the account is open."""

    @abstractmethod
    def _require_list_client(self) -> ListClient:
        """Return the client for resource listings. Raise INTERNAL before the account is open."""

    def start_prefetch(self) -> None:
        """Start the first listing in advance; the next `catalog_pages` continues it. Raise INTERNAL if not connected.

        Do nothing after any listing has started: a later `catalog_pages` must not receive old prefetched pages.
        """
        self._require_list_client()
        if not self._has_started_listing:
            self._has_started_listing = True
            self._prefetch = Prefetch(self._read_catalog_pages())

    async def catalog_pages(self) -> AsyncIterator[CatalogProgress]:
        """Yield the account's yearly/monthly resources page by page. Raise INCOMPLETE for an incomplete listing."""
        self._has_started_listing = True
        prefetch, self._prefetch = self._prefetch, None
        async with aclosing(prefetch.steps() if prefetch is not None else self._read_catalog_pages()) as steps:
            async for step in steps:
                yield step

    async def _read_catalog_pages(self) -> AsyncGenerator[CatalogProgress, None]:
        from unsub_tui.engine.projects import ProjectNames

        loaded, client = 0, self._require_list_client()
        projects = self._projects = self._projects or ProjectNames()
        async with gc_paused(), aclosing(client.resource_pages()) as pages:
            async for page in pages:
                loaded = len(page.resources) + (0 if page.restarted else loaded)
                yield CatalogProgress(
                    await projects.with_names(self._require_client, page.resources), loaded, page.total, page.restarted
                )

    @property
    def renewals(self) -> Renewals:
        """The known renewal periods that have not started; empty until `read_renewals` has finished."""
        from unsub_tui.domain.renewal_periods import NO_RENEWALS

        return self._renewals or NO_RENEWALS

    async def read_renewals(self, resources: Sequence[Resource]) -> AsyncIterator[RenewalProgress]:
        """Read the future renewal periods of these resources, yielding progress by month; then set `renewals`."""
        from unsub_tui.engine.quotes import RenewalCache, read_renewals

        self._renewal_cache = self._renewal_cache or RenewalCache()
        reading = read_renewals(self._require_client(), self._renewal_cache, resources, self.now())
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step
        self._renewals = step.renewals

    async def resources_of_order(self, order_id: str) -> frozenset[str]:
        """Return the ids of the resources that belong to an order and still exist."""
        from unsub_tui.api.list_client import ResourceQuery

        pages = self._require_list_client().resource_pages(ResourceQuery(order_id=order_id))
        return frozenset([each.id async for page in pages for each in page.resources])

    async def full_catalog(self) -> Catalog:
        """Return the complete listing. Raise INCOMPLETE if it cannot be completed."""
        from unsub_tui.domain.resource import Catalog

        catalog = Catalog()
        async for page in self.catalog_pages():
            catalog = Catalog() if page.restarted else catalog
            catalog.add_page(page.page)
        return catalog

    async def cancel_prefetch(self) -> None:
        """Cancel a prefetch that `catalog_pages` has not taken over."""
        prefetch, self._prefetch = self._prefetch, None
        if prefetch is not None:
            await prefetch.drop()
