"""The estimate, against the vendor's printed examples and against properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.coupons import OrderCoupons
from unsub_tui.domain.durations import Counting, Usage, usage, years_begun
from unsub_tui.domain.estimate import EstimateInputs, QuotaState, estimate, estimate_renewal
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.fee_history import FeeHistory, ObservedFee
from unsub_tui.domain.money import Amounts, FigureSource
from unsub_tui.domain.paid_periods import Renewals, resource_of
from unsub_tui.domain.quote import BillType, Payment, Quote, UnsubscriptionKind
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.money import refund_cell
from unsub_tui.present.quotes import quote_lines

INTL, CN = load_rules("intl"), load_rules("cn")
CENT = Decimal("0.00000001")

# The vendor's example, printed on its pages of 2025 for every site: bought 10:30, expiring at the end of 1 February.
BOUGHT = datetime(2024, 1, 1, 10, 30, tzinfo=UTC)
EXPIRES = datetime(2024, 2, 1, 23, 59, 59, tzinfo=UTC)
UNSUBSCRIBED_AT = datetime(2024, 1, 15, 18, 40, tzinfo=UTC)


def disk(effective: datetime = BOUGHT, expire: datetime = EXPIRES) -> Resource:
    """Return a disk with this subscription."""
    return Resource(resource_id=UntrustedText("disk-1"), effective_time=effective, expire_time=expire)


def payment(
    payable: str,
    coupon: str = "0",
    *,
    start: datetime = BOUGHT,
    end: datetime = EXPIRES,
    months: int = 1,
    bill_type: BillType = BillType.PURCHASE,
) -> Payment:
    """Return a bill row of the disk."""
    return Payment(
        resource_id="disk-1",
        order_id="CS1",
        bill_type=bill_type,
        currency="USD",
        payable=Decimal(payable),
        coupon=Decimal(coupon),
        paid_at=start,
        term_start=start,
        term_end=end,
        period_months=months,
    )


def estimate_of(
    resources: list[Resource], payments: list[Payment], now: datetime, rules: SiteRules = INTL, *lessons: ObservedFee
) -> Quote:
    """Return the estimate on the international site, unless another is named."""
    return estimate(resources, payments, EstimateInputs(rules=rules, now=now, fee_history=FeeHistory(lessons)))


def facts_of(quote: Quote) -> list[Fact]:
    """Return the missing data of a quote; all of it is stated as facts."""
    return [each for each in quote.missing if isinstance(each, Fact)]


def test_durations_of_the_printed_example() -> None:
    """X1: the order lasts 31 d 14 h, of which 14 d 8 h are used."""
    assert usage(Counting.HOURS, BOUGHT, EXPIRES, UNSUBSCRIBED_AT) == Usage(used=14 * 24 + 8, total=31 * 24 + 14)


def test_the_older_rule() -> None:
    """X2, D4: bought 14 June, expiring 14 July, unsubscribed 21 June: 7 of 31 days are used, ten percent is the fee."""
    june, july, moment = (datetime(2024, month, day, 4, tzinfo=UTC) for month, day in ((6, 14), (7, 14), (6, 21)))
    assert usage(Counting.DAYS_BEFORE, june, july, moment) == Usage(used=7, total=31)
    rules = replace(INTL, counting=Counting.DAYS_BEFORE)
    quote = estimate_of([disk(june, july)], [payment("100", start=june, end=july)], moment, rules)
    assert quote.amounts.refund is not None
    assert quote.amounts.refund.quantize(CENT) == Decimal("67.41935484")


@pytest.mark.parametrize(
    ("payable", "coupon", "consumed", "fee", "refund"),
    [
        pytest.param("100.00", "0", "45.38258575", "10.00", "44.61741425", id="paid 100"),
        pytest.param("100.00", "20.00", "36.30606860", "8.00", "35.69393140", id="coupon of 20 is lost"),
        pytest.param("1000.00", "0", "453.82585752", "100.00", "446.17414248", id="paid 1000"),
    ],
)
def test_the_printed_example_in_money(payable: str, coupon: str, consumed: str, fee: str, refund: str) -> None:
    """Consumed by whole hours, ten percent fee for a month, the rest comes back."""
    quote = estimate_of([disk()], [payment(payable, coupon)], UNSUBSCRIBED_AT)
    assert quote.amounts.consumed is not None
    assert quote.amounts.refund is not None
    assert quote.amounts.consumed.quantize(CENT) == Decimal(consumed)
    assert quote.amounts.handling_fee == Decimal(fee)
    assert quote.amounts.refund.quantize(CENT) == Decimal(refund)
    assert quote.amounts.coupon_lost == Decimal(coupon)
    assert quote.source is FigureSource.ESTIMATE
    assert "intl fee table" in facts_text(quote.rules)


@pytest.mark.parametrize("rules", [INTL, CN])
def test_what_may_be_a_package_has_no_refund_that_is_known(rules: SiteRules) -> None:
    """Which packages come back while in use is not published by code: paid is known, nothing else is, and why is said.

    One that has not begun comes back in full.
    """
    package = replace(disk(), resource_type_code=UntrustedText("hws.resource.type.pkg.shared"))
    quote = estimate_of([package], [payment("100", "20")], UNSUBSCRIBED_AT, rules)
    assert quote.amounts == Amounts(currency="USD", paid=Decimal(80))
    assert "hws.resource.type.pkg.shared may be a package" in facts_text(quote.missing)
    early = estimate_of([package], [payment("100", "20")], BOUGHT - timedelta(days=1), rules)
    assert early.amounts.refund == Decimal(80)
    assert not early.missing


LISTED = {"server", "disk"}


@pytest.mark.parametrize(
    ("names", "owner"),
    [
        ({"resource_id": "disk"}, "disk"),
        ({"resource_id": "disk", "parent_id": "server", "root_id": "server"}, "disk"),
        ({"resource_id": "server", "part_id": "disk", "root_id": "server"}, "disk"),
        ({"resource_id": "server", "part_id": "server", "relation_ids": ("disk",)}, "server"),
        ({"resource_id": "server", "relation_ids": ("disk",)}, "server"),
        ({"resource_id": "combined", "root_id": "server"}, "server"),
        ({"resource_id": "combined", "root_id": "server", "relation_ids": ("disk",)}, "server"),
        ({"resource_id": "combined", "part_id": "disk", "root_id": "server"}, "disk"),
        ({"resource_id": "combined", "part_id": "x", "root_id": "server", "relation_ids": ("disk", "server")}, "disk"),
        ({"resource_id": "x", "parent_id": "disk", "root_id": "server"}, "disk"),
        # the disk of a server that is listed no longer is not the server
        ({"resource_id": "gone", "parent_id": "server", "root_id": "server"}, ""),
        ({"resource_id": "server", "part_id": "gone", "root_id": "server", "relation_ids": ("server",)}, ""),
        ({"resource_id": "combined", "relation_ids": ("server", "disk")}, ""),
        ({"resource_id": "gone"}, ""),
    ],
)
def test_which_resource_a_bill_row_is_for(names: dict[str, Any], owner: str) -> None:
    """The part before the whole, the whole by its root; what is not certain is for none."""
    assert resource_of(replace(payment("1"), **names), LISTED) == owner


def test_rows_of_a_server_cover_its_disks_of_the_same_term() -> None:
    """One row for all: the disks add nothing, and the quote says so; a disk of another term is not covered."""
    server = replace(disk(), resource_id=UntrustedText("server"))
    data = replace(disk(), is_main_resource=False, parent_resource_id=UntrustedText("server"))
    whole = replace(payment("100"), resource_id="server")
    quote = estimate_of([server, data], [whole], UNSUBSCRIBED_AT)
    assert quote.amounts == estimate_of([server], [whole], UNSUBSCRIBED_AT).amounts
    assert "no bill row for disk-1" in facts_text(quote.notes)
    early = BOUGHT + timedelta(hours=12)  # its own row may still come
    others = [replace(data, expire_time=EXPIRES + timedelta(days=5)), replace(data, effective_time=UNSUBSCRIBED_AT)]
    for each, now in ((data, early), *((other, UNSUBSCRIBED_AT) for other in others)):
        assert estimate_of([server, each], [whole], now).amounts.refund is None


def test_a_disk_renewed_with_its_server_is_in_its_row() -> None:
    """It was added later and had a row of its own; the renewal of both has one row."""
    server = replace(disk(expire=RENEWED_TO), resource_id=UntrustedText("server"))
    start = BOUGHT + timedelta(days=10)
    added = replace(disk(start, RENEWED_TO), is_main_resource=False, parent_resource_id=UntrustedText("server"))
    bought, renewed = (replace(each, resource_id="server") for each in (payment("100"), SECOND_RENEWAL))
    own = replace(payment("20", start=start), order_id="CS5")
    now = EXPIRES + timedelta(days=5)
    quote = estimate_of([server, added], [bought, own, renewed], now)
    assert quote.amounts == estimate_of([server], [renewed], now).amounts
    assert "no bill row for disk-1" in facts_text(quote.notes)
    assert estimate_of([server, added], [bought, renewed], BOUGHT + timedelta(days=15)).amounts.refund is None


def test_the_last_hour_needs_a_bill_too() -> None:
    """Whatever is left of the term, what was paid for it is not nothing."""
    quote = estimate_of([disk()], [], EXPIRES - timedelta(minutes=20))
    assert (quote.amounts.paid, quote.amounts.refund) == (None, None)
    assert quote.missing


def test_a_disk_added_to_a_server_has_the_fee_of_its_term() -> None:
    """The change that added it buys its period: consumed over the rest of the term, with the fee of the whole."""
    end, start = BOUGHT + timedelta(days=730), BOUGHT + timedelta(days=400)
    server = replace(disk(BOUGHT, end), resource_id=UntrustedText("server"))
    added = replace(disk(start, end), is_main_resource=False, parent_resource_id=UntrustedText("server"))
    whole = replace(payment("1000", end=end, months=24), resource_id="server")
    change = replace(payment("100", start=start, end=end, bill_type=BillType.CHANGE), period_months=None)
    now = BOUGHT + timedelta(days=420)
    quote = estimate_of([server, added], [whole, replace(change, part_id="disk-1")], now)
    assert (quote.amounts.paid, quote.amounts.handling_fee) == (Decimal(1100), Decimal(115))
    assert estimate_of([server, added], [whole, change], now).missing  # a change that names no part buys no period


@pytest.mark.parametrize("site", ["intl", "cn"])
def test_a_contract_that_waives_the_fee(tmp_path: Path, site: str) -> None:
    """By the user's own rules: no fee on any site, and every figure names the contract and whose rule it is."""
    own = tmp_path / "rules.toml"
    own.write_text(f'[{site}.fee_waiver]\nname = "contract 7"\nsource = "the contract"\ndate = 2026-11-02\n')
    quote = estimate_of([disk()], [payment("1000.00")], UNSUBSCRIBED_AT, load_rules(site, own))
    assert quote.amounts.handling_fee == 0
    assert quote.amounts.refund is not None
    assert quote.amounts.refund.quantize(CENT) == Decimal("546.17414248")
    assert "no handling fee: contract 7 2026-11-02 (your override)" in facts_text(quote.rules)


