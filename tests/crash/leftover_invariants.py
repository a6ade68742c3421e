"""What must hold around the reads of leftovers after a run: they change no outcome, no exit code and no request."""

from __future__ import annotations

from collections.abc import Iterator

from tests.crash.journal_snapshot import DETAILS, OPEN, JournalSnapshot
from unsub_tui.cli.exit_codes import ExitCode


def leftover_violations(record: JournalSnapshot) -> Iterator[str]:
    """Yield what the record holds after the leftovers of a unit were read and must not."""
    runs, units = set(), set()
    for _, _, run_id, unit, kind, *_ in record.events:
        if kind == "leftovers_read":
            runs.add(run_id)
            units.add((run_id, unit))
        elif kind == "submitting" and run_id in runs:
            yield "leftovers: a request after they were read"
        elif kind not in DETAILS and (run_id, unit) in units:
            yield "leftovers: an outcome changed after they were read"
    if any(row.leftover_states and row.state != "settled" for row in record.rows.values()):
        yield "leftovers: read for a unit that is not settled"


def missing_leftover_violations(record: JournalSnapshot) -> Iterator[str]:
    """Yield which units lack answers although everything went well in the end and their status was checked again."""
    for row in record.rows.values():
        if row.state == "settled" and (
            len(row.leftover_states) != row.expected_leftover_count or "unknown" in row.leftover_states
        ):
            yield "leftovers: expected, but not known after a status check"


def exit_code_violations(record: JournalSnapshot, exit_code: ExitCode) -> Iterator[str]:
    """Yield how the exit code of the newest run contradicts the recorded outcomes of its units."""
    *_, run_id = record.ended
    states = {row.state for row in record.rows.values() if row.run_id == run_id}
    if states == {"settled"} and exit_code is not ExitCode.OK:
        yield f"false: the exit code is {exit_code}, but every unit is settled"
    if states & OPEN and exit_code is not ExitCode.UNKNOWN:
        yield f"false: the exit code is {exit_code}, but a unit is open"
