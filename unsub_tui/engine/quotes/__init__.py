"""Quotes for plans: reads payments with few calls and estimates the refund of each item."""

from __future__ import annotations

from unsub_tui.engine.quotes.bill_cache import BillCache
from unsub_tui.engine.quotes.bill_disk_cache import BillDiskCache
from unsub_tui.engine.quotes.builder import QuoteProgress, quote_plan
from unsub_tui.engine.quotes.renewal_charges import quote_renewal_charges
from unsub_tui.engine.quotes.renewal_reader import RenewalCache, RenewalProgress, read_renewals

__all__ = [
    "BillCache",
    "BillDiskCache",
    "QuoteProgress",
    "RenewalCache",
    "RenewalProgress",
    "quote_plan",
    "quote_renewal_charges",
    "read_renewals",
]
