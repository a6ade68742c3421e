"""Estimates over HTTP against an oracle written from Huawei Cloud's pages: equal, or unknown, or bounds that hold it.

Purchases are generated: odd terms, combined services, renewals, changes, debt, coupons, cards, both sites.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.agreement.billing_service import MASTER, BillForm, BillingService
from tests.agreement.estimate_oracle import NOTHING, Bounds, Expected, Money, Owned, PaidLine, Purchase, expect
from tests.support.effort import by_effort
from tests.support.engine_stage import read_catalog
from tests.support.stub_vendor import StubVendor
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.paid_periods import NO_RENEWALS
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.quotes.bills import BillCache
from unsub_tui.engine.quotes.builder import quote_plan
from unsub_tui.engine.quotes.renewals import RenewalCache, read_renewals
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.fact_texts import facts_text

FIGURES = ("paid", "consumed", "handling_fee", "refund", "coupon_lost")
TOLERANCE = Decimal("0.000001")
HALF_CENT = Decimal("0.005")
WAIVER = '[{site}.fee_waiver]\nname = "contract 7"\nsource = "the contract"\ndate = 2026-11-02\n'

SOLD_DAYS = (10, 20)
SOLD_MONTHS = (1, 2, 3, 7, 11, 12, 18, 24, 30, 36)
WAYS = ("cash", "credit", "debt", "cards")
cents = st.integers(0, 200_000).map(lambda each: Decimal(each) / 100)


@dataclass(frozen=True)
class Term:
    """A term of sale: its row in the fee table, its form in the bill, and its end."""

    row: int
    period: tuple[int, int] | None
    start: datetime
    end: datetime


def months_later(moment: datetime, months: int) -> datetime:
    """Return the moment so many months later, on the last day of the month if that is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = (datetime(year + month // 11, (month + 1) % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def end_of_day(moment: datetime) -> datetime:
    """Return the last second of a day in UTC+8."""
    return moment.replace(hour=15, minute=59, second=59) + timedelta(days=moment.hour > 15)


@st.composite
def terms(draw: st.DrawFn, start: datetime, *, is_renewal: bool = False) -> Term:
    """Return a term that begins at `start`."""
    days = 0 if is_renewal else draw(st.sampled_from((0, 0, 0, *SOLD_DAYS)))
    if days:
        period = draw(st.sampled_from([None, (24, days)]))
        return Term(0, period, start, end_of_day(start + timedelta(days=days)))
    months = draw(st.sampled_from(SOLD_MONTHS))
    period = (19, months // 12) if months % 12 == 0 and draw(st.booleans()) else (20, months)
    return Term(months, period, start, end_of_day(months_later(start, months)))


@st.composite
def amounts(draw: st.DrawFn, site: str) -> Money:
    """Return how a line was paid: mostly in cash, with a coupon now and then."""
    way = draw(st.sampled_from(["cash", "cash", "cash", "credit", "debt", "cards", "mixed", "free"]))
    price = NOTHING if way == "free" else draw(cents)
    shares = {name: price / 4 if way == "mixed" else price if way == name else NOTHING for name in WAYS}
    coupon = draw(st.one_of(st.just(NOTHING), cents))
    bonus = Decimal("2.50") if site == "intl" and draw(st.integers(0, 19)) == 0 else NOTHING
    return Money(**shares, coupon=coupon, bonus=bonus)


def moments(draw: st.DrawFn, first: datetime, last: datetime) -> datetime:
    """Draw a moment, often one at which a rule changes."""
    span = int((last - first).total_seconds()) - 1
    second = draw(st.integers(0, span))
    hour = first.replace(minute=0, second=0)
    special = [months_later(hour, 12 * years) + timedelta(hours=hours) for years in (1, 2) for hours in (0, 1)]
    special += [first - timedelta(days=2), first + timedelta(days=5), first + timedelta(days=5, seconds=1)]
    special += [first + timedelta(hours=3)]
    found = draw(st.sampled_from([first + timedelta(seconds=second)] * 8 + special))
    return found if found < last else first + timedelta(seconds=second)


@st.composite
def purchases(draw: st.DrawFn) -> Purchase:
    """Return a server with its disks and everything that was paid for it up to now."""
    site = draw(st.sampled_from(["intl", "cn"]))
    effective = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 700 * 86400)))
    bought = [draw(terms(effective))]
    for _ in range(draw(st.integers(0, 2))):
        begin = bought[-1].end + timedelta(seconds=draw(st.integers(0, 1)))
        bought.append(draw(terms(begin, is_renewal=True)))
    now = moments(draw, effective, bought[-1].end)
    is_early = draw(st.booleans())
    names = ["server", *(f"disk-{number}" for number in range(draw(st.integers(0, 2))))]
    lines: list[PaidLine] = []
    paid_at = min(effective, now) - timedelta(minutes=draw(st.integers(1, 600)))
    sold = []
    for number, term in enumerate(bought):
        if number:
            usual = term.start - timedelta(days=7)
            paid_at = max(paid_at + timedelta(hours=40), min(usual, now - timedelta(hours=2)) if is_early else usual)
        if paid_at > now:
            break
        sold.append(term)
        kind = draw(st.sampled_from([2, 8])) if number else 1
        lines += [
            PaidLine(
                resource=each,
                order=f"CS{number}",
                bill_type=kind,
                paid_at=paid_at,
                start=term.start,
                end=term.end,
                terms=(term.row,),
                period=term.period,
                money=draw(amounts(site)),
            )
            for each in names
        ]
    expire = sold[-1].end
    owned = [
        Owned(resource=each, kind="volume" if "disk" in each else "vm", effective=effective, expire=expire)
        for each in names
    ]
    found = Purchase(site=site, now=now, owned=tuple(owned), lines=tuple(lines))
    for change in (_with_bought_again, _with_upgrade, _with_added_disk):
        if draw(st.integers(0, 3)) == 0:
            found = change(draw, found)
    waived, lowered = draw(st.integers(0, 5)) == 0, draw(st.integers(0, 19)) == 0
    lowered = lowered and lines[0].paid_at < now - timedelta(hours=2)
    return replace(found, is_fee_waived=waived, downgrade_end=lines[0].end if lowered else None)


