"""The declarations of the commands. Every command imports its dependencies when it runs, so that help stays fast."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from unsub_tui import __version__
from unsub_tui.cli.context import GlobalOptions, create_engine, resolve_settings, run_with_engine, warn_about_sudo
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import SITE_CHOICE, TAB_CHOICE, AmountType, PercentType, SinceType, TimestampType

if TYPE_CHECKING:
    from unsub_tui.domain.run import Run


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@click.option("--profile", metavar="NAME", help="Use this profile of the configuration, and no other keys.")
@click.option("--read-only", is_flag=True, help="Refuse to unsubscribe anything.")
@click.option("--max-items", type=click.IntRange(min=1), metavar="N", help="Refuse plans of more than N items.")
@click.option("--max-amount", type=AmountType(), metavar="AMOUNT", help="Refuse plans that refund more than AMOUNT.")
@click.option(
    "--max-share", type=PercentType(), metavar="PERCENT", help="Refuse plans of more of the account than that."
)
@click.option("--no-color", is_flag=True, help="Send no colour codes.")
@click.option("--ascii", "is_ascii", is_flag=True, help="Draw frames with + - |.")
@click.option("--plan", "plan_file", metavar="FILE", help="Open the app on the review of a plan file.")
@click.option("--mouse", is_flag=True, help="Let the mouse work; the terminal's own selection then does not.")
@click.pass_context
def unsub_tui(
    context: click.Context,
    *,
    profile: str | None,
    read_only: bool,
    max_items: int | None,
    max_amount: Decimal | None,
    max_share: Decimal | None,
    no_color: bool,
    is_ascii: bool,
    mouse: bool,
    plan_file: str | None,
) -> int:
    """Clean up yearly/monthly resources of a Huawei Cloud account.

    Without a command: the app, on the configured account. `demo` opens it on an embedded sandbox.
    """
    from unsub_tui.cli.process.hardening import harden

    harden()
    context.obj = GlobalOptions(
        profile=profile,
        read_only=read_only,
        max_items=max_items,
        max_amount=max_amount,
        max_share=max_share,
        no_color=no_color,
        is_ascii=is_ascii,
        mouse=mouse,
    )
    if context.invoked_subcommand is None:
        return _run_configured_app(context.obj, plan_file)
    if plan_file is not None:
        raise click.UsageError("--plan opens the app; without it: unsub-tui apply FILE")
    return ExitCode.OK


def _run_configured_app(global_options: GlobalOptions, plan_file: str | None) -> int:
    """Run the app on the configured account, on the review of the plan file if one is given."""
    from unsub_tui.cli.config.profiles import Profiles
    from unsub_tui.cli.credentials.prompt import login_prompt_for
    from unsub_tui.cli.process.launch import require_terminal, run_app
    from unsub_tui.cli.wiring import account_engine

    app_flags = global_options.app_flags()
    if plan_file is not None:
        from unsub_tui.cli.commands.apply_body import read_plan_file

        app_flags = replace(app_flags, filed=read_plan_file(plan_file))
    settings = resolve_settings(global_options)
    engine = account_engine(settings)
    require_terminal()
    profiles = Profiles(settings, global_options.settings_flags())
    return run_app(engine, app_flags, settings.app_settings, login_prompt_for(settings.source), profiles)


@unsub_tui.command()
@click.option(
    "--resources", type=click.IntRange(1, 1_000_000), default=400, show_default=True, help="How many there are."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which estate is invented.")
@click.option("--site", type=SITE_CHOICE, default="intl", show_default=True, help="Whose rules and currency.")
@click.option("--latency", type=click.IntRange(0, 60_000), default=0, metavar="MS", help="Delay of every answer.")
@click.pass_obj
def demo(global_options: GlobalOptions, *, resources: int, seed: int, site: str, latency: int) -> int:
    """Open the app on an embedded sandbox: nothing real is touched."""
    from unsub_tui.cli.config.paths import state_dir
    from unsub_tui.cli.config.settings import demo_app_settings, guards_without_files
    from unsub_tui.cli.process.launch import require_terminal, run_app
    from unsub_tui.cli.wiring import demo_engine
    from unsub_tui.sandbox import SandboxOptions

    require_terminal()
    options = SandboxOptions(resources=resources, seed=seed, site=site, latency_ms=latency)
    guards = guards_without_files(os.environ, global_options.settings_flags())
    engine = demo_engine(options, state_dir(os.environ), guards=guards)
    return run_app(engine, global_options.app_flags(), demo_app_settings(os.environ))


@unsub_tui.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option(
    "--resources", type=click.IntRange(1, 1_000_000), default=400, show_default=True, help="How many there are."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which estate is invented.")
@click.option("--site", type=SITE_CHOICE, default="intl", show_default=True, help="Whose rules and currency.")
@click.option("--now", type=TimestampType(), help="Where the ledger's clock begins; signatures use the real one.")
@click.option(
    "--state", "state_file", type=click.Path(path_type=Path, dir_okay=False), help="Keep the state in this file."
)
@click.option(
    "--faults", "faults_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Faults to play."
)
@click.option("--latency", type=click.IntRange(0, 60_000), default=0, metavar="MS", help="Delay of every answer.")
def sandbox(
    *,
    host: str,
    port: int,
    resources: int,
    seed: int,
    site: str,
    now: datetime | None,
    state_file: Path | None,
    faults_file: Path | None,
    latency: int,
) -> int:
    """Serve the sandbox on a loopback address and print its endpoint and keys as a line of JSON."""
    from unsub_tui.cli.commands.sandbox import serve_sandbox
    from unsub_tui.sandbox import SandboxOptions

    options = SandboxOptions(
        resources=resources,
        seed=seed,
        site=site,
        now=now,
        state_file=state_file,
        faults_file=faults_file,
        latency_ms=latency,
    )
    return serve_sandbox(options, host, port)


@unsub_tui.command("list")
@click.option(
    "--filter",
    "query",
    default="",
    metavar="EXPR",
    help="What to list, in the words of the filter in the app: type:ecs expires<30d (docs/filter.md).",
)
@click.option(
    "--tab", type=TAB_CHOICE, help="Only what has begun, what has a renewed period to come, or what has not begun."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "jsonl", "csv", "md"]),
    default="table",
    show_default=True,
)
@click.pass_obj
def list_resources(global_options: GlobalOptions, *, query: str, tab: str | None, output_format: str) -> int:
    """List the account's yearly/monthly resources."""
    from unsub_tui.cli.commands.list import write_resource_list
    from unsub_tui.cli.resource_filter import ResourceFilter

    resource_filter = ResourceFilter(query, has_quotes=False)
    return run_with_engine(
        create_engine(global_options), lambda engine: write_resource_list(engine, resource_filter, tab, output_format)
    )


