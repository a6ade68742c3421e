"""The words of the facts that the journal states; `present/fact_texts.py` formats them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.domain.fact import Code, FactCode
from unsub_tui.present.i18n import _, ngettext

JOURNAL_FACT_SENTENCES: Mapping[Code, str] = {
    FactCode.RECORD_UNREADABLE: _("{path} cannot be read now: {why}; solve this, then try again"),
    FactCode.RECORD_NOT_OPENED: _("{path} cannot be opened: {why}"),
    FactCode.RECORD_NOT_LOCKED: _("{path} cannot be locked: {why}"),
    FactCode.RECORD_NOT_CREATED: _("{path} cannot be created: {why}"),
    FactCode.RECORD_NOT_WRITTEN: _("{path} cannot be written: {why}"),
    FactCode.PATH_UNUSABLE: _("{path} cannot be used: {why}"),
    FactCode.RECORD_EXISTS: _("{path} exists already"),
    FactCode.RECORD_MISSING: _("{path} does not exist"),
    FactCode.NOT_A_FILE: _("{path} is not a regular file of its own; links are not followed"),
    FactCode.NOT_A_DIRECTORY: _("{path} is not a directory; links are not followed"),
    FactCode.NOT_WRITABLE: _("{path} cannot be written to"),
    FactCode.OWNED_BY_OTHERS: _("{path} belongs to another user"),
    FactCode.RECORD_ACCESSIBLE: _("others can access {path}; run: chmod 600 {path}"),
    FactCode.DIRECTORY_ACCESSIBLE: _("others can access {path}; run: chmod 700 {path}"),
    FactCode.PARENT_OWNED_BY_OTHERS: _(
        "{path} belongs to another user, who could move the record away; set UNSUB_STATE_DIR to a "
        "directory below your own"
    ),
    FactCode.PARENT_WRITABLE: _("others can write to {path}, and so replace the record; run: chmod go-w {path}"),
    FactCode.PARENT_WRITABLE_NOT_OWNED: _(
        "others can write to {path}, and so replace the record; set UNSUB_STATE_DIR to a directory below your own"
    ),
    FactCode.TOO_MANY_LINKS: _("{path} leads through too many links"),
    FactCode.LITTLE_SPACE: _("less than {limit} MB are free for {path}; free some disk space"),
    FactCode.ACCOUNT_ID_INVALID: _("the account id {id} cannot be part of a file name"),
    FactCode.RECORD_UNAVAILABLE: _(
        "{path} cannot be read now ({why}); it was left unchanged, and nothing is submitted: {step}"
    ),
    FactCode.STEP_CLOSE_PROGRAM: _("close the program that uses it, then try again"),
    FactCode.STEP_MAKE_WRITABLE: _(
        "make its directory writable again (a file system that was remounted read-only?), then try again"
    ),
    FactCode.STEP_FREE_SPACE: _("free some disk space or memory, then try again"),
    FactCode.STEP_CHECK_DISK: _("check its disk or network file system, then try again"),
    FactCode.RECORD_TOO_NEW: _(
        "{path} was written by a newer version of unsub-tui (format {version}); use that version"
    ),
    FactCode.RECORD_FAILED_BEFORE: _("{path} could not be written before, so nothing more is recorded in this run"),
    FactCode.HEAD_NOT_WRITTEN: _(
        "{path} has recorded what happened, but its head file cannot be written: {why}; nothing more "
        "is submitted or recorded in this run"
    ),
    FactCode.JOURNAL_MODE_UNSUPPORTED: _("the file system of {path} does not support the journal mode {mode}"),
    FactCode.RECORD_CORRUPT: _(
        "{path} is not sound ({reason}); it was left unchanged, and nothing is submitted. It may "
        "hold items with an unknown outcome: look for their orders with `unsub-tui orders` and in "
        "Huawei Cloud's list of orders, then begin a new record with `unsub-tui journal set-aside "
        "{account}`"
    ),
    FactCode.HEAD_DAMAGED: _("its head file {name} is damaged"),
    FactCode.HEAD_MISSING: _("its head file is missing, so whether it lacks its last events is not known"),
    FactCode.LOG_ALONE: _("only its log {name} is left, without its database"),
    FactCode.OLDER_COPY: _("an older copy was restored, or its log was lost"),
    FactCode.OLDER_DIRECTORY: _("its whole directory is an older copy"),
    FactCode.ANOTHER_RECORD: _("event {seq} is not the one that was written: this is another record"),
    FactCode.STATES_DIFFER: _("the recorded states do not follow from the events"),
    FactCode.FORMAT_UNKNOWN: _("its format is {version}"),
    FactCode.EVENT_CHANGED: _("event {seq} is not what was written, or one before it is missing"),
    FactCode.EVENT_UNKNOWN: _("event {seq} is not understood"),
    FactCode.EVENT_CONTRADICTORY: _("event {seq}: {event} cannot follow {before}"),
    FactCode.EVENT_WITHOUT_UNIT: _("event {seq} names no unit"),
    FactCode.RUN_CHANGED: _("event {seq}: the document of the run is not what was written"),
    FactCode.RUN_NOT_STARTED: _("a run was never started"),
}
"""Sentences without a plural form."""

JOURNAL_FACT_PLURALS: Mapping[Code, Callable[[int], str]] = {
    FactCode.DATABASE_MISSING: lambda n: ngettext(
        "it is missing, and {count} event was written to it", "it is missing, and {count} events were written to it", n
    ),
    FactCode.EVENTS_MISSING: lambda n: ngettext(
        "it lacks {count} event that was written: {cause}", "it lacks {count} events that were written: {cause}", n
    ),
}
"""Sentences with a plural form, by the value `count`."""
