"""The words of the facts about unread data of quotes and about the full-refund window."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.domain.fact import Code, FactCode
from unsub_tui.present.i18n import _, ngettext

QUOTE_SENTENCES: Mapping[Code, str] = {
    FactCode.MONTH_UNREAD: _("the bill of {month} ({error})"),
    FactCode.PURCHASE_ORDERS_UNREAD: _("the orders of the last purchases ({error})"),
    FactCode.PENDING_ORDERS_UNREAD: _("orders in progress could not be read ({error})"),
    FactCode.PAST_UNSUBSCRIPTIONS_UNREAD: _("past unsubscriptions could not be read ({error})"),
    FactCode.CHANGES_UNREAD: _("the changes after the renewal could not be read"),
    FactCode.RENEWAL_ORDER_UNREAD: _("the renewal order {order_id} ({error})"),
    FactCode.RENEWAL_PERIOD_UNKNOWN: _("the renewal period of {id}: neither order nor bill states it"),
    FactCode.RENEWAL_PRICE_UNREAD: _("the price of a renewal ({error})"),
    FactCode.RENEWAL_PRICE_OF_REFUSED: _("the price of a renewal ({reason})"),
    FactCode.RENEWAL_TERM_UNKNOWN: _("the price of a renewal: the term is unknown"),
    FactCode.NO_RENEWAL_PRICE: _("the price of a renewal (the response contains none)"),
    FactCode.BEGAN_AS_PAY_PER_USE: _("it began as pay-per-use: a full refund within the window is for new purchases"),
    FactCode.PROMOTION_MAY_EXCLUDE: _("a promotion may exclude the full refund; this cannot be read in advance"),
    FactCode.NO_QUOTA: _("no full refund within a window"),
    FactCode.QUOTA_USE_UNREAD: _("the use of this year's {quota} full refunds could not be read"),
    FactCode.QUOTA_LEFT: _("at least {used} of {quota} used in {year}"),
    FactCode.QUOTA_UNSURE: _("between {used} and {at_most} of {quota} used in {year}"),
    FactCode.QUOTA_WITH_PLAN: _("{quota} and {taken} by this plan"),
    FactCode.QUOTA_USED_UP: _("no full refund: the {quota} of {year} are used up"),
    FactCode.QUOTA_USED_UP_BY_PLAN: _(
        "no full refund: the {quota} of {year} are used up, {taken} of them by preceding items of this plan"
    ),
}
"""Sentences without a plural form."""

QUOTE_PLURALS: Mapping[Code, Callable[[int], str]] = {
    FactCode.PENDING_ORDERS_LEFT_OUT: lambda n: ngettext(
        "{count} order in progress was not read", "{count} orders in progress were not read", n
    ),
    FactCode.RENEWAL_BILL_UNREAD: lambda n: ngettext(
        "the bill of {month} ({error}), and {count} of its renewal orders",
        "the bill of {month} ({error}), and {count} of its renewal orders",
        n,
    ),
}
"""Sentences with a plural form, by the value `count`."""
