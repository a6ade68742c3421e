"""Runs the app in this terminal and ends it in an orderly way on a key, a signal or a fault."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.app_options import build_app_options, prepare_environment
from unsub_tui.cli.process.excepthooks import install_app_excepthooks
from unsub_tui.cli.process.exit_summary import exit_summary
from unsub_tui.cli.process.signals import GracefulShutdown
from unsub_tui.domain.untrusted_text import escape_unprintable_lines

if TYPE_CHECKING:
    from unsub_tui.cli.config.profiles import Profiles
    from unsub_tui.cli.config.settings import AppSettings
    from unsub_tui.cli.context import GlobalOptions
    from unsub_tui.domain.plan import SavedPlan
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine


def require_terminal() -> None:
    """Raise UsageError if the terminal cannot run the app; the message lists the commands that work without one."""
    instead = "These commands work without one: unsub-tui list, quote, plan, apply, runs. See: unsub-tui --help"
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise click.UsageError(f"the app needs a terminal. {instead}")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise click.UsageError(f"the app needs a terminal that can move its cursor, not TERM=dumb. {instead}")


def run_app(
    engine: Engine,
    global_options: GlobalOptions,
    app_settings: AppSettings,
    *,
    saved_plan: SavedPlan | None = None,
    ask_login: Callable[[], tuple[Secret, str]] | None = None,
    profiles: Profiles | None = None,
) -> int:
    """Run the app until it ends, on the review of a saved plan if one is given; return the exit code.

    The summary is written to stdout.
    """
    prepare_environment(os.environ)
    gc.disable()  # imported objects stay alive, so collecting them is wasted time; the first listing enables gc again
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.terminal.driver import FrameDiffDriver, InputDriver

    options = build_app_options(
        engine, global_options, app_settings, saved_plan=saved_plan, ask_login=ask_login, profiles=profiles
    )
    app = UnsubApp(
        engine, options, driver_class=InputDriver if os.environ.get("UNSUB_PLAIN_OUTPUT") else FrameDiffDriver
    )
    shutdown = GracefulShutdown(
        lambda: app.engine.run_handle, lambda: exit_summary(app, shutdown.signal_name, shutdown.exit_code)
    )

    async def run() -> None:
        loop = asyncio.get_running_loop()
        shutdown.install(app, loop)
        install_app_excepthooks(app, loop)
        await app.run_async(mouse=global_options.mouse)

    try:
        asyncio.run(run())
    finally:
        shutdown.wait_for_run()
    text, code = exit_summary(app, shutdown.signal_name, shutdown.exit_code)
    with suppress(OSError):  # unbuffered, because the terminal may be gone and buffered output would fail again at exit
        os.write(sys.stdout.fileno(), escape_unprintable_lines(text).encode(sys.stdout.encoding, "replace"))
    shutdown.finish()
    return code
