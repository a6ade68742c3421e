"""Fees and hours against the printed examples, and what follows from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from unsub_tui.sandbox.models import Order, OrderLine, OrderStatus, OrderType, RefundLine
from unsub_tui.sandbox.pricing import calculate_refund, fee_share, term_hours
from unsub_tui.sandbox.sites import SITES
from unsub_tui.sandbox.timestamps import term_end

CHINA = timezone(timedelta(hours=8))


def china_time(text: str) -> int:
    """Read a time of the examples, which are in UTC+8."""
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp())


START = china_time("2024-01-01T10:30:00")
END = china_time("2024-02-01T23:59:59")
UNSUBSCRIBED = china_time("2024-01-15T18:40:00")


def refund_line(
    due: str, coupon: str = "0", *, site: str = "intl", now: int = UNSUBSCRIBED, start: int = START, free: bool = False
) -> RefundLine:
    """Give a monthly line back."""
    line = OrderLine(
        position=0,
        months=1,
        start=start,
        end=END,
        official=Decimal(due),
        discount=Decimal(0),
        coupon=Decimal(coupon),
        credit=Decimal(0),
    )
    order = Order(
        order_id="CS1",
        purchase_number=0,
        order_type=OrderType.NEW,
        status=OrderStatus.COMPLETED,
        created=start - 90,
        lines=(line,),
    )
    return calculate_refund(line, order, SITES[site], now, is_free_return=free)


def test_printed_durations() -> None:
    """31 days 14 hours ordered, 14 days 8 hours used, as the vendor's page prints it."""
    assert term_hours(START, END, UNSUBSCRIBED) == (14 * 24 + 8, 31 * 24 + 14)
    assert term_end(START, 1) == END


@pytest.mark.parametrize(
    ("due", "coupon", "consumed", "fee", "refund"),
    [
        ("100.00", "0", "45.38258575", "10.00", "44.61741425"),
        ("100.00", "20.00", "36.30606860", "8.00", "35.69393140"),
        ("1000.00", "0", "453.82585752", "100.00", "446.17414248"),
    ],
    ids=["100", "100 with coupon", "1000"],
)
def test_conditional(due: str, coupon: str, consumed: str, fee: str, refund: str) -> None:
    """A resource in use: consumed by the hour, a tenth as fee, the coupon is lost."""
    charged = refund_line(due, coupon)
    assert charged.consumed == Decimal(consumed)
    assert charged.fee == Decimal(fee)
    assert charged.refund == Decimal(refund)
    assert charged.coupon == 0


@pytest.mark.parametrize(("now", "free"), [(START - 1, False), (START + 86400, True)], ids=["not begun", "five days"])
def test_full_refund(now: int, *, free: bool) -> None:
    """A term that has not begun is refunded in full, as under the five-day rule, coupon included: 80.00 + 20.00."""
    charged = refund_line("100.00", "20.00", site="cn", now=now, free=free)
    assert (charged.refund, charged.coupon) == (Decimal(80), Decimal(20))
    assert not charged.fee + charged.consumed


def test_never_below_zero() -> None:
    """Near its end a term gives nothing back, and the fee takes what is left."""
    charged = refund_line("100.00", now=END - 3600)
    assert charged.refund == 0
    assert charged.consumed + charged.fee == 100


@pytest.mark.parametrize("site", ["intl", "eu", "cn"])
def test_digits(site: str) -> None:
    """Amounts are computed with eight digits everywhere; it is the bills that have fewer on some sites."""
    assert refund_line("99.99", site=site).consumed.as_tuple().exponent == -8


@pytest.mark.parametrize(
    ("months", "years", "hours_more", "share"),
    [
        (1, 0, 5, "0.10"),
        (12, 0, 5, "0.10"),
        (24, 0, 5, "0.15"),
        (24, 1, 0, "0.15"),
        (24, 1, 1, "0.10"),
        (36, 1, 0, "0.15"),
        (36, 1, 1, "0.10"),
        (36, 2, 0, "0.10"),
        (36, 2, 1, "0.05"),
    ],
)
def test_published_table(months: int, years: int, hours_more: int, share: str) -> None:
    """The fee by term and year of use; an hour past the year counts as the next one."""
    start = datetime(2023, 3, 1, 2, 30, tzinfo=UTC)
    now = start.replace(year=2023 + years) + timedelta(hours=hours_more)
    for site in ("intl", "eu"):
        fees = SITES[site].fees
        assert fee_share(fees, months, int(start.timestamp()), int(now.timestamp())) == Decimal(share)
