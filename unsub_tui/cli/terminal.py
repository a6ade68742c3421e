"""Opens the app in this terminal, and ends it well: by a key, by a signal, by a fault."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.closing import conclusion
from unsub_tui.cli.hooks import app_hooks
from unsub_tui.cli.looks import Look, app_options, prepare_environment
from unsub_tui.cli.signals import Ending
from unsub_tui.domain.foreign import printable_lines

if TYPE_CHECKING:
    from unsub_tui.cli.profiles import Profiles
    from unsub_tui.cli.settings import LookSettings
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine


def check_terminal() -> None:
    """Raise a usage error unless there is a terminal for the app; the message names the commands that need none."""
    instead = "without one use: unsub-tui list, quote, plan, apply, runs (see unsub-tui --help)"
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise click.UsageError(f"the app needs a terminal; {instead}")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise click.UsageError(f"the app needs a terminal that can move its cursor, not TERM=dumb; {instead}")


def open_app(
    engine: Engine,
    look: Look,
    settings: LookSettings,
    ask_login: Callable[[], tuple[Secret, str]] | None = None,
    profiles: Profiles | None = None,
) -> int:
    """Run the app until it ends, print what was done to stdout, and return the exit code."""
    prepare_environment(os.environ)
    gc.disable()  # what is loaded stays, and is not worth looking through; the first listing switches it on again
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.driver import CellDriver, InputDriver

    options = app_options(engine, look, settings, ask_login, profiles)
    app = UnsubApp(engine, options, driver_class=InputDriver if os.environ.get("UNSUB_PLAIN_OUTPUT") else CellDriver)
    ending = Ending(lambda: app.engine.handle, lambda: conclusion(app, ending.signal_name, ending.exit_code))

    async def run() -> None:
        loop = asyncio.get_running_loop()
        ending.watch(app, loop)
        app_hooks(app, loop)
        await app.run_async(mouse=look.mouse)

    try:
        asyncio.run(run())
    finally:
        ending.wait_for_run()
    text, code = conclusion(app, ending.signal_name, ending.exit_code)
    with suppress(OSError):  # the terminal may be gone; what is left in a buffer would fail once more at exit
        os.write(sys.stdout.fileno(), printable_lines(text).encode(sys.stdout.encoding, "replace"))
    ending.done()
    return code
