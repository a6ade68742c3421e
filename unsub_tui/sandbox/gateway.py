"""API gateway of the sandbox: authentication, rate limits, faults and dispatch to operations.

Order of steps: latency, signature, rate limit, denied operations, fault, write permission, operation under the lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from unsub_tui.sandbox.account_fixtures import Key
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import AsgiExchange, to_json
from unsub_tui.sandbox.auth_state import AuthState
from unsub_tui.sandbox.calls import Call, Operation, Payload, RawResponse
from unsub_tui.sandbox.fault_effects import send_faulty_response, shift_request
from unsub_tui.sandbox.faults import Fault, FaultAction, FaultError, Faults
from unsub_tui.sandbox.operations import OPERATIONS
from unsub_tui.sandbox.rate_limits import RateLimits
from unsub_tui.sandbox.request_log import RequestLogEntry, parse_unsubscribe_body
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError
from unsub_tui.sandbox.signature import SignedRequest, authenticate
from unsub_tui.sandbox.wrong_orders import replace_order_id

_NOT_FOUND = ServiceError("APIGW.0101", "API not exist or not published", 404)


@dataclass(slots=True, kw_only=True)
class Gateway:
    """State shared by all endpoints. `faults` and `rate_limits` may be replaced while it serves requests."""

    account: AccountState
    auth_state: AuthState
    domain_id: str
    faults: Faults
    rate_limits: RateLimits
    latency_seconds: float
    wrong_site_code: str = ""
    """Error code for all /v2/ operations, as if the account belonged to another site; empty to disable."""

    def authorize(self, request: SignedRequest, operation: Operation) -> Key:
        """Return the key of the caller. Raise ServiceError if authentication, rate limit or permission fails."""
        if operation.is_unauthenticated:
            key = ANONYMOUS_KEY
        elif "x-auth-token" in request.headers:
            key = self.auth_state.key_for_token(request.headers["x-auth-token"])
        else:
            key = authenticate(request, self.auth_state.keys, datetime.now(UTC))
            self.auth_state.check_not_expired(key, request.headers.get("x-security-token", ""))
        if request.headers.get("x-domain-id", self.domain_id) != self.domain_id:
            raise ServiceError("CBC.0155", "This request is not allowed: the keys are of another account.", 403)
        self.rate_limits.admit(key.access, operation.name, operation.per_second)
        if self.wrong_site_code and operation.path.startswith("/v2/"):
            message = "The customer does not belong to the website that you are now using."
            raise ServiceError(self.wrong_site_code, message, 403)
        if operation.name in self.auth_state.denied_operations:
            raise _permission_denied(operation)
        return key


def check_operations(faults: Faults) -> None:
    """Raise FaultError for a rule with an unknown operation, which would never match."""
    known = {"*", *(operation.name for operation in OPERATIONS)}
    for rule in faults.rules:
        if rule.operation not in known:
            raise FaultError(
                f"unknown operation {rule.operation!r} in a fault rule; known operations: {', '.join(sorted(known))}"
            )


def build_app(gateway: Gateway) -> Starlette:
    """Return the ASGI application with a route per operation; other paths return APIGW.0101."""
    routes = [
        Route(operation.path, _Endpoint(gateway, operation), methods=[operation.method]) for operation in OPERATIONS
    ]
    return Starlette(routes=[*routes, Route("/{path:path}", _NotFoundEndpoint())])


class _NotFoundEndpoint:
    """ASGI endpoint for all unknown paths."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the gateway's error for an unpublished API."""
        await _send_error(AsgiExchange(scope, receive, send), _NOT_FOUND)


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
        except ServiceError as refusal:
            self._log_rejection(request, "", refusal.code)
            await _send_error(exchange, refusal)
            return
        run = _OperationRun(self._gateway, self._operation, request, key, scope["path_params"])
        fault = self._gateway.faults.pick(self._operation.name)
        if fault is None:
            done = run.execute()
            zips = self._gateway.account.behavior.gzip
            await (exchange.send_gzipped if zips else exchange.send_response)(done.status, done.content, done.headers)
        else:
            await self._respond_with_fault(fault, run, exchange)

    async def _respond_with_fault(self, fault: Fault, run: _OperationRun, exchange: AsgiExchange) -> None:
        """Execute the operation if the fault permits it, and send the response with the fault applied."""
        if fault.action is FaultAction.STALL:
            await asyncio.sleep(fault.seconds)
        if fault.acts:
            run = replace(run, request=shift_request(fault, run.request))
            done = replace_order_id(fault, self._gateway.account, run.request.body, run.execute())
        else:
            done = RawResponse(content=b"{}")
            self._log_rejection(run.request, run.key.access, f"fault {fault.action}")
        if fault.action is FaultAction.STALL_AFTER:
            in_force = self._gateway.faults
            await exchange.wait(fault.seconds, unless=lambda: self._gateway.faults is not in_force)
        await send_faulty_response(fault, exchange, done)

    def _log_rejection(self, request: SignedRequest, access_key: str, code: str) -> None:
        if self._operation.is_logged:
            self._gateway.account.log_request(_log_entry(self._gateway.account, request, access_key, error_code=code))


