"""What stood before the command, and the engine that it asks for. Imports what it needs when it is asked."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from unsub_tui.cli.looks import Look
    from unsub_tui.cli.settings import Flags, Settings
    from unsub_tui.engine.engine import Engine

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What stood before the command; nothing is read or imported for it until a command asks."""

    profile: str | None
    read_only: bool
    max_items: int | None
    max_amount: Decimal | None
    max_share: Decimal | None
    no_color: bool
    is_ascii: bool
    mouse: bool

    def flags(self) -> Flags:
        """Return the flags that concern settings."""
        from unsub_tui.cli.settings import Flags

        return Flags(
            profile=self.profile,
            read_only=self.read_only,
            max_items=self.max_items,
            max_amount=self.max_amount,
            max_share=self.max_share,
        )

    def look(self) -> Look:
        """Return the flags that concern the looks."""
        from unsub_tui.cli.looks import Look

        return Look(no_color=self.no_color, is_ascii=self.is_ascii, mouse=self.mouse)


def settings_for(invocation: Invocation) -> Settings:
    """Return the settings, and take the keys out of the environment; raises ConfigError."""
    from unsub_tui.cli.process import forget_secrets
    from unsub_tui.cli.settings import load_settings

    settings = load_settings(os.environ, invocation.flags())
    forget_secrets()
    tell_whose(settings.state_dir)
    return settings


def tell_whose(state_dir: Path) -> None:
    """Say whose record is used, where that is easily mistaken."""
    from unsub_tui.cli.output import say
    from unsub_tui.cli.process import sudo_words

    words = sudo_words(os.environ, state_dir)
    if words:
        say(f"unsub-tui: {words}")


def engine_for(invocation: Invocation) -> Engine:
    """Return the engine of the configured account."""
    from unsub_tui.cli.wiring import account_engine

    return account_engine(settings_for(invocation))


def with_engine(engine: Engine, work: Callable[[Engine], Awaitable[Result]]) -> Result:
    """Open the engine, do the work, close it."""
    import asyncio

    async def opened() -> Result:
        await engine.open()
        try:
            return await work(engine)
        finally:
            await engine.close()

    return asyncio.run(opened())
