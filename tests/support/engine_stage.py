"""A stage for runs: a sandbox, a clock that nobody has to wait for, a plan, and the run's parts."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from tests.support.connections import connect, with_credentials
from tests.support.effort import TIMEOUT_SECONDS
from tests.support.run_steps import OnStep, report_steps
from unsub_tui.api.client import BssClient
from unsub_tui.api.connection import Connection
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.control_groups import find_control_groups
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.plan_findings import PlanFindings
from unsub_tui.domain.paid_periods import NO_RENEWALS, Renewals
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.run import RunEnded, RunEvent, RunPaused, UnitChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.quotes.bills import BillCache
from unsub_tui.engine.quotes.builder import quote_plan
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.engine.run.context import RunConfig
from unsub_tui.engine.run.executor import RunHandle, start_resume, start_run
from unsub_tui.engine.run.policy import Clock, RunPolicy
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.sandbox import Sandbox

IDLE_TURNS = 60
"""Turns of the loop after which everything else counts as waiting, too: answers come without any real waiting."""


class AutojumpClock(Clock):
    """Leaps to the next moment for which somebody waits, and takes the sandbox's ledger along."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int]] = []
        self._sequence = itertools.count()

    def now(self) -> datetime:
        """Return the ledger's moment."""
        return self._sandbox.clock.now_utc()

    def monotonic(self) -> float:
        """Return what was slept."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._elapsed += seconds
        self._sandbox.clock.advance(seconds)

    async def sleep(self, seconds: float) -> None:
        """Return when nobody has anything else to do and nobody waits for an earlier moment."""
        ticket = (self._elapsed + seconds, next(self._sequence))
        heapq.heappush(self._sleepers, ticket)
        try:
            idle = 0
            while idle < IDLE_TURNS or self._sleepers[0] != ticket:
                await asyncio.sleep(0)
                idle = idle + 1 if self._sleepers[0] == ticket else 0
            self.advance(max(0.0, ticket[0] - self._elapsed))
        finally:
            self._sleepers.remove(ticket)
            heapq.heapify(self._sleepers)


NO_RATE_LIMITS = RetryPolicy(
    base_delay_seconds=0.0, max_attempts=2, rates={"list_resources": 1e6, "list_orders": 1e6}, default_rate=1e6
)
"""Reads are not held back: the sandbox of the tests has no limits."""


@dataclass(kw_only=True)
class EngineStage:
    """One account on a sandbox, and a state directory."""

    sandbox: Sandbox
    state_dir: Path
    clock: AutojumpClock = field(init=False)
    guards: Guards = field(default_factory=Guards)
    pace: RunPolicy = field(default_factory=RunPolicy)
    _started: Future[RunHandle] = field(default_factory=Future, init=False)

    def __post_init__(self) -> None:
        """Wind the clock."""
        self.clock = AutojumpClock(self.sandbox)

    @property
    def account(self) -> AccountRef:
        """Whose resources these are."""
        return AccountRef(account_id=self.sandbox.domain_id, site=self.sandbox.account.site.name, alias="stage")

    def connection(self, *, as_reader: bool = False) -> Connection:
        """Return the way to the sandbox, in the process."""
        connection = connect(self.sandbox, site=self.account.site, pacing=NO_RATE_LIMITS)
        reader = {"access_key": self.sandbox.reader_access_key, "secret_key": self.sandbox.reader_secret_key}
        return with_credentials(connection, **reader) if as_reader else connection

    def run_config(
        self,
        *,
        attended: bool = False,
        keep_going: bool = False,
        step: OnStep | None = None,
        connection: Connection | None = None,
        policy: RunPolicy | None = None,
    ) -> RunConfig:
        """Return the parts of a run, which tells its steps if they are asked for."""
        config = RunConfig(
            connection=connection or self.connection(),
            account=self.account,
            state_dir=self.state_dir,
            get_guards=lambda: self.guards,
            actor=Actor(operator="tester@stage"),
            clock=self.clock,
            policy=policy or self.pace,
            attended=attended,
            keep_going=keep_going,
        )
        return config if step is None else report_steps(config, step)

    def start(self, plan: Plan, config: RunConfig | None = None) -> RunHandle:
        """Confirm a plan, and start its run."""
        self._started = Future()
        self._started.set_result(start_run(plan, confirm_all(plan), config or self.run_config()))
        return self.handle

    @property
    def handle(self) -> RunHandle:
        """The run that was started last. A run may reach a step before `start` returns; this then waits for it."""
        return self._started.result(TIMEOUT_SECONDS)

    def resume(self, config: RunConfig | None = None) -> RunHandle:
        """Start a status check of the units that earlier runs left open."""
        return start_resume(config or self.run_config())

    def ids(self, count: int, plight: Condition = Condition.NORMAL) -> list[str]:
        """Return ids of batch-eligible main resources in use, the ones with attached resources first."""
        found = [
            one
            for one in self.sandbox.account.resources.list_all()
            if one.parent is None
            and one.condition is plight
            and one.status == 2
            and one.offer.service.code in BATCH_SERVICES
        ]
        return [one.resource_id for one in sorted(found, key=lambda one: -len(one.attached))[:count]]

    def resource(self, resource_id: str) -> Resource:
        """Return a resource of the sandbox."""
        found = self.sandbox.account.resources.get(resource_id)
        assert found is not None
        return found

    def close(self, resource_id: str) -> None:
        """Let the sandbox end a resource."""
        self.resource(resource_id).status = ResourceStatus.CLOSED
        self.sandbox.account.resources.clear_cache()

    def unsubscribe_elsewhere(self, resource_id: str, at: str = "request done") -> OnStep:
        """Return the steps of a run in which somebody else unsubscribes from a resource, once."""
        waiting = [resource_id]

        def act(step: str) -> None:
            if step == at and waiting:
                with self.sandbox.account.lock:
                    self.sandbox.account.unsubscribe((waiting.pop(),), 1)

        return act

    def siblings(self) -> tuple[str, str]:
        """Return two main resources of one service that were bought with one order."""
        bought: dict[tuple[int, str], list[str]] = {}
        for each in self.ids(10_000):
            resource = self.resource(each)
            bought.setdefault((resource.purchase_number, resource.offer.service.code), []).append(each)
        first, second, *_ = next(ids for ids in bought.values() if len(ids) > 1)
        return first, second

    async def list_catalog(self) -> Catalog:
        """List the account."""
        async with self.connection().read_client() as reader:
            return await read_catalog(reader)

    async def plan(self, ids: Sequence[str], *, sentinel: bool = True) -> Plan:
        """Plan and quote these resources."""
        plan = await self.quote(await self.draft(ids))
        return plan if sentinel else replace(plan, sentinel_id="")

    async def with_findings(self, plan: Plan) -> Plan:
        """Return the plan with what the services say about its resources."""
        catalog = await self.list_catalog()
        inventory = Inventory(catalog, now=self.clock.now())
        async with self.connection().inventory_clients() as clients:
            async for step in read_selected(clients, plan.resources):
                inventory.replace_place(step.lists)
        selected = frozenset(each.id for each in plan.resources)
        findings = {each.id: inventory.findings_of(each, selected) for each in plan.resources}
        groups = find_control_groups(catalog, selected, self.clock.now())
        return replace(plan, findings=PlanFindings(now=self.clock.now(), by_id=findings, control_groups=groups))

    async def draft(
        self,
        ids: Sequence[str],
        *,
        action: Action = Action.UNSUBSCRIBE,
        hidden: Iterable[str] = (),
        bundles: Sequence[Sequence[str]] = (),
        renewals: Renewals = NO_RENEWALS,
    ) -> Plan:
        """Plan these resources, without quotes."""
        context = DraftContext(
            account=self.account,
            catalog=await self.list_catalog(),
            rules=load_rules(self.account.site),
            guards=self.guards,
            now=self.clock.now(),
            action=action,
            renewals=renewals,
        )
        return draft_plan(context, ids, hidden=frozenset(hidden), bundles=bundles)

    async def quote(self, plan: Plan) -> Plan:
        """Return the plan with its final quotes."""
        async with self.connection().read_client() as reader:
            return await quote_all(reader, plan)

    def set_faults(self, *rules: dict[str, object]) -> None:
        """Set the sandbox's faults."""
        self.sandbox.faults = parse_faults(rules)

    def execution_count(self, resource_id: str) -> int:
        """Return how often the sandbox really unsubscribed a resource."""
        return len(self.sandbox.account.executions(resource_id))

    @property
    def request_count(self) -> int:
        """How many unsubscribe requests reached the sandbox."""
        return len(self.sandbox.account.request_log)

    def states(self) -> list[list[State]]:
        """Return the recorded states of every run, newest first."""
        return [[unit.state for unit in run.units] for run in read_runs(self.state_dir, self.account.account_id)]