@dataclass(frozen=True, slots=True)
class _OperationRun:
    """An authorized request that is ready to execute."""

    gateway: Gateway
    operation: Operation
    request: SignedRequest
    key: Key
    path_params: Mapping[str, str]

    def execute(self) -> RawResponse:
        """Execute the operation under the account's lock, log the request and return the response."""
        ledger = self.gateway.account
        with ledger.lock:
            ledger.now()
            try:
                payload = self.operation.handler(self._call())
            except ServiceError as refusal:
                self._log_request({}, refusal.code)
                return RawResponse(content=_error_body(refusal), status=refusal.status)
            if isinstance(payload, RawResponse):
                return payload
            self._log_request(payload or {}, None)
        return RawResponse(content=b"", status=204) if payload is None else RawResponse(content=to_json(payload))

    def _call(self) -> Call:
        request = self.request
        if self.operation.needs_write_access and not self.key.can_write:
            raise _permission_denied(self.operation)
        by_query = request.method in ("GET", "PUT")
        return Call(
            account=self.gateway.account,
            parameters=RequestParameters.from_query(request.query)
            if by_query
            else RequestParameters.from_body(request.body),
            path_params=self.path_params,
            headers=request.headers,
            domain_id=self.gateway.domain_id,
            auth_state=self.gateway.auth_state,
        )

    def _log_request(self, payload: Payload, error_code: str | None) -> None:
        if self.operation.is_logged:
            ledger = self.gateway.account
            attempt = _log_entry(ledger, self.request, self.key.access, error_code=error_code, payload=payload)
            ledger.log_request(attempt)


def _log_entry(
    account: AccountState,
    request: SignedRequest,
    access_key: str,
    *,
    error_code: str | None,
    payload: Payload | None = None,
) -> RequestLogEntry:
    """Return the log entry for an unsubscribe request and its result."""
    ids, unsubscribe_type = parse_unsubscribe_body(request.body)
    infos = (payload or {}).get("fail_resource_infos", [])
    orders = (payload or {}).get("order_ids", [])
    failures = {info["resource_id"]: info["error_code"] for info in infos} if isinstance(infos, list) else {}
    done = tuple(one for one in dict.fromkeys(ids) if one not in failures)
    return RequestLogEntry(
        received=account.clock.now_utc(),
        resource_ids=ids,
        unsubscribe_type=unsubscribe_type,
        access_key=access_key,
        executed=() if error_code else done,
        order_ids=tuple(orders) if isinstance(orders, list) else (),
        failures=failures,
        error_code=error_code,
    )


async def _send_error(exchange: AsgiExchange, refusal: ServiceError) -> None:
    await exchange.send_response(refusal.status, _error_body(refusal))


def _error_body(refusal: ServiceError) -> bytes:
    return to_json({"error_code": refusal.code, "error_msg": refusal.message})


def _permission_denied(operation: Operation) -> ServiceError:
    message = "Access denied. The customer does not have the permission to perform this operation"
    named = f", the correct permission code is {operation.policy}" if operation.policy else ""
    return ServiceError("CBC.0151", message + named, 403)


ANONYMOUS_KEY = Key("", "", can_write=False)
"""Key of callers of unauthenticated operations, which anyone may call."""
