"""JSON documents stored in the journal; pydantic validates them whenever they are read.

A run is stored once, as a `RunDocument`, and never changed. Amounts are texts with all digits, times are ISO 8601 in
UTC, Huawei Cloud's codes are as received. A format unknown to this version is rejected, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, JsonValue

from unsub_tui.domain.action import Action
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.bounds import AMOUNT_OUT_OF_RANGE, is_computable
from unsub_tui.domain.breakdown import Breakdown, OrderShare, ResourceShare
from unsub_tui.domain.followup_result import FollowupResult, Leftover, LeftoverReason
from unsub_tui.domain.money import FIGURES, Amounts
from unsub_tui.domain.plan import Confirmation, Plan, PlanItem, Risk, SavedPlan, UnsubscribeReason
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.untrusted_text import UntrustedText


def _escape_surrogates(value: object) -> object:
    """Escape lone surrogates: JSON accepts them, SQLite and UTF-8 do not."""
    return _escape_surrogate_text(value) if isinstance(value, str) else value


def _escape_surrogate_text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


Text = Annotated[str, BeforeValidator(_escape_surrogates)]
"""A text that SQLite can store."""


def _if_computable(amount: Decimal | None) -> Decimal | None:
    """Return the amount, or None if it is out of range; earlier versions recorded such amounts as received."""
    return amount if amount is not None and is_computable(amount) else None


class Document(BaseModel):
    """Base class of all documents: frozen, and unknown fields are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _are_computable(*amounts: Decimal) -> bool:
    return all(map(is_computable, amounts))


class AmountsDocument(Document):
    """The amounts of one item."""

    currency: Text
    paid: Decimal | None = None
    consumed: Decimal | None = None
    handling_fee: Decimal | None = None
    refund: Decimal | None = None
    coupon_lost: Decimal | None = None

    @classmethod
    def of(cls, amounts: Amounts) -> AmountsDocument:
        """Return the document for these amounts."""
        return cls(currency=amounts.currency, **{name: _if_computable(getattr(amounts, name)) for name in FIGURES})

    @property
    def out_of_range_text(self) -> str:
        """Text that names the out-of-range figures; empty if there are none."""
        known = self.to_amounts()
        names = [name for name in FIGURES if getattr(self, name) is not None and getattr(known, name) is None]
        return f"the recorded {', '.join(names)}: {AMOUNT_OUT_OF_RANGE}" if names else ""

    def to_amounts(self) -> Amounts:
        """Return the amounts; recorded figures that are out of range become None."""
        return Amounts(currency=self.currency, **{name: _if_computable(getattr(self, name)) for name in FIGURES})


class OrderShareDocument(Document):
    """The refund for one original order."""

    base_order_id: Text
    back: Decimal
    kept: Decimal


class ResourceShareDocument(Document):
    """The refund for one resource, according to the bill."""

    resource_id: Text
    base_order_id: Text
    back: Decimal
    coupon_back: Decimal
    tax: Decimal


class BreakdownDocument(Document):
    """The detailed refund of an unsubscription."""

    by_order: tuple[OrderShareDocument, ...] = ()
    by_resource: tuple[ResourceShareDocument, ...] = ()
    missing: tuple[Text, ...] = ()

    @classmethod
    def of(cls, breakdown: Breakdown) -> BreakdownDocument:
        """Return the document for this breakdown."""
        return cls(
            by_order=tuple(
                OrderShareDocument(base_order_id=each.base_order_id, back=each.refunded, kept=each.retained)
                for each in breakdown.by_order
            ),
            by_resource=tuple(
                ResourceShareDocument(
                    resource_id=each.resource_id,
                    base_order_id=each.base_order_id,
                    back=each.refunded,
                    coupon_back=each.refunded_coupons,
                    tax=each.refunded_tax,
                )
                for each in breakdown.by_resource
            ),
            missing=breakdown.missing,
        )

    @property
    def is_complete(self) -> bool:
        """Whether no detail is missing."""
        return not self.missing

    def to_breakdown(self) -> Breakdown:
        """Return the breakdown without shares whose recorded amounts are out of range; `missing` mentions them."""
        orders = [each for each in self.by_order if _are_computable(each.back, each.kept)]
        resources = [each for each in self.by_resource if _are_computable(each.back, each.coupon_back, each.tax)]
        left_out = len(orders) < len(self.by_order) or len(resources) < len(self.by_resource)
        return Breakdown(
            by_order=tuple(OrderShare(each.base_order_id, each.back, each.kept) for each in orders),
            by_resource=tuple(
                ResourceShare(each.resource_id, each.base_order_id, each.back, each.coupon_back, each.tax)
                for each in resources
            ),
            missing=(*self.missing, *((f"recorded shares: {AMOUNT_OUT_OF_RANGE}",) if left_out else ())),
        )


