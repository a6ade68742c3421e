"""The engine's face towards what there is: the listing, renewed periods, the resources of an order. It only reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.engine.ahead import Begun
from unsub_tui.engine.loading import unhurried_collector
from unsub_tui.engine.options import CatalogueProgress

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.list_client import ListClient
    from unsub_tui.domain.renewed import Renewals
    from unsub_tui.domain.resource import Catalogue, Resource
    from unsub_tui.engine.projects import ProjectNames
    from unsub_tui.engine.quoting import RenewalProgress, RenewalShelf


class Cataloguing:
    """What one account holds."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead: Begun[CatalogueProgress] | None = None
        self._has_begun = False
        """Whether the resources were ever asked for."""
        self._projects: ProjectNames | None = None
        self._renewal_shelf: RenewalShelf | None = None
        self._renewals: Renewals | None = None

    @abstractmethod
    def now(self) -> datetime:
        """Return the present moment."""

    @abstractmethod
    def _opened(self) -> BssClient:
        """Return the reading client; raises before the account is open."""

    @abstractmethod
    def _lister(self) -> ListClient:
        """Return the client for the list alone; raises before the account is open."""

    def read_ahead(self) -> None:
        """Begin to read the resources: the first `catalogue` goes on from there. Raises before the account is open.

        Once a reading has begun it does nothing: what is read here would be taken for new by a later listing.
        """
        self._lister()
        if not self._has_begun:
            self._has_begun = True
            self._ahead = Begun(self._catalogue())

    async def catalogue(self) -> AsyncIterator[CatalogueProgress]:
        """Yield the account's yearly/monthly resources page by page; raises when the list cannot be whole."""
        self._has_begun = True
        ahead, self._ahead = self._ahead, None
        async with aclosing(ahead.steps() if ahead is not None else self._catalogue()) as steps:
            async for step in steps:
                yield step

    async def _catalogue(self) -> AsyncGenerator[CatalogueProgress, None]:
        from unsub_tui.engine.projects import ProjectNames

        loaded, client = 0, self._lister()
        projects = self._projects = self._projects or ProjectNames()
        async with unhurried_collector(), aclosing(client.resources()) as pages:
            async for page in pages:
                loaded = len(page.resources) + (0 if page.is_afresh else loaded)
                yield CatalogueProgress(
                    await projects.named(self._opened, page.resources), loaded, page.total, page.is_afresh
                )

    @property
    def renewals(self) -> Renewals:
        """What is known of renewed periods that have not begun; `read_renewals` finds it out."""
        from unsub_tui.domain.renewed import NO_RENEWALS

        return self._renewals or NO_RENEWALS

    async def read_renewals(self, resources: Sequence[Resource]) -> AsyncIterator[RenewalProgress]:
        """Find the renewed periods of these resources that have not begun, month by month; `renewals` has them then."""
        from unsub_tui.engine.quoting import RenewalShelf, read_renewals

        self._renewal_shelf = self._renewal_shelf or RenewalShelf()
        reading = read_renewals(self._opened(), self._renewal_shelf, resources, self.now())
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step
        self._renewals = step.renewals

    async def resources_of_order(self, order_id: str) -> frozenset[str]:
        """Return the ids of the resources that an order is about, as far as there still are any."""
        from unsub_tui.api.list_client import ResourceQuery

        pages = self._lister().resources(ResourceQuery(order_id=order_id))
        return frozenset([each.id async for page in pages for each in page.resources])

    async def whole_catalogue(self) -> Catalogue:
        """Return the whole listing; raises where it cannot be whole."""
        from unsub_tui.domain.resource import Catalogue

        catalogue = Catalogue()
        async for page in self.catalogue():
            catalogue = Catalogue() if page.is_afresh else catalogue
            catalogue.add(page.page)
        return catalogue

    async def drop_ahead(self) -> None:
        """End a reading that nobody has taken over."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            await ahead.drop()
