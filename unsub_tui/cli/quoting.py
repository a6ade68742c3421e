"""`unsub-tui quote`: what unsubscribing would give back, as data. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import click

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import rfc3339, say, write_csv, write_json, write_table
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.money import FIGURES
from unsub_tui.domain.outlook import Outlook, better_ways
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.resource import Catalogue
from unsub_tui.engine.engine import Engine
from unsub_tui.present.money import money, plan_totals, source_word
from unsub_tui.present.resources import blocked_short, blocked_text, display_name, haystack

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Quoted:
    """A plan with its final quotes, that is not there to be run."""

    plan: Plan
    site: str
    as_of: datetime
    are_named: bool
    """The resources were named one by one, so each that cannot be quoted is told of."""


async def quote(engine: Engine, ids: Sequence[str], words: Sequence[str]) -> Quoted:
    """Return the quotes of these resources, or of all that the words find; raises UnsubError and UsageError."""
    catalogue = Catalogue()
    async for page in engine.catalogue():
        if page.is_afresh:
            catalogue = Catalogue()
        catalogue.add(page.page)
    unknown = [each for each in ids if catalogue.get(each) is None]
    if unknown:
        named = ", ".join(map(clean, unknown))
        raise click.UsageError(f"the account has no resource {named}")
    asked = list(ids) or [each.id for each in catalogue.resources if each.is_main_resource or words]
    chosen = [each for each in asked if _fits(catalogue, each, words)]
    plan = engine.draft(catalogue, chosen, figures_only=True)
    as_of = engine.now()
    async for progress in engine.quotes(plan):
        plan = progress.plan
    return Quoted(plan, engine.site, as_of, are_named=bool(ids))


def write_quotes(quoted: Quoted, form: str) -> int:
    """Write the quotes to stdout, and what could not be quoted to stderr; return the exit code."""
    if form == "json":
        write_json(document(quoted))
    elif form == "csv":
        rows = [_row(item) for item in quoted.plan.items]
        write_csv(COLUMNS, [[_cell(row[column]) for column in COLUMNS] for row in rows])
    else:
        _write_table(quoted.plan)
    return _tell_refused(quoted)


def document(quoted: Quoted) -> dict[str, object]:
    """Return the stable JSON form."""
    return {
        "schema_version": SCHEMA_VERSION,
        "site": quoted.site,
        "as_of": rfc3339(quoted.as_of),
        "quotes": [_row(item) for item in quoted.plan.items],
        "totals": [
            {
                "currency": total.currency,
                "refund": _digits(total.refund),
                "handling_fee": _digits(total.handling_fee),
                "unknown_items": total.unknown_items,
            }
            for total in quoted.plan.totals
        ],
        "refused": [
            {
                "resource_id": each.resource.id,
                "blocked_reason": each.reason.value,
                "blocked_text": blocked_text(each.reason),
            }
            for each in quoted.plan.refused
        ],
    }


def _row(item: PlanItem) -> dict[str, object]:
    """Return the stable JSON form of one quote."""
    quote, amounts = item.quote, item.quote.amounts
    return {
        "resource_id": item.id,
        "resource_name": item.resource.resource_name.raw,
        "kind": quote.kind.value,
        "currency": amounts.currency,
        **{name: _digits(getattr(amounts, name)) for name in FIGURES},
        "source": quote.source.value,
        "sources": {name: source.value for name, source in quote.sources.items()},
        "rule": quote.rule,
        "missing": list(quote.missing),
        "notes": list(quote.notes),
        "attached_resource_ids": [each.id for each in item.attached],
        "order_ids": list(quote.order_ids),
        "renewal_refund": _digits(quote.renewal_refund),
        "days_left": item.outlook.days_left,
        "next_renewal": _next_renewal(item.outlook),
        "better": [way.value for way in better_ways(quote, item.outlook)],
    }


COLUMNS = (
    *("resource_id", "resource_name", "kind", "currency", *FIGURES, "source", "rule", "missing", "notes"),
    *("attached_resource_ids", "order_ids", "renewal_refund", "days_left", "better"),
)
"""The columns of the CSV, in order."""


def _next_renewal(ahead: Outlook) -> dict[str, object] | None:
    if ahead.next_charge_at is None:
        return None
    return {
        "from": rfc3339(ahead.next_charge_at),
        "amount": _digits(ahead.next_charge),
        "currency": ahead.currency or None,
        "months": ahead.months,
        "missing": ahead.missing or None,
    }


def _write_table(plan: Plan) -> None:
    header = ("ID", "NAME", "KIND", "PAID", "CONSUMED", "FEE", "REFUND", "", "SOURCE")
    lines = [
        (
            item.resource.resource_id.clean(),
            display_name(item.resource),
            item.quote.kind.value,
            *(money(getattr(item.quote.amounts, name)) for name in ("paid", "consumed", "handling_fee", "refund")),
            clean(item.quote.amounts.currency),
            source_word(item.quote.source),
        )
        for item in plan.items
    ]
    write_table(header, lines)
    for line in plan_totals(plan):
        say(line)
    missing = Counter(each for item in plan.items for each in item.quote.missing)
    for each, count in missing.most_common():
        say(f"missing for {count}: {clean(each)}")


def _tell_refused(quoted: Quoted) -> int:
    """Say what could not be quoted, one by one where it was named, else in sums."""
    refused = quoted.plan.refused
    if quoted.are_named:
        for each in refused:
            say(f"not quoted: {each.resource.resource_id.clean()}: {blocked_text(each.reason)}")
        return Exit.SOME_FAILED if refused else Exit.OK
    if refused:
        sums = Counter(blocked_short(each.reason) for each in refused)
        counts = ", ".join(f"{count} {reason}" for reason, count in sums.most_common())
        say(f"not quoted {len(refused)}: {counts}")
    return Exit.OK


def _fits(catalogue: Catalogue, resource_id: str, words: Sequence[str]) -> bool:
    resource = catalogue.get(resource_id)
    return resource is not None and all(word in haystack(resource) for word in words)


def _digits(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _cell(value: object) -> str:
    if isinstance(value, list):
        return clean("; ".join(map(str, value)))
    return "" if value is None else clean(str(value))
