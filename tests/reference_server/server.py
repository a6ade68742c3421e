"""The server: lets requests in, and writes answers in the odd but lawful ways that a gateway may choose."""

from __future__ import annotations

import gzip
import json
import random
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import unquote

from tests.reference_server import account, bills, expiry_policies, orders, resources
from tests.reference_server.account_state import AccountState
from tests.reference_server.authentication import Request, User, authenticate
from tests.reference_server.operations import OPERATIONS, Call, DroppedError, Json, Operation
from tests.reference_server.parameters import RefusedError, check_parameters, invalid_parameter
from tests.reference_server.seed_data import seed_account

__all__ = ["ReferenceServer", "SeenRequest", "account", "bills", "expiry_policies", "orders", "resources"]

VIEWS = ("billing:subscription:view", "billing:order:view", "bss:bill:view", "bss:balance:view")
CHUNKED_ABOVE, ZIPPED_ABOVE, CHUNK = 700, 400, 4093
"""Bytes of an answer."""
_ORDER = random.Random(20261126)


class SeenRequest(NamedTuple):
    """One request that was within the rate: method, path, and the resources that it names."""

    method: str
    path: str
    ids: tuple[str, ...]


class ReferenceServer:
    """The vendor on a loopback port, in a thread, for as long as the context lasts; a new account each time.

    `rate_factor` is how many times the documented requests a second it takes, for callers that wait for nothing.
    """

    def __init__(self, *, site: str = "intl", settle_seconds: float = 0.2, rate_factor: int = 1) -> None:
        self.account = seed_account(AccountState(site, settle_seconds))
        self.seen_requests: list[SeenRequest] = []
        self.owner, self.viewer = User("owner"), User("viewer", frozenset({*VIEWS, "eps:enterpriseProjects:list"}))
        self.service_control_policy: frozenset[str] | None = None
        """Permissions that the organization allows to its accounts; None: all. It binds the owner, too."""
        self._rate_factor = rate_factor
        self._lock = threading.RLock()
        self._hits: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._server = _Server(("127.0.0.1", 0), type("_Bound", (_Handler,), {"vendor": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def access_key(self) -> str:
        """The owner's."""
        return self.owner.access_key

    @property
    def secret_key(self) -> str:
        """The owner's."""
        return self.owner.secret_key

    @property
    def domain_id(self) -> str:
        """The account."""
        return self.account.domain_id

    def unsubscribed_ids(self) -> list[str]:
        """Return the ids of all requests to unsubscribe, as they came."""
        return [one for each in self.seen_requests if each.path.endswith("/unsubscribe") for one in each.ids]

    def answer(self, request: Request) -> Json | None:
        """Answer one request; raises RefusedError, or DroppedError where the answer is lost."""
        method, target, headers, body = request
        path, _, query = target.partition("?")
        wanted, name = _operation(method, path)
        user, names_account = authenticate((self.owner, self.viewer), self.domain_id, request)
        is_query = method in {"GET", "DELETE"}
        given = _query(query) if is_query else _body(headers, body)
        ids = given.get("resource_ids", [name] if "/autorenew/" in path else [])
        with self._lock:
            self._check_rate(wanted, user)
            self.seen_requests.append(SeenRequest(method, path, tuple(ids)))
            self._check_organization(wanted, user)
            _check_permission(wanted, user, names_account=names_account)
            is_english = headers.get("x-language", "zh_CN").lower().startswith("en")
            given = check_parameters(wanted.parameters, given, is_query=is_query)
            self.account.apply_due_changes()
            found = wanted.answer(
                Call(account=self.account, user=user, parameters=given, name=unquote(name), is_english=is_english)
            )
        if wanted.says_success and found is not None:
            return {"error_code": "CBC.0000", "error_msg": "Success", **found}
        return found

    def _check_rate(self, wanted: Operation, user: User) -> None:
        """Refuse what is more than the operation takes in a second."""
        hits, moment = self._hits[wanted.path.pattern + wanted.method, user.name], time.monotonic()
        while hits and hits[0] <= moment - 1:
            hits.popleft()
        if len(hits) >= wanted.rate * self._rate_factor:
            limit = f"policy ip over ratelimit,limit:{wanted.rate},time:1 second"
            raise RefusedError(429, "APIG.0308", f"The throttling threshold has been reached: {limit}")
        hits.append(moment)

    def _check_organization(self, wanted: Operation, user: User) -> None:
        allowed = self.service_control_policy
        if allowed is not None and wanted.permission and wanted.permission not in allowed:
            reason = f"because no service control policy allows the {wanted.permission} action"
            message = f"User: {user.name} is not authorized to perform: {wanted.permission} on resource: * {reason}."
            raise RefusedError(403, "PAP5.0001", f"access denied: {message}", encoded_authorization_message="")


def _operation(method: str, path: str) -> tuple[Operation, str]:
    for each in OPERATIONS:
        found = each.path.fullmatch(path)
        if found and each.method == method:
            return each, "".join(found.groups())
    raise RefusedError(404, "APIG.0101", "API not exist or not published in the environment")


def _check_permission(wanted: Operation, user: User, *, names_account: bool) -> None:
    if not wanted.is_billing:
        return
    if not names_account:
        raise RefusedError(403, "CBC.0151", "Access denied. The request carries no account scope.")
    if not user.may(wanted.permission):
        denied = "Access denied. The customer does not have the permission to call this API, correct permission code is"
        raise RefusedError(403, "CBC.0151", f"{denied} {wanted.permission}", encoded_authorization_message="")


def _query(query: str) -> Json:
    found: Json = {}
    for key, _, value in (each.partition("=") for each in query.split("&") if each):
        found.setdefault(unquote(key), unquote(value))
    return found


def _body(headers: Mapping[str, str], body: bytes) -> Json:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        raise invalid_parameter("Invalid request body") from None
    is_json = headers.get("content-type", "").lower().startswith("application/json")
    if not isinstance(found, dict) or (body and not is_json):
        raise invalid_parameter("Invalid request body")
    return found


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

    vendor: ReferenceServer
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
            found, status = self.vendor.answer(Request(self.command, self.path, headers, body)), 200
        except DroppedError:
            self.close_connection = True
            return
        except RefusedError as refused:
            found, status = {"error_code": refused.code, "error_msg": str(refused), **refused.more}, refused.status
            if refused.code.startswith("APIG"):
                found["request_id"] = request_id
        self.send_response(204 if found is None else status)
        self.send_header("x-request-id", request_id)
        if found is None:
            self.end_headers()
        else:
            self._write(encode(found).encode(), headers.get("accept-encoding", "").lower())

    def _write(self, content: bytes, encodings: str) -> None:
        self.send_header("content-type", "application/json;charset=UTF-8")
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
