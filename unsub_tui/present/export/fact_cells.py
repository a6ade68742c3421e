"""The facts about a resource in the cells of CSV and Markdown: codes and values, the same in every language."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.inventory_facts import FACTS, facts_row

FACT_COLUMNS = ("run_state", "attached_to", "bound_to", "newest_backup", "tags", "cluster")
"""The facts that tables have."""


def fact_cells(findings: ResourceFindings) -> Row:
    """Return the value of each fact, or `none_seen` or `unknown`; None where the fact has no meaning.

    Of the newest backup, it is the time.
    """
    return {name: _cell(FACTS.fields[name].read(findings)) for name in FACT_COLUMNS}


def add_facts(row: Row, findings: ResourceFindings | None, output_format: str) -> None:
    """Add the facts about a resource to its row: nested in JSON, else as cells."""
    if findings is None:
        return
    if output_format in ("json", "jsonl"):
        row["facts"] = facts_row(findings)
    else:
        row.update(fact_cells(findings))


def _cell(fact: object) -> object:
    if not isinstance(fact, Mapping):
        return None
    found = fact["value"] if fact["state"] == "known" else fact["state"]
    return found["created_at"] if isinstance(found, Mapping) and "created_at" in found else found
