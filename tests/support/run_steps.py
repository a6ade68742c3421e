"""The steps of a run, reported from outside of the engine: before and after each commit and each exchange of HTTP.

The lock and the store are wrapped where they are used by the run's own process, and the transport of its connection.
A test can look, change something, raise an error or end the process at any of them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Self

import httpx

from unsub_tui.api.transport import TransportFactory
from unsub_tui.engine.run import prechecks, submit
from unsub_tui.engine.run.context import RunConfig, RunContext
from unsub_tui.engine.run.prechecks import PrecheckResult
from unsub_tui.journal.codec import RunDocument
from unsub_tui.journal.events import UnitEntry
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.store import Journal

OnStep = Callable[[str], None]

CHANGES = ("/unsubscribe", "/to-on-demand", "/autorenew/")
"""Parts of the paths of requests that change something; all others read."""

READS = {"customer-orders": "orders", "refund-orders": "refund rows", "res-fee-records": "bill rows"}
"""What is read, by the last part of the path."""

_in_precheck: ContextVar[bool] = ContextVar("in_precheck", default=False)
"""Whether a resource is read to be compared with what was confirmed, just before its request."""

_listeners: dict[Path, OnStep] = {}
"""Who is told of the steps of the run whose record is in a directory."""


def report_steps(config: RunConfig, on_step: OnStep) -> RunConfig:
    """Return the settings of a run that tells its steps, in its own thread."""
    _listeners[config.state_dir] = on_step

    def reported(factory: TransportFactory) -> TransportFactory:
        return lambda: _StepTransport(factory(), on_step)

    connection = replace(
        config.connection,
        transport_factory=reported(config.connection.transport_factory or httpx.AsyncHTTPTransport),
        service_transports={key: reported(each) for key, each in config.connection.service_transports.items()},
    )
    return replace(config, connection=connection)


def _report(path: Path, step: str) -> None:
    """Tell a step of the run whose lock or record this is."""
    on_step = _listeners.get(path.parent.parent)
    if on_step is not None:
        on_step(step)


def _wrap_store() -> None:
    """Let the lock and the store report what they do."""
    acquire, open_journal = AccountLock.acquire, Journal.open
    start_run, record_unit = Journal.start_run, Journal.record_unit

    def reported_acquire(path: Path, now: datetime, run_id: str = "", shared: Path | None = None) -> AccountLock:
        lock = acquire(path, now, run_id, shared)
        _report(path, "lock taken")
        return lock

    def reported_open(path: Path, *, cache_dir: Path | None = None) -> Journal:
        journal = open_journal(path, cache_dir=cache_dir)
        _report(path, "record opened")
        return journal

    def reported_start(self: Journal, document: RunDocument) -> list[UnitState]:
        units = start_run(self, document)
        _report(self._path, "run recorded")
        return units

    def reported_record(self: Journal, unit: UnitState, entry: UnitEntry, at: datetime) -> UnitState:
        _report(self._path, f"commit {entry.state} begins")
        changed = record_unit(self, unit, entry, at)
        _report(self._path, f"commit {entry.state} done")
        return changed

    for owner, name, reported in (
        (AccountLock, "acquire", reported_acquire),
        (Journal, "open", reported_open),
    ):
        setattr(owner, name, staticmethod(reported))
    for name, method in (("start_run", reported_start), ("record_unit", reported_record)):
        setattr(Journal, name, method)


_wrap_store()


def _wrap_precheck() -> None:
    """Let the reads of a precheck be told apart from those that look for an outcome."""

    async def marked_revalidate(context: RunContext, unit: UnitState) -> PrecheckResult:
        _in_precheck.set(True)  # in the task of this precheck only
        return await prechecks.revalidate(context, unit)

    vars(submit)["revalidate"] = marked_revalidate


_wrap_precheck()


class _StepTransport(httpx.AsyncBaseTransport):
    """Tells the beginning of each request and the end of its answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport, on_step: OnStep) -> None:
        self._inner = inner
        self._on_step = on_step

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        name = _request_name(request, await request.aread())
        self._on_step(f"{name} begins")
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException:
            self._on_step(f"{name} done")
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _StepStream(response.stream, lambda: self._on_step(f"{name} done"))
        return response

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def aclose(self) -> None:
        """Close what is below."""
        await self._inner.aclose()


class _StepStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, on_end: Callable[[], None]) -> None:
        self._inner = inner
        self._on_end = on_end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
        self._on_end()


def _request_name(request: httpx.Request, body: bytes) -> str:
    """Return the name of a request: the only request of a unit, or what it reads."""
    path = request.url.path
    if any(part in path for part in CHANGES):
        return "request"
    if not path.endswith("/resources/query"):
        kind = "order" if "/details/" in path else path.rpartition("/")[2]
        return f"read {READS.get(kind, kind)}"
    asked = json.loads(body)
    if "order_id" in asked:
        return "read purchase" if "only_main_resource" in asked else "read order's resources"
    if "resource_ids" not in asked:
        return "read listing"
    return "read fresh" if _in_precheck.get() else "read resource"
