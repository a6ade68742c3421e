"""Reads of services, resource types and renewal prices."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.api import mapping, schemas
from unsub_tui.api.errors import ApiError
from unsub_tui.api.model_reads import ModelReads
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.domain.renewal_prices import RenewalPrices, RenewalTerm
from unsub_tui.domain.service import ResourceType, Service

SERVICES_PATH = "/v2/products/service-types"
RESOURCE_TYPES_PATH = "/v2/products/resource-types"
RENEW_RATE_PATH = "/v2/bills/ratings/period-resources/renew-rate"
CATALOG_PAGE_SIZE = 1000
MAX_RENEW_RATE_IDS = 10
"""Maximum number of ids in a renewal price inquiry."""
_SINGLE_RESOURCE_ERROR_PREFIX = "CBC.300500"
"""Prefix of error codes that reject a whole inquiry because of one resource, without naming the resource."""


class CatalogReads(ModelReads):
    """Reads of Huawei Cloud's catalog and prices."""

    async def services(self, *, limit: int = CATALOG_PAGE_SIZE) -> list[Service]:
        """Return all Huawei Cloud services, or only the first `limit` if that is below the page size."""

        async def read(offset: int) -> Page[Service]:
            query = {"limit": str(limit), "offset": str(offset)}
            page = await self._get("services", SERVICES_PATH, query, schemas.WireServices)
            return Page(tuple(map(mapping.service, page.service_types or ())), page.total_count, offset)

        if limit < CATALOG_PAGE_SIZE:
            return list((await read(0)).rows)
        return await Paginator(
            operation="services", page_size=limit, read_page=read, key=lambda each: each.code.raw
        ).read_all()

    async def resource_types(self) -> list[ResourceType]:
        """Return the resource types of all services."""

        async def read(offset: int) -> Page[ResourceType]:
            query = {"limit": str(CATALOG_PAGE_SIZE), "offset": str(offset)}
            page = await self._get("resource_types", RESOURCE_TYPES_PATH, query, schemas.WireResourceTypes)
            return Page(tuple(map(mapping.resource_type, page.resource_types or ())), page.total_count, offset)

        return await Paginator(operation="resource_types", page_size=CATALOG_PAGE_SIZE, read_page=read).read_all()

    async def renewal_prices(self, ids: Sequence[str], term: RenewalTerm) -> RenewalPrices:
        """Return the renewal prices of these primary resources for a term, and problems for resources without one."""
        found = RenewalPrices(currency="", prices={}, problems={})
        for first in range(0, len(ids), MAX_RENEW_RATE_IDS):
            found = found.merged_with(
                await self._prices_with_fallback(list(ids[first : first + MAX_RENEW_RATE_IDS]), term)
            )
        return found

    async def _prices_with_fallback(self, ids: list[str], term: RenewalTerm) -> RenewalPrices:
        """Query all prices at once; if a single resource makes the inquiry fail, query each resource separately."""
        try:
            return await self._query_prices(ids, term)
        except ApiError as error:
            if not error.problem.code.raw.startswith(_SINGLE_RESOURCE_ERROR_PREFIX):
                raise
            if len(ids) == 1:
                return RenewalPrices(currency="", prices={}, problems={ids[0]: error.problem})
        found = RenewalPrices(currency="", prices={}, problems={})
        for each in ids:
            found = found.merged_with(await self._prices_with_fallback([each], term))
        return found

    async def _query_prices(self, ids: list[str], term: RenewalTerm) -> RenewalPrices:
        body: dict[str, object] = {
            "resource_ids": ids,
            "period_type": int(term.unit),
            "period_num": term.count,
            "include_relative_resources": True,  # attached resources are renewed as well
        }
        answer = await self._post("renewal_prices", RENEW_RATE_PATH, body, schemas.WireRenewalPrices)
        return mapping.renewal_prices(answer, ids)
