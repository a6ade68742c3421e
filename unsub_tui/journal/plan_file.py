"""Format of plan files: JSON that one person can read, another can review, and `apply` can execute.

A file is accepted only byte for byte as written: any change is detected, even in whitespace. The hash protects against
damage and identifies the file, but is not a signature. Nothing in the file is ever sent: `apply` makes a new plan from
the account and compares it with the file.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.bounds import is_computable, is_time_in_range
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.money import FIGURES, Amounts, FigureSource, Total, totals_by_currency
from unsub_tui.domain.plan import MAX_TICKET_LENGTH
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.quote import UnsubscriptionKind
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.journal.codec import Document

MAX_FILE_BYTES = 8_000_000
"""Maximum size of a plan file in bytes, enough for some thousands of items."""


def _check_length(value: object) -> object:
    """Raise ValueError for a long text before it is converted to a number."""
    if isinstance(value, str) and len(value) > MAX_AMOUNT_LENGTH:
        raise ValueError("the amount is out of range")
    return value


def _check_computable(amount: Decimal) -> Decimal:
    if not is_computable(amount):  # before formatting: 1E400000000 has 400,000,000 digits
        raise ValueError("the amount is out of range")
    return amount


def _check_time_range(time: datetime) -> datetime:
    if not is_time_in_range(time):
        raise ValueError("the time is out of range")
    return time


MAX_AMOUNT_LENGTH = 130
"""Maximum number of characters of an amount, longer than any planned amount."""

Money = Annotated[
    Decimal,
    BeforeValidator(_check_length),
    AfterValidator(_check_computable),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
]
"""An amount, serialized as a text with all digits and no exponent."""
Time = Annotated[AwareDatetime, AfterValidator(_check_time_range)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]


class ResourceDocument(Document):
    """A resource with the fields that a reader needs."""

    resource_id: str
    resource_name: str
    service_type_code: str
    resource_type_code: str
    region_code: str


class QuoteDocument(Document):
    """The quote of an item."""

    kind: UnsubscriptionKind
    currency: str
    paid: Money | None
    consumed: Money | None
    handling_fee: Money | None
    refund: Money | None
    coupon_lost: Money | None
    sources: dict[str, FigureSource]
    rules: tuple[Fact, ...]
    missing: tuple[Fact | str, ...]
    notes: tuple[Fact | str, ...]
    order_ids: tuple[str, ...]
    """Purchase and renewal orders that the figures are based on."""

    def to_amounts(self) -> Amounts:
        """Return the amounts."""
        return Amounts(currency=self.currency, **{name: getattr(self, name) for name in FIGURES})

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        for name in FIGURES:
            if (getattr(self, name) is None) is not (self.sources.get(name) in {None, FigureSource.UNKNOWN}):
                raise ValueError(f"the figure {name} does not fit its source")
        return self


class PlanItemDocument(ResourceDocument):
    """An item: a primary resource and its attached resources."""

    fingerprint: dict[str, JsonValue]
    """State that must be unchanged when the resource is unsubscribed from."""
    attached: tuple[ResourceDocument, ...]
    """All other resources that the request unsubscribes from, including members of the bundle."""
    together_ids: tuple[str, ...]
    """Other primary resources in the request: members of the bundle, the license of a database."""
    quote: QuoteDocument

    @model_validator(mode="after")
    def _check_bundle(self) -> Self:
        if not {*self.together_ids} <= {each.resource_id for each in self.attached}:
            raise ValueError("a member of the bundle is not among the resources of the request")
        return self


class RefusalDocument(ResourceDocument):
    """A requested resource that is not in the plan."""

    blocked_reason: BlockedReason
    facts: tuple[Fact, ...]


class TotalDocument(Document):
    """Sums of the known amounts in one currency."""

    currency: str
    refund: Money
    handling_fee: Money
    unknown_items: Count

    @classmethod
    def of(cls, total: Total) -> TotalDocument:
        """Return the document for this total."""
        return cls(
            currency=total.currency,
            refund=total.refund,
            handling_fee=total.handling_fee,
            unknown_items=total.unknown_items,
        )


class PlanDocument(Document):
    """The whole plan file."""

    form: Literal["unsub-tui plan"] = "unsub-tui plan"
    schema_version: Literal[1] = 1
    hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    created: Time
    as_of: Time
    """Time for which the figures were computed."""
    planner: Actor
    ticket: Annotated[str, Field(max_length=MAX_TICKET_LENGTH)]
    account: AccountRef
    action: Action
    account_resources: Count
    """Number of resources of the account, attached ones included."""
    sentinel_id: str
    """A resource in use outside the plan, which distinguishes the deletion of another one from an empty listing."""
    items: Annotated[tuple[PlanItemDocument, ...], Field(min_length=1)]
    refused: tuple[RefusalDocument, ...]
    totals: tuple[TotalDocument, ...]

    @model_validator(mode="after")
    def _check_ids(self) -> Self:
        counts = Counter(item.resource_id for item in self.items)
        if max(counts.values()) > 1:
            raise ValueError("a resource is in it twice")
        named = [*counts, *(each for item in self.items for each in item.together_ids)]
        if len(set(named)) < len(named):
            raise ValueError("a resource is in two items")
        if not all(UntrustedText(each).is_safe_id for each in named):
            raise ValueError("an id has characters that ids of Huawei Cloud do not have")
        self._check_refused(set(named))
        return self

    def _check_refused(self, planned: set[str]) -> None:
        """Raise ValueError if a resource is planned and excluded at the same time."""
        if not planned.isdisjoint(each.resource_id for each in self.refused):
            raise ValueError("a resource is both planned and refused")
        attached = {each.resource_id for item in self.items for each in item.attached}
        if self.sentinel_id and self.sentinel_id in planned | attached:
            raise ValueError("the sentinel is a resource of the plan")

    @model_validator(mode="after")
    def _check_action(self) -> Self:
        for item in self.items:
            if (item.quote.kind is UnsubscriptionKind.RENEWAL_ONLY) is not self.action.shortens_term:
                raise ValueError(f"the kind {item.quote.kind.value} does not fit the action {self.action.value}")
        return self

    @model_validator(mode="after")
    def _check_totals(self) -> Self:
        totals = totals_by_currency(item.quote.to_amounts() for item in self.items) if self.action.creates_order else []
        if self.totals != tuple(map(TotalDocument.of, totals)):
            raise ValueError("the totals are not the sums of the items")
        return self

    def compute_hash(self) -> str:
        """Return the hash that this file must have: over all other fields, independent of layout."""
        facts = json.loads(self.encode())
        del facts["hash"]
        return sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def with_hash(self) -> PlanDocument:
        """Return the document with its hash set."""
        return self.model_copy(update={"hash": self.compute_hash()})

    def to_text(self) -> str:
        """Return the text of the file; non-ASCII characters are escaped, so no raw text reaches a terminal."""
        return json.dumps(json.loads(self.encode()), indent=2) + "\n"


def parse_plan_file(data: bytes) -> PlanDocument:
    """Return the content of a plan file; raise a FILE problem unless it is exactly as written."""
    try:
        document = PlanDocument.model_validate_json(data)
    except ValidationError as error:
        raise plan_file_error(_first_error(error)) from error
    if document.compute_hash() != document.hash or document.to_text().encode() != data:
        raise plan_file_error("it is not as it was written: its hash or its form does not fit its content")
    return document


def plan_file_error(detail: str) -> UnsubError:
    """Return the error for a plan file that cannot be used."""
    return UnsubError(Problem(kind=ProblemKind.FILE, detail=detail))


def _first_error(error: ValidationError) -> str:
    """Return the first validation error and its location, without values from the file."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(for_display(str(part)) for part in first["loc"])
    words = for_display(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