@pytest.mark.parametrize(
    ("expiries", "said"),
    [
        (["2024-01-16", "2024-02-01"], "are returned, valid until 2024-01-16 or later"),
        (["2024-01-01", "2024-01-15"], "are returned, but they had expired by 2024-01-15 and are void"),
        (["2024-01-01", "2024-01-16"], "are returned, but some of them are void: the first expired on 2024-01-01"),
        (["2024-01-01", ""], "are returned, but some of them are void: the first expired on 2024-01-01"),
        (["2024-01-16", ""], "are returned, void if they have expired by then; their expiry is unknown: not read yet"),
    ],
)
def test_coupons_of_several_orders(expiries: list[str], said: str) -> None:
    """What is known of each counts; one that is unknown makes the others no promise."""
    days = timedelta(days=29)
    rows = [
        replace(
            payment("100", "20", start=EXPIRES + days * number, end=EXPIRES + days * (number + 1)), order_id=order_id
        )
        for number, order_id in enumerate(("CS0", "CS1"))
    ]
    times = {f"CS{number}": datetime.fromisoformat(f"{day}T00:00Z") for number, day in enumerate(expiries) if day}
    coupons = {order_id: OrderCoupons(expire_times=(time,)) for order_id, time in times.items()}
    inputs = EstimateInputs(rules=INTL, now=UNSUBSCRIBED_AT, coupons=coupons)
    quote = estimate_renewal([disk(expire=EXPIRES + days * 2)], rows, inputs)
    assert f"coupons of 40.00 USD {said}" in facts_text(quote.notes)


