"""The options before the command name, and the settings and the engine that a command gets for them.

Modules are imported only when a function needs them, because every command imports this one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from unsub_tui.cli.config.settings import Settings
    from unsub_tui.engine.engine import Engine

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalOptions:
    """The options before the command name. None means that an option was not given."""

    profile: str | None = None
    read_only: bool = False
    max_items: int | None = None
    max_amount: Decimal | None = None
    max_share: Decimal | None = None
    refuse_running: bool = False
    require_backup: int | None = None
    no_color: bool = False
    is_ascii: bool = False
    mouse: bool = False
    tz: str | None = None
    quiet: bool = False
    verbose: bool = False
    log_file: str | None = None


OPTIONS_AFTER_COMMAND = frozenset(field.name for field in fields(GlobalOptions)) - {"mouse"}
"""Names of the options that may also stand after a command; the mouse is the app's alone."""


def resolve_settings(global_options: GlobalOptions) -> Settings:
    """Return the settings, remove the secrets from the environment, and begin the log. Raises ConfigError or FILE."""
    from unsub_tui.cli.config.settings import load_settings
    from unsub_tui.cli.process.hardening import remove_secrets_from_environment, warn_about_sudo

    settings = load_settings(global_options)
    remove_secrets_from_environment()
    warn_about_sudo(settings.state_dir)
    if global_options.verbose or global_options.log_file is not None:
        from unsub_tui.cli.log_output import begin_log

        begin_log(global_options.log_file, is_verbose=global_options.verbose)
    return settings


def run_with_engine(global_options: GlobalOptions, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Await `work` with the opened engine of the configured account; return the result."""
    import asyncio

    from unsub_tui.cli.exit_codes import SignalError
    from unsub_tui.cli.wiring import account_engine
    from unsub_tui.domain.problem import UnsubError

    engine = account_engine(resolve_settings(global_options))

    async def opened() -> Result:
        await engine.account.open()
        return await work(engine)

    async def closed_afterwards() -> Result:
        try:
            return await within_timeout(opened())
        except (UnsubError, SignalError) as error:
            error.account = engine.account.ref
            raise
        finally:
            await engine.close()

    return asyncio.run(closed_afterwards())


async def within_timeout(work: Awaitable[Result]) -> Result:
    """Await `work` for at most the time that the `--timeout` of a command allows. Raises NETWORK."""
    import asyncio

    import click

    from unsub_tui.cli.options import READ_TIMEOUT

    context = click.get_current_context(silent=True)
    seconds: float | None = None if context is None else context.meta.get(READ_TIMEOUT)
    timeout = asyncio.timeout(seconds)
    try:
        async with timeout:
            return await work
    except TimeoutError:
        if not timeout.expired():
            raise
    from unsub_tui.domain.fact import fact
    from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

    raise UnsubError(Problem(kind=ProblemKind.NETWORK, facts=(fact("not_read_in_time", seconds=f"{seconds:g}"),)))
