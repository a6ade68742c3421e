"""`unsub-tui demo`: the app on an embedded sandbox."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import app_start_options, sandbox_options
from unsub_tui.present.i18n import _


@click.command("demo")
@sandbox_options
@app_start_options
@click.option("--fresh", is_flag=True, help="Begin with a new account; otherwise it is as the last demo left it.")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    /,
    *,
    query: str,
    tab_name: str,
    fresh: bool,
    **options: Any,  # the fields of SandboxOptions
) -> int:
    """Open the app on a simulated account. Nothing real is changed."""
    from unsub_tui.cli.app_options import build_app_options
    from unsub_tui.cli.config.guard_settings import merge_guards
    from unsub_tui.cli.config.named_filters import check_filter
    from unsub_tui.cli.config.paths import state_dir
    from unsub_tui.cli.config.settings import AppSettings
    from unsub_tui.cli.process.launch import require_terminal, run_app
    from unsub_tui.cli.wiring import demo_engine
    from unsub_tui.listmodel.tab import Tab
    from unsub_tui.sandbox import SandboxOptions

    query = check_filter(query)
    require_terminal()
    # The demo reads no settings file, only variables and flags.
    guards = merge_guards(global_options, [])
    estate = "-".join(str(options[name]) for name in ("site", "resources", "seed"))
    lock = hold_lock(state_dir() / "demo", estate)
    if lock is None:
        raise click.UsageError(_("this demo is open in another terminal; choose another one, such as --seed 2"))
    engine = demo_engine(SandboxOptions(**options), state_dir(), guards=guards, keep=True, fresh=fresh)
    app_options = build_app_options(engine, global_options, AppSettings(theme=os.environ.get("UNSUB_THEME", "")))
    app_options = replace(app_options, tab=Tab(tab_name), query=query)
    return run_app(engine, app_options, mouse=global_options.mouse)


def hold_lock(directory: Path, estate: str) -> int | None:
    """Return the lock of a saved demo, which is held until the process ends, or None if another process holds it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(directory / f"{estate}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
