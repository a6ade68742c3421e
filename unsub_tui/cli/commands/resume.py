"""`unsub-tui resume`: check the status of pending items of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for, exit_code_for_run
from unsub_tui.cli.output import tolerate_output_error, write, write_message, write_note
from unsub_tui.cli.process.signals import CommandSignals
from unsub_tui.domain.run import ReadStatusChanged, RunEnded, UnitChanged
from unsub_tui.present.i18n import plural
from unsub_tui.present.pages.run import nothing_open_text, read_trouble_text, run_summary, set_aside_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.units import unit_line

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine


@click.command("resume")
@click.pass_obj
def command(global_options: GlobalOptions) -> int:
    """Check the status of pending items of earlier runs. Submits nothing."""
    command_signals = CommandSignals(sends_requests=False)
    return run_with_engine(
        global_options, lambda engine: command_signals.handle_signals(_settle(engine, command_signals))
    )


async def _settle(engine: Engine, command_signals: CommandSignals) -> int:
    """Poll until the outcome of every pending item is known, and report it; a signal leaves the rest pending."""
    open_count = len(engine.history.units_to_check())
    aside = set_aside_text(engine.history.set_aside_journals())
    if aside:
        write_message(aside)
    if not open_count:
        write_message(nothing_open_text(engine.history.last_event_time()))
        return ExitCode.OK
    handle = command_signals.run_handle = engine.resume(attended=False)
    write_note(
        plural(
            "Checking the status of {n} item. ctrl+c stops.",
            "Checking the status of {n} items. ctrl+c stops.",
            open_count,
        )
    )
    try:
        async for event in handle.events():
            if isinstance(event, UnitChanged):
                write_note(unit_line(event.unit))
            elif isinstance(event, ReadStatusChanged) and event.problem is not None:
                write_message(read_trouble_text(event.problem))
            elif isinstance(event, RunEnded):
                with tolerate_output_error("unsub-tui runs"):
                    write(run_summary(event.run, event.problem, str(engine.options.state_dir)) + "\n")
                return _report_outcome(event, command_signals.exit_code)
    finally:
        handle.stop()
    return ExitCode.INTERNAL


def _report_outcome(ended: RunEnded, signal_code: int) -> int:
    """Report a problem; return the exit code: UNKNOWN before that of a signal, of the problem and of the run."""
    code = exit_code_for_run(ended.run)
    if ended.problem is not None and not signal_code:
        write_message(problem_text(ended.problem))
        code = code if code is ExitCode.UNKNOWN else exit_code_for(ended.problem.kind)
    return code if code is ExitCode.UNKNOWN else signal_code or code