def _running(found: Purchase, moment: datetime) -> PaidLine | None:
    """Return the server's line for this moment."""
    return next((line for line in found.lines if line.start <= moment < line.end), None)


def _since(draw: st.DrawFn, found: Purchase) -> datetime | None:
    """Return a moment after the server began, before now; None if there is none."""
    seconds = int((found.now - found.owned[0].effective).total_seconds())
    if seconds < 3 * 86400:
        return None
    return found.owned[0].effective + timedelta(seconds=draw(st.integers(86400, seconds - 86400)))


def _with_upgrade(draw: st.DrawFn, found: Purchase) -> Purchase:
    """Add a change of specification: for the running period, or up to the expiry that was known then."""
    start = _since(draw, found)
    if start is None or (base := _running(found, start)) is None:
        return found
    known = [line.end for line in found.lines if line.resource == "server" and line.paid_at <= start]
    end = draw(st.sampled_from([base.end, max(known)]))
    changed = {
        row
        for line in found.lines
        if line.resource == "server" and start < line.end and line.start < end
        for row in line.terms
    }
    upgrade = PaidLine(
        resource="server",
        order="CS-up",
        bill_type=3,
        paid_at=start,
        start=start,
        end=end,
        terms=tuple(sorted(changed)),
        period=draw(st.sampled_from([None, (5, 1)])),
        money=draw(amounts(found.site)),
    )
    return replace(found, lines=(*found.lines, upgrade))


def _with_added_disk(draw: st.DrawFn, found: Purchase) -> Purchase:
    """Add a disk that was bought later, up to the server's expiry at that time, and renewed with it since."""
    start = _since(draw, found)
    if start is None or _running(found, start) is None:
        return found
    of_server = [line for line in found.lines if line.resource == "server" and line.bill_type != 3]
    end = max(line.end for line in of_server if line.paid_at <= start)
    months = math.ceil((end - start) / timedelta(days=30.44))
    if months < 1 or end - start < timedelta(days=2):
        return found
    disk = PaidLine(
        resource="disk-late",
        order="CS-disk",
        bill_type=1,
        paid_at=start,
        start=start,
        end=end,
        terms=(months,),
        period=(20, months),
        money=draw(amounts(found.site)),
    )
    renewed = [
        replace(line, resource="disk-late", money=draw(amounts(found.site)))
        for line in of_server
        if line.paid_at > start
    ]
    owned = replace(found.owned[0], resource="disk-late", kind="volume", effective=start)
    return replace(found, owned=(*found.owned, owned), lines=(*found.lines, disk, *renewed))


def _with_bought_again(draw: st.DrawFn, found: Purchase) -> Purchase:
    """Let the last renewal period have been bought before, unsubscribed from, and bought again."""
    order = found.lines[-1].order
    again = [line for line in found.lines if line.order == order]
    if again[0].bill_type not in (2, 8) or again[0].start <= found.now:
        return found
    before = [
        replace(
            line,
            order="CS-before",
            paid_at=line.paid_at - timedelta(hours=36),
            is_refunded=True,
            money=draw(amounts(found.site)),
        )
        for line in again
    ]
    return replace(found, lines=(*found.lines, *before))


