from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from unsub_tui.domain.breakdown import Breakdown, ResourceShare
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.money import format_money
from unsub_tui.present.units import amount_lines, refund_detail_lines

UNIT = Unit(
    run_id="r",
    index=0,
    resource_id="ecs-1",
    resource_name=UntrustedText("web"),
    service_type_code=UntrustedText("hws.service.type.ec2"),
    resource_type_code=UntrustedText("hws.resource.type.vm"),
    region_code=UntrustedText("eu-west-101"),
    attached_ids=(),
    state=State.SETTLED,
    changed=datetime(2026, 1, 1, tzinfo=UTC),
    exact=Amounts(currency="USD"),
)


@pytest.mark.parametrize(
    ("backs", "shown"),
    [
        (("46.405", "15.435"), ["refund 46.405 USD", "refund 15.435 USD"]),
        (("46.40", "15.4342"), ["refund 46.40 USD", "refund 15.43 USD"]),
    ],
)
def test_what_came_back_for_each_resource_comes_to_the_sum(backs: tuple[str, ...], shown: list[str]) -> None:
    """Two decimals, unless rounding each would make another sum than the refund that stands above it."""
    zero = Decimal(0)
    shares = tuple(ResourceShare(f"ecs-{back}", "CS1", Decimal(back), zero, zero) for back in backs)
    lines = refund_detail_lines(replace(UNIT, breakdown=Breakdown(by_resource=shares)))
    assert [line.partition(": ")[2] for line in lines] == shown


def test_a_coupon_that_is_lost_stands_beside_the_estimate() -> None:
    """And is left out where nothing is lost."""
    lost = Amounts(currency="USD", refund=Decimal(5), coupon_lost=Decimal("12.5"))
    assert amount_lines(lost, None)[0].endswith("coupons not returned 12.50 USD")
    assert "coupon" not in amount_lines(replace(lost, coupon_lost=Decimal(0)), None)[0]


@pytest.mark.parametrize("amount", ["1E+30", "-1E+30", "1E+400000000", "1E-400000000", "Infinity", "NaN"])
def test_an_amount_beyond_all_bounds_is_shown_in_words(amount: str) -> None:
    """No amount can end the program when it is shown."""
    assert format_money(Decimal(amount), "USD") == "out of range"


def test_the_largest_amount_that_is_read_is_shown_whole() -> None:
    """Fifteen digits and sums of them have all their digits."""
    assert format_money(Decimal("999999999999999.9949999999")) == "999,999,999,999,999.99"
    assert format_money(Decimal(99999999999999999999)) == "99,999,999,999,999,999,999.00"