@unsub_tui.command("quote")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--filter", "query", default="", metavar="EXPR", help="What to quote: type:ecs refund<10 (docs/filter.md)."
)
@click.option(
    "--format", "output_format", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@click.pass_obj
def quote_resources(global_options: GlobalOptions, *, ids: tuple[str, ...], query: str, output_format: str) -> int:
    """Estimate what unsubscribing would give back and cost; of all main resources unless some are named.

    The service quotes nothing beforehand: every figure says where it comes from. Changes nothing.
    """
    from unsub_tui.cli.commands.quote import build_quotes, write_quotes
    from unsub_tui.cli.resource_filter import ResourceFilter

    resource_filter = ResourceFilter(query, has_quotes=True)
    return write_quotes(
        run_with_engine(create_engine(global_options), lambda engine: build_quotes(engine, ids, resource_filter)),
        output_format,
    )


@unsub_tui.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option(
    "--format", "output_format", type=click.Choice(["table", "json", "csv", "md"]), default="table", show_default=True
)
def runs(*, run_id: str | None, output_format: str) -> int:
    """Show the recorded runs, or the items of one. Reads the record only, no service."""
    from unsub_tui.cli.config.paths import cache_dir, state_dir
    from unsub_tui.journal.paths import record_paths, set_aside_records

    directory = state_dir(os.environ)
    warn_about_sudo(directory)
    recorded: list[Run] = []
    if record_paths(directory):  # without journals, their reader is not imported
        from unsub_tui.engine.journal_reader import read_all_runs

        recorded = read_all_runs(directory, cache_dir())
    if run_id is None:
        from unsub_tui.cli.commands.runs import warn_about_set_aside_records, write_runs

        write_runs(recorded, output_format)
        warn_about_set_aside_records(set_aside_records(directory))
        return ExitCode.OK
    chosen = [run for run in recorded if run.run_id.startswith(run_id)]
    if len(chosen) != 1:
        raise click.UsageError(f"{'no' if not chosen else 'more than one'} run begins with {run_id!r}")
    from unsub_tui.cli.commands.run_detail import write_run

    write_run(chosen[0], output_format)
    return ExitCode.OK


@unsub_tui.command()
@click.argument("order", metavar="[ORDER]", required=False)
@click.option("--since", type=SinceType(), default="12mo", show_default=True, metavar="DATE|SPAN", help="How far back.")
@click.option(
    "--filter",
    "query",
    default="",
    metavar="EXPR",
    help="What to list: is:others state:pending fee>0 (docs/records.md).",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "jsonl", "csv", "md"]),
    default="table",
    show_default=True,
)
@click.pass_context
def orders(context: click.Context, *, order: str | None, since: datetime, query: str, output_format: str) -> int:
    """List the account's unsubscription orders, ours and others', with their real amounts; or show one.

    Of one order also what came back by original order. Changes nothing.
    """
    from unsub_tui.cli.commands.orders import parse_order_filter, read_orders, write_order, write_orders

    is_given = context.get_parameter_source("since") is not click.core.ParameterSource.DEFAULT
    if order is not None and (query or is_given):
        raise click.UsageError("--since and --filter are for the list, not for one order")
    order_query, global_options = parse_order_filter(query), context.obj
    engine = create_engine(global_options)
    if order is not None:
        return write_order(run_with_engine(engine, lambda opened: opened.history.order(order)), output_format)
    return write_orders(
        run_with_engine(engine, lambda opened: read_orders(opened, since)), order_query, output_format, engine
    )


