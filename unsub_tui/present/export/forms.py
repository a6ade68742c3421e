"""The stable forms of all output for other programs: JSON documents and their rows.

`docs/schemas/` has the JSON Schema of each document, made from these types (`make data`). Amounts are
strings with all digits, times are RFC 3339 in UTC, names and messages are raw text. The meaning of a field never
changes without a new `SCHEMA_VERSION`; new fields can be added.
"""

# No postponed annotations: optional fields and columns are derived from them.

from typing import Literal

from typing_extensions import NotRequired, TypedDict  # noqa: UP035 - pydantic needs these before 3.12 for the schemas

from unsub_tui.domain.action import Action
from unsub_tui.domain.check import CheckState
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.followup_result import LeftoverReason
from unsub_tui.domain.money import FigureSource
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.quote import UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import CheaperOption
from unsub_tui.domain.unit_state import Outcome, State


class ResourceRow(TypedDict):
    """A resource. The fields from `pending_from` on exist only if it has renewal periods that have not begun."""

    resource_id: str
    resource_name: str
    service_type_code: str
    resource_type_code: str
    resource_spec_code: str
    region_code: str
    status: int
    is_main_resource: bool
    parent_resource_id: str | None
    effective_time: str | None
    expire_time: str | None
    expire_policy: int | None
    enterprise_project_id: str | None
    enterprise_project_name: str | None
    batch_eligible: bool
    blocked_reason: BlockedReason | None
    blocked_text: str | None
    pending_from: NotRequired[str | None]
    pending_until: NotRequired[str | None]
    pending_paid: NotRequired[str | None]
    pending_currency: NotRequired[str]
    pending_order_ids: NotRequired[list[str]]
    new_expiry: NotRequired[str | None]


class AmountsRow(TypedDict):
    """The figures of an item; null if unknown."""

    currency: str
    paid: str | None
    consumed: str | None
    handling_fee: str | None
    refund: str | None
    coupon_lost: str | None


NextRenewalRow = TypedDict(
    "NextRenewalRow",
    {"from": str | None, "amount": str | None, "currency": str | None, "months": int | None, "missing": str | None},
)
"""The next charge of an auto-renewal."""


class QuoteRow(AmountsRow):
    """The quote of a resource with its attached resources."""

    resource_id: str
    resource_name: str
    kind: UnsubscriptionKind
    source: FigureSource
    sources: dict[str, FigureSource]
    rule: str
    missing: list[str]
    notes: list[str]
    attached_resource_ids: list[str]
    order_ids: list[str]
    renewal_refund: str | None
    days_left: int | None
    next_renewal: NextRenewalRow | None
    better: list[CheaperOption]


class ChangeRow(TypedDict):
    """A planned change of the action at expiry."""

    resource_id: str
    resource_name: str
    action: Action
    expire_time: str | None
    expire_policy: int | None
    expire_policy_after: int
    charge_from: str | None
    charge: str | None
    charge_currency: str | None
    attached_resource_ids: list[str]


class TotalRow(TypedDict):
    """Sums of the known figures in one currency."""

    currency: str
    refund: str | None
    handling_fee: str | None
    unknown_items: int


class RefusedRow(TypedDict):
    """A resource that a plan or a quote leaves out."""

    resource_id: str
    resource_name: NotRequired[str]
    blocked_reason: BlockedReason
    blocked_text: str


class ActorRow(TypedDict):
    """A person: local user and Huawei Cloud identity."""

    operator: str
    account_id: str
    user_id: str
    user_name: str
    access_key: str


class OriginalOrderShare(TypedDict):
    """The refund of one purchase or renewal order."""

    base_order_id: str
    back: str
    kept: str


class ResourceShareRow(TypedDict):
    """The refund of one resource for one original order, according to the bill."""

    resource_id: str
    base_order_id: str
    back: str
    coupon_back: str
    tax: str


class RefundDetailsRow(TypedDict):
    """The refund by original order and by resource."""

    by_order: list[OriginalOrderShare]
    by_resource: list[ResourceShareRow]
    missing: list[str]


class LeftoverRow(TypedDict):
    """A resource that still exists after a run."""

    resource_id: str
    resource_name: str
    service_type_code: str
    resource_type_code: str
    region_code: str
    status: int
    why: LeftoverReason


