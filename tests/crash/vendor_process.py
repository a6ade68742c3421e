"""The service's side of a tortured run: it serves victims, kills them inside calls, and knows the truth."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from tests.crash.crash_scenarios import BUSY_CODE, Delivery, Disturbance, Scenario, StepOccurrence
from tests.crash.forks import fork
from tests.crash.invariants import UNSUBSCRIBE, InvariantChecker
from tests.crash.journal_snapshot import read_journal
from tests.crash.leftover_invariants import exit_code_violations
from tests.crash.pipe_transport import HalfBodyRead, InProcessService, PipeRequest, PipeResponse, TransportFault
from tests.crash.storage_faults import FILLER
from tests.crash.worker import (
    HeartbeatSent,
    OrdersShown,
    StepReached,
    StopRequested,
    TimeAdvanced,
    WorkerEnded,
    WorkerTask,
    run_worker,
)
from tests.support.engine_stage import EngineStage
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import ResourceStatus

HOUR = 3600.0


class KillPhase(Enum):
    """Where a victim is killed."""

    STEP = auto()
    """At its n-th step, by itself."""
    HALF = auto()
    """When half of its n-th call has come in: the service never gets it."""
    RECEIVED = auto()
    """When the n-th call has come in; the service carries it out all the same."""
    ANSWERING = auto()
    """When it has read half of the answer to its n-th call."""


@dataclass(frozen=True, slots=True)
class KillPoint:
    """A point at which a victim is killed."""

    phase: KillPhase
    number: int


@dataclass(slots=True)
class WorkerResult:
    """What became of a victim."""

    was_killed: bool = False
    problem: ProblemKind | None = None
    exit_code: ExitCode | None = None
    steps: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The path of each call."""

    def kill_point_name(self, kill: KillPoint | None) -> str:
        """Return the name of the point at which it died."""
        if kill is None or not self.was_killed:
            return ""
        last = self.steps[-1] if self.steps else "beginning"
        return f"{kill.phase.name} {last}" + (
            "" if kill.phase is KillPhase.STEP else f" {self.calls[-1].split('/details/')[0]}"
        )


