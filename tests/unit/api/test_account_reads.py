from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.connections import connect, make_sandbox
from unsub_tui.api.connection import Connection
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.sandbox import Sandbox

CURRENCIES = {"cn": "CNY", "intl": "USD", "eu": "USD"}


@pytest.fixture(params=CURRENCIES)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """A vendor of each site."""
    return make_sandbox(120, site=request.param)


@pytest.fixture
def connection(sandbox: Sandbox) -> Connection:
    """A connection into it."""
    return connect(sandbox, site=sandbox.account.site.name)


async def test_the_balance(sandbox: Sandbox, connection: Connection) -> None:
    """Money is decimal, in the currency of the site."""
    async with connection.read_client() as client:
        balance = await client.balance()
    assert balance.currency == sandbox.account.site.currency == CURRENCIES[sandbox.account.site.name]
    assert balance.debt == 0
    assert {each.account_type for each in balance.balances} == {1, 2}
    assert all(isinstance(each.amount, Decimal) for each in balance.balances)


async def test_enterprise_projects(connection: Connection) -> None:
    """The default one is among them, and one that is switched off is told."""
    async with connection.read_client() as client:
        projects = {each.project_id: each for each in await client.enterprise_projects()}
    assert projects["0"].is_enabled
    assert not all(each.is_enabled for each in projects.values())


async def test_renewal_prices(sandbox: Sandbox, connection: Connection) -> None:
    """A longer term costs more; what one resource has against it does not spoil the prices of the others."""
    mains = [each for each in sandbox.account.resources.list_all() if each.parent is None]
    plain = [each.resource_id for each in mains if each.condition is Condition.NORMAL][:12]
    unpaid = next(each.resource_id for each in mains if each.condition is Condition.UNPAID)
    async with connection.read_client() as client:
        month = await client.renewal_prices([*plain, unpaid], months=1)
        year = await client.renewal_prices(plain, months=12)
    assert month.currency == CURRENCIES[sandbox.account.site.name]
    assert set(month.prices) == set(plain) == set(year.prices)
    assert all(year.prices[each] > month.prices[each] > 0 for each in plain)
    assert month.problems[unpaid].code.raw == "CBC.30050010"
