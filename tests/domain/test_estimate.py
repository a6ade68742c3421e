"""The estimate, against the vendor's printed examples and against properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.estimate import estimate, hours_of, years_begun
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.money import Source
from unsub_tui.domain.quote import BillType, Kind, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.rulebook import rules_of

INTL = rules_of("intl")
CENT = Decimal("0.00000001")

# The vendor's example, printed on its pages of 2025 for every site: bought 10:30, expiring at the end of 1 February.
BOUGHT = datetime(2024, 1, 1, 10, 30, tzinfo=UTC)
EXPIRES = datetime(2024, 2, 1, 23, 59, 59, tzinfo=UTC)
GIVEN_UP = datetime(2024, 1, 15, 18, 40, tzinfo=UTC)


def disk(effective: datetime = BOUGHT, expire: datetime = EXPIRES) -> Resource:
    """Return a disk with this subscription."""
    return Resource(resource_id=Foreign("disk-1"), effective_time=effective, expire_time=expire)


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


def test_durations_of_the_printed_example() -> None:
    """The order lasts 31 d 14 h, of which 14 d 8 h are used."""
    first, total = hours_of(BOUGHT, EXPIRES)
    assert total == 31 * 24 + 14
    assert GIVEN_UP.replace(minute=0) - first == timedelta(days=14, hours=8)


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
    quote = estimate([disk()], [payment(payable, coupon)], INTL, GIVEN_UP)
    assert quote.amounts.consumed is not None
    assert quote.amounts.refund is not None
    assert quote.amounts.consumed.quantize(CENT) == Decimal(consumed)
    assert quote.amounts.handling_fee == Decimal(fee)
    assert quote.amounts.refund.quantize(CENT) == Decimal(refund)
    assert quote.amounts.coupon_lost == Decimal(coupon)
    assert quote.source is Source.ESTIMATE
    assert "intl fee table" in quote.rule


def test_a_renewal_that_has_not_begun_comes_back_in_full() -> None:
    """The running month is charged, the paid next one is not, and its coupon returns."""
    renewed_to = datetime(2024, 3, 1, 23, 59, 59, tzinfo=UTC)
    renewal = payment("100", "20", start=EXPIRES, end=renewed_to, bill_type=BillType.RENEWAL)
    quote = estimate([disk(expire=renewed_to)], [payment("100"), renewal], INTL, GIVEN_UP)
    assert quote.amounts.refund is not None
    assert quote.amounts.refund.quantize(CENT) == Decimal("124.61741425")
    assert quote.amounts.coupon_lost == 0


def test_an_inactive_resource_comes_back_in_full() -> None:
    """Bought with a later beginning: all that was paid, no fee, coupons too."""
    quote = estimate([disk()], [payment("100", "20")], INTL, BOUGHT - timedelta(days=2))
    assert quote.kind is Kind.INACTIVE
    assert (quote.amounts.refund, quote.amounts.handling_fee, quote.amounts.coupon_lost) == (
        Decimal(80),
        Decimal(0),
        Decimal(0),
    )


def test_five_days_on_the_china_site() -> None:
    """Until 120 hours after provisioning a full refund is possible; the quota, and later the fee, are not known."""
    rules, bought = rules_of("cn"), datetime(2022, 11, 24, 14, 30, 30, tzinfo=UTC)
    resource = disk(bought, bought + timedelta(days=30))
    paid = payment("100", "20", start=bought, end=bought + timedelta(days=30))
    last = datetime(2022, 11, 29, 14, 30, 30, tzinfo=UTC)
    within = estimate([resource], [paid], rules, last)
    after = estimate([resource], [paid], rules, last + timedelta(seconds=1))
    assert (within.kind, within.amounts.paid, within.amounts.refund) == (Kind.FIVE_DAY, Decimal(80), None)
    assert any("five-day refunds" in each for each in within.missing)
    assert (after.kind, after.amounts.refund, after.source) == (Kind.IN_USE, None, Source.UNKNOWN)
    assert after.amounts.consumed is not None
    assert any("publishes no table" in each for each in after.missing)


@pytest.mark.parametrize(("hours_more", "percent"), [(0, 15), (1, 10)])
def test_the_fee_falls_after_exactly_a_year(hours_more: int, percent: int) -> None:
    """A three-year term used exactly one year costs 15 percent, an hour later 10."""
    start, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
    now = datetime(2024, 1, 1, hours_more, 30, tzinfo=UTC)
    quote = estimate([disk(start, end)], [payment("1000", start=start, end=end, months=36)], INTL, now)
    assert quote.amounts.handling_fee == 10 * percent


@pytest.mark.parametrize(
    ("payments", "missing"),
    [
        pytest.param([], "2024-02-01", id="no bill"),
        pytest.param([payment("10", bill_type=BillType.CHANGE)], "changes of specification", id="a change"),
        pytest.param([payment("10", start=BOUGHT, end=BOUGHT + timedelta(days=5))], "2024-02-01", id="too short"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_guessed(payments: list[Payment], missing: str) -> None:
    """Without bills for the whole paid time there is no figure at all."""
    quote = estimate([disk()], payments, INTL, GIVEN_UP)
    assert quote.source is Source.UNKNOWN
    assert quote.amounts.refund is None
    assert any(missing in each for each in quote.missing)


@given(
    paid=st.decimals("0.01", "100000", places=2),
    hours=st.integers(0, 3 * 366 * 24 - 1),
    months=st.sampled_from([1, 3, 12, 24, 36]),
)
def test_a_refund_is_never_negative_nor_more_than_paid(paid: Decimal, hours: int, months: int) -> None:
    """For any term and moment: 0 <= refund <= paid - consumed."""
    end = BOUGHT + timedelta(days=round(months * 30.5))
    now = min(BOUGHT + timedelta(hours=hours), end - timedelta(seconds=1))
    quote = estimate([disk(expire=end)], [payment(str(paid), end=end, months=months)], INTL, now)
    assert quote.amounts.refund is not None
    assert quote.amounts.consumed is not None
    assert 0 <= quote.amounts.refund <= paid - quote.amounts.consumed <= paid


def test_years_begin_on_leap_days_too() -> None:
    """A term that starts on 29 February has its first year end on 28 February."""
    start = datetime(2024, 2, 29, 10, tzinfo=UTC)
    assert years_begun(start, datetime(2025, 2, 28, 10, tzinfo=UTC)) == 1
    assert years_begun(start, datetime(2025, 2, 28, 11, tzinfo=UTC)) == 2
