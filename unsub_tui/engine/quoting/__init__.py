"""What a plan costs and gives back: read with as few calls as may be, estimated item by item."""

from __future__ import annotations

from unsub_tui.engine.quoting.archive import Archive
from unsub_tui.engine.quoting.charges import quote_renewals
from unsub_tui.engine.quoting.quotes import QuoteProgress, quote_plan
from unsub_tui.engine.quoting.renewals import RenewalProgress, RenewalShelf, read_renewals
from unsub_tui.engine.quoting.shelf import BillShelf

__all__ = [
    "Archive",
    "BillShelf",
    "QuoteProgress",
    "RenewalProgress",
    "RenewalShelf",
    "quote_plan",
    "quote_renewals",
    "read_renewals",
]