def test_money_paid_in_advance() -> None:
    """Stored-value cards count as money; a refund to one that has expired is named as void."""
    quote = estimate_of([disk()], [replace(payment("100"), cards=Decimal(30))], UNSUBSCRIBED_AT)
    assert quote.amounts == estimate_of([disk()], [payment("100")], UNSUBSCRIBED_AT).amounts
    assert "30.00 USD was paid with stored-value cards" in facts_text(quote.notes)


def test_debt_for_a_renewal_period() -> None:
    """Unsubscribed from alone, it comes back like money on the international site, and is unknown in China."""
    renewed = payment("100", "20", start=EXPIRES, end=EXPIRES + timedelta(days=29), bill_type=BillType.RENEWAL)
    owed = replace(renewed, debt=Decimal(80))
    resource = disk(expire=EXPIRES + timedelta(days=29))
    quote, in_china = (
        estimate_renewal([resource], [owed], EstimateInputs(rules=rules, now=UNSUBSCRIBED_AT)) for rules in (INTL, CN)
    )
    assert quote.amounts.refund == Decimal(80)
    assert "80.00 USD is billed as debt" in facts_text(quote.notes)
    assert in_china.amounts.refund is None
    assert "debt" in facts_text(in_china.missing)


def test_a_renewal_that_has_not_begun_comes_back_in_full() -> None:
    """The running month is charged, the paid next one is not, and its coupon returns."""
    renewed_to = datetime(2024, 3, 1, 23, 59, 59, tzinfo=UTC)
    renewal = payment("100", "20", start=EXPIRES, end=renewed_to, bill_type=BillType.RENEWAL)
    quote = estimate_of([disk(expire=renewed_to)], [payment("100"), renewal], UNSUBSCRIBED_AT)
    assert quote.amounts.refund is not None
    assert quote.amounts.refund.quantize(CENT) == Decimal("124.61741425")
    assert quote.amounts.coupon_lost == 0


