"""HTTP server for a sandbox or a replay, on the loopback interface only, because their keys are public."""

from __future__ import annotations

import ipaddress
import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self, TextIO

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from unsub_tui.sandbox.asgi import ABORT_EXTENSION, AsgiApp, Receive, Scope, Send

_STOP_SECONDS = 10.0

# `is_loopback` is not used: since Python 3.13, it is true for ::ffff:127.0.0.1, which the client does not accept.
_LOOPBACK = ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")


class Served(Protocol):
    """A service that can be served: a sandbox or a replay."""

    @property
    def app(self) -> AsgiApp:
        """The ASGI application."""

    @property
    def access_key(self) -> str:
        """The public access key."""

    @property
    def secret_key(self) -> str:
        """The public secret key."""

    @property
    def domain_id(self) -> str:
        """The id of the account."""


class _AbortableProtocol(H11Protocol):
    """Protocol that passes functions to abort the connection to the application."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passes uvicorn's arguments through
        app = self.app

        async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            functions = {"abort": self.transport.abort, "write": self.transport.write, "close": self.transport.close}
            extensions = {**scope.get("extensions", {}), ABORT_EXTENSION: functions}
            await app({**scope, "extensions": extensions}, receive, send)

        self.app = with_abort


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raise ValueError for an address other than loopback."""
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    if not any(address in each for each in _LOOPBACK):
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    return socket.create_server((str(address), port), family=family, backlog=128)


def _endpoint(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Server that leaves signals to `serve`, because uvicorn raises them again after it has stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def _server(served: Served) -> uvicorn.Server:
    config = uvicorn.Config(
        served.app,
        http=_AbortableProtocol,
        interface="asgi3",  # uvicorn does not recognize a bound method
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


def serve(served: Served, host: str, port: int, out: TextIO) -> None:
    """Serve until SIGINT or SIGTERM; first write endpoint and keys to `out` as a line of JSON."""
    with _listen(host, port) as listener:
        server = _server(served)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, server.handle_exit)
        keys = {"access_key": served.access_key, "secret_key": served.secret_key, "domain_id": served.domain_id}
        out.write(json.dumps({"endpoint": _endpoint(listener), **keys}) + "\n")
        out.flush()
        server.run(sockets=[listener])


class BackgroundServer:
    """Context manager that serves a sandbox or a replay from a thread, on a free port of 127.0.0.1."""

    def __init__(self, served: Served) -> None:
        self._listener = _listen("127.0.0.1", 0)
        self._server = _server(served)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self.endpoint = _endpoint(self._listener)
        """Base URL of the server, such as http://127.0.0.1:40123."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._listener.close()
