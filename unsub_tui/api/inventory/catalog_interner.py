"""Texts that rows of the services share with each other, and with the list of yearly/monthly resources."""

from __future__ import annotations

from unsub_tui.api.resource_pages import StringInterner
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.untrusted_text import UntrustedText


class CatalogInterner(StringInterner):
    """Maps equal strings to the same object: that of the catalog for the ids and names of its resources.

    The id of a server is in its own row, in those of its disks, EIPs, vaults and backups, and in the catalog.
    """

    def __init__(self) -> None:
        super().__init__()
        self.catalog = Catalog()

    def __missing__(self, text: str | None) -> UntrustedText:
        resource = self.catalog.get(text or "")
        if resource is None:
            return super().__missing__(text)
        self.setdefault(resource.resource_name.raw, resource.resource_name)  # a row states its name after its id
        return resource.resource_id
