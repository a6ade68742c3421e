"""HTTP server for a sandbox or a replay, on the loopback interface only, because their keys are public."""

from __future__ import annotations

import ipaddress
import json
import shlex
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
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
        """The ASGI application of billing."""

    @property
    def service_apps(self) -> Mapping[str, AsgiApp]:
        """The ASGI applications of the other services, by key; services may have the same paths."""

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
    listener = socket.create_server((str(address), port), family=family, backlog=128)
    # Connections inherit it. asyncio does not set it for them, and a response in two parts would wait for 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _endpoint(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Server that leaves signals to `serve`, because uvicorn raises them again after it has stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


class _Listeners:
    """Listening sockets of billing, with the port that was asked for, and of the other services, on free ports."""

    def __init__(self, served: Served, host: str, port: int) -> None:
        with ExitStack() as opened:
            main = opened.enter_context(_listen(host, port))
            services = {key: opened.enter_context(_listen(host, 0)) for key in served.service_apps}
            self._opened = opened.pop_all()
        self.sockets: Sequence[socket.socket] = (main, *services.values())
        self.endpoint = _endpoint(main)
        self.service_endpoints: Mapping[str, str] = {key: _endpoint(each) for key, each in services.items()}
        self._served = served
        self._keys_by_port = {each.getsockname()[1]: key for key, each in services.items()}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application whose port was called."""
        key = self._keys_by_port.get(scope["server"][1])
        await (self._served.app if key is None else self._served.service_apps[key])(scope, receive, send)

    def close(self) -> None:
        """Close the sockets."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _server(app: AsgiApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
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


def serve(served: Served, host: str, port: int, out: TextIO, *, as_exports: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; first write endpoints and keys to `out`, as a line of JSON or for a shell."""
    with _Listeners(served, host, port) as listeners:
        server = _server(listeners.app)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, server.handle_exit)
        keys = {"access_key": served.access_key, "secret_key": served.secret_key, "domain_id": served.domain_id}
        announced = {"endpoint": listeners.endpoint, **keys, "services": listeners.service_endpoints}
        out.write(_exports(served, listeners) if as_exports else json.dumps(announced) + "\n")
        out.flush()
        server.run(sockets=list(listeners.sockets))


def _exports(served: Served, listeners: _Listeners) -> str:
    """Return the lines with which a shell points the program at the sandbox."""
    variables = {
        "UNSUB_ENDPOINT": listeners.endpoint,
        **{f"UNSUB_ENDPOINT_{key.upper()}": url for key, url in listeners.service_endpoints.items()},
        "HUAWEICLOUD_SDK_AK": served.access_key,
        "HUAWEICLOUD_SDK_SK": served.secret_key,
    }
    return "".join(f"export {name}={shlex.quote(text)}\n" for name, text in variables.items())


class BackgroundServer:
    """Context manager that serves a sandbox or a replay from a thread, on free ports of 127.0.0.1."""

    def __init__(self, served: Served) -> None:
        self._listeners = _Listeners(served, "127.0.0.1", 0)
        self._server = _server(self._listeners.app)
        sockets = list(self._listeners.sockets)
        self._thread = threading.Thread(target=self._server.run, args=(sockets,), daemon=True)
        self.endpoint = self._listeners.endpoint
        """Base URL of billing, such as http://127.0.0.1:40123."""
        self.service_endpoints = self._listeners.service_endpoints
        """Base URLs of the other services, by key."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._listeners.close()
