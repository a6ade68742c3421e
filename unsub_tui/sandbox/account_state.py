"""State of the simulated account: resources, orders, bills and balances.

Nothing happens in the background. Every call first advances the state to the current time: orders in progress are
approved and completed with the time at which they were due, and terms expire. Callers must hold `lock`, because event
loops in several threads may share the state.
"""

from __future__ import annotations

import threading
from decimal import Decimal

from unsub_tui.sandbox.behavior import Behavior
from unsub_tui.sandbox.billing import Billing
from unsub_tui.sandbox.clock import SimulatedClock
from unsub_tui.sandbox.generator import Generator
from unsub_tui.sandbox.models import Order, Resource
from unsub_tui.sandbox.order_store import OrderStore
from unsub_tui.sandbox.request_log import RequestLogEntry
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.state_file import Event, StateFile
from unsub_tui.sandbox.unsubscriptions import UnsubscribeOutcome, Unsubscriptions

_OPENING_BALANCE = Decimal(25000)
_OPENING_CREDIT = Decimal(100000)


class AccountState:
    """Resources, orders, bills and balances of the account."""

    def __init__(self, *, generator: Generator, count: int, clock: SimulatedClock, behavior: Behavior) -> None:
        self.lock = threading.RLock()
        self.site = generator.site
        self.clock = clock
        self.get_purchase = generator.cached_purchase
        self.orders = OrderStore(generator.cached_purchase)
        self.cash = _OPENING_BALANCE
        self.credit = _OPENING_CREDIT
        self.billing = Billing(self.orders, generator.cached_purchase, generator.site)
        self.request_log: list[RequestLogEntry] = []
        """All received unsubscribe requests, oldest first."""
        self.policy_changes: list[tuple[str, int]] = []
        """All changes of expiry policies, oldest first: resource id and policy code."""
        self.resources = self._populate(generator, count)
        self._unsubscriptions = Unsubscriptions(
            site=self.site,
            behavior=behavior,
            orders=self.orders,
            resources=self.resources,
            credit_refund=self._credit_refund,
        )
        self._moment = 0.0
        self._state_file: StateFile | None = None

    def _populate(self, generator: Generator, count: int) -> ResourceStore:
        by_purchase: dict[int, tuple[Resource, ...]] = {}
        for outline in generator.generate(count):
            self.orders.add_purchase(outline)
            if not outline.is_unsubscribed:
                by_purchase[outline.number] = outline.resources
        self.orders.sort_index()
        return ResourceStore(by_purchase)

    @property
    def behavior(self) -> Behavior:
        """Behavior that is unknown for the real service; may be replaced at any time."""
        return self._unsubscriptions.behavior

    @behavior.setter
    def behavior(self, behavior: Behavior) -> None:
        self._unsubscriptions.behavior = behavior

    def attach_state_file(self, state: StateFile) -> None:
        """Restore the events of the file, and save all further events in it."""
        for event in state.events():
            self.advance_to(event.moment)
            self._replay(event)
        self.request_log = [RequestLogEntry.from_json(text) for text in state.request_log()]
        self._state_file = state

    def _replay(self, event: Event) -> None:
        match event.kind:
            case "unsubscribe":
                self._unsubscriptions.request(event.resource_ids, event.value, event.moment)
            case "cancel":
                self._unsubscriptions.cancel(event.order_id, event.moment)
            case "policy":
                self.resources.set_policy(event.resource_ids[0], event.value, int(event.moment))
            case unknown:
                raise ValueError(f"the state file contains an event of unknown kind {unknown!r}")

    def now(self) -> int:
        """Advance the state to the current time, and return the time in seconds since 1970."""
        return self.advance_to(self.clock.now())

    def advance_to(self, until: float) -> int:
        """Process everything that is due by this time, and return the time; the time never goes back."""
        self._moment = max(self._moment, until)
        self._unsubscriptions.advance_to(self._moment)
        self.resources.expire_until(int(self._moment))
        return int(self._moment)

    def unsubscribe(self, ids: tuple[str, ...], unsubscribe_type: int) -> UnsubscribeOutcome:
        """Execute an unsubscribe request and save it."""
        self.now()
        outcome = self._unsubscriptions.request(ids, unsubscribe_type, self._moment)
        if outcome.executed:
            self._save_event(
                Event(moment=self._moment, kind="unsubscribe", resource_ids=outcome.executed, value=unsubscribe_type)
            )
        return outcome

    def set_policy(self, resource_id: str, policy: int) -> None:
        """Set the expiry policy of a resource and save the change."""
        now = self.now()
        self.policy_changes.append((resource_id, policy))
        self.resources.set_policy(resource_id, policy, now)
        self._save_event(Event(moment=self._moment, kind="policy", resource_ids=(resource_id,), value=policy))

    def cancel(self, order_id: str) -> bool:
        """Cancel an unsubscription in progress, as an account manager may do; return False if there is none."""
        with self.lock:
            self.now()
            cancelled = self._unsubscriptions.cancel(order_id, self._moment)
            if cancelled:
                self._save_event(Event(moment=self._moment, kind="cancel", order_id=order_id))
            return cancelled

    def log_request(self, entry: RequestLogEntry) -> None:
        """Log an unsubscribe request and save the entry."""
        with self.lock:
            self.request_log.append(entry)
            if self._state_file is not None:
                self._state_file.add_request(entry.to_json())

    def executions(self, resource_id: str) -> list[RequestLogEntry]:
        """Return the executed requests for a resource; more than one means that a client submitted twice."""
        with self.lock:
            return [attempt for attempt in self.request_log if resource_id in attempt.executed]

    def _save_event(self, event: Event) -> None:
        if self._state_file is not None:
            self._state_file.add_event(event)

    def _credit_refund(self, order: Order) -> None:
        for one in order.refund_lines:
            on_credit = one.refund * one.credit_share
            self.credit += on_credit
            self.cash += one.refund - on_credit