def test_an_inactive_resource_comes_back_in_full() -> None:
    """Bought with a later beginning: all that was paid, no fee, coupons too."""
    quote = estimate_of([disk()], [payment("100", "20")], BOUGHT - timedelta(days=2))
    assert quote.kind is UnsubscriptionKind.INACTIVE
    assert (quote.amounts.refund, quote.amounts.handling_fee, quote.amounts.coupon_lost) == (
        Decimal(80),
        Decimal(0),
        Decimal(0),
    )


def test_the_window_of_the_china_site() -> None:
    """X4: until 120 hours after provisioning a full refund is possible; later the fee is not known."""
    bought = datetime(2022, 11, 24, 14, 30, 30, tzinfo=UTC)
    resource = disk(bought, bought + timedelta(days=30))
    paid = payment("100", "20", start=bought, end=bought + timedelta(days=30))
    last = datetime(2022, 11, 29, 14, 30, 30, tzinfo=UTC)
    within = estimate_of([resource], [paid], last, CN)
    after = estimate_of([resource], [paid], last + timedelta(seconds=1), CN)
    assert (within.kind, within.amounts.paid, within.amounts.refund) == (UnsubscriptionKind.FIVE_DAY, Decimal(80), None)
    assert [each.code for each in facts_of(within)] == ["full_refund_left_unknown"]
    assert (after.kind, after.amounts.refund, after.source) == (UnsubscriptionKind.IN_USE, None, FigureSource.UNKNOWN)
    assert after.amounts.consumed is not None
    assert [each.code for each in facts_of(after)] == ["fee_unknown"]
    assert "zh-cn_topic_0083138805.html to [cn.fee] in rules.toml" in facts_text(after.missing)


