"""Client for all reads. Reads change nothing, so they may be retried."""

from __future__ import annotations

from unsub_tui.api.account_reads import AccountReads
from unsub_tui.api.bill_reads import BillReads
from unsub_tui.api.catalog_reads import CatalogReads
from unsub_tui.api.list_client import ALL_RESOURCES, PAGE_SIZE, QUERY_PATH, ListClient, ResourcePage, ResourceQuery
from unsub_tui.api.order_reads import OrderReads
from unsub_tui.api.retrying_transport import MAX_CONNECTIONS

__all__ = ["ALL_RESOURCES", "MAX_CONNECTIONS", "PAGE_SIZE", "QUERY_PATH", "BssClient", "ResourcePage", "ResourceQuery"]


class BssClient(ListClient, AccountReads, OrderReads, BillReads, CatalogReads):
    """Client for all reads of an account. Use one client per event loop; every method may raise ApiError."""
