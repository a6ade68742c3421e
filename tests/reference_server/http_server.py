"""HTTP as a gateway may speak it: answers come in odd but lawful ways."""

from __future__ import annotations

import gzip
import json
import random
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.reference_server.authentication import Request

CHUNKED_ABOVE, ZIPPED_ABOVE, CHUNK = 700, 400, 4093
"""Bytes of an answer."""
_ORDER = random.Random(20261126)


class DroppedError(Exception):
    """Cut the connection without an answer."""


@dataclass(frozen=True)
class Response:
    """What is answered; without content, nothing is said about its form."""

    status: int
    content: bytes | None
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json;charset=UTF-8"})


class App(Protocol):
    """What answers requests."""

    def respond(self, request: Request, request_id: str) -> Response:
        """Answer one request; raises DroppedError where the answer is lost."""


class HttpServer:
    """An app on a loopback port of its own, in a thread, from `start` to `stop`."""

    def __init__(self, app: App) -> None:
        self._server = _Server(("127.0.0.1", 0), type("_Bound", (_Handler,), {"app": app}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Take requests."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def encode(value: Any) -> str:
    """Write JSON with exact decimals (a zero with eight places is 0E-8), and keys in any order."""
    if isinstance(value, dict):
        keys = list(value)
        _ORDER.shuffle(keys)
        return "{" + ",".join(f"{json.dumps(key)}: {encode(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(encode, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    app: App
    protocol_version = "HTTP/1.1"
    timeout = 20
    server_version, sys_version = "api-gateway", ""
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_any(self) -> None:
        """Read one request, and answer it, or cut the connection."""
        request_id = secrets.token_hex(16)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        try:
            response = self.app.respond(Request(self.command, self.path, headers, body), request_id)
        except DroppedError:
            self.close_connection = True
            return
        self.send_response(response.status)
        self.send_header("x-request-id", request_id)
        if response.content is None:
            self.end_headers()
            return
        for key, value in response.headers.items():
            self.send_header(key, value)
        self._write(response.content, headers.get("accept-encoding", "").lower())

    def _write(self, content: bytes, encodings: str) -> None:
        if "gzip" in encodings and len(content) > ZIPPED_ABOVE:
            content = gzip.compress(content, 1)
            self.send_header("CONTENT-ENCODING", "gzip")
        if len(content) <= CHUNKED_ABOVE:
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for first in range(0, len(content), CHUNK):
            part = content[first : first + CHUNK]
            self.wfile.write(b"%X\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Peers that go away are not news."""
