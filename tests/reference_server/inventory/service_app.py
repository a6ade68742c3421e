"""One service on a port of its own: lets requests in, and answers them from the estate."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from tests.reference_server.account_state import AccountState
from tests.reference_server.authentication import Request, User, authenticate
from tests.reference_server.http_server import DroppedError, Response, encode
from tests.reference_server.inventory.account_estate import estate_of
from tests.reference_server.inventory.behavior import Failure
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.failures import (
    REFUSALS,
    SPOILS,
    Json,
    ServiceError,
    bad_request,
    flat,
    not_allowed,
    not_published,
)
from tests.reference_server.inventory.removal import without
from tests.reference_server.inventory.routes import ROUTES, Route, ServiceCall
from tests.reference_server.parameters import RefusedError

MOST_BODY_BYTES = 512 * 1024


class SeenCall(NamedTuple):
    """One request that was let in."""

    operation: str
    project_id: str
    query: Mapping[str, Sequence[str]]
    body: Json


class Inventory:
    """What all services share: the estate, the account and its users, and what happened meanwhile."""

    def __init__(self, account: AccountState, users: Sequence[User], lock: threading.RLock) -> None:
        self.account, self.users, self.lock = account, users, lock
        self.seen_calls: list[SeenCall] = []
        self._known_count = -1
        self.hold(None)

    @property
    def estate(self) -> Estate:
        """What a test lets the services hold, or what follows from the account's resources."""
        count = len(self.account.resources) + len(self.account.closed_resources)
        if self._held is None and count != self._known_count:
            self._derived, self._known_count = estate_of(self.account), count
        return self._held or self._derived

    def hold(self, estate: Estate | None) -> None:
        """Let the services hold another estate; None: that of the account's resources."""
        self._held, self._derived, self._known_count = estate, Estate(), -1
        self.gone: set[str] = set()
        self._arrived: set[str] = set()
        self._failure_counts: dict[Failure, int] = {}
        self._changed_pages: set[str] = set()

    def current(self) -> Estate:
        """Return what is there now: less what was unsubscribed or deleted, or has not arrived."""
        self.account.apply_due_changes()
        late = {one for each in self.estate.behavior.page_changes for one in each.adds} - self._arrived
        return without(self.estate, frozenset({*self.account.closed_resources, *self.gone, *late}))

    def failure(self, operation: str, project_id: str) -> str:
        """Return the form in which an operation fails this time; empty if it works."""
        names = {operation, operation.partition(".")[0]}
        for each in self.estate.behavior.failures:
            if each.operation in names and each.project_id in {"", project_id}:
                count = self._failure_counts.get(each, 0)
                self._failure_counts[each] = count + 1
                if each.times is None or count < each.times:
                    return each.form
        return ""

    def after_page(self, route: Route, last_id: str) -> None:
        """Let happen what happens between two pages."""
        for each in self.estate.behavior.page_changes:
            if each.operation == route.full_name and route.full_name not in self._changed_pages:
                self._changed_pages.add(route.full_name)
                self._arrived |= each.adds
                self.gone |= each.removes | ({last_id} if each.removes_marker else set())


class ServiceApp:
    """One service."""

    def __init__(self, inventory: Inventory, service: str) -> None:
        self._inventory, self._service = inventory, service

    def respond(self, request: Request, _request_id: str) -> Response:
        """Answer one request, well or otherwise; raises DroppedError."""
        try:
            route, names = self._route(request)
            user = _authenticated(self._inventory, route, names, request)
            with self._inventory.lock:
                return self._answer(route, names, user, request)
        except ServiceError as error:
            return error.response
        except RefusedError as refused:
            code = refused.code.replace("APIG.", "APIGW.")
            return flat(refused.status, code, str(refused), request_id=_request_id).response

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        path = request.target.partition("?")[0]
        for each in ROUTES:
            found = each.path.fullmatch(path)
            if found and (each.service, each.method) == (self._service, request.method):
                return each, {key: unquote(value) for key, value in found.groupdict().items()}
        raise not_published()

    def _answer(self, route: Route, names: dict[str, str], user: User, request: Request) -> Response:
        project_id = request.headers.get("x-project-id", "")
        query, body = _query(request), _body(self._service, request)
        self._inventory.seen_calls.append(SeenCall(route.full_name, project_id, query, body))
        if not user.may(route.action):
            raise not_allowed(route.service, route.action)
        form = self._inventory.failure(route.full_name, project_id)
        if form == "dropped":
            raise DroppedError
        if form in REFUSALS:
            raise REFUSALS[form](route.service, route.action)
        if unknown := [key for key in query if key not in route.query]:
            raise bad_request(route.service, f"unknown parameter {unknown[0]}")
        call = ServiceCall(
            estate=self._inventory.current(),
            user=user,
            route=route,
            project_id=project_id,
            names=names,
            query=query,
            body=body,
        )
        found = route.answer(call)
        if call.last_ids:
            self._inventory.after_page(route, call.last_ids[-1])
        return Response(200, SPOILS[form](found) if form else encode(found).encode())


def _authenticated(inventory: Inventory, route: Route, names: Mapping[str, str], request: Request) -> User:
    """Return whose request it is; the project or account must be named, signed, and that of the path."""
    account, headers = inventory.account, request.headers
    user, _ = authenticate(inventory.users, account.domain_id, request)
    header = "x-domain-id" if route.is_global else "x-project-id"
    scope = headers.get(header, "")
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    if not scope or header not in signed:
        raise RefusedError(401, "APIGW.0301", f"Incorrect IAM authentication information: {header} is not signed")
    known = {account.domain_id} if route.is_global else {each.id for each in inventory.estate.projects}
    if scope not in known or names.get("domain" if route.is_global else "project", scope) != scope:
        raise RefusedError(401, "APIGW.0301", f"Incorrect IAM authentication information: {header} does not match")
    if not headers.get("content-type", "").startswith("application/json"):
        raise RefusedError(400, "APIGW.0106", "Content-Type is required")
    return user


def _query(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, _, value in (each.partition("=") for each in request.target.partition("?")[2].split("&") if each):
        found.setdefault(unquote(key), []).append(unquote(value))
    return found


def _body(service: str, request: Request) -> Json:
    if len(request.body) > MOST_BODY_BYTES:
        raise bad_request(service, "the body is too large")
    try:
        found: Any = json.loads(request.body or b"{}")
    except ValueError:
        raise bad_request(service, "the body is no JSON") from None
    if not isinstance(found, dict):
        raise bad_request(service, "the body is no object")
    return found
