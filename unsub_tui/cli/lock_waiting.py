"""Waits for the run of another process on the same account: `--lock-timeout` of `apply` and `resume`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.options import seconds
from unsub_tui.cli.output import write_note
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine

POLL_SECONDS = 0.5
"""Seconds between two looks at the owner of the lock."""

lock_timeout_option = click.option(
    "--lock-timeout",
    type=seconds,
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time to wait while another process runs a plan for the account.",
)


async def retry_while_locked(engine: Engine, attempt: Callable[[], Awaitable[int]], wait_seconds: float) -> int:
    """Return the exit code of `attempt`; repeat it from its beginning once the lock is free, for so long.

    From its beginning, because the other run may have changed what it has read. Raise LOCKED after that time.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    while True:
        try:
            return await attempt()
        except UnsubError as error:
            if error.problem.kind is not ProblemKind.LOCKED or loop.time() >= deadline:
                raise
        write_note(_("Another process runs a plan for this account. Waiting for its end..."))
        # At least once: the lock may be that of another state directory, whose owner is not known here.
        await asyncio.sleep(POLL_SECONDS)
        await _wait_for_owner(engine, deadline)


async def _wait_for_owner(engine: Engine, deadline: float) -> None:
    """Return once no process is known to hold the lock, or at the deadline. The kernel tells nobody of a release."""
    import asyncio

    while engine.history.lock_owner() is not None and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)
