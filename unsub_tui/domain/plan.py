"""Plans: the immutable list of resources to act on, as reviewed and confirmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.fee_history import QuotaUse
from unsub_tui.domain.money import FIGURES, Amounts, Total, totals_by_currency
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.quote import Payment, Quote
from unsub_tui.domain.renewal_forecast import NO_FORECAST, CheaperOption, RenewalForecast, cheaper_options
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.plan_findings import PlanFindings


class UnsubscribeReason(IntEnum):
    """Huawei Cloud's five reasons, `unsubscribe_reason_type`."""

    HARD_TO_USE = 1
    FUNCTIONS_MISSING = 2
    TOO_COMPLEX = 3
    SERVICE_POOR = 4
    OTHER = 5


MAX_REASON_TEXT_LENGTH = 512
"""Maximum number of characters of the free text that Huawei Cloud accepts with a reason."""

MAX_PRIMARY_PER_REQUEST = 10
"""Maximum number of primary resources in one request (Huawei Cloud's limit)."""

MAX_TICKET_LENGTH = 200
"""Maximum number of characters of a ticket name in a plan file."""


class Risk(StrEnum):
    """A risk that must be acknowledged before a plan can run, if it is present."""

    DATA_LOSS = "data_loss"
    NO_BACKUP = "no_backup"
    """Items without the backup that the guard `require_backup` asks for."""
    FEE = "fee"
    """A handling fee, an unknown fee, or a lost coupon."""
    HIDDEN = "hidden"
    REVIEW = "review"
    """A refund above the site's review threshold, which requires approval by Huawei Cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One unit: a primary resource, its attached resources, and their state when planned."""

    resource: Resource
    attached: tuple[Resource, ...] = ()
    quote: Quote
    forecast: RenewalForecast = NO_FORECAST
    """Cost of keeping the resource; for comparison only, not part of the confirmation."""
    is_hidden: bool = False
    """Selected, but hidden by the filter when the plan was made."""
    bundled: tuple[Resource, ...] = ()
    """Other primary resources in the same request: members of a bundle. `attached` also contains them."""
    renewal_payments: tuple[Payment, ...] = ()
    """Payments for the renewal periods, attached resources included, if only these are unsubscribed from."""
    server: Resource | None = None
    """The server of a data disk that is unsubscribed from without it; the server stays."""
    replicas: tuple[Resource, ...] = ()
    """Read replicas that its database may have; they are no part of the item."""
    warnings: tuple[Fact, ...] = ()
    """What should be known about this item before it is confirmed."""
    kind_notes: tuple[Fact, ...] = ()
    """What should be known or done first for every item of its kind; pages state it once."""
    missing_backup_days: int = 0
    """Days within which a guard asks for a backup that it does not have, or is not known to have; 0 otherwise."""

    @property
    def id(self) -> str:
        """The raw id of the primary resource."""
        return self.resource.id

    @property
    def primary(self) -> tuple[Resource, ...]:
        """The resources that the request names."""
        return (self.resource, *self.bundled)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All resources that the request unsubscribes from, the primary resource first."""
        return (self.resource, *self.attached)

    @property
    def new_expiry(self) -> datetime | None:
        """Expiry after unsubscribing from the renewal periods; None if unknown."""
        return new_expiry(self.resource, self.renewal_payments)

    @property
    def cheaper_options(self) -> tuple[CheaperOption, ...]:
        """Cheaper alternatives to unsubscribing from this item, best first."""
        return cheaper_options(self.quote, self.forecast)

    @property
    def has_no_refund(self) -> bool:
        """Whether unsubscribing refunds nothing, so that keeping the resource until its expiry costs the same."""
        return CheaperOption.LET_LAPSE in self.cheaper_options

    @property
    def fingerprint(self) -> Mapping[str, object]:
        """The state that must be unchanged when the request is sent."""
        return self.resource.fingerprint(self.attached, self.bundled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A requested resource that is not in the plan, with the reason."""

    resource: Resource
    reason: BlockedReason
    facts: tuple[Fact, ...] = ()
    """Facts that the reason does not state, such as the changes or the protecting pattern."""
    main: Resource | None = None
    """The primary resource of an attached one."""

    @property
    def recorded(self) -> RecordedRefusal:
        """The part of it that the record of a run keeps."""
        return RecordedRefusal(self.resource.id, self.resource.resource_name, self.reason, self.facts)