forms = st.builds(
    BillForm,
    combination=st.sampled_from(["own", "own", "parts", "relations", "whole"]),
    tax=st.sampled_from(["", "", "resource", "order"]),
    is_paid_by_master=st.booleans(),
    hides_last_day=st.booleans(),
)


@lru_cache
def rules_of(site: str, *, is_fee_waived: bool) -> SiteRules:
    """Return the rules of a site, with a waiver of one's own if there is one."""
    if not is_fee_waived:
        return load_rules(site)
    with TemporaryDirectory() as directory:
        own = Path(directory) / "rules.toml"
        own.write_text(WAIVER.format(site=site))
        return load_rules(site, own)


SEEN: Counter[str] = Counter()
"""What the examples came to."""


def renewed_again() -> Purchase:
    """Return a server with a later disk whose common renewal was refunded and bought again for nothing."""
    begin, now = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    added, middle = datetime(2023, 1, 2, tzinfo=UTC), datetime(2024, 7, 1, 15, 59, 59, tzinfo=UTC)
    end = datetime(2024, 8, 1, 15, 59, 59, tzinfo=UTC)

    def line(resource: str, order: str, start: datetime, stop: datetime, *, paid_at: datetime, cash: str) -> PaidLine:
        months = 1 if stop == end else 18
        return PaidLine(
            resource=resource,
            order=order,
            bill_type=2 if stop == end else 1,
            paid_at=paid_at,
            start=start,
            end=stop,
            terms=(months,),
            period=(20, months),
            money=Money(cash=Decimal(cash)),
            is_refunded=order == "CS-before",
        )

    renewals = [("CS-again", timedelta(hours=2), "0"), ("CS-before", timedelta(hours=38), "2.50")]
    return Purchase(
        site="intl",
        now=now,
        owned=(
            Owned(resource="server", kind="vm", effective=begin, expire=end),
            Owned(resource="disk-late", kind="volume", effective=added, expire=end),
        ),
        lines=(
            line("server", "CS0", begin, middle, paid_at=begin - timedelta(minutes=1), cash="0"),
            line("disk-late", "CS-disk", added, middle, paid_at=added, cash="0"),
            *(
                line(resource, order, middle, end, paid_at=now - before, cash=cash)
                for order, before, cash in renewals
                for resource in ("server", "disk-late")
            ),
        ),
        is_fee_waived=True,
    )


