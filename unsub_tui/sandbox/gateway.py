"""The gateway before the service: who calls, how often, and which fault hits the call.

A call goes: latency, signature, flow control, fault, permission, the operation under the ledger's lock, the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from unsub_tui.sandbox.attempts import Attempt, asked
from unsub_tui.sandbox.calls import Answer, Call, Operation, Payload
from unsub_tui.sandbox.faults import Action, Fault, FaultError, Faults
from unsub_tui.sandbox.ledger import Ledger
from unsub_tui.sandbox.mischief import misanswer, moved
from unsub_tui.sandbox.operations import OPERATIONS
from unsub_tui.sandbox.parameters import Parameters
from unsub_tui.sandbox.rates import RateLimits
from unsub_tui.sandbox.realm import Realm
from unsub_tui.sandbox.refusals import Refusal
from unsub_tui.sandbox.signature import SignedRequest, authenticate
from unsub_tui.sandbox.tenancy import Key
from unsub_tui.sandbox.wire import Exchange, to_json
from unsub_tui.sandbox.wrong_orders import with_wrong_order

_NOT_FOUND = Refusal("APIGW.0101", "API not exist or not published", 404)


@dataclass(slots=True, kw_only=True)
class Gateway:
    """What every endpoint shares. `faults` and `rates` may be replaced while it serves."""

    ledger: Ledger
    realm: Realm
    domain_id: str
    faults: Faults
    rates: RateLimits
    latency_seconds: float
    refuses_site_with: str = ""
    """The code with which every operation tells that the account belongs to another site; empty where it does not."""

    def admit(self, request: SignedRequest, operation: Operation) -> Key:
        """Find whose request it is, and whether it is not one too many."""
        if operation.is_open:
            key = NOBODY
        elif "x-auth-token" in request.headers:
            key = self.realm.by_token(request.headers["x-auth-token"])
        else:
            key = authenticate(request, self.realm.keys, datetime.now(UTC))
            self.realm.check_lasting(key, request.headers.get("x-security-token", ""))
        if request.headers.get("x-domain-id", self.domain_id) != self.domain_id:
            raise Refusal("CBC.0155", "This request is not allowed: the keys are of another account.", 403)
        self.rates.admit(key.access, operation.name, operation.per_second)
        if self.refuses_site_with and operation.path.startswith("/v2/"):
            message = "The customer does not belong to the website that you are now using."
            raise Refusal(self.refuses_site_with, message, 403)
        if operation.name in self.realm.denied:
            raise _no_permission(operation)
        return key


def check_operations(faults: Faults) -> None:
    """Refuse rules about operations that do not exist: they would never hit."""
    known = {"*", *(operation.name for operation in OPERATIONS)}
    for rule in faults.rules:
        if rule.operation not in known:
            raise FaultError(f"unknown operation {rule.operation!r} in a fault rule: {', '.join(sorted(known))}")


def build_app(gateway: Gateway) -> Starlette:
    """Route every operation; what has no route does not exist."""
    routes = [
        Route(operation.path, _Endpoint(gateway, operation), methods=[operation.method]) for operation in OPERATIONS
    ]
    return Starlette(routes=[*routes, Route("/{path:path}", _Nowhere())])


class _Nowhere:
    """Stands behind every path that the vendor does not have."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the gateway does."""
        await _refuse(Exchange(scope, receive, send), _NOT_FOUND)


