"""Whose account it is, and what it holds."""

from __future__ import annotations

from unsub_tui.api import mapping, wire
from unsub_tui.api.errors import bad_answer
from unsub_tui.api.exchange import Question
from unsub_tui.api.listing import Page, Pages
from unsub_tui.api.reads import Reads, is_plain
from unsub_tui.domain.account import Balance, EnterpriseProject
from unsub_tui.domain.foreign import NOTHING, Foreign

BALANCES_PATH = "/v2/accounts/customer-accounts/balances"
PROJECTS_PATH = "/v1.0/enterprise-projects"
PROJECT_PAGE = 1000


class AccountReads(Reads):
    """Reads of the account itself."""

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
        urn = found.principal_urn
        return Foreign(found.principal_id), Foreign(urn.partition(":user:")[2] or urn)

    async def balance(self) -> Balance:
        """Return what the account holds and owes."""
        return mapping.balance(await self._get("balance", BALANCES_PATH, {}, wire.WireBalances))

    async def enterprise_projects(self) -> list[EnterpriseProject]:
        """Return the account's enterprise projects, those switched off as well."""

        async def read(offset: int) -> Page[EnterpriseProject]:
            query = {"limit": str(PROJECT_PAGE), "offset": str(offset)}
            url = self._hosts.eps + PROJECTS_PATH
            question = Question(operation="enterprise_projects", method="GET", url=url, query=query)
            page = await self._ask(question, wire.WireProjects)
            return Page(tuple(map(mapping.project, page.enterprise_projects or ())), page.total_count, offset)

        pages = Pages(operation="enterprise_projects", size=PROJECT_PAGE, read=read, key=lambda each: each.project_id)
        return await pages.all()

    async def _look_up_account(self) -> tuple[str, Foreign]:
        answer = await self._ask(
            Question(operation="find_account", method="GET", url=f"{self._hosts.iam}/v3/auth/domains"), wire.WireDomains
        )
        for found in answer.domains or ():
            return found.id, Foreign(found.name)
        return (await self._ask_caller("find_account")).account_id, NOTHING

    async def _ask_caller(self, operation: str) -> wire.WireCaller:
        question = Question(operation=operation, method="GET", url=f"{self._hosts.sts}/v5/caller-identity")
        return await self._ask(question, wire.WireCaller)