def test_a_full_refund_within_the_window() -> None:
    """X3: due 100.00, coupon 20.00, cash 80.00, with refunds left: the cash comes back, and the coupon with it."""
    bought = datetime(2020, 10, 20, 2, tzinfo=UTC)
    end = bought + timedelta(days=31)
    given_up = datetime(2020, 10, 22, 2, tzinfo=UTC)
    paid = payment("100", "20", start=bought, end=end)
    basis = EstimateInputs(rules=CN, now=given_up, quota=QuotaState.LEFT, quota_use="at least 4 of 10 used")
    left = estimate([disk(bought, end)], [paid], basis)
    figures = (left.amounts.refund, left.amounts.handling_fee, left.amounts.coupon_lost)
    assert figures == (Decimal(80), Decimal(0), Decimal(0))
    assert left.source is FigureSource.ESTIMATE
    assert "at least 4 of 10 used" in facts_text(left.rules)
    gone = estimate([disk(bought, end)], [paid], replace(basis, quota=QuotaState.USED_UP))
    assert (gone.kind, gone.amounts.refund, gone.amounts.coupon_lost) == (UnsubscriptionKind.IN_USE, None, Decimal(20))


def test_a_rate_that_no_page_publishes_is_learned() -> None:
    """The account's own past order gives the rate, for the same term and age only, and is named."""
    lesson = ObservedFee("CS9", datetime(2023, 11, 1, tzinfo=UTC), "monthly", 1, Decimal("0.08"))
    quote = estimate_of([disk()], [payment("100")], UNSUBSCRIBED_AT, CN, lesson)
    assert quote.amounts.handling_fee == 8
    assert quote.source is FigureSource.ESTIMATE
    assert "as charged on CS9 on 2023-11-01" in facts_text(quote.rules)
    older = replace(lesson, fee_table_row="12")
    assert estimate_of([disk()], [payment("100")], UNSUBSCRIBED_AT, CN, older).amounts.handling_fee is None


def test_a_change_of_specification_is_an_order_of_its_own() -> None:
    """What it cost is used up over the rest of the term, with the fee of the term that it changed."""
    changed = datetime(2024, 1, 10, 6, 20, tzinfo=UTC)
    upgrade = payment("30", start=changed, months=1, bill_type=BillType.CHANGE)
    quote = estimate_of([disk()], [payment("100"), upgrade], UNSUBSCRIBED_AT)
    total, used = 22 * 24 + 18, 5 * 24 + 12
    expected = Decimal("45.38258575") + 30 * Decimal(used) / total
    assert quote.amounts.consumed is not None
    assert abs(quote.amounts.consumed - expected) < Decimal("0.00000001")
    assert quote.amounts.handling_fee == 13


def test_a_dropped_renewal_is_no_money_any_more() -> None:
    """A renewal that was given back before lies behind the expiry: it was refunded already."""
    renewal = payment("70", start=EXPIRES, end=EXPIRES + timedelta(days=29), bill_type=BillType.RENEWAL)
    with_it = estimate_of([disk()], [payment("100"), renewal], UNSUBSCRIBED_AT)
    assert with_it.amounts == estimate_of([disk()], [payment("100")], UNSUBSCRIBED_AT).amounts


