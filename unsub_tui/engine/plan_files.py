"""Plan files, which one person writes and another person reviews and applies.

A plan file is never submitted directly. The program lists and quotes the account again, builds a new plan for the
items in the file, and refuses each item that has drifted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.drift import amount_changes, fee_change, state_changes
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.money import AMOUNT_TOLERANCE, FIGURES, Amounts
from unsub_tui.domain.plan import Plan, PlanItem, Refusal, SavedPlan, SavedPlanItem
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal.codec import to_json_values
from unsub_tui.journal.plan_file import (
    MAX_FILE_BYTES,
    PlanDocument,
    PlanItemDocument,
    QuoteDocument,
    RefusalDocument,
    ResourceDocument,
    TotalDocument,
    parse_plan_file,
)

__all__ = [
    "MAX_FILE_BYTES",
    "check_plan_account",
    "load_saved_plan",
    "plan_file_text",
    "refuse_amount_drift",
    "refuse_state_drift",
]


def plan_file_text(plan: Plan, planner: Actor, ticket: str, now: datetime) -> str:
    """Return the file text of a plan with final quotes. Raise FILE if it exceeds the size limit."""
    document = PlanDocument(
        created=now,
        as_of=max((item.quote.as_of for item in plan.items if item.quote.as_of is not None), default=plan.created),
        planner=planner,
        ticket=ticket,
        account=plan.account,
        action=plan.action,
        account_resources=plan.account_resource_count,
        sentinel_id=plan.sentinel_id,
        items=tuple(map(_item, plan.items)),
        refused=tuple(map(_refused, plan.refused)),
        totals=tuple(map(TotalDocument.of, plan.totals)),
    )
    text = document.with_hash().to_text()
    if len(text) > MAX_FILE_BYTES:
        too_large = fact(FactCode.PLAN_FILE_TOO_LARGE, megabytes=MAX_FILE_BYTES // 1_000_000)
        raise UnsubError(Problem(kind=ProblemKind.FILE, facts=(too_large,)))
    return text


def load_saved_plan(data: bytes) -> SavedPlan:
    """Return the plan in a file. Raise FILE if the file is invalid or was modified after it was written."""
    document = parse_plan_file(data)
    return SavedPlan(
        account=document.account,
        created=document.created,
        as_of=document.as_of,
        planner=document.planner,
        items=tuple(map(_saved_item, document.items)),
        ticket=document.ticket,
        action=document.action,
        digest=document.hash,
    )


def check_plan_account(filed: SavedPlan, account: AccountRef) -> None:
    """Raise OTHER_ACCOUNT unless the file is for this account."""
    if (filed.account.account_id, filed.account.site) != (account.account_id, account.site):
        labels = {"theirs": _account_label(filed.account), "ours": _account_label(account)}
        other = fact(FactCode.FILE_OF_OTHER_ACCOUNT, **labels, their_site=filed.account.site, our_site=account.site)
        raise UnsubError(Problem(kind=ProblemKind.OTHER_ACCOUNT, facts=(other,)))


def refuse_state_drift(plan: Plan, filed: SavedPlan, catalog: Catalog) -> Plan:
    """Return a new plan for the items of a file, refusing items that vanished or whose state has drifted."""
    gone = [
        Refusal(resource=each.resource, reason=BlockedReason.DRIFTED, facts=(fact(FactCode.NOT_LISTED),))
        for each in filed.items
        if catalog.get(each.resource.id) is None
    ]
    before = {each.resource.id: each for each in filed.items}
    changes = {
        item.id: found
        for item in plan.items
        if (found := state_changes(_fingerprint(before.get(item.id)), to_json_values(item.fingerprint)))
    }
    plan = replace(plan, saved_plan=filed, refused=(*plan.refused, *gone))
    return _refuse_drifted(plan, changes)


def _fingerprint(item: SavedPlanItem | None) -> Mapping[str, object]:
    """Return an item's state according to the file; empty if it is not a primary item there."""
    return item.fingerprint if item is not None else {}


