"""Detection of the Huawei Cloud site that an account belongs to.

Source: the Huawei Cloud Terraform provider. The Chinese site rejects accounts of the international site with CBC.0150
or CBC.0156. The European site is a separate realm, so the Chinese site rejects its keys as unknown credentials.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from unsub_tui.api.client import BssClient
from unsub_tui.api.connection import Connection
from unsub_tui.api.endpoints import DEFAULT_SITE, site_for_endpoint
from unsub_tui.api.errors import ApiError
from unsub_tui.api.retry_policy import utc_now
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError


async def find_site(connection: Connection) -> str:
    """Return cn, intl or eu. Raise UnsubError if the site cannot be determined."""
    if connection.endpoint:
        return site_for_endpoint(connection.endpoint) or await _site_by_currency(connection)
    refusal = await _probe_site(connection, DEFAULT_SITE)
    if refusal is None:
        return DEFAULT_SITE
    if refusal.problem.kind is ProblemKind.WRONG_SITE:
        return "intl"
    if refusal.problem.kind is ProblemKind.CREDENTIALS and await _probe_site(connection, "eu") is None:
        return "eu"
    raise refusal


async def _probe_site(connection: Connection, site: str) -> ApiError | None:
    """Return the site's error for this account, or None if the site accepts it."""
    async with replace(connection, site=site).read_client() as client:
        try:
            await client.check_site()
        except ApiError as error:
            return error
    return None


async def _site_by_currency(connection: Connection) -> str:
    """Return the site of a custom endpoint: cn if the account's currency is CNY, otherwise intl."""
    async with connection.read_client() as client:
        for currency in (_balance_currency, _order_currency):
            try:
                return "cn" if await currency(client) == "CNY" else "intl"
            except ApiError as error:
                if error.problem.kind in _SITE_INDEPENDENT_KINDS:
                    raise
    raise UnsubError(Problem(kind=ProblemKind.CONFIG, facts=(fact("site_undetermined"),)))


async def _balance_currency(client: BssClient) -> str:
    return (await client.balance()).currency


async def _order_currency(client: BssClient) -> str:
    """Return the currency of the past year's newest order, or an empty string for an account without orders."""
    now = utc_now()
    order = await client.newest_order(created_from=now - timedelta(days=364), created_to=now + timedelta(days=1))
    return order.currency if order else ""


_SITE_INDEPENDENT_KINDS = frozenset(
    {ProblemKind.CREDENTIALS, ProblemKind.CLOCK, ProblemKind.NETWORK, ProblemKind.THROTTLED}
)
"""Problems that affect every call and say nothing about the site; they are raised unchanged."""
