"""`unsub-tui` without a command: the app on the configured account."""

from __future__ import annotations

from dataclasses import replace

from unsub_tui.cli.app_options import build_app_options
from unsub_tui.cli.config.named_filters import check_filter
from unsub_tui.cli.config.profiles import Profiles
from unsub_tui.cli.context import GlobalOptions, resolve_settings
from unsub_tui.cli.credentials.prompt import login_prompt_for
from unsub_tui.cli.process.launch import require_terminal, run_app
from unsub_tui.cli.wiring import account_engine
from unsub_tui.listmodel.tab import Tab


def run_configured_app(global_options: GlobalOptions, plan_file: str | None, query: str, tab_name: str) -> int:
    """Run the app on the configured account: on the review of a plan file, with a filter, on a tab, as far as given."""
    saved_plan = None
    if plan_file is not None:
        from unsub_tui.cli.commands.apply import read_plan_file

        saved_plan = read_plan_file(plan_file)
    query = check_filter(query)
    settings = resolve_settings(global_options)
    engine = account_engine(settings)
    require_terminal()
    profiles = Profiles(settings, global_options)
    options = replace(
        build_app_options(engine, global_options, settings.app_settings),
        tab=Tab(tab_name),
        query=query,
        plan_file=saved_plan,
        ask_login=login_prompt_for(settings.source),
        list_profiles=profiles.list_profiles,
        open_profile=profiles.open,
    )
    return run_app(engine, options, mouse=global_options.mouse)
