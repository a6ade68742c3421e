"""API gateway of the sandbox: authentication, rate limits, faults and dispatch to operations.

Order of steps: latency, signature, rate limit, denied operations, fault, write permission, operation under the lock.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import AsgiApp, AsgiExchange, RawResponse, Receive, Scope, Send, error_response, to_json
from unsub_tui.sandbox.auth_state import AuthState, Key
from unsub_tui.sandbox.calls import Call, Operation
from unsub_tui.sandbox.fault_effects import replace_order_id, send_faulty_response, shift_request
from unsub_tui.sandbox.faults import Fault, FaultAction, Faults
from unsub_tui.sandbox.operations import OPERATIONS
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError, rate_limited
from unsub_tui.sandbox.signature import SignedRequest, authenticate
from unsub_tui.sandbox.state_file import UnsubscribeRequest

_ROUTES = [(each, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(each.path)))) for each in OPERATIONS]
"""Operations with the patterns of their paths, in which a parameter is one segment."""

_ANONYMOUS_KEY = Key("", "", can_write=False)
"""Key of callers of unauthenticated operations."""


class RateLimits:
    """Limits of requests per second for each key and operation, by the real clock. Rejected requests do not count."""

    def __init__(self, scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.scale = scale
        """Factor for the documented limits; 0 disables the limits."""
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], deque[float]] = {}

    def admit(self, access_key: str, operation: str, per_second: int) -> None:
        """Count a request, or raise ServiceError (APIG.0308) if the limit is reached."""
        if self.scale <= 0:
            return
        limit = max(1, int(per_second * self.scale))
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault((access_key, operation), deque())
            while seen and seen[0] <= now - 1:
                seen.popleft()
            if len(seen) >= limit:
                raise rate_limited(limit)
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
    app: AsgiApp = field(init=False)
    """ASGI application that dispatches calls to operations."""

    def __post_init__(self) -> None:
        """Set the application, which tests may wrap."""
        self.app = self._dispatch

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = AsgiExchange(scope, receive, send)
        request = await exchange.read_request()
        for operation, path in _ROUTES:
            match = path.fullmatch(scope["path"]) if operation.method == request.method else None
            if match is not None:
                await _Handler(self, operation, exchange, request, match.groupdict()).respond()
                return
        error = ServiceError("APIGW.0101", "API not exist or not published", 404)
        await exchange.send_response(error_response(error))

    def authorize(self, request: SignedRequest, operation: Operation) -> Key:
        """Return the key of the caller. Raise ServiceError if authentication, rate limit or permission fails."""
        if operation.is_unauthenticated:
            key = _ANONYMOUS_KEY
        elif "x-auth-token" in request.headers:
            key = self.auth_state.key_for_token(request.headers["x-auth-token"])
        else:
            key = authenticate(request, self.auth_state.keys, datetime.now(UTC))
            self.auth_state.check_not_expired(key, request.headers.get("x-security-token", ""))
        if request.headers.get("x-domain-id", DOMAIN_ID) != DOMAIN_ID:
            raise ServiceError("CBC.0155", "This request is not allowed: the keys are of another account.", 403)
        self.rate_limits.admit(key.access_key, operation.name, operation.per_second)
        if self.wrong_site_code and operation.path.startswith("/v2/"):
            message = "The customer does not belong to the website that you are now using."
            raise ServiceError(self.wrong_site_code, message, 403)
        if operation.name in self.auth_state.denied_operations:
            by_organization = self.auth_state.is_denied_by_organization
            raise _organization_denied(operation) if by_organization else _permission_denied(operation)
        return key


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
            key = self.gateway.authorize(self.request, self.operation)
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
        await send_faulty_response(fault, self.exchange, done)

    def _execute(self, request: SignedRequest, key: Key) -> RawResponse:
        """Execute the operation under the account's lock and return the response."""
        account = self.gateway.account
        with account.lock:
            account.now()
            try:
                if self.operation.needs_write_access and not key.can_write:
                    raise _permission_denied(self.operation)
                answer = self.operation.handler(
                    Call(
                        account=account,
                        parameters=RequestParameters.of_request(request),
                        path_params=self.path_params,
                        headers=request.headers,
                        auth_state=self.gateway.auth_state,
                    )
                )
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


def _organization_denied(operation: Operation) -> ServiceError:
    action = operation.policy or operation.name
    reason = "with an explicit deny in the service control policy"
    return ServiceError("CBC.0151", f"User: x is not authorized to perform: {action} on resource: * {reason}.", 403)


def _permission_denied(operation: Operation) -> ServiceError:
    message = "Access denied. The customer does not have the permission to perform this operation"
    named = f", the correct permission code is {operation.policy}" if operation.policy else ""
    return ServiceError("CBC.0151", message + named, 403)
