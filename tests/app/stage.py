"""The app on a small sandbox with a clock that stands still, driven by keys, read from its lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TypedDict, Unpack

from rich.style import Style
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from unsub_tui.app.app import UnsubApp
from unsub_tui.app.options import AppOptions, OpenedProfile, ProfileRef
from unsub_tui.app.screens.resources.screen import ResourcesScreen
from unsub_tui.cli.wiring import demo_engine
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.plan import SavedPlan
from unsub_tui.domain.run import Run
from unsub_tui.engine.run.policy import Clock, RunPolicy
from unsub_tui.sandbox import Behavior, SandboxOptions
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

FROZEN_NOW = datetime(2026, 1, 15, 10, 40, tzinfo=UTC)
TIMEOUT_SECONDS = 120.0
"""Only a screen that never comes takes so long."""

NO_WAITING = RunPolicy(
    poll_delays=(0,),
    reconcile_delays=(0,),
    second_observation_delay_seconds=0,
    settle_limit_seconds=5,
    review_limit_seconds=0,
    stop_grace_seconds=1,
    busy_wait_seconds=0,
)


class FrozenClock(Clock):
    """Always the same moment for people; time to wait goes on."""

    def now(self) -> datetime:
        """Return that moment."""
        return FROZEN_NOW


@dataclass
class AppStage:
    """An app that is running, and what belongs to it."""

    app: UnsubApp
    pilot: Pilot[None]
    sandboxes: list[Sandbox]

    @property
    def sandbox(self) -> Sandbox:
        """The vendor behind the app."""
        return self.sandboxes[0]

    def set_faults(self, *faults: Mapping[str, object]) -> None:
        """Let requests of the app fail from now on; without faults, no longer."""
        self.sandbox.faults = parse_faults(list(faults))

    @property
    def last_run(self) -> Run:
        """The last run that ended."""
        assert self.app.last_run is not None
        return self.app.last_run

    @property
    def active_count(self) -> int:
        """How many resources Active Resources has: all that have begun."""
        moment = FROZEN_NOW.timestamp()
        return sum(each.effective <= moment for each in self.sandbox.account.resources.list_all())

    @property
    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()  # noqa: SLF001 - the only way to the lines as painted
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def styles(self) -> list[Style]:
        """The style of everything on the screen, as painted."""
        strips = self.app.screen._compositor.render_strips()  # noqa: SLF001 - the only way to the lines as painted
        return [segment.style for strip in strips for segment in strip if segment.style is not None]

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.lines)

    async def press(self, *keys: str) -> None:
        """Press keys, each after the one before it was worked off."""
        await self.pilot.press(*keys)

    async def wait_for(self, *texts: str, without: str = "\0") -> str:
        """Wait until all texts are on the screen."""
        deadline = monotonic() + TIMEOUT_SECONDS
        while monotonic() < deadline:
            await self.pilot.pause()
            screen = self.text
            if all(each in screen for each in texts) and without not in screen:
                return screen
        raise AssertionError(f"the screen never showed {texts} without {without!r}:\n{self.text}")

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        for char in text:
            self.app.post_message(events.Key(char, char))
            await self.pilot.pause()

    async def answer(self, text: str) -> None:
        """Type a text instead of that in the field, if there is one, and press enter."""
        if isinstance(self.app.focused, Input):
            self.app.focused.value = ""
        await self.type(text)
        await self.press("enter")

    async def apply_filter(self, words: str) -> None:
        """Filter the list."""
        await self.press("slash", *words, "enter")
        await self.wait_for(f"/ {words}")


def resources_screen(stage: AppStage) -> ResourcesScreen:
    """Return the list's screen."""
    screen = stage.app.screen_stack[1]
    assert isinstance(screen, ResourcesScreen)
    return screen


def displayed_ids(stage: AppStage) -> list[str]:
    """Return the ids that are shown, in their order."""
    return [each.id for each in resources_screen(stage).pane.resources.shown_resources()]


async def open_review(stage: AppStage, words: str = "evs in use") -> None:
    """Select everything that these words find, and open the plan with its final figures."""
    await stage.apply_filter(words)
    await stage.press("a")
    await stage.wait_for("selected")
    await stage.press("p")
    await stage.wait_for("Review:", " note", without="Loading")


async def open_confirmation(stage: AppStage) -> str:
    """Go on from a review to the confirmation; return the phrase that it wants."""
    await stage.press("c")
    screen = await stage.wait_for("Type exactly:", "Still needed:")
    return screen.split("Type exactly: ")[1].splitlines()[0].strip()


async def acknowledge_risks(stage: AppStage) -> None:
    """Acknowledge every risk; the focus is in the phrase field afterwards."""
    while "check box" in stage.lines[-2]:
        await stage.press("space", "tab")
        await stage.wait_for("Still needed: ")


async def confirm_plan(stage: AppStage) -> None:
    """Go on from a review through the whole confirmation, and press the button."""
    phrase = await open_confirmation(stage)
    await acknowledge_risks(stage)
    await stage.press(*phrase)
    await stage.wait_for("Complete: ")
    await stage.press("enter", "enter")


async def run_to_end(stage: AppStage, words: str = "evs in use") -> None:
    """Plan, confirm and run; the result is on the screen afterwards."""
    await open_review(stage, words)
    await confirm_plan(stage)
    await stage.wait_for("Ended. ")


class ExtraOptions(TypedDict, total=False):
    """Further options of the app."""

    theme: str
    color: bool
    keymap: Mapping[str, str]
    plan_file: SavedPlan
    save_filter: Callable[[str, str], str]
    countdown_seconds: int
    is_first_run: bool
    monotonic: Callable[[], float]
    list_profiles: Callable[[], Sequence[ProfileRef]]
    open_profile: Callable[[str], OpenedProfile]


@asynccontextmanager
async def run_app(
    directory: Path,
    *,
    resources: int = 60,
    size: tuple[int, int] = (80, 24),
    guards: Guards | None = None,
    hold_seconds: float = 0.0,
    hostile: bool = True,
    is_demo: bool = True,
    site: str = "intl",
    pace: RunPolicy = NO_WAITING,
    reads_inventory: bool = False,
    **more: Unpack[ExtraOptions],
) -> AsyncIterator[AppStage]:
    """Run the app until the `async with` ends; its list is whole when it begins, unless it opens on a plan file."""
    sandboxes: list[Sandbox] = []
    at_once = Behavior(settle_seconds=0)
    options = SandboxOptions(
        resources=resources, seed=1, now=FROZEN_NOW, behavior=at_once, rate_scale=0, hostile=hostile, site=site
    )
    engine = demo_engine(
        options, directory, clock=FrozenClock(), policy=pace, guards=guards, on_sandbox_created=sandboxes.append
    )
    engine.options = replace(engine.options, is_demo=is_demo)
    app_options = AppOptions(
        state_dir=directory, confirm_delay_seconds=hold_seconds, reads_inventory=reads_inventory, **more
    )
    app = UnsubApp(engine, app_options)
    async with app.run_test(size=size) as pilot:
        stage = AppStage(app, pilot, sandboxes)
        while not sandboxes:
            await pilot.pause()
        if size[0] >= 60 and size[1] >= 16 and "plan_file" not in more:  # else the review covers the list
            await stage.wait_for(f"of {stage.active_count:,}", without="Loading")
        yield stage
