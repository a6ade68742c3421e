"""The server: lets requests in, and answers them for one account."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import NamedTuple, Self
from urllib.parse import unquote

from tests.reference_server import account, bills, expiry_policies, orders, resources
from tests.reference_server.account_state import AccountState
from tests.reference_server.authentication import Request, User, authenticate
from tests.reference_server.http_server import HttpServer, Response, encode
from tests.reference_server.inventory import Inventory, ServiceApp, iam
from tests.reference_server.inventory.account_estate import subscribe
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.routes import SERVICES
from tests.reference_server.operations import OPERATIONS, Call, Json, Operation
from tests.reference_server.parameters import RefusedError, check_parameters, invalid_parameter
from tests.reference_server.seed_data import seed_account

__all__ = ["ReferenceServer", "SeenRequest", "account", "bills", "expiry_policies", "iam", "orders", "resources"]

VIEWS = ("billing:subscription:view", "billing:order:view", "bss:bill:view", "bss:balance:view")


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
        self.inventory = Inventory(self.account, (self.owner, self.viewer), self._lock)
        self._server = HttpServer(self)
        self._service_servers: dict[str, HttpServer] = {}

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._server, *self._service_servers.values()):
            each.stop()

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return self._server.url

    @property
    def service_endpoints(self) -> Mapping[str, str]:
        """Where the services are that know what resources do; they start when they are first asked for."""
        if not self._service_servers:
            self._service_servers = {each: HttpServer(ServiceApp(self.inventory, each)) for each in SERVICES}
            for each in self._service_servers.values():
                each.start()
        return {key: each.url for key, each in self._service_servers.items()}

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

    def hold(self, estate: Estate) -> None:
        """Let the account hold an estate in the place of its own resources: its subscriptions, and the services."""
        with self._lock:
            subscribe(self.account, estate)
            self.inventory.hold(estate)

    def unsubscribed_ids(self) -> list[str]:
        """Return the ids of all requests to unsubscribe, as they came."""
        return [one for each in self.seen_requests if each.path.endswith("/unsubscribe") for one in each.ids]

    def respond(self, request: Request, request_id: str) -> Response:
        """Answer one request, or write why it is refused."""
        try:
            found = self.answer(request)
        except RefusedError as refused:
            body: Json = {"error_code": refused.code, "error_msg": str(refused), **refused.more}
            if refused.code.startswith("APIG"):
                body["request_id"] = request_id
            return Response(refused.status, encode(body).encode())
        return Response(204, None) if found is None else Response(200, encode(found).encode())

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
                Call(
                    account=self.account,
                    inventory=self.inventory,
                    user=user,
                    parameters=given,
                    name=unquote(name),
                    is_english=is_english,
                )
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
