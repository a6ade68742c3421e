"""Holds what the program did and recorded against what the service knows. Every breach is a sentence."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from tests.engine.stage import Stage
from tests.torture.record import OPEN, UNSENT, Record, Row, read_record
from tests.torture.scenarios import Kind, Scenario
from tests.torture.victim import PACE
from tests.torture.wire import Ask, Reply
from unsub_tui.domain.plan import Plan
from unsub_tui.journal.paths import journal_path, lock_path
from unsub_tui.sandbox.models import OrderStatus as OrderStage
from unsub_tui.sandbox.models import ResourceStatus

UNSUBSCRIBE = "/unsubscribe"
QUERY = "/suscriptions/resources/query"

Likeness = tuple[object, ...]
"""What a resource was like: as far as it must be what was confirmed."""


@dataclass(slots=True)
class Receipt:
    """An unsubscribe request that came in."""

    resource_ids: tuple[str, ...]
    body: bytes
    place: tuple[str, int] | None
    """The run and the unit that it left for, by the record at that moment; two runs may ask for the same."""
    was_refused: bool = False
    """The answer said for sure that nothing was done, and that it may be tried again."""


class Judge:
    """Watches one account from the service's side, and reads its record from outside."""

    def __init__(self, stage: Stage, plan: Plan, scenario: Scenario) -> None:
        self._stage = stage
        self._scenario = scenario
        self._ledger = stage.sandbox.account
        account = stage.account.account_id
        self.record_path = journal_path(stage.state_dir, account)
        self.lock_path = lock_path(stage.state_dir, account)
        self.breaches: list[str] = []
        self.receipts: list[Receipt] = []
        self.held: list[bytes] = []
        """Bodies of requests that are still on their way."""
        self.shown: frozenset[tuple[str, str]] = frozenset()
        self.is_stopped = False
        self._is_writing = False
        self._beaten = self._leapt()
        self._reads: dict[str, tuple[float, Likeness]] = {}
        self._events: list[tuple[object, ...]] = []
        self._others: dict[str, set[str]] = {}
        self._named: dict[str, set[str]] = {}
        """Orders that answers named for a resource, whether they are its orders or not."""
        self._confirmed: dict[str, Likeness] = {}
        self.confirm(plan)

    def say(self, breach: str) -> None:
        """Note a breach, once."""
        if breach not in self.breaches:
            self.breaches.append(breach)

    def confirm(self, plan: Plan) -> None:
        """Note what a person has confirmed."""
        self._confirmed = {item.id: self._likeness(item.id) for item in plan.items}

    def begin(self) -> None:
        """A victim begins."""
        self._is_writing = False
        self.is_stopped = False
        self.beat()

    def beat(self) -> None:
        """The screen gives a sign of life."""
        self._beaten = self._leapt()

    def _leapt(self) -> float:
        """Return the time that has leapt: on a busy machine the real one passes as well, and proves nothing."""
        return self._ledger.clock.offset

    def note_step(self, name: str) -> None:
        """Note that a victim begins to write, or has written."""
        if name.startswith("commit"):
            self._is_writing = name.endswith("begins")

    def note_other(self, resource_id: str, orders: tuple[str, ...]) -> None:
        """Note that somebody else unsubscribed a resource."""
        self._others.setdefault(resource_id, set()).update(orders)

    def note_named(self, ask: Ask, reply: Reply) -> None:
        """Note the orders that an answer to an unsubscribe request names: they are recorded as what was said."""
        try:
            document = json.loads(reply.body)
        except ValueError:
            return
        named = document.get("order_ids") if isinstance(document, dict) else None
        orders = {one for one in named if isinstance(one, str)} if isinstance(named, list) else set()
        for each in json.loads(ask.body)["resource_ids"]:
            self._named.setdefault(each, set()).update(orders)

    def note_read(self, ask: Ask, reply: Reply) -> None:
        """Note which resources a victim has just read, and that it never asks for none."""
        if not ask.path.endswith(QUERY):
            return
        asked = json.loads(ask.body)
        if asked.get("resource_ids", True) in ([], None):
            self.say("S6: a listing asked for no resource, which means all of them")
        if reply.trouble is None and reply.status == 200:
            now = self._leapt()
            for each in asked.get("resource_ids", ()):
                self._reads[each] = (now, self._likeness(each))

    def receive(self, ask: Ask) -> Receipt:
        """Judge an unsubscribe request at the moment at which it comes in."""
        ids = tuple(json.loads(ask.body)["resource_ids"])
        record = read_record(self.record_path)
        self._judge_intent(ids, ask.body, record)
        self._judge_freshness(ids)
        self._judge_quiet(ids, record)
        self._judge_hold()
        self._judge_repeats(ids)
        receipt = Receipt(ids, ask.body, self._leaving_place(record, ask.body))
        self.receipts.append(receipt)
        for each in ids:
            self._reads.pop(each, None)
        return receipt

    def _leaving_place(self, record: Record, body: bytes) -> tuple[str, int] | None:
        digest = sha256(body).hexdigest()
        leaving = (place for place, row in record.rows.items() if row.state == "submitting")
        return next((place for place in leaving if record.rows[place].requests[-1:] == (digest,)), None)

    def _judge_intent(self, ids: tuple[str, ...], body: bytes, record: Record) -> None:
        if self._is_writing:
            self.say("S1: a request after something could not be written")
        digest = sha256(body).hexdigest()
        leaving = [row for row in record.rows.values() if row.state == "submitting"]
        if not any(row.requests[-1:] == (digest,) for row in leaving):
            self.say("S1: a request came in that is not on disk")
        if len(ids) != 1 or ids[0] not in self._confirmed or ids != tuple(row.resource_id for row in leaving):
            self.say("S6: a request names something else than was confirmed, or is not alone")

    def _judge_freshness(self, ids: tuple[str, ...]) -> None:
        now = self._leapt()
        for each in ids:
            at, likeness = self._reads.get(each, (float("-inf"), ()))
            if now - at > PACE.precheck_max_age_seconds + 0.5:
                self.say("S3: a request without a fresh read before it")
            elif likeness != self._confirmed.get(each):
                self.say("S3: a request for something that is not what was confirmed")

    def _judge_quiet(self, ids: tuple[str, ...], record: Record) -> None:
        now = datetime.fromtimestamp(self._ledger.clock.now(), UTC)
        for row in record.rows.values():
            age = (now - row.since).total_seconds()
            if row.state == "unknown" and age < PACE.reconcile_limit_seconds - 0.5 and not record.ended[row.run_id]:
                self.say("S4: a request while it is not known what became of the one before")
        if any(len([row for row in record.of(each) if row.state in OPEN]) > 1 for each in ids):
            self.say("S2: a request for a resource whose last one is still open")

    def _judge_hold(self) -> None:
        if not self._is_locked():
            self.say("S5: a request of a process that does not hold the lock")
        if self.is_stopped:
            self.say("S5: a request after a stop")
        if self._scenario.attended and self._leapt() - self._beaten > PACE.heartbeat_seconds + 0.5:
            self.say("S5: a request that nobody sees")

    def _judge_repeats(self, ids: tuple[str, ...]) -> None:
        for each in ids:
            before = [receipt for receipt in self.receipts if each in receipt.resource_ids]
            if any(not receipt.was_refused for receipt in before[-1:]) and not self._is_settled_by_person(each):
                self.say("S7: a request was sent twice")
            if self._standing(each) or self._is_held(each):
                self.say("twice: a request for a resource that was unsubscribed before, or will be")

    def _is_settled_by_person(self, resource_id: str) -> bool:
        """Whether every earlier unit of the resource had come to an end after which a person may confirm again."""
        earlier = read_record(self.record_path).of(resource_id)[:-1]
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

    def look_after(self, *, may_write: bool) -> None:
        """Judge the record after a victim's end, to which it may have been able to write or not."""
        record = read_record(self.record_path)
        self._judge_record(record)
        for resource_id, order_id in self.shown:
            if order_id not in record.named.get(resource_id, ()):
                self.say("S9: an order was shown that is not on disk")
        for row in self._last_sent(record):
            self._judge_row(row)
        for receipt in self.receipts:
            self._judge_honesty(receipt, record)
        if may_write and not all(record.ended.values()):
            self.say("stuck: a run has no end although its process ended by itself")

    def _last_sent(self, record: Record) -> list[Row]:
        """Return the last unit of each resource that left; one before it was judged when it was the last."""
        return list({row.resource_id: row for row in record.rows.values() if row.requests}.values())

    def _judge_record(self, record: Record) -> None:
        if record.events[: len(self._events)] != self._events:
            self.say("S12: what was on record is so no more")
        self._events = record.events
        derived = {place: (row.state, list(row.order_ids)) for place, row in record.rows.items()}
        table = {place: (state, json.loads(orders)) for place, (state, orders) in record.table.items()}
        if derived != table:
            self.say("S12: the states are not those that the events come to")

    def _judge_honesty(self, receipt: Receipt, record: Record) -> None:
        digest = sha256(receipt.body).hexdigest()
        for each in receipt.resource_ids:
            if not any(digest in row.requests for row in record.of(each)):
                self.say("lost: a request that came in never left, says the record")
            elif receipt.place and not receipt.was_refused and record.rows[receipt.place].state in UNSENT:
                self.say("S8: a request that came in was not sent, says the record")

    def _judge_row(self, row: Row) -> None:
        """Judge what the record claims of a unit."""
        each, standing = row.resource_id, self._standing(row.resource_id)
        known = self._standing(each) | self._fallen(each) | self._others.get(each, set())
        known |= self._named.get(each, set()) if row.state == "accepted" else set()
        if not set(row.order_ids) <= known:
            self.say("false: an order is claimed that belongs to another resource")
        match row.state:
            case "settled" if not self._is_done(row):
                self.say("S10: settled, but the service has not done it")
            case "not_executed" if standing or self._is_held(each):
                self.say("S11: not executed, says the record, but it was, or will be")
            case "gone_no_order" if not self._is_gone(each):
                self.say("S11: gone, says the record, but it is there")
            case "rejected" if standing:
                self.say("false: rejected, says the record, but it was executed")
            case "order_failed" if standing:
                self.say("false: failed, says the record, but the order stands")

    def has_open_units(self) -> bool:
        """Whether the record leaves something open."""
        return any(row.state in OPEN for row in read_record(self.record_path).rows.values())

    def conclude(self) -> None:
        """Judge the record once everything must be known."""
        record = read_record(self.record_path)
        for row in record.rows.values():
            unclear = row.state == "unknown" and len(row.candidates) > 1 and self._scenario.kind is Kind.SIBLINGS
            if row.state in OPEN and not unclear:
                self.say(f"stuck: a unit stays {row.state}")
            if row.state in ("confirmed", "planned"):
                self.say("stuck: a unit stays confirmed although its run is over")
        for each in {each for receipt in self.receipts for each in receipt.resource_ids}:
            if not self._standing(each) <= record.orders.get(each, set()):
                self.say("lost: an order is not on record")
            if len(self._standing(each)) > 1:
                self.say("twice: a resource was unsubscribed twice")

    def _likeness(self, resource_id: str) -> Likeness:
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

    def _standing(self, resource_id: str) -> set[str]:
        return {each for each, stage in self._orders(resource_id).items() if stage is not OrderStage.CANCELLED}

    def _fallen(self, resource_id: str) -> set[str]:
        return {each for each, stage in self._orders(resource_id).items() if stage is OrderStage.CANCELLED}

    def _is_held(self, resource_id: str) -> bool:
        return any(resource_id in json.loads(body)["resource_ids"] for body in self.held)

    def _is_done(self, row: Row) -> bool:
        orders = self._orders(row.resource_id)
        done = all(orders.get(each, OrderStage.COMPLETED) is OrderStage.COMPLETED for each in row.order_ids)
        return done and bool(row.order_ids) and (self._scenario.kind is Kind.RENEWED or self._is_gone(row.resource_id))

    def _is_gone(self, resource_id: str) -> bool:
        resource = self._ledger.resources.get(resource_id)
        return resource is None or resource.status is ResourceStatus.CLOSED
