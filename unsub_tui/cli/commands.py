"""The commands. Each imports what it needs when it runs, so that help stays quick."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from unsub_tui import __version__
from unsub_tui.cli.exits import Exit

if TYPE_CHECKING:
    from unsub_tui.cli.looks import Look
    from unsub_tui.cli.settings import Flags, Settings
    from unsub_tui.domain.resource import Resource
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.engine import Engine

Result = TypeVar("Result")

SITES = click.Choice(["intl", "cn", "eu"])


class Money(click.ParamType[Decimal]):
    """An amount of money, not negative."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the amount, or say what an amount looks like."""
        try:
            amount = Decimal(str(value))
        except ArithmeticError:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is not an amount such as 500.00", param, ctx)
        return amount


class Moment(click.ParamType[datetime]):
    """A moment, ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, or say what one looks like."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-01-15T08:30:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What stood before the command; nothing is read or imported for it until a command asks."""

    profile: str | None
    read_only: bool
    max_items: int | None
    max_amount: Decimal | None
    no_color: bool
    is_ascii: bool
    mouse: bool

    def flags(self) -> Flags:
        """Return the flags that concern settings."""
        from unsub_tui.cli.settings import Flags

        return Flags(
            profile=self.profile, read_only=self.read_only, max_items=self.max_items, max_amount=self.max_amount
        )

    def look(self) -> Look:
        """Return the flags that concern the looks."""
        from unsub_tui.cli.looks import Look

        return Look(no_color=self.no_color, is_ascii=self.is_ascii, mouse=self.mouse)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@click.option("--profile", metavar="NAME", help="Use this profile of the configuration, and no other keys.")
@click.option("--read-only", is_flag=True, help="Refuse to unsubscribe anything.")
@click.option("--max-items", type=click.IntRange(min=1), metavar="N", help="Refuse plans of more than N items.")
@click.option("--max-amount", type=Money(), metavar="AMOUNT", help="Refuse plans that refund more than AMOUNT.")
@click.option("--no-color", is_flag=True, help="Send no colour codes.")
@click.option("--ascii", "is_ascii", is_flag=True, help="Draw frames with + - |.")
@click.option("--mouse", is_flag=True, help="Let the mouse work; the terminal's own selection then does not.")
@click.pass_context
def unsub_tui(
    context: click.Context,
    *,
    profile: str | None,
    read_only: bool,
    max_items: int | None,
    max_amount: Decimal | None,
    no_color: bool,
    is_ascii: bool,
    mouse: bool,
) -> int:
    """Clean up yearly/monthly resources of a Huawei Cloud account.

    Without a command: the app, on the configured account. `demo` opens it on an embedded sandbox.
    """
    from unsub_tui.cli.process import harden

    harden()
    context.obj = Invocation(
        profile=profile,
        read_only=read_only,
        max_items=max_items,
        max_amount=max_amount,
        no_color=no_color,
        is_ascii=is_ascii,
        mouse=mouse,
    )
    return _app(context.obj) if context.invoked_subcommand is None else Exit.OK


def _app(invocation: Invocation) -> int:
    """Open the app on the configured account."""
    from unsub_tui.cli.signing_in import asking
    from unsub_tui.cli.terminal import check_terminal, open_app
    from unsub_tui.cli.wiring import account_engine

    settings = _settings(invocation)
    engine = account_engine(settings)
    check_terminal()
    return open_app(engine, invocation.look(), settings.look, asking(settings.source))


@unsub_tui.command()
@click.option(
    "--resources", type=click.IntRange(1, 1_000_000), default=400, show_default=True, help="How many there are."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which estate is invented.")
@click.option("--site", type=SITES, default="intl", show_default=True, help="Whose rules and currency.")
@click.option("--latency", type=click.IntRange(0, 60_000), default=0, metavar="MS", help="Delay of every answer.")
@click.pass_obj
def demo(invocation: Invocation, *, resources: int, seed: int, site: str, latency: int) -> int:
    """Open the app on an embedded sandbox: nothing real is touched."""
    from unsub_tui.cli.places import state_dir
    from unsub_tui.cli.settings import cli_guards, demo_look
    from unsub_tui.cli.terminal import check_terminal, open_app
    from unsub_tui.cli.wiring import demo_engine
    from unsub_tui.sandbox import SandboxOptions

    check_terminal()
    options = SandboxOptions(resources=resources, seed=seed, site=site, latency_ms=latency)
    guards = cli_guards(os.environ, invocation.flags())
    engine = demo_engine(options, state_dir(os.environ), guards=guards)
    return open_app(engine, invocation.look(), demo_look(os.environ))


@unsub_tui.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option(
    "--resources", type=click.IntRange(1, 1_000_000), default=400, show_default=True, help="How many there are."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which estate is invented.")
@click.option("--site", type=SITES, default="intl", show_default=True, help="Whose rules and currency.")
@click.option("--now", type=Moment(), help="Where the ledger's clock begins; signatures use the real one.")
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
    from unsub_tui.cli.serving import serve_sandbox
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
    "--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "md"]), default="table", show_default=True
)
@click.pass_obj
def list_resources(invocation: Invocation, *, query: str, form: str) -> int:
    """List the account's yearly/monthly resources."""
    from unsub_tui.cli.finding import Finder
    from unsub_tui.cli.listing import write_resources

    finder = Finder(query, has_quotes=False)

    async def read(engine: Engine) -> list[Resource]:
        listed: list[Resource] = []
        async for progress in engine.catalogue():
            if progress.is_afresh:
                listed.clear()
            listed += progress.page
        return listed

    engine = _engine(invocation)
    listed = _with_engine(engine, read)
    write_resources(form, finder.found(listed, engine), engine.rules, engine.now())
    return Exit.OK


@unsub_tui.command("quote")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--filter", "query", default="", metavar="EXPR", help="What to quote: type:ecs refund<10 (docs/filter.md)."
)
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.pass_obj
def quote_resources(invocation: Invocation, *, ids: tuple[str, ...], query: str, form: str) -> int:
    """Estimate what unsubscribing would give back and cost; of all main resources unless some are named.

    The service quotes nothing beforehand: every figure says where it comes from. Changes nothing.
    """
    from unsub_tui.cli.finding import Finder
    from unsub_tui.cli.quoting import quote, write_quotes

    finder = Finder(query, has_quotes=True)
    return write_quotes(_with_engine(_engine(invocation), lambda engine: quote(engine, ids, finder)), form)


