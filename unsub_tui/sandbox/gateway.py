"""API gateway of the sandbox: authentication, rate limits, faults and dispatch to operations.

Order of steps: latency, signature, rate limit, denied operations, fault, write permission, operation under the lock.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import AsgiExchange, RawResponse, error_response, to_json
from unsub_tui.sandbox.auth_state import AuthState, Key
from unsub_tui.sandbox.calls import Call, Operation
from unsub_tui.sandbox.fault_effects import replace_order_id, send_faulty_response, shift_request
from unsub_tui.sandbox.faults import Fault, FaultAction, Faults
from unsub_tui.sandbox.operations import OPERATIONS
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError, rate_limited
from unsub_tui.sandbox.signature import SignedRequest, authenticate
from unsub_tui.sandbox.state_file import UnsubscribeRequest

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
    """State shared by all endpoints. `faults` may be replaced while it serves requests."""

    account: AccountState
    auth_state: AuthState
    faults: Faults
    rate_limits: RateLimits
    latency_seconds: float
    wrong_site_code: str = ""
    """Error code for all /v2/ operations, as if the account belonged to another site; empty to disable."""
    app: Starlette = field(init=False)
    """ASGI application with a route per operation; other paths return APIGW.0101."""

    def __post_init__(self) -> None:
        """Build the routes."""
        routes = [Route(each.path, _Endpoint(self, each), methods=[each.method]) for each in OPERATIONS]
        self.app = Starlette(routes=[*routes, Route("/{path:path}", _NotFoundEndpoint())])

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
            raise _permission_denied(operation)
        return key


class _NotFoundEndpoint:
    """ASGI endpoint for all unknown paths; Starlette takes only an object, not a function, for such an endpoint."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the gateway's error for an unpublished API."""
        error = ServiceError("APIGW.0101", "API not exist or not published", 404)
        await AsgiExchange(scope, receive, send).send_response(error_response(error))


class _Endpoint:
    """ASGI endpoint of an operation."""

    def __init__(self, gateway: Gateway, operation: Operation) -> None:
        self._gateway = gateway
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        exchange = AsgiExchange(scope, receive, send)
        request = await exchange.read_request()
        if self._gateway.latency_seconds:
            await asyncio.sleep(self._gateway.latency_seconds)
        try:
            key = self._gateway.authorize(request, self._operation)
        except ServiceError as error:
            self._log_rejection(request, error.code)
            await exchange.send_response(error_response(error))
            return
        path_params: Mapping[str, str] = scope["path_params"]
        fault = self._gateway.faults.pick(self._operation.name)
        if fault is not None:
            await self._respond_with_fault(fault, exchange, request, key, path_params)
        else:
            await exchange.send_response(self._execute(request, key, path_params))

    async def _respond_with_fault(
        self, fault: Fault, exchange: AsgiExchange, request: SignedRequest, key: Key, path_params: Mapping[str, str]
    ) -> None:
        """Execute the operation if the fault permits it, and send the response with the fault applied."""
        gateway = self._gateway
        if fault.action is FaultAction.STALL:
            await asyncio.sleep(fault.seconds)
        if fault.acts:
            request = shift_request(fault, request)
            done = replace_order_id(fault, gateway.account, request.body, self._execute(request, key, path_params))
        else:
            done = RawResponse(content=b"{}")
            self._log_rejection(request, f"fault {fault.action}")
        if fault.action is FaultAction.STALL_AFTER:
            in_force = gateway.faults
            await exchange.wait(fault.seconds, unless=lambda: gateway.faults is not in_force)
        await send_faulty_response(fault, exchange, done)

    def _execute(self, request: SignedRequest, key: Key, path_params: Mapping[str, str]) -> RawResponse:
        """Execute the operation under the account's lock, log the request and return the response."""
        account, operation = self._gateway.account, self._operation
        with account.lock:
            account.now()
            try:
                if operation.needs_write_access and not key.can_write:
                    raise _permission_denied(operation)
                answer = operation.handler(
                    Call(
                        account=account,
                        parameters=RequestParameters.of_request(request),
                        path_params=path_params,
                        headers=request.headers,
                        auth_state=self._gateway.auth_state,
                    )
                )
            except ServiceError as error:
                self._log_rejection(request, error.code)
                return error_response(error)
        if isinstance(answer, RawResponse):
            return answer
        return RawResponse(content=b"", status=204) if answer is None else RawResponse(content=to_json(answer))

    def _log_rejection(self, request: SignedRequest, code: str) -> None:
        """Log an unsubscribe request that was not executed."""
        if self._operation.is_logged:
            account = self._gateway.account
            ids = _requested_ids(request.body)
            account.log_request(UnsubscribeRequest(moment=account.moment, resource_ids=ids, error_code=code))


def _requested_ids(body: bytes) -> tuple[str, ...]:
    """Return the ids in an unsubscribe request, or an empty tuple for an invalid body."""
    try:
        ids = json.loads(body)["resource_ids"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(map(str, ids)) if isinstance(ids, list) else ()


def _permission_denied(operation: Operation) -> ServiceError:
    message = "Access denied. The customer does not have the permission to perform this operation"
    named = f", the correct permission code is {operation.policy}" if operation.policy else ""
    return ServiceError("CBC.0151", message + named, 403)
