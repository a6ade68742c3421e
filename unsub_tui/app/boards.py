"""The account's one listing on three boards, one for each tab; the board in front is the table's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.app.board import Board
from unsub_tui.app.shown import Outside
from unsub_tui.app.stock import Changes, Objection, Stock, changes
from unsub_tui.domain.action import Action
from unsub_tui.domain.contents import objection, renewed
from unsub_tui.domain.eligibility import Blocked, blocked_any
from unsub_tui.domain.guards import is_protected
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.renewed import NO_RENEWALS, Renewals
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.domain.tab import Tab
from unsub_tui.engine.engine import Engine

if TYPE_CHECKING:
    from unsub_tui.domain.run import Unit


@dataclass(frozen=True, slots=True)
class Intake:
    """One listing of the account, growing while pages arrive: all of it, and its rows on each tab."""

    catalogue: Catalogue
    stocks: dict[Tab, Stock]

    def __len__(self) -> int:
        return len(self.catalogue)


class Boards:
    """The tabs of the list, and which one is in front."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._orders: defaultdict[str, set[str]] = defaultdict(set)
        self._intake: Intake | None = None
        self._asked: set[str] = set()
        self.renewals: Renewals = NO_RENEWALS
        """What is known so far of renewed periods."""
        self.cursors = dict.fromkeys(Tab, 0)
        """Where the cursor stood on each tab when another came to the front."""
        self.tab = Tab.ACTIVE
        self.by_tab = {tab: Board(tab, self._outside(tab)) for tab in Tab}

    @property
    def current(self) -> Board:
        """The board in front."""
        return self.by_tab[self.tab]

    # The table's rows

    def __len__(self) -> int:
        return len(self.current)

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        return self.current.cells(position)

    def box(self, position: int) -> str:
        """Return the mark box of a row."""
        return self.current.box(position)

    # New data

    def begin(self, instead_of: Intake | None = None) -> Intake:
        """Return an empty listing; it is shown at once instead of nothing, or of `instead_of`."""
        catalogue = Catalogue()
        before = instead_of.stocks if instead_of is not None else {}
        stocks = {tab: board.begin(catalogue, before.get(tab)) for tab, board in self.by_tab.items()}
        return Intake(catalogue, stocks)

    def grow(self, intake: Intake, page: Sequence[Resource]) -> bool:
        """Take one page into a listing; return whether that listing is the one in front."""
        intake.catalogue.add(page)
        now = self._engine.now()
        grown = {tab: board.grow(intake.stocks[tab], tab.on(page, now)) for tab, board in self.by_tab.items()}
        return grown[self.tab]

    def changes(self, intake: Intake) -> Changes:
        """Return what a whole listing would change."""
        before = self._intake.catalogue if self._intake is not None else Catalogue()
        return changes(before, intake.catalogue)

    def finish(self, intake: Intake) -> list[Resource]:
        """Show a whole listing; return marked resources that are gone or cannot be marked any more, of all tabs."""
        self._intake = intake
        self._fill_renewals(intake.stocks[Tab.RENEWAL])
        return [each for tab, board in self.by_tab.items() for each in board.finish(intake.stocks[tab])]

    def take_renewals(self, renewals: Renewals) -> Sequence[Resource]:
        """Show what is known of renewed periods; return marked resources that are not among them any more."""
        self.renewals = renewals
        if self._intake is None:
            return ()
        board = self.by_tab[Tab.RENEWAL]
        stock = board.begin(self._intake.catalogue)
        self._intake.stocks[Tab.RENEWAL] = stock
        self._fill_renewals(stock)
        return board.finish(stock)

    # Marks and orders

    @property
    def marks(self) -> int:
        """How many resources are marked, on all tabs."""
        return sum(len(board.marks) for board in self.by_tab.values())

    def take_settled(self, settled: Sequence[Unit]) -> None:
        """Unmark what a run from the tab in front has settled; what was unsubscribed is gone on every tab.

        With it what went along: attached ones, and the other main ones of a whole; not what was seen to be left.
        """
        self.current.marks.drop([unit.resource_id for unit in settled])
        units = [unit for unit in settled if unit.action is Action.UNSUBSCRIBE]
        left = {each.resource_id for unit in units if unit.aftermath for each in unit.aftermath.leftovers}
        gone = [each for unit in units for each in (unit.resource_id, *unit.attached_ids) if each not in left]
        if not gone:
            return
        self.current.catalogue.close(gone)  # one for all tabs
        for board in self.by_tab.values():
            board.marks.drop(gone)
            board.close(gone)

    def unasked(self, order_ids: Collection[str]) -> list[str]:
        """Return those of these orders of which the service was not asked yet."""
        return [each for each in order_ids if each.upper() not in self._asked]

    def take_order(self, order_id: str, resource_ids: Collection[str]) -> None:
        """Remember which resources an order is about."""
        self._asked.add(order_id.upper())
        for each in resource_ids:
            self._orders[each].add(order_id.upper())

    # Reasons

    def why_not_alone(self, resource: Resource) -> Blocked | None:
        """Return why a resource cannot be reviewed alone on the tab in front."""
        if self.tab is Tab.ACTIVE and not is_protected(resource, self._engine.options.guards):
            return blocked_any(resource, self._engine.rules, self._engine.now(), alone=True)
        return self._objection(self.tab)(resource, self.current.catalogue)

    def free_until(self, resource: Resource) -> datetime | None:
        """Return until when a resource would come back in full, where the site has such a rule."""
        if self._engine.account is None or not resource.is_main_resource:
            return None
        from unsub_tui.domain.estimate import free_until

        return free_until(resource, self._engine.rules, self._engine.now())

    def _outside(self, tab: Tab) -> Outside:
        return Outside(
            now=self._engine.now,
            blocked=self._objection(tab),
            periods_of=self._periods_of,
            free_until=self.free_until,
            orders_of=lambda key: {*self._orders.get(key, ()), *_orders(self.renewals.payments.get(key, ()))},
        )

    def _objection(self, tab: Tab) -> Objection:
        engine = self._engine

        def against(resource: Resource, catalogue: Catalogue) -> Blocked | None:
            if is_protected(resource, engine.options.guards):
                return Blocked.PROTECTED
            rules, now = engine.rules, engine.now()
            return objection(tab, resource, catalogue, renewals=self.renewals, rules=rules, now=now)

        return against

    def _periods_of(self, resource: Resource) -> tuple[Payment, ...]:
        return self.renewals.of(resource, self._engine.now())

    def _fill_renewals(self, stock: Stock) -> None:
        if not len(stock.listing):
            rows = renewed(stock.catalogue, self.renewals, self._engine.now())
            self.by_tab[Tab.RENEWAL].grow(stock, rows)


def _orders(payments: Sequence[Payment]) -> set[str]:
    return {each.order_id for each in payments if each.order_id}
