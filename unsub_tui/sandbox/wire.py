"""The last step to the client: answers as JSON, and connections that are cut instead.

Over a socket a cut goes through the transport, which the server hands in through the ASGI scope. Without a socket, in
the process, nothing can be cut: the application raises `ConnectionCutError` instead.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.types import Receive, Scope, Send

from unsub_tui.sandbox.signature import SignedRequest

TRANSPORT = "unsub_tui.transport"
"""Name of the scope's extension that holds what can be done to the connection: abort, close, reset, write."""

_WORTH_ZIPPING = 1000
_BODILESS = frozenset({204, 304})


class ConnectionCutError(ConnectionError):
    """Stands for a cut connection where there is no connection."""


def to_json(payload: Mapping[str, object]) -> bytes:
    """Write an answer's body."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the client."""

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those that every answer has."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the way back."""

    scope: Scope
    receive: Receive
    send: Send
    ahead: timedelta = timedelta(0)
    """By how much the answer's Date is off."""

    async def request(self) -> SignedRequest:
        """Read the request to its end."""
        parts = []
        more = True
        while more:
            message = await self.receive()
            parts.append(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
        scope = self.scope
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        return SignedRequest(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=b"".join(parts),
        )

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        content = b"" if answer.status in _BODILESS else answer.content
        await self._start(answer, len(content))
        await self._piece(content, last=True)

    async def zipped_answer(self, answer: Answer) -> None:
        """Send a whole answer, compressed where the client accepts it and it is worth it."""
        accepted = next((value for name, value in self.scope["headers"] if name.lower() == b"accept-encoding"), b"")
        if b"gzip" not in accepted or len(answer.content) < _WORTH_ZIPPING:
            await self.answer(answer)
            return
        headers = {**answer.headers, "content-encoding": "gzip"}
        zipped = gzip.compress(answer.content, 1)
        await self.answer(Answer(content=zipped, status=answer.status, headers=headers))

    async def streamed_answer(self, answer: Answer, pieces: Iterable[bytes]) -> None:
        """Send pieces in place of the answer's content, however many; they are made one by one."""
        await self._start(answer, None)
        for piece in pieces:
            await self._piece(piece)
        await self._piece(b"", last=True)

    async def dripped_answer(self, answer: Answer, size: int, seconds: float) -> None:
        """Send a whole answer in small pieces, as long as the client waits for it."""
        await self._start(answer, len(answer.content))
        for first in range(0, len(answer.content), size):
            await self._piece(answer.content[first : first + size])
            await self.pause(seconds)
        await self._piece(b"", last=True)

    async def half_answer(self, answer: Answer, sent: int, *, is_promised: bool = True) -> None:
        """Send the first bytes of an answer, and cut; an answer without a body is not sent at all.

        Where the length was not promised, only the missing end of the last chunk tells the client.
        """
        if answer.content and answer.status not in _BODILESS:
            await self._start(answer, len(answer.content) if is_promised else None)
            await self._piece(answer.content[:sent])
        await self.cut()

    async def reset_answer(self, answer: Answer) -> None:
        """Send the headers of an answer, and have the connection reset."""
        await self._start(answer, max(1, len(answer.content)))
        await self._piece(b"")
        self._do("reset")
        await self.cut()

    async def raw_answer(self, content: bytes) -> None:
        """Send bytes that are not HTTP, and cut; without a socket, only cut."""
        self._do("write", content)
        self._do("close")
        await self.cut()

    async def cut(self) -> None:
        """Cut the connection."""
        if TRANSPORT not in self.scope.get("extensions", {}):
            raise ConnectionCutError("the connection was cut")
        self._do("abort")
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the client does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (await self.receive())["type"] != "http.disconnect":
                    pass

    def _do(self, what: str, *values: object) -> None:
        """Do something to the connection, where there is one."""
        transport = self.scope.get("extensions", {}).get(TRANSPORT)
        if transport is not None:
            transport[what](*values)

    async def _piece(self, content: bytes, *, last: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": content, "more_body": not last})

    async def _start(self, answer: Answer, length: int | None) -> None:
        request_id = uuid.uuid4().hex
        headers = {
            "content-type": "application/json;charset=utf-8",
            **({} if length is None or answer.status in _BODILESS else {"content-length": str(length)}),
            "date": format_datetime(datetime.now(UTC) + self.ahead, usegmt=True),
            "x-request-id": request_id,
            "x-iam-trace-id": f"token_sandbox_{request_id}",
            **{name.lower(): value for name, value in answer.headers.items()},
        }
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": raw})
