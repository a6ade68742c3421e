"""The filter of the list: applied when it is typed, and again when the findings that it uses have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unsub_tui.present.status_line import unknown_findings_text, unquoted_text

if TYPE_CHECKING:
    from unsub_tui.app.screens.resources.list_pane import ListPane
    from unsub_tui.listmodel.filters import Query


class ListFilter:
    """Applies the filter of a list pane. Findings are read later: those of all rows take longer than a key may."""

    def __init__(self, pane: ListPane) -> None:
        self._pane = pane
        self._is_note_due = False
        """Whether the note about the filter waits for findings."""

    def apply(self, query: Query) -> None:
        """Apply a filter if it differs from the current one."""
        resources = self._pane.resources
        if query.text != resources.query.text:
            self._pane.update(lambda: resources.rows.set_filter(query))
            self._show_note()
            if query.finding_fields:
                self._pane.post_message(self._pane.DetailsRequested())

    def apply_again(self) -> None:
        """Apply the filter to the findings that have been read since."""
        self._pane.update(self._pane.resources.rows.update_visible)
        if self._is_note_due:
            self._show_note()

    def request_findings(self) -> None:
        """Ask for findings that the filter or the counts use, and that have changed since they were read."""
        if self._pane.resources.rows.facts.outdated_findings:
            self._pane.post_message(self._pane.FindingsOutdated())

    def complete_findings(self) -> None:
        """Read the findings that the filter uses now: a command is about to rely on its result."""
        rows = self._pane.resources.rows
        if self._has_outdated_findings:
            for _step in rows.facts.refresh_findings(rows.query.finding_fields):
                pass
            self.apply_again()

    @property
    def _has_outdated_findings(self) -> bool:
        rows = self._pane.resources.rows
        return not set(rows.query.finding_fields).isdisjoint(rows.facts.outdated_findings)

    def _show_note(self) -> None:
        """Show why rows are not found, once the findings that the filter uses have been read."""
        self._is_note_due = self._has_outdated_findings
        resources = self._pane.resources
        query, rows = resources.query, resources.rows
        if self._is_note_due or rows.filter_error is not None:
            return
        if query.money_terms and (unquoted := unquoted_text(resources.unquoted_count)):
            self._pane.set_status(unquoted)
        if unknown := unknown_findings_text(rows.unknown_count, query.finding_fields):
            self._pane.set_status(unknown)
