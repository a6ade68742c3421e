"""Global options, and the engine built from them. Modules are imported only when a function needs them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from unsub_tui.cli.app_options import AppFlags
    from unsub_tui.cli.config.settings import Settings, SettingsFlags
    from unsub_tui.engine.engine import Engine

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalOptions:
    """The options before the command name. Nothing is read or imported for them until a command needs it."""

    profile: str | None
    read_only: bool
    max_items: int | None
    max_amount: Decimal | None
    max_share: Decimal | None
    no_color: bool
    is_ascii: bool
    mouse: bool

    def settings_flags(self) -> SettingsFlags:
        """Return the flags that affect settings."""
        from unsub_tui.cli.config.settings import SettingsFlags

        return SettingsFlags(
            profile=self.profile,
            read_only=self.read_only,
            max_items=self.max_items,
            max_amount=self.max_amount,
            max_share=self.max_share,
        )

    def app_flags(self) -> AppFlags:
        """Return the flags that affect the app's appearance."""
        from unsub_tui.cli.app_options import AppFlags

        return AppFlags(no_color=self.no_color, is_ascii=self.is_ascii, mouse=self.mouse)


def resolve_settings(global_options: GlobalOptions) -> Settings:
    """Return the settings and remove the secrets from the environment. Raises ConfigError."""
    from unsub_tui.cli.config.settings import load_settings
    from unsub_tui.cli.process.hardening import remove_secrets_from_environment

    settings = load_settings(os.environ, global_options.settings_flags())
    remove_secrets_from_environment()
    warn_about_sudo(settings.state_dir)
    return settings


def warn_about_sudo(state_dir: Path) -> None:
    """Warn if the program runs as root through sudo, and so uses root's state directory."""
    from unsub_tui.cli.output import write_message
    from unsub_tui.cli.process.hardening import sudo_warning

    words = sudo_warning(os.environ, state_dir)
    if words:
        write_message(f"unsub-tui: {words}")


def create_engine(global_options: GlobalOptions) -> Engine:
    """Return the engine of the configured account."""
    from unsub_tui.cli.wiring import account_engine

    return account_engine(resolve_settings(global_options))


def run_with_engine(engine: Engine, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Open the engine, await `work` and close the engine; return the result."""
    import asyncio

    async def opened() -> Result:
        await engine.account.open()
        try:
            return await work(engine)
        finally:
            await engine.close()

    return asyncio.run(opened())
