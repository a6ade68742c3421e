"""`unsub-tui quote`: what unsubscribing would give back, as data. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.finding import Finder
from unsub_tui.cli.output import say, write, write_json, write_table
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalogue
from unsub_tui.engine.engine import Engine
from unsub_tui.present.files import export_text
from unsub_tui.present.money import money, plan_totals, source_word
from unsub_tui.present.resources import blocked_short, blocked_text, display_name
from unsub_tui.present.rows import QUOTE_COLUMNS, digits, quote_row
from unsub_tui.present.times import rfc3339

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Quoted:
    """A plan with its final quotes, that is not there to be run."""

    plan: Plan
    site: str
    as_of: datetime
    are_named: bool
    """The resources were named one by one, so each that cannot be quoted is told of."""


async def quote(engine: Engine, ids: Sequence[str], finder: Finder) -> Quoted:
    """Return the quotes of these resources, or of all that the filter finds; raises UnsubError and UsageError."""
    catalogue = Catalogue()
    async for page in engine.catalogue():
        if page.is_afresh:
            catalogue = Catalogue()
        catalogue.add(page.page)
    unknown = [each for each in ids if catalogue.get(each) is None]
    if unknown:
        named = ", ".join(map(clean, unknown))
        raise click.UsageError(f"the account has no resource {named}")
    found = await finder.on_tab(catalogue, engine, None)
    asked = dict.fromkeys(ids) or {each.id: None for each in found if each.is_main_resource or finder.query}
    fitting = {each.id for each in found}
    plan = engine.draft(catalogue, [each for each in asked if each in fitting], figures_only=True)
    as_of = engine.now()
    async for progress in engine.quotes(plan):
        plan = progress.plan
    return Quoted(finder.with_money(plan, engine), engine.site, as_of, are_named=bool(ids))


def write_quotes(quoted: Quoted, form: str) -> int:
    """Write the quotes to stdout, and what could not be quoted to stderr; return the exit code."""
    if form == "json":
        write_json(document(quoted))
    elif form == "csv":
        write(export_text(form, "quotes", QUOTE_COLUMNS, [quote_row(item) for item in quoted.plan.items]))
    else:
        _write_table(quoted.plan)
    return _tell_refused(quoted)


def document(quoted: Quoted) -> dict[str, object]:
    """Return the stable JSON form."""
    return {
        "schema_version": SCHEMA_VERSION,
        "site": quoted.site,
        "as_of": rfc3339(quoted.as_of),
        "quotes": [quote_row(item) for item in quoted.plan.items],
        "totals": [
            {
                "currency": total.currency,
                "refund": digits(total.refund),
                "handling_fee": digits(total.handling_fee),
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
