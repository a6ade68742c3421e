"""Pictures of a few screens at the two sizes that matter; `pytest --snapshot-update` takes them anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from tests.app.stage import FROZEN_NOW, NO_WAITING, AppStage, FrozenClock, open_confirmation
from unsub_tui.app.app import UnsubApp
from unsub_tui.app.options import AppOptions
from unsub_tui.cli.wiring import demo_engine
from unsub_tui.sandbox import Behavior, SandboxOptions


class SnapCompare(Protocol):
    """The fixture of pytest-textual-snapshot, as far as we use it."""

    def __call__(
        self,
        app: UnsubApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool:
        """Whether the screen is as in the picture."""


async def show_list(stage: AppStage) -> None:
    """A filtered list with marks."""
    await stage.apply_filter("evs use")
    await stage.press("a")
    await stage.wait_for("skipped")


async def show_plan(stage: AppStage) -> None:
    """The plan of these marks."""
    await show_list(stage)
    await stage.press("p")
    await stage.wait_for("Review:", " note", without="Loading")


async def show_confirm(stage: AppStage) -> None:
    """Its confirmation."""
    await show_plan(stage)
    await open_confirmation(stage)


async def show_details(stage: AppStage) -> None:
    """One resource."""
    await stage.press("enter")
    await stage.wait_for("id", "region")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    "show", [show_list, show_plan, show_confirm, show_details], ids=lambda show: str(show.__name__)
)
def test_a_screen_looks_as_it_did(
    tmp_path: Path,
    snap_compare: SnapCompare,
    show: Callable[[AppStage], Awaitable[None]],
    size: tuple[int, int],
) -> None:
    """The screen is the one in the picture."""
    options = SandboxOptions(resources=60, seed=1, now=FROZEN_NOW, behavior=Behavior(settle_seconds=0), rate_scale=0)
    engine = demo_engine(options, tmp_path, clock=FrozenClock(), policy=NO_WAITING)
    app = UnsubApp(engine, AppOptions(state_dir=tmp_path, reads_inventory=False, confirm_delay_seconds=0))

    async def run_before(pilot: Pilot[None]) -> None:
        stage = AppStage(app, pilot, [])
        await stage.wait_for("of 59", without="Loading")
        await show(stage)

    assert snap_compare(app, terminal_size=size, run_before=run_before)