class LeftoverDocument(Document):
    """A resource that still exists."""

    resource_id: Text
    why: LeftoverReason
    status: int
    resource_name: Text = ""
    service_type_code: Text = ""
    resource_type_code: Text = ""
    region_code: Text = ""


class FollowupDocument(Document):
    """The result of an item's follow-up check."""

    leftovers: tuple[LeftoverDocument, ...] = ()
    more: int = 0
    missing: tuple[Text, ...] = ()

    @classmethod
    def of(cls, found: FollowupResult) -> FollowupDocument:
        """Return the document for this result."""
        return cls(
            leftovers=tuple(
                LeftoverDocument(
                    resource_id=each.resource_id,
                    why=each.reason,
                    status=each.status,
                    resource_name=each.resource_name.raw,
                    service_type_code=each.service_type_code.raw,
                    resource_type_code=each.resource_type_code.raw,
                    region_code=each.region_code.raw,
                )
                for each in found.leftovers
            ),
            more=found.unlisted_count,
            missing=found.missing,
        )

    def to_followup(self) -> FollowupResult:
        """Return the result."""
        return FollowupResult(
            leftovers=tuple(
                Leftover(
                    resource_id=each.resource_id,
                    reason=each.why,
                    status=each.status,
                    resource_name=UntrustedText(each.resource_name),
                    service_type_code=UntrustedText(each.service_type_code),
                    resource_type_code=UntrustedText(each.resource_type_code),
                    region_code=UntrustedText(each.region_code),
                )
                for each in self.leftovers
            ),
            unlisted_count=self.more,
            missing=self.missing,
        )


class ProblemDocument(Document):
    """A problem with Huawei Cloud's messages."""

    kind: ProblemKind
    detail: Text = ""
    code: Text = ""
    message: Text = ""
    request_id: Text = ""
    http_status: int | None = None
    operation: Text = ""

    @classmethod
    def of(cls, problem: Problem) -> ProblemDocument:
        """Return the document for this problem."""
        return cls(
            kind=problem.kind,
            detail=problem.detail,
            code=problem.code.raw,
            message=problem.message.raw,
            request_id=problem.request_id.raw,
            http_status=problem.http_status,
            operation=problem.operation,
        )

    def to_problem(self) -> Problem:
        """Return the problem."""
        return Problem(
            kind=self.kind,
            detail=self.detail,
            code=UntrustedText(self.code),
            message=UntrustedText(self.message),
            request_id=UntrustedText(self.request_id),
            http_status=self.http_status,
            operation=self.operation,
        )


class ItemDocument(Document):
    """An item of the plan, with all data needed to check its status later without the plan."""

    resource_id: Text
    resource_name: Text
    service_type_code: Text
    resource_type_code: Text
    region_code: Text
    attached_ids: tuple[Text, ...]
    fingerprint: dict[str, JsonValue]
    """State that had to be unchanged when the request was sent."""
    base_order_ids: tuple[Text, ...]
    """Purchase and renewal orders, which the refund rows of an unsubscription order name."""
    estimate: AmountsDocument
    """The amounts shown and confirmed."""
    together_ids: tuple[Text, ...] = ()
    """Other primary resources in the same request: members of the bundle."""
    other_services: tuple[Text, ...] = ()
    """Service types of its attached resources and of the other members of the bundle."""

    @classmethod
    def of(cls, item: PlanItem) -> ItemDocument:
        """Return the document for this item."""
        resource = item.resource
        return cls(
            resource_id=item.id,
            resource_name=resource.resource_name.raw,
            service_type_code=resource.service_type_code.raw,
            resource_type_code=resource.resource_type_code.raw,
            region_code=resource.region_code.raw,
            attached_ids=tuple(sorted(each.id for each in item.attached)),
            fingerprint=to_json_values(item.fingerprint),
            base_order_ids=item.quote.order_ids,
            estimate=AmountsDocument.of(item.quote.amounts),
            together_ids=tuple(sorted(each.id for each in item.bundled)),
            other_services=tuple(sorted({each.service_type_code.raw for each in (*item.attached, *item.bundled)})),
        )

    @property
    def has_all_orders(self) -> bool:
        """Whether `base_order_ids` contains the orders of all periods that are not over.

        The paid amount is known only if no bill of these periods is missing; zero can mean that no bill was found.
        """
        return bool(self.base_order_ids and self.estimate.paid)

    @property
    def services(self) -> tuple[str, ...]:
        """Service types of all resources of the item."""
        return (self.service_type_code, *self.other_services)

    @property
    def all_ids(self) -> frozenset[str]:
        """Ids of all resources of the item, attached ones included."""
        return frozenset({*self.requested_ids, *self.attached_ids})

    @property
    def requested_ids(self) -> tuple[str, ...]:
        """Ids that the request contains."""
        return (self.resource_id, *self.together_ids)