def test_money_in_another_currency_is_not_called_by_ours() -> None:
    """The bill's currency stands; several are not summed."""
    euros = replace(payment("100"), currency="EUR")
    assert estimate_of([disk()], [euros], UNSUBSCRIBED_AT).amounts.currency == "EUR"
    renewal = payment("10", start=EXPIRES, end=EXPIRES + timedelta(days=29), bill_type=BillType.RENEWAL)
    both = estimate_of([disk(expire=EXPIRES + timedelta(days=29))], [euros, renewal], UNSUBSCRIBED_AT)
    assert both.source is FigureSource.UNKNOWN
    assert both.missing == (fact("several_currencies"),)


@pytest.mark.parametrize(("hours_more", "percent"), [(0, 15), (1, 10)])
def test_the_fee_falls_after_exactly_a_year(hours_more: int, percent: int) -> None:
    """A three-year term used exactly one year costs 15 percent, an hour later 10."""
    start, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
    now = datetime(2024, 1, 1, hours_more, 30, tzinfo=UTC)
    quote = estimate_of([disk(start, end)], [payment("1000", start=start, end=end, months=36)], now)
    assert quote.amounts.handling_fee == 10 * percent


@pytest.mark.parametrize(
    ("payments", "missing"),
    [
        pytest.param([], "2024-02-01", id="no bill"),
        pytest.param([payment("10", bill_type=BillType.CHANGE_REFUND)], "change of specification", id="a downgrade"),
        pytest.param([replace(payment("10"), unclear=Decimal(1))], "bonus money", id="bonus money"),
        pytest.param([payment("10", start=BOUGHT, end=BOUGHT + timedelta(days=5))], "2024-02-01", id="too short"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_guessed(payments: list[Payment], missing: str) -> None:
    """Without bills for the whole paid time there is no figure at all."""
    quote = estimate_of([disk()], payments, UNSUBSCRIBED_AT)
    assert quote.source is FigureSource.UNKNOWN
    assert quote.amounts.refund is None
    assert missing in facts_text(quote.missing)


RENEWED_TO = EXPIRES + timedelta(days=29)
RENEWAL = payment("100", start=EXPIRES, end=RENEWED_TO, bill_type=BillType.RENEWAL)
FIRST_RENEWAL = replace(RENEWAL, order_id="CS2", payable=Decimal(70), paid_at=BOUGHT + timedelta(days=1))
SECOND_RENEWAL = replace(RENEWAL, order_id="CS3", paid_at=BOUGHT + timedelta(days=9))
REFUND = replace(FIRST_RENEWAL, order_id="CS4", base_order_id="CS2", bill_type=BillType.UNSUBSCRIPTION)


def test_a_renewal_period_that_was_bought_twice_counts_once() -> None:
    """Unsubscribed from, and bought again: the older payment was refunded, whether or not the refund was read."""
    resource = disk(expire=RENEWED_TO)
    alone = estimate_of([resource], [payment("100"), SECOND_RENEWAL], UNSUBSCRIBED_AT).amounts
    for more in ([FIRST_RENEWAL], [FIRST_RENEWAL, REFUND]):
        rows = [payment("100"), SECOND_RENEWAL, *more]
        assert estimate_of([resource], rows, UNSUBSCRIBED_AT).amounts == alone
    refunded = [payment("100"), FIRST_RENEWAL, REFUND]  # the bill of the second one was not read
    assert estimate_of([resource], refunded, UNSUBSCRIBED_AT).amounts.refund is None
    renewals = Renewals(payments={"disk-1": (FIRST_RENEWAL, SECOND_RENEWAL)})
    assert renewals.upcoming_payments(resource, UNSUBSCRIBED_AT) == (SECOND_RENEWAL,)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (payment("-5", bill_type=BillType.OTHER), "an adjustment or of an unknown type"),
        (replace(payment("5", bill_type=BillType.CHANGE), term_end=None, paid_at=None), "the period that a bill row"),
        (replace(payment("5"), order_id="CS2", term_start=BOUGHT + timedelta(days=9)), "orders CS1 and CS2 is valid"),
        (replace(payment("5"), term_end=RENEWED_TO), "CS1 paid for: its period ends after the expiry"),
    ],
)
def test_rows_that_contradict_each_other_or_are_not_understood(row: Payment, missing: str) -> None:
    """One more row beside the purchase: no figure, and the reason."""
    quote = estimate_of([disk()], [payment("100"), row], UNSUBSCRIBED_AT)
    assert quote.amounts.refund is None
    assert missing in facts_text(quote.missing)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (payment("-5", bill_type=BillType.OTHER), "an adjustment or of an unknown type"),
        (payment("-5", bill_type=BillType.CHANGE_REFUND), "refund of a change"),
    ],
)
def test_rows_of_a_period_that_is_over(row: Payment, missing: str) -> None:
    """Each order is calculated separately: they concern no period that is running."""
    resource, now = disk(expire=RENEWED_TO), EXPIRES + timedelta(days=3)
    quote = estimate_of([resource], [payment("100"), row, SECOND_RENEWAL], now)
    assert quote.amounts == estimate_of([resource], [SECOND_RENEWAL], now).amounts
    assert missing not in facts_text(quote.missing)


