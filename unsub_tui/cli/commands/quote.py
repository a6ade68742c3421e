"""`unsub-tui quote`: estimate the refunds of an unsubscription. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write, write_json, write_message, write_table
from unsub_tui.cli.resource_filter import ResourceFilter
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.present.export.formats import export_text
from unsub_tui.present.export.rows import QUOTE_COLUMNS, decimal_text, quote_row
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.money import format_money, source_label
from unsub_tui.present.quotes import plan_totals
from unsub_tui.present.resources import blocked_label, blocked_text, display_name
from unsub_tui.present.time_format import rfc3339

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class QuoteResult:
    """A plan with final quotes that is never executed."""

    plan: Plan
    site: str
    as_of: datetime
    has_explicit_ids: bool
    """Ids were given, so every resource that cannot be quoted is reported individually."""


async def build_quotes(engine: Engine, ids: Sequence[str], resource_filter: ResourceFilter) -> QuoteResult:
    """Return the quotes of the given ids, or of all resources that match. Raises UnsubError and UsageError."""
    catalogue = Catalog()
    async for page in engine.catalog.pages():
        if page.restarted:
            catalogue = Catalog()
        catalogue.add_page(page.page)
    unknown = [each for each in ids if catalogue.get(each) is None]
    if unknown:
        named = ", ".join(map(for_display, unknown))
        raise click.UsageError(f"the account has no resource {named}")
    found = await resource_filter.resources_on_tab(catalogue, engine, None)
    requested = dict.fromkeys(ids) or {
        each.id: None for each in found if each.is_main_resource or resource_filter.query
    }
    matching_ids = {each.id for each in found}
    plan = engine.draft(catalogue, [each for each in requested if each in matching_ids], quote_only=True)
    as_of = engine.clock.now()
    async for progress in engine.quotes(plan):
        plan = progress.plan
    return QuoteResult(
        resource_filter.filter_by_amounts(plan, engine), engine.account.site, as_of, has_explicit_ids=bool(ids)
    )


def write_quotes(result: QuoteResult, output_format: str) -> int:
    """Write the quotes to stdout and the refused resources to stderr; return the exit code."""
    if output_format == "json":
        write_json(quotes_document(result))
    elif output_format == "csv":
        write(export_text(output_format, "quotes", QUOTE_COLUMNS, [quote_row(item) for item in result.plan.items]))
    else:
        _write_quote_table(result.plan)
    return _report_refused(result)


def quotes_document(result: QuoteResult) -> dict[str, object]:
    """Return the quotes in their stable JSON form."""
    return {
        "schema_version": SCHEMA_VERSION,
        "site": result.site,
        "as_of": rfc3339(result.as_of),
        "quotes": [quote_row(item) for item in result.plan.items],
        "totals": [
            {
                "currency": total.currency,
                "refund": decimal_text(total.refund),
                "handling_fee": decimal_text(total.handling_fee),
                "unknown_items": total.unknown_items,
            }
            for total in result.plan.totals
        ],
        "refused": [
            {
                "resource_id": each.resource.id,
                "blocked_reason": each.reason.value,
                "blocked_text": blocked_text(each.reason),
            }
            for each in result.plan.refused
        ],
    }


def _write_quote_table(plan: Plan) -> None:
    header = ("ID", "NAME", "KIND", "PAID", "CONSUMED", "FEE", "REFUND", "", "SOURCE")
    lines = [
        (
            item.resource.resource_id.for_display(),
            display_name(item.resource),
            item.quote.kind.value,
            *(
                format_money(getattr(item.quote.amounts, name))
                for name in ("paid", "consumed", "handling_fee", "refund")
            ),
            for_display(item.quote.amounts.currency),
            source_label(item.quote.source),
        )
        for item in plan.items
    ]
    write_table(header, lines)
    for line in plan_totals(plan):
        write_message(line)
    missing = Counter(each for item in plan.items for each in item.quote.missing)
    for each, count in missing.most_common():
        write_message(f"missing for {count}: {fact_text(each)}")


def _report_refused(result: QuoteResult) -> int:
    """Report refused resources, individually if ids were given, otherwise as counts; return the exit code."""
    refused = result.plan.refused
    if result.has_explicit_ids:
        for each in refused:
            write_message(f"not quoted: {each.resource.resource_id.for_display()}: {blocked_text(each.reason)}")
        return ExitCode.SOME_FAILED if refused else ExitCode.OK
    if refused:
        sums = Counter(blocked_label(each.reason) for each in refused)
        counts = ", ".join(f"{count} {reason}" for reason, count in sums.most_common())
        write_message(f"not quoted {len(refused)}: {counts}")
    return ExitCode.OK
