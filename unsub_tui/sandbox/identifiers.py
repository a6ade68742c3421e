"""Project and product ids, derived from regions and offers."""

from __future__ import annotations

import zlib
from functools import cache

from unsub_tui.sandbox.models import Resource


@cache
def project_id(region: str) -> str:
    """Return the id of the account's project in a region."""
    return f"{zlib.crc32(region.encode()):08x}" * 4


@cache
def _product(spec: str, offer: str) -> str:
    return f"OFFI{zlib.crc32(f'{offer}/{spec}'.encode()):012d}"


def product_id(resource: Resource) -> str:
    """Return the product id of a resource."""
    return _product(resource.spec.code, resource.offer.code)
