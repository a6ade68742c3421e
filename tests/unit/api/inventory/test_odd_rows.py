"""Rows with any values: each is read, or unreadable; nothing else is raised."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unsub_tui.api.errors import ApiError
from unsub_tui.api.inventory.ecs import decode_server
from unsub_tui.api.inventory.eip import decode_bandwidth, decode_eip
from unsub_tui.api.inventory.evs import decode_disk, decode_snapshot
from unsub_tui.api.inventory.service_pages import (
    decode_in_turns,
    parse_document,
    read_rows,
    tags_of_object,
    tags_of_pairs,
    tags_of_texts,
)
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.untrusted_text import UntrustedText

TEXTS = (
    st.sampled_from(["", "a", "0", "true", "ACTIVE", "2026-01-01T00:00:00Z", "k=v", "\x1b[2J", "\u202e"]) | st.text()
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
NAMES = (
    "id name status fault created updated metadata charging_mode metering.order_id EcmResStatus locked tags device "
    "os-extended-volumes:volumes_attached bootIndex delete_on_termination OS-EXT-STS:task_state attachments server_id "
    "attached_at multiattach bootable size orderID created_at volume_id vnic device_id instance_id billing_info "
    "bandwidth share_type publicip_info publicip_id public_ip_address alias cascade_delete_by_instance key value"
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6),
    max_leaves=15,
)
ROWS = st.dictionaries(st.sampled_from(NAMES.split()), VALUES, max_size=40)
DECODERS: list[Callable[[JsonObject], object]] = [
    decode_server,
    decode_disk,
    decode_snapshot,
    decode_eip,
    decode_bandwidth,
]


@pytest.mark.parametrize("decode", DECODERS)
@given(ROWS)
def test_a_row_is_read_or_unreadable(decode: Callable[[JsonObject], object], row: dict[str, object]) -> None:
    """As it arrives: as JSON."""
    with suppress(ApiError):
        decode(parse_document("", json.dumps(row).encode()))


@given(st.lists(ROWS | VALUES, max_size=5), VALUES)
def test_a_page_counts_every_row(rows: list[object], total: object) -> None:
    """Each row of a response is readable, unreadable, or a repetition of one."""
    document = parse_document("", json.dumps({"rows": rows, "count": total}).encode())
    page = read_rows(document, "rows", decode_disk, total="count")
    assert page.received == len(rows)
    assert len(page.rows) + page.unreadable <= len(rows)
    assert page.total is None or page.total >= 0
    decode = partial(read_rows, name="rows", decode=decode_disk, total="count")
    assert asyncio.run(decode_in_turns(document, decode, 2)) == page


@given(st.binary(max_size=40))
@example(b'{"number": ' + b"1" * 5000 + b"}")
@example(b"[" * 5000)
def test_any_bytes_are_a_document_or_an_error(body: bytes) -> None:
    """Intermediate gateways send anything."""
    with suppress(ApiError):
        parse_document("", body)


@given(VALUES)
def test_tags_are_read_or_unknown(value: object) -> None:
    """A form that is not known says nothing; it is not "no tags"."""
    json_value = parse_document("", json.dumps({"tags": value}).encode()).values["tags"]
    for read in (tags_of_object, tags_of_pairs, tags_of_texts):
        found = read(json_value)
        assert found is None or all(isinstance(each, UntrustedText) for pair in found.items() for each in pair)
        if not isinstance(value, list | dict):
            assert found is None
