"""The order in which the app imports its modules while the frame is visible.

The event loop does the imports: concurrent imports in threads can fail (`_DeadlockError`). A command used before its
modules are loaded imports them itself.
"""

from __future__ import annotations

from asyncio import sleep, to_thread
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from unsub_tui.app.screens.resources.screen import ResourcesScreen

Result = TypeVar("Result")

PAUSE_SECONDS = 0.3
"""Pause before each import after the list, in which the list loads and keys are handled."""


async def import_list() -> type[ResourcesScreen]:
    """Import what the list needs; between two imports, the event loop serves the terminal and the network."""
    import unsub_tui.listmodel.filters

    await sleep(0)
    import unsub_tui.app.columns

    await sleep(0)
    import unsub_tui.listmodel.tabs

    await sleep(0)
    import unsub_tui.app.dialogs.dialog

    await sleep(0)
    import unsub_tui.app.dialogs.menu

    await sleep(0)
    import unsub_tui.app.screens.resources.list_pane

    await sleep(0)
    import unsub_tui.engine.rulebook  # for the first row; imported while the program waits for the account anyway

    await sleep(0)
    from unsub_tui.app.screens.resources.screen import ResourcesScreen

    return ResourcesScreen


async def import_rest() -> None:
    """Import what the commands of the list need."""
    await sleep(PAUSE_SECONDS)
    import unsub_tui.present.finding_cells  # by the first filter on a finding

    await sleep(PAUSE_SECONDS)
    import_record_readers()
    await sleep(PAUSE_SECONDS)
    import unsub_tui.api.mapping  # the decoding of all reads except that of the list

    await sleep(PAUSE_SECONDS)
    import unsub_tui.app.screens.review

    await sleep(PAUSE_SECONDS)
    import unsub_tui.app.screens.run

    await sleep(PAUSE_SECONDS)
    import unsub_tui.app.screens.watch_run

    await sleep(PAUSE_SECONDS)
    import unsub_tui.app.screens.records


def import_record_readers() -> None:
    """Import what reads the record, because it is read in threads."""
    import pydantic.dataclasses  # by the documents of the record, on their first use

    import unsub_tui.engine.journal_reader


async def read_in_thread(read: Callable[[], Result]) -> Result:
    """Return the result of a read of the record, made in a thread so that the event loop stays responsive."""
    import_record_readers()
    return await to_thread(read)
