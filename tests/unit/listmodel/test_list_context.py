"""Tabs, renewed periods and leftovers: what the rules say without any service."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.lists import ECS, NOW, WAF, StubAccount, make_resource
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.estimate import EstimateInputs, estimate_renewal, refund_window_end
from unsub_tui.domain.fee_history import QuotaUse
from unsub_tui.domain.leftovers import find_clusters, find_possible_leftovers, find_possible_nodes
from unsub_tui.domain.paid_periods import NO_RENEWALS, Renewals, new_expiry
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.quote import BillType, Payment, UnsubscriptionKind, unknown_quote
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.listmodel.list_context import ListContext, resources_with_renewals
from unsub_tui.listmodel.tab import Tab

DAY = timedelta(days=1)


def period(key: str, begins: int, ends: int, *, paid: str = "10", coupon: str = "0", ago: int = 5) -> Payment:
    """Return what was paid for a period, days from now."""
    return Payment(
        resource_id=key,
        order_id=f"CS-{key}-{begins}",
        bill_type=BillType.RENEWAL,
        currency="USD",
        payable=Decimal(paid),
        coupon=Decimal(coupon),
        paid_at=NOW - ago * DAY,
        term_start=NOW + begins * DAY,
        term_end=NOW + ends * DAY,
        period_months=1,
    )


def catalog_of(*resources: Resource) -> Catalog:
    """Return an account."""
    catalog = Catalog()
    catalog.add_page(resources)
    return catalog


def context_with(payment: Payment) -> ListContext:
    """Return what the lists of an account know that has this renewal period."""
    context = ListContext(StubAccount(rules=load_rules("intl")), lambda: NOW)
    context.renewals = Renewals(payments={payment.resource_id: (payment,)})
    return context


def test_every_resource_is_active_or_not_begun() -> None:
    """No resource is lost between the two, and none is on both; renewed periods are not in the listing."""
    page = [make_resource("a"), make_resource("b", days=3), replace(make_resource("c"), effective_time=None)]
    assert [each.id for each in Tab.ACTIVE.filter_page(page, NOW)] == ["a", "c"]
    assert [each.id for each in Tab.INACTIVE.filter_page(page, NOW)] == ["b"]
    assert Tab.RENEWAL.filter_page(page, NOW) == []
    assert {tab.action for tab in Tab} == {Action.UNSUBSCRIBE, Action.RENEWAL}


def test_the_batch_list_binds_active_resources_only() -> None:
    """What has not begun, and a renewed period, goes whatever its service is; alone everything goes."""
    begun, later = make_resource("w", WAF), make_resource("v", WAF, days=3)
    catalog, context = catalog_of(begun, later), context_with(period("w", 30, 60))
    assert context.blocked_reason(Tab.ACTIVE, begun, catalog) is BlockedReason.NOT_BATCH_ELIGIBLE
    assert context.blocked_reason(Tab.RENEWAL, begun, catalog) is None
    assert context.blocked_reason(Tab.INACTIVE, later, catalog) is None
    assert context.blocked_reason(Tab.RENEWAL, later, catalog) is BlockedReason.NO_RENEWAL
    assert context.blocked_reason(Tab.ACTIVE, begun, catalog, in_batch=False) is None


def test_a_period_that_was_given_back_is_not_to_come() -> None:
    """It lies behind the expiry; one that has begun is not to come either."""
    resource = make_resource("a")
    periods = (period("a", -10, 30), period("a", 30, 60), period("a", 60, 90))
    ahead = Renewals(payments={"a": periods})
    assert [each.term_start for each in ahead.upcoming_payments(resource, NOW)] == [NOW + 30 * DAY]
    assert new_expiry(resource, ahead.upcoming_payments(resource, NOW)) == NOW + 30 * DAY - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("start", "end"), [("16:00:00", "15:59:59"), ("15:59:59", "15:59:59"), ("10:30:00", "10:29:59")]
)
def test_the_new_expiry_is_the_end_of_the_period_before(start: str, end: str) -> None:
    """Whether an order names the first second of a period, or the last one of the period before."""
    begins, ends = (datetime.fromisoformat(f"2026-04-01T{each}+00:00") for each in (start, end))
    assert new_expiry(make_resource("a"), [replace(period("a", 31, 62), term_start=begins)]) == ends


def test_the_tab_has_the_soonest_first_with_what_is_attached() -> None:
    """Main resources in the order in which their periods begin; an attached one alone brings nothing."""
    catalog = catalog_of(
        make_resource("a"),
        make_resource("b"),
        make_resource("b1", main="b"),
        make_resource("c"),
        make_resource("c1", main="c"),
    )
    ahead = Renewals(payments={"a": (period("a", 20, 60),), "b": (period("b", 10, 60),), "c1": (period("c1", 10, 60),)})
    assert [each.id for each in resources_with_renewals(catalog, ahead, NOW)] == ["b", "b1", "a"]
    assert resources_with_renewals(catalog, NO_RENEWALS, NOW) == []


@pytest.mark.parametrize(("age", "reason"), [(-4, BlockedReason.ATTACHED_LATER), (-6, None)])
def test_what_was_attached_after_the_renewal_speaks_against_it(age: int, reason: BlockedReason | None) -> None:
    """Attached before it was paid is no obstacle."""
    main, disk = make_resource("a"), make_resource("d", main="a", days=age)
    context = context_with(period("a", 30, 60, ago=5))
    assert context.blocked_reason(Tab.RENEWAL, main, catalog_of(main, disk)) is reason


def test_all_comes_back_coupons_too() -> None:
    """Full refund of what was paid in money, no fee, no coupon lost."""
    quote = estimate_renewal(
        (make_resource("a"),),
        (period("a", 30, 60, paid="12", coupon="2"),),
        EstimateInputs(rules=load_rules("intl"), now=NOW),
    )
    amounts = quote.amounts
    assert quote.kind is UnsubscriptionKind.RENEWAL_ONLY
    zero = Decimal(0)
    assert (amounts.paid, amounts.refund) == (Decimal(10), Decimal(10))
    assert (amounts.handling_fee, amounts.coupon_lost) == (zero, zero)
    assert quote.order_ids == ("CS-a-30",)


def test_what_is_not_known_of_a_period_is_no_zero() -> None:
    """An unknown amount, and a hole between the periods and the expiry, leave the figures unknown."""
    basis = EstimateInputs(rules=load_rules("intl"), now=NOW)
    untold = replace(period("a", 30, 60), is_amount_stated=False)
    short = period("a", 30, 45)
    for periods in ((untold,), (short,)):
        quote = estimate_renewal((make_resource("a"),), periods, basis)
        assert quote.amounts.refund is None
        assert quote.missing


def test_the_window_of_a_full_refund_is_the_site_s() -> None:
    """The site cn gives five days from the beginning; elsewhere there is no such window."""
    fresh = make_resource("a", days=-2)
    assert refund_window_end(fresh, load_rules("cn"), NOW) == NOW + 3 * DAY
    assert refund_window_end(make_resource("b", days=-6), load_rules("cn"), NOW) is None
    assert refund_window_end(fresh, load_rules("intl"), NOW) is None


def test_what_is_left_of_the_quota_lies_between_bounds() -> None:
    """Never below zero."""
    assert QuotaUse(2026, 2, 5, 10).remaining == (5, 8)
    assert QuotaUse(2026, 9, 14, 10).remaining == (0, 1)


def test_only_neighbours_with_the_name_of_a_server_may_stay_behind() -> None:
    """The same region and project, a disk or an address, named after it, and not in the plan."""
    server, along = make_resource("s", ECS, name="web-1"), make_resource("s1", name="web-1-volume-0000", main="s")
    data, twin, other = (
        make_resource("d", name="web-1-data"),
        make_resource("t", name="web-10"),
        make_resource("o", ECS, name="web-1-b"),
    )
    away = replace(make_resource("f", name="web-1-far"), region_code=UntrustedText("elsewhere"))
    item = PlanItem(resource=server, attached=(along,), quote=unknown_quote(UnsubscriptionKind.IN_USE, "USD", "x"))
    catalog = catalog_of(server, along, data, twin, other, away)
    assert [each.id for each in find_possible_leftovers([item], catalog)] == ["d"]
    cluster = replace(make_resource("c", name="web"), service_type_code=UntrustedText("hws.service.type.cce"))
    far = replace(cluster, region_code=UntrustedText("elsewhere"))
    assert find_clusters([item], catalog_of(server, cluster, far)) == (cluster,)
    assert find_possible_nodes([item], [cluster]) == (server,)
    assert find_possible_nodes([item], [far, replace(cluster, resource_name=UntrustedText("web-10"))]) == ()
    for name, is_node in (("x-nodepool-1", True), ("my-Node-Pool", True), ("node-1", False), ("", False)):
        named = replace(item, resource=replace(server, resource_name=UntrustedText(name)))
        assert bool(find_possible_nodes([named], ())) is is_node
    disk_only = replace(item, resource=twin, attached=())
    assert find_possible_leftovers([disk_only], catalog) == ()
