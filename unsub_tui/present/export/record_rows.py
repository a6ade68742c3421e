"""Rows about runs, orders, checks and journals for other programs: for the commands and for the exports of the app."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from unsub_tui.domain.account import Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.breakdown import Breakdown, OrderShare, ResourceShare
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.leftovers import Leftover, LeftoverCheck, LeftoverReason, LeftoverState
from unsub_tui.domain.order import NO_CODE, AttributedOrder, AttributedOrderDetails, Order, order_status_code
from unsub_tui.domain.problem import Check, CheckState, PermissionState, Problem, ProblemKind
from unsub_tui.domain.resource import service_code
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.forms import (
    Field,
    Form,
    amount,
    amount_text,
    nested,
    nested_list,
    optional,
    time,
    value,
    values,
)
from unsub_tui.present.export.rows import AMOUNTS, REFUSED, refused_rows
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.problems import advice, problem_details, problem_facts

if TYPE_CHECKING:
    from unsub_tui.journal.audit import Audit


class RunItem(NamedTuple):
    """An item with its run."""

    run: Run
    unit: Unit


class _Refund(NamedTuple):
    order: Order
    share: OrderShare


ACTOR = Form[Actor](
    "ActorRow",
    "A person: local user and Huawei Cloud identity.",
    operator=value(str, lambda actor: actor.operator),
    account_id=value(str, lambda actor: actor.account_id),
    user_id=value(str, lambda actor: actor.user_id.raw),
    user_name=value(str, lambda actor: actor.user_name.raw),
    access_key=value(str, lambda actor: actor.access_key),
)

REFUND_OF_ORDER = Form[OrderShare](
    "OriginalOrderShare",
    "The refund of one purchase or renewal order.",
    base_order_id=value(str, lambda share: share.base_order_id),
    back=value(str, lambda share: amount_text(share.refunded)),
    kept=value(str, lambda share: amount_text(share.retained)),
)

REFUND_OF_RESOURCE = Form[ResourceShare](
    "ResourceShareRow",
    "The refund of one resource for one original order, according to the bill.",
    resource_id=value(str, lambda share: share.resource_id),
    base_order_id=value(str, lambda share: share.base_order_id),
    back=value(str, lambda share: amount_text(share.refunded)),
    coupon_back=value(str, lambda share: amount_text(share.refunded_coupons)),
    tax=value(str, lambda share: amount_text(share.refunded_tax)),
)

REFUND_DETAILS = Form[Breakdown](
    "RefundDetailsRow",
    "The refund by original order and by resource.",
    by_order=nested_list(REFUND_OF_ORDER, lambda found: found.by_order),
    by_resource=nested_list(REFUND_OF_RESOURCE, lambda found: found.by_resource),
    missing=values(str, lambda found: map(fact_text, found.missing)),
)

LEFTOVER = Form[Leftover](
    "LeftoverRow",
    "A resource that still exists after a run.",
    resource_id=value(str, lambda each: each.resource_id),
    resource_name=value(str, lambda each: each.resource_name.raw),
    service_type_code=value(str, lambda each: each.service_type_code.raw),
    resource_type_code=value(str, lambda each: each.resource_type_code.raw),
    region_code=value(str, lambda each: each.region_code.raw),
    status=value(int, lambda each: each.status),
    why=value(LeftoverReason, lambda each: each.reason),
)

STAYING_RESOURCE = Form[LeftoverCheck](
    "StayingResourceRow",
    "A resource beside an item that the services named before the run, as its service describes it after the run. "
    "`kind` is `disk`, `eip`, `bandwidth`, `vault`, `backup`, `manual_backups` with the id of the database, or "
    "`snapshots` with the id of the disk; `charging` and `status` are those of the service. `gone` says that a "
    "complete list does not contain it. `of_resource_id` is the resource of the item that it belongs to.",
    resource_id=value(str, lambda each: each.leftover.resource_id),
    resource_name=value(str, lambda each: each.leftover.name.raw),
    kind=value(str, lambda each: each.leftover.kind),
    region_code=value(str, lambda each: each.leftover.region),
    state=value(LeftoverState, lambda each: each.answer.state),
    charging=value(Charging, lambda each: each.answer.charging),
    status=optional(str, lambda each: each.answer.status or None),
    count=value(int, lambda each: each.answer.count),
    expires_at=time(lambda each: each.answer.expires),
    of_resource_id=value(str, lambda each: each.leftover.of_id),
    source=optional(str, lambda each: each.answer.origin.source if each.answer.origin else None),
    where=optional(str, lambda each: each.answer.origin.where if each.answer.origin else None),
    at=time(lambda each: each.answer.origin.at if each.answer.origin else None),
    reason=optional(
        str, lambda each: each.answer.reason.code.removeprefix("inventory_") if each.answer.reason else None
    ),
    reason_text=optional(str, lambda each: fact_text(each.answer.reason) if each.answer.reason else None),
)

UNIT = Form[Unit](
    "UnitRow",
    "An item of a run. `missing_backup_days` is set if its confirmation accepted that no backup is that young.",
    resource_id=value(str, lambda unit: unit.resource_id),
    resource_name=value(str, lambda unit: unit.resource_name.raw),
    service=value(str, lambda unit: service_code(unit.service_type_code.raw)),
    service_type_code=value(str, lambda unit: unit.service_type_code.raw),
    region_code=value(str, lambda unit: unit.region_code.raw),
    attached_resource_ids=values(str, lambda unit: unit.attached_ids),
    action=value(Action, lambda unit: unit.action),
    outcome=value(Outcome, lambda unit: unit.outcome),
    state=value(State, lambda unit: unit.state),
    changed=time(lambda unit: unit.changed),
    order_id=optional(str, lambda unit: unit.order_id),
    order_ids=values(str, lambda unit: unit.order_ids),
    candidate_order_ids=values(str, lambda unit: unit.candidates),
    notes=values(str, lambda unit: map(fact_text, unit.notes)),
    error_code=optional(str, lambda unit: _error_code(unit.problem)),
    error_text=optional(str, lambda unit: _error_text(unit.problem)),
    request_id=optional(str, lambda unit: _request_id(unit.problem)),
    missing_backup_days=optional(int, lambda unit: unit.missing_backup_days or None),
    estimate=nested(AMOUNTS, lambda unit: unit.estimate),
    exact=nested(AMOUNTS, lambda unit: unit.exact),
    order_status=optional(int, lambda unit: unit.order_status),
    resource_status=optional(int, lambda unit: unit.resource_status),
    breakdown=nested(REFUND_DETAILS, lambda unit: unit.breakdown),
    difference=amount(lambda unit: unit.refund_difference),
    leftovers=Field(  # null until they are checked
        LEFTOVER,
        lambda unit: LEFTOVER.rows(unit.followup.leftovers) if unit.followup else None,
        is_list=True,
        is_optional=True,
    ),
    leftovers_more=value(int, lambda unit: unit.followup.unlisted_count if unit.followup else 0),
    leftovers_missing=values(str, lambda unit: map(fact_text, unit.followup.missing if unit.followup else ())),
    stays_behind=Field(  # null until the services are asked after the run
        STAYING_RESOURCE,
        lambda unit: STAYING_RESOURCE.rows(found) if (found := _staying(unit)) is not None else None,
        is_list=True,
        is_optional=True,
    ),
    stays_behind_unknown=optional(
        str, lambda unit: fact_text(found) if (found := unit.more_leftovers_unknown) is not None else None
    ),
)

CHECKED_ITEM = Form[Unit](
    "CheckedItemRow", "An item of an earlier run.", run_id=value(str, lambda unit: unit.run_id), **UNIT.fields
)

OPERATOR = Form[Run | None](
    "OperatorFields",
    "The people and texts of a run, repeated in each of its rows.",
    operator=optional(str, lambda run: run.actor.operator or None if run else None),
    planned_by=optional(str, lambda run: run.plan_file.planner.operator if run and run.plan_file else None),
    ticket=optional(str, lambda run: run.plan_file.ticket.raw or None if run and run.plan_file else None),
    reason_text=optional(str, lambda run: run.reason_text.raw or None if run else None),
)

ITEM = Form[RunItem](
    "ItemRow",
    "An item of a run with what it needs of the run, for CSV and for a ticket.",
    run_id=value(str, lambda each: each.run.run_id),
    started=time(lambda each: each.run.started),
    **OPERATOR.fields_of(lambda each: each.run),
    **UNIT.fields_of(lambda each: each.unit),
)

ORDER = Form[AttributedOrder](
    "OrderRow",
    "An unsubscription order of the account.",
    order_id=value(str, lambda placed: placed.order.order_id),
    created=time(lambda placed: placed.order.create_time),
    paid_back=time(lambda placed: placed.order.payment_time),
    status=optional(int, lambda placed: None if placed.order.status == NO_CODE else int(placed.order.status)),
    state=value(str, lambda placed: order_status_code(placed.order.status)),
    currency=value(str, lambda placed: placed.order.currency),
    refund=amount(lambda placed: placed.order.amounts.net),
    consumed=amount(lambda placed: placed.order.amounts.consumed),
    handling_fee=amount(lambda placed: placed.order.amounts.commission),
    services=values(str, lambda placed: map(service_code, placed.order.service_codes)),
    service_type_codes=values(str, lambda placed: placed.order.service_codes),
    user_name=optional(str, lambda placed: placed.order.user_name.raw or None),
    # The schemas list the words in place instead of naming the enumeration.
    origin=Field(Literal["ours", "unsure", "others"], lambda placed: placed.origin.value),
    run_id=optional(str, lambda placed: placed.run.run_id if placed.run else None),
    resource_id=optional(str, lambda placed: placed.unit.resource_id if placed.unit else None),
    resource_name=optional(str, lambda placed: placed.unit.resource_name.raw if placed.unit else None),
    **OPERATOR.fields_of(lambda placed: placed.run),
)

REFUND = Form[_Refund](
    "OriginalOrderRow",
    "The refund of an unsubscription order for one original order.",
    order_id=value(str, lambda each: each.order.order_id),
    base_order_id=optional(str, lambda each: each.share.base_order_id or None),
    currency=value(str, lambda each: each.order.currency),
    back=amount(lambda each: each.share.refunded),
    kept=amount(lambda each: each.share.retained),
)

CHECK = Form[Check](
    "CheckRow",
    "A check of `doctor`.",
    area=value(str, lambda check: check.area),
    name=value(str, lambda check: check.name),
    state=value(CheckState, lambda check: check.state),
    value=value(str, lambda check: fact_text(check.value)),
    problem=optional(ProblemKind, lambda check: check.problem.kind if check.problem else None),
    code=optional(str, lambda check: check.problem.code.raw if check.problem else None),
    request_id=optional(str, lambda check: check.problem.request_id.raw if check.problem else None),
    text=value(str, lambda check: problem_details(check.problem) or check.problem.message.raw if check.problem else ""),
    advice=value(str, lambda check: fact_text(check.advice) or (advice(check.problem) if check.problem else "")),
    permission=optional(PermissionState, lambda check: check.permission),
)

JOURNAL: Form[Audit] = Form(
    "JournalRow",
    "The result of verifying a journal; `sound` is null if it cannot be read now.",
    account=value(str, lambda found: found.account_id),
    path=value(str, lambda found: str(found.path)),
    sound=optional(bool, lambda found: found.problem is None if found.is_readable else None),
    problem=optional(str, lambda found: problem_details(found.problem) if found.problem else None),
    events=optional(int, lambda found: None if found.problem else found.events),
    runs=optional(int, lambda found: None if found.problem else found.runs),
    open_items=optional(list[str], lambda found: None if found.open_items is None else list(found.open_items)),
    last_hash=optional(str, lambda found: found.last_hash or None),
)

RUN = Form[Run](
    "RunRow",
    "A run with its items.",
    run_id=value(str, lambda run: run.run_id),
    started=time(lambda run: run.started),
    ended=time(lambda run: run.ended),
    account=value(str, lambda run: run.account.account_id),
    site=value(str, lambda run: run.account.site),
    operator=value(str, lambda run: run.actor.operator),
    action=optional(Action, lambda run: run.action),
    one_by_one=value(bool, lambda run: run.one_by_one),
    by_outcome=value(dict[Outcome, int], lambda run: dict(run.counts_by_outcome)),
    person=Field(ACTOR, lambda run: ACTOR.row(run.actor)),  # `nested` would allow null
    planner=nested(ACTOR, lambda run: run.plan_file.planner if run.plan_file else None),
    ticket=optional(str, lambda run: run.plan_file.ticket.raw if run.plan_file else None),
    plan_file=optional(str, lambda run: run.plan_file.digest if run.plan_file else None),
    planned=time(lambda run: run.plan_file.created if run.plan_file else None),
    plan_hash=optional(str, lambda run: run.plan_digest or None),
    reason=optional(int, lambda run: int(run.reason) if run.reason is not None else None),
    reason_text=value(str, lambda run: run.reason_text.raw),
    item_count=value(int, lambda run: len(run.units)),
    items=nested_list(UNIT, lambda run: run.units),
    refused=Field(REFUSED, lambda run: refused_rows(run.refused, run.action), is_list=True),
)


def item_rows(runs: Iterable[Run]) -> list[Row]:
    """Return the items of runs as flat rows for a ticket."""
    return ITEM.rows(item for run in runs for item in run_items(run))


def run_items(run: Run) -> list[RunItem]:
    """Return the items of a run."""
    return [RunItem(run, unit) for unit in run.units]


def refund_rows(detail: AttributedOrderDetails) -> list[Row]:
    """Return the refunds of an unsubscription order by original order."""
    return REFUND.rows(_Refund(detail.attributed_order.order, share) for share in detail.shares)


def _staying(unit: Unit) -> Sequence[LeftoverCheck] | None:
    """Return what the services say about the resources that stay; None if there are some that were not read."""
    return unit.stays_behind if unit.stays_behind is not None or unit.expected_leftovers != () else ()


def _error_code(problem: Problem | None) -> str | None:
    return (problem.code.raw or problem.kind.value) if problem else None


def _error_text(problem: Problem | None) -> str | None:
    return problem_facts(problem) if problem else None


def _request_id(problem: Problem | None) -> str | None:
    return (problem.request_id.raw or None) if problem else None
