"""Capture files that are broken: one sentence, or answers that the program reads like any others."""

from __future__ import annotations

import asyncio
import copy
import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.connections import connect, make_sandbox
from tests.support.contract_steps import connect_replay, read_contract
from tests.support.effort import by_effort
from tests.support.sandbox_caller import Caller
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.contract.capture import capture_text
from unsub_tui.sandbox.capture_file import MAX_BYTES, Capture, parse_capture, read_capture
from unsub_tui.sandbox.capture_server import Replay

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 10**30, 1.5, "", "x", "2026-02-30", [], [0], [999], {}, {"x": []}]
)


@cache
def captured() -> str:
    """Return a small capture."""
    report, answers = asyncio.run(read_contract(connect(make_sandbox(15))))
    return capture_text(report, answers, "intl")


def parse(content: bytes) -> Capture | None:
    """Return the capture, or None if it was refused with one sentence."""
    try:
        return parse_capture(content)
    except ValueError as error:
        reason = str(error)
    assert len(reason.splitlines()) == 1
    return None


@given(st.integers(0, 10**6), st.binary(max_size=4), st.sampled_from([0, 1, 4, 10**6]))
@settings(max_examples=by_effort(100, 2000), deadline=None)
def test_damaged_bytes(place: int, change: bytes, lost: int) -> None:
    """Refused with a reason, or still a capture."""
    content = captured().encode()
    place %= len(content)
    parse(content[:place] + change + content[place + lost :])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


@given(st.data())
@settings(max_examples=by_effort(40, 600), deadline=None)
def test_wrong_values(data: st.DataObject) -> None:
    """Any value in any place: refused with a reason, or served so that every read of the program ends."""
    document = copy.deepcopy(json.loads(captured()))
    for _ in range(data.draw(st.integers(1, 3))):
        all_places = [each for each in places(document) if each]
        if not all_places:
            return
        *path, last = data.draw(st.sampled_from(all_places))
        holder = document
        for key in path:
            holder = holder[key]
        holder[last] = data.draw(VALUES)
    capture = parse(json.dumps(document).encode())
    if capture is not None:
        asyncio.run(read_everything(connect_replay(Replay(capture))))


async def read_everything(replay: Any) -> None:
    """Check the contract and list the resources."""
    with suppress(UnsubError):
        await read_contract(replay)
    async with replay.read_client() as client:
        with suppress(UnsubError):
            await client.list_resources()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON"),
        (b"\xff", "it is not UTF-8"),
        (b"[]", "the file is not an object"),
        (b"{}", "its format is not"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"format": NaN}', "it is not JSON"),
        (b'{"format": "unsub-tui-capture", "schema_version": 2}', "its schema_version is not 1"),
        (b'{"format": "unsub-tui-capture", "schema_version": 1}', "columns is not a list"),
    ],
)
def test_other_files(content: bytes, reason: str, tmp_path: Path) -> None:
    """The sentence names the file and the first thing that is wrong."""
    path = tmp_path / "capture.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=reason) as error:
        read_capture(path)
    assert str(path) in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a directory, or too large."""
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ValueError, match="cannot be read"):
            read_capture(path)
    large = tmp_path / "large"
    large.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(ValueError, match="larger than"):
        read_capture(large)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v2/orders/subscriptions/resources/unsubscribe", 403),
        ("DELETE", "/v2/orders/subscriptions/resources/autorenew/x", 403),
        ("PUT", "/v2/anything", 403),
        ("GET", "/v2/anything", 404),
    ],
)
def test_requests_without_an_answer(method: str, path: str, status: int) -> None:
    """What could change something is refused, also if nobody knows it; signatures are checked as everywhere."""
    replay = Replay(parse_capture(captured().encode()))
    caller = Caller(replay)  # type: ignore[arg-type]  # it has what requests need
    assert asyncio.run(caller.send(method, path, body={})).status_code == status
    forged = Caller(replay, (replay.access_key, "wrong"))  # type: ignore[arg-type]
    assert asyncio.run(forged.send(method, path, body={})).status_code == 401
