"""Runs the app in this terminal and ends it in an orderly way on a key, a signal or a fault."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.exit_codes import ExitCode, exit_code_for_run
from unsub_tui.cli.process.signals import OUTPUT_THREAD, AppSignals
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import escape_unprintable_lines
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.options import AppOptions
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.engine import Engine


def require_terminal() -> None:
    """Raise UsageError if the terminal cannot run the app; the message lists the commands that work without one."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        words = _("the app needs a terminal.")
    elif os.environ.get("TERM", "") in ("", "dumb"):
        words = _("the app needs a terminal that can move its cursor, not TERM=dumb.")
    else:
        return
    instead = _("These commands work without one: unsub-tui list, quote, plan, apply, runs. See: unsub-tui --help")
    raise click.UsageError(f"{words} {instead}")


def run_app(engine: Engine, options: AppOptions, *, mouse: bool) -> int:
    """Run the app until it ends, write the summary to stdout and return the exit code."""
    gc.disable()  # imported objects stay alive, so collecting them is wasted time; the first listing enables gc again
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.terminal.driver import FrameDiffDriver, InputDriver

    driver = InputDriver if os.environ.get("UNSUB_PLAIN_OUTPUT") else FrameDiffDriver
    app = UnsubApp(engine, options, driver_class=driver)

    def summarize() -> tuple[str, int]:
        return _exit_summary(app, shutdown.signal_name, shutdown.exit_code)

    shutdown = AppSignals(app, summarize)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        shutdown.install(loop)
        _install_excepthooks(app, loop)
        await app.run_async(mouse=mouse)

    try:
        asyncio.run(run())
    finally:
        # Also after a fault: the answer to a request in flight must reach the journal.
        shutdown.wait_for_run()
    text, code = summarize()
    with suppress(OSError):  # unbuffered, because the terminal may be gone and buffered output would fail again at exit
        os.write(sys.stdout.fileno(), escape_unprintable_lines(text).encode(sys.stdout.encoding, "replace"))
    shutdown.finish()
    return code


def _exit_summary(app: UnsubApp, signal_name: str, signal_code: int) -> tuple[str, int]:
    """Return the summary text and the exit code. Call this when no run is in progress.

    An unknown outcome takes precedence, then a fault of the program, the signal, and failed items. CANCELLED means that
    the app was opened on the review of a plan file and that no run was started.
    """
    engine = app.engine
    run, open_units = _last_run(app, engine), _count_open_units([*app.previous_engines, engine])
    lines = []
    if run is not None or signal_name or open_units != 0:
        from unsub_tui.present.pages.run import exit_line, exit_summary

        if run is not None:
            lines.append(exit_summary(run, app.last_problem, str(engine.options.state_dir)))
        if signal_name or open_units != 0:
            lines.append(exit_line(open_units, signal_name, is_demo=engine.options.is_demo))
    if run is not None:
        code: int = exit_code_for_run(run)
    else:
        code = ExitCode.OK if app.options.plan_file is None else ExitCode.CANCELLED
    if code is not ExitCode.UNKNOWN:
        code = app.return_code or signal_code or code
    return "".join(f"{line}\n" for line in lines), code


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


def _install_excepthooks(app: UnsubApp, loop: asyncio.AbstractEventLoop) -> None:
    """End the app with a crash report when one of its threads or tasks fails."""

    def fail(error: BaseException | None) -> None:
        wrapped = error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
        app.before_exit()  # immediately: the loop may be waiting for the terminal
        with suppress(RuntimeError):  # the loop is closed: the app has already ended
            loop.call_soon_threadsafe(app.fail, wrapped)

    def in_thread(raised: threading.ExceptHookArgs) -> None:
        # Output fails when the terminal is gone; SIGHUP reports that.
        is_hang_up = isinstance(raised.exc_value, OSError) and raised.thread and raised.thread.name == OUTPUT_THREAD
        if not is_hang_up:
            fail(raised.exc_value)

    threading.excepthook = in_thread
    loop.set_exception_handler(lambda _loop, context: fail(context.get("exception")))
