"""All commands of the app in one table.

Key bindings, footer, help screen, command palette, the ids in `[keys]` and `docs/keys.md` are derived from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import ActiveBinding, Binding, BindingType

from unsub_tui.present.i18n import _


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a key runs."""

    id: str
    """Stable identifier, used for remapping."""
    keys: str
    """Comma-separated keys under their Textual names; the footer shows the first key."""
    action: str
    label: str
    """Footer label of one or two words."""
    help: str
    """A sentence for the help screen; an empty string hides the command there."""
    in_footer: bool = False
    """Whether the footer shows the command."""

    @property
    def binding(self) -> Binding:
        """The command as a Textual binding."""
        return Binding(self.keys, self.action, self.label, show=self.in_footer, id=self.id, tooltip=self.help)


FOOTER = True
"""Marks a command that the footer shows."""

# One or two lines per command.
# fmt: off
COMMANDS: dict[str, tuple[Command, ...]] = {
    "everywhere": (
        Command("app.help", "question_mark,f1", "app.help", _("Help"), _("Show this page"), FOOTER),
        Command("app.commands", "ctrl+p,colon", "app.commands", _("Commands"), _("Find a command by name")),
        Command("app.repaint", "ctrl+l", "app.repaint", _("Repaint"), _("Redraw the screen")),
        Command("app.read-only", "ctrl+r", "app.read_only", _("Read-only"),
            _("Turn on read-only mode, also for a run in progress, until the program ends")),
        Command("app.suspend", "ctrl+z", "app.suspend", _("Suspend"),
            _("Suspend the program; not while a request is in flight")),
        Command("app.interrupt", "ctrl+c", "interrupt", _("Stop"),
            _("Stop a run after the request in flight; otherwise, press twice to quit")),
    ),
    "list": (
        Command("list.select", "space,insert", "run('toggle_row')", _("Select"),
            _("Select or deselect this row and move down; in a range: select the range"), FOOTER),
        Command("list.filter", "slash", "run('filter')", _("Filter"),
            _("Filter by words, or by terms such as type:ecs, expires<30d, name:web-*, is:selected"), FOOTER),
        Command("list.review", "p", "run('review')", _("Review"), _("Review the selected resources"), FOOTER),
        Command("list.review-row", "u", "run('review_row')", _("Row"), _("Review only the current row"), FOOTER),
        Command("list.more-actions", "A", "run('more_actions')", _("More"),
            _("Other actions for the selection: auto-renewal on or off, pay-per-use at expiry; can be undone"), FOOTER),
        Command("list.more-actions-row", "U", "run('more_actions_row')", _("More, row"),
            _("Other actions for the current row only")),
        Command("list.details", "enter", "run('details')", _("Details"),
            _("Show all fields, attached resources and the data that would be lost"), FOOTER),
        Command("list.sort", "s", "run('sort')", _("Sort"), _("Sort by a column")),
        Command("list.reverse", "S", "run('reverse')", _("Reverse"), _("Reverse the sort order")),
        Command("list.columns", "o", "run('columns')", _("Columns"), _("Choose the columns")),
        Command("list.filters", "F", "run('named_filters')", _("Filters"), _("Apply a named filter, or name this one")),
        Command("list.counts", "f", "run('counts')", _("Counts"),
            _("Show counts per service, region, project and month beside the list; enter filters by one")),
        Command("list.region", "R", "run('region')", _("Region"), _("Show one region only")),
        Command("list.fold", "t", "run('fold')", _("Fold"), _("Fold or unfold the attached resources of this row")),
        Command("list.fold-all", "T", "run('fold_all')", _("Fold all"), _("Fold or unfold all attached resources")),
        Command("list.range", "v,ctrl+at", "run('range')", _("Range"), _("Start a range; again: select its rows")),
        Command("list.select-down", "shift+down", "run('select_and_move', 1)", _("Select down"),
            _("Select the row and move down")),
        Command("list.select-up", "shift+up", "run('select_and_move', -1)", _("Select up"),
            _("Select the row and move up")),
        Command("list.select-all", "a", "run('select_shown')", _("Select all"), _("Select all rows shown")),
        Command("list.deselect-all", "n", "run('deselect_shown')", _("Deselect all"), _("Deselect all rows shown")),
        Command("list.invert", "i,asterisk", "run('invert_shown')", _("Invert"),
            _("Invert the selection of all rows shown")),
        Command("list.select-matching", "plus,kp_plus", "run('select_matching')", _("Select by filter"),
            _("Select all resources of the whole list that match a filter")),
        Command("list.deselect-matching", "minus,kp_minus", "run('deselect_matching')", _("Deselect by filter"),
            _("Deselect all resources of the whole list that match a filter")),
        Command("list.clear-selection", "ctrl+backslash", "run('clear_selection')", _("Clear selection"),
            _("Deselect all resources, including hidden ones")),
        Command("list.undo", "z", "run('undo')", _("Undo"), _("Undo the last change of the selection")),
        Command("list.redo", "Z", "run('redo')", _("Redo"), _("Redo the last change of the selection")),
        Command("list.selected-only", "m", "run('selected_only')", _("Selected only"),
            _("Show selected resources only, or all")),
        Command("list.refresh", "r", "run('refresh')", _("Refresh"), _("Read the list again")),
        Command("list.estimate", "dollar_sign", "run('estimate_selection')", _("Estimate refund"),
            _("Estimate the refund of the selection without a review")),
        Command("list.copy", "y", "run('copy')", _("Copy id"), _("Show and copy the id")),
        Command("list.copy-selected", "Y", "run('copy_selected')", _("Copy selected ids"),
            _("Show and copy the selected ids")),
        Command("list.export", "e", "run('export')", _("Export"),
            _("Write the rows shown, or the selected ones, to a file: CSV, JSON, JSON Lines, Markdown")),
        Command("list.save-selection", "w", "run('save_selection')", _("Save selection"),
            _("Write the selected ids to a file")),
        Command("list.load-selection", "W", "run('load_selection')", _("Load selection"),
            _("Select the resources of a pasted list or a file of ids")),
        Command("list.blocked", "b", "run('blocked')", _("Not allowed"),
            _("Show only resources that cannot be unsubscribed from, with the reason, or all")),
        Command("list.active", "1", "run('tab', 'active')", _("Active"), _("Active Resources")),
        Command("list.renewal", "2", "run('tab', 'renewal')", _("Renewals"),
            _("Renewal Periods: unsubscribe only from renewal periods that have not begun")),
        Command("list.inactive", "3", "run('tab', 'inactive')", _("Inactive"), _("Inactive: bought and not begun")),
        Command("list.records", "4,L", "run('records')", _("Records"), _("Records: runs and unsubscription orders")),
        Command("list.profiles", "P", "app.profiles", _("Profiles"),
            _("Switch to another profile: account, site or user")),
        Command("list.back", "escape", "run('step_back')", _("Back"),
            _("Leave a range, close the panel, clear the filter, show all again")),
        Command("list.quit", "q", "app.quit", _("Quit"), _("Quit; asks if resources are selected"), FOOTER),
        Command("list.no-delete", "d,D,x,X,delete,ctrl+d,ctrl+k", "run('no_delete')", "", ""),
    ),
    "table": (
        Command("table.up", "up,k", "move(-1)", _("Up"), _("One row up")),
        Command("table.down", "down,j", "move(1)", _("Down"), _("One row down")),
        Command("table.page-up", "pageup,ctrl+b", "page(-1)", _("Page up"), _("One page up")),
        Command("table.page-down", "pagedown,ctrl+f", "page(1)", _("Page down"), _("One page down")),
        Command("table.top", "g,home", "top", _("Top"), _("First row")),
        Command("table.bottom", "G,end", "bottom", _("Bottom"), _("Last row")),
        Command("table.left", "left,h", "sideways(-1)", _("Left"), _("Columns to the left")),
        Command("table.right", "right,l", "sideways(1)", _("Right"), _("Columns to the right")),
    ),
    "filter": (
        Command("filter.leave", "escape", "leave", _("Clear"), _("Clear the filter; if empty, leave it"), FOOTER),
        Command("filter.done", "enter", "done", _("To the list"), _("Apply the filter and go to the list"), FOOTER),
        Command("filter.older", "up", "history(-1)", _("Older"), _("An older filter"), FOOTER),
        Command("filter.newer", "down", "history(1)", _("Newer"), _("A newer filter; after the newest: to the list")),
    ),
    "side panel": (
        Command("side.choose", "enter,space", "choose", _("Filter"), _("Filter by this, or no longer"), FOOTER),
        Command("side.back", "escape", "leave", _("To the list"), _("Go to the list"), FOOTER),
    ),
    "page": (
        Command("page.up", "up,k", "move(-1)", _("Up"), _("One entry up")),
        Command("page.down", "down,j", "move(1)", _("Down"), _("One entry down")),
        Command("page.page-up", "pageup,ctrl+b", "page(-1)", _("Page up"), _("One page up")),
        Command("page.page-down", "pagedown,ctrl+f", "page(1)", _("Page down"), _("One page down")),
        Command("page.top", "g,home", "top", _("Top"), _("To the beginning")),
        Command("page.bottom", "G,end", "bottom", _("End"), _("To the end"), FOOTER),
    ),
    "page screen": (
        Command("page.back", "escape,q", "back", _("Back"), _("Go back"), FOOTER),
    ),
    "details": (
        Command("details.copy", "y", "copy", _("Copy id"), _("Show and copy the id"), FOOTER),
    ),
    "review": (
        Command("review.toggle-item", "space", "toggle_item", _("Exclude"),
            _("Exclude this item from the plan, or include it again"), FOOTER),
        Command("review.continue", "c,enter", "proceed", _("Continue"),
            _("Continue to the confirmation: reason, risks and phrase"), FOOTER),
        Command("review.next-section", "n,right_square_bracket", "section(1)", _("Next part"),
            _("Go to the next heading: blocked resources, data loss, totals"), FOOTER),
        Command("review.previous-section", "N,left_square_bracket", "section(-1)", _("Previous part"),
            _("Go to the previous heading")),
        Command("review.more-actions", "A", "more_actions", _("Alternatives"),
            _("Review another action for the included items: auto-renewal on or off, pay-per-use at expiry"), FOOTER),
        Command("review.reload-quotes", "r", "reload_quotes", _("Read bills again"), _("Read the bills again")),
        Command("review.export", "e", "export", _("Export"),
            _("Write the amounts of the plan to a file: CSV, JSON, JSON Lines, Markdown")),
        Command("review.save", "w", "save", _("Save plan"),
            _("Write a plan file for another person to review and apply")),
        Command("review.back", "escape,q", "back", _("Back"), _("Go back; nothing is submitted"), FOOTER),
    ),
    "confirm": (
        Command("confirm.next", "tab", "app.focus_next", _("Next field"), _("To the next field"), FOOTER),
        Command("confirm.previous", "shift+tab", "app.focus_previous", _("Previous field"),
            _("To the previous field"), FOOTER),
        Command("confirm.down", "down", "app.focus_next", _("Next"), _("To the next field")),
        Command("confirm.up", "up", "app.focus_previous", _("Back"), _("To the previous field")),
        Command("confirm.back", "escape", "back", _("Cancel"), _("Go back; nothing is submitted"), FOOTER),
    ),
    "check box": (
        Command("checkbox.toggle", "space", "toggle_checkbox", _("Acknowledge"),
            _("Acknowledge the risk, or no longer"), FOOTER),
    ),
    "radio set": (
        Command("radio-set.up", "up,k", "choose(-1)", _("Up"), _("Choose the option above")),
        Command("radio-set.down", "down,j", "choose(1)", _("Choose"), _("Choose the option below"), FOOTER),
    ),
    "run": (
        Command("run.stop", "s", "stop", _("Stop after this one"),
            _("Submit nothing more after the request in flight"), FOOTER),
        Command("run.leave", "s", "leave", _("Leave the rest"),
            _("Stop waiting for submitted items; check their status later from Records"), FOOTER),
        Command("run.export", "e", "export", _("Export"),
            _("Write the items of an ended run as CSV, JSON, JSON Lines, or this page as Markdown"), FOOTER),
        Command("run.undo", "z", "undo", _("Undo"), _("Review the reversal of this run, if possible"), FOOTER),
        Command("run.close", "enter,escape,q", "close", _("Close"), _("Return to the list after the run"), FOOTER),
    ),
    "watched run": (
        Command("watch-run.back", "escape,q,enter", "back", _("Back"), _("Leave this view; the run continues"), FOOTER),
    ),
    "records": (
        Command("records.open", "enter", "open", _("Details"),
            _("Show the items of a run or the amounts of an order; on a heading: fold its group"), FOOTER),
        Command("records.filter", "slash", "screen.filter", _("Filter"),
            _("Filter by words, or is:others, state:pending, user:ann, date<30d, fee>0, ticket:CH-7"), FOOTER),
        Command("records.export", "e", "screen.export", _("Export"),
            _("Write the rows shown to a file: CSV, JSON, JSON Lines, Markdown"), FOOTER),
        Command("records.resume", "s", "check_status", _("Check status"),
            _("Check the status of pending items, late bills and leftovers; submits nothing"), FOOTER),
        Command("records.undo", "z", "undo", _("Undo"), _("Review the reversal of this run, if possible"), FOOTER),
        Command("records.older", "o", "older", _("Older"), _("Read the orders of one more year"), FOOTER),
        Command("records.refresh", "r", "refresh", _("Refresh"), _("Read runs and orders again")),
        Command("records.copy", "y", "copy", _("Copy id"), _("Show and copy the id")),
        Command("records.back", "q", "screen.back", _("Back to the list"), _("Return to the list"), FOOTER),
        Command("records.escape", "escape", "screen.step_back", _("Back"),
            _("Clear the filter; if empty, return to the list")),
        Command("records.profiles", "P", "app.profiles", _("Profiles"),
            _("Switch to another profile: account, site or user")),
        Command("records.active", "1", "screen.tab('active')", _("Active"), _("Active Resources")),
        Command("records.renewal", "2", "screen.tab('renewal')", _("Renewals"), _("Renewal Periods")),
        Command("records.inactive", "3", "screen.tab('inactive')", _("Inactive"), _("Inactive")),
        Command("records.show", "4,L", "screen.show", _("Records"), ""),
    ),
    "record": (
        Command("record.export", "e", "export", _("Export"),
            _("Write the lines to a file as CSV, JSON, JSON Lines, or this page as Markdown"), FOOTER),
        Command("record.copy", "y", "copy", _("Copy id"), _("Show and copy the id"), FOOTER),
    ),
    "run record": (
        Command("record.undo", "z", "undo", _("Undo"), _("Review the reversal of this run, if possible"), FOOTER),
    ),
    "dialog": (
        Command("dialog.suspend", "ctrl+z", "app.suspend", _("Suspend"), ""),
    ),
    "menu": (
        Command("menu.cancel", "escape,ctrl+c", "cancel", _("Back"), _("Choose nothing"), FOOTER),
        Command("menu.choose", "enter", "choose", _("Choose"), _("Choose this item"), FOOTER),
    ),
    "check list": (
        Command("checklist.cancel", "escape,ctrl+c", "cancel", _("Back"), _("Change nothing"), FOOTER),
        Command("checklist.toggle", "space", "toggle_item", _("Check"), _("Check or uncheck"), FOOTER),
        Command("checklist.accept", "enter", "accept", _("Done"), _("Apply"), FOOTER),
    ),
    "prompt": (
        Command("prompt.cancel", "escape,ctrl+c", "cancel", _("Back"), _("Cancel"), FOOTER),
    ),
    "question": (
        Command("question.cancel", "escape,ctrl+c", "cancel", _("No"), _("Change nothing"), FOOTER),
        Command("question.other", "left,right", "app.focus_next", _("Other button"), _("Go to the other button")),
        Command("question.down", "down,j", "scroll(1)", _("Down"), _("One line down")),
        Command("question.up", "up,k", "scroll(-1)", _("Up"), _("One line up")),
        Command("question.page-down", "pagedown", "page(1)", _("Page down"), _("One page down")),
        Command("question.page-up", "pageup", "page(-1)", _("Page up"), _("One page up")),
        Command("question.end", "end,G", "end(1)", _("End"), _("To the end")),
        Command("question.top", "home,g", "end(-1)", _("Top"), _("To the beginning")),
    ),
    "open profile": (
        Command("open-profile.cancel", "escape,ctrl+c", "cancel", _("Stay"), _("Keep the current profile"), FOOTER),
    ),
}
# fmt: on
"""The commands by place: the screen or widget whose keys run them. Their order is that of the footer."""

COMMAND_IDS = frozenset(command.id for commands in COMMANDS.values() for command in commands)
"""The ids that a keymap may contain."""


def bindings(place: str) -> list[BindingType]:
    """Return the key bindings of a screen or widget."""
    return [command.binding for command in COMMANDS[place]]


KEY_NAMES = {
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "kp_plus": "+",
    "kp_minus": "-",
    "dollar_sign": "$",
    "colon": ":",
    "slash": "/",
    "space": "space",
    "escape": "esc",
    "asterisk": "*",
    "ctrl+backslash": "ctrl+\\",
    "circumflex_accent": "^",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "ctrl+at": "ctrl+@",
}
"""Display names of keys, by Textual name, if they differ."""


def key_of(active: Iterable[ActiveBinding], command: str) -> str:
    """Return the display name of the key of a command, including remapped keys, or "" if it has no key."""
    return next((key_name(each.binding.key) for each in active if each.binding.id == command), "")


def key_name(key: str) -> str:
    """Return the display name of a key."""
    return KEY_NAMES.get(key, key)