class ActorDocument(Document):
    """The person behind an operation, as far as known."""

    operator: Text
    account_id: Text = ""
    user_id: Text = ""
    user_name: Text = ""
    access_key: Text = ""
    """Masked access key."""

    @classmethod
    def of(cls, actor: Actor) -> ActorDocument:
        """Return the document for this actor."""
        return cls(
            operator=actor.operator,
            account_id=actor.account_id,
            user_id=actor.user_id.raw,
            user_name=actor.user_name.raw,
            access_key=actor.access_key,
        )

    def to_actor(self) -> Actor:
        """Return the actor."""
        return Actor(
            operator=self.operator,
            account_id=self.account_id,
            user_id=UntrustedText(self.user_id),
            user_name=UntrustedText(self.user_name),
            access_key=self.access_key,
        )


class PlanFileRefDocument(Document):
    """The plan file that a run was made from."""

    hash: Text
    planner: ActorDocument
    created: AwareDatetime
    ticket: Text = ""

    @classmethod
    def of(cls, filed: SavedPlan) -> PlanFileRefDocument:
        """Return the document for the recorded data of a plan file."""
        return cls(
            hash=filed.digest,
            planner=ActorDocument.of(filed.planner),
            created=filed.created,
            ticket=filed.ticket,
        )


class RunDocument(Document):
    """The plan of a run and its confirmation. Fields with a default were added after the first journals."""

    v: Literal[1] = 1
    run_id: Text
    started: AwareDatetime
    account_id: Text
    account_name: Text
    site: Text
    operator: Text
    plan_digest: Text
    action: Action
    sentinel_id: Text
    phrase: Text
    acknowledged: tuple[Risk, ...]
    reason: UnsubscribeReason
    reason_text: Text
    items: tuple[ItemDocument, ...]
    person: ActorDocument | None = None
    """The local user and Huawei Cloud identity that confirmed and executed the run."""
    filed: PlanFileRefDocument | None = None
    account_resources: int = 0
    """Number of resources of the account when planned; 0 if unknown."""

    @property
    def count(self) -> int:
        """Number of resources that the run affects, equal to `Plan.count`."""
        affected = (item.all_ids if self.action.includes_attached else item.requested_ids for item in self.items)
        return len({each for ids in affected for each in ids})

    @classmethod
    def of(cls, plan: Plan, confirmation: Confirmation, *, run_id: str, started: datetime, actor: Actor) -> RunDocument:
        """Return the document for a confirmed plan."""
        return cls(
            run_id=run_id,
            started=started,
            account_id=plan.account.account_id,
            account_name=plan.account.name.raw,
            site=plan.account.site,
            operator=actor.operator,
            plan_digest=plan.digest,
            action=plan.action,
            sentinel_id=plan.sentinel_id,
            phrase=confirmation.phrase,
            acknowledged=tuple(risk for risk in Risk if risk in confirmation.acknowledged),
            reason=confirmation.reason,
            reason_text=confirmation.reason_text,
            items=tuple(ItemDocument.of(item) for item in plan.items),
            person=ActorDocument.of(actor),
            filed=PlanFileRefDocument.of(plan.saved_plan) if plan.saved_plan is not None else None,
            account_resources=plan.account_resource_count,
        )


def to_json_values(fingerprint: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return a fingerprint as the values that JSON decoding produces."""
    return {name: _to_json_value(value) for name, value in fingerprint.items()}


def _to_json_value(value: object) -> JsonValue:
    """Return a fingerprint value as JSON decoding produces it; raise ValueError for other types."""
    if isinstance(value, str):
        return _escape_surrogate_text(value)
    if value is None or isinstance(value, int | float | bool):
        return value
    if isinstance(value, Iterable):
        return [_to_json_value(each) for each in value]
    raise ValueError(f"a fingerprint holds plain values only, not {type(value).__name__}")
