"""The words of facts: one sentence, without a full stop, for every `FactCode`.

A value that is a fact is replaced by its own sentence, an unknown value (None) by "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from unsub_tui.domain.fact import Code, Fact, FactCode, Statement
from unsub_tui.domain.untrusted_text import escape_unprintable, for_display
from unsub_tui.present.i18n import _, ngettext
from unsub_tui.present.io_fact_texts import IO_PLURALS, IO_SENTENCES

FACT_SENTENCES: Mapping[Code, str] = {
    **IO_SENTENCES,
    # guards
    FactCode.READ_ONLY: _("read-only mode is on ({origin})"),
    FactCode.READ_ONLY_SESSION: _("read-only mode is on (in this session)"),
    FactCode.BLOCKED_ACCOUNT: _("nothing is ever submitted for this account: {guard}"),
    FactCode.MAYBE_BLOCKED_ACCOUNT: _("the account's name is unknown, it may be blocked: {guard}"),
    FactCode.MAX_SHARE: _("the plan affects {percent} % of the account's {count} resources, {guard}"),
    FactCode.MAX_SHARE_UNKNOWN: _("the number of resources of the account is unknown, and {guard}"),
    FactCode.MAX_AMOUNT: _("the refund of the plan is {amount} {currency}, {guard}"),
    FactCode.PROTECTED: _("{id} is protected: {guard}"),
    FactCode.GUARD: "{name} = {value}",
    FactCode.GUARD_FROM: "{name} = {value} ({origin})",
    FactCode.ATTACHED_IS_PROTECTED: _("{id} is attached to it, {guard}"),
    FactCode.TOO_MANY_PRIMARY: _("{count} resources, but one request may name at most {limit}"),
    FactCode.MEMBERS_REFUSED: _("{ids} cannot be unsubscribed"),
    # drift
    FactCode.NOT_LISTED: _("it is no longer listed"),
    FactCode.CLOSED: _("it is closed"),
    FactCode.FIELD_CHANGED: _("{field} changed from {before} to {after}"),
    FactCode.CURRENCY_CHANGED: _("the currency changed from {before} to {after}"),
    FactCode.AMOUNT_CHANGED: _("{figure} changed from {before} to {after} {currency}"),
    FactCode.KIND_CHANGED: _("the kind of unsubscription changed from {before} to {after}"),
    FactCode.LISTED_ATTACHED: _("{id} is listed with it and attached to {parent}"),
    FactCode.LISTED_UNATTACHED: _("{id} is listed with it and attached to nothing"),
    # amounts
    FactCode.OUT_OF_RANGE: _("{names}: the amount is out of range"),
    FactCode.ORDER_OUT_OF_RANGE: _("{names} of order {order_id}: the amount is out of range"),
    FactCode.LINES_NAME_NO_RESOURCE: _("the price of each resource in order {order_id}: its lines name no resource"),
    FactCode.ROWS_OUT_OF_RANGE: _("the refund rows for {order_ids}: the amount is out of range"),
    # missing data and notes of a quote
    FactCode.BILLS_NOT_READ: _("the bills: not read yet"),
    FactCode.CHANGE_REFUND_UNCLEAR: _(
        "how the refund of a change of specification counts: Huawei Cloud does not publish it"
    ),
    FactCode.BONUS_UNCLEAR: _(
        "whether bonus money, debt or an adjustment counts as paid: Huawei Cloud does not publish it"
    ),
    FactCode.PERIOD_NOT_STATED: _("the period that a bill row paid for"),
    FactCode.BILL_NOT_AVAILABLE: _("the bill of {date}: not available yet, this can take a day"),
    FactCode.NO_BILL_OF_PERIOD: _("a bill for the period that ends {date}"),
    FactCode.SEVERAL_CURRENCIES: _("a single currency: the payments are in several"),
    FactCode.QUOTA_USE_UNKNOWN: _("the number of full refunds used this year"),
    FactCode.FULL_REFUND_LEFT_UNKNOWN: _("whether a full refund is left this year: {quota}"),
    FactCode.FEE_NOT_IN_TABLE: _("the handling fee: the table has no rate for {term}"),
    FactCode.FEE_UNKNOWN: _(
        "the handling fee of {term}: the table of the {site} site could not be read, and no past order shows the rate"
    ),
    FactCode.TERM_UNKNOWN: _("a term of unknown length"),
    FactCode.MAY_BE_REFUSED: _(
        "Huawei Cloud may reject it: its page names this kind of product as one without a refund ({origin})"
    ),
    # rules of a quote
    FactCode.NOTHING_PAID: _("nothing was paid in money"),
    FactCode.RENEWAL_NOT_BEGUN: _("renewal period not begun: full refund"),
    FactCode.NOT_BEGUN: _("not begun: full refund"),
    FactCode.FULL_REFUND: _("{site} full refund within the window"),
    FactCode.FULL_REFUND_QUOTA: _("{site} full refund within the window, {quota}"),
    FactCode.COUNTING_HOURS: _("whole hours {origin}"),
    FactCode.COUNTING_DAYS: _("days {origin}"),
    FactCode.FEE_TABLE: "{name} {origin}",
    FactCode.FEE_OBSERVED: _("as charged on {order_id} on {date}"),
    FactCode.FEE_AND_COUNTING: "{fee}, {counting}",
    FactCode.RULE_DATE: "{date}",
    FactCode.RULE_OVERRIDE: _("{date} (your override)"),
    # data of a quote that could not be read, and the full-refund window
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
    # runs
    FactCode.CONFIRMED_OTHER_PLAN: _("the confirmation is for another plan"),
    FactCode.PHRASE_WRONG: _("the typed phrase is not the phrase of the plan"),
    FactCode.RISKS_NOT_ACKNOWLEDGED: _("not every risk was acknowledged"),
    FactCode.REASON_TOO_LONG: _("the reason is longer than {limit} characters"),
    FactCode.PLAN_EMPTY: _("the plan is empty"),
    FactCode.PLAN_OF_OTHER_ACCOUNT: _("the plan is for another account"),
    FactCode.PLAN_IDS_INVALID: _("the plan contains an id twice, or an id that cannot be submitted"),
    FactCode.BUNDLE_TOO_LARGE: _(
        "a bundle has more than {limit} primary resources; unsubscribe from it in the console"
    ),
    FactCode.LOCK_REPLACED: _("the lock file of this run was removed or replaced"),
    FactCode.PROGRAM_SUSPENDED: _("the program was suspended in the meantime"),
    FactCode.SCREEN_SILENT: _("the screen did not respond for {seconds} s"),
    FactCode.SUBMITTED_BEFORE: _("run {run_id} has already submitted it, and its outcome is still open ({state})"),
    FactCode.PRECHECK_TOO_OLD: _("the read before the request took too long"),
    FactCode.OTHER_REQUEST_UNKNOWN: _("the outcome of an earlier request became unknown"),
    FactCode.CLOCK_OFFSET: _("the difference is {offset}"),
    FactCode.ENDED_WHILE_SUBMITTING: _("the program ended while the request was being submitted"),
    FactCode.ENDED_BEFORE_SUBMITTING: _("the program ended before the request was submitted"),
    FactCode.PROGRAM_ENDED: _("the program ended"),
    FactCode.ORDER_CANCELLED: _("Huawei Cloud canceled the order; the resource remains"),
    FactCode.CHANGE_REVERTED: _(
        "Huawei Cloud confirmed the change, but the resource does not show it; someone may have reverted it"
    ),
    FactCode.GONE_AFTER_CHANGE: _("Huawei Cloud confirmed the change, and the resource is gone since"),
    # orders
    FactCode.ORDER_MISMATCH: _("the order does not belong to this unsubscription"),
    FactCode.ORDER_OF_OTHER_UNIT: _("order {order_id} belongs to {id} of run {run_id}"),
    FactCode.ORDER_IS_PURCHASE: _("order {order_id} bought or renewed the resource"),
    FactCode.ORDER_OF_OTHER_TYPE: _(
        "order {order_id} has the order type {type}; an unsubscription has the type {expected}"
    ),
    FactCode.ORDER_TOO_OLD: _("order {order_id} was created at {created}, before the request was submitted"),
    FactCode.ORDER_OF_OTHER_RESOURCES: _("order {order_id} is for other resources: {ids}"),
    FactCode.ORDER_OF_OTHER_SERVICES: _("order {order_id} is for other services: {ids}"),
    FactCode.ORDER_REFUNDS_OTHERS: _("order {order_id} refunds other orders: {ids}"),
    FactCode.ORDER_REFUNDS_OTHER_TYPE: _("order {order_id} refunds resources of another type or region"),
    FactCode.EXTERNAL_ORDER: _("order {order_id} (created: {created}, user: {user})"),
    FactCode.CANCELLED_BY_ORDER: _("it was unsubscribed with {order}, which is not in this record"),
    FactCode.MAYBE_CANCELLED_BY_ORDER: _("it may have been unsubscribed with {order}, which is not in this record"),
    FactCode.NO_EXTERNAL_ORDER: _("no unsubscription order of other users was found for it"),
    FactCode.EXTERNAL_ORDERS_UNREAD: _("the unsubscription orders of other users could not be read"),
    FactCode.MAYBE_UNSUBSCRIBED_BY_ORDER: _(
        "{order} may have unsubscribed from it and is not in this record; check the order"
    ),
    FactCode.EARLIER_REQUEST_UNREAD: _("whether an earlier request has unsubscribed from it could not be read"),
    FactCode.EARLIER_REQUEST_NOT_SEARCHED: _("the run was stopped before it searched for earlier requests"),
    FactCode.NOT_IN_USE: _("it is no longer listed as in use"),
    FactCode.REFUND_ROWS_UNREAD: _("the refund rows of order {order_id} ({error})"),
    FactCode.REFUND_ROWS_UNPROVEN: _(
        "the amounts of order {order_id}: its refund rows name none of the purchase and renewal orders that were read"
    ),
    FactCode.AMOUNTS_UNREAD: _("the amounts of order {order_id} ({error})"),
    FactCode.BILL_UNREAD: _("the bill of order {order_id} ({error})"),
    FactCode.NOT_BILLED: _("the bill: its rows can take up to a day"),
    FactCode.SENTINEL_NOT_LISTED: _(
        "whether the other resources are gone: a resource that is known to be in use was not listed"
    ),
    FactCode.ORDERS_NOT_LISTED: _("other resources of the same orders: too many orders in one run"),
    # locks, permissions, patterns and lists of ids
    FactCode.LOCK_OWNER: _("process {pid} of {user}@{host}, since {since}"),
    FactCode.LOCK_OWNER_ON_TERMINAL: _("process {pid} of {user}@{host} on {terminal}, since {since}"),
    FactCode.LOCK_OWNER_UNKNOWN: _("a process that does not identify itself"),
    FactCode.LOCK_OWNER_SUSPENDED: _("it is suspended (Ctrl+Z?): `fg` in its terminal resumes it"),
    FactCode.OTHER_STATE_DIRECTORY: _("its record is in another state directory"),
    FactCode.LOCK_HELD: _("held by {owner}"),
    FactCode.PERMISSION_NEEDED: _("needed to {operation}: {action} (older policies: {code})"),
    FactCode.PATTERN_NAMES_NOTHING: _("the pattern {pattern} names nothing"),
    FactCode.PATTERN_OF_TAG: _(
        "{pattern}: Huawei Cloud's list of resources has no tags, so a tag cannot protect anything"
    ),
    FactCode.PATTERN_FIELD_UNKNOWN: _(
        "{pattern}: there is no field {field}, only {fields}; for a name with a colon write name:{pattern}"
    ),
    FactCode.JSON_INVALID: _("the text begins like JSON but is not valid JSON"),
    FactCode.JSON_WITHOUT_IDS: _("this is JSON without any resource_id"),
}
"""Sentences without a plural form."""

FACT_PLURALS: Mapping[Code, Callable[[int], str]] = {
    **IO_PLURALS,
    FactCode.MAX_ITEMS: lambda n: ngettext(
        "the plan affects {count} resource, {guard}", "the plan affects {count} resources, {guard}", n
    ),
    FactCode.MAX_AMOUNT_UNKNOWN: lambda n: ngettext(
        "neither refund nor paid amount of {count} item is known, and {guard}",
        "neither refund nor paid amount of {count} items is known, and {guard}",
        n,
    ),
    FactCode.TERM: lambda n: ngettext(
        "a term of {count} month in its year {year}", "a term of {count} months in its year {year}", n
    ),
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

_FIELDS = {
    "status": _("status"),
    "expire_time": _("expiry"),
    "expire_policy": _("action at expiry"),
    "attached": _("attached resources"),
    "together": _("resources in the same request"),
    "paid": _("paid amount"),
    "consumed": _("consumed amount"),
    "handling_fee": _("handling fee"),
    "refund": _("refund"),
    "coupon_lost": _("coupons not returned"),
}

_NAMES: Mapping[str, Mapping[str, str]] = {
    "field": _FIELDS,
    "figure": _FIELDS,
    "operation": {
        "list_resources": _("list resources"),
        "unsubscribe": _("unsubscribe"),
        "list_orders": _("read orders and refunds"),
        "order": _("read orders and refunds"),
        "refund_rows": _("read orders and refunds"),
        "bills": _("read paid amounts, for estimates"),
        "balance": _("read the balance"),
        "renewal_prices": _("read discounts of renewals"),
        "autorenew_on": _("switch auto-renewal, or pay-per-use at expiry"),
        "autorenew_off": _("switch auto-renewal, or pay-per-use at expiry"),
        "to_on_demand": _("switch auto-renewal, or pay-per-use at expiry"),
        "enterprise_projects": _("read the names of enterprise projects"),
        "find_account": _("read the id of the account"),
    },
    "state": {
        "submitting": _("being submitted"),
        "accepted": _("in progress"),
        "unknown": _("unknown"),
    },
    "part": {
        "access_key": _("access key"),
        "secret_key": _("secret key"),
        "security_token": _("security token"),
        "account_id": _("account id"),
        "token": _("token"),
    },
}
"""Names in words of compared fields, operations that need a permission, open states of a unit, and parts of
credentials, by placeholder."""


def fact_text(fact: Statement) -> str:
    """Return the sentence of a fact, without a full stop; text from outside is sanitized."""
    if isinstance(fact, str):
        return escape_unprintable(fact)
    values = dict(fact.values)
    count, label = values.get("count"), _code_label(values.get("field"))
    if fact.code in FACT_PLURALS and isinstance(count, int):
        words = FACT_PLURALS[fact.code](count)
    else:
        words = FACT_SENTENCES.get(fact.code, fact.code)
    return words.format_map(_Values((name, _value_text(name, value, label)) for name, value in values.items()))


def facts_text(facts: Iterable[Statement]) -> str:
    """Return the sentences of facts, separated by semicolons."""
    return "; ".join(map(fact_text, facts))


class _Values(dict[str, str]):
    """Values by placeholder; a missing one is unknown."""

    def __missing__(self, name: str) -> str:
        return _("unknown")


def _value_text(name: str, value: str | int | Fact | None, label: Callable[[int], str] | None) -> str:
    names = _NAMES.get(name)
    if names is not None and isinstance(value, str):
        return names.get(value) or for_display(value)
    if isinstance(value, Fact):
        return fact_text(value)
    if isinstance(value, int):
        return label(value) if label is not None else str(value)
    if value is None:
        return _("unknown")
    return for_display(value) or _("nothing")


def _code_label(field: object) -> Callable[[int], str] | None:
    """Return the function that labels the codes of a field of a resource, or None if the field has no codes."""
    if field not in {"status", "expire_policy"}:
        return None
    from unsub_tui.present.resources import expire_policy_label, status_label  # noqa: PLC0415 - not at the start

    return status_label if field == "status" else expire_policy_label
