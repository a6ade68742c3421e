from __future__ import annotations

import asyncio
import copy
import dataclasses
import gzip
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from tests.support.connections import NO_DELAYS
from tests.support.raw_server import RawServer, ResponseAction, http_response, raw_response, reset_connection
from tests.support.stub_vendor import SECRET_KEY, STUB_CREDENTIALS, TOKEN, json_response, stub_connection, stub_sequence
from unsub_tui.api.connection import Connection, CredentialProvider
from unsub_tui.api.mutation_results import Accepted
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret


def forms_of(word: str) -> Iterator[str]:
    """Yield how a secret might look in a text."""
    yield word
    yield quote(word, safe="")
    yield word.encode().hex()
    yield b64encode(word.encode()).decode().rstrip("=")
    yield word[: len(word) // 2]
    yield word[len(word) // 2 :]


FORBIDDEN = [form for word in (SECRET_KEY, TOKEN) for form in forms_of(word)] + ["Signature=", "SDK-HMAC-SHA256"]


def leaks(text: str) -> list[str]:
    """Return the secrets that a text holds."""
    return [form for form in FORBIDDEN if form in text]


SHOWN: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "format": "{}".format,
    "format with a width": "{:>80}".format,
    "percent": lambda secret: "%s" % secret,  # noqa: UP031 - logging does so
    "in a list": lambda secret: str([secret]),
    "in credentials": lambda secret: repr(dataclasses.replace(STUB_CREDENTIALS, secret_key=secret)),
    "in a connection": lambda secret: repr(
        Connection(
            site="cn",
            credential_provider=CredentialProvider.static(dataclasses.replace(STUB_CREDENTIALS, security_token=secret)),
        )
    ),
    "in a label": lambda secret: dataclasses.replace(STUB_CREDENTIALS, secret_key=secret).label,
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_a_secret_has_no_text(show: Callable[[Secret], str]) -> None:
    """However it is shown, its value is not; nor is the whole access key."""
    shown = show(Secret(SECRET_KEY))

    assert shown
    assert not leaks(shown)
    assert STUB_CREDENTIALS.access_key not in shown


STORED: dict[str, Callable[[Secret], object]] = {
    "pickle": pickle.dumps,
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "JSON": json.dumps,
    "as a dictionary": lambda secret: dataclasses.asdict(dataclasses.replace(STUB_CREDENTIALS, secret_key=secret)),
    "its fields": vars,
}


@pytest.mark.parametrize("store", STORED.values(), ids=STORED)
def test_a_secret_is_not_stored(store: Callable[[Secret], object]) -> None:
    """No way of writing it down works, and none of them quotes it."""
    with pytest.raises(TypeError) as caught:
        store(Secret(SECRET_KEY))

    assert not leaks(str(caught.value))


def test_secrets_can_be_compared() -> None:
    """Equal values are equal, also beyond ASCII; a text is never equal to a secret."""
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("钥") == Secret("钥")
    assert Secret("a") != "a"
    assert not Secret("")
    assert len({Secret("a"), Secret("a")}) == 1


@pytest.fixture
def captured_logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Hear everything that any library logs, also those that we keep quiet."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


FAILING: dict[str, ResponseAction] = {
    "cut": reset_connection,
    "closed": raw_response(b""),
    "not HTTP": raw_response(b"\x00\x01 garbage\r\n\r\n"),
    "cut in the body": http_response(200, b"{", {"Content-Length": "100"}),
    "another encoding": http_response(200, b"{}", {"Content-Encoding": "br"}),
    "no gzip": http_response(200, b"{}", {"Content-Encoding": "gzip"}),
    "cut gzip": http_response(200, gzip.compress(b"{}")[:-4], {"Content-Encoding": "gzip"}),
    "too large": http_response(200, b" " * (8 * 1024 * 1024 + 1)),
    "no JSON": http_response(200, b"<html>"),
    "not the contract": http_response(200, {"total_count": [], "domains": [{}]}),
    "a redirect": http_response(302, b"", {"Location": "https://elsewhere.invalid/"}),
    "refused": http_response(401, {"error_code": "APIGW.0301", "error_msg": "no"}),
    "broken": http_response(500, {"error_code": "CBC.0999", "error_msg": "no"}),
}


async def failures(endpoint: str) -> str:
    """Return everything that a read and an unsubscribe request leave behind: errors with their causes, answers."""
    connection = stub_connection(endpoint, dataclasses.replace(NO_DELAYS, max_attempts=2))
    async with connection.read_client() as reader, connection.mutation_client() as submitter:
        with pytest.raises(UnsubError) as caught:
            await reader.find_account()
        got = await submitter.send(submitter.prepare(Action.UNSUBSCRIBE, ["ecs-1"]))
        left = "".join(traceback.format_exception(caught.value)) + repr((got, reader, submitter, connection))
    assert "UnsubError" in left or "ApiError" in left or "TransientError" in left
    return left


@pytest.mark.parametrize("act", FAILING.values(), ids=FAILING)
async def test_a_failure_tells_no_secret(act: ResponseAction, captured_logs: pytest.LogCaptureFixture) -> None:
    """Errors, their whole chain of causes, answers and logs hold no key, no token, no signature."""
    async with RawServer(act) as server:
        left = await failures(server.endpoint)
    sent = b"".join(server.requests).decode()

    assert TOKEN in sent
    assert "Signature=" in sent
    assert not leaks(left)
    assert not leaks(captured_logs.text)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
async def test_no_connection_tells_no_secret(endpoint: str, captured_logs: pytest.LogCaptureFixture) -> None:
    """Neither does a connection that never was."""
    assert not leaks(await failures(endpoint))
    assert not leaks(captured_logs.text)


async def test_a_proxy_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, captured_logs: pytest.LogCaptureFixture
) -> None:
    """A proxy that refuses learns nothing, and its password is told to nobody."""
    async with RawServer(http_response(407, b"no")) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.endpoint.replace("http://", "http://me:canary-of-a-proxy@"))
        left = await failures("https://bss.invalid")

    assert not leaks(b"".join(server.requests).decode())
    for text in (left, captured_logs.text):
        assert not leaks(text)
        assert "canary-of-a-proxy" not in text


async def test_a_success_logs_no_secret(captured_logs: pytest.LogCaptureFixture) -> None:
    """Calls that work leave nothing in a log, either."""
    vendor = stub_sequence(json_response({"order_ids": ["CS1"]}))
    async with vendor.connection().mutation_client() as client:
        got = await client.send(client.prepare(Action.UNSUBSCRIBE, ["ecs-1"]))

    assert got == Accepted(("CS1",))
    assert vendor.requests[0].headers["X-Security-Token"] == TOKEN
    assert not leaks(captured_logs.text)


async def test_a_cancelled_read_tells_no_secret() -> None:
    """The traceback of a cancelled call holds no secret."""

    async def hang(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with RawServer(hang) as server, stub_connection(server.endpoint).read_client() as client:
        task = asyncio.ensure_future(client.find_account())
        await server.request_received.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task

    assert not leaks("".join(traceback.format_exception(caught.value)))
