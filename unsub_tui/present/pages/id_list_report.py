"""Result of selecting from a list of ids: the column that was read, and every id that is not selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.id_lists import IdList
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.page import BLANK, Entry, heading, lines, section
from unsub_tui.present.resources import BLOCKED_LABELS, name_and_id, state_cell

MAX_SHOWN_LENGTH = 200
"""Maximum number of characters shown of an unknown id; ids of Huawei Cloud have at most 64."""


@dataclass(frozen=True, slots=True)
class IdListReport:
    """A list of ids and those of its ids that are not selected."""

    id_list: IdList
    selected_count: int
    missing: Sequence[str]
    """Ids that the account does not have."""
    elsewhere: Sequence[Resource]
    """Resources that are not on the current tab."""
    skipped: Sequence[tuple[Resource, BlockedReason]]
    """Resources that cannot be selected, with the reason."""

    @property
    def unselected_count(self) -> int:
        """Number of ids that are not selected."""
        return len(self.missing) + len(self.elsewhere) + len(self.skipped)

    @property
    def is_clear(self) -> bool:
        """Whether all ids of the text are selected, so that there is nothing to report."""
        return not (self.unselected_count or self.id_list.rows_without_id or self.id_list.in_other_columns)


def shown_id(text: str) -> str:
    """Return an id of the text for display; one that is too long to be an id is cut."""
    cut = text[:MAX_SHOWN_LENGTH]
    return for_display(cut) + ("…" if len(cut) < len(text) else "")


def missing_id_text(id_list: IdList, missing_id: str) -> str:
    """Return an id that the account does not have, with the first other cell of its row, which usually is the name."""
    label = id_list.labels.get(missing_id, "")
    return f"{shown_id(missing_id)} ({shown_id(label)})" if label else shown_id(missing_id)


def column_lines(id_list: IdList) -> list[str]:
    """Return the column of a table that was read, and what was not read; nothing for a plain list."""
    if not id_list.column:
        return []
    words = (
        _("Read from column {n}, {heading}.")
        if id_list.heading
        else _("Read from column {n}, which has most ids of the account.")
    )
    found = [words.format(n=id_list.column, heading=shown_id(id_list.heading))]
    if id_list.rows_without_id:
        found.append(
            plural("{n} row has no id in this column.", "{n} rows have no id in this column.", id_list.rows_without_id)
        )
    if id_list.in_other_columns:
        found.append(
            plural(
                "{n} resource that only another column names was not selected.",
                "{n} resources that only other columns name were not selected.",
                id_list.in_other_columns,
            )
        )
    return found


def id_list_page(report: IdListReport, now: datetime) -> Sequence[Entry]:
    """Return the counts, the column that was read, and one line for each id that is not selected."""
    total = len(report.id_list.ids)
    selected = _("{n} of {total} ids selected").format(n=report.selected_count, total=total)
    elsewhere = (f"{name_and_id(each)}, {state_cell(each, now)}" for each in report.elsewhere)
    skipped = (f"{name_and_id(each)}: {BLOCKED_LABELS[reason]}" for each, reason in report.skipped)
    return [
        heading(selected),
        *lines(column_lines(report.id_list)),
        BLANK,
        *section(
            _("Not in the account: {n}").format(n=len(report.missing)),
            lines(missing_id_text(report.id_list, each) for each in report.missing),
        ),
        *section(_("Not on this tab: {n}").format(n=len(report.elsewhere)), lines(elsewhere)),
        *section(_("Cannot be selected: {n}").format(n=len(report.skipped)), lines(skipped)),
    ]


def unselected_ids_text(report: IdListReport) -> str:
    """Return the ids that are not selected, one a line, each with the reason as a comment."""
    rows = [
        *((shown_id(each), _("not in the account")) for each in report.missing),
        *((each.resource_id.for_display(), _("not on this tab")) for each in report.elsewhere),
        *((each.resource_id.for_display(), BLOCKED_LABELS[reason]) for each, reason in report.skipped),
    ]
    return "".join(f"{each}  # {why}\n" for each, why in rows)
