"""What past unsubscriptions teach, how good past estimates were, and what lies ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.action import Action
from unsub_tui.domain.breakdown import OrderShare, ResourceShare, adds_up_to_refund, shares_by_order, shares_by_resource
from unsub_tui.domain.fee_history import QuotaUse, derive_fees, quota_use
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, OrderStatus, OrderType, RefundRow
from unsub_tui.domain.quote import BillType, Payment, Quote, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import CheaperOption, cheaper_options, forecast_renewal
from unsub_tui.domain.resource import ExpirePolicy, Resource
from unsub_tui.domain.run import EstimateAccuracy, Unit, estimate_accuracy, has_completed_unsubscription
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText
from unsub_tui.engine.rulebook import load_rules

NOW = datetime(2026, 6, 15, 4, tzinfo=UTC)


def unsubscription(paid: str, rate: str, *, months: int = 1, age: timedelta = timedelta(days=10)) -> Order:
    """Return a settled order that gave one line back, its fee rounded to the cent."""
    start = NOW - age
    consumed = (Decimal(paid) / 4).quantize(Decimal("0.01"))
    fee = (Decimal(paid) * Decimal(rate)).quantize(Decimal("0.01"))
    amounts = OrderAmounts(net=Decimal(paid) - consumed - fee, commission=fee, consumed=consumed)
    line = OrderLine(
        line_id="1", amounts=amounts, effective_time=start, expire_time=start + timedelta(days=30.44 * months)
    )
    return Order(
        order_id="CS1",
        order_type=OrderType.UNSUBSCRIPTION,
        status=OrderStatus.COMPLETED,
        currency="CNY",
        create_time=NOW,
        amounts=amounts,
        lines=(line,),
    )


@given(
    paid=st.decimals("5", "100000", places=2),
    percent=st.integers(1, 60),
    months=st.sampled_from([1, 3, 12, 24, 36]),
)
def test_the_rate_is_found_though_the_fee_is_rounded(paid: Decimal, percent: int, months: int) -> None:
    """A whole percentage is found again from a fee in cents."""
    order = unsubscription(str(paid), str(Decimal(percent) / 100), months=months)
    (lesson,) = derive_fees([order]).fees
    assert lesson.rate == Decimal(percent) / 100
    assert lesson.fee_table_row == ("monthly" if months < 12 else str(months))


@pytest.mark.parametrize(
    "order",
    [
        replace(unsubscription("100", "0.1"), status=OrderStatus.PROCESSING),
        replace(unsubscription("100", "0.1"), order_type=OrderType.NEW),
        replace(unsubscription("100", "0.1"), lines=()),
        unsubscription("100", "0.75"),  # the fee took all that was left
        unsubscription("100", "0.1", age=timedelta(days=-3)),  # not begun
    ],
    ids=["not settled", "no unsubscription", "no lines", "capped", "not begun"],
)
def test_what_teaches_nothing(order: Order) -> None:
    """Only what was in use, is settled and got something back tells a rate."""
    assert not derive_fees([order]).fees


def test_a_change_within_a_term_teaches_nothing() -> None:
    """Its line is as long as the rest of the term, but its fee is that of the term."""
    order = unsubscription("100", "0.2", months=12, age=timedelta(days=200))
    (line,) = order.lines
    change = replace(line, line_id="2", effective_time=NOW - timedelta(days=20))
    (fee,) = derive_fees([replace(order, lines=(change, line))]).fees
    assert fee.fee_table_row == "12"


def test_a_lesson_holds_for_its_term_and_age() -> None:
    """A monthly rate says nothing of a year, nor a first year of a second."""
    learned = derive_fees([unsubscription("100", "0.2", months=24, age=timedelta(days=400))])
    assert learned.find(24, 2) is not None
    assert learned.find(24, 1) is learned.find(12, 2) is learned.find(1, 2) is None


def full(lines: int, *, days: float = 1.0, status: int = OrderStatus.COMPLETED) -> Order:
    """Return an order that gave everything back of something bought so many days before."""
    order = unsubscription("100", "0.1")
    amounts = OrderAmounts(net=Decimal(100), commission=Decimal(0), consumed=Decimal(0))
    line = replace(order.lines[0], amounts=amounts, effective_time=NOW - timedelta(days=days))
    return replace(order, amounts=amounts, lines=(line,) * lines, status=status)


def test_the_quota_is_counted_between_two_bounds() -> None:
    """X9 to X11: ten disks of one order are ten, a server with its disks is one; an order tells only the bounds."""
    rule = load_rules("cn").full_refund
    assert rule is not None
    orders = [
        full(10),
        full(3, status=OrderStatus.PROCESSING),
        full(1, status=OrderStatus.CANCELLED),
        full(1, days=6),
        full(1, days=-2),
        replace(full(1), create_time=NOW - timedelta(days=300)),
        unsubscription("100", "0.1"),
    ]
    assert quota_use(orders, rule, NOW) == QuotaUse(2026, at_least=2, at_most=13, limit=rule.quota)


def refunded(estimate: str | None, exact: str | None) -> Unit:
    """Return a completed unit with these refunds."""
    return Unit(
        run_id="r",
        index=0,
        resource_id="one",
        resource_name=EMPTY,
        service_type_code=EMPTY,
        resource_type_code=EMPTY,
        region_code=EMPTY,
        attached_ids=(),
        state=State.SETTLED,
        changed=NOW,
        estimate=Amounts(currency="USD", refund=None if estimate is None else Decimal(estimate)),
        exact=None if exact is None else Amounts(currency="USD", refund=Decimal(exact)),
    )


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_what_is_a_completed_unsubscription(action: Action, state: State) -> None:
    """An order that is completed; neither one that is not yet, nor a change that can be undone."""
    unit = replace(refunded("1", "1"), action=action, state=state)
    is_one = state is State.SETTLED and action in {Action.UNSUBSCRIBE, Action.RENEWAL}
    assert has_completed_unsubscription([unit]) == is_one
    assert not has_completed_unsubscription([])


def test_how_good_past_estimates_were() -> None:
    """Half a cent is no difference; what was not known is not compared."""
    units = [refunded("10.001", "10"), refunded("5", "4.5"), refunded(None, "1"), refunded("3", None)]
    assert estimate_accuracy(units) == [EstimateAccuracy("USD", 2, 1, Decimal("0.5"))]
    assert not estimate_accuracy([refunded(None, None)])


def test_a_refund_by_its_parts() -> None:
    """Negative refund rows are money back, positive ones were kept; bill rows tell it by resource, tax beside it."""
    rows = [RefundRow(amount=Decimal(each), base_order_id="CS1") for each in ("-446.17", "453.83", "100")]
    assert shares_by_order(rows) == (OrderShare("CS1", Decimal("446.17"), Decimal("553.83")),)

    def billed(kind: BillType, payable: str, coupon: str = "0") -> Payment:
        return Payment(
            resource_id="disk",
            order_id="CS2",
            base_order_id="CS1",
            bill_type=kind,
            currency="USD",
            payable=Decimal(payable),
            coupon=Decimal(coupon),
            paid_at=None,
            term_start=None,
            term_end=None,
            period_months=None,
        )

    shares = shares_by_resource(
        [billed(BillType.UNSUBSCRIPTION, "-100", "-20"), billed(BillType.UNSUBSCRIPTION_TAX, "-7")]
    )
    assert shares == (ResourceShare("disk", "CS1", Decimal(80), Decimal(20), Decimal(7)),)
    assert adds_up_to_refund(shares, Decimal("80.004"))
    assert not adds_up_to_refund(shares, Decimal("80.01"))
    assert not adds_up_to_refund((), Decimal(80))


def auto_renewing(expire: datetime) -> Resource:
    """Return a resource that renews by itself."""
    return Resource(
        resource_id=UntrustedText("one"), expire_time=expire, expire_policy=ExpirePolicy.AUTO_RENEW, effective_time=NOW
    )


def test_when_automatic_renewal_charges() -> None:
    """At 03:00 UTC+8, seven days before the expiry; within these days, every day until it is paid."""
    later = forecast_renewal(auto_renewing(datetime(2026, 7, 15, 15, 59, 59, tzinfo=UTC)), NOW)
    assert later.next_charge_at is not None
    assert later.next_charge_at.astimezone(UTC) == datetime(2026, 7, 7, 19, tzinfo=UTC)
    assert later.days_left == 30
    soon = forecast_renewal(auto_renewing(datetime(2026, 6, 17, 15, 59, 59, tzinfo=UTC)), NOW)
    assert soon.next_charge_at is not None
    assert NOW < soon.next_charge_at <= NOW + timedelta(days=1)
    assert (
        forecast_renewal(replace(auto_renewing(NOW), expire_policy=ExpirePolicy.GRACE_PERIOD), NOW).next_charge_at
        is None
    )


@pytest.mark.parametrize(
    ("refund", "renewal_refund", "ways"),
    [
        ("0", None, (CheaperOption.LET_LAPSE,)),
        ("10", None, (CheaperOption.AUTO_RENEWAL_OFF,)),
        ("10", "5", (CheaperOption.DROP_RENEWAL, CheaperOption.AUTO_RENEWAL_OFF)),
        (None, None, (CheaperOption.AUTO_RENEWAL_OFF,)),
    ],
)
def test_the_cheaper_ways(refund: str | None, renewal_refund: str | None, ways: tuple[CheaperOption, ...]) -> None:
    """Nothing back: let it lapse. A paid renewal: give back only that."""
    quote = Quote(
        kind=UnsubscriptionKind.IN_USE,
        amounts=Amounts(currency="USD", refund=None if refund is None else Decimal(refund)),
        renewal_refund=None if renewal_refund is None else Decimal(renewal_refund),
    )
    forecast = forecast_renewal(auto_renewing(NOW + timedelta(days=20)), NOW)
    assert cheaper_options(quote, forecast) == ways
    fixed = tuple(each for each in ways if each is CheaperOption.DROP_RENEWAL)  # the others need auto-renewal off
    assert cheaper_options(quote, replace(forecast, is_auto_renewal_fixed=True)) == fixed
