"""Reads of balances and enterprise projects."""

from __future__ import annotations

from unsub_tui.api import mapping, schemas
from unsub_tui.api.model_reads import ModelReads
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.api.transport import ApiRequest
from unsub_tui.domain.account import BalanceSummary, EnterpriseProject

BALANCES_PATH = "/v2/accounts/customer-accounts/balances"
PROJECTS_PATH = "/v1.0/enterprise-projects"
PROJECT_PAGE = 1000


class AccountReads(ModelReads):
    """Reads of account data."""

    async def balance(self) -> BalanceSummary:
        """Return the account's balances and debt."""
        return mapping.balance(await self._get("balance", BALANCES_PATH, {}, schemas.WireBalances))

    async def enterprise_projects(self) -> list[EnterpriseProject]:
        """Return all enterprise projects of the account, including disabled projects."""

        async def read(offset: int) -> Page[EnterpriseProject]:
            query = {"limit": str(PROJECT_PAGE), "offset": str(offset)}
            url = self._hosts.eps + PROJECTS_PATH
            question = ApiRequest(operation="enterprise_projects", method="GET", url=url, query=query)
            page = await self._fetch_model(question, schemas.WireProjects)
            return Page(tuple(map(mapping.project, page.enterprise_projects or ())), page.total_count, offset)

        pages = Paginator(
            operation="enterprise_projects", page_size=PROJECT_PAGE, read_page=read, key=lambda each: each.project_id
        )
        return await pages.read_all()
