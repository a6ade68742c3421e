"""`unsub-tui demo`: the app on an embedded sandbox."""

from __future__ import annotations

import os
from typing import Any

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import sandbox_options


@click.command("demo")
@sandbox_options
@click.pass_obj
def command(global_options: GlobalOptions, /, **options: Any) -> int:  # the fields of SandboxOptions
    """Open the app on a simulated account. Nothing real is changed."""
    from unsub_tui.cli.app_options import build_app_options
    from unsub_tui.cli.config.guard_settings import merge_guards
    from unsub_tui.cli.config.paths import state_dir
    from unsub_tui.cli.config.settings import AppSettings
    from unsub_tui.cli.process.launch import require_terminal, run_app
    from unsub_tui.cli.wiring import demo_engine
    from unsub_tui.sandbox import SandboxOptions

    require_terminal()
    # The demo reads no settings file, only variables and flags.
    guards = merge_guards(global_options, [])
    engine = demo_engine(SandboxOptions(**options), state_dir(), guards=guards)
    app_options = build_app_options(engine, global_options, AppSettings(theme=os.environ.get("UNSUB_THEME", "")))
    return run_app(engine, app_options, mouse=global_options.mouse)
