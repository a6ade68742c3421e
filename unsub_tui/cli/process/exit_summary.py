"""The summary that stays on the terminal after the app, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unsub_tui.cli.exit_codes import ExitCode, exit_code_for_run
from unsub_tui.domain.problem import UnsubError

if TYPE_CHECKING:
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.engine import Engine


def exit_summary(app: UnsubApp, signal_name: str, signal_code: int) -> tuple[str, int]:
    """Return the summary text and the exit code. Call this when no run is in progress.

    An unknown outcome takes precedence, then a fault of the program, the signal, and failed items. CANCELLED means that
    the app was opened on the review of a plan file and that no run was started.
    """
    engine = app.engine
    run, open_units = _last_run(app, engine), _count_open_units([*app.previous_engines, engine])
    words = []
    if run is not None:
        from unsub_tui.present.pages.run import run_summary

        words.append(run_summary(run, app.last_problem, str(engine.options.state_dir), with_next_step=False))
    if signal_name or open_units != 0:
        from unsub_tui.present.pages.run import exit_line

        words.append(exit_line(open_units, signal_name))
    if run is not None:
        code: int = exit_code_for_run(run)
    else:
        code = ExitCode.OK if app.options.plan_file is None else ExitCode.CANCELLED
    if code is not ExitCode.UNKNOWN:
        code = app.return_code or signal_code or code
    return "".join(f"{each}\n" for each in words), code


def _last_run(app: UnsubApp, engine: Engine) -> Run | None:
    """Return the run that was started last, from the app if it saw the run end, otherwise from the journal."""
    handle, shown_run = engine.run_handle, app.last_run
    if handle is None or (shown_run is not None and shown_run.run_id == handle.run_id):
        return shown_run
    try:
        return next((each for each in engine.history.runs() if each.run_id == handle.run_id), None)
    except UnsubError:
        return None


def _count_open_units(engines: Sequence[Engine]) -> int | None:
    """Return the number of pending items in all accounts used, or None if a journal cannot be read.

    Engines are grouped by account because profiles may share an account.
    """
    accounts = {engine.account.ref.account_id: engine for engine in engines if engine.account.ref is not None}
    try:
        return sum(len(engine.history.open_units()) for engine in accounts.values())
    except UnsubError:
        return None
