"""msgspec models of the two responses that identify the account, with the field names of the JSON.

They are parsed as strict JSON, but optional strings accept any value. Names and types are those of the Huawei Cloud
SDK 3.1.219.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from unsub_tui.api.errors import invalid_response, unreadable_response
from unsub_tui.api.strict_json import StrictJsonError, loads


class WireDomain(msgspec.Struct):
    """An account (domain) in IAM."""

    id: str
    name: object = ""


class WireDomains(msgspec.Struct):
    """Response of the account lookup."""

    domains: list[WireDomain] | None = None


class WireCaller(msgspec.Struct):
    """Response of the caller identity API."""

    account_id: str
    principal_id: object = ""
    principal_urn: object = ""
    """`iam::ACCOUNT:user:NAME`, or the URN of an agency session."""


Schema = TypeVar("Schema", WireDomains, WireCaller)


def decode_response(operation: str, body: bytes, form: type[Schema]) -> Schema:
    """Return the decoded response. Raise ApiError naming an invalid field, or TransientError if it is not JSON."""
    try:
        document = loads(body)
    except StrictJsonError as error:
        raise unreadable_response(operation, str(error)) from error
    if not isinstance(document, dict):
        raise invalid_response(operation, "the answer is not a JSON object")
    try:
        return msgspec.convert(document, form)
    except (
        msgspec.ValidationError,
        UnicodeEncodeError,
    ) as error:  # UnicodeEncodeError: a field name has an unpaired surrogate
        raise invalid_response(operation, str(error)) from error
