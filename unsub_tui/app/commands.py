"""All commands of the app in one table.

Key bindings, footer, help screen, command palette, the ids in `[keys]` and `docs/keys.md` are derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import lookup

from textual.binding import Binding, BindingType
from textual.screen import Screen

from unsub_tui.present.i18n import _
from unsub_tui.present.pages.key_table import KeyRow

FOOTER = True
"""Marks a command that the footer shows."""


def command(  # noqa: PLR0917 - a row of the table
    command_id: str,
    keys: str,
    action: str,
    label: str,
    help_text: str,
    in_footer: bool = False,  # noqa: FBT001, FBT002 - written as FOOTER
) -> Binding:
    """Return the binding of a command.

    The id is stable, for `[keys]`, which replaces the comma-separated keys. The label of the footer has one or two
    words. The help text is a sentence for the help screen; "" hides the command there.
    """
    return Binding(keys, action, label, show=in_footer, id=command_id, tooltip=help_text)


# One or two lines per command.
# fmt: off
COMMANDS: dict[str, tuple[Binding, ...]] = {
    "everywhere": (
        command("app.help", "question_mark,f1", "app.help", _("Help"), _("Show the keys of this screen"), FOOTER),
        command("app.commands", "ctrl+p,colon", "app.commands", _("Commands"), _("Find a command by name")),
        command("app.repaint", "ctrl+l", "app.repaint", _("Repaint"), _("Redraw the screen")),
        command("app.read-only", "ctrl+o", "app.read_only", _("Read-only"),
            _("Turn on read-only mode, also for a run in progress; again: off, after the name of the account")),
        command("app.suspend", "ctrl+z", "app.suspend", _("Suspend"),
            _("Suspend the program; not while a request is in flight")),
        command("app.interrupt", "ctrl+c", "interrupt", _("Stop"),
            _("Stop a run after the request in flight; otherwise, press twice to quit")),
    ),
    "list": (
        command("list.select", "space,insert", "run('toggle_row')", _("Select"),
            _("Select or deselect this row and move down; in a range: select the range"), FOOTER),
        command("list.filter", "slash", "run('filter')", _("Filter"),
            _("Filter by words, or by terms such as type:ecs, expires<30, name:web-*, is:selected"), FOOTER),
        command("list.review", "p", "run('review')", _("Review"), _("Review the selected resources"), FOOTER),
        command("list.review-row", "u", "run('review_row')", _("Row"), _("Review only the current row"), FOOTER),
        command("list.review-bundle", "B", "run('review_bundle')", _("Bundle"),
            _("Review the current row with everything that was bought with it, as one bundle")),
        command("list.more-actions", "A", "run('more_actions')", _("More"),
            _("Other actions for the selection: auto-renewal on or off, pay-per-use at expiry; can be undone"), FOOTER),
        command("list.more-actions-row", "U", "run('more_actions_row')", _("More for row"),
            _("Other actions for the current row only")),
        command("list.details", "enter", "run('details')", _("Details"),
            _("Show all fields, attached resources and the data that would be lost"), FOOTER),
        command("list.sort", "s", "run('sort')", _("Sort"), _("Sort by a column")),
        command("list.reverse", "S", "run('reverse')", _("Reverse"), _("Reverse the sort order")),
        command("list.columns", "o", "run('columns')", _("Columns"), _("Choose the columns")),
        command("list.filters", "F", "run('named_filters')", _("Filters"),
            _("Apply a filter for a cleanup or a named one, or name the current one")),
        command("list.counts", "f", "run('counts')", _("Counts"),
            _("Show counts per run state, service, region, month and tag beside the list; enter filters by one")),
        command("list.region", "R", "run('region')", _("Region"), _("Show one region only")),
        command("list.fold", "t", "run('fold')", _("Fold"), _("Fold or unfold the attached resources of this row")),
        command("list.fold-all", "T", "run('fold_all')", _("Fold all"), _("Fold or unfold all attached resources")),
        command("list.range", "v,ctrl+at", "run('range')", _("Range"), _("Start a range; again: select its rows")),
        command("list.select-down", "shift+down", "run('select_and_move', 1)", _("Select down"),
            _("Select the row and move down")),
        command("list.select-up", "shift+up", "run('select_and_move', -1)", _("Select up"),
            _("Select the row and move up")),
        command("list.select-all", "a", "run('select_shown')", _("Select all"), _("Select all rows shown")),
        command("list.deselect-all", "n", "run('deselect_shown')", _("Deselect all"), _("Deselect all rows shown")),
        command("list.invert", "i,asterisk", "run('invert_shown')", _("Invert"),
            _("Invert the selection of all rows shown")),
        command("list.select-matching", "plus,kp_plus", "run('select_matching')", _("Select by filter"),
            _("Select all resources of the whole list that match a filter")),
        command("list.deselect-matching", "minus,kp_minus", "run('deselect_matching')", _("Deselect by filter"),
            _("Deselect all resources of the whole list that match a filter")),
        command("list.clear-selection", "ctrl+backslash", "run('clear_selection')", _("Clear selection"),
            _("Deselect all resources, including hidden ones")),
        command("list.queue-mode", "Q", "run('queue_mode')", _("Queue mode"),
            _("Switch queue mode on or off: in it, resources of any service can be selected, each an item of its own")),
        command("list.undo", "z", "run('undo')", _("Undo"), _("Undo the last change of the selection")),
        command("list.redo", "Z", "run('redo')", _("Redo"), _("Redo the last change of the selection")),
        command("list.selected-only", "m", "run('selected_only')", _("Selected only"),
            _("Show selected resources only, or all")),
        command("list.refresh", "r,ctrl+r", "run('refresh')", _("Refresh"), _("Load the list again")),
        command("list.estimate", "dollar_sign", "run('estimate_selection')", _("Estimate refund"),
            _("Estimate the refund of the selection without a review")),
        command("list.copy", "y", "run('copy')", _("Copy id"), _("Show and copy the id")),
        command("list.copy-selected", "Y", "run('copy_selected')", _("Copy selected ids"),
            _("Show and copy the selected ids")),
        command("list.export", "e", "run('export')", _("Export"),
            _("Write the rows shown, or the selected ones, to a file: CSV, JSON, JSON Lines, Markdown")),
        command("list.save-selection", "w", "run('save_selection')", _("Save selection"),
            _("Write the selected ids to a file")),
        command("list.load-selection", "W", "run('load_selection')", _("Load selection"),
            _("Select the resources of a pasted list or a file of ids")),
        command("list.blocked", "b", "run('blocked')", _("Not allowed"),
            _("Show only resources that cannot be unsubscribed from, with the reason, or all")),
        command("list.active", "1", "run('tab', 'active')", _("Active"), _("Active Resources")),
        command("list.renewal", "2", "run('tab', 'renewal')", _("Renewals"),
            _("Renewal Periods: unsubscribe only from renewal periods that have not begun")),
        command("list.inactive", "3", "run('tab', 'inactive')", _("Inactive"), _("Inactive: bought but not begun")),
        command("list.records", "4,L", "run('records')", _("Records"), _("Records: runs and unsubscription orders")),
        command("list.profiles", "P", "app.profiles", _("Profiles"),
            _("Switch to another profile: account, site or user")),
        command("list.back", "escape", "run('step_back')", _("Back"),
            _("Leave a range, close the panel, clear the filter, show all again")),
        command("list.quit", "q", "app.quit", _("Quit"), _("Quit; asks if resources are selected"), FOOTER),
        command("list.no-delete", "d,D,x,X,delete,ctrl+d,ctrl+k", "run('no_delete')", "", ""),
    ),
    "table": (
        command("table.up", "up,k", "move(-1)", _("Up"), _("One row up")),
        command("table.down", "down,j", "move(1)", _("Down"), _("One row down")),
        command("table.page-up", "pageup,ctrl+b", "page(-1)", _("Page up"), _("One page up")),
        command("table.page-down", "pagedown,ctrl+f", "page(1)", _("Page down"), _("One page down")),
        command("table.top", "g,home", "top", _("Top"), _("First row")),
        command("table.bottom", "G,end", "bottom", _("Bottom"), _("Last row")),
        command("table.left", "left,h", "sideways(-1)", _("Left"), _("Columns to the left")),
        command("table.right", "right,l", "sideways(1)", _("Right"), _("Columns to the right")),
    ),
    "filter": (
        command("filter.leave", "escape", "leave", _("Clear"), _("Clear the filter; if empty, leave it"), FOOTER),
        command("filter.done", "enter", "done", _("To the list"), _("Apply the filter and go to the list"), FOOTER),
        command("filter.complete", "tab", "complete(1)", _("Complete"),
            _("Complete the field or the value; again: the next one; right takes the first"), FOOTER),
        command("filter.complete-previous", "shift+tab", "complete(-1)", _("Previous"),
            _("The previous candidate instead")),
        command("filter.older", "up", "history(-1)", _("Older"), _("An older filter")),
        command("filter.newer", "down", "history(1)", _("Newer"), _("A newer filter; after the newest: to the list")),
    ),
    "side panel": (
        command("side.choose", "enter,space", "choose", _("Filter"),
            _("Add this value to the filter, or remove it"), FOOTER),
        command("side.back", "escape", "leave", _("To the list"), _("Go to the list"), FOOTER),
    ),
    "page": (
        command("page.up", "up,k", "move(-1)", _("Up"), _("One entry up")),
        command("page.down", "down,j", "move(1)", _("Down"), _("One entry down")),
        command("page.page-up", "pageup,ctrl+b", "page(-1)", _("Page up"), _("One page up")),
        command("page.page-down", "pagedown,ctrl+f", "page(1)", _("Page down"), _("One page down")),
        command("page.top", "g,home", "top", _("Top"), _("To the beginning")),
        command("page.bottom", "G,end", "bottom", _("End"), _("To the end"), FOOTER),
    ),
    "page screen": (
        command("page.back", "escape,q", "back", _("Back"), _("Go back"), FOOTER),
    ),
    "id list": (
        command("id-list.save", "e,w", "save", _("Save ids"),
            _("Write the ids that are not selected to a file"), FOOTER),
    ),
    "help": (
        command("help.find", "slash", "find", _("Find"), _("Show only the keys that contain some words"), FOOTER),
    ),
    "details": (
        command("details.copy", "y", "copy", _("Copy id"), _("Show and copy the id"), FOOTER),
    ),
    "review": (
        command("review.more-actions", "A", "more_actions", _("Instead"),
            _("Review another action instead: auto-renewal on or off, pay-per-use at expiry"), FOOTER),
        command("review.text", "v", "text", _("All as text"),
            _("Show the whole review as text: losses, what may remain, rules, accuracy of past estimates")),
        command("review.reload-quotes", "r,ctrl+r", "reload_quotes", _("Reload bills"), _("Load the bills again")),
        command("review.export", "e", "export", _("Export"),
            _("Write the amounts of the plan to a file: CSV, JSON, JSON Lines, Markdown")),
        command("review.save", "w", "save", _("Save plan"),
            _("Write a plan file for another person to review and apply")),
        command("review.back", "escape,q", "back", _("Back"), _("Go back; nothing is submitted"), FOOTER),
    ),
    "review table": (
        command("review.continue", "c", "screen.proceed", _("Continue"),
            _("Continue to the confirmation: risks and phrase"), FOOTER),
        command("review.toggle-item", "space", "toggle_item", _("Drop"),
            _("Drop this item from the plan, or keep it again"), FOOTER),
        command("review.details", "enter", "details", _("Details"),
            _("Show everything about this row: ids, attached resources, amounts, rules"), FOOTER),
        command("review.drop-worthless", "D", "drop_worthless", _("No refund"),
            _("Drop all items without a refund, or keep them again"), FOOTER),
        command("review.find", "slash", "find", _("Find"), _("Find a row by name, id or note; again: the next one")),
        command("review.next-danger", "n", "danger(1)", _("Next !"), _("Go to the next row with a danger")),
        command("review.previous-danger", "N", "danger(-1)", _("Previous !"),
            _("Go to the previous row with a danger")),
        command("review.danger", "1", "narrow('danger')", _("Dangers"),
            _("Show only the rows with a danger, or all again")),
        command("review.advice", "2", "narrow('advice')", _("Advice"),
            _("Show only the rows with a cheaper or another way, or all again")),
        command("review.stays", "3", "narrow('stays')", _("What stays"),
            _("Show only what is not possible and what may remain, or all again")),
    ),
    "confirm": (
        command("confirm.next", "tab", "app.focus_next", _("Next field"), _("To the next field"), FOOTER),
        command("confirm.previous", "shift+tab", "app.focus_previous", _("Previous field"),
            _("To the previous field")),
        command("confirm.down", "down", "app.focus_next", _("Next"), _("To the next field")),
        command("confirm.up", "up", "app.focus_previous", _("Back"), _("To the previous field")),
        command("confirm.back", "escape", "back", _("Cancel"), _("Go back; nothing is submitted"), FOOTER),
        command("confirm.reason", "r", "reason", _("Reason"),
            _("Choose the reason that Huawei Cloud receives, and a comment"), FOOTER),
        command("confirm.list", "l", "list_all", _("List all"),
            _("List all resources that are affected, attached ones included"), FOOTER),
    ),
    "check box": (
        command("checkbox.toggle", "space", "toggle_checkbox", _("Acknowledge"),
            _("Acknowledge the risk, or withdraw the acknowledgment"), FOOTER),
    ),
    "countdown": (
        command("countdown.stop", "escape,s,q", "screen.cancel", _("Stop"),
            _("Stop before the first request: nothing is submitted"), FOOTER),
        command("countdown.now", "enter", "screen.proceed", _("Now"),
            _("Start at once; a held key does not count"), FOOTER),
    ),
    "run control": (
        command("run.stop", "s", "screen.stop(False)", _("Stop after this item"),
            _("Submit nothing more after the request in flight"), FOOTER),
        command("run.leave", "s", "screen.stop(True)", _("Leave the rest"),
            _("Stop waiting for submitted items; check their status later from Records"), FOOTER),
    ),
    "run": (
        command("run.review-bundle", "w", "ask_for('review_bundles')", _("Review bundle"),
            _("Review the bundles of which parts were rejected"), FOOTER),
        command("run.export", "e", "export", _("Export"),
            _("Write the items of an ended run as CSV, JSON or JSON Lines, or this page as Markdown"), FOOTER),
        command("run.undo", "z", "ask_for('undo')", _("Undo"),
            _("Review the change that undoes this run, if possible"), FOOTER),
        command("run.select-again", "m", "ask_for('select_again')", _("Select again"),
            _("Select in the list what failed or was not submitted"), FOOTER),
        command("run.close", "q,escape", "close", _("Close"), _("Return to the list after the run"), FOOTER),
    ),
    "run table": (
        command("run.next-problem", "n", "problem(1)", _("Next problem"),
            _("Go to the next item that failed, is unknown, or needs attention"), FOOTER),
        command("run.previous-problem", "N", "problem(-1)", _("Previous problem"),
            _("Go to the previous item with a problem")),
        command("run.details", "enter", "details", _("Details"),
            _("Show everything about this item: problem with advice, orders, amounts"), FOOTER),
        command("run.text", "v", "text", _("Text"),
            _("Show the whole run as text: totals, items, follow-up check, next steps"), FOOTER),
    ),
    "watched run": (
        command("watch-run.back", "escape,q", "back", _("Back"), _("Leave this view; the run continues"), FOOTER),
    ),
    "records": (
        command("records.open", "enter", "open", _("Details"),
            _("Show the items of a run or the amounts of an order; on a heading: fold its group"), FOOTER),
        command("records.filter", "slash", "screen.filter", _("Filter"),
            _("Filter by words, or by terms such as is:others, state:pending, user:ann, date<30, fee>0"), FOOTER),
        command("records.export", "e", "screen.export", _("Export"),
            _("Write the rows shown to a file: CSV, JSON, JSON Lines, Markdown"), FOOTER),
        command("records.resume", "s", "check_status", _("Check status"),
            _("Check the status of pending items, late bills and leftovers; submits nothing"), FOOTER),
        command("records.undo", "z", "undo", _("Undo"),
            _("Review the change that undoes this run, if possible"), FOOTER),
        command("records.older", "o", "older", _("Older"), _("Load the orders of one more year"), FOOTER),
        command("records.refresh", "r,ctrl+r", "refresh", _("Refresh"), _("Load runs and orders again")),
        command("records.copy", "y", "copy", _("Copy id"), _("Show and copy the id")),
        command("records.back", "q", "screen.back", _("Back to the list"), _("Return to the list"), FOOTER),
        command("records.escape", "escape", "screen.step_back", _("Back"),
            _("Clear the filter; if empty, return to the list")),
        command("records.profiles", "P", "app.profiles", _("Profiles"),
            _("Switch to another profile: account, site or user")),
        command("records.active", "1", "screen.tab('active')", _("Active"), _("Active Resources")),
        command("records.renewal", "2", "screen.tab('renewal')", _("Renewals"), _("Renewal Periods")),
        command("records.inactive", "3", "screen.tab('inactive')", _("Inactive"), _("Inactive")),
        command("records.show", "4,L", "screen.show", _("Records"), ""),
    ),
    "record": (
        command("record.export", "e", "export", _("Export"),
            _("Write the lines as CSV, JSON or JSON Lines, or this page as Markdown"), FOOTER),
        command("record.copy", "y", "copy", _("Copy id"), _("Show and copy the id"), FOOTER),
    ),
    "run record": (
        command("record.review-bundle", "w", "ask_for('review_bundles')", _("Review bundle"),
            _("Review the bundles of which parts were rejected"), FOOTER),
        command("record.select-again", "m", "ask_for('select_again')", _("Select again"),
            _("Select in the list what failed or was not submitted"), FOOTER),
        command("record.undo", "z", "ask_for('undo')", _("Undo"),
            _("Review the change that undoes this run, if possible"), FOOTER),
    ),
    "dialog": (
        command("dialog.suspend", "ctrl+z", "app.suspend", _("Suspend"), ""),
    ),
    "menu": (
        command("menu.cancel", "escape,ctrl+c", "cancel", _("Back"), _("Close the menu"), FOOTER),
        command("menu.choose", "enter", "choose", _("Choose"), _("Choose this item"), FOOTER),
    ),
    "check list": (
        command("checklist.cancel", "escape,ctrl+c", "cancel", _("Back"), _("Change nothing"), FOOTER),
        command("checklist.toggle", "space", "toggle_item", _("Check"), _("Check or uncheck"), FOOTER),
        command("checklist.accept", "enter", "accept", _("Done"), _("Apply"), FOOTER),
    ),
    "prompt": (
        command("prompt.cancel", "escape,ctrl+c", "cancel", _("Back"), _("Cancel"), FOOTER),
    ),
    "question": (
        command("question.cancel", "escape,ctrl+c", "cancel", _("No"), _("Change nothing"), FOOTER),
        command("question.other", "left,right", "app.focus_next", _("Other button"), _("Go to the other button")),
        command("question.down", "down,j", "scroll(1)", _("Down"), _("One line down")),
        command("question.up", "up,k", "scroll(-1)", _("Up"), _("One line up")),
        command("question.page-down", "pagedown", "page(1)", _("Page down"), _("One page down")),
        command("question.page-up", "pageup", "page(-1)", _("Page up"), _("One page up")),
        command("question.end", "end,G", "end(1)", _("End"), _("To the end")),
        command("question.top", "home,g", "end(-1)", _("Top"), _("To the beginning")),
    ),
    "reading": (
        command("reading.skip", "escape,ctrl+c", "cancel", _("Go on"), _("Go on without reading again"), FOOTER),
    ),
    "open profile": (
        command("open-profile.cancel", "escape,ctrl+c", "cancel", _("Stay"), _("Keep the current profile"), FOOTER),
    ),
}
# fmt: on
"""The commands by place: the screen or widget whose keys run them. Their order is that of the footer."""

COMMAND_IDS = frozenset(str(each.id) for commands in COMMANDS.values() for each in commands)
"""The ids that a keymap may contain."""


_PLACES = {str(each.id): place for place, commands in COMMANDS.items() for each in commands}
_MOVING_PLACES = frozenset({"table", "page"})


def key_rows(keymap: Mapping[str, str]) -> list[KeyRow]:
    """Return all commands with their keys; `keymap` has other keys of some commands, by id."""
    found = [each for commands in COMMANDS.values() for each in commands if each.tooltip]
    return [_key_row(str(each.id), keymap.get(str(each.id), each.key).split(","), each.tooltip) for each in found]


def active_key_rows(screen: Screen[Any]) -> list[KeyRow]:
    """Return the active commands of a screen: its own first, then moving, then those of all screens."""
    keys: dict[str, tuple[list[str], str]] = {}
    for each in screen.active_bindings.values():
        if each.binding.tooltip:
            keys.setdefault(str(each.binding.id), ([], each.binding.tooltip))[0].append(each.binding.key)
    rows = [_key_row(command_id, *found) for command_id, found in keys.items()]
    order = list(dict.fromkeys(row.place for row in rows))
    rows.sort(key=lambda row: (row.place == "everywhere", row.place in _MOVING_PLACES, order.index(row.place)))
    return rows


def _key_row(command_id: str, keys: Sequence[str], effect: str) -> KeyRow:
    names = tuple(dict.fromkeys(key_name(key.strip()) for key in keys))
    return KeyRow(_PLACES.get(command_id, ""), names, effect, command_id)


def bindings(place: str) -> list[BindingType]:
    """Return the key bindings of a screen or widget."""
    return list(COMMANDS[place])


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


def key_of(screen: Screen[Any], command_id: str) -> str:
    """Return the display name of the key of a command, or "" if it has none or is not active on the screen now."""
    found = (each.binding.key for each in screen.active_bindings.values() if each.binding.id == command_id)
    return next(map(key_name, found), "")


def key_name(key: str) -> str:
    """Return the display name of a key; of a key with a character, such as `right_square_bracket`, that character."""
    if key in KEY_NAMES:
        return KEY_NAMES[key]
    modifiers, plus, name = key.rpartition("+")
    if "_" not in name:
        return key
    try:
        return modifiers + plus + lookup(name.replace("_", " "))
    except KeyError:
        return key
