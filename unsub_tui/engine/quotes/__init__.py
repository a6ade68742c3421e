"""What a plan costs and gives back: read with as few calls as may be, estimated item by item."""

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
