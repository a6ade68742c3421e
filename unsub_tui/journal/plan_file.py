"""Plan files: JSON that one person can read, another can review, and `apply` can execute.

A file is accepted only byte for byte as written: any change is detected, even in whitespace. The hash protects against
damage and identifies the file, but is not a signature. Nothing in the file is ever sent: `apply` makes a new plan from
the account and compares it with the file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from unsub_tui.domain.account import Actor
from unsub_tui.domain.bounds import is_computable, is_time_in_range
from unsub_tui.domain.fact import fact
from unsub_tui.domain.money import Total, totals_by_currency
from unsub_tui.domain.plan import MAX_TICKET_LENGTH, Plan, Refusal, SavedPlan, SavedPlanItem
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.quote import UnsubscriptionKind
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.journal.codec import Document, spell_out_surrogates, to_json_values
from unsub_tui.journal.events import digest

MAX_FILE_BYTES = 8_000_000
"""Maximum size of a plan file in bytes, enough for some thousands of items."""


class PlanDocument(Document):
    """The whole plan file. Fields that have their default value are not in it."""

    form: Literal["unsub-tui plan"]
    schema_version: Literal[1]
    hash: str = ""
    plan: SavedPlan
    account_resources: Annotated[int, Field(ge=0, le=10_000_000)]
    """Number of resources of the account, attached ones included."""
    sentinel_id: str
    """A resource in use outside the plan, which distinguishes the deletion of another one from an empty listing."""
    refused: tuple[Refusal, ...]
    totals: tuple[Total, ...]
    facts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Findings about the resources when the plan was made, by id, for readers. `apply` does not use it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Raise ValueError for values out of range, and for a plan that contradicts itself."""
        for name in ("plan", "refused", "totals"):
            _check_ranges(getattr(self, name), name)
        _check_items(self.plan)
        self._check_ids()
        amounts = [item.quote.amounts for item in self.plan.items] if self.plan.action.creates_order else []
        if self.totals != tuple(totals_by_currency(amounts)):
            raise ValueError("the totals are not the sums of the items")
        return self

    def _check_ids(self) -> None:
        """Raise ValueError if an id is invalid, or names a resource that has two places in the plan."""
        items = self.plan.items
        counts = Counter(item.resource.id for item in items)
        if max(counts.values()) > 1:
            raise ValueError("a resource is in it twice")
        named = [*counts, *(each for item in items for each in item.bundled_ids)]
        planned = set(named)
        if len(planned) < len(named):
            raise ValueError("a resource is in two items")
        if not all(UntrustedText(each).is_safe_id for each in named):
            raise ValueError("an id has characters that ids of Huawei Cloud do not have")
        if not planned.isdisjoint(each.resource.id for each in self.refused):
            raise ValueError("a resource is both planned and refused")
        attached = {each.id for item in items for each in item.attached}
        if self.sentinel_id and self.sentinel_id in planned | attached:
            raise ValueError("the sentinel is a resource of the plan")

    def compute_hash(self) -> str:
        """Return the hash that this file must have: over all other fields, independent of layout."""
        facts = self._to_json_values()
        facts.pop("hash", None)
        return digest(json.dumps(facts, sort_keys=True, separators=(",", ":")))

    def to_text(self) -> str:
        """Return the text of the file; non-ASCII characters are escaped, so no raw text reaches a terminal."""
        return json.dumps(self._to_json_values(), indent=2) + "\n"

    def _to_json_values(self) -> dict[str, Any]:
        text = json.dumps(self.model_dump(exclude_defaults=True), default=_to_json_text, ensure_ascii=False)
        values: dict[str, Any] = json.loads(spell_out_surrogates(text))
        return values