class VendorProcess:
    """One account, its service, and the victims that work on it one after the other."""

    def __init__(
        self, stage: EngineStage, plan: Plan, scenario: Scenario, mutation: Callable[[], None] | None = None
    ) -> None:
        self.stage = stage
        self.plan = plan
        self.scenario = scenario
        self._mutation = mutation
        self._service = InProcessService(stage.sandbox.app, stage.sandbox.service_apps)
        self._deliveries = dict(scenario.deliveries)
        self._request_count = 0
        self._delayed: list[tuple[float, int, PipeRequest]] = []
        """What arrives when; the number keeps two apart."""
        self._lock_holder: sqlite3.Connection | None = None
        """Somebody else who writes to the record."""
        self.checker = InvariantChecker(stage, plan, scenario)
        stage.sandbox.faults = parse_faults(scenario.faults)
        stage.sandbox.account.behavior = scenario.behavior

    def run(self, kill: KillPoint | None = None) -> WorkerResult:
        """Let a victim carry the plan out."""
        return self._run_worker(self.plan, kill)

    def resume(self, kill: KillPoint | None = None) -> WorkerResult:
        """Let a victim settle what is open."""
        return self._run_worker(None, kill)

    def settle_all(self) -> None:
        """Let everything go well from now on, until the truth must be on record; then judge it."""
        self._deliveries = {}
        if self._lock_holder is not None:
            self._lock_holder.close()
        (self.checker.record_path.parent / FILLER).unlink(missing_ok=True)
        self.stage.sandbox.faults = parse_faults([])
        for pause in (HOUR, 24 * HOUR):
            self.advance(pause)
            worker_result = self.resume()
            if worker_result.problem is not None:
                self.checker.record_violation(f"stuck: a resume ended with {worker_result.problem}")
            if not self.checker.has_open_units():
                break
        self.checker.check_final()

    def advance(self, seconds: float) -> None:
        """Let time pass, and what was held up arrive."""
        clock, ends = self.stage.sandbox.clock, self.stage.sandbox.clock.now() + seconds
        while self._delayed and min(self._delayed)[0] <= ends:
            due = min(self._delayed)
            self._delayed.remove(due)
            clock.advance(max(0.0, due[0] - clock.now()))
            self._service.respond(due[2])
        clock.advance(max(0.0, ends - clock.now()))
        self.checker.delayed_bodies = [request.body for _, _, request in self._delayed]

    def race(self, kills: Sequence[KillPoint | None], head_start: int) -> list[WorkerResult]:
        """Let two victims carry the plan out; the second begins when the first has said so many things."""
        self.checker.worker_started()
        racers = [_WorkerConnection(self, self._worker_task(self.plan, kill, waits=True), kill) for kill in kills]
        ahead, behind = racers
        ahead.start()
        lives = all(ahead.serve_message() for _ in range(head_start))
        behind.start()
        alive = {racer.pipe: racer for racer in (racers if lives else [behind])}
        while alive:
            for pipe in wait(list(alive)):
                if isinstance(pipe, Connection) and not alive[pipe].serve_message():
                    del alive[pipe]
        worker_results = [racer.result for racer in racers]
        self.checker.check_after_exit(may_write=not any(worker_result.was_killed for worker_result in worker_results))
        return worker_results

    def _run_worker(self, plan: Plan | None, kill: KillPoint | None) -> WorkerResult:
        self.checker.worker_started()
        worker_result = _WorkerConnection(self, self._worker_task(plan, kill), kill).serve_until_exit()
        self.checker.check_after_exit(
            may_write=not worker_result.was_killed and worker_result.problem is not ProblemKind.JOURNAL
        )
        if plan is not None and worker_result.exit_code is not None:
            record = read_journal(self.checker.record_path)
            for violation in exit_code_violations(record, worker_result.exit_code):
                self.checker.record_violation(violation)
        return worker_result

    def _worker_task(self, plan: Plan | None, kill: KillPoint | None, *, waits: bool = False) -> WorkerTask:
        step = kill.number if kill is not None and kill.phase is KillPhase.STEP else 0
        return WorkerTask(
            scenario=self.scenario, plan=plan, kill_at=step, mutation=self._mutation, waits_for_start=waits
        )

    def handle_message(self, news: object) -> None:
        """Hear what a victim tells without waiting for an answer."""
        match news:
            case TimeAdvanced(seconds=seconds):
                self.advance(seconds)
            case OrdersShown(orders=orders):
                self.checker.shown_orders |= orders
            case HeartbeatSent():
                self.checker.heartbeat()
            case StopRequested():
                self.checker.is_stopped = True

    def confirm(self, plan: Plan) -> None:
        """Let a person confirm another plan."""
        self.plan = plan
        self.checker.record_confirmation(plan)

    def set_scenario(self, scenario: Scenario) -> None:
        """Let other faults be in force from now on."""
        self.scenario = scenario
        self._deliveries, self._request_count = dict(scenario.deliveries), 0
        self.stage.sandbox.faults = parse_faults(scenario.faults)

    def disturb(self, disturbance: Disturbance, resource_id: str = "") -> None:
        """Do what other people do at the service, or at the record; to the first of the plan, if nothing is said."""
        ledger, first = self.stage.sandbox.account, resource_id or self.plan.items[0].id
        match disturbance:
            case Disturbance.REPLACED:
                ledger.set_policy(first, self.stage.resource(first).policy ^ 1)  # done twice it is as it was before
            case Disturbance.GONE:
                self.checker.record_external_orders(first, ledger.unsubscribe((first,), 1).order_ids)
            case Disturbance.SIBLING_GONE:
                ledger.unsubscribe((self._same_purchase_id(first),), 1)
            case Disturbance.WITNESS_CLOSED:
                self.stage.resource(self.plan.sentinel_id).status = ResourceStatus.CLOSED
                ledger.resources.clear_cache()
            case Disturbance.UNLOCKED:
                self.checker.lock_path.unlink()
            case Disturbance.RECORD_LOCKED:
                self._lock_holder = sqlite3.connect(self.checker.record_path, isolation_level=None)
                self._lock_holder.execute("BEGIN IMMEDIATE")

    def _same_purchase_id(self, resource_id: str) -> str:
        purchase = self.stage.resource(resource_id).purchase_number
        return next(
            one.resource_id
            for one in self.stage.sandbox.account.resources.in_purchase(purchase)
            if one.parent is None and one.resource_id != resource_id
        )

    def handle_call(self, request: PipeRequest, meanwhile: Callable[[], None] = lambda: None) -> PipeResponse:
        """Let a call that has come in take its way; `meanwhile` happens before the service acts."""
        if not request.path.endswith(UNSUBSCRIBE):
            meanwhile()
            response = self._service.respond(request)
            self.checker.record_read(request, response)
            return response
        self._request_count += 1
        delivery, seconds = self._deliveries.get(self._request_count, (None, 0.0))
        if delivery is Delivery.UNREACHABLE:
            meanwhile()
            return PipeResponse(fault=TransportFault.UNREACHABLE)
        received_request = self.checker.check_request(request)
        meanwhile()
        if delivery is Delivery.HELD:
            self._delayed.append((self.stage.sandbox.clock.now() + seconds, self._request_count, request))
            self.checker.delayed_bodies.append(request.body)
            return PipeResponse(fault=TransportFault.CUT)
        response = self._service.respond(request)
        self.checker.record_named_orders(request, response)
        received_request.was_refused = response.fault is None and (
            response.status in (401, 429) or (response.status == 400 and BUSY_CODE.encode() in response.body)
        )
        received_request.was_refused &= not any(map(self.checker.active_orders, received_request.resource_ids))
        return response