class UnitRow(TypedDict):
    """An item of a run."""

    resource_id: str
    resource_name: str
    service_type_code: str
    attached_resource_ids: list[str]
    action: Action
    outcome: Outcome
    state: State
    changed: str | None
    order_id: str | None
    candidate_order_ids: list[str]
    error_code: str | None
    estimate: AmountsRow | None
    exact: AmountsRow | None
    order_status: int | None
    breakdown: RefundDetailsRow | None
    difference: str | None
    leftovers: list[LeftoverRow] | None
    leftovers_more: int
    leftovers_missing: list[str]


class OperatorFields(TypedDict):
    """The people and texts of a run, repeated in each of its rows."""

    operator: str | None
    planner: str | None
    ticket: str | None
    reason: str | None


class ItemRow(OperatorFields):
    """An item of a run as a flat row, for a ticket."""

    run_id: str
    started: str | None
    resource_id: str
    resource_name: str
    service_type_code: str
    region_code: str
    outcome: Outcome
    state: State
    order_id: str | None
    error_code: str | None
    currency: str | None
    refund_estimate: str | None
    refund: str | None
    handling_fee_estimate: str | None
    handling_fee: str | None
    consumed: str | None
    difference: str | None
    leftovers: list[str] | None


class OrderRow(OperatorFields):
    """An unsubscription order of the account."""

    order_id: str
    created: str | None
    paid_back: str | None
    status: int
    state: str
    currency: str
    refund: str | None
    consumed: str | None
    handling_fee: str | None
    service_type_codes: list[str]
    user_name: str | None
    origin: Literal["ours", "unsure", "others"]
    run_id: str | None
    resource_id: str | None
    resource_name: str | None


class OriginalOrderRow(TypedDict):
    """The refund of an unsubscription order for one original order."""

    order_id: str
    base_order_id: str | None
    currency: str
    back: str | None
    kept: str | None


class CheckRow(TypedDict):
    """A check of `doctor`."""

    area: str
    name: str
    state: CheckState
    value: str
    problem: ProblemKind | None
    code: str | None
    request_id: str | None
    text: str
    advice: str


class JournalRow(TypedDict):
    """The result of verifying a journal; `sound` is null if it cannot be read now."""

    account: str
    path: str
    sound: bool | None
    problem: str | None
    events: int | None
    runs: int | None
    open_items: list[str] | None
    last_hash: str | None


class RunFields(TypedDict):
    """A run without its items."""

    run_id: str
    started: str | None
    ended: str | None
    account: str
    site: str
    operator: str
    action: Action | None
    by_outcome: dict[Outcome, int]
    person: ActorRow
    planner: ActorRow | None
    ticket: str | None
    plan_file: str | None
    planned: str | None
    plan_hash: str | None
    reason: int | None
    reason_text: str


class RunRow(RunFields):
    """A run in the list of runs, with the number of its items."""

    items: int


class Document(TypedDict):
    """A JSON document."""

    schema_version: int


class ResourcesDocument(Document):
    """`list`, and an export of the list."""

    resources: list[ResourceRow]


class QuotesDocument(Document):
    """`quote`; an export of a review has the quotes alone."""

    site: NotRequired[str]
    as_of: NotRequired[str | None]
    quotes: list[QuoteRow]
    totals: NotRequired[list[TotalRow]]
    refused: NotRequired[list[RefusedRow]]


class ChangesDocument(Document):
    """An export of the review of a reversible plan."""

    changes: list[ChangeRow]


class PreviewDocument(Document):
    """`apply` without a confirmation. `confirm` is null if the plan cannot be executed."""

    action: Action
    items: list[QuoteRow] | list[ChangeRow]
    refused: list[RefusedRow]
    problems: list[str]
    risks: list[str]
    count: int
    digest: str
    confirm: str | None


class RunsDocument(Document):
    """`runs`."""

    runs: list[RunRow]


class RunDocument(Document, RunFields):
    """`runs RUN`, and the result of `apply` and `resume`."""

    items: list[UnitRow]


class ItemsDocument(Document):
    """An export of a run."""

    items: list[ItemRow]


class OrdersDocument(Document):
    """`orders`, and an export of orders, which has no `since`."""

    since: NotRequired[str | None]
    orders: list[OrderRow]


class OrderDocument(Document):
    """`orders ORDER`; an export of an order has its original orders alone."""

    order: NotRequired[OrderRow]
    by_original_order: list[OriginalOrderRow]
    missing: NotRequired[str | None]


class DoctorDocument(Document):
    """`doctor`."""

    checks: list[CheckRow]
    worst: CheckState


class JournalsDocument(Document):
    """`journal verify`."""

    records: list[JournalRow]
    set_aside: list[str]
