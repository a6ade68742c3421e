"""State of the simulated account: resources, orders, bills and balances.

Nothing happens in the background. Every call first advances the state to the current time: orders in progress are
approved and completed with the time at which they were due, and terms expire. Callers must hold `lock`, because event
loops in several threads may share the state.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.billing import Billing
from unsub_tui.sandbox.generator import Generator
from unsub_tui.sandbox.models import Order, Resource
from unsub_tui.sandbox.order_store import OrderStore
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.state_file import Cancellation, Event, PolicyChange, StateFile, UnsubscribeRequest, check_time
from unsub_tui.sandbox.timestamps import SimulatedClock
from unsub_tui.sandbox.unsubscriptions import UnsubscribeOutcome, Unsubscriptions

if TYPE_CHECKING:
    from unsub_tui.sandbox.estate.account_inventory import AccountInventory
    from unsub_tui.sandbox.estate.estate import Estate

_OPENING_BALANCE = Decimal(25000)
_OPENING_CREDIT = Decimal(100000)


class AccountState:
    """Resources, orders, bills and balances of the account."""

    def __init__(self, *, generator: Generator, count: int, clock: SimulatedClock, behavior: Behavior) -> None:
        self.lock = threading.RLock()
        self.site = generator.site
        self.clock = clock
        self.get_purchase = generator.get_purchase
        self.orders = OrderStore(generator.get_purchase)
        self.cash = _OPENING_BALANCE
        self.credit = _OPENING_CREDIT
        self.billing = Billing(self.orders, generator.site, lambda: self.behavior)
        self.behavior = behavior
        """May be replaced at any time."""
        self.request_log: list[UnsubscribeRequest] = []
        """All received unsubscribe requests, oldest first."""
        self.policy_changes: list[tuple[str, int]] = []
        """All changes of expiry policies, oldest first: resource id and policy code."""
        self.moment = 0.0
        """Time to which the state has advanced, in seconds since 1970."""
        self.list_position = 0
        """Number of rows by which the list of all resources has moved."""
        self.resources = self._populate(generator, count)
        self._generator = generator
        self._unsubscriptions = Unsubscriptions(
            site=self.site,
            get_behavior=lambda: self.behavior,
            orders=self.orders,
            resources=self.resources,
            credit_refund=self._credit_refund,
        )
        self._state_file: StateFile | None = None

    @cached_property
    def estate(self) -> Estate:
        """The state of the resources."""
        from unsub_tui.sandbox.estate.estate import Estate  # noqa: PLC0415 - the first page of the list needs none

        return Estate(
            self.resources,
            get_nodes=lambda: self.inventory.nodes,
            seed=self._generator.seed,
            epoch=self._generator.epoch,
            is_hostile=self._generator.is_hostile,
        )

    @cached_property
    def inventory(self) -> AccountInventory:
        """The account as the services beside ECS, EVS and EIP know it."""
        from unsub_tui.sandbox.estate.account_inventory import AccountInventory  # noqa: PLC0415 - as above

        return AccountInventory(
            resources=self.resources,
            estate=self.estate,
            epoch=self._generator.epoch,
            get_moment=lambda: self.moment,
        )

    def _populate(self, generator: Generator, count: int) -> ResourceStore:
        by_purchase: dict[int, tuple[Resource, ...]] = {}
        for summary in generator.generate(count):
            self.orders.add_purchase(summary)
            if not summary.is_unsubscribed:
                by_purchase[summary.number] = summary.resources
        self.orders.sort_index()
        return ResourceStore(by_purchase)

    def attach_state_file(self, state: StateFile) -> None:
        """Restore the events of the file, and save all further events in it. Raise ValueError for invalid events."""
        for event in state.events():
            self.advance_to(check_time(event.moment))
            match event:
                case UnsubscribeRequest():
                    self.request_log.append(event)
                    if event.executed:
                        self._unsubscriptions.end_transactions(event.executed)
                        self._unsubscriptions.request(event.executed, event.unsubscribe_type, event.moment)
                case Cancellation():
                    self._unsubscriptions.cancel(event.order_id, event.moment)
                case PolicyChange():
                    self.resources.set_policy(event.resource_id, event.policy, int(event.moment))
        # Another process may have advanced its clock before it saved the last event.
        self.clock.advance(max(0.0, self.moment - self.clock.now()))
        self._state_file = state

    def now(self) -> int:
        """Advance the state to the current time, and return the time in seconds since 1970."""
        return self.advance_to(self.clock.now())

    def advance_to(self, until: float) -> int:
        """Process everything that is due by this time, and return the time; the time never goes back."""
        self.moment = max(self.moment, until)
        self._unsubscriptions.advance_to(self.moment)
        self.resources.expire_until(int(self.moment))
        return int(self.moment)

    def unsubscribe(self, ids: tuple[str, ...], unsubscribe_type: int) -> UnsubscribeOutcome:
        """Execute an unsubscribe request; `log_request` saves it."""
        self.now()
        return self._unsubscriptions.request(ids, unsubscribe_type, self.moment)

    def set_policy(self, resource_id: str, policy: int) -> None:
        """Set the expiry policy of a resource and save the change."""
        self.resources.set_policy(resource_id, policy, self.now())
        self.policy_changes.append((resource_id, policy))
        self._save_event(PolicyChange(moment=self.moment, resource_id=resource_id, policy=policy))

    def cancel(self, order_id: str) -> bool:
        """Cancel an unsubscription in progress, as an account manager may do; return False if there is none."""
        with self.lock:
            self.now()
            cancelled = self._unsubscriptions.cancel(order_id, self.moment)
            if cancelled:
                self._save_event(Cancellation(moment=self.moment, order_id=order_id))
            return cancelled

    def log_request(self, request: UnsubscribeRequest) -> None:
        """Log an unsubscribe request and save it."""
        with self.lock:
            self.request_log.append(request)
            self._save_event(request)

    def executions(self, resource_id: str) -> list[UnsubscribeRequest]:
        """Return the executed requests for a resource; more than one means that a client submitted twice."""
        with self.lock:
            return [request for request in self.request_log if resource_id in request.executed]

    def _save_event(self, event: Event) -> None:
        if self._state_file is not None:
            self._state_file.add_event(event)

    def _credit_refund(self, order: Order) -> None:
        for one in order.refund_lines:
            on_credit = one.refund * one.credit_share
            self.credit += on_credit
            self.cash += one.refund - on_credit