@dataclass(frozen=True, slots=True)
class RecordedRefusal:
    """A resource that a confirmed plan left out, as the record keeps it."""

    resource_id: str
    resource_name: UntrustedText
    reason: BlockedReason
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlanItem:
    """An item of a plan file as reviewed, for comparison with the current state."""

    resource: Resource
    attached: tuple[Resource, ...]
    """All other resources that the request unsubscribes from, members of the bundle included."""
    bundled_ids: tuple[str, ...]
    """The other primary resources of its bundle."""
    fingerprint: Mapping[str, object]
    """The state that must be unchanged when the request is sent."""
    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFileRef:
    """The origin of a plan file, which its run records."""

    created: datetime
    planner: Actor
    ticket: UntrustedText
    digest: str = ""
    """Hash of the whole file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan(PlanFileRef):
    """A plan read from a file. It is never sent, but used to make a new plan and compare it."""

    account: AccountRef
    as_of: datetime
    """Time for which the figures were computed."""
    action: Action
    items: tuple[SavedPlanItem, ...]
    one_by_one: bool = False
    """Whether it was made in queue mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An immutable plan, the only input of the steps after the review."""

    account: AccountRef
    created: datetime
    items: tuple[PlanItem, ...]
    refused: tuple[Refusal, ...] = ()
    action: Action = Action.UNSUBSCRIBE
    one_by_one: bool = False
    """Whether it was made in queue mode, which permits several resources of services outside the batch list."""
    sentinel_id: str = ""
    """A resource in use outside the plan: while it is listed, the absence of another proves its deletion (rule S11)."""
    review_threshold: Decimal | None = None
    """Refund above which the site's staff reviews an order, in the site's currency."""
    unique_names: frozenset[str] = frozenset()
    """Item names that are unique in the account; only these can serve as a confirmation phrase."""
    account_resource_count: int = 0
    """Number of resources of the account when this was planned, attached ones included; 0 if unknown."""
    possible_leftovers: tuple[Resource, ...] = ()
    """Resources outside the plan that may belong to its items and would keep billing."""
    clusters: tuple[Resource, ...] = ()
    """CCE clusters whose nodes the servers of the plan may be."""
    quota: QuotaUse | None = None
    """This year's use of the full-refund quota; None if the site has no quota or it was not read."""
    saved_plan: SavedPlan | None = None
    """The plan file that this plan was made from; None if there is none."""
    findings: PlanFindings | None = field(default=None, compare=False)
    """The findings about its resources; None if they were not asked. Shown, not part of the confirmation."""

    @property
    def digest(self) -> str:
        """SHA-256 over account, ids, states and amounts, which a confirmation refers to.

        For a plan from a file, the file's hash replaces the amounts because they change with time.
        """
        return hashlib.sha256(_canonical_json(self).encode()).hexdigest()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All distinct resources that the plan affects: the set that is shown, guarded, counted and deleted.

        A reversible action changes primary resources only.
        """
        affected = (item.resources if self.action.includes_attached else item.primary for item in self.items)
        return tuple({each.id: each for resources in affected for each in resources}.values())

    @property
    def count(self) -> int:
        """The number of resources that the plan affects."""
        return len(self.resources)

    @property
    def short_hash(self) -> str:
        """The first eight digits of the hash, shown to people."""
        return self.digest[:8]

    @property
    def totals(self) -> Sequence[Total]:
        """Sums of the known amounts per currency; none for reversible actions, which move no money."""
        if not self.action.creates_order:
            return ()
        return totals_by_currency(item.quote.amounts for item in self.items)

    @property
    def risks(self) -> tuple[Risk, ...]:
        """The risks present, in the order in which they are acknowledged."""
        if not self.action.creates_order:
            return ()
        present = {
            Risk.DATA_LOSS: self.action.deletes_resource,
            Risk.NO_BACKUP: any(item.missing_backup_days for item in self.items),
            Risk.FEE: any(_has_possible_loss(item.quote) for item in self.items),
            Risk.HIDDEN: any(item.is_hidden for item in self.items),
            Risk.REVIEW: any(self._needs_review(item.quote) for item in self.items),
        }
        return tuple(risk for risk in Risk if present[risk])

    @property
    def phrase(self) -> str:
        """The confirmation phrase: the name or id of a single resource, else `<account> <count>`.

        For an alternative to an unsubscription it is the count.
        """
        if self.action.unsubscribe_type is None:
            return str(self.count)
        if self.count != 1:
            return f"{self.account.label} {self.count}"
        item = self.items[0]
        name = item.resource.resource_name.raw
        # Another name could not be typed key by key, or would not tell which resource is meant.
        usable = name in self.unique_names and name.isascii() and name.isprintable() and name == name.strip()
        return name if usable and name else item.id

    @property
    def plan_file_phrase(self) -> str:
        """The phrase for `apply`, `<account> <count> <start of the digest>`: the digest binds it to this plan."""
        return f"{self.account.label} {self.count} {self.short_hash}"

    def without(self, ids: frozenset[str]) -> Plan:
        """Return the plan without the items of these ids; it has a different hash."""
        return replace(self, items=tuple(item for item in self.items if item.id not in ids))

    def with_refused(
        self, reasons: Mapping[str, BlockedReason], facts: Mapping[str, Sequence[Fact]] | None = None
    ) -> Plan:
        """Return the plan with these items moved to `refused`, each with its reason."""
        refused = [
            Refusal(resource=item.resource, reason=reasons[item.id], facts=tuple((facts or {}).get(item.id, ())))
            for item in self.items
            if item.id in reasons
        ]
        if not refused:
            return self
        return replace(self.without(frozenset(reasons)), refused=(*self.refused, *refused))

    def _needs_review(self, quote: Quote) -> bool:
        refund = quote.amounts.refund if quote.amounts.refund is not None else quote.amounts.paid
        return self.review_threshold is not None and refund is not None and refund > self.review_threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A person's confirmation: the plan's hash, the acknowledged risks, the phrase and the reason."""

    digest: str
    phrase: str
    acknowledged: frozenset[Risk]
    reason: UnsubscribeReason = UnsubscribeReason.OTHER
    reason_text: str = ""