class _WorkerConnection:
    """Serves one victim to its end."""

    def __init__(self, vendor: VendorProcess, part: WorkerTask, kill: KillPoint | None) -> None:
        self._vendor = vendor
        self._task = part
        self._kill = kill
        self._step_counts: Counter[str] = Counter()
        self._pid, self.pipe = fork_worker(part, vendor.stage)
        self.result = WorkerResult()

    def start(self) -> None:
        """Let a victim that waits begin."""
        self.pipe.send("go")

    def serve_until_exit(self) -> WorkerResult:
        """Serve until it is dead."""
        while self.serve_message():
            pass
        return self.result

    def serve_message(self) -> bool:
        """Take what the victim says next; return whether it lives on."""
        try:
            frame = self.pipe.recv()
        except (EOFError, OSError):
            self._reap()
            return False
        self._handle_frame(frame)
        return True

    def _reap(self) -> None:
        self.pipe.close()
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.result.was_killed = code == -signal.SIGKILL
        if code not in (0, -signal.SIGKILL):
            self._vendor.checker.record_violation(f"a victim ended with {code}")

    def _handle_frame(self, frame: object) -> None:
        match frame:
            case PipeRequest():
                self._serve(frame)
            case HalfBodyRead():
                self._kill_worker()
            case StepReached(name=name):
                self._handle_step(name)
            case WorkerEnded(problem=problem, exit_code=exit_code):
                self.result.problem, self.result.exit_code = problem, exit_code
            case _:
                self._vendor.handle_message(frame)

    def _handle_step(self, name: str) -> None:
        self.result.steps.append(name)
        self._vendor.checker.record_step(name)
        self._step_counts[name] += 1
        disturbance = self._vendor.scenario.disturbances.get(StepOccurrence(name, self._step_counts[name]))
        if disturbance is not None and self._task.plan is not None:
            self._vendor.disturb(disturbance)
            self.pipe.send(disturbance)

    def _serve(self, request: PipeRequest) -> None:
        self.result.calls.append(request.path)
        where = self._kill.phase if self._kill is not None and self._kill.number == len(self.result.calls) else None
        if where is KillPhase.HALF:
            self._kill_worker()
            return
        if where is KillPhase.RECEIVED:
            self._vendor.handle_call(request, self._kill_worker)
            return
        response = self._vendor.handle_call(request)
        if where is KillPhase.ANSWERING and not response.status:
            self._kill_worker()
        else:
            self.pipe.send(response.first_half() if where is KillPhase.ANSWERING else response)

    def _kill_worker(self) -> None:
        os.kill(self._pid, signal.SIGKILL)


def fork_worker(part: WorkerTask, stage: EngineStage) -> tuple[int, Connection]:
    """Fork a victim; return it with the near end of its pipe."""
    ours, theirs = Pipe()

    def work() -> None:
        ours.close()
        run_worker(part, stage, theirs)

    pid = fork(work)
    theirs.close()
    return pid, ours