def refuse_amount_drift(plan: Plan, plan_at_file_time: Plan) -> Plan:
    """Return a finally quoted plan, refusing items whose amounts differ from those in its plan file.

    `plan_at_file_time` has the same items, quoted with today's data for the time of the file. More consumption due to
    elapsed time is not drift. Changed input data, another kind of unsubscription or a higher handling fee is drift.
    """
    if plan.saved_plan is None:
        return plan
    before = {each.resource.id: each for each in plan.saved_plan.items}
    at_that_time = {item.id: item.quote.amounts for item in plan_at_file_time.items}
    changes = {
        item.id: found
        for item in plan.items
        if item.id in at_that_time and (found := _amount_drift(before[item.id], at_that_time[item.id], item.quote))
    }
    return _refuse_drifted(plan, changes)


def _amount_drift(before: SavedPlanItem, amounts_at_file_time: Amounts, now: Quote) -> list[Fact]:
    if before.kind is not now.kind:
        return [fact(FactCode.KIND_CHANGED, before=before.kind.value, after=now.kind.value)]
    found = amount_changes(before.amounts, amounts_at_file_time)
    old, new = before.amounts.handling_fee, now.amounts.handling_fee
    if not found and old is not None and (new is None or new > old + AMOUNT_TOLERANCE):
        return fee_change(before.amounts, now.amounts)
    return found


def _refuse_drifted(plan: Plan, changes: Mapping[str, Sequence[Fact]]) -> Plan:
    return plan.with_refused(dict.fromkeys(changes, BlockedReason.DRIFTED), changes)


def _account_label(account: AccountRef) -> str:
    return f"{account.name.raw} ({account.account_id})" if account.name else account.account_id


def _item(item: PlanItem) -> PlanItemDocument:
    quote = item.quote
    return PlanItemDocument(
        **_resource_fields(item.resource),
        fingerprint=to_json_values(item.fingerprint),
        attached=tuple(_resource_documents(item.attached)),
        together_ids=tuple(sorted(each.id for each in item.bundled)),
        quote=QuoteDocument(
            kind=quote.kind,
            currency=quote.amounts.currency,
            **{name: getattr(quote.amounts, name) for name in FIGURES},
            sources={name: quote.sources[name] for name in FIGURES if name in quote.sources},
            rules=quote.rules,
            missing=quote.missing,
            notes=quote.notes,
            order_ids=quote.order_ids,
        ),
    )


def _refused(refusal: Refusal) -> RefusalDocument:
    return RefusalDocument(**_resource_fields(refusal.resource), blocked_reason=refusal.reason, facts=refusal.facts)


def _resource_documents(resources: Iterable[Resource]) -> Iterable[ResourceDocument]:
    return (ResourceDocument(**_resource_fields(each)) for each in sorted(resources, key=lambda each: each.id))


def _resource_fields(resource: Resource) -> dict[str, str]:
    return {
        "resource_id": resource.resource_id.raw,
        "resource_name": resource.resource_name.raw,
        "service_type_code": resource.service_type_code.raw,
        "resource_type_code": resource.resource_type_code.raw,
        "region_code": resource.region_code.raw,
    }


def _saved_item(item: PlanItemDocument) -> SavedPlanItem:
    quote = item.quote
    return SavedPlanItem(
        resource=_resource(item),
        attached=tuple(map(_resource, item.attached)),
        bundled_ids=item.together_ids,
        fingerprint=item.fingerprint,
        kind=quote.kind,
        amounts=quote.to_amounts(),
    )


def _resource(thing: ResourceDocument) -> Resource:
    return Resource(
        resource_id=UntrustedText(thing.resource_id),
        resource_name=UntrustedText(thing.resource_name),
        service_type_code=UntrustedText(thing.service_type_code),
        resource_type_code=UntrustedText(thing.resource_type_code),
        region_code=UntrustedText(thing.region_code),
    )
