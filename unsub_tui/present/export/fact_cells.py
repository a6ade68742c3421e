"""The facts about a resource in the cells of a table, for CSV and Markdown."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.forms import Form, value
from unsub_tui.present.export.inventory_facts import facts_row
from unsub_tui.present.inventory import (
    Viewer,
    attachment_text,
    backup_text,
    binding_text,
    cluster_text,
    run_state_text,
    tags_text,
)


class ViewedFindings(NamedTuple):
    """Findings, and when they are read."""

    findings: ResourceFindings
    now: datetime

    @property
    def viewer(self) -> Viewer:
        """The reader of the cells."""
        return Viewer("", self.now)


FACT_CELLS = Form[ViewedFindings](
    "FactCells",
    "The facts about a resource in a table, in the words of the screen; empty without meaning for its kind.",
    run_state=value(str, lambda each: run_state_text(each.findings.run_state, each.viewer).cell),
    attached_to=value(str, lambda each: attachment_text(each.findings.attached_to, each.viewer).cell),
    bound_to=value(str, lambda each: binding_text(each.findings.bound_to, each.viewer).cell),
    newest_backup=value(str, lambda each: backup_text(each.findings, each.viewer).cell),
    tags=value(str, lambda each: tags_text(each.findings.tags, each.viewer).cell),
    cluster=value(str, lambda each: cluster_text(each.findings.cluster, each.viewer).cell),
)


def add_facts(row: Row, findings: ResourceFindings | None, output_format: str, now: datetime) -> None:
    """Add the facts about a resource to its row: nested in JSON, else in the cells of `FACT_CELLS`."""
    if findings is None:
        return
    if output_format in ("json", "jsonl"):
        row["facts"] = facts_row(findings)
    else:
        row.update(FACT_CELLS.row(ViewedFindings(findings, now)))