def plan_file_text(
    plan: Plan, planner: Actor, ticket: str, now: datetime, facts: Mapping[str, Mapping[str, object]] | None = None
) -> str:
    """Return the file text of a plan with final quotes, and JSON facts about its resources by id.

    Raise FILE if it exceeds the size limit.
    """
    document = PlanDocument(
        form="unsub-tui plan",
        schema_version=1,
        plan=SavedPlan(
            created=now,
            as_of=max((item.quote.as_of for item in plan.items if item.quote.as_of is not None), default=plan.created),
            planner=planner,
            ticket=UntrustedText(ticket),
            account=plan.account,
            action=plan.action,
            one_by_one=plan.one_by_one,
            items=tuple(
                SavedPlanItem(
                    resource=item.resource,
                    attached=item.attached,
                    bundled_ids=tuple(sorted(each.id for each in item.bundled)),
                    fingerprint=to_json_values(item.fingerprint),
                    quote=item.quote,
                )
                for item in plan.items
            ),
        ),
        account_resources=plan.account_resource_count,
        sentinel_id=plan.sentinel_id,
        refused=plan.refused,
        totals=tuple(plan.totals),
        facts={resource_id: dict(each) for resource_id, each in (facts or {}).items()},
    )
    text = document.model_copy(update={"hash": document.compute_hash()}).to_text()
    if len(text) > MAX_FILE_BYTES:
        too_large = fact("plan_file_too_large", megabytes=MAX_FILE_BYTES // 1_000_000)
        raise UnsubError(Problem(kind=ProblemKind.FILE, facts=(too_large,)))
    return text


def load_saved_plan(data: bytes) -> SavedPlan:
    """Return the plan in a file. Raise FILE if the file is invalid or was modified after it was written."""
    try:
        document = PlanDocument.model_validate_json(data)
    except ValidationError as error:
        raise _invalid(_first_error(error)) from error
    if document.compute_hash() != document.hash or document.to_text().encode() != data:
        raise _invalid("it is not as it was written: its hash or its form does not fit its content")
    return replace(document.plan, digest=document.hash)


def _check_ranges(value: object, path: str) -> None:
    """Raise ValueError for an amount or time out of range, at any depth.

    This must precede any formatting and calculation: the text of 1E400000000 has 400,000,000 digits.
    """
    if isinstance(value, Decimal | datetime):
        if not _is_in_range(value):
            raise ValueError(f"{path} is out of range")
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            _check_ranges(each, f"{path}.{index}")
    elif is_dataclass(value):
        for field in fields(value):
            _check_ranges(getattr(value, field.name), f"{path}.{field.name}")


def _is_in_range(value: Decimal | datetime) -> bool:
    if isinstance(value, Decimal):
        return is_computable(value)
    return value.tzinfo is not None and is_time_in_range(value)


def _check_items(plan: SavedPlan) -> None:
    """Raise ValueError for a plan without items, or with an item that contradicts itself or the action."""
    if not plan.items:
        raise ValueError("the plan has no items")
    if len(plan.ticket.raw) > MAX_TICKET_LENGTH:
        raise ValueError(f"the ticket has more than {MAX_TICKET_LENGTH} characters")
    for index, item in enumerate(plan.items):
        quote, attached_ids = item.quote, {each.id for each in item.attached}
        if not attached_ids.issuperset(item.bundled_ids):
            raise ValueError(f"plan.items.{index}: a member of the bundle is not among the resources of the request")
        if (quote.kind is UnsubscriptionKind.RENEWAL_ONLY) is not plan.action.shortens_term:
            raise ValueError(f"the kind {quote.kind.value} does not fit the action {plan.action.value}")


def _to_json_text(value: Decimal | datetime) -> str:
    """Return an amount with all digits that say something and no exponent, for other programs; a time as ISO 8601."""
    if not isinstance(value, Decimal):
        return value.isoformat()
    whole, _point, decimals = format(value, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def _invalid(detail: str) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.FILE, detail=detail))


def _first_error(error: ValidationError) -> str:
    """Return the first validation error and its location, without values from the file."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(for_display(str(part)) for part in first["loc"])
    words = for_display(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
