"""What the vendor sells, and what a renewal would cost."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.api import mapping, wire
from unsub_tui.api.errors import ApiError
from unsub_tui.api.listing import Page, Pages
from unsub_tui.api.model_reads import ModelReads
from unsub_tui.domain.renewal import RenewalPrices, RenewalTerm
from unsub_tui.domain.service import ResourceType, Service

SERVICES_PATH = "/v2/products/service-types"
RESOURCE_TYPES_PATH = "/v2/products/resource-types"
RENEW_RATE_PATH = "/v2/bills/ratings/period-resources/renew-rate"
CATALOGUE_PAGE = 1000
RENEW_RATE_IDS = 10
"""Ids that one inquiry takes."""
_OF_ONE = "CBC.300500"
"""How the codes begin that refuse an inquiry because of one of its resources, without naming it."""


class CatalogueReads(ModelReads):
    """Reads of the vendor's catalogue and prices."""

    async def services(self, *, limit: int = CATALOGUE_PAGE) -> list[Service]:
        """Return the vendor's services; with a `limit` only the first of them."""

        async def read(offset: int) -> Page[Service]:
            query = {"limit": str(limit), "offset": str(offset)}
            page = await self._get("services", SERVICES_PATH, query, wire.WireServices)
            return Page(tuple(map(mapping.service, page.service_types or ())), page.total_count, offset)

        if limit < CATALOGUE_PAGE:
            return list((await read(0)).rows)
        return await Pages(operation="services", size=limit, read=read, key=lambda each: each.code.raw).all()

    async def resource_types(self) -> list[ResourceType]:
        """Return the types of resources that the services have."""

        async def read(offset: int) -> Page[ResourceType]:
            query = {"limit": str(CATALOGUE_PAGE), "offset": str(offset)}
            page = await self._get("resource_types", RESOURCE_TYPES_PATH, query, wire.WireResourceTypes)
            return Page(tuple(map(mapping.resource_type, page.resource_types or ())), page.total_count, offset)

        return await Pages(operation="resource_types", size=CATALOGUE_PAGE, read=read).all()

    async def renewal_prices(self, ids: Sequence[str], term: RenewalTerm) -> RenewalPrices:
        """Return what renewing each of these main resources for a term would cost, and why some have no price."""
        found = RenewalPrices(currency="", prices={}, refused={})
        for first in range(0, len(ids), RENEW_RATE_IDS):
            found = found.joined(await self._some_prices(list(ids[first : first + RENEW_RATE_IDS]), term))
        return found

    async def _some_prices(self, ids: list[str], term: RenewalTerm) -> RenewalPrices:
        """Ask for all at once; where one of them spoils it for the others, for each alone."""
        try:
            return await self._prices(ids, term)
        except ApiError as error:
            if not error.problem.code.raw.startswith(_OF_ONE):
                raise
            if len(ids) == 1:
                return RenewalPrices(currency="", prices={}, refused={ids[0]: error.problem})
        found = RenewalPrices(currency="", prices={}, refused={})
        for each in ids:
            found = found.joined(await self._some_prices([each], term))
        return found

    async def _prices(self, ids: list[str], term: RenewalTerm) -> RenewalPrices:
        body: dict[str, object] = {
            "resource_ids": ids,
            "period_type": int(term.unit),
            "period_num": term.count,
            "include_relative_resources": True,  # what goes along is renewed along, too
        }
        answer = await self._post("renewal_prices", RENEW_RATE_PATH, body, wire.WireRenewalPrices)
        return mapping.renewal_prices(answer, ids)
