from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.connections import NO_DELAYS
from tests.support.effort import by_effort
from tests.support.stub_vendor import StubResponse, json_response, stub_sequence
from tests.unit.api.read_cases import READ_CASES, ReadCase
from unsub_tui.api.mutation_results import Accepted, MutationResult, Unknown
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import UnsubError

ONCE = replace(NO_DELAYS, max_attempts=1)
UNSUBSCRIBED = {
    "order_ids": ["CS1"],
    "fail_resource_infos": [{"resource_id": "ecs-2", "error_code": "CBC.99003651", "error_msg": "words"}],
}

EXAMPLES = by_effort(25, 800)
"""Answers drawn for each read; 10,000 in all in the long form."""

texts = st.text(max_size=8) | st.sampled_from(
    [
        "",
        "\x1b[2J",
        "\u202e",
        "\ud800",
        "0" * 5000,
        "NaN",
        "-1e999",
        "2026-13-45",
        "9999-12-31T23:59:59-23:59",
        "CBC.0999",
    ]
)
numbers = st.integers() | st.floats() | st.sampled_from([10**30, 10**39, -(10**30), 2**63, 1e308, -0.0])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def positions(document: object) -> list[tuple[object, object]]:
    """Return every container in a document with every key or position in it."""
    found: list[tuple[object, object]] = []
    if isinstance(document, dict | list):
        entries = list(document.items() if isinstance(document, dict) else enumerate(document))
        for place, value in entries:
            found += [(document, place), *positions(value)]
    return found


@st.composite
def corrupted(draw: st.DrawFn, good: object) -> bytes:
    """Return a good answer with some values replaced by anything, removed, or added."""
    document = deepcopy(good)
    for _ in range(draw(st.integers(0, 3))):
        container, place = draw(st.sampled_from(positions(document) or [({}, "")]))
        if draw(st.booleans()):
            container[place] = draw(values)  # type: ignore[index]
        elif isinstance(container, dict):
            container.pop(place, None)
    body = json.dumps(document).encode()
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(body)))
        body = body[:place] + draw(st.binary(max_size=4)) + body[place + draw(st.integers(0, 4)) :]
    return body


dates = st.sampled_from(
    [
        "Thu, 01 Jan 2026 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:00 +9999999999999999",
        "Thu, 01 Jan 2026 99999999999999999999:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "-1",
        "7",
        "9" * 400,
        "",
    ]
)
header_values = dates | st.binary(max_size=20).filter(lambda value: not set(value) & set(b"\r\n\0"))
headers = st.dictionaries(
    st.sampled_from(["Date", "Retry-After", "X-Request-Id", "Content-Encoding", "Content-Type", "Set-Cookie"]),
    header_values,
    max_size=3,
)
statuses = st.just(200) | st.sampled_from([101, 204, 206, 302, 400, 401, 403, 404, 408, 429, 500, 503, 599])


@pytest.mark.parametrize("case", READ_CASES.values(), ids=READ_CASES)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
async def test_no_answer_breaks_a_read(case: ReadCase, data: st.DataObject) -> None:
    """Whatever the service answers, a read returns or raises an error of ours."""
    answer = StubResponse(data.draw(statuses), data.draw(corrupted(case.answer)), data.draw(headers))
    async with stub_sequence(answer).connection(ONCE).read_client() as client:
        with suppress(UnsubError):
            await case.read(client, "CS1", "ecs-1")


@pytest.mark.parametrize("name", READ_CASES)
async def test_the_good_answers_are_good(name: str) -> None:
    """What the spoilt answers are made from is read without an error."""
    case = READ_CASES[name]
    async with stub_sequence(json_response(case.answer)).connection(ONCE).read_client() as client:
        assert await case.read(client, "CS1", "ecs-1") or name == "site"


async def send_request(answer: StubResponse) -> MutationResult:
    """Send the request for one resource to a vendor that gives this answer, and nothing but this."""
    vendor = stub_sequence(answer)
    async with vendor.connection(ONCE).mutation_client() as client:
        got = await client.send(client.prepare(Action.UNSUBSCRIBE, ["ecs-1"]))
    assert len(vendor.requests) == 1
    return got


def names_an_order(body: bytes) -> bool:
    """Whether a body is an object that names an order, by a reader that is not ours."""
    document = json.loads(body)
    return isinstance(document, Mapping) and any(
        each not in (None, "") and not isinstance(each, bool | list | dict) for each in document["order_ids"]
    )


CHANGED = {"error_details": [{"id": "ecs-2", "error_code": "CBC.99003623", "error_msg": "words"}]}


@given(statuses, corrupted(CHANGED), headers)
async def test_no_answer_breaks_a_change(status: int, body: bytes, fields: dict[str, str | bytes]) -> None:
    """Whatever the service answers, one request leaves, and only the documented status can mean that it is done."""
    vendor = stub_sequence(StubResponse(status, body, fields))
    async with vendor.connection(ONCE).mutation_client() as client:
        switched = await client.send(client.prepare(Action.AUTO_RENEW_ON, ["ecs-1"]))
        changed = await client.send(client.prepare(Action.PAY_PER_USE, ["ecs-1"]))
    assert len(vendor.requests) == 2
    assert not isinstance(switched, Accepted) or status == 204
    assert not isinstance(changed, Accepted) or status == 200


@given(statuses, corrupted(UNSUBSCRIBED), headers)
async def test_no_answer_breaks_a_send(status: int, body: bytes, fields: dict[str, str | bytes]) -> None:
    """Whatever the service answers, `send` returns what it proves, and only an order proves acceptance."""
    got = await send_request(StubResponse(status, body, fields))

    assert isinstance(got, MutationResult)
    if isinstance(got, Accepted):
        assert status == 200
        assert names_an_order(body)


@given(st.integers(100, 599).filter(lambda status: status != 200), st.binary(max_size=60))
async def test_any_bytes_with_any_status(status: int, body: bytes) -> None:
    """Without status 200 nothing is ever accepted."""
    assert not isinstance(await send_request(StubResponse(status, body)), Accepted)


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 2026 00:00:00 +9999999999999999",
        "Thu, 01 Jan 2026 9999999999999999999:0:0",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ],
)
async def test_an_absurd_date_hides_no_order(date: str) -> None:
    """A header that nobody needs does not lose an order that was made."""
    body = json.dumps({"order_ids": ["CS1"]}).encode()

    assert await send_request(StubResponse(200, body, {"Date": date, "Retry-After": date})) == Accepted(("CS1",))


MISTYPED = {"true": True, "false": False, "null": None, "a list": ["CS1"], "an object": {"id": "CS1"}}


@pytest.mark.parametrize("value", MISTYPED.values(), ids=MISTYPED)
async def test_no_order_and_no_code_is_read_into_another_type(value: object) -> None:
    """What is neither text nor number is no order that was made, and no refusal that is definite."""
    assert type(await send_request(json_response({"order_ids": [value]}))) is Unknown
    assert type(await send_request(json_response({"error_code": value, "error_msg": "words"}, 400))) is Unknown
    assert type(await send_request(json_response({"order_ids": [], "error_code": value}))) is Unknown