def _has_possible_loss(quote: Quote) -> bool:
    fee = quote.amounts.handling_fee
    return fee is None or fee > 0 or bool(quote.amounts.coupon_lost)


def _canonical_json(plan: Plan) -> str:
    """Return the plan's hashed data as JSON with sorted keys."""
    mode = {"one_by_one": True} if plan.one_by_one else {}  # queue mode does not change the hash of any other plan
    return json.dumps(
        {
            "account": plan.account.account_id,
            "site": plan.account.site,
            "action": plan.action.value,
            "file": plan.saved_plan.digest if plan.saved_plan is not None else None,
            "items": [
                {
                    "id": item.id,
                    "state": dict(item.fingerprint),
                    "amounts": _amounts(item.quote.amounts) if plan.saved_plan is None else None,
                }
                # Without this guard, the hash does not depend on backups.
                | ({"missing_backup_days": item.missing_backup_days} if item.missing_backup_days else {})
                for item in sorted(plan.items, key=lambda item: item.id)  # the order of selection does not matter
            ],
        }
        | mode,
        sort_keys=True,
        separators=(",", ":"),
    )


def _amounts(amounts: Amounts) -> Mapping[str, str | None]:
    figures = {name: getattr(amounts, name) for name in FIGURES}
    return {"currency": amounts.currency} | {
        name: None if each is None else f"{each:f}" for name, each in figures.items()
    }
