"""Draw the pictures of README and docs from the real app, on the sandbox, at a fixed time."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from unsub_tui.app.app import UnsubApp

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FROZEN_NOW = datetime(2026, 1, 15, 10, 40, tzinfo=UTC)
SIZE = (100, 28)
TIMEOUT_SECONDS = 120.0
"""Only a picture that never comes takes so long."""

RANDOM_PARTS = (
    (r"(\d{8}-\d{6})-[0-9a-f]{6}", r"\1-0a048b"),
    (r"request&#160;[0-9a-f]{32}", "request&#160;07af12ae6c294985ad5123e9f62239b6"),
    (r"terminal-\d+", "terminal"),
)
"""What differs between two drawings, as patterns with replacements of the same width: ids of runs, requests and SVG."""

STALLED = {"operation": "unsubscribe", "calls": [14], "action": "stall_after", "seconds": 3600}
"""A request that stays in flight, so that a run stands still in its midst."""


@dataclass(frozen=True)
class Stage:
    """The running app, and its keys."""

    app: UnsubApp
    pilot: Pilot[None]

    async def shows(self, *words: str) -> str:
        """Wait until all keys are worked off and the screen has all the words and stays; return its picture."""
        before = ""
        deadline = monotonic() + TIMEOUT_SECONDS
        while monotonic() < deadline:
            await self.pilot.pause(0.05)
            svg = self.app.export_screenshot(title="unsub-tui")
            words_while_reading = ("Loading&#160;", "Inventory&#160;", "reading&#160;")
            is_busy = not self.app.key_queue.is_idle or any(each in svg for each in words_while_reading)
            if svg == before and not is_busy and all(word.replace(" ", "&#160;") in svg for word in words):
                for pattern, replacement in RANDOM_PARTS:
                    svg = re.sub(pattern, replacement, svg)
                return svg
            before = svg
        text = unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?s)<style.*?</style>", "", before))).replace("\xa0", " ")
        last = "\n".join(line for line in text.splitlines() if line.strip())
        raise RuntimeError(f"the screen never showed {words} and stayed; it last showed:\n{last}")

    async def open_confirmation(self) -> dict[str, str]:
        """Select resources and go on to the confirmation; return the pictures on the way."""
        await self.shows("shown 387 of 387", "attached")  # the inventory is read
        await self.pilot.press("f")
        drawn = {"facets.svg": await self.shows("Run state", "Service")}
        await self.pilot.press("f", "slash", *"use web", "enter")
        await self.shows("use web", "shown")
        await self.pilot.press("a", "j", "j", "j", "space")
        drawn["list.svg"] = await self.shows("selected", "[x]", "└")
        await self.pilot.press("p")
        drawn["plan.svg"] = await self.shows("Review:", " note", "refund", "fee", "estimate)")
        await self.pilot.press("c")
        drawn["confirm.svg"] = await self.shows("Type exactly:", "Still needed:")
        return drawn

    async def confirm(self) -> None:
        """Acknowledge every risk, type the phrase and press the button."""
        screen = await self.shows("Type exactly:")
        while "check&#160;box" in screen:
            await self.pilot.press("space", "tab")
            screen = await self.shows("Still needed:")
        phrase = re.search("Type&#160;exactly:&#160;([^<]+)<", screen)
        if phrase is None:
            raise RuntimeError("the screen names no phrase")
        await self.pilot.press(*phrase[1].replace("&#160;", " ").strip())
        await self.shows("Complete:")
        await self.pilot.press("enter", "enter")


@asynccontextmanager
async def run_demo(*faults: Mapping[str, object]) -> AsyncIterator[Stage]:
    """Run the app on a sandbox that has these faults."""
    from unsub_tui.app.app import UnsubApp  # noqa: PLC0415 - after the environment is set
    from unsub_tui.app.options import AppOptions  # noqa: PLC0415
    from unsub_tui.cli.wiring import demo_engine  # noqa: PLC0415
    from unsub_tui.engine.run.policy import Clock, RunPolicy  # noqa: PLC0415
    from unsub_tui.sandbox import Behavior, SandboxOptions  # noqa: PLC0415
    from unsub_tui.sandbox.faults import parse_faults  # noqa: PLC0415

    class FrozenClock(Clock):
        """Always the moment of the pictures."""

        def now(self) -> datetime:
            """Return that moment."""
            return FROZEN_NOW

    at_once = Behavior(settle_seconds=0)
    options = SandboxOptions(resources=400, seed=1, now=FROZEN_NOW, behavior=at_once, rate_scale=0, hostile=False)
    policy = RunPolicy(poll_delays=(0,), second_observation_delay_seconds=0, stop_grace_seconds=0)
    with tempfile.TemporaryDirectory() as directory:
        engine = demo_engine(
            options,
            Path(directory),
            clock=FrozenClock(),
            policy=policy,
            on_sandbox_created=lambda sandbox: setattr(sandbox, "faults", parse_faults(list(faults))),
            operator_name="chen@bastion",
        )
        app = UnsubApp(engine, AppOptions(state_dir=Path(directory), theme="slate", confirm_delay_seconds=0))
        async with app.run_test(size=SIZE) as pilot:
            yield Stage(app, pilot)


async def draw_screenshots() -> dict[str, str]:
    """Return the pictures by file name, as SVG."""
    async with run_demo(STALLED) as stage:
        drawn = await stage.open_confirmation()
        await stage.confirm()
        # All requests before the one that stalls are completed, and their refunds were read: nothing changes any more.
        drawn["run.svg"] = await stage.shows("submitting", "12 completed", "1 failed", "exact 4,373.65 USD")
    async with run_demo() as stage:
        await stage.open_confirmation()
        await stage.confirm()
        await stage.shows("Ended.")
        await stage.pilot.press("q")
        await stage.shows("shown")
        await stage.pilot.press("4")
        await stage.shows("run of")
        await stage.pilot.press("g", "j", "enter")
        drawn["record.svg"] = await stage.shows("completed", "started")
    return drawn


def render_screenshots() -> dict[str, str]:
    """Return the pictures, drawn in an environment that is the same everywhere."""
    os.environ |= {"TEXTUAL_ANIMATIONS": "none", "TZ": "UTC", "LANG": "C.UTF-8"}
    return asyncio.run(draw_screenshots())


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for name, svg in render_screenshots().items():
        (DOCS / name).write_text(svg, encoding="utf-8")
        print(f"drew {DOCS / name}")
