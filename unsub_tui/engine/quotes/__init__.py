"""Quotes for plans: reads payments with few calls and estimates the refund of each item."""

from __future__ import annotations

from unsub_tui.engine.quotes.bills import BillCache, BillDiskCache
from unsub_tui.engine.quotes.builder import QuoteProgress, quote_by_action, quote_plan
from unsub_tui.engine.quotes.renewals import RenewalCache, RenewalProgress, read_renewals

__all__ = [
    "BillCache",
    "BillDiskCache",
    "QuoteProgress",
    "RenewalCache",
    "RenewalProgress",
    "quote_by_action",
    "quote_plan",
    "read_renewals",
]
