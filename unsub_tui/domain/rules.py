"""The vendor's fee rules of one site, as data with their source and date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MONTHLY = "monthly"
"""The row of a fee table for terms shorter than a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    """Percent of the paid amount, by the term bought and the years used."""

    name: str
    published: date
    source: str
    percent: Mapping[str, tuple[Decimal, ...]]
    """Row: `monthly` or months as text; columns: used up to 1, 2, 3 … years."""

    @property
    def label(self) -> str:
        """Name and date, as shown beside every figure that the table gave."""
        return f"{self.name} {self.published.isoformat()}"

    def rate(self, period_months: int, years_used: int) -> Decimal | None:
        """Return the share of the paid amount kept as handling fee, or None where the table has no such cell.

        `years_used` counts begun years: 1 up to and including exactly one year, 2 after it. The hours by which a
        term outlasts its whole years, because it ends with a day, count to its last year.
        """
        row = self.percent.get(str(period_months) if period_months >= 12 else MONTHLY, ())
        return row[min(years_used, len(row)) - 1] / 100 if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """What one site of the vendor charges."""

    site: str
    currency: str
    review_threshold: Decimal
    """A refund above it waits for the vendor's staff."""
    five_day_refund: bool
    """Whether a fresh purchase comes back in full, while the yearly quota lasts."""
    fee: FeeTable | None = None
    """None: the site publishes no table that could be read."""


def site_rules(site: str, document: Mapping[str, object]) -> SiteRules:
    """Return the rules of one table of the rules file; raises ValueError naming what is wrong with it."""
    five_day = document.get("five_day_refund")
    if not isinstance(five_day, bool):
        raise ValueError(f"{site}.five_day_refund must be true or false")
    fee = document.get("fee")
    if fee is not None and not isinstance(fee, Mapping):
        raise ValueError(f"{site}.fee must be a table")
    return SiteRules(
        site=site,
        currency=_text(document, "currency", site),
        review_threshold=Decimal(_text(document, "review_threshold", site)),
        five_day_refund=five_day,
        fee=None if fee is None else _fee_table(fee, f"{site}.fee"),
    )


def _fee_table(document: Mapping[str, object], where: str) -> FeeTable:
    published, percent = document.get("date"), document.get("percent")
    if not isinstance(published, date):
        raise ValueError(f"{where}.date must be a date")
    if not isinstance(percent, Mapping):
        raise ValueError(f"{where}.percent must be a table")
    return FeeTable(
        name=_text(document, "name", where),
        published=published,
        source=_text(document, "source", where),
        percent={str(term): _percents(cells, f"{where}.percent.{term}") for term, cells in percent.items()},
    )


def _percents(cells: object, where: str) -> tuple[Decimal, ...]:
    if not isinstance(cells, list) or not all(isinstance(cell, int) and 0 <= cell <= 100 for cell in cells):
        raise ValueError(f"{where} must be a list of whole percentages")
    return tuple(Decimal(cell) for cell in cells)


def _text(document: Mapping[str, object], key: str, where: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where}.{key} must be a text")
    return value
