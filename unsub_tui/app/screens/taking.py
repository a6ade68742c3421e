"""The keys that carry something out of the list or into it: copying, exporting, lists of marks."""

from __future__ import annotations

from pathlib import Path

from textual import work

from unsub_tui.app.screens.dialogs import Notice
from unsub_tui.app.screens.listing import while_filter_holds
from unsub_tui.app.screens.marking import MarkingScreen
from unsub_tui.app.screens.menu import Item, Menu
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.idlists import parse_ids
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.files import is_known_name, read_text
from unsub_tui.present.listing import found_text, marks_file
from unsub_tui.present.resources import name_and_id
from unsub_tui.present.words import _, plural

LARGEST = 20_000_000
"""Bytes of a file of ids; a hundred thousand ids take 4 MB."""


class TakingScreen(MarkingScreen):
    """A list screen from which lists are taken."""

    @while_filter_holds
    def action_copy(self) -> None:
        """Show the id under the cursor, and put it into the terminal's clipboard."""
        resource = self.here
        if resource is None:
            self.say(_("nothing is listed here"))
            return
        shown = resource.resource_id.clean()
        self.app.copy_to_clipboard(shown)
        self.say(_("id {id} (copied where the terminal allows it)").format(id=shown))

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_copy_marked(self) -> None:
        """Show the marked ids, and put them into the terminal's clipboard."""
        marked = self._marked()
        if not marked:
            self.say(_("nothing is marked"))
            return
        self.app.copy_to_clipboard("\n".join(each.resource_id.clean() for each in marked))
        title = plural(
            "{n} id, copied where the terminal allows it", "{n} ids, copied where the terminal allows it", len(marked)
        )
        await self.app.push_screen_wait(Notice(title, [name_and_id(each) for each in marked]))

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write what is shown, or what is marked, into a file."""
        from unsub_tui.app.screens.saving import form_items, save_list
        from unsub_tui.present.files import export_text
        from unsub_tui.present.rows import RENEWED_COLUMNS, RESOURCE_COLUMNS, renewed_row, resource_row

        rows = self.board.shown_resources()
        marked = self._marked()
        if marked:
            what = [
                Item("marked", _("the marked ones"), "m", f"{len(marked):,}"),
                Item("shown", _("what is shown"), "s", f"{len(rows):,}"),
            ]
            chosen = await self.app.push_screen_wait(Menu(_("Export"), what))
            if chosen is None:
                return
            rows = marked if chosen == "marked" else rows
        form = await self.app.push_screen_wait(Menu(_("Export as"), form_items()))
        if form is None:
            return
        board, now = self.board, self.engine.now()
        periods = {each.id: self.boards.renewals.of(each, now) for each in rows}
        data = [resource_row(each, board.reason_of(each)) | renewed_row(each, periods[each.id]) for each in rows]
        columns = (*RESOURCE_COLUMNS, *RENEWED_COLUMNS) if any(periods.values()) else RESOURCE_COLUMNS
        text = export_text(form, "resources", columns, data)
        await save_list(self, text, f"resources.{form}", len(rows))

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_save_marks(self) -> None:
        """Write the marked ids into a file."""
        marked = self._marked()
        if marked:
            from unsub_tui.app.screens.saving import save_list

            await save_list(self, marks_file(marked), "marks.txt", len(marked))
        else:
            self.say(_("nothing is marked"))

    @while_filter_holds
    @work(exclusive=True, group="dialog")
    async def action_load_marks(self) -> None:
        """Mark what a pasted list or a file names."""
        if not self.board.is_whole:
            self.say(_("the list is not whole yet; ids could not be found that are there"))
            return
        from unsub_tui.app.screens.ids_prompt import IdsPrompt

        text = await self.app.push_screen_wait(IdsPrompt())
        if text is None:
            return
        try:
            ids = parse_ids(self._content(text))
        except UnsubError as error:
            await self.app.push_screen_wait(Notice(_("Nothing was marked"), [error.problem.detail]))
            return
        except ValueError as error:
            await self.app.push_screen_wait(Notice(_("Nothing was marked"), [clean(str(error))]))
            return
        found = self.board.mark_ids(ids)
        self.marks_changed("")
        await self.app.push_screen_wait(
            Notice(_("Marked from a list"), found_text(found.marked, found.missing, found.skipped))
        )

    def _content(self, text: str) -> str:
        """Return a file's text where one line names a file, and the text itself otherwise."""
        is_known = self.board.catalogue.get(text) is not None
        if "\n" in text or is_known:
            return text
        is_name = "/" in text or text.startswith("~") or Path(text).suffix
        is_file = is_name or is_known_name(text)
        return read_text(text, LARGEST) if is_file else text

    def _marked(self) -> list[Resource]:
        catalogue = self.board.catalogue
        return [each for key in self.board.marked_ids() if (each := catalogue.get(key)) is not None]
