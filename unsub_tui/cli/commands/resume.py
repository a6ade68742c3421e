"""`unsub-tui resume`: check the status of pending items of earlier runs."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, ending, exit_code_for, exit_code_for_run
from unsub_tui.cli.lock_waiting import lock_timeout_option, retry_while_locked
from unsub_tui.cli.options import format_option, seconds
from unsub_tui.cli.output import tolerate_output_error, write, write_json, write_message, write_note
from unsub_tui.cli.process.signals import CommandSignals
from unsub_tui.cli.run_progress import events_option, follow_run
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import RunEnded
from unsub_tui.present.export.documents import status_document
from unsub_tui.present.i18n import plural
from unsub_tui.present.pages.run import nothing_open_text, run_summary, set_aside_text
from unsub_tui.present.problems import problem_text

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine


@click.command("resume")
@click.option(
    "--timeout",
    type=seconds,
    metavar="SECONDS",
    help="Maximum time to wait for outcomes; what is pending then stays pending. Default: 600, for unknown ones 1200.",
)
@lock_timeout_option
@events_option
@format_option("json")
@click.pass_obj
def command(
    global_options: GlobalOptions, *, timeout: float | None, lock_timeout: float, as_events: bool, output_format: str
) -> int:
    """Check the status of pending items of earlier runs. Submits nothing."""
    command_signals = CommandSignals(sends_requests=False)

    async def when_unlocked(engine: Engine) -> int:
        def settle() -> Awaitable[int]:
            return _settle(engine, command_signals, timeout, output_format, as_events=as_events)

        return await retry_while_locked(engine, settle, lock_timeout)

    return run_with_engine(global_options, lambda engine: command_signals.handle_signals(when_unlocked(engine)))


async def _settle(
    engine: Engine,
    command_signals: CommandSignals,
    settle_seconds: float | None,
    output_format: str,
    *,
    as_events: bool,
) -> int:
    """Poll until the outcome of every pending item is known, and report it; a signal leaves the rest pending."""
    open_count = len(engine.history.units_to_check())
    if aside := set_aside_text(engine.history.set_aside_journals()):
        write_message(aside)
    if not open_count:
        write_message(nothing_open_text(engine.history.last_event_time()))
        if output_format == "json":
            nothing = ending(ExitCode.OK, engine.account.ref, engine.clock.now(), is_done_already=True)
            write_json(status_document((), None, nothing, engine.history.set_aside_journals()))
        return ExitCode.OK
    await engine.account.fetch_actor()  # another user may see less of the leftovers
    handle = command_signals.run_handle = engine.resume(attended=False, settle_seconds=settle_seconds)
    write_note(
        plural(
            "Checking the status of {n} item. ctrl+c stops.",
            "Checking the status of {n} items. ctrl+c stops.",
            open_count,
        )
    )
    ended = await follow_run(handle, as_events=as_events, needs_reader=False)
    if ended is None:
        raise UnsubError(Problem(kind=ProblemKind.INTERNAL))
    return _write_result(ended, engine, output_format, command_signals.exit_code)


def _write_result(ended: RunEnded, engine: Engine, output_format: str, signal_code: int) -> int:
    """Write the result and a problem; return the exit code."""
    code = _exit_code(ended, signal_code)
    with tolerate_output_error("unsub-tui runs"):
        if output_format == "json":
            found = ending(code, engine.account.ref, engine.clock.now())
            write_json(status_document(ended.run.units, ended.problem, found, engine.history.set_aside_journals()))
        else:
            write(run_summary(ended.run, ended.problem, str(engine.options.state_dir)) + "\n")
    if ended.problem is not None and not signal_code:
        write_message(problem_text(ended.problem))
    return code


def _exit_code(ended: RunEnded, signal_code: int) -> int:
    """Return the exit code: UNKNOWN before that of a signal, of the problem and of the run."""
    code = exit_code_for_run(ended.run)
    if code is ExitCode.UNKNOWN or signal_code:
        return code if code is ExitCode.UNKNOWN else signal_code
    return exit_code_for(ended.problem.kind) if ended.problem is not None else code
