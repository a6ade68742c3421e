"""A stage for runs: a sandbox, a clock that nobody has to wait for, a plan, and the run's parts."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import httpx

from tests.sizes import PATIENCE
from unsub_tui.api.connection import Connection, Credentials, Identity
from unsub_tui.api.pacing import Pacing
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.outcome import State
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.resource import Catalogue
from unsub_tui.domain.run import RunEnded, RunEvent, UnitChanged
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.planning import draft_plan
from unsub_tui.engine.quoting import quote_plan
from unsub_tui.engine.records import read_runs
from unsub_tui.engine.rulebook import rules_of
from unsub_tui.engine.runner import RunHandle, RunParts, start_run
from unsub_tui.engine.timing import Clock, Pace
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.records import Plight
from unsub_tui.sandbox.sandbox import Sandbox

YIELDS = 60
"""Turns of the loop after which everything else counts as waiting, too: answers come without any real waiting."""


class LeapingClock(Clock):
    """Leaps to the next moment for which somebody waits, and takes the sandbox's ledger along."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._passed = 0.0
        self._waiting: list[tuple[float, int]] = []
        self._turn = itertools.count()

    def now(self) -> datetime:
        """Return the ledger's moment."""
        return self._sandbox.clock.moment()

    def monotonic(self) -> float:
        """Return what was slept."""
        return self._passed

    def leap(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds
        self._sandbox.clock.advance(seconds)

    async def sleep(self, seconds: float) -> None:
        """Return when nobody has anything else to do and nobody waits for an earlier moment."""
        ticket = (self._passed + seconds, next(self._turn))
        heapq.heappush(self._waiting, ticket)
        try:
            idle = 0
            while idle < YIELDS or self._waiting[0] != ticket:
                await asyncio.sleep(0)
                idle = idle + 1 if self._waiting[0] == ticket else 0
            self.leap(max(0.0, ticket[0] - self._passed))
        finally:
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)


PACING = Pacing(first_pause=0.0, tries=2, rates={"list_resources": 1e6, "list_orders": 1e6}, default_rate=1e6)
"""Reads are not held back: the sandbox of the tests has no limits."""


@dataclass(kw_only=True)
class Stage:
    """One account on a sandbox, and a state directory."""

    sandbox: Sandbox
    state_dir: Path
    clock: LeapingClock = field(init=False)
    guards: Guards = field(default_factory=Guards)
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        """Wind the clock."""
        self.clock = LeapingClock(self.sandbox)

    @property
    def account(self) -> AccountRef:
        """Whose resources these are."""
        return AccountRef(account_id=self.sandbox.domain_id, site="intl", alias="stage")

    def connection(self, *, as_reader: bool = False) -> Connection:
        """Return the way to the sandbox, in the process."""
        sandbox = self.sandbox
        return Connection(
            site="intl",
            endpoint="http://127.0.0.1",
            identity=Identity.fixed(
                Credentials(
                    access_key=sandbox.reader_access_key if as_reader else sandbox.access_key,
                    secret_key=Secret(sandbox.reader_secret_key if as_reader else sandbox.secret_key),
                    domain_id=sandbox.domain_id,
                    source="test",
                )
            ),
            transport=lambda: httpx.ASGITransport(app=sandbox.app),
            pacing=PACING,
        )

    def parts(
        self,
        *,
        attended: bool = False,
        keep_going: bool = False,
        step: Callable[[str], None] = lambda _: None,
        connection: Connection | None = None,
    ) -> RunParts:
        """Return the parts of a run."""
        return RunParts(
            connection=connection or self.connection(),
            account=self.account,
            state_dir=self.state_dir,
            guards=self.guards,
            operator="tester@stage",
            clock=self.clock,
            pace=self.pace,
            attended=attended,
            keep_going=keep_going,
            step=step,
        )

    def ids(self, count: int, plight: Plight = Plight.PLAIN) -> list[str]:
        """Return ids of batch-eligible main resources in use, the ones with attached resources first."""
        found = [
            one
            for one in self.sandbox.ledger.estate.all()
            if one.parent is None and one.plight is plight and one.status == 2 and one.offer.service.code in BATCH
        ]
        return [one.resource_id for one in sorted(found, key=lambda one: -len(one.attached))[:count]]

    def siblings(self) -> tuple[str, str]:
        """Return two main resources of one service that were bought with one order."""
        bought: dict[tuple[int, str], list[str]] = {}
        for each in self.ids(10_000):
            resource = self.sandbox.ledger.estate.get(each)
            assert resource is not None
            bought.setdefault((resource.purchase, resource.offer.service.code), []).append(each)
        first, second, *_ = next(ids for ids in bought.values() if len(ids) > 1)
        return first, second

    async def catalogue(self) -> Catalogue:
        """List the account."""
        catalogue = Catalogue()
        async with self.connection().reader() as reader:
            async for page in reader.resources():
                assert not page.is_afresh
                catalogue.add(page.resources)
        return catalogue

    async def plan(self, ids: Sequence[str], *, sentinel: bool = True) -> Plan:
        """Plan and quote these resources."""
        now = self.clock.now()
        rules = rules_of("intl")
        plan = draft_plan(
            account=self.account,
            catalogue=await self.catalogue(),
            ids=ids,
            hidden=frozenset(),
            rules=rules,
            guards=self.guards,
            now=now,
        )
        async with self.connection().reader() as reader:
            async for progress in quote_plan(reader, plan, rules, now):
                plan = progress.plan
        return plan if sentinel else replace(plan, sentinel_id="")

    def misbehave(self, *rules: dict[str, object]) -> None:
        """Set the sandbox's faults."""
        self.sandbox.faults = parse_faults(rules)

    def executions(self, resource_id: str) -> int:
        """Return how often the sandbox really unsubscribed a resource."""
        return len(self.sandbox.ledger.executions(resource_id))

    @property
    def requests(self) -> int:
        """How many unsubscribe requests reached the sandbox."""
        return len(self.sandbox.ledger.attempts)

    def states(self) -> list[list[State]]:
        """Return the recorded states of every run, newest first."""
        return [[unit.state for unit in run.units] for run in read_runs(self.state_dir, self.account.account_id)]


BATCH = {"hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds", "hws.service.type.vpc"}


def new_stage(state_dir: Path, **options: object) -> Stage:
    """Build a sandbox and a stage around it."""
    settings = SandboxOptions(resources=200, now=datetime(2026, 3, 2, 9, tzinfo=UTC), rate_scale=0, hostile=False)
    return Stage(sandbox=build_sandbox(replace(settings, **options)), state_dir=state_dir)  # type: ignore[arg-type]


def confirmed(plan: Plan) -> Confirmation:
    """Agree to everything."""
    phrase = plan.phrase if plan.filed is None else plan.file_phrase
    return Confirmation(digest=plan.digest, phrase=phrase, acknowledged=frozenset(plan.risks))


async def until_end(handle: RunHandle) -> tuple[list[RunEvent], RunEnded]:
    """Listen to a run to its end."""
    events = [event async for event in handle.events()]
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert handle.join(PATIENCE)
    return events, ended


async def run_of(stage: Stage, plan: Plan, parts: RunParts | None = None) -> RunEnded:
    """Carry a plan out to its end."""
    _, ended = await until_end(start_run(plan, confirmed(plan), parts or stage.parts()))
    return ended


def states_told(events: Sequence[RunEvent], index: int = 0) -> list[State]:
    """Return the states through which a unit was told to go; more told of a state it is in is not one more."""
    states = [event.unit.state for event in events if isinstance(event, UnitChanged) and event.unit.index == index]
    return [state for state, _ in groupby(states)]
