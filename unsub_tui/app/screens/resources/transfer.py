"""Commands that copy and export resources, and save and load lists of selected ids."""

from __future__ import annotations

from asyncio import sleep
from pathlib import Path

from unsub_tui.app.dialogs.dialog import Notice
from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.screens.base import BaseScreen, copy_id
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.files import is_existing_path, read_text
from unsub_tui.listmodel.id_lists import MAX_ID_FILE_BYTES, parse_ids
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_details
from unsub_tui.present.resources import display_name, name_and_id

FACTS_AT_ONCE = 8
"""Number of rows whose facts are written before a key gets its turn: all findings about one take a millisecond."""


class Transfer:
    """Copies and exports the rows of a list pane; writes and reads its selection."""

    def __init__(self, pane: ListPane, screen: BaseScreen[None]) -> None:
        self._pane = pane
        self._screen = screen
        pane.add_commands(
            {
                "copy": self.copy,
                "copy_selected": self.copy_selected,
                "export": self.export,
                "save_selection": self.save_selection,
                "load_selection": self.load_selection,
            },
            need_rows=True,
        )

    def copy(self) -> None:
        """Show the current resource's id and copy it to the clipboard."""
        resource = self._pane.current_resource
        self._pane.set_status(_("The list is empty.") if resource is None else copy_id(self._pane.app, resource.id))

    async def copy_selected(self) -> None:
        """Show the selected ids and copy them to the clipboard."""
        selected = self._pane.resources.selected_resources()
        if not selected:
            self._pane.set_status(_("Nothing is selected."))
            return
        self._pane.app.copy_to_clipboard("\n".join(each.resource_id.for_display() for each in selected))
        title = plural(
            "{n} id, copied if the terminal allows it", "{n} ids, copied if the terminal allows it", len(selected)
        )
        await self._pane.app.push_screen_wait(Notice(title, [name_and_id(each) for each in selected]))

    async def export(self) -> None:
        """Write the visible or the selected resources to a file."""
        from unsub_tui.app.dialogs.export import choose_format, save_list
        from unsub_tui.present.export.fact_cells import FACT_COLUMNS, add_facts
        from unsub_tui.present.export.formats import export_text
        from unsub_tui.present.export.rows import RENEWAL, RESOURCE, resource_row

        listed = self._pane.resources
        rows, selected = listed.shown_resources(), listed.selected_resources()
        if selected:
            scopes = [
                MenuItem("selected", _("Selected resources"), "m", f"{len(selected):,}"),
                MenuItem("shown", _("Rows shown"), "s", f"{len(rows):,}"),
            ]
            chosen = await self._pane.app.push_screen_wait(Menu(_("Export"), scopes))
            if chosen is None:
                return
            rows = selected if chosen == "selected" else rows
        form = await choose_format(self._screen)
        if form is None:
            return
        periods = {each.id: listed.context.periods_of(each) for each in rows}
        data = [resource_row(each, listed.reason_of(each), listed.context.now(), periods[each.id]) for each in rows]
        columns = (*RESOURCE.columns, *RENEWAL.columns) if any(periods.values()) else RESOURCE.columns
        if listed.context.inventory is not None:
            columns = (*columns, *FACT_COLUMNS)
            for number, (row, resource) in enumerate(zip(data, rows, strict=True)):
                add_facts(row, listed.context.findings_of(resource), form)
                if number % FACTS_AT_ONCE == 0:
                    await sleep(0)
        text = export_text(form, "resources", columns, data, rows_at_risk=listed.catalog.rows_at_risk)
        await save_list(self._screen, text, f"resources.{form}", len(rows))

    async def save_selection(self) -> None:
        """Write the selected ids to a file."""
        selected = self._pane.resources.selected_resources()
        if selected:
            from unsub_tui.app.dialogs.export import save_list

            text = "".join(f"{each.id}  # {display_name(each)}\n" for each in selected)
            await save_list(self._screen, text, "selection.txt", len(selected))
        else:
            self._pane.set_status(_("Nothing is selected."))

    async def load_selection(self) -> None:
        """Select the resources listed in pasted text or in a file."""
        pane = self._pane
        if not pane.resources.is_complete:
            pane.set_status(_("The list is incomplete, so ids might not be found."))
            return
        from unsub_tui.app.dialogs.id_list import IdListDialog
        from unsub_tui.app.screens.page_screens import IdListScreen
        from unsub_tui.present.pages.id_list_report import IdListReport, column_lines

        text = await pane.app.push_screen_wait(IdListDialog())
        if text is None:
            return
        catalog = pane.resources.catalog
        try:
            id_list = parse_ids(self._read_id_text(text), lambda each: catalog.get(each) is not None)
        except UnsubError as error:
            await pane.app.push_screen_wait(Notice(_("Nothing was selected"), [problem_details(error.problem)]))
            return
        found = pane.resources.selection.select_ids(id_list.ids)
        known = {each: catalog.get(each) for each in found.missing}
        report = IdListReport(
            id_list,
            found.selected_count,
            [each for each, resource in known.items() if resource is None],
            [resource for resource in known.values() if resource is not None],
            found.skipped,
        )
        text = _("Selected from the list: {n}.").format(n=f"{found.selected_count:,}")
        pane.selection_changed(" ".join([text, *column_lines(id_list)]))
        if not id_list.ids:
            pane.set_status(_("The text contains no ids."))
        elif not report.is_clear:
            await pane.app.push_screen_wait(IdListScreen(self._screen.engine, self._screen.options, report))

    def _read_id_text(self, text: str) -> str:
        """Return the content of the file if the text is a file name, else the text itself."""
        name = text.strip()
        if any(char in name for char in "\r\n\t") or self._pane.resources.catalog.get(name) is not None:
            return text
        is_file = "/" in name or name.startswith("~") or Path(name).suffix or is_existing_path(name)
        return read_text(name, MAX_ID_FILE_BYTES) if is_file else text
