"""API gateway of the sandbox: authentication, rate limits, faults and dispatch to operations.

Order of steps: latency, signature, rate limit, denied operations, fault, write permission, operation under the lock.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, REGION_PROJECTS
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import AsgiApp, AsgiExchange, RawResponse, Receive, Scope, Send, error_response, to_json
from unsub_tui.sandbox.auth_state import AuthState, Key
from unsub_tui.sandbox.calls import Call, Operation
from unsub_tui.sandbox.cloud_services import SERVICE_KEYS
from unsub_tui.sandbox.cloud_services import Scope as CallScope
from unsub_tui.sandbox.fault_effects import replace_order_id, send_faulty_response, shift_request
from unsub_tui.sandbox.faults import Fault, FaultAction, Faults
from unsub_tui.sandbox.operations import OPERATIONS, service_operations
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import InvalidParameterError, ServiceError, not_published, unauthorized
from unsub_tui.sandbox.signature import SignedRequest, authenticate
from unsub_tui.sandbox.state_file import UnsubscribeRequest

_SIGNED_HEADERS = {
    CallScope.NOTHING: frozenset[str](),
    CallScope.PROJECT: frozenset({"x-project-id"}),
    CallScope.ACCOUNT: frozenset({"x-domain-id"}),
}
_EVERYWHERE = "*"

_ANONYMOUS_KEY = Key("", "", can_write=False)
"""Key of callers of unauthenticated operations."""


@functools.cache
def _routes(key: str) -> tuple[tuple[Operation, re.Pattern[str]], ...]:
    """Return the operations of a service with the patterns of their paths, in which a parameter is one segment."""
    return tuple(
        (each, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(each.path))))
        for each in (service_operations() if key else OPERATIONS)
        if each.service.key == key
    )


class RateLimits:
    """Limits of requests per second or minute for each key, operation and project, by the real clock.

    Rejected requests do not count.
    """

    def __init__(self, scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.scale = scale
        """Factor for the documented limits; 0 disables the limits."""
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str, str], deque[float]] = {}

    def admit(self, access_key: str, operation: Operation, project_id: str = "") -> None:
        """Count a request, or raise ServiceError (429) if the limit is reached."""
        if self.scale <= 0:
            return
        calls, seconds = (operation.per_minute, 60) if operation.per_minute else (operation.per_second, 1)
        limit = max(1, int(calls * self.scale))
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault((access_key, operation.name, project_id), deque())
            while seen and seen[0] <= now - seconds:
                seen.popleft()
            if len(seen) >= limit:
                raise operation.service.rate_limited(limit)
            seen.append(now)


@dataclass(kw_only=True, eq=False)
class Gateway:
    """State shared by all calls. `faults` may be replaced while it serves requests."""

    account: AccountState
    auth_state: AuthState
    faults: Faults
    rate_limits: RateLimits
    latency_seconds: float
    wrong_site_code: str = ""
    """Error code for all /v2/ operations, as if the account belonged to another site; empty to disable."""
    unpublished: dict[str, frozenset[str]] = field(default_factory=dict)
    """Regions in which an operation is not offered, by its name; see `unpublish`."""
    app: AsgiApp = field(init=False)
    """ASGI application of billing, IAM and the services beside them, which dispatches calls to operations."""
    service_apps: Mapping[str, AsgiApp] = field(init=False)
    """ASGI applications of the other services, by key; all share account, keys, faults and latency."""

    def __post_init__(self) -> None:
        """Set the applications, which tests may wrap."""
        self.app = functools.partial(self._dispatch, "")
        self.service_apps = {key: functools.partial(self._dispatch, key) for key in SERVICE_KEYS}

    def unpublish(self, operation: str, *regions: str) -> None:
        """Offer an operation in all regions except these; without regions, nowhere."""
        self.unpublished[operation] = frozenset(regions or (_EVERYWHERE,))

    async def _dispatch(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = AsgiExchange(scope, receive, send)
        request = await exchange.read_request()
        for operation, path in _routes(key):
            match = path.fullmatch(scope["path"]) if operation.method == request.method else None
            if match is not None and self._is_published(operation, match.groupdict(), request):
                await _Handler(self, operation, exchange, request, match.groupdict()).respond()
                return
        await exchange.send_response(error_response(not_published()))

    def _is_published(self, operation: Operation, path_params: Mapping[str, str], request: SignedRequest) -> bool:
        """Return whether the operation is offered in the region of the project that is asked."""
        project = REGION_PROJECTS.get(path_params.get("project_id") or request.headers.get("x-project-id", ""))
        hidden = self.unpublished.get(operation.name, frozenset())
        return _EVERYWHERE not in hidden and (project is None or project.region not in hidden)

    def authorize(self, request: SignedRequest, operation: Operation, path_params: Mapping[str, str]) -> Key:
        """Return the key of the caller. Raise ServiceError if authentication, rate limit or permission fails."""
        if operation.is_unauthenticated:
            key = _ANONYMOUS_KEY
        elif "x-auth-token" in request.headers:
            key = self.auth_state.key_for_token(request.headers["x-auth-token"])
            if operation.service.scope is CallScope.PROJECT:
                raise unauthorized("the token is scoped to the account")
        else:
            signed = _SIGNED_HEADERS[operation.service.scope]
            key = authenticate(request, self.auth_state.keys, datetime.now(UTC), signed)
            self.auth_state.check_not_expired(key, request.headers.get("x-security-token", ""))
        _check_path(request, operation, path_params)
        if request.headers.get("x-domain-id", DOMAIN_ID) != DOMAIN_ID:
            raise ServiceError("CBC.0155", "This request is not allowed: the keys are of another account.", 403)
        self.rate_limits.admit(key.access_key, operation, path_params.get("project_id", ""))
        if self.wrong_site_code and operation.path.startswith("/v2/"):
            message = "The customer does not belong to the website that you are now using."
            raise ServiceError(self.wrong_site_code, message, 403)
        denied = operation.first_denied(self.auth_state.denied)
        if denied:
            by_organization = self.auth_state.is_denied_by_organization
            raise _organization_denied(denied) if by_organization else operation.service.denied(denied)
        return key


def _check_path(request: SignedRequest, operation: Operation, path_params: Mapping[str, str]) -> None:
    """Raise ServiceError unless the account or project in the path is ours and the one that the call is signed for."""
    scope = operation.service.scope
    if scope is CallScope.PROJECT:
        named = request.headers.get("x-project-id", path_params.get("project_id", ""))
        if named not in REGION_PROJECTS or path_params.get("project_id", named) != named:
            raise unauthorized("the project does not exist, or X-Project-Id names another one")
    elif scope is CallScope.ACCOUNT and path_params.get("domain_id", DOMAIN_ID) != DOMAIN_ID:
        raise operation.service.denied(operation.policy)


@dataclass(frozen=True, slots=True)
class _Handler:
    """Handles a call of an operation."""

    gateway: Gateway
    operation: Operation
    exchange: AsgiExchange
    request: SignedRequest
    path_params: Mapping[str, str]

    async def respond(self) -> None:
        """Check the call, execute the operation and send the response."""
        if self.gateway.latency_seconds:
            await asyncio.sleep(self.gateway.latency_seconds)
        try:
            key = self.gateway.authorize(self.request, self.operation, self.path_params)
        except ServiceError as error:
            self._log_rejection(error.code)
            await self.exchange.send_response(error_response(error))
            return
        fault = self.gateway.faults.pick(self.operation.name)
        if fault is None:
            await self.exchange.send_response(self._execute(self.request, key))
        else:
            await self._respond_with_fault(fault, key)

    async def _respond_with_fault(self, fault: Fault, key: Key) -> None:
        """Execute the operation if the fault permits it, and send the response with the fault applied."""
        if fault.action is FaultAction.STALL:
            await asyncio.sleep(fault.seconds)
        if fault.acts:
            done = self._execute(shift_request(fault, self.request), key)
            done = replace_order_id(fault, self.gateway.account, self.request.body, done)
        else:
            done = RawResponse(content=b"{}")
            self._log_rejection(f"fault {fault.action}")
        if fault.action is FaultAction.STALL_AFTER:
            in_force = self.gateway.faults
            await self.exchange.wait(fault.seconds, unless=lambda: self.gateway.faults is not in_force)
        await send_faulty_response(fault, self.exchange, done, self.operation.service)

    def _execute(self, request: SignedRequest, key: Key) -> RawResponse:
        """Execute the operation under the account's lock and return the response."""
        account = self.gateway.account
        with account.lock:
            account.now()
            try:
                if self.operation.needs_write_access and not key.can_write:
                    raise self.operation.service.denied(self.operation.policy or self.operation.name)
                answer = self.operation.handler(
                    Call(
                        account=account,
                        parameters=RequestParameters.of_request(request),
                        path_params=self.path_params,
                        headers=request.headers,
                        auth_state=self.gateway.auth_state,
                        key=key,
                    )
                )
            except InvalidParameterError as error:
                self._log_rejection(error.code)
                return error_response(self.operation.service.invalid(error))
            except ServiceError as error:
                self._log_rejection(error.code)
                return error_response(error)
        if isinstance(answer, RawResponse):
            return answer
        headers = {"x-ratelimit-limit": str(self.operation.per_second)} if account.behavior.states_rate_limit else {}
        if answer is None:
            return RawResponse(content=b"", status=204, headers=headers)
        return RawResponse(content=to_json(answer), headers=headers)

    def _log_rejection(self, code: str) -> None:
        """Log an unsubscribe request that was not executed."""
        if self.operation.is_logged:
            account, ids = self.gateway.account, _requested_ids(self.request.body)
            account.log_request(UnsubscribeRequest(moment=account.moment, resource_ids=ids, error_code=code))


def _requested_ids(body: bytes) -> tuple[str, ...]:
    """Return the ids in an unsubscribe request, or an empty tuple for an invalid body."""
    try:
        ids = json.loads(body)["resource_ids"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(map(str, ids)) if isinstance(ids, list) else ()


def _organization_denied(action: str) -> ServiceError:
    reason = "with an explicit deny in the service control policy"
    return ServiceError("CBC.0151", f"User: x is not authorized to perform: {action} on resource: * {reason}.", 403)
