"""Opens the app in this terminal, and ends it well: by a key, by a signal, by a fault."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import write
from unsub_tui.cli.places import filters_file
from unsub_tui.cli.signals import Ending
from unsub_tui.cli.tomlfile import ConfigError, nearest

if TYPE_CHECKING:
    from unsub_tui.cli.settings import LookSettings
    from unsub_tui.domain.run import Run
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


def open_app(
    engine: Engine, look: Look, settings: LookSettings, ask_login: Callable[[], tuple[Secret, str]] | None = None
) -> int:
    """Run the app until it ends, print what was done to stdout, and return the exit code."""
    is_light = _is_light(os.environ.get("COLORFGBG", ""))
    prepare_environment("ansi-light" if is_light else "ansi-dark")
    gc.disable()  # the imports ahead make no garbage worth looking for; switched on again once the app runs
    from unsub_tui.app.app import UnsubApp
    from unsub_tui.app.driver import CellDriver
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.filters import filters_of, name_problem, save_filter

    _check_names(settings)
    named = filters_file(os.environ)
    options = AppOptions(
        state_dir=engine.record_path,
        ask_login=ask_login,
        theme=settings.theme,
        light=is_light,
        columns=settings.columns,
        refresh_minutes=settings.refresh_minutes,
        keymap=settings.keymap,
        filters=filters_of(named),
        save_filter=lambda name, text: save_filter(named, name, text),
        filter_name_problem=name_problem,
        multiplexer="tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else "",
        is_first_run=_is_first_run(engine.record_path),
        ascii=look.is_ascii or not _speaks_utf8(),
        colour=not (look.no_color or os.environ.get("NO_COLOR")),
    )
    app = UnsubApp(engine, options, driver_class=None if os.environ.get("UNSUB_PLAIN_OUTPUT") else CellDriver)
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
        from unsub_tui.present.runs import run_summary

        write(run_summary(run_done, app.last_problem, str(engine.record_path)) + "\n")
    if app.return_code:
        return app.return_code
    code = _exit_of(run_done)
    return ending.exit_code if ending.exit_code and code is not Exit.UNKNOWN else code


def _exit_of(run: Run | None) -> Exit:
    if run is None:
        return Exit.OK
    from unsub_tui.cli.verdict import exit_of_run

    return exit_of_run(run)


def prepare_environment(theme: str) -> None:
    """Set what Textual reads when it is imported: no animation; an empty NO_COLOR means that it is not set.

    Beginning with another theme than ours it would read every style sheet twice.

    COLUMNS and LINES, where somebody exported them, are a size that the terminal once had: it is asked itself.
    """
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ["TEXTUAL_THEME"] = theme
    os.environ.pop("COLUMNS", None)
    os.environ.pop("LINES", None)
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]


def _check_names(settings: LookSettings) -> None:
    """Raise ConfigError for a key, a column or a theme that the app does not have."""
    if settings == type(settings)():
        return
    import unsub_tui.app.screens.resources  # noqa: F401 - every command is known once every screen is
    from unsub_tui.app.columns import BY_ID
    from unsub_tui.app.commands import COMMAND_IDS
    from unsub_tui.app.theme import THEMES

    known = (
        ("keys", settings.keymap, COMMAND_IDS),
        ("columns", settings.columns, BY_ID),
        ("theme", [settings.theme] if settings.theme else [], THEMES),
    )
    for setting, names, allowed in known:
        for name in names:
            if name not in allowed:
                there_is = "" if setting == "keys" else f"; there is: {', '.join(allowed)}"
                raise ConfigError(f"{setting}: unknown name {name!r}{nearest(name, allowed) or there_is}")


def _is_light(colorfgbg: str) -> bool:
    """Whether the terminal says that its background is light: `COLORFGBG=0;15`."""
    return colorfgbg.rpartition(";")[2] in ("7", "15")


def _is_first_run(directory: Path) -> bool:
    """Whether nobody was greeted here yet; from now on somebody was."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / "greeted").touch(mode=0o600, exist_ok=False)
    except OSError:
        return False
    return True


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