@unsub_tui.command()
@click.pass_obj
def resume(global_options: GlobalOptions) -> int:
    """Settle what earlier runs left open. Only reads; nothing is sent."""
    from unsub_tui.cli.commands.resume import settle_open_units

    return run_with_engine(create_engine(global_options), settle_open_units)


@unsub_tui.command()
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def doctor(global_options: GlobalOptions, *, output_format: str) -> int:
    """Look at keys, account, permissions, network, record and terminal. Changes nothing."""
    import asyncio

    from unsub_tui.cli.commands.doctor import account_checks, local_checks, settings_failure, write_report
    from unsub_tui.cli.wiring import account_engine
    from unsub_tui.domain.problem import UnsubError
    from unsub_tui.engine.doctor import protection_checks

    environ = dict(os.environ)
    try:
        settings = resolve_settings(global_options)
        checks = list(local_checks(settings, environ))
    except UnsubError as error:
        return write_report(settings_failure(error), output_format)
    try:
        engine = account_engine(settings)
    except UnsubError as error:
        checks += [*settings_failure(error), *protection_checks(settings.guards, None)]
    else:
        checks += asyncio.run(account_checks(engine))
    return write_report(checks, output_format)


@unsub_tui.group()
def config() -> None:
    """Show where settings come from."""


@config.command("show")
@click.pass_obj
def config_show(global_options: GlobalOptions) -> int:
    """Print the settings in force, and where each comes from."""
    from unsub_tui.cli.config.settings import settings_rows
    from unsub_tui.cli.output import write

    for name, value, origin in settings_rows(resolve_settings(global_options)):
        write(f"{name:<16} {value}" + (f"   ({origin})" if origin else "") + "\n")
    return ExitCode.OK


@config.command("validate")
@click.pass_obj
def config_validate(global_options: GlobalOptions) -> int:
    """Check every settings file, and list the guards in force. Asks no service."""
    from unsub_tui.cli.commands.config import validate_settings

    validate_settings(resolve_settings(global_options), os.environ, global_options.settings_flags())
    return ExitCode.OK


@config.command("path")
def config_path() -> int:
    """Print the paths of the settings, the keys and the record."""
    from unsub_tui.cli.config.paths import cache_dir, config_file, credentials_file, filters_file, rules_file, state_dir
    from unsub_tui.cli.output import write

    write(f"config      {config_file(os.environ)}\n")
    write(f"credentials {credentials_file(os.environ)}\n")
    write(f"rules       {rules_file(os.environ)}\n")
    write(f"filters     {filters_file(os.environ)}\n")
    write(f"state       {state_dir(os.environ)}\n")
    write(f"cache       {cache_dir() or '-'}\n")
    return ExitCode.OK