class _Endpoint:
    """One operation behind the gateway."""

    def __init__(self, gateway: Gateway, operation: Operation) -> None:
        self._gateway = gateway
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        request = await exchange.request()
        if self._gateway.latency_seconds:
            await asyncio.sleep(self._gateway.latency_seconds)
        try:
            key = self._gateway.admit(request, self._operation)
        except Refusal as refusal:
            self._note_refusal(request, "", refusal.code)
            await _refuse(exchange, refusal)
            return
        work = _Work(self._gateway, self._operation, request, key, scope["path_params"])
        fault = self._gateway.faults.pick(self._operation.name)
        if fault is None:
            done = work.do()
            zips = self._gateway.ledger.behaviour.gzip
            await (exchange.zipped_answer if zips else exchange.answer)(done.status, done.content, done.headers)
        else:
            await self._misbehave(fault, work, exchange)

    async def _misbehave(self, fault: Fault, work: _Work, exchange: Exchange) -> None:
        """Act if the fault lets it, and answer as the fault says."""
        if fault.action is Action.STALL:
            await asyncio.sleep(fault.seconds)
        if fault.acts:
            work = replace(work, request=moved(fault, work.request))
            done = with_wrong_order(fault, self._gateway.ledger, work.request.body, work.do())
        else:
            done = Answer(content=b"{}")
            self._note_refusal(work.request, work.key.access, f"fault {fault.action}")
        if fault.action is Action.STALL_AFTER:
            in_force = self._gateway.faults
            await exchange.pause(fault.seconds, unless=lambda: self._gateway.faults is not in_force)
        await misanswer(fault, exchange, done)

    def _note_refusal(self, request: SignedRequest, access_key: str, code: str) -> None:
        if self._operation.counts:
            self._gateway.ledger.note(_attempt(self._gateway.ledger, request, access_key, error_code=code))


@dataclass(frozen=True, slots=True)
class _Work:
    """An admitted request that is still to be carried out."""

    gateway: Gateway
    operation: Operation
    request: SignedRequest
    key: Key
    path: Mapping[str, str]

    def do(self) -> Answer:
        """Carry the operation out under the ledger's lock, and keep what came of it."""
        ledger = self.gateway.ledger
        with ledger.lock:
            ledger.now()
            try:
                payload = self.operation.act(self._call())
            except Refusal as refusal:
                self._note({}, refusal.code)
                return Answer(content=_refusal_body(refusal), status=refusal.status)
            if isinstance(payload, Answer):
                return payload
            self._note(payload or {}, None)
        return Answer(content=b"", status=204) if payload is None else Answer(content=to_json(payload))

    def _call(self) -> Call:
        request = self.request
        if self.operation.writes and not self.key.may_write:
            raise _no_permission(self.operation)
        by_query = request.method in ("GET", "PUT")
        return Call(
            ledger=self.gateway.ledger,
            parameters=Parameters.of_query(request.query) if by_query else Parameters.of_body(request.body),
            path=self.path,
            headers=request.headers,
            domain_id=self.gateway.domain_id,
            realm=self.gateway.realm,
        )

    def _note(self, payload: Payload, error_code: str | None) -> None:
        if self.operation.counts:
            ledger = self.gateway.ledger
            attempt = _attempt(ledger, self.request, self.key.access, error_code=error_code, payload=payload)
            ledger.note(attempt)


def _attempt(
    ledger: Ledger,
    request: SignedRequest,
    access_key: str,
    *,
    error_code: str | None,
    payload: Payload | None = None,
) -> Attempt:
    """Describe an unsubscribe request and what came of it."""
    ids, unsubscribe_type = asked(request.body)
    infos = (payload or {}).get("fail_resource_infos", [])
    orders = (payload or {}).get("order_ids", [])
    failures = {info["resource_id"]: info["error_code"] for info in infos} if isinstance(infos, list) else {}
    done = tuple(one for one in dict.fromkeys(ids) if one not in failures)
    return Attempt(
        received=ledger.clock.moment(),
        resource_ids=ids,
        unsubscribe_type=unsubscribe_type,
        access_key=access_key,
        executed=() if error_code else done,
        order_ids=tuple(orders) if isinstance(orders, list) else (),
        failures=failures,
        error_code=error_code,
    )


async def _refuse(exchange: Exchange, refusal: Refusal) -> None:
    await exchange.answer(refusal.status, _refusal_body(refusal))


def _refusal_body(refusal: Refusal) -> bytes:
    return to_json({"error_code": refusal.code, "error_msg": refusal.message})


def _no_permission(operation: Operation) -> Refusal:
    message = "Access denied. The customer does not have the permission to perform this operation"
    named = f", the correct permission code is {operation.policy}" if operation.policy else ""
    return Refusal("CBC.0151", message + named, 403)


NOBODY = Key("", "", may_write=False)
"""Who asks for credentials: everybody may."""
