"""Commands that copy and export resources, and save and load lists of selected ids."""

from __future__ import annotations

from pathlib import Path

from textual import work

from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.dialogs.yes_no import Notice
from unsub_tui.app.screens.resources.list_screen import requires_valid_filter
from unsub_tui.app.screens.resources.row_selection import SelectionMixin
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.files import is_existing_path, read_text
from unsub_tui.listmodel.id_lists import parse_ids
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_details
from unsub_tui.present.resources import name_and_id
from unsub_tui.present.status_line import id_list_result_text, selection_file_text

MAX_ID_FILE_BYTES = 20_000_000
"""Maximum size of a file of ids; 100,000 ids take 4 MB."""


class TransferMixin(SelectionMixin):
    """A list screen with copy, export, and import and export of the selection."""

    @requires_valid_filter
    def action_copy(self) -> None:
        """Show the current resource's id and copy it to the clipboard."""
        resource = self.current_resource
        if resource is None:
            self.set_status(_("nothing is listed here"))
            return
        shown = resource.resource_id.for_display()
        self.app.copy_to_clipboard(shown)
        self.set_status(_("id {id} (copied where the terminal allows it)").format(id=shown))

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_copy_selected(self) -> None:
        """Show the selected ids and copy them to the clipboard."""
        marked = self._selected_resources()
        if not marked:
            self.set_status(_("nothing is marked"))
            return
        self.app.copy_to_clipboard("\n".join(each.resource_id.for_display() for each in marked))
        title = plural(
            "{n} id, copied where the terminal allows it", "{n} ids, copied where the terminal allows it", len(marked)
        )
        await self.app.push_screen_wait(Notice(title, [name_and_id(each) for each in marked]))

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the visible or the selected resources to a file."""
        from unsub_tui.app.dialogs.export import format_items, save_list
        from unsub_tui.present.export.formats import export_text
        from unsub_tui.present.export.forms import RENEWAL_COLUMNS, RESOURCE_COLUMNS
        from unsub_tui.present.export.rows import resource_row

        rows = self.resource_list.shown_resources()
        marked = self._selected_resources()
        if marked:
            scopes = [
                MenuItem("marked", _("the marked ones"), "m", f"{len(marked):,}"),
                MenuItem("shown", _("what is shown"), "s", f"{len(rows):,}"),
            ]
            chosen = await self.app.push_screen_wait(Menu(_("Export"), scopes))
            if chosen is None:
                return
            rows = marked if chosen == "marked" else rows
        form = await self.app.push_screen_wait(Menu(_("Export as"), format_items()))
        if form is None:
            return
        board, now = self.resource_list, self.engine.clock.now()
        periods = {each.id: self.resource_tabs.renewals.upcoming_payments(each, now) for each in rows}
        data = [resource_row(each, board.reason_of(each), periods[each.id]) for each in rows]
        columns = (*RESOURCE_COLUMNS, *RENEWAL_COLUMNS) if any(periods.values()) else RESOURCE_COLUMNS
        text = export_text(form, "resources", columns, data)
        await save_list(self, text, f"resources.{form}", len(rows))

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_save_selection(self) -> None:
        """Write the selected ids to a file."""
        marked = self._selected_resources()
        if marked:
            from unsub_tui.app.dialogs.export import save_list

            await save_list(self, selection_file_text(marked), "marks.txt", len(marked))
        else:
            self.set_status(_("nothing is marked"))

    @requires_valid_filter
    @work(exclusive=True, group="dialog")
    async def action_load_selection(self) -> None:
        """Select the resources listed in pasted text or in a file."""
        if not self.resource_list.is_complete:
            self.set_status(_("the list is not whole yet; ids could not be found that are there"))
            return
        from unsub_tui.app.dialogs.id_list import IdListDialog

        text = await self.app.push_screen_wait(IdListDialog())
        if text is None:
            return
        try:
            ids = parse_ids(self._read_id_text(text))
        except UnsubError as error:
            await self.app.push_screen_wait(Notice(_("Nothing was marked"), [problem_details(error.problem)]))
            return
        found = self.resource_list.select_ids(ids)
        self.show_selection_change("")
        await self.app.push_screen_wait(
            Notice(_("Marked from a list"), id_list_result_text(found.selected_count, found.missing, found.skipped))
        )

    def _read_id_text(self, text: str) -> str:
        """Return the content of the file if the text is a file name, else the text itself."""
        is_known = self.resource_list.catalogue.get(text) is not None
        if "\n" in text or is_known:
            return text
        is_name = "/" in text or text.startswith("~") or Path(text).suffix
        is_file = is_name or is_existing_path(text)
        return read_text(text, MAX_ID_FILE_BYTES) if is_file else text

    def _selected_resources(self) -> list[Resource]:
        catalogue = self.resource_list.catalogue
        return [each for key in self.resource_list.selected_ids() if (each := catalogue.get(key)) is not None]
