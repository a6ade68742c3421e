"""Opens the app in this terminal, and ends it well: by a key, by a signal, by a fault."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.looks import Look, app_options, prepare_environment
from unsub_tui.cli.output import write
from unsub_tui.cli.signals import Ending
from unsub_tui.cli.tomlfile import ConfigError

if TYPE_CHECKING:
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.cli.settings import LookSettings
    from unsub_tui.domain.run import Run
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine

JOIN_SECONDS = 35.0
"""How long a request in flight may still take after the screen has gone: its own deadline and a little more."""


def check_terminal() -> None:
    """Raise unless there is a terminal that can show the app; the message names the commands that need none."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise ConfigError("the app needs a terminal; without one use: unsub-tui list, runs (see unsub-tui --help)")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise ConfigError(
            "this terminal (TERM=dumb) cannot show the app; use: unsub-tui list, runs (see unsub-tui --help)"
        )


def open_app(
    engine: Engine, look: Look, settings: LookSettings, ask_login: Callable[[], tuple[Secret, str]] | None = None
) -> int:
    """Run the app until it ends, print what was done to stdout, and return the exit code."""
    prepare_environment(os.environ)
    gc.disable()  # the imports ahead make no garbage worth looking for; switched on again once the app runs
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.driver import CellDriver

    options = app_options(engine, look, settings, ask_login)
    app = UnsubApp(engine, options, driver_class=None if os.environ.get("UNSUB_PLAIN_OUTPUT") else CellDriver)
    ending = Ending()

    async def run() -> None:
        ending.watch(app, asyncio.get_running_loop())
        gc.freeze()
        gc.enable()
        await app.run_async(mouse=look.mouse)

    asyncio.run(run())
    handle = app.handle
    if handle is not None:
        handle.stop()
        handle.join(JOIN_SECONDS)
    ending.done()
    run_done = _last_run(app, engine)
    if run_done is not None:
        from unsub_tui.present.runs import run_summary

        write(run_summary(run_done, app.last_problem, str(engine.record_path)) + "\n")
    if app.return_code:
        return app.return_code
    code = _exit_of(run_done)
    return ending.exit_code if ending.exit_code and code is not Exit.UNKNOWN else code


def _last_run(app: UnsubApp, engine: Engine) -> Run | None:
    """Return the run that was begun last, as the screen saw it end or as the record tells it."""
    handle, seen = app.handle, app.last_run
    if handle is None or (seen is not None and seen.run_id == handle.run_id):
        return seen
    return next((each for each in engine.runs() if each.run_id == handle.run_id), None)


def _exit_of(run: Run | None) -> Exit:
    if run is None:
        return Exit.OK
    from unsub_tui.cli.verdict import exit_of_run

    return exit_of_run(run)
