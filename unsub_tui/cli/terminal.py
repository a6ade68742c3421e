"""Opens the app in this terminal, and ends it well: by a key, by a signal, by a fault."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import write
from unsub_tui.cli.signals import Ending
from unsub_tui.cli.tomlfile import ConfigError
from unsub_tui.cli.verdict import exit_of_run
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.engine import Engine

JOIN_SECONDS = 35.0
"""How long a request in flight may still take after the screen has gone: its own deadline and a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the command line said of the looks."""

    no_color: bool = False
    is_ascii: bool = False
    mouse: bool = False


def check_terminal() -> None:
    """Raise unless there is a terminal that can show the app; the message names the commands that need none."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise ConfigError("the app needs a terminal; without one use: unsub-tui list, runs (see unsub-tui --help)")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise ConfigError(
            "this terminal (TERM=dumb) cannot show the app; use: unsub-tui list, runs (see unsub-tui --help)"
        )


def open_app(engine: Engine, look: Look, ask_login: Callable[[], tuple[Secret, str]] | None = None) -> int:
    """Run the app until it ends, print what was done to stdout, and return the exit code."""
    prepare_environment()
    gc.disable()  # the imports ahead make no garbage worth looking for; switched on again once the app runs
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.options import AppOptions
    from unsub_tui.present.runs import run_summary

    options = AppOptions(
        state_dir=engine.record_path,
        ask_login=ask_login,
        ascii=look.is_ascii or not _speaks_utf8(),
        colour=not (look.no_color or os.environ.get("NO_COLOR")),
    )
    app = UnsubApp(engine, options)
    ending = Ending()

    async def run() -> None:
        ending.watch(app, asyncio.get_running_loop())
        gc.enable()
        await app.run_async(mouse=look.mouse)

    asyncio.run(run())
    handle = app.handle
    if handle is not None:
        handle.stop()
        handle.join(JOIN_SECONDS)
    ending.done()
    run_done = app.last_run
    if handle is not None and (run_done is None or run_done.run_id != handle.run_id):
        run_done = next((each for each in engine.runs() if each.run_id == handle.run_id), None)
    if run_done is not None:
        write(run_summary(run_done, app.last_problem, str(engine.record_path)) + "\n")
    if app.return_code:
        return app.return_code
    code = Exit.OK if run_done is None else exit_of_run(run_done)
    return ending.exit_code if ending.exit_code and code is not Exit.UNKNOWN else code


def prepare_environment() -> None:
    """Set what Textual reads when it is imported: no animation; an empty NO_COLOR means that it is not set.

    COLUMNS and LINES, where somebody exported them, are a size that the terminal once had: it is asked itself.
    """
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.pop("COLUMNS", None)
    os.environ.pop("LINES", None)
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
