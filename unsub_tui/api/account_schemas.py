"""The two answers that tell whose account it is, as they are spelt in the service's JSON.

Read strictly, like all answers but pages of resources; a text that we can do without may be anything. Names and types:
the vendor's SDK 3.1.219.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from unsub_tui.api.errors import invalid_response, unreadable_response
from unsub_tui.api.strict_json import StrictJsonError, loads


class WireDomain(msgspec.Struct):
    """One account of the identity service."""

    id: str
    name: object = ""


class WireDomains(msgspec.Struct):
    """The answer of the account look-up."""

    domains: list[WireDomain] | None = None


class WireCaller(msgspec.Struct):
    """The answer of the caller's identity."""

    account_id: str
    principal_id: object = ""
    principal_urn: object = ""
    """`iam::ACCOUNT:user:NAME`, or one of an agency's session."""


Schema = TypeVar("Schema", WireDomains, WireCaller)


def decode_response(operation: str, body: bytes, form: type[Schema]) -> Schema:
    """Return an answer in its form; raises ApiError that names the field, TransientError for what is not JSON."""
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
    ) as error:  # the second for a field whose name is half a character
        raise invalid_response(operation, str(error)) from error
