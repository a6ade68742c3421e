"""Texts about runs, their units and orders: what is open, who else is at work, and what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from unsub_tui.domain.account import AccountRef, Actor, LockOwner
from unsub_tui.domain.breakdown import Breakdown, ResourceShare
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.order import AttributedOrder, AttributedOrderDetails, Order, OrderAmounts, OrderOrigin, OrderType
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.money import format_money
from unsub_tui.present.page import plain_text
from unsub_tui.present.pages.order import order_page
from unsub_tui.present.pages.run import exit_line, exit_summary, open_item_lines
from unsub_tui.present.problems import lock_owner_lines
from unsub_tui.present.units import amount_lines, refund_detail_lines

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)


def unit(index: int, candidates: tuple[str, ...] = ()) -> Unit:
    """Return a unit whose outcome is not known."""
    return Unit(
        run_id="r",
        index=index,
        resource_id=f"id-{index}",
        resource_name=UntrustedText(f"web-{index}"),
        service_type_code=UntrustedText("hws.service.type.ec2"),
        resource_type_code=UntrustedText("hws.resource.type.vm"),
        region_code=UntrustedText("ap-southeast-3"),
        attached_ids=(),
        state=State.UNKNOWN,
        changed=NOW,
        candidates=candidates,
    )


def test_a_holder_is_named_as_far_as_it_says() -> None:
    """Process, user, host, terminal and since when; and how to bring one back that stands still."""
    known = LockOwner(
        pid=12, user="ann", host="bastion", terminal="/dev/pts/3", since=NOW.isoformat(), is_suspended=True
    )
    first, second = lock_owner_lines(known)
    assert first == "Process 12 of ann at bastion on /dev/pts/3, since 2026-01-15 08:30:00 +0000."
    assert "`fg`" in second
    assert lock_owner_lines(LockOwner()) == ["The process that holds this account's lock does not identify itself."]


def test_what_is_open_is_named_with_the_orders_that_it_may_be() -> None:
    """A few items by name, each with its candidates, the rest by number."""
    lines = open_item_lines([unit(0, candidates=("CS1", "CS2")), *(unit(index) for index in range(1, 6))])
    assert lines[0].startswith("? unknown · web-0 (id-0)")
    assert lines[1] == "may be one of these orders: CS1, CS2"
    assert lines[-1] == "and 3 more"


def test_an_order_of_others_says_when_what_and_who() -> None:
    """State, amounts and user, whatever the user's name is made of."""
    order = Order(
        order_id="CS9",
        order_type=OrderType.UNSUBSCRIPTION,
        status=5,
        currency="USD",
        user_name=UntrustedText("bob\x1b[2J"),
        create_time=NOW,
        amounts=OrderAmounts(net=Decimal("12.5"), commission=Decimal(1)),
    )
    text = plain_text(
        order_page(AttributedOrderDetails(attributed_order=AttributedOrder(order=order, origin=OrderOrigin.OTHERS)))
    )
    for words in ("CS9", "2026-01-15 08:30:00 +0000", "completed", "12.50 USD", "1.00 USD", "bob<1B>[2J", "by others"):
        assert words in text


def test_the_last_line_says_what_is_open_and_what_to_run() -> None:
    """With the signal where one ended the program."""
    assert exit_line(0, "SIGHUP") == "unsub-tui was ended by SIGHUP. No pending items."
    assert "unsub-tui resume" not in exit_line(1, is_demo=True)  # it reads another record
    assert exit_line(1) == "1 pending item; run `unsub-tui resume` to check its status: it only reads."
    assert exit_line(2, "SIGTERM").startswith("unsub-tui was ended by SIGTERM. 2 pending items; run `unsub-tui")


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
    settled = replace(unit(0), exact=Amounts(currency="USD"), breakdown=Breakdown(by_resource=shares))
    lines = refund_detail_lines(settled)
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


def test_the_summary_at_exit_has_four_lines_and_names_what_failed_last() -> None:
    """However many items there were; the line on pending items follows."""
    run = Run(
        run_id="r",
        started=NOW,
        ended=NOW,
        account=AccountRef(account_id="a" * 32, name=UntrustedText("acme"), site="intl"),
        plan_digest="d",
        actor=Actor(),
        reason_text=UntrustedText(""),
        units=tuple(map(unit, range(30))),
    )
    lines = exit_summary(run, Problem(kind=ProblemKind.STOPPED), "/records").splitlines()
    assert len(lines) <= 4
    assert lines[0] == "run r · record: /records"
    assert lines[-1] == "30 unknown: web-0, web-1, web-2 and 27 more"
