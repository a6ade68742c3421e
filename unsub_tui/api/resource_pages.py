"""Decoders of the responses that the first page of resources needs. They use msgspec, which is faster than pydantic.

Pages are decoded from bytes to `Resource` in one step, because there may be 100,000 rows. If the fast decoder rejects
a page, a slower one parses it and drops invalid optional values. Only an invalid required field makes a page invalid;
the error names it. Names and types are those of the Huawei Cloud SDK 3.1.219.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec

from unsub_tui.api.errors import ApiError, invalid_response, parse_object
from unsub_tui.api.pagination import Page
from unsub_tui.api.wire_format import Json, parse_timestamp
from unsub_tui.domain.bounds import amount_in_range
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

MAX_INTEGER = 2**62
"""Maximum absolute value of an accepted integer."""
Integer = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]


class WireProject(msgspec.Struct, gc=False):
    """`enterprise_project` of a resource."""

    id: str | None = None
    name: str | None = None


class WireResource(msgspec.Struct, gc=False):
    """A row of the resource query."""

    resource_id: str
    is_main_resource: Integer
    status: Integer
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


class WireDomain(msgspec.Struct):
    """An account (domain) in IAM; optional strings accept any value."""

    id: str
    name: object = ""


class WireDomains(msgspec.Struct):
    """Response of the account lookup."""

    domains: list[WireDomain] | None = None


class WireCaller(msgspec.Struct):
    """Response of the caller identity API; optional strings accept any value."""

    account_id: str
    principal_id: object = ""
    principal_urn: object = ""
    """`iam::ACCOUNT:user:NAME`, or the URN of an agency session."""


Struct = TypeVar("Struct", bound=msgspec.Struct)


class StringInterner(dict[str | None, UntrustedText]):
    """Cache that maps equal strings of a listing to the same object.

    100,000 rows repeat a few hundred strings; attached resources repeat the name and id of their primary resource.
    """

    def __init__(self) -> None:
        super().__init__({None: EMPTY, "": EMPTY})

    def __missing__(self, text: str | None) -> UntrustedText:
        shared = self[text] = UntrustedText(text or "")
        return shared


def decode_domains(operation: str, body: bytes) -> Sequence[WireDomain]:
    """Return the accounts of an account lookup. Raise ApiError naming an invalid field."""
    return _convert(operation, body, WireDomains).domains or ()


def decode_caller(operation: str, body: bytes) -> WireCaller:
    """Return the caller's identity. Raise ApiError naming an invalid field."""
    return _convert(operation, body, WireCaller)


def decode_total(operation: str, body: bytes) -> int:
    """Return the total number of rows of any listing. Raise ApiError if it is missing."""
    return _total(operation, parse_object(operation, body))


def _convert(operation: str, body: bytes, form: type[Struct]) -> Struct:
    try:
        return msgspec.convert(parse_object(operation, body), form)
    except (
        msgspec.ValidationError,
        UnicodeEncodeError,
    ) as error:  # UnicodeEncodeError: a field name has an unpaired surrogate
        raise invalid_response(operation, "field_invalid", name=_field_in(error)) from error


def decode_page(operation: str, body: bytes, interner: StringInterner) -> Page[Resource]:
    """Return the rows of a page. Raise ApiError naming an invalid field, or TransientError if it is not JSON."""
    try:
        page = _PAGE.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        page = _decode_leniently(operation, body)
    return Page(tuple([_resource(row, interner) for row in page.data or ()]), page.total_count)


def _resource(row: WireResource, interner: StringInterner) -> Resource:
    project = row.enterprise_project or _NO_PROJECT
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
        row.is_main_resource == 1,
        row.status,
        _cached_timestamp(row.effective_time),
        _cached_timestamp(row.expire_time),
        row.expire_policy,
        _cached_size(row.spec_size),
        interner[project.id],
        interner[project.name],
        _cached_timestamp(row.update_time),
    )


def _decode_leniently(operation: str, body: bytes) -> WireResourcePage:
    """Decode a page as strict JSON, dropping invalid optional values. Raise ApiError for an invalid required field."""
    document = parse_object(operation, body)
    rows = document.get("data")
    if rows is not None and not isinstance(rows, list):
        raise _invalid_field(operation, "data", rows)
    total = _total(operation, document)
    return WireResourcePage(total, None if rows is None else [_row(operation, row) for row in rows])


def _total(operation: str, document: dict[str, Json]) -> int:
    total = _required_int(operation, document, "total_count")
    if total < 0:
        raise _invalid_field(operation, "total_count", total)
    return total


def _row(operation: str, row: Json) -> WireResource:
    if not isinstance(row, dict):
        raise _invalid_field(operation, "data", row)
    resource_id = row.get("resource_id")
    if not isinstance(resource_id, str):
        raise _invalid_field(operation, "data.resource_id", resource_id)
    return WireResource(
        resource_id=resource_id,
        is_main_resource=_required_int(operation, row, "is_main_resource", "data."),
        status=_required_int(operation, row, "status", "data."),
        **{name: _lenient_text(row.get(name)) for name in _TEXTS},
        expire_policy=_lenient_int(row.get("expire_policy")),
        spec_size=_lenient_decimal(row.get("spec_size")),
        enterprise_project=_lenient_project(row.get("enterprise_project")),
    )


def _lenient_project(value: Json) -> WireProject | None:
    return (
        WireProject(_lenient_text(value.get("id")), _lenient_text(value.get("name")))
        if isinstance(value, dict)
        else None
    )


def _required_int(operation: str, document: dict[str, Json], name: str, place: str = "") -> int:
    number = _lenient_int(document.get(name))
    if number is None:
        raise _invalid_field(operation, place + name, document.get(name))
    return number


def _lenient_int(value: Json) -> int | None:
    """Return an integer given as a number or as digits; None for any other value."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None
    number = int(value) if isinstance(value, int | Decimal) else None
    return number if number is not None and number == value and abs(number) <= MAX_INTEGER else None


def _lenient_decimal(value: Json) -> Decimal | None:
    """Return a decimal given as a number or as digits; None for any other value."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _lenient_text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _invalid_field(operation: str, name: str, value: object) -> ApiError:
    return invalid_response(operation, "field_missing" if value is None else "field_invalid", name=name)


def _field_in(error: Exception) -> str:
    """Return the field that an error of msgspec names: `domains[...].id` of "… - at `$.domains[...].id`"."""
    named = _FIELD.search(str(error))
    return named[1] if named else ""


def _format_size(size: Decimal | None) -> str:
    """Return a size in plain notation: 40, not 4E+1 or 40.0; an empty string if it is out of range."""
    known = None if size is None else amount_in_range(size)
    return "" if known is None else format(known.normalize(), "f")


_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_FIELD = re.compile(r"(?:field |at )`(?:\$\.)?([\w.\[\]]{1,100})`")
_MOST_DIGITS = 19
_NO_PROJECT = WireProject()
_PAGE = msgspec.json.Decoder(WireResourcePage)
_TEXTS: Sequence[str] = [
    *("resource_name", "service_type_code", "service_type_name", "resource_type_code", "resource_type_name"),
    *("resource_spec_code", "product_spec_desc", "region_code", "project_id", "product_id", "parent_resource_id"),
    *("effective_time", "expire_time", "update_time"),
]
_cached_size = lru_cache(maxsize=1024)(_format_size)


@lru_cache(maxsize=4096)
def _cached_timestamp(text: str | None) -> datetime | None:
    return parse_timestamp(text)  # cached because times repeat: most terms end at the end of a day
