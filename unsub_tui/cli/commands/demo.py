"""`unsub-tui demo`: the app on an embedded sandbox."""

from __future__ import annotations

import os

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import sandbox_options


@click.command("demo")
@sandbox_options
@click.pass_obj
def command(global_options: GlobalOptions, *, resources: int, seed: int, site: str, latency_ms: int) -> int:
    """Open the app on a simulated account. Nothing real is changed."""
    from unsub_tui.cli.config.guard_settings import merge_guards
    from unsub_tui.cli.config.paths import state_dir
    from unsub_tui.cli.config.settings import demo_app_settings
    from unsub_tui.cli.process.launch import require_terminal, run_app
    from unsub_tui.cli.wiring import demo_engine
    from unsub_tui.sandbox import SandboxOptions

    require_terminal()
    options = SandboxOptions(resources=resources, seed=seed, site=site, latency_ms=latency_ms)
    guards = merge_guards(os.environ, global_options, [])  # the demo reads no settings file
    engine = demo_engine(options, state_dir(os.environ), guards=guards)
    return run_app(engine, global_options, demo_app_settings(os.environ))
