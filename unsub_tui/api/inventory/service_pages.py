"""Pages of the services' lists: decoding of rows, one by one, so that an unreadable row costs only itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Generic, TypeVar

import msgspec

from unsub_tui.api.errors import ApiError, TransientError
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import Json, decimal_of, text_of
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_rows import Tags
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.untrusted_text import UntrustedText

Row = TypeVar("Row")

MAX_SPAN = timedelta(days=36500)
"""Upper bound on a time that a service keeps something."""

# msgspec instead of `wire_format.loads`: a page of servers has megabytes, and no request depends on what it says
_DECODER = msgspec.json.Decoder(float_hook=decimal_of)


@dataclass(frozen=True)  # no slots: Python 3.11 cannot combine them with Generic in a frozen dataclass
class ListPage(Generic[Row]):
    """One response of a list."""

    rows: Mapping[str, Row]
    """The readable rows by id."""
    received: int
    """Number of rows in the response, including unreadable and repeated ones."""
    unreadable: int = 0
    ids: tuple[str, ...] = ()
    """Ids of the rows in the order of the response; the last ones are markers."""
    total: int | None = None
    """Number of all rows of the list, if the response states it."""
    next_marker: str = ""
    """Marker of the next page, if the response states it; empty at the end."""


def parse_document(operation: str, body: bytes, share: Callable[[str], UntrustedText] = UntrustedText) -> JsonObject:
    """Return a response; `share` returns the object that equal texts share.

    Raise TransientError if it is not JSON: intermediate gateways send such responses.
    """
    try:
        document: Json = _DECODER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        facts = (fact("not_json"),)
        raise TransientError(Problem(kind=ProblemKind.BAD_RESPONSE, operation=operation, facts=facts)) from error
    return JsonObject(operation, document, share=share)


def read_rows(
    document: JsonObject,
    name: str,
    decode: Callable[[JsonObject], Row],
    *,
    total: str = "",
    id_of: Callable[[JsonObject], str] = lambda row: row.text("id"),
    next_marker: str = "",
    null_is_empty: bool = False,
) -> ListPage[Row]:
    """Return the page whose rows are the list `name`; `total` is the name of the field with their number.

    Null in its place is no empty list, because "none seen" would follow from it, unless `null_is_empty`. A row is
    unreadable if it has no id, or if `decode` raises ApiError. Raise ApiError if there is no list.
    """
    found = document.values.get(name)
    is_empty = null_is_empty and found is None and name in document.values
    if not isinstance(found, list) and not is_empty:
        raise document.invalid(name)
    rows: dict[str, Row] = {}
    ids: list[str] = []
    elements, unreadable = document.elements(name), 0
    for each in elements:
        try:
            row = document.row(name, each)
            if row_id := id_of(row):
                ids.append(row_id)
                rows[row_id] = decode(row)
                continue
        except ApiError:
            pass
        unreadable += 1
    stated = document.integer(total) if total else None
    return ListPage(
        rows=rows,
        received=len(elements),
        unreadable=unreadable,
        ids=tuple(ids),
        total=stated if stated is not None and stated >= 0 else None,
        next_marker=next_marker,
    )


async def decode_in_turns(
    document: JsonObject, decode: Callable[[JsonObject], ListPage[Row]], count: int
) -> ListPage[Row]:
    """Return the page in a response. Other work of the event loop gets its turn after every `count` rows."""
    long = {name: value for name, value in document.values.items() if isinstance(value, list) and len(value) > count}
    if len(long) != 1:
        return decode(document)
    ((name, rows),) = long.items()
    pages: list[ListPage[Row]] = []
    for first in range(0, len(rows), count):
        some = rows[first : first + count]
        pages.append(decode(document.with_value(name, some)))
        if pages[-1].received != len(some):
            return decode(document)  # it is another list than that of the rows
        await asyncio.sleep(0)
    return _joined(pages)


def _joined(pages: Sequence[ListPage[Row]]) -> ListPage[Row]:
    """Return the parts of a page as one. Of rows with the same id, the last one counts."""
    return replace(
        pages[0],
        rows={key: row for each in pages for key, row in each.rows.items()},
        received=sum(each.received for each in pages),
        unreadable=sum(each.unreadable for each in pages),
        ids=tuple(row_id for each in pages for row_id in each.ids),
    )


def one_row(row_id: str, row: Row) -> ListPage[Row]:
    """Return the page of an operation whose response is one object."""
    return ListPage({row_id: row}, 1, ids=(row_id,))


def required_objects(row: JsonObject, name: str) -> list[JsonObject]:
    """Return a list of objects that the row must have: without it, a disk would look unattached."""
    if not isinstance(row.values.get(name), list):
        raise row.invalid(name)
    return row.objects(name)


def text_at(document: JsonObject, *names: str) -> str:
    """Return an optional string in nested objects; an empty one if any of them is missing or no object."""
    value: Json = document.values
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return text_of(value)


def flag(value: Json) -> bool | None:
    """Return a truth value, also one that is written as a text; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def time_span(count: int | None, unit: timedelta) -> timedelta | None:
    """Return a number of days or hours as a time span; None if it is unknown or out of range."""
    return count * unit if count is not None and 0 <= count * unit.total_seconds() <= MAX_SPAN.total_seconds() else None


def charging_of(value: str, names: Mapping[str, Charging]) -> Charging:
    """Return the charging mode for the service's own name of it; unknown for other names."""
    return names.get(value, Charging.UNKNOWN)


def tags_of_pairs(value: Json) -> Tags | None:
    """Return tags from a list of objects with `key` and `value`; None if there is no such list."""
    if not isinstance(value, list):
        return None
    pairs = [(text_of(each.get("key")), text_of(each.get("value"))) for each in value if isinstance(each, dict)]
    return None if len(pairs) < len(value) else _tags(pairs)


def tags_of_object(value: Json) -> Tags | None:
    """Return tags from an object; None if it is none."""
    return _tags([(key, text_of(each)) for key, each in value.items()]) if isinstance(value, dict) else None


def tags_of_texts(value: Json, separators: str = "=") -> Tags | None:
    """Return tags from a list of texts such as `key=value`; None if there is no such list.

    The first of the separators divides a text; one without a separator is a key without a value.
    """
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return _tags([_divide(text_of(each), separators) for each in value])


def _divide(text: str, separators: str) -> tuple[str, str]:
    place = next((n for n, char in enumerate(text) if char in separators), len(text))
    return text[:place], text[place + 1 :]


def _tags(pairs: list[tuple[str, str]]) -> Tags:
    return _shared_tags(tuple(pairs))


@lru_cache(maxsize=1024)
def _shared_tags(pairs: tuple[tuple[str, str], ...]) -> Tags:
    """Return one object for equal tags: most rows have the tags of many others, or none."""
    return {_shared_text(key): _shared_text(value) for key, value in pairs if key}


@lru_cache(maxsize=4096)
def _shared_text(text: str) -> UntrustedText:
    """Return one object for equal texts: thousands of rows have the same few tags."""
    return UntrustedText(text)
