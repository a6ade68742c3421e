"""Comparison of a plan file with the account, before anything of it is submitted.

A plan file is never submitted directly. The program lists and quotes the account again, builds a new plan for the
items in the file, and refuses each item that has drifted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.money import AMOUNT_TOLERANCE, Amounts, amount_changes
from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.plan import Plan, Refusal, SavedPlan, SavedPlanItem
from unsub_tui.domain.policy_change import ALREADY_SET_REASONS
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import Catalog, Status, state_changes
from unsub_tui.journal.codec import to_json_values


def check_plan_account(filed: SavedPlan, account: AccountRef) -> None:
    """Raise OTHER_ACCOUNT unless the file is for this account."""
    if (filed.account.account_id, filed.account.site) != (account.account_id, account.site):
        labels = {"theirs": _account_label(filed.account), "ours": _account_label(account)}
        other = fact("file_of_other_account", **labels, their_site=filed.account.site, our_site=account.site)
        raise UnsubError(Problem(kind=ProblemKind.OTHER_ACCOUNT, facts=(other,)))


def refuse_state_drift(plan: Plan, filed: SavedPlan, catalog: Catalog) -> Plan:
    """Return a new plan for the items of a file, refusing items that vanished or whose state has drifted."""
    has_nameless = any(not each.id for each in catalog.resources)
    gone = [
        Refusal(
            resource=each.resource,
            reason=BlockedReason.DRIFTED,
            facts=tuple(_absence(each, catalog, has_nameless=has_nameless)),
        )
        for each in filed.items
        if catalog.get(each.resource.id) is None
    ]
    before = {each.resource.id: each.fingerprint for each in filed.items}
    changes = {
        item.id: found
        for item in plan.items
        if (found := state_changes(before.get(item.id, {}), to_json_values(item.fingerprint)))
    }
    plan = replace(plan, saved_plan=filed, refused=(*plan.refused, *gone))
    return _refuse_drifted(plan, changes)


def _absence(item: SavedPlanItem, catalog: Catalog, *, has_nameless: bool) -> Iterator[Fact]:
    """Yield that an item is not listed, and what makes it doubtful that nothing is left of it.

    An unreadable row without an id can be its own, and the others of its request can be there still.
    """
    yield fact("not_listed")
    if has_nameless:
        yield fact("row_unreadable", id=None)
    for row in map(catalog.get, item.bundled_ids):
        if row is not None and row.status != Status.CLOSED:
            yield fact("listed_unattached", id=row.id)


def refuse_amount_drift(plan: Plan, plan_at_file_time: Plan) -> Plan:
    """Return a finally quoted plan, refusing items whose amounts differ from those in its plan file.

    `plan_at_file_time` has the same items, quoted with today's data for the time of the file. More consumption due to
    elapsed time is not drift. Changed input data, another kind of unsubscription or a higher handling fee is drift.
    """
    if plan.saved_plan is None:
        return plan
    before = {each.resource.id: each.quote for each in plan.saved_plan.items}
    at_that_time = {item.id: item.quote.amounts for item in plan_at_file_time.items}
    changes = {
        item.id: found
        for item in plan.items
        if item.id in at_that_time and (found := _amount_drift(before[item.id], at_that_time[item.id], item.quote))
    }
    return _refuse_drifted(plan, changes)


def is_done(plan: Plan, renewals: Renewals) -> bool:
    """Return whether a plan from a file has nothing left to do, because the account is as the plan wants it.

    Renewal periods that could not be read may exist, so such a plan is not done. That a resource is not listed proves
    nothing, unless the same list contains another one that is in use.
    """
    if plan.items or not plan.refused or (plan.action.shortens_term and renewals.missing):
        return False
    return all(_is_done(each, plan.action, has_control=bool(plan.sentinel_id)) for each in plan.refused)


def _is_done(refusal: Refusal, action: Action, *, has_control: bool) -> bool:
    """Return whether nothing is left to do for a refused item. A resource that is gone can still not be changed."""
    if refusal.reason in ALREADY_SET_REASONS or (action.shortens_term and refusal.reason is BlockedReason.NO_RENEWAL):
        return True
    if not action.creates_order:
        return False
    return refusal.reason is BlockedReason.CLOSED or (
        has_control and {each.code for each in refusal.facts} == {"not_listed"}
    )


def _amount_drift(before: Quote, amounts_at_file_time: Amounts, now: Quote) -> list[Fact]:
    if before.kind is not now.kind:
        return [fact("kind_changed", before=before.kind.value, after=now.kind.value)]
    found = amount_changes(before.amounts, amounts_at_file_time)
    old, new = before.amounts.handling_fee, now.amounts.handling_fee
    if not found and old is not None and (new is None or new > old + AMOUNT_TOLERANCE):
        return amount_changes(before.amounts, now.amounts, ("handling_fee",))
    return found


def _refuse_drifted(plan: Plan, changes: Mapping[str, Sequence[Fact]]) -> Plan:
    return plan.with_refused(dict.fromkeys(changes, BlockedReason.DRIFTED), changes)


def _account_label(account: AccountRef) -> str:
    return f"{account.name.raw} ({account.account_id})" if account.name else account.account_id
