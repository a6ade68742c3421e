"""The service's side of a tortured run: it serves victims, kills them inside calls, and knows the truth."""

from __future__ import annotations

import os
import signal
import sqlite3
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.engine.stage import Stage
from tests.torture.judge import UNSUBSCRIBE, Judge
from tests.torture.sabotage import FILLER
from tests.torture.scenarios import Deed, Moment, Scenario, Way
from tests.torture.victim import Beat, Ended, Leap, Part, Shown, Step, Stopped, perform
from tests.torture.wire import Ask, More, Reply, Service, Trouble
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.models import ResourceStatus

HOUR = 3600.0


class Where(Enum):
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
class Kill:
    """A point at which a victim is killed."""

    where: Where
    number: int


@dataclass(slots=True)
class Fate:
    """What became of a victim."""

    was_killed: bool = False
    problem: ProblemKind | None = None
    steps: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The path of each call."""

    def point(self, kill: Kill | None) -> str:
        """Return the name of the point at which it died."""
        if kill is None or not self.was_killed:
            return ""
        last = self.steps[-1] if self.steps else "beginning"
        return f"{kill.where.name} {last}" + (
            "" if kill.where is Where.STEP else f" {self.calls[-1].split('/details/')[0]}"
        )


class World:
    """One account, its service, and the victims that work on it one after the other."""

    def __init__(self, stage: Stage, plan: Plan, scenario: Scenario, spoil: Callable[[], None] | None = None) -> None:
        self.stage = stage
        self.plan = plan
        self.scenario = scenario
        self._spoil = spoil
        self._service = Service(stage.sandbox.app)
        self._ways = dict(scenario.ways)
        self._posts = 0
        self._held: list[tuple[float, int, Ask]] = []
        """What arrives when; the number keeps two apart."""
        self._writer: sqlite3.Connection | None = None
        """Somebody else who writes to the record."""
        self.judge = Judge(stage, plan, scenario)
        stage.sandbox.faults = parse_faults(scenario.faults)
        stage.sandbox.account.behavior = scenario.behavior

    def run(self, kill: Kill | None = None) -> Fate:
        """Let a victim carry the plan out."""
        return self._live(self.plan, kill)

    def resume(self, kill: Kill | None = None) -> Fate:
        """Let a victim settle what is open."""
        return self._live(None, kill)

    def settle(self) -> None:
        """Let everything go well from now on, until the truth must be on record; then judge it."""
        self._ways = {}
        if self._writer is not None:
            self._writer.close()
        (self.judge.record_path.parent / FILLER).unlink(missing_ok=True)
        self.stage.sandbox.faults = parse_faults([])
        for pause in (HOUR, 24 * HOUR):
            self.leap(pause)
            fate = self.resume()
            if fate.problem is not None:
                self.judge.say(f"stuck: a resume ended with {fate.problem}")
            if not self.judge.has_open_units():
                break
        self.judge.conclude()

    def leap(self, seconds: float) -> None:
        """Let time pass, and what was held up arrive."""
        clock, ends = self.stage.sandbox.clock, self.stage.sandbox.clock.now() + seconds
        while self._held and min(self._held)[0] <= ends:
            due = min(self._held)
            self._held.remove(due)
            clock.advance(max(0.0, due[0] - clock.now()))
            self._service.answer(due[2])
        clock.advance(max(0.0, ends - clock.now()))
        self.judge.held = [ask.body for _, _, ask in self._held]

    def race(self, kills: Sequence[Kill | None], head_start: int) -> list[Fate]:
        """Let two victims carry the plan out; the second begins when the first has said so many things."""
        self.judge.begin()
        racers = [_Attendance(self, self._part(self.plan, kill, waits=True), kill) for kill in kills]
        ahead, behind = racers
        ahead.let_go()
        lives = all(ahead.take_one() for _ in range(head_start))
        behind.let_go()
        alive = {racer.pipe: racer for racer in (racers if lives else [behind])}
        while alive:
            for pipe in wait(list(alive)):
                if isinstance(pipe, Connection) and not alive[pipe].take_one():
                    del alive[pipe]
        fates = [racer.fate for racer in racers]
        self.judge.look_after(may_write=not any(fate.was_killed for fate in fates))
        return fates

    def _live(self, plan: Plan | None, kill: Kill | None) -> Fate:
        self.judge.begin()
        fate = _Attendance(self, self._part(plan, kill), kill).to_the_end()
        self.judge.look_after(may_write=not fate.was_killed and fate.problem is not ProblemKind.JOURNAL)
        return fate

    def _part(self, plan: Plan | None, kill: Kill | None, *, waits: bool = False) -> Part:
        step = kill.number if kill is not None and kill.where is Where.STEP else 0
        return Part(scenario=self.scenario, plan=plan, kill_at=step, spoil=self._spoil, waits=waits)

    def hear(self, news: object) -> None:
        """Hear what a victim tells without waiting for an answer."""
        match news:
            case Leap(seconds=seconds):
                self.leap(seconds)
            case Shown(orders=orders):
                self.judge.shown |= orders
            case Beat():
                self.judge.beat()
            case Stopped():
                self.judge.is_stopped = True

    def confirm(self, plan: Plan) -> None:
        """Let a person confirm another plan."""
        self.plan = plan
        self.judge.confirm(plan)

    def face(self, scenario: Scenario) -> None:
        """Let other faults be in force from now on."""
        self.scenario = scenario
        self._ways, self._posts = dict(scenario.ways), 0
        self.stage.sandbox.faults = parse_faults(scenario.faults)

    def do(self, deed: Deed, resource_id: str = "") -> None:
        """Do what other people do at the service, or at the record; to the first of the plan, if nothing is said."""
        ledger, first = self.stage.sandbox.account, resource_id or self.plan.items[0].id
        match deed:
            case Deed.REPLACED:
                resource = ledger.resources.get(first)
                assert resource is not None
                ledger.set_policy(first, resource.policy ^ 1)  # done twice it is as it was before
            case Deed.GONE:
                self.judge.note_other(first, ledger.unsubscribe((first,), 1).order_ids)
            case Deed.SIBLING_GONE:
                ledger.unsubscribe((self._sibling(first),), 1)
            case Deed.WITNESS_CLOSED:
                witness = ledger.resources.get(self.plan.sentinel_id)
                assert witness is not None
                witness.status = ResourceStatus.CLOSED
                ledger.resources.clear_cache()
            case Deed.UNLOCKED:
                self.judge.lock_path.unlink()
            case Deed.RECORD_LOCKED:
                self._writer = sqlite3.connect(self.judge.record_path, isolation_level=None)
                self._writer.execute("BEGIN IMMEDIATE")

    def _sibling(self, resource_id: str) -> str:
        estate = self.stage.sandbox.account.resources
        resource = estate.get(resource_id)
        assert resource is not None
        return next(
            one.resource_id
            for one in estate.in_purchase(resource.purchase_number)
            if one.parent is None and one.resource_id != resource_id
        )

    def carry_out(self, ask: Ask, meanwhile: Callable[[], None] = lambda: None) -> Reply:
        """Let a call that has come in take its way; `meanwhile` happens before the service acts."""
        if not ask.path.endswith(UNSUBSCRIBE):
            meanwhile()
            reply = self._service.answer(ask)
            self.judge.note_read(ask, reply)
            return reply
        self._posts += 1
        way, seconds = self._ways.get(self._posts, (None, 0.0))
        if way is Way.UNREACHABLE:
            meanwhile()
            return Reply(trouble=Trouble.UNREACHABLE)
        receipt = self.judge.receive(ask)
        meanwhile()
        if way is Way.HELD:
            self._held.append((self.stage.sandbox.clock.now() + seconds, self._posts, ask))
            self.judge.held.append(ask.body)
            return Reply(trouble=Trouble.CUT)
        reply = self._service.answer(ask)
        self.judge.note_named(ask, reply)
        receipt.was_refused = reply.trouble is None and reply.status in (401, 429)
        return reply


class _Attendance:
    """Serves one victim to its end."""

    def __init__(self, world: World, part: Part, kill: Kill | None) -> None:
        self._world = world
        self._part = part
        self._kill = kill
        self._times: Counter[str] = Counter()
        self._pid, self.pipe = begin(part, world.stage)
        self.fate = Fate()

    def let_go(self) -> None:
        """Let a victim that waits begin."""
        self.pipe.send("go")

    def to_the_end(self) -> Fate:
        """Serve until it is dead."""
        while self.take_one():
            pass
        return self.fate

    def take_one(self) -> bool:
        """Take what the victim says next; return whether it lives on."""
        try:
            frame = self.pipe.recv()
        except (EOFError, OSError):
            self._bury()
            return False
        self._take(frame)
        return True

    def _bury(self) -> None:
        self.pipe.close()
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.fate.was_killed = code == -signal.SIGKILL
        if code not in (0, -signal.SIGKILL):
            self._world.judge.say(f"a victim ended with {code}")

    def _take(self, frame: object) -> None:
        match frame:
            case Ask():
                self._serve(frame)
            case More():
                self._murder()
            case Step(name=name):
                self._pass(name)
            case Ended(problem=problem):
                self.fate.problem = problem
            case _:
                self._world.hear(frame)

    def _pass(self, name: str) -> None:
        self.fate.steps.append(name)
        self._world.judge.note_step(name)
        self._times[name] += 1
        deed = self._world.scenario.deeds.get(Moment(name, self._times[name]))
        if deed is not None and self._part.plan is not None:
            self._world.do(deed)
            self.pipe.send(deed)

    def _serve(self, ask: Ask) -> None:
        self.fate.calls.append(ask.path)
        where = self._kill.where if self._kill is not None and self._kill.number == len(self.fate.calls) else None
        if where is Where.HALF:
            self._murder()
            return
        if where is Where.RECEIVED:
            self._world.carry_out(ask, self._murder)
            return
        reply = self._world.carry_out(ask)
        if where is Where.ANSWERING and not reply.status:
            self._murder()
        else:
            self.pipe.send(reply.half() if where is Where.ANSWERING else reply)

    def _murder(self) -> None:
        os.kill(self._pid, signal.SIGKILL)


def begin(part: Part, stage: Stage) -> tuple[int, Connection]:
    """Fork a victim; return it with the near end of its pipe."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    code = 1
    try:
        ours.close()
        perform(part, stage, theirs)
        code = 0
    except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def place(stage: Stage, state_dir: Path) -> Stage:
    """Return the stage with another state directory."""
    return replace(stage, state_dir=state_dir)