def test_a_change_has_the_fee_of_every_term_that_it_changes() -> None:
    """Of a year and two more years: 10 or 15 percent. A length that the bill contradicts is between both, too."""
    year, end = BOUGHT + timedelta(days=365), BOUGHT + timedelta(days=365 + 730)
    terms = [
        payment("1000", end=year, months=12),
        payment("1600", start=year, end=end, months=24, bill_type=BillType.RENEWAL),
    ]
    change = replace(payment("100", end=end, bill_type=BillType.CHANGE), term_start=BOUGHT + timedelta(days=20))
    now = BOUGHT + timedelta(days=40)
    quote = estimate_of([disk(expire=end)], [*terms, change], now)
    assert quote.amounts.handling_fee is None
    assert "between 10.00 and 15.00 USD" in facts_text(quote.missing)
    lowest, highest = quote.refund_bounds or (Decimal(0), Decimal(0))
    assert (quote.amounts.refund, highest - lowest) == (None, Decimal(5))
    cell, (line, *_) = refund_cell(quote), quote_lines(quote)
    assert cell == f"{floor(lowest):,}–{ceil(highest):,}"
    assert f"refund {lowest:,.2f} to {highest:,.2f} USD (unknown)" in line
    short = replace(change, term_end=year)  # changes the first year only
    assert estimate_of([disk(expire=end)], [*terms, short], now).amounts.handling_fee == 110
    odd = [payment("1000", end=BOUGHT + timedelta(days=730), months=12)]
    assert "between 100.00 and 150.00 USD" in facts_text(
        estimate_of([disk(expire=BOUGHT + timedelta(days=730))], odd, now).missing
    )


def test_taxes_of_the_running_periods() -> None:
    """Of the resource, and of whole orders; not those of other orders."""
    own = payment("8", bill_type=BillType.TAX)
    rows = [own, replace(own, resource_id="", payable=Decimal(50)), replace(own, order_id="CS0")]
    notes = facts_text(estimate_of([disk()], [payment("100"), *rows], UNSUBSCRIBED_AT).notes)
    assert "the bill has 8.00 USD of tax for it" in notes
    assert "the bill has 50.00 USD of tax for its orders, which may cover other resources" in notes


@given(
    paid=st.decimals("0.01", "100000", places=2),
    hours=st.integers(0, 3 * 366 * 24 - 1),
    months=st.sampled_from([1, 3, 12, 24, 36]),
)
def test_a_refund_is_never_negative_nor_more_than_paid(paid: Decimal, hours: int, months: int) -> None:
    """For any term and moment: 0 <= refund <= paid - consumed."""
    end = BOUGHT + timedelta(days=round(months * 30.5))
    now = min(BOUGHT + timedelta(hours=hours), end - timedelta(seconds=1))
    quote = estimate_of([disk(expire=end)], [payment(str(paid), end=end, months=months)], now)
    assert quote.amounts.refund is not None
    assert quote.amounts.consumed is not None
    assert 0 <= quote.amounts.refund <= paid - quote.amounts.consumed <= paid


