"""Holds what the program did and recorded against what the service knows. Every breach is a sentence."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.crash.crash_scenarios import PlanKind, Scenario
from tests.crash.journal_snapshot import OPEN, UNSENT, JournalSnapshot, UnitRow, read_journal
from tests.crash.leftover_invariants import leftover_violations, missing_leftover_violations
from tests.crash.pipe_transport import PipeRequest, PipeResponse
from tests.crash.worker import WORKER_POLICY
from tests.support.engine_stage import EngineStage
from unsub_tui.domain.plan import Plan
from unsub_tui.journal.paths import journal_path, lock_path
from unsub_tui.sandbox.models import OrderStatus as OrderStage
from unsub_tui.sandbox.models import ResourceStatus
from unsub_tui.sandbox.state_file import UnsubscribeRequest

UNSUBSCRIBE = "/unsubscribe"
QUERY = "/suscriptions/resources/query"

KEPT = (4, 5, 8)
"""Statuses in which the service may keep a resource after its order: frozen, expired, closing."""

ConfirmedState = tuple[object, ...]
"""What a resource was like: as far as it must be what was confirmed."""


@dataclass(slots=True)
class ReceivedRequest:
    """An unsubscribe request that came in."""

    resource_ids: tuple[str, ...]
    digest: str
    """The hash by which the record identifies the request."""
    unit_key: tuple[str, int] | None
    """The run and the unit that it left for, by the record at that moment; two runs may ask for the same."""
    was_refused: bool = False
    """The answer said for sure that nothing was done, and that it may be tried again."""


class InvariantChecker:
    """Watches one account from the service's side, and reads its record from outside."""

    def __init__(self, stage: EngineStage, plan: Plan, scenario: Scenario) -> None:
        self._scenario = scenario
        self._ledger = stage.sandbox.account
        account = stage.account.account_id
        self.record_path = journal_path(stage.state_dir, account)
        self.lock_path = lock_path(stage.state_dir, account)
        self.violations: list[str] = []
        self.received: list[ReceivedRequest] = []
        self.delayed_bodies: list[bytes] = []
        """Bodies of requests that are still on their way."""
        self.shown_orders: frozenset[tuple[str, str]] = frozenset()
        self.is_stopped = False
        self._is_writing = False
        self._last_heartbeat = self._virtual_time()
        self._reads: dict[str, tuple[float, ConfirmedState]] = {}
        self._events: list[tuple[object, ...]] = []
        self._external_orders: dict[str, set[str]] = {}
        self._named_orders: dict[str, set[str]] = {}
        """Orders that answers named for a resource, whether they are its orders or not."""
        self._confirmed: dict[str, ConfirmedState] = {}
        self._requests: set[tuple[str, ...]] = set()
        """The resources of each request that was confirmed."""
        self.record_confirmation(plan)

    def record_violation(self, violation: str) -> None:
        """Note a breach, once."""
        if violation not in self.violations:
            self.violations.append(violation)

    def record_confirmation(self, plan: Plan) -> None:
        """Note what a person has confirmed."""
        self._requests = {tuple(each.id for each in (item.resource, *item.bundled)) for item in plan.items}
        self._confirmed = {each: self._confirmed_state(each) for ids in self._requests for each in ids}

    def worker_started(self) -> None:
        """A victim begins."""
        self._is_writing = False
        self.is_stopped = False
        self.heartbeat()

    def heartbeat(self) -> None:
        """The screen gives a sign of life."""
        self._last_heartbeat = self._virtual_time()

    def _virtual_time(self) -> float:
        """Return the time that has leapt: on a busy machine the real one passes as well, and proves nothing."""
        return self._ledger.clock.offset

    def record_step(self, name: str) -> None:
        """Note that a victim begins to write, or has written."""
        if name.startswith("commit"):
            self._is_writing = name.endswith("begins")

    def record_external_orders(self, resource_id: str, orders: tuple[str, ...]) -> None:
        """Note that somebody else unsubscribed a resource."""
        self._external_orders.setdefault(resource_id, set()).update(orders)

    def record_named_orders(self, request: PipeRequest, response: PipeResponse) -> None:
        """Note the orders that an answer to an unsubscribe request names: they are recorded as what was said."""
        try:
            document = json.loads(response.body)
        except ValueError:
            return
        named = document.get("order_ids") if isinstance(document, dict) else None
        orders = {one for one in named if isinstance(one, str)} if isinstance(named, list) else set()
        for each in json.loads(request.body)["resource_ids"]:
            self._named_orders.setdefault(each, set()).update(orders)

    def record_read(self, request: PipeRequest, response: PipeResponse) -> None:
        """Note which resources a victim has just read, and that it never asks for none."""
        if not request.path.endswith(QUERY):
            return
        asked = json.loads(request.body)
        if asked.get("resource_ids", True) in ([], None):
            self.record_violation("S6: a listing asked for no resource, which means all of them")
        if response.fault is None and response.status == 200:
            now = self._virtual_time()
            for each in asked.get("resource_ids", ()):
                self._reads[each] = (now, self._confirmed_state(each))

    def check_request(self, request: PipeRequest) -> ReceivedRequest:
        """Judge an unsubscribe request at the moment at which it comes in."""
        ids = tuple(json.loads(request.body)["resource_ids"])
        record = read_journal(self.record_path)
        self._check_intent_recorded(ids, request.digest, record)
        self._check_precheck(ids)
        self._check_no_unknown(ids, record)
        self._check_lock_and_heartbeat()
        self._check_not_repeated(ids)
        received_request = ReceivedRequest(ids, request.digest, self._submitting_unit(record, request.digest))
        self.received.append(received_request)
        for each in ids:
            self._reads.pop(each, None)
        return received_request

    def _submitting_unit(self, record: JournalSnapshot, digest: str) -> tuple[str, int] | None:
        leaving = (place for place, row in record.rows.items() if row.state == "submitting")
        return next((place for place in leaving if record.rows[place].requests[-1:] == (digest,)), None)

    def _check_intent_recorded(self, ids: tuple[str, ...], digest: str, record: JournalSnapshot) -> None:
        if self._is_writing:
            self.record_violation("S1: a request after something could not be written")
        leaving = [row for row in record.rows.values() if row.state == "submitting"]
        if not any(row.requests[-1:] == (digest,) for row in leaving):
            self.record_violation("S1: a request came in that is not on disk")
        if ids not in self._requests or [ids] != [row.requested for row in leaving]:
            self.record_violation("S6: a request names something else than was confirmed, or is not alone")

    def _check_precheck(self, ids: tuple[str, ...]) -> None:
        now = self._virtual_time()
        for each in ids:
            at, likeness = self._reads.get(each, (float("-inf"), ()))
            if now - at > WORKER_POLICY.precheck_max_age_seconds + 0.5:
                self.record_violation("S3: a request without a fresh read before it")
            elif likeness != self._confirmed.get(each):
                self.record_violation("S3: a request for something that is not what was confirmed")

    def _check_no_unknown(self, ids: tuple[str, ...], record: JournalSnapshot) -> None:
        now = datetime.fromtimestamp(self._ledger.clock.now(), UTC)
        for row in record.rows.values():
            age = (now - row.since).total_seconds()
            if (
                row.state == "unknown"
                and age < WORKER_POLICY.reconcile_limit_seconds - 0.5
                and not record.ended[row.run_id]
            ):
                self.record_violation("S4: a request while it is not known what became of the one before")
        if any(len([row for row in record.units_of(each) if row.state in OPEN]) > 1 for each in ids):
            self.record_violation("S2: a request for a resource whose last one is still open")

    def _check_lock_and_heartbeat(self) -> None:
        if not self._is_locked():
            self.record_violation("S5: a request of a process that does not hold the lock")
        if self.is_stopped:
            self.record_violation("S5: a request after a stop")
        if (
            self._scenario.attended
            and self._virtual_time() - self._last_heartbeat > WORKER_POLICY.heartbeat_seconds + 0.5
        ):
            self.record_violation("S5: a request that nobody sees")

    def _check_not_repeated(self, ids: tuple[str, ...]) -> None:
        for each in ids:
            before = [received_request for received_request in self.received if each in received_request.resource_ids]
            if any(
                not received_request.was_refused for received_request in before[-1:]
            ) and not self._is_settled_by_person(each):
                self.record_violation("S7: a request was sent twice")
            if self.active_orders(each) or self._is_delayed(each):
                self.record_violation("twice: a request for a resource that was unsubscribed before, or will be")

    def _is_settled_by_person(self, resource_id: str) -> bool:
        """Whether every earlier unit of the resource had come to an end after which a person may confirm again."""
        earlier = read_journal(self.record_path).units_of(resource_id)[:-1]
        return bool(earlier) and all(
            row.state in {"not_executed", "rejected", "order_failed", "skipped"} for row in earlier
        )

    def _is_locked(self) -> bool:
        try:
            descriptor = os.open(self.lock_path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def check_after_exit(self, *, may_write: bool) -> None:
        """Judge the record after a victim's end, to which it may have been able to write or not."""
        record = read_journal(self.record_path)
        self._check_journal(record)
        for resource_id, order_id in self.shown_orders:
            if order_id not in record.orders_ever_named.get(resource_id, ()):
                self.record_violation("S9: an order was shown that is not on disk")
        for row in self._last_submitted_rows(record):
            self._check_row(row)
        for received_request in self.received:
            self._check_request_recorded(received_request, record)
        if may_write and not all(record.ended.values()):
            self.record_violation("stuck: a run has no end although its process ended by itself")
        for violation in leftover_violations(record):
            self.record_violation(violation)

    def _last_submitted_rows(self, record: JournalSnapshot) -> list[UnitRow]:
        """Return the last unit of each resource that left; one before it was judged when it was the last."""
        return list({row.resource_id: row for row in record.rows.values() if row.requests}.values())

    def _check_journal(self, record: JournalSnapshot) -> None:
        if record.events[: len(self._events)] != self._events:
            self.record_violation("S12: what was on record is so no more")
        self._events = record.events
        derived = {place: (row.state, list(row.order_ids)) for place, row in record.rows.items()}
        table = {place: (state, json.loads(orders)) for place, (state, orders) in record.state_table.items()}
        if derived != table:
            self.record_violation("S12: the states are not those that the events come to")

    def _check_request_recorded(self, received_request: ReceivedRequest, record: JournalSnapshot) -> None:
        for each in received_request.resource_ids:
            if not any(received_request.digest in row.requests for row in record.units_of(each)):
                self.record_violation("lost: a request that came in never left, says the record")
            elif (
                received_request.unit_key
                and not received_request.was_refused
                and record.rows[received_request.unit_key].state in UNSENT
            ):
                self.record_violation("S8: a request that came in was not sent, says the record")

    def _check_row(self, row: UnitRow) -> None:
        """Judge what the record claims of a unit."""
        each, standing = row.resource_id, self.active_orders(row.resource_id)
        known = self.active_orders(each) | self._cancelled_orders(each) | self._external_orders.get(each, set())
        known |= self._named_orders.get(each, set()) if row.state == "accepted" else set()
        if not set(row.order_ids) <= known:
            self.record_violation("false: an order is claimed that belongs to another resource")
        match row.state:
            case "settled" if not self._is_done(row):
                self.record_violation("S10: settled, but the service has not done it")
            case "not_executed" if standing or self._is_delayed(each):
                self.record_violation("S11: not executed, says the record, but it was, or will be")
            case "gone_no_order" if not all(map(self._is_gone, row.requested)):
                self.record_violation("S11: gone, says the record, but it is there")
            case "rejected" if standing:
                self.record_violation("false: rejected, says the record, but it was executed")
            case "order_failed" if standing:
                self.record_violation("false: failed, says the record, but the order stands")

    def has_open_units(self) -> bool:
        """Whether the record leaves something open."""
        return any(row.state in OPEN for row in read_journal(self.record_path).rows.values())

    def check_final(self) -> None:
        """Judge the record once everything must be known."""
        record = read_journal(self.record_path)
        for row in record.rows.values():
            if row.state in OPEN and not self._may_stay_open(row):
                self.record_violation(f"stuck: a unit stays {row.state}")
            if row.state == "confirmed":
                self.record_violation("stuck: a unit stays confirmed although its run is over")
        for violation in missing_leftover_violations(record):
            self.record_violation(violation)
        for each in {each for received_request in self.received for each in received_request.resource_ids}:
            if not self.active_orders(each) <= record.orders.get(each, set()):
                self.record_violation("lost: an order is not on record")
            if len(self._active_requests(each)) > 1:
                self.record_violation("twice: a resource was unsubscribed twice")

    def _may_stay_open(self, row: UnitRow) -> bool:
        """Whether nobody can tell what became of a unit, or its resource contradicts its order."""
        if row.state == "accepted":
            return self._scenario.behavior.kept_status not in {None, *KEPT}
        is_changed = any(self._confirmed_state(each) != self._confirmed.get(each) for each in row.requested)
        is_there = not all(map(self._is_gone, row.requested))
        several = len(row.candidates) > 1 and self._scenario.kind is PlanKind.SIBLINGS
        return row.state == "unknown" and (several or (is_changed and is_there))

    def _active_requests(self, resource_id: str) -> list[UnsubscribeRequest]:
        """Return our requests for a resource with an order that was not canceled."""
        active = self.active_orders(resource_id)
        return [each for each in self._ledger.executions(resource_id) if not active.isdisjoint(each.order_ids)]

    def _confirmed_state(self, resource_id: str) -> ConfirmedState:
        resource = self._ledger.resources.get(resource_id)
        if resource is None:
            return ()
        attached = tuple(sorted(one.resource_id for one in resource.attached if one.status != ResourceStatus.CLOSED))
        return (resource.status, resource.expire, resource.policy, attached)

    def _orders(self, resource_id: str) -> dict[str, OrderStage]:
        """Return the orders of our requests for a resource, with where each stands."""
        stages = {order.order_id: order.status for order in self._ledger.orders.placed_orders()}
        ours = [each for attempt in self._ledger.executions(resource_id) for each in attempt.order_ids]
        return {order_id: stages[order_id] for order_id in ours}

    def active_orders(self, resource_id: str) -> set[str]:
        """Return the orders of our requests for a resource that were not canceled."""
        return {each for each, stage in self._orders(resource_id).items() if stage is not OrderStage.CANCELLED}

    def _cancelled_orders(self, resource_id: str) -> set[str]:
        return {each for each, stage in self._orders(resource_id).items() if stage is OrderStage.CANCELLED}

    def _is_delayed(self, resource_id: str) -> bool:
        return any(resource_id in json.loads(body)["resource_ids"] for body in self.delayed_bodies)

    def _is_done(self, row: UnitRow) -> bool:
        orders = self._orders(row.resource_id)
        done = all(orders.get(each, OrderStage.COMPLETED) is OrderStage.COMPLETED for each in row.order_ids)
        return (
            done
            and bool(row.order_ids)
            and (
                self._scenario.kind is PlanKind.RENEWED
                or all(self._is_gone(each) or self._is_kept(each) for each in row.requested)
            )
        )

    def _is_kept(self, resource_id: str) -> bool:
        """Whether the service keeps the resource in a status after its order."""
        resource = self._ledger.resources.get(resource_id)
        kept = self._scenario.behavior.kept_status
        return resource is not None and resource.status == kept and kept in KEPT

    def _is_gone(self, resource_id: str) -> bool:
        resource = self._ledger.resources.get(resource_id)
        return resource is None or resource.status is ResourceStatus.CLOSED
