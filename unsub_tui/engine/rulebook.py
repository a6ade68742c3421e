"""Unsubscription rules of the Huawei Cloud sites: the file shipped with the program and the user's override."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from unsub_tui.domain.bounds import DECIMAL_PLACES, INTEGER_DIGITS
from unsub_tui.domain.durations import Counting
from unsub_tui.domain.fact import FACT_CODES, Fact, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.rules import (
    MONTHLY_ROW,
    NON_BLOCKING_KINDS,
    ExclusionKind,
    ExclusionRule,
    FeeTable,
    FeeWaiver,
    FullRefundRule,
    ReplicaRule,
    RuleOrigin,
    SiteRules,
)
from unsub_tui.engine.settings_files import read_settings_file

RULES_FILE_NAME = "rules.toml"
"""Name of the rules file: both the shipped one and the user's override beside the settings."""

Sites = dict[Literal["cn", "intl", "eu"], "SiteForm"]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=DECIMAL_PLACES)]
Term = Annotated[str, Field(pattern=rf"^({MONTHLY_ROW}|12|24|36|48|60)$")]


def _contradiction(code: FactCode, **values: str | int) -> PydanticCustomError:
    """Return the validation error for an entry that contradicts itself; `_read` turns it into a fact."""
    return PydanticCustomError(code, code, values)


class Rule(BaseModel):
    """Fields of every rule: the source document and its publication date. All others are named as in the domain."""

    # Deferred, because building the forms takes longer than a command that needs no rules.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    source: Annotated[str, Field(min_length=1)]
    date: date

    def values(self, *, is_override: bool) -> dict[str, Any]:
        """Return the arguments for the domain's class of this rule."""
        origin = RuleOrigin(source=self.source, published=self.date, is_override=is_override)
        return {**self.model_dump(exclude={"source", "date"}), "origin": origin}


class CountingForm(Rule):
    """Unit in which used time is counted."""

    unit: Counting


class ReviewForm(Rule):
    """Refund above which Huawei Cloud staff review an order, in the site's currency."""

    above: Annotated[Decimal, Field(ge=0, max_digits=INTEGER_DIGITS + DECIMAL_PLACES, decimal_places=DECIMAL_PLACES)]


class BatchForm(Rule):
    """Codes of the services that can be unsubscribed in a batch."""

    services: Annotated[list[str], Field(min_length=1)]


class FullRefundForm(Rule):
    """Hours after the purchase during which the refund is full, and the number of full refunds per year."""

    hours: Annotated[int, Field(gt=0, le=87_600)]
    quota: Annotated[int, Field(ge=0, le=1_000_000)]


