"""Quotes with the facts about their resources, where the inventory was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.forms import Form, nested_if_any, nested_list_if_any, value
from unsub_tui.present.export.inventory_facts import FACTS, facts_row
from unsub_tui.present.export.rows import QUOTE


class _QuotedItem(NamedTuple):
    item: PlanItem
    findings: Mapping[str, ResourceFindings]
    """Findings by id of the resource."""


class _AttachedResource(NamedTuple):
    resource_id: str
    findings: ResourceFindings


def _attached(quoted: _QuotedItem) -> list[_AttachedResource]:
    ids = (each.id for each in quoted.item.attached)
    return [_AttachedResource(each, quoted.findings[each]) for each in ids if each in quoted.findings]


ATTACHED_FACTS = Form[_AttachedResource](
    "AttachedFactsRow",
    "The facts about an attached resource.",
    resource_id=value(str, lambda each: each.resource_id),
    facts=nested_if_any(FACTS, lambda each: each.findings),
)

QUOTE_WITH_FACTS = Form[_QuotedItem](
    "QuoteRow",
    "The quote of a resource with its attached resources. `facts` and `attached_facts` exist only if the services "
    "were asked; they hold if exactly the quoted resources are unsubscribed from.",
    **QUOTE.fields_of(lambda each: each.item),
    facts=nested_if_any(FACTS, lambda each: each.findings.get(each.item.id)),
    attached_facts=nested_list_if_any(ATTACHED_FACTS, _attached),
)


MAX_WITH_FACTS = 500
"""Maximum number of resources whose facts a plan file contains: with all of them, it could be too large to be read."""


def plan_facts(plan: Plan) -> Mapping[str, Row]:
    """Return the facts about the resources of a plan by id; none if the services were not asked, or of too many."""
    findings = plan.findings
    if findings is None or len(plan.resources) > MAX_WITH_FACTS:
        return {}
    return {each.id: facts_row(findings.of(each)) for each in plan.resources}


def quotes_with_facts(items: Iterable[PlanItem], findings: Mapping[str, ResourceFindings]) -> list[Row]:
    """Return quotes with the facts about their resources."""
    return QUOTE_WITH_FACTS.rows(_QuotedItem(item, findings) for item in items)
