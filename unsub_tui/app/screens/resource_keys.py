"""The commands of the list, in the order in which the footer offers them."""

from __future__ import annotations

from unsub_tui.app.commands import Command
from unsub_tui.present.words import _

COMMANDS = (
    Command(
        id="list.mark",
        keys="space,insert",
        action="mark_here",
        label=_("Mark"),
        help=_("mark or unmark this row and move on; in a range: mark the range"),
        hint=True,
    ),
    Command(
        id="list.filter",
        keys="slash",
        action="filter",
        label=_("Filter"),
        help=_("words that a row must have"),
        hint=True,
    ),
    Command(
        id="list.plan", keys="p", action="plan", label=_("Review marks"), help=_("review what is marked"), hint=True
    ),
    Command(
        id="list.one",
        keys="u",
        action="unsubscribe_one",
        label=_("Review row"),
        help=_("review the resource of this row alone"),
        hint=True,
    ),
    Command(
        id="list.details",
        keys="enter",
        action="details",
        label=_("Details"),
        help=_("all fields, what is attached, what would be lost"),
        hint=True,
    ),
    Command(id="list.sort", keys="s", action="sort", label=_("Sort"), help=_("sort by the next column")),
    Command(id="list.reverse", keys="S", action="reverse", label=_("Reverse"), help=_("turn the order round")),
    Command(
        id="list.range",
        keys="v,ctrl+at",
        action="range",
        label=_("Range"),
        help=_("begin a range; again: mark all in it"),
    ),
    Command(id="list.down", keys="shift+down", action="mark_on(1)", label=_("Mark down"), help=_("mark and go down")),
    Command(id="list.up", keys="shift+up", action="mark_on(-1)", label=_("Mark up"), help=_("mark and go up")),
    Command(id="list.all", keys="a", action="mark_shown", label=_("Mark all"), help=_("mark all rows shown")),
    Command(id="list.none", keys="n", action="unmark_shown", label=_("Unmark all"), help=_("unmark all rows shown")),
    Command(
        id="list.invert",
        keys="i,asterisk",
        action="flip_shown",
        label=_("Invert"),
        help=_("turn the marks of all rows shown round"),
    ),
    Command(
        id="list.clear",
        keys="ctrl+backslash",
        action="clear_marks",
        label=_("Clear marks"),
        help=_("unmark everything, hidden ones too"),
    ),
    Command(id="list.undo", keys="z", action="undo", label=_("Undo"), help=_("take back the last step of marking")),
    Command(id="list.redo", keys="Z", action="redo", label=_("Redo"), help=_("take it again")),
    Command(
        id="list.only-marked",
        keys="m",
        action="only_marked",
        label=_("Marked only"),
        help=_("show marked resources only, or all"),
    ),
    Command(id="list.refresh", keys="r", action="refresh", label=_("Refresh"), help=_("read the list again")),
    Command(id="list.copy", keys="y", action="copy", label=_("Copy id"), help=_("show the id and copy it")),
    Command(id="list.active", keys="1", action="step_home", label=_("Active"), help=_("Active Resources")),
    Command(id="list.records", keys="4,L", action="records", label=_("Records"), help=_("the runs of ours")),
    Command(
        id="list.back",
        keys="escape",
        action="step_back",
        label=_("Back"),
        help=_("leave a range, empty the filter, show all again"),
    ),
    Command(
        id="list.quit", keys="q", action="app.quit", label=_("Quit"), help=_("leave; asks when marks exist"), hint=True
    ),
    Command(
        id="list.no-delete",
        keys="d,D,x,X,delete,ctrl+d,ctrl+k",
        action="no_delete",
        label="",
        help="",
    ),
)
"""Everything a key does in the list, besides moving."""
