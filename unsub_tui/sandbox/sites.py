"""What differs between the vendor's three sites: money, fees, quotas.

The handling fees of the international and European sites are the published ones. The China site publishes no readable
table, so the one here is an invention of this sandbox: plausible, and different enough from the other that a client
which applies the wrong site's table is found out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

FeeTable = Mapping[int, tuple[Decimal, ...]]
"""Years of the term (0 for terms in months) to the share charged in the first, second, third year of use."""


def _fees(rows: Mapping[int, tuple[str, ...]]) -> FeeTable:
    return {years: tuple(Decimal(share) for share in shares) for years, shares in rows.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The rules of one site."""

    name: str
    currency: str
    decimals: int
    """Digits behind the point in bills."""
    price_factor: Decimal
    """From the list price in dollars to the site's own."""
    fees: FeeTable
    review_above: Decimal
    """A refund above this waits for an account manager."""
    free_returns_a_year: int
    """Full refunds within five days that an account gets a year."""
    records_language: str
    """Language of the POST bill query where the request names none."""
    order_types: frozenset[str]


_PUBLISHED = _fees({0: ("0.10",), 1: ("0.10",), 2: ("0.15", "0.10"), 3: ("0.15", "0.10", "0.05")})
_INVENTED = _fees({0: ("0.08",), 1: ("0.12",), 2: ("0.20", "0.12"), 3: ("0.25", "0.18", "0.08")})
_ORDER_TYPES = frozenset({"1", "2", "3", "4", "11", "13", "14", "15"})

SITES: Mapping[str, Site] = {
    "intl": Site(
        name="intl",
        currency="USD",
        decimals=8,
        price_factor=Decimal(1),
        fees=_PUBLISHED,
        review_above=Decimal(7000),
        free_returns_a_year=0,
        records_language="en_US",
        order_types=_ORDER_TYPES,
    ),
    "eu": Site(
        name="eu",
        currency="USD",
        decimals=8,
        price_factor=Decimal("1.1"),
        fees=_PUBLISHED,
        review_above=Decimal(7000),
        free_returns_a_year=0,
        records_language="en_US",
        order_types=_ORDER_TYPES,
    ),
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
