"""The words of facts: one sentence, without a full stop, for every `FactCode`.

A value that is a fact is replaced by its own sentence, an unknown value (None) by "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from unsub_tui.domain.fact import Fact, Statement
from unsub_tui.domain.untrusted_text import escape_unprintable, for_display
from unsub_tui.present.contract_texts import CONTRACT_SENTENCES
from unsub_tui.present.i18n import _, ngettext
from unsub_tui.present.inventory_fact_texts import INVENTORY_OPERATIONS, INVENTORY_PLURALS, INVENTORY_SENTENCES
from unsub_tui.present.io_fact_texts import IO_PLURALS, IO_SENTENCES

FACT_SENTENCES: Mapping[str, str] = {
    **IO_SENTENCES,
    **CONTRACT_SENTENCES,
    **INVENTORY_SENTENCES,
    # guards
    "read_only": _("read-only mode is on ({origin})"),
    "read_only_session": _("read-only mode is on (in this session)"),
    "blocked_account": _("nothing is ever submitted for this account: {guard}"),
    "maybe_blocked_account": _("the account's name is unknown, it may be blocked: {guard}"),
    "max_share": _("the plan affects {percent} % of the account's {count} resources, {guard}"),
    "max_share_unknown": _("the number of resources of the account is unknown, and {guard}"),
    "max_amount": _("the refund of the plan is {amount} {currency}, {guard}"),
    "protected": _("{id} is protected: {guard}"),
    "two_people": _("another IAM user must run the plan, from its plan file: {guard}"),
    "two_people_same": _("{user} planned it, so another IAM user must run it: {guard}"),
    "two_people_unsure": _("planned by {planner}, and it is not known that {actor} is another IAM user: {guard}"),
    "two_people_unknown": _("the IAM user who planned it, or who runs it, is unknown: {guard}"),
    "findings_not_read": _("tags, run states and backups were not read yet: {guard}"),
    "tag_protects": _("{id} is protected by a tag: {guard}"),
    "tags_unknown": _("the tags of {id} are unknown, so it may be protected: {guard}; {reason}"),
    "tags_not_listed": _("this program reads no tags of its service"),
    "not_stopped": _("{id} is not stopped, its status is {status}: {guard}"),
    "run_state_unknown": _("it is not known whether {id} is stopped: {guard}; {reason}"),
    "backup_missing": _("{id} has no usable backup that is young enough: {guard}; {reason}"),
    "usable_backup_older": _("the newest usable one is of {date}"),
    "backups_not_listed": _("this program reads no backups of its service"),
    "no_backup_seen": _("none seen"),
    "guard": "{name} = {value}",
    "guard_from": "{name} = {value} ({origin})",
    "attached_is_protected": _("{id} is attached to it, {guard}"),
    "too_many_primary": _("{count} resources, but one request may name at most {limit}"),
    "attached_contradictory": _("Huawei Cloud lists {id}, which is attached to it, several times with different data"),
    "attached_unreadable": _("a row of a resource that is attached to it cannot be read: {id}"),
    "disk_may_be_system": _(
        "it may be the system disk, which cannot be unsubscribed alone: neither its start nor its name tells"
    ),
    "server_is_protected": _("its server {id} is protected, {guard}"),
    "members_refused": _("{ids} cannot be unsubscribed from"),
    # warnings about an item
    "license_alone": _("the license of database {id}, which is not listed: the database may still need it"),
    "license_not_listed": _(
        "SQL Server has a license with a subscription of its own, but {id} is not listed: if it exists, it keeps "
        "billing until you unsubscribe from it"
    ),
    "license_not_included": _("its license {id} is a subscription of its own and is not included"),
    "replicas_keep_billing": _(
        "read replicas are deleted with their database, but each keeps billing until you unsubscribe from it as well "
        "({origin}); the list does not say whose replica one is"
    ),
    "replicas_unsubscribed": _(
        "read replicas are unsubscribed with their database ({origin}), but the page of another site says that each "
        "keeps billing; the list does not say whose replica one is"
    ),
    "replicas_unclear": _(
        "read replicas are deleted with their database, and each may keep billing: no page of this site says; the list "
        "does not say whose replica one is"
    ),
    "detach_first": _("a disk must be detached from its server first, or it may be rejected"),
    "unbind_first": _("an address must be unbound first, or it may be rejected"),
    "disk_alone": _(
        "a data disk of server {server}, which stays: unmount it there first; {evidence}; Huawei Cloud rejects it "
        "(CBC.99003185) if it is the system disk or the server was sold as a whole"
    ),
    "rejected_as_part": _("rejected before ({code}, {date}): only as a whole, with {names}"),
    "rejected_as_part_of_unknown": _("rejected before ({code}, {date}): only as a whole"),
    "bundle_unproven": _(
        "not known to be a bundle: these were bought with one order, and each may be possible alone as well"
    ),
    "disk_added_later": _("it was added after the server was bought"),
    "disk_named_as_data": _("only its name tells it from the system disk"),
    # drift
    "server_not_listed": _("its server {id} is no longer listed"),
    "license_listed": _("its license {id} is listed and was not reviewed with it"),
    "not_listed": _("it is no longer listed"),
    "closed": _("it is closed"),
    "rows_contradict": _("Huawei Cloud lists {id} several times with different data"),
    "row_unreadable": _("the row of the resource {id} lacks its id, its status or its relation to a primary resource"),
    "field_changed": _("{field} changed from {before} to {after}"),
    "currency_changed": _("the currency changed from {before} to {after}"),
    "amount_changed": _("{figure} changed from {before} to {after} {currency}"),
    "kind_changed": _("the kind of unsubscription changed from {before} to {after}"),
    "listed_attached": _("{id} is listed with it and attached to {parent}"),
    "listed_unattached": _("{id} is listed with it and attached to nothing"),
    # amounts
    "out_of_range": _("{names}: the amount is missing, invalid or out of range"),
    "order_out_of_range": _("{names} of order {order_id}: the amount is missing, invalid or out of range"),
    "lines_name_no_resource": _("the price of each resource in order {order_id}: its lines name no resource"),
    "rows_out_of_range": _("the refund rows for {order_ids}: the amount is missing, invalid or out of range"),
    # missing data and notes of a quote
    "bills_not_read": _("the bills: not read yet"),
    "change_refund_unclear": _("how the refund of a change of specification counts: Huawei Cloud does not publish it"),
    "bonus_unclear": _("whether bonus money, debt or an adjustment counts as paid: Huawei Cloud does not publish it"),
    "bill_type_unknown": _("how a bill row counts that is an adjustment or of an unknown type"),
    "periods_overlap": _("which of the orders {order_id} and {other} is valid: their periods overlap"),
    "period_beyond_expiry": _("what order {order_id} paid for: its period ends after the expiry of the resource"),
    "period_not_stated": _("the period that a bill row paid for"),
    "bill_not_available": _("the bill of {date}: not available yet, this can take a day"),
    "no_bill_of_period": _("a bill for the period that ends {date}"),
    "several_currencies": _("a single currency: the payments are in several"),
    "quota_use_unknown": _("the number of full refunds used this year"),
    "full_refund_left_unknown": _("whether a full refund is left this year: {quota}"),
    "fee_not_in_table": _("the handling fee: the table has no rate for {term}"),
    "fee_unknown": _(
        "the handling fee of {term}: no past order shows the rate, and this program does not contain the {site} site's "
        "fee table; copy it from {page} to [{site}.fee] in rules.toml, see docs/money.md"
    ),
    "may_be_package": _(
        "whether it is refunded while in use: {type} may be a package, and Huawei Cloud refunds only some ({origin})"
    ),
    "fee_between": _("the handling fee: between {low} and {high} {currency} ({fee})"),
    "frozen_may_be_refused": _(
        "frozen: if the police froze it, Huawei Cloud rejects this (CBC.99003656 or CBC.30000052) and nothing changes"
    ),
    "may_be_refused": _(
        "Huawei Cloud may reject it: its page names this kind of product as one without a refund ({origin})"
    ),
    "paid_with_parent": _("no bill row for {ids}: assumed to be part of what was paid for the primary resource"),
    "paid_by_other_account": _("paid by account {ids}: the refund goes there"),
    "debt_counts_as_paid": _("{amount} {currency} is billed as debt: assumed to count as paid, like credit"),
    "paid_with_cards": _(
        "{amount} {currency} was paid with stored-value cards or flexi-purchase coupons: a refund to one that has "
        "expired by then is void"
    ),
    "paid_by_order": _("the order {ids} was read, not its bill: bonus money or debt in it would change the figures"),
    "coupons_returned": _("coupons of {amount} {currency} are returned, {expiry}"),
    "coupons_valid": _("valid until {date} or later"),
    "coupons_expired": _("but they had expired by {date} and are void"),
    "coupons_partly_expired": _("but some of them are void: the first expired on {date}"),
    "coupon_expiry_unknown": _("void if they have expired by then; their expiry is unknown: {reason}"),
    "coupons_not_read": _("not read yet"),
    "coupons_unread": _("the coupons could not be read ({error})"),
    "coupons_left_out": _("the coupons of too many orders"),
    "coupons_incomplete": _("too many coupons in order {order_id}"),
    "coupons_not_named": _("Huawei Cloud lists no coupon for order {order_id}"),
    "coupons_without_expiry": _("Huawei Cloud states none for order {order_id}"),
    "tax_left_out": _("taxes are left out of all figures: the bill has {amount} {currency} of tax for it"),
    "tax_of_order_left_out": _(
        "taxes are left out of all figures: the bill has {amount} {currency} of tax for its orders, which may cover "
        "other resources"
    ),
    "part_not_listed": _("whether {ids} is still part of it: the bill names it, but it is not attached to it"),
    "refund_between_parts": _("{part}; the refund is between {low} and {high} {currency}"),
    # rules of a quote
    "nothing_paid": _("nothing was paid in money"),
    "renewal_not_begun": _("renewal period not begun: full refund"),
    "not_begun": _("not begun: full refund"),
    "full_refund": _("{site} full refund within the window"),
    "full_refund_quota": _("{site} full refund within the window, {quota}"),
    "counting_hours": _("whole hours {origin}"),
    "counting_days": _("days {origin}"),
    "fee_table": "{name} {origin}",
    "fee_waived": _("no handling fee: {name} {origin}"),
    "fee_between_rows": _("{table}, {term} is between its rows {shorter} and {longer}"),
    "fee_of_either": "{first}; {second}",
    "fee_observed": _("as charged on {order_id} on {date}"),
    "fee_and_counting": "{fee}, {counting}",
    "rule_date": "{date}",
    "rule_override": _("{date} (your override)"),
    # data of a quote that could not be read, and the full-refund window
    "month_unread": _("the bill of {month} ({error})"),
    "purchase_order_unread": _("purchase order {order_id} ({error})"),
    "purchase_orders_unread": _("the orders of the last purchases ({error})"),
    "pending_orders_unread": _("orders in progress could not be read ({error})"),
    "past_unsubscriptions_left_out": _("past fees and quota: {count} unsubscription orders cannot be read"),
    "past_unsubscriptions_unread": _("past unsubscriptions could not be read ({error})"),
    "changes_unread": _("the changes after the renewal could not be read"),
    "renewal_order_unread": _("the renewal order {order_id} ({error})"),
    "renewal_period_unknown": _("the renewal period of {id}: neither order nor bill states it"),
    "renewal_price_unread": _("the price of a renewal ({error})"),
    "renewal_price_of_refused": _("the price of a renewal ({reason})"),
    "renewal_term_unknown": _("the price of a renewal: the term is unknown"),
    "no_renewal_price": _("the price of a renewal (the response contains none)"),
    "began_as_pay_per_use": _("it began as pay-per-use: a full refund within the window is for new purchases"),
    "promotion_may_exclude": _("a promotion may exclude the full refund; this cannot be read in advance"),
    "no_quota": _("no full refund within a window"),
    "quota_use_unread": _("the use of this year's {quota} full refunds could not be read"),
    "quota_left": _("at least {used} of {quota} used in {year}"),
    "quota_unsure": _("between {used} and {at_most} of {quota} used in {year}"),
    "quota_of_unsubscriptions": _("the quota is published for unsubscriptions only"),
    "immediate_change_assumed": _("estimated by the rules of unsubscriptions, which may not apply to this change"),
    "quota_with_plan": _("{quota} and {taken} by this plan"),
    "quota_used_up": _("no full refund: the {quota} of {year} are used up"),
    "quota_used_up_by_plan": _(
        "no full refund: the {quota} of {year} are used up, {taken} of them by preceding items of this plan"
    ),
    # runs
    "confirmed_other_plan": _("the confirmation is for another plan"),
    "phrase_wrong": _("the typed phrase is not the phrase of the plan"),
    "risks_not_acknowledged": _("not every risk was acknowledged"),
    "reason_too_long": _("the reason is longer than {limit} characters"),
    "plan_empty": _("the plan is empty"),
    "plan_of_other_account": _("the plan is for another account"),
    "plan_ids_invalid": _("the plan contains an id twice, or an id that cannot be submitted"),
    "bundle_too_large": _("a bundle has more than {limit} primary resources; unsubscribe from it in the console"),
    "lock_replaced": _("the lock file of this run was removed or replaced"),
    "program_suspended": _("the program was suspended in the meantime"),
    "screen_silent": _("the screen did not respond for {seconds} s"),
    "submitted_before": _("run {run_id} has already submitted it, and its outcome is still open ({state})"),
    "precheck_too_old": _("the read before the request took too long"),
    "other_request_unknown": _("the outcome of an earlier request became unknown"),
    "clock_offset": _("the difference is {offset}"),
    "ended_while_submitting": _("the program ended while the request was being submitted"),
    "ended_before_submitting": _("the program ended before the request was submitted"),
    "program_ended": _("the program ended"),
    "order_cancelled": _("Huawei Cloud canceled the order; the resource remains"),
    "change_reverted": _(
        "Huawei Cloud confirmed the change, but the resource does not show it; someone may have reverted it"
    ),
    "gone_after_change": _("Huawei Cloud confirmed the change, but the resource is now gone"),
    # leftovers of a run
    "leftover_not_seen_by_other_user": _("not listed, but this user may see less than the user of the run"),
    "leftover_unproven": _("not listed, but nothing else that is listed proves that this user sees everything"),
    "leftovers_not_asked": _("the services were not asked before the run"),
    # orders
    "order_mismatch": _("the order does not belong to this unsubscription"),
    "order_of_other_unit": _("order {order_id} belongs to {id} of run {run_id}"),
    "order_is_purchase": _("order {order_id} bought or renewed the resource"),
    "order_of_other_type": _("order {order_id} has the order type {type}; an unsubscription has the type {expected}"),
    "order_too_old": _("order {order_id} was created at {created}, before the request was submitted"),
    "order_of_other_resources": _("order {order_id} is for other resources: {ids}"),
    "order_of_other_services": _("order {order_id} is for other services: {ids}"),
    "order_refunds_others": _("order {order_id} refunds other orders: {ids}"),
    "order_refunds_other_type": _("order {order_id} refunds resources of another type or region"),
    "external_order": _("order {order_id} (created: {created}, user: {user})"),
    "cancelled_by_order": _("it was unsubscribed with {order}, which is not in this record"),
    "maybe_cancelled_by_order": _("it may have been unsubscribed with {order}, which is not in this record"),
    "no_external_order": _("no unsubscription order of other users was found for it"),
    "external_orders_unread": _("the unsubscription orders of other users could not be read"),
    "maybe_unsubscribed_by_order": _(
        "{order} may have unsubscribed from it and is not in this record; check the order"
    ),
    "earlier_request_unread": _("whether an earlier request has unsubscribed from it could not be read"),
    "earlier_request_not_searched": _("the run was stopped before it searched for earlier requests"),
    "not_in_use": _("it is no longer listed as in use"),
    "renewals_gone": _("its renewal periods are no longer listed"),
    "busy_waits": _(
        "another transaction holds the resource and nothing was done; it is read and submitted again after "
        "{seconds} s, with at most {limit} s of waiting in all"
    ),
    "waited_for_transaction": _("the run was waiting for another transaction of the resource, and nothing was done"),
    "busy_too_long": _("another transaction still held the resource after {seconds} s, and nothing was done"),
    "other_resource_failed": _(
        "Huawei Cloud says that {id}, which was not requested, failed: {message} [{error_code}]"
    ),
    "refund_rows_unread": _("the refund rows of order {order_id} ({error})"),
    "refund_rows_unproven": _(
        "the amounts of order {order_id}: its refund rows name none of the purchase and renewal orders that were read"
    ),
    "orders_name_part": _(
        "the amounts: the orders of the response do not name all its primary resources; see the orders of the account"
    ),
    "amounts_unread": _("the amounts of order {order_id} ({error})"),
    "bill_unread": _("the bill of order {order_id} ({error})"),
    "not_billed": _("the bill: its rows can be up to a day late"),
    "sentinel_not_listed": _(
        "whether the other resources are gone: a resource that is known to be in use was not listed"
    ),
    "orders_not_listed": _("other resources of the same orders: too many orders in one run"),
    # locks, permissions, patterns and lists of ids
    "lock_owner": _("process {pid} of {user}@{host}, since {since}"),
    "lock_owner_on_terminal": _("process {pid} of {user}@{host} on {terminal}, since {since}"),
    "lock_owner_unknown": _("a process that does not identify itself"),
    "lock_owner_suspended": _("it is suspended (Ctrl+Z?): `fg` in its terminal resumes it"),
    "other_state_directory": _("its record is in another state directory"),
    "lock_held": _("held by {owner}"),
    "permission_needed": _("needed to {operation}: {action} (older policies: {code})"),
    "pattern_names_nothing": _("the pattern {pattern} names nothing"),
    "pattern_of_tag": _("{pattern}: expected tag:KEY or tag:KEY=VALUE"),
    "pattern_field_unknown": _(
        "{pattern}: there is no field {field}, only {fields}; for a name with a colon write name:{pattern}"
    ),
    "json_invalid": _("the text begins like JSON but is not valid JSON"),
    "json_without_ids": _("this is JSON without any resource_id"),
    "no_ids": _("there are no ids in it"),
    "table_without_ids": _(
        "this is a table without ids: no column has the heading resource_id, Resource ID or 资源ID, and no cell "
        "contains the id of a resource of the account"
    ),
}
"""Sentences without a plural form."""

KIND_NOTE_LABELS: Mapping[str, str] = {
    "detach_first": _("detach first"),
    "unbind_first": _("unbind first"),
    "replicas_keep_billing": _("replicas keep billing"),
    "replicas_unsubscribed": _("replicas may keep billing"),
    "replicas_unclear": _("replicas may keep billing"),
}
"""What should be known or done first for every item of a kind, in a few words."""

FACT_PLURALS: Mapping[str, Callable[[int], str]] = {
    **IO_PLURALS,
    **INVENTORY_PLURALS,
    "max_items": lambda n: ngettext(
        "the plan affects {count} resource, {guard}", "the plan affects {count} resources, {guard}", n
    ),
    "max_amount_unknown": lambda n: ngettext(
        "neither refund nor paid amount of {count} item is known, and {guard}",
        "neither refund nor paid amount of {count} items is known, and {guard}",
        n,
    ),
    "term": lambda n: ngettext(
        "a term of {count} month in its year {year}", "a term of {count} months in its year {year}", n
    ),
    "more_resources_failed": lambda n: ngettext(
        "and {count} more resource that was not requested", "and {count} more resources that were not requested", n
    ),
    "replicas_listed": lambda n: ngettext(
        "{count} listed resource may be its read replica", "{count} listed resources may be its read replicas", n
    ),
    "pending_orders_left_out": lambda n: ngettext(
        "{count} order in progress was not read", "{count} orders in progress were not read", n
    ),
    "renewal_bill_unread": lambda n: ngettext(
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
    "attached_to": _("primary resource"),
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
        "coupons": _("read the expiry of coupons"),
        "autorenew_on": _("switch auto-renewal, or pay-per-use at expiry"),
        "autorenew_off": _("switch auto-renewal, or pay-per-use at expiry"),
        "to_on_demand": _("switch auto-renewal, or pay-per-use at expiry"),
        "enterprise_projects": _("read the names of enterprise projects"),
        "find_account": _("read the id of the account"),
        **INVENTORY_OPERATIONS,
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