@unsub_tui.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def runs(*, run_id: str | None, form: str) -> int:
    """Show the recorded runs, or the items of one. Reads the record only, no service."""
    from unsub_tui.cli.places import state_dir
    from unsub_tui.cli.recording import write_run, write_runs
    from unsub_tui.engine.records import read_all_runs

    _tell_whose(state_dir(os.environ))
    recorded: list[Run] = read_all_runs(state_dir(os.environ))
    if run_id is None:
        write_runs(recorded, form)
        return Exit.OK
    chosen = [run for run in recorded if run.run_id.startswith(run_id)]
    if len(chosen) != 1:
        raise click.UsageError(f"{'no' if not chosen else 'more than one'} run begins with {run_id!r}")
    write_run(chosen[0], form)
    return Exit.OK


@unsub_tui.command()
@click.pass_obj
def resume(invocation: Invocation) -> int:
    """Settle what earlier runs left open. Only reads; nothing is sent."""
    from unsub_tui.cli.resuming import settle_open_units

    return _with_engine(_engine(invocation), settle_open_units)


@unsub_tui.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def doctor(invocation: Invocation, *, form: str) -> int:
    """Look at keys, account, permissions, network, record and terminal. Changes nothing."""
    import asyncio

    from unsub_tui.cli.doctoring import account_checks, local_checks, report, without_settings
    from unsub_tui.cli.wiring import account_engine
    from unsub_tui.domain.problem import UnsubError

    environ = dict(os.environ)
    try:
        settings = _settings(invocation)
        checks = list(local_checks(settings, environ))
    except UnsubError as error:
        return report(without_settings(error), form)
    try:
        engine = account_engine(settings)
    except UnsubError as error:
        checks += without_settings(error)
    else:
        checks += asyncio.run(account_checks(engine))
    return report(checks, form)


@unsub_tui.group()
def config() -> None:
    """Show where settings come from."""


@config.command("show")
@click.pass_obj
def config_show(invocation: Invocation) -> int:
    """Print the settings in force, and where each comes from."""
    from unsub_tui.cli.output import write
    from unsub_tui.cli.settings import shown

    for name, value, origin in shown(_settings(invocation)):
        write(f"{name:<12} {value}" + (f"   ({origin})" if origin else "") + "\n")
    return Exit.OK


@config.command("path")
def config_path() -> int:
    """Print the paths of the settings, the keys and the record."""
    from unsub_tui.cli.output import write
    from unsub_tui.cli.places import cache_dir, config_file, credentials_file, filters_file, rules_file, state_dir

    write(f"config      {config_file(os.environ)}\n")
    write(f"credentials {credentials_file(os.environ)}\n")
    write(f"rules       {rules_file(os.environ)}\n")
    write(f"filters     {filters_file(os.environ)}\n")
    write(f"state       {state_dir(os.environ)}\n")
    write(f"cache       {cache_dir()}\n")
    return Exit.OK


def _tell_whose(state_dir: Path) -> None:
    """Say whose record is used, where that is easily mistaken."""
    from unsub_tui.cli.output import say
    from unsub_tui.cli.process import sudo_words

    words = sudo_words(os.environ, state_dir)
    if words:
        say(f"unsub-tui: {words}")


def _settings(invocation: Invocation) -> Settings:
    from unsub_tui.cli.process import forget_secrets
    from unsub_tui.cli.settings import load_settings

    settings = load_settings(os.environ, invocation.flags())
    forget_secrets()
    _tell_whose(settings.state_dir)
    return settings


def _engine(invocation: Invocation) -> Engine:
    from unsub_tui.cli.wiring import account_engine

    return account_engine(_settings(invocation))


def _with_engine(engine: Engine, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Open the engine, do the work, close it."""
    import asyncio

    async def opened() -> Result:
        await engine.open()
        try:
            return await work(engine)
        finally:
            await engine.close()

    return asyncio.run(opened())
