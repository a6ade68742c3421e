"""Differences between the three Huawei Cloud sites: currency, handling fees and quotas.

The handling fees of the international and European sites are the published ones. The table of the Chinese site could
not be read completely, so its table here is invented. It is plausible, but differs enough to expose a client that
applies the table of the wrong site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

FeeTable = Mapping[int, tuple[Decimal, ...]]
"""Maps the term in years (0 for terms in months) to the fee shares of the first, second and third year of use."""


def _fees(rows: Mapping[int, tuple[str, ...]]) -> FeeTable:
    return {years: tuple(Decimal(share) for share in shares) for years, shares in rows.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Rules of a site."""

    name: str
    currency: str
    decimals: int
    """Number of decimal places in bills."""
    price_factor: Decimal
    """Factor from list prices in USD to prices of this site."""
    fees: FeeTable
    review_above: Decimal
    """Refund above which an order waits for approval by an account manager."""
    free_returns_a_year: int
    """Number of full refunds within five days of purchase per account and year."""
    records_language: str
    """Default language of the POST bill query."""
    order_types: frozenset[str]


_PUBLISHED = _fees({0: ("0.10",), 1: ("0.10",), 2: ("0.15", "0.10"), 3: ("0.15", "0.10", "0.05")})
_INVENTED = _fees({0: ("0.08",), 1: ("0.12",), 2: ("0.20", "0.12"), 3: ("0.25", "0.18", "0.08")})
_ORDER_TYPES = frozenset({"1", "2", "3", "4", "11", "13", "14", "15"})

_INTL = Site(
    name="intl",
    currency="USD",
    decimals=8,
    price_factor=Decimal(1),
    fees=_PUBLISHED,
    review_above=Decimal(7000),
    free_returns_a_year=0,
    records_language="en_US",
    order_types=_ORDER_TYPES,
)

SITES: Mapping[str, Site] = {
    "intl": _INTL,
    "eu": replace(_INTL, name="eu", price_factor=Decimal("1.1")),
    "cn": Site(
        name="cn",
        currency="CNY",
        decimals=2,
        price_factor=Decimal(7),
        fees=_INVENTED,
        review_above=Decimal(50000),
        free_returns_a_year=10,
        records_language="zh_CN",
        order_types=_ORDER_TYPES | {"10"},
    ),
}
