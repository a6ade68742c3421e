"""A plan: the frozen list of what will be unsubscribed, as it was shown and confirmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fee_history import QuotaUse
from unsub_tui.domain.money import FIGURES, Amounts, Total, totals_by_currency
from unsub_tui.domain.quote import Payment, Quote, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import NO_FORECAST, RenewalForecast
from unsub_tui.domain.renewal_periods import new_expiry
from unsub_tui.domain.resource import Resource


class UnsubscribeReason(IntEnum):
    """The vendor's five reasons, `unsubscribe_reason_type`."""

    HARD_TO_USE = 1
    FUNCTIONS_MISSING = 2
    TOO_COMPLEX = 3
    SERVICE_POOR = 4
    OTHER = 5


MAX_REASON_TEXT_LENGTH = 512
"""Characters of free text that the vendor takes with a reason."""

MAX_PRIMARY_PER_REQUEST = 10
"""Maximum number of primary resources that one request names (Huawei Cloud's limit of the operation)."""

MAX_TICKET_LENGTH = 200
"""Characters of a ticket's name in a plan file."""


class Risk(StrEnum):
    """What a person has to tick before a plan can run; each only where it is present."""

    DATA_LOSS = "data_loss"
    FEE = "fee"
    """A handling fee, or one that is not known."""
    HIDDEN = "hidden"
    """Marked items that the filter does not show."""
    REVIEW = "review"
    """A refund above the site's review threshold waits for the vendor's approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One unit: a main resource, all that goes along, and what was known of it when planned."""

    resource: Resource
    attached: tuple[Resource, ...] = ()
    quote: Quote
    forecast: RenewalForecast = NO_FORECAST
    """What keeping it would cost; for comparison only, no part of what is confirmed."""
    is_hidden: bool = False
    """Marked, but not shown by the filter when the plan was made."""
    bundled: tuple[Resource, ...] = ()
    """Other primary resources that the same request names: members of a bundle. `attached` has them, too."""
    renewal_payments: tuple[Payment, ...] = ()
    """What was paid for renewed periods, of all that goes along too, where only these are given up."""

    @property
    def id(self) -> str:
        """The raw id of the main resource."""
        return self.resource.id

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The primary resource and every other one that its request unsubscribes from."""
        return (self.resource, *self.attached)

    @property
    def new_expiry(self) -> datetime | None:
        """When it expires once its renewed periods are given up."""
        return new_expiry(self.resource, self.renewal_payments)

    @property
    def fingerprint(self) -> Mapping[str, object]:
        """What must still hold when the request is sent."""
        return self.resource.fingerprint(self.attached, self.bundled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A resource that was asked for and is not in the plan, with the reason."""

    resource: Resource
    reason: BlockedReason
    detail: str = ""
    """What exactly, where the reason alone does not say it: what has changed, which pattern protects it."""
    main: Resource | None = None
    """What an attached one belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlanItem:
    """One item as a plan file has it: what was reviewed, to be compared with what is."""

    resource: Resource
    """As far as the file has it."""
    attached: tuple[Resource, ...]
    bundled_ids: tuple[str, ...]
    """The other primary resources of its bundle."""
    fingerprint: Mapping[str, object]
    kind: UnsubscriptionKind
    amounts: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan that somebody wrote into a file. Nothing of it is sent: it says what to plan anew and to compare with."""

    account: AccountRef
    created: datetime
    as_of: datetime
    """The moment for which its figures were computed."""
    planner: Actor
    items: tuple[SavedPlanItem, ...]
    ticket: str = ""
    action: Action = Action.UNSUBSCRIBE
    digest: str = ""
    """The hash over the whole file."""

    @property
    def short_hash(self) -> str:
        """The first eight digits of the hash, shown to people."""
        return self.digest[:8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The frozen list. Everything after the review runs from this object only."""

    account: AccountRef
    created: datetime
    items: tuple[PlanItem, ...]
    refused: tuple[Refusal, ...] = ()
    action: Action = Action.UNSUBSCRIBE
    sentinel_id: str = ""
    """A resource in use outside the plan: when it is listed, absence of another proves something (rule S11)."""
    review_threshold: Decimal | None = None
    """The refund above which the site's staff looks at an order, in the site's currency."""
    unique_names: frozenset[str] = frozenset()
    """Names of items that only one resource of the account has; only they may serve as a phrase."""
    account_resource_count: int = 0
    """Number of resources of the account when this was planned, attached ones included; 0 if unknown."""
    possible_leftovers: tuple[Resource, ...] = ()
    """What is not in the plan, and may belong to what is: it would stay and go on billing."""
    quota: QuotaUse | None = None
    """How many full refunds within the site's window were used this year, where it has them and that was read."""
    saved_plan: SavedPlan | None = None
    """The plan file that this was planned from."""

    @property
    def digest(self) -> str:
        """The full hash over account, ids, states and amounts: what a confirmation is bound to.

        For a plan from a file the hash of that file stands for the amounts, because they change with time alone.
        """
        return hashlib.sha256(_canonical_json(self).encode()).hexdigest()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource that the plan affects, each once: the set that is shown, guarded, counted and deleted.

        An action that can be undone changes the primary resources only.
        """
        affected = (
            each
            for item in self.items
            for each in ((item.resource, *item.bundled) if self.action.is_reversible else item.resources)
        )
        return tuple({each.id: each for each in affected}.values())

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
        """Sums per currency over what is known; none for what can be undone, which moves no money."""
        if self.action.is_reversible:
            return ()
        return totals_by_currency(item.quote.amounts for item in self.items)

    @property
    def risks(self) -> tuple[Risk, ...]:
        """The risks present, in the order in which they are ticked."""
        if self.action.is_reversible:
            return ()
        present = {
            Risk.DATA_LOSS: self.action is Action.UNSUBSCRIBE,
            Risk.FEE: any(_has_possible_loss(item.quote) for item in self.items),
            Risk.HIDDEN: any(item.is_hidden for item in self.items),
            Risk.REVIEW: any(self._needs_review(item.quote) for item in self.items),
        }
        return tuple(risk for risk in Risk if present[risk])

    @property
    def phrase(self) -> str:
        """What has to be typed: the name or id of a single resource, else `<account> <count>`.

        For an action that can be undone it is the count.
        """
        if self.action.is_reversible:
            return str(self.count)
        if self.count != 1:
            return f"{self.account.label} {self.count}"
        item = self.items[0]
        name = item.resource.resource_name.raw
        usable = name in self.unique_names and name.isascii() and name.isprintable() and name == name.strip()
        return name if usable and name else item.id

    @property
    def plan_file_phrase(self) -> str:
        """What `apply` takes: `<account> <count> <start of the digest>`, so that it confirms no other plan."""
        return f"{self.account.label} {self.count} {self.short_hash}"

    def without(self, ids: frozenset[str]) -> Plan:
        """Return the plan without the items of these ids: another plan, with another hash."""
        return replace(self, items=tuple(item for item in self.items if item.id not in ids))

    def with_refused(self, reasons: Mapping[str, BlockedReason], details: Mapping[str, str] | None = None) -> Plan:
        """Return the plan with these of its items refused, each with its reason."""
        refused = [
            Refusal(resource=item.resource, reason=reasons[item.id], detail=(details or {}).get(item.id, ""))
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
    """What a person agreed to: the plan's hash, every risk ticked, the phrase, the reason."""

    digest: str
    phrase: str
    acknowledged: frozenset[Risk]
    reason: UnsubscribeReason = UnsubscribeReason.OTHER
    reason_text: str = ""


def _has_possible_loss(quote: Quote) -> bool:
    fee = quote.amounts.handling_fee
    return fee is None or fee > 0 or bool(quote.amounts.coupon_lost)


def _canonical_json(plan: Plan) -> str:
    """Return the plan's facts as JSON with sorted keys; the basis of its hash."""
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
                for item in sorted(plan.items, key=lambda item: item.id)
            ],
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def _amounts(amounts: Amounts) -> Mapping[str, str | None]:
    return {"currency": amounts.currency} | {name: _decimal_text(getattr(amounts, name)) for name in FIGURES}


def _decimal_text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