BATCH_SERVICES = {"hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds", "hws.service.type.vpc"}


def new_stage(state_dir: Path, **options: object) -> EngineStage:
    """Build a sandbox and a stage around it."""
    settings = SandboxOptions(resources=200, now=datetime(2026, 3, 2, 9, tzinfo=UTC), rate_scale=0, hostile=False)
    return EngineStage(sandbox=build_sandbox(replace(settings, **options)), state_dir=state_dir)  # type: ignore[arg-type]


async def read_catalog(reader: BssClient) -> Catalog:
    """List an account."""
    catalog = Catalog()
    async for page in reader.resource_pages():
        assert not page.restarted
        catalog.add_page(page.rows)
    return catalog.joined()


async def quote_all(reader: BssClient, plan: Plan) -> Plan:
    """Return a plan with its final quotes."""
    async for progress in quote_plan(BillCache(reader), plan, load_rules(plan.account.site), plan.created):
        plan = progress.plan
    return plan


def confirm_all(plan: Plan) -> Confirmation:
    """Agree to everything."""
    phrase = plan.phrase if plan.saved_plan is None else plan.plan_file_phrase
    return Confirmation(digest=plan.digest, phrase=phrase, acknowledged=frozenset(plan.risks))


async def collect_events(
    handle: RunHandle, answer: Callable[[RunPaused], None] | None = None
) -> tuple[list[RunEvent], RunEnded]:
    """Listen to a run to its end; `answer` decides at each pause."""
    events: list[RunEvent] = []
    async for event in handle.events():
        events.append(event)
        if answer is not None and isinstance(event, RunPaused):
            answer(event)
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert handle.join(TIMEOUT_SECONDS)
    return events, ended


def kind_of(problem: Problem | None) -> ProblemKind | None:
    """Return the kind of a problem; None if there is none."""
    return None if problem is None else problem.kind


async def run_plan(stage: EngineStage, plan: Plan, parts: RunConfig | None = None) -> RunEnded:
    """Carry a plan out to its end."""
    _, ended = await collect_events(stage.start(plan, parts))
    return ended


def reported_states(events: Sequence[RunEvent], index: int = 0) -> list[State]:
    """Return the states through which a unit was told to go; more told of a state it is in is not one more."""
    states = [event.unit.state for event in events if isinstance(event, UnitChanged) and event.unit.index == index]
    return [state for state, _ in groupby(states)]