@settings(max_examples=by_effort(60, 2000), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(purchase=purchases(), form=forms)
@example(
    purchase=renewed_again(),
    form=BillForm(combination="whole", tax="", is_paid_by_master=False, hides_last_day=False),
)
def test_an_estimate_is_what_the_pages_say(purchase: Purchase, form: BillForm) -> None:
    """Every figure that the program states is the one that the pages allow; it states all where it can."""
    plan, renewal = asyncio.run(quoted(purchase, form, rules_of(purchase.site, is_fee_waived=purchase.is_fee_waived)))
    (item,) = plan.items
    expected = expect(as_far_as_read(purchase, form))
    check_figures(item.quote, expected)
    check_bounds(item.quote, expected)
    check_notes(item.quote, expected, purchase, form)
    if must_be_known(purchase, form, expected):
        assert item.quote.amounts.refund is not None, facts_text(item.quote.missing)
        SEEN["known"] += 1
    elif item.quote.amounts.refund is None:
        SEEN["unknown"] += 1
    for each in renewal.items:
        check_renewal(each.quote, purchase)


def check_figures(quote: Quote, expected: Expected) -> None:
    """See that what is stated is decided by the pages, and the same; and that what is not stated has a reason."""
    for name in FIGURES:
        stated, bounds = getattr(quote.amounts, name), getattr(expected, name)
        if stated is None:
            assert quote.missing, name
        else:
            assert bounds.high - bounds.low <= TOLERANCE, (name, stated, bounds)
            assert abs(stated - bounds.low) <= TOLERANCE, (name, stated, bounds)


def check_bounds(quote: Quote, expected: Expected) -> None:
    """See that bounds of a fee contain those of one period."""
    for each in quote.missing:
        if isinstance(each, Fact) and each.code == "fee_between":
            low, high = (Decimal(str(dict(each.values)[name])) for name in ("low", "high"))
            fees = [fee for _, fee in expected.line_fees]
            orders = dict.fromkeys(order for order, _ in expected.line_fees)  # one row may be for all its resources
            fees += [sum_of(fee for order, fee in expected.line_fees if order == own) for own in orders]
            assert any(low - HALF_CENT <= fee.low and fee.high <= high + HALF_CENT for fee in fees if not fee.is_point)
            SEEN["bounds"] += 1


def sum_of(parts: Iterable[Bounds]) -> Bounds:
    """Return the bounds of a sum."""
    return reduce(Bounds.plus, parts)


def check_notes(quote: Quote, expected: Expected, purchase: Purchase, form: BillForm) -> None:
    """See that returned coupons and the payer are named."""
    notes = facts_text(quote.notes)
    if quote.amounts.refund is not None and expected.coupon_returned:
        assert f"coupons of {expected.coupon_returned:.2f} " in notes
        assert "valid until 2031-05-06" in notes
    if quote.amounts.refund is not None and form.is_paid_by_master and quote.amounts.paid:
        assert f"paid by account {MASTER}" in notes
    if quote.amounts.refund is not None:
        hidden = [
            is_hidden(line, purchase, form)
            for line in current_lines(purchase)
            if replace(line.money, coupon=NOTHING) != Money()
        ]
        debts = [line for line in current_lines(purchase) if line.money.debt and not is_hidden(line, purchase, form)]
        assert ("is billed as debt" in notes) == bool(debts)
        assert ("not its bill" in notes) >= any(hidden)


def check_renewal(quote: Quote, purchase: Purchase) -> None:
    """See that unsubscribing from the renewal periods alone refunds what was paid for them."""
    coming = [line for line in current_lines(purchase) if line.start > purchase.now and line.bill_type != 3]
    moneys = [line.money for line in coming]
    if quote.amounts.refund is not None:
        paid = sum((paid.cash + paid.credit + paid.cards + paid.debt + paid.bonus for paid in moneys), NOTHING)
        assert abs(quote.amounts.refund - paid) <= TOLERANCE
        SEEN["renewal"] += 1


def as_far_as_read(purchase: Purchase, form: BillForm) -> Purchase:
    """Return the purchase as its orders tell it where no bill does: they do not say how an amount was paid."""

    def told(line: PaidLine) -> PaidLine:
        if not is_hidden(line, purchase, form):
            return line
        paid = line.money
        cash = paid.cash + paid.credit + paid.debt + paid.bonus
        return replace(line, money=Money(cash=cash, cards=paid.cards, coupon=paid.coupon))

    return replace(purchase, lines=tuple(map(told, purchase.lines)))


def is_hidden(line: PaidLine, purchase: Purchase, form: BillForm) -> bool:
    """Return whether no bill shows a payment yet."""
    return form.hides_last_day and purchase.now - line.paid_at < timedelta(days=1)


def current_lines(purchase: Purchase) -> list[PaidLine]:
    """Return the payments for periods that are not over."""
    return [line for line in purchase.lines if line.end > purchase.now and not line.is_refunded]


def must_be_known(purchase: Purchase, form: BillForm, expected: Expected) -> bool:
    """Return whether the pages decide every figure, and the bill contains what it takes."""
    latest = max(line.paid_at for line in purchase.lines)
    is_late = purchase.now - latest < timedelta(days=1) and (form.hides_last_day or form.combination == "whole")
    # A disk added later has a row of its own for the first period, and none for the next ones.
    late = [line.order for line in current_lines(purchase) if line.resource == "disk-late"]
    is_mixed = form.combination == "whole" and "CS-disk" in late and len(late) > 1
    bounds: Sequence[Bounds] = [getattr(expected, name) for name in FIGURES]
    return not is_late and not is_mixed and all(each.is_point for each in bounds)


async def quoted(purchase: Purchase, form: BillForm, rules: SiteRules) -> tuple[Plan, Plan]:
    """Return the plans for the whole resource and for its renewal periods, read over HTTP."""
    service = StubVendor(BillingService(purchase, form))
    async with replace(service.connection(), site=purchase.site).read_client() as client:
        catalog = await read_catalog(client)
        renewals = [step async for step in read_renewals(client, RenewalCache(), catalog.resources, purchase.now)]
        plans = []
        for action in (Action.UNSUBSCRIBE, Action.RENEWAL):
            context = DraftContext(
                account=AccountRef(account_id="acc-1", site=purchase.site),
                catalog=catalog,
                rules=rules,
                guards=Guards(),
                now=purchase.now,
                action=action,
                renewals=renewals[-1].renewals if action is Action.RENEWAL else NO_RENEWALS,
                quote_only=action is Action.UNSUBSCRIBE,
            )
            plan = draft_plan(context, ["server"])
            async for step in quote_plan(BillCache(client), plan, rules, purchase.now, with_next_charge=False):
                plan = step.plan
            plans.append(plan)
    return plans[0], plans[1]
