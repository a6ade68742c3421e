"""Draw the pictures of the README from the real app, on the sandbox, at a fixed time."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FROZEN_NOW = datetime(2026, 1, 15, 10, 40, tzinfo=UTC)
SIZE = (100, 28)
TIMEOUT_SECONDS = 120.0
"""Only a picture that never comes takes so long."""


async def draw_screenshots() -> dict[str, str]:
    """Return the pictures by file name, as SVG."""
    from unsub_tui.app.app import UnsubApp  # noqa: PLC0415 - after the environment is set
    from unsub_tui.app.options import AppOptions  # noqa: PLC0415
    from unsub_tui.cli.wiring import demo_engine  # noqa: PLC0415
    from unsub_tui.engine.run.policy import Clock  # noqa: PLC0415
    from unsub_tui.sandbox import SandboxOptions  # noqa: PLC0415

    class FrozenClock(Clock):
        """Always the moment of the pictures."""

        def now(self) -> datetime:
            """Return that moment."""
            return FROZEN_NOW

    with tempfile.TemporaryDirectory() as directory:
        sandbox = SandboxOptions(resources=400, seed=1, now=FROZEN_NOW, rate_scale=0, hostile=False)
        engine = demo_engine(sandbox, Path(directory), clock=FrozenClock())
        app = UnsubApp(engine, AppOptions(state_dir=Path(directory)))
        async with app.run_test(size=SIZE) as pilot:

            async def shows(*words: str) -> str:
                """Wait until all keys are worked off and the screen has all the words and stays; return its picture."""
                before = ""
                deadline = monotonic() + TIMEOUT_SECONDS
                while monotonic() < deadline:
                    await pilot.pause(0.05)
                    svg = app.export_screenshot(title="unsub-tui")
                    is_busy = not app.key_queue.is_idle or "Loading&#160;bills" in svg
                    if svg == before and not is_busy and all(word.replace(" ", "&#160;") in svg for word in words):
                        return svg
                    before = svg
                raise RuntimeError(f"the screen never showed {words}")

            await shows("shown 387 of 387")
            await pilot.press("slash", *"use web", "enter")
            await shows("use web", "shown")
            await pilot.press("a", "j", "j", "j", "space")
            drawn = {"list.svg": await shows("selected", "[x]", "└")}
            await pilot.press("p")
            drawn["plan.svg"] = await shows("Review:", " note", "refund", "fee", "estimate)")
            await pilot.press("c")
            drawn["confirm.svg"] = await shows("Type exactly:", "Still needed:")
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