class FeeForm(Rule):
    """Handling fee in percent of the paid amount: a row for each term, a column for each year of use."""

    name: Annotated[str, Field(min_length=1)]
    percent: Annotated[dict[Term, Annotated[tuple[Percent, ...], Field(min_length=1)]], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_years(self) -> Self:
        for term, cells in self.percent.items():
            years = 1 if term == MONTHLY_ROW else int(term) // 12
            if len(cells) > years:
                raise _contradiction("rule_row_too_long", row=term, count=len(cells), years=years)
        return self


class FeeWaiverForm(Rule):
    """A contract of the account that waives all handling fees; only in rules of your own."""

    name: Annotated[str, Field(min_length=1)]


class ReplicasForm(Rule):
    """Whether read replicas of RDS are charged on after their primary database was unsubscribed."""

    keep_billing: bool


class ExcludedForm(Rule):
    """A kind of product that cannot be unsubscribed; patterns may contain `*` and `?`."""

    kind: ExclusionKind
    services: tuple[str, ...] = ()
    names: tuple[Annotated[str, AfterValidator(str.casefold)], ...] = ()
    resource_types: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()
    except_services: tuple[str, ...] = ()
    is_certain: Annotated[bool, Field(alias="certain")] = True

    @model_validator(mode="after")
    def _check_effect(self) -> Self:
        if not (self.services or self.names or self.resource_types or self.specs):
            raise _contradiction("rule_names_nothing")
        if both := sorted({*self.services} & {*self.except_services}):
            raise _contradiction("rule_excepts_itself", service=both[0])
        if self.kind in NON_BLOCKING_KINDS and not self.is_certain:
            raise _contradiction("rule_without_effect")
        return self

    def contradicts(self, other: ExcludedForm) -> bool:
        """Return whether both entries name the same products and kind, but only one is certain."""
        mine, theirs = (each.model_dump(exclude={"source", "date", "is_certain"}) for each in (self, other))
        return mine == theirs and self.is_certain is not other.is_certain


class SiteForm(BaseModel):
    """Rules of one site in a rules file. In an override, the shipped value applies for each missing field."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    fee_page: Annotated[str, Field(min_length=1)] | None = None
    counting: CountingForm | None = None
    review: ReviewForm | None = None
    batch: BatchForm | None = None
    full_refund: FullRefundForm | None = None
    fee: FeeForm | None = None
    fee_waiver: FeeWaiverForm | None = None
    replicas: ReplicasForm | None = None
    excluded: list[ExcludedForm] | None = None

    @model_validator(mode="after")
    def _check_entries(self) -> Self:
        if any(one.contradicts(other) for one, other in combinations(self.excluded or (), 2)):
            raise _contradiction("rules_disagree")
        return self


_FORM: TypeAdapter[Sites] = TypeAdapter(Sites)


def rules_schema() -> Mapping[str, object]:
    """Return the JSON schema of a rules file."""
    return {"title": "Rules of unsub-tui", **_FORM.json_schema()}


def load_rules(site: str, override: Path | None = None) -> SiteRules:
    """Return the rules of a site (cn, intl, eu). Raise CONFIG for an unknown site or an invalid override."""
    own = read_override(override) if override is not None else {}
    return _merged(site, _shipped()[_site(site)], own.get(_site(site), SiteForm()))


def read_override(override: Path) -> Sites:
    """Return the rules in the user's file; none if it does not exist. Raise CONFIG if it is invalid."""
    text = read_settings_file(override)
    return {} if text is None else _read(text, str(override))


@cache
def _shipped() -> Sites:
    """Return the shipped rules of all sites."""
    return _read(files("unsub_tui.data").joinpath(RULES_FILE_NAME).read_text(encoding="utf-8"), RULES_FILE_NAME)


def _site(site: str) -> Literal["cn", "intl", "eu"]:
    match site:
        case "cn" | "intl" | "eu":
            return site
    raise _config_error(fact("site_unknown", sites="cn, intl, eu"))


def _read(text: str, name: str) -> Sites:
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for integers with thousands of digits and deep nesting
        raise _config_error(fact("rules_unreadable", name=name, reason=str(error))) from error
    try:
        return _FORM.validate_python(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        is_ours = first["type"] in FACT_CODES
        reason = fact(cast("FactCode", first["type"]), **first.get("ctx", {})) if is_ours else first["msg"]
        raise _config_error(fact("rule_invalid", name=name, place=place, reason=reason)) from error


def _merged(site: str, shipped: SiteForm, own: SiteForm) -> SiteRules:
    """Return the rules of a site, where the user's rules replace the shipped ones."""
    mine = {name: rule for name in SiteForm.model_fields if (rule := getattr(own, name)) is not None}
    merged = shipped.model_copy(update=mine)
    if merged.counting is None or merged.review is None or merged.batch is None or merged.currency is None:
        raise ValueError(f"the shipped rules of {site} have no counting, review, batch or currency")
    full, fee, excluded, replicas = merged.full_refund, merged.fee, merged.excluded or (), merged.replicas
    return SiteRules(
        site=site,
        currency=merged.currency,
        fee_page=merged.fee_page or "",
        counting=merged.counting.unit,
        counting_origin=merged.counting.values(is_override="counting" in mine)["origin"],
        review_threshold=merged.review.above,
        batch_services=frozenset(merged.batch.services),
        full_refund=FullRefundRule(**full.values(is_override="full_refund" in mine)) if full is not None else None,
        fee=FeeTable(**fee.values(is_override="fee" in mine)) if fee is not None else None,
        fee_waiver=FeeWaiver(**merged.fee_waiver.values(is_override=True)) if merged.fee_waiver is not None else None,
        replicas=ReplicaRule(**replicas.values(is_override="replicas" in mine)) if replicas is not None else None,
        exclusions=tuple(ExclusionRule(**each.values(is_override="excluded" in mine)) for each in excluded),
    )


def _config_error(reason: Fact) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.CONFIG, facts=(reason,)))
