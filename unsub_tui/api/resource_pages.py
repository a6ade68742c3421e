"""Decoder of pages of resources.

Pages are decoded by msgspec from bytes to `Resource` in one step, because there may be 100,000 rows. A page that
msgspec rejects is read again as a `JsonObject`, which drops invalid optional values. Names and types are those of the
Huawei Cloud SDK 3.1.219.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec

from unsub_tui.api.json_object import MAX_INTEGER, JsonObject
from unsub_tui.api.pagination import NO_TOTAL, Page
from unsub_tui.api.wire_format import parse_timestamp, text_of
from unsub_tui.domain.bounds import amount_in_range
from unsub_tui.domain.resource import NO_STATUS, Resource, RowDefect
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

Integer = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]


class WireProject(msgspec.Struct, gc=False):
    """`enterprise_project` of a resource."""

    id: str | None = None
    name: str | None = None


class WireResource(msgspec.Struct, gc=False):
    """A row of the resource query."""

    resource_id: str | None = None
    is_main_resource: Integer | None = None
    status: Integer | None = None
    id: str | None = None
    """The key of the row, together with the id of the resource, which may have several rows."""
    resource_name: str | None = None
    service_type_code: str | None = None
    service_type_name: str | None = None
    resource_type_code: str | None = None
    resource_type_name: str | None = None
    resource_spec_code: str | None = None
    product_spec_desc: str | None = None
    region_code: str | None = None
    project_id: str | None = None
    product_id: str | None = None
    parent_resource_id: str | None = None
    effective_time: str | None = None
    expire_time: str | None = None
    expire_policy: Integer | None = None
    spec_size: Decimal | None = None
    enterprise_project: WireProject | None = None
    update_time: str | None = None


class WireResourcePage(msgspec.Struct, gc=False):
    """Response of the resource query."""

    total_count: Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
    data: list[WireResource] | None = None


class StringInterner(dict[str | None, UntrustedText]):
    """Cache that maps equal strings of a listing to the same object.

    100,000 rows repeat a few hundred strings; attached resources repeat the name and id of their primary resource.
    """

    def __init__(self) -> None:
        super().__init__({None: EMPTY, "": EMPTY})

    def __missing__(self, text: str | None) -> UntrustedText:
        shared = self[text] = UntrustedText(text or "")
        return shared


def decode_page(operation: str, body: bytes, interner: StringInterner) -> Page[Resource]:
    """Return the rows of a page; a row without a valid id, status or relation is marked as unreadable.

    The total can be NO_TOTAL. Raise ApiError if the page itself is invalid, or TransientError if it is not JSON.
    """
    try:
        page = _PAGE.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        page = _decode_leniently(operation, body)
    rows = page.data or ()
    # Hashes, because 100,000 keys are kept while a listing is read. Either id alone may turn out not to be unique.
    keys = tuple([hash((row.id, row.resource_id)) if row.id or row.resource_id else None for row in rows])
    return Page(tuple([_resource(row, interner) for row in rows]), page.total_count, keys=keys)


def _resource(row: WireResource, interner: StringInterner) -> Resource:
    project = row.enterprise_project or _NO_PROJECT
    is_main, status, defect = row.is_main_resource == 1, row.status, None
    if not row.resource_id or status is None or row.is_main_resource is None:
        defect, status = RowDefect.UNREADABLE, NO_STATUS if status is None else status
        is_main = not row.parent_resource_id if row.is_main_resource is None else is_main
    return Resource(
        interner[row.resource_id],
        interner[row.resource_name],
        interner[row.service_type_code],
        interner[row.service_type_name],
        interner[row.resource_type_code],
        interner[row.resource_type_name],
        interner[row.resource_spec_code],
        interner[row.product_spec_desc],
        interner[row.region_code],
        interner[row.project_id],
        interner[row.product_id],
        interner[row.parent_resource_id],
        is_main,
        status,
        _cached_timestamp(row.effective_time),
        _cached_timestamp(row.expire_time),
        row.expire_policy,
        _format_size(row.spec_size),
        interner[project.id],
        interner[project.name],
        _cached_timestamp(row.update_time),
        defect,
    )


def _decode_leniently(operation: str, body: bytes) -> WireResourcePage:
    """Decode a page as strict JSON, dropping invalid optional values."""
    answer = JsonObject.parse(operation, body)
    rows, total = answer.elements("data"), answer.integer("total_count")
    return WireResourcePage(
        NO_TOTAL if total is None or total < 0 else total,
        [_row(JsonObject(operation, each)) if isinstance(each, dict) else WireResource() for each in rows],
    )


def _row(row: JsonObject) -> WireResource:
    resource_id = row.values.get("resource_id")
    project = row.values.get("enterprise_project")
    known = project if isinstance(project, dict) else {}
    size = row.amount("spec_size")
    return WireResource(
        resource_id=resource_id if isinstance(resource_id, str) else None,
        is_main_resource=row.integer("is_main_resource"),
        status=row.integer("status"),
        **{name: row.text(name) for name in _TEXTS},
        expire_policy=row.integer("expire_policy"),
        spec_size=size if isinstance(size, Decimal) else None,
        enterprise_project=WireProject(text_of(known.get("id")), text_of(known.get("name"))),
    )


@lru_cache(maxsize=1024)
def _format_size(size: Decimal | None) -> str:
    """Return a size in plain notation: 40, not 4E+1 or 40.0; an empty string if it is out of range."""
    known = None if size is None else amount_in_range(size)
    return "" if known is None else format(known.normalize(), "f")


_NO_PROJECT = WireProject()
_PAGE = msgspec.json.Decoder(WireResourcePage)
_TEXTS = (
    *("id", "resource_name", "service_type_code", "service_type_name", "resource_type_code", "resource_type_name"),
    *("resource_spec_code", "product_spec_desc", "region_code", "project_id", "product_id", "parent_resource_id"),
    *("effective_time", "expire_time", "update_time"),
)
_cached_timestamp = lru_cache(maxsize=4096)(parse_timestamp)
"""Cached because times repeat: most terms end at the end of a day."""
