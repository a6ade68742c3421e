"""The account's ledger: what is subscribed, what was ordered, what came and went.

Nothing happens in the background. Every call first brings the ledger up to the clock: orders under way are approved and
completed at the moments at which they were due, terms run out. Whoever calls holds `lock`; two event loops in two
threads may share one ledger.
"""

from __future__ import annotations

import threading
from decimal import Decimal

from unsub_tui.sandbox.attempts import Attempt
from unsub_tui.sandbox.books import Books
from unsub_tui.sandbox.clock import LedgerClock
from unsub_tui.sandbox.estate import Estate
from unsub_tui.sandbox.generator import Generator
from unsub_tui.sandbox.records import Order, Resource
from unsub_tui.sandbox.settings import Behaviour
from unsub_tui.sandbox.statefile import Event, StateFile
from unsub_tui.sandbox.statements import Statements
from unsub_tui.sandbox.unsubscriptions import Outcome, Unsubscriptions

_OPENING_BALANCE = Decimal(25000)
_OPENING_CREDIT = Decimal(100000)


class Ledger:
    """One account's books."""

    def __init__(self, *, generator: Generator, count: int, clock: LedgerClock, behaviour: Behaviour) -> None:
        self.lock = threading.RLock()
        self.site = generator.site
        self.clock = clock
        self.recall = generator.recall
        self.books = Books(generator.recall)
        self.cash = _OPENING_BALANCE
        self.credit = _OPENING_CREDIT
        self.statements = Statements(self.books, generator.recall, generator.site)
        self.attempts: list[Attempt] = []
        """Every unsubscribe request that came in, oldest first."""
        self.policy_changes: list[tuple[str, int]] = []
        """Every policy that was set, oldest first: the resource and what happens to it at its expiry."""
        self.estate = self._populate(generator, count)
        self._unsubscriptions = Unsubscriptions(
            site=self.site, behaviour=behaviour, books=self.books, estate=self.estate, pay=self._pay_back
        )
        self._moment = 0.0
        self._state: StateFile | None = None

    def _populate(self, generator: Generator, count: int) -> Estate:
        by_purchase: dict[int, tuple[Resource, ...]] = {}
        for outline in generator.until(count):
            self.books.enter(outline)
            if not outline.is_gone:
                by_purchase[outline.number] = outline.resources
        self.books.seal()
        return Estate(by_purchase)

    @property
    def behaviour(self) -> Behaviour:
        """What the real service is not known to do; may be replaced at any time."""
        return self._unsubscriptions.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._unsubscriptions.behaviour = behaviour

    def keep_in(self, state: StateFile) -> None:
        """Bring back what the file remembers, and write down what happens from now on."""
        for event in state.events():
            self.advance_to(event.moment)
            self._repeat(event)
        self.attempts = [Attempt.from_text(text) for text in state.attempts()]
        self._state = state

    def _repeat(self, event: Event) -> None:
        match event.kind:
            case "unsubscribe":
                self._unsubscriptions.request(event.resource_ids, event.value, event.moment)
            case "cancel":
                self._unsubscriptions.cancel(event.order_id, event.moment)
            case "policy":
                self.estate.set_policy(event.resource_ids[0], event.value, int(event.moment))
            case unknown:
                raise ValueError(f"the state file holds an event of unknown kind {unknown!r}")

    def now(self) -> int:
        """Bring the ledger up to the clock, and give the time."""
        return self.advance_to(self.clock.now())

    def advance_to(self, moment: float) -> int:
        """Let everything happen that was due until then."""
        self._moment = max(self._moment, moment)
        self._unsubscriptions.advance_to(self._moment)
        self.estate.expire_until(int(self._moment))
        return int(self._moment)

    def unsubscribe(self, ids: tuple[str, ...], scope: int) -> Outcome:
        """Carry an unsubscribe request out."""
        self.now()
        outcome = self._unsubscriptions.request(ids, scope, self._moment)
        if outcome.executed:
            self._write(Event(moment=self._moment, kind="unsubscribe", resource_ids=outcome.executed, value=scope))
        return outcome

    def set_policy(self, resource_id: str, policy: int) -> None:
        """Say what happens to a resource when it expires."""
        now = self.now()
        self.policy_changes.append((resource_id, policy))
        self.estate.set_policy(resource_id, policy, now)
        self._write(Event(moment=self._moment, kind="policy", resource_ids=(resource_id,), value=policy))

    def cancel(self, order_id: str) -> bool:
        """Let an unsubscription under way fail, as when an account manager says no. False when there is none."""
        with self.lock:
            self.now()
            cancelled = self._unsubscriptions.cancel(order_id, self._moment)
            if cancelled:
                self._write(Event(moment=self._moment, kind="cancel", order_id=order_id))
            return cancelled

    def note(self, attempt: Attempt) -> None:
        """Keep the truth about an unsubscribe request."""
        with self.lock:
            self.attempts.append(attempt)
            if self._state is not None:
                self._state.add_attempt(attempt.to_text())

    def executions(self, resource_id: str) -> list[Attempt]:
        """Give the requests that were carried out for a resource: more than one means it was sent twice."""
        with self.lock:
            return [attempt for attempt in self.attempts if resource_id in attempt.executed]

    def _write(self, event: Event) -> None:
        if self._state is not None:
            self._state.add_event(event)

    def _pay_back(self, order: Order) -> None:
        for one in order.charges:
            on_credit = one.refund * one.credit_share
            self.credit += on_credit
            self.cash += one.refund - on_credit
