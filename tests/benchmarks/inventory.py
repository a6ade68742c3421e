"""What the services know: calls and time for selected resources and for all, pauses of the loop, and memory.

The sandbox is a process of its own, so that only the client's own work delays the event loop here.
"""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx

from tests.benchmarks import budgets
from tests.benchmarks.fetch import TICK_SECONDS
from tests.benchmarks.measured_programs import read_first_line
from tests.benchmarks.report import Measure, Report, percentile
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.domain.inventory.inventory import Inventory, place_of
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.catalog import gc_paused
from unsub_tui.engine.inventory.list_jobs import InventoryProgress
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.engine.inventory.sweep import sweep
from unsub_tui.present.filter_facts import ResourceFacts

PLACES = 5
LATENCY_MS = 80
TLS = ssl.create_default_context()
"""Not used on loopback, but a transport that has none loads the certificates for itself."""
OURS, NAIVE = "the reader", "one read for each resource"
SELECTED = {
    ResourceKind.SERVER: 40,
    ResourceKind.DISK: 30,
    ResourceKind.EIP: 15,
    ResourceKind.DATABASE: 10,
    ResourceKind.VAULT: 5,
}
"""Number of selected resources by kind, as far as the projects have them."""


class CountingTransport(httpx.AsyncBaseTransport):
    """Leads to the port of a service, and counts the calls by path."""

    def __init__(self, url: str, calls: Counter[str]) -> None:
        self._url = httpx.URL(url)
        self._calls = calls
        self._inner = httpx.AsyncHTTPTransport(verify=TLS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the service."""
        self._calls[request.url.path] += 1
        request.url = request.url.copy_with(port=self._url.port)  # the signature is of the host in the headers
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@dataclass(slots=True)
class ServedAccount:
    """An account of a sandbox, and its resources in the projects with the most of them."""

    connection: Connection
    calls: Counter[str]
    catalog: Catalog = field(default_factory=Catalog)
    resources: list[Resource] = field(default_factory=list)

    async def list_resources(self) -> None:
        """List the account."""
        async with self.connection.read_client() as client:
            async for page in client.resource_pages():
                self.catalog.add_page(page.rows)
        gc.collect()
        gc.freeze()  # as the engine does after a listing
        rows = [each for each in self.catalog.resources if each.project_id and each.status == Status.IN_USE]
        places = {place for place, _ in Counter(map(place_of, rows)).most_common(PLACES)}
        self.resources = [each for each in rows if place_of(each) in places]

    def selected(self) -> list[Resource]:
        """Return a hundred resources of all kinds."""
        by_kind: dict[ResourceKind, list[Resource]] = {}
        for each in self.resources:
            by_kind.setdefault(kind_of(each), []).append(each)
        return [each for kind, count in SELECTED.items() for each in by_kind.get(kind, [])[:count]]

    def new_inventory(self) -> Inventory:
        """Return an inventory without any list."""
        return Inventory(self.catalog, now=datetime.now(UTC))

    async def steps(
        self, read: Callable[..., AsyncIterator[InventoryProgress]], resources: Sequence[Resource]
    ) -> AsyncIterator[InventoryProgress]:
        """Yield what a reader of the engine yields."""
        async with self.connection.inventory_clients() as clients:
            clients.session.share_texts_of(self.catalog)  # as the engine does
            async for each in read(clients, resources):
                yield each


@contextmanager
def served_account(count: int) -> Iterator[ServedAccount]:
    """Serve an account in a process of its own, with a delay of each answer."""
    options = ["--resources", str(count), "--latency", str(LATENCY_MS)]
    command = [sys.executable, "-m", "unsub_tui", "sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            told = json.loads(read_first_line(server))
            keys = AccessKey(
                access_key=told["access_key"],
                secret_key=Secret(told["secret_key"]),
                domain_id=told["domain_id"],
                source="a benchmark",
            )
            calls: Counter[str] = Counter()
            connection = Connection(
                site="intl",
                endpoint=told["endpoint"],
                credential_provider=CredentialProvider.static(keys),
                service_transports={
                    key: partial(CountingTransport, url, calls) for key, url in told["services"].items()
                },
            )
            account = ServedAccount(connection, calls)
            asyncio.run(account.list_resources())
            yield account
        finally:
            server.kill()


def timed(work: Callable[[], Awaitable[None]]) -> float:
    """Return the milliseconds of some work."""

    async def run() -> float:
        began = time.perf_counter()
        await work()
        return (time.perf_counter() - began) * 1000

    return asyncio.run(run())


def report_selected(report: Report) -> None:
    """Report calls and time for a hundred selected resources, with the limits of calls that the program keeps."""
    with report.table(budgets.INVENTORY_OF_SELECTED), served_account(3000) as account:
        selected, counts = account.selected(), dict[str, int]()

        async def read_all(name: str, parts: Sequence[Sequence[Resource]]) -> None:
            account.calls.clear()

            async def read(part: Sequence[Resource]) -> None:
                async for _ in account.steps(read_selected, part):
                    pass

            await asyncio.gather(*map(read, parts))
            counts[name] = account.calls.total()

        report.add("selected resources", len(selected), "items")
        alone = [[each] for each in selected]
        measures = {
            NAIVE: Measure(lambda: timed(lambda: read_all(NAIVE, alone))),
            OURS: Measure(lambda: timed(lambda: read_all(OURS, [selected])), NAIVE),
        }
        report.compare(measures, 2)
        for name, count in counts.items():
            report.add(f"{name}: calls", count, "calls", ratio=count / counts[NAIVE], reference=f"{NAIVE}: calls")


async def sweep_with_ticks(account: ServedAccount, inventory: Inventory) -> list[float]:
    """Read all lists, and return how long, in milliseconds of processor time, the event loop works between two ticks.

    Other processes of the machine do not count.
    """
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(TICK_SECONDS)
            late.append((time.thread_time() - began) * 1000)

    task = asyncio.ensure_future(tick())
    async with gc_paused():  # as the engine does
        async for step in account.steps(sweep, account.resources):
            inventory.replace_place(step.lists)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return late


def report_sweep(report: Report) -> None:
    """Report calls, time, pauses and memory for all lists of an account of about 10,000 resources."""
    with report.table(budgets.INVENTORY_OF_ALL), served_account(13_000) as account:
        report.add("resources in their projects", len(account.resources), "items")
        late: list[float] = []

        async def read_lists() -> None:
            nonlocal late
            account.calls.clear()
            late = await sweep_with_ticks(account, account.new_inventory())

        report.add("time", timed(read_lists) / 1000, "s")
        report.add("calls", account.calls.total(), "calls")
        report.add("pauses of the event loop, p99", percentile(late, 0.99), "ms")
        report.add("pauses of the event loop, worst", max(late), "ms")
        report_filter(report, account)
        report_memory(report, account)


def report_filter(report: Report, account: ServedAccount) -> None:
    """Report the pauses while the list reads the backups of all rows for a filter, as the app does, step by step."""
    inventory = account.new_inventory()
    asyncio.run(sweep_with_ticks(account, inventory))
    for factor in (1, 10):
        rows = account.resources * factor
        facts = ResourceFacts(
            rows, lambda: datetime.now(UTC), {}, lambda _id: None, inventory=lambda: inventory, defers_findings=True
        )
        pauses, began = list[float](), time.thread_time()
        for _step in facts.refresh_findings(["backup"]):
            ends = time.thread_time()
            pauses.append((ends - began) * 1000)
            began = ends
        report.add(f"pauses of a filter on {len(rows):,} rows, p99", percentile(pauses, 0.99), "ms")


def report_memory(report: Report, account: ServedAccount) -> None:
    """Report what the lists, and the findings that were asked for, hold in memory for each resource."""
    gc.collect()
    tracemalloc.start()
    try:
        inventory = account.new_inventory()
        asyncio.run(sweep_with_ticks(account, inventory))
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
        report.add("memory of the lists, per resource", held / len(account.resources), "B")
        for each in {place_of(each): each for each in account.resources}.values():
            inventory.findings_of(each)  # makes the indexes of its project
        gc.collect()
        indexed = tracemalloc.get_traced_memory()[0]
        report.add("memory of their indexes, per resource", (indexed - held) / len(account.resources), "B")
        for each in account.resources:
            inventory.findings_of(each)
        gc.collect()
        more = tracemalloc.get_traced_memory()[0] - indexed
        report.add("memory of the findings of a row that was shown", more / len(account.resources), "B")
    finally:
        tracemalloc.stop()


def run(report: Report) -> None:
    """Report everything."""
    report_selected(report)
    report_sweep(report)