def refund_of(paid: Decimal, now: datetime, months: int, parts: int = 1) -> Decimal:
    """Return the refund of a term that was paid in so many equal parts."""
    end = BOUGHT + timedelta(days=round(months * 30.5))
    rows = [replace(payment(str(paid), end=end, months=months), payable=paid / parts) for _ in range(parts)]
    refund = estimate_of([disk(expire=end)], rows, now).amounts.refund
    assert refund is not None
    return refund


@given(
    paid=st.decimals("0.02", "100000", places=2),
    hours=st.integers(0, 364 * 24),
    months=st.sampled_from([1, 3, 12, 24, 36]),
)
def test_one_payment_or_two_halves(paid: Decimal, hours: int, months: int) -> None:
    """Splitting a payment into two equal ones changes nothing."""
    end = BOUGHT + timedelta(days=round(months * 30.5))
    now = min(BOUGHT + timedelta(hours=hours), end - timedelta(seconds=1))
    assert abs(refund_of(paid, now, months) - refund_of(paid, now, months, 2)) < CENT


@given(
    paid=st.decimals("0.01", "100000", places=2),
    hours=st.lists(st.integers(0, 360 * 24), min_size=2, max_size=2).map(sorted),
    months=st.sampled_from([12, 24, 36]),
)
def test_waiting_never_pays_within_a_year(paid: Decimal, hours: list[int], months: int) -> None:
    """Within one step of the fee, the more is used the less comes back."""
    early, late = (refund_of(paid, BOUGHT + timedelta(hours=each), months) for each in hours)
    assert early >= late


@given(
    parts=st.lists(st.decimals("0.01", "10000", places=2), min_size=1, max_size=6),
    hours=st.integers(0, 500),
)
def test_the_whole_is_the_sum_of_its_parts(parts: list[Decimal], hours: int) -> None:
    """An item of several resources costs what they cost one by one."""
    now = BOUGHT + timedelta(hours=hours)
    disks = [replace(disk(), resource_id=UntrustedText(f"disk-{number}")) for number in range(len(parts))]
    rows = [replace(payment(str(paid)), resource_id=each.id) for each, paid in zip(disks, parts, strict=True)]
    whole = estimate_of(disks, rows, now).amounts
    single = [estimate_of([each], [row], now).amounts for each, row in zip(disks, rows, strict=True)]
    for name in ("paid", "consumed", "handling_fee", "refund", "coupon_lost"):
        assert abs(getattr(whole, name) - sum(getattr(each, name) for each in single)) < CENT


def test_years_begin_on_leap_days_too() -> None:
    """A term that starts on 29 February has its first year end on 28 February."""
    start = datetime(2024, 2, 29, 10, tzinfo=UTC)
    assert years_begun(start, datetime(2025, 2, 28, 10, tzinfo=UTC)) == 1
    assert years_begun(start, datetime(2025, 2, 28, 11, tzinfo=UTC)) == 2


def test_another_primary_resource_in_the_request_has_its_own_kind() -> None:
    """A license in use is not refunded in full because its database has not begun, and the reverse."""
    used, later = disk(), replace(disk(UNSUBSCRIBED_AT + timedelta(days=1)), resource_id=UntrustedText("disk-2"))
    paid = [payment("100"), replace(payment("40", start=later.effective_time or BOUGHT), resource_id="disk-2")]
    alone = estimate_of([used], paid[:1], UNSUBSCRIBED_AT).amounts.refund
    assert alone is not None
    for resources in ([used, later], [later, used]):
        assert estimate_of(resources, paid, UNSUBSCRIBED_AT).amounts.refund == alone + 40
