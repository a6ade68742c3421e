"""What many tests need: a sandbox, and a connection into it that takes no time."""

from __future__ import annotations

import asyncio

import httpx

from unsub_tui.api.connection import Connection, Credentials
from unsub_tui.api.pacing import Pacing
from unsub_tui.domain.secret import Secret
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.sandbox import Sandbox


async def no_time(_: float) -> None:
    """Stand for a pause that takes no time; other tasks get their turn."""
    await asyncio.sleep(0)


FAST = Pacing(sleep=no_time, default_rate=1e9, rates={}, chance=lambda: 1.0)
"""No pauses between calls or tries."""


def make_sandbox(resources: int = 60, *, site: str = "intl", seed: int = 1, settle_seconds: float = 0.0) -> Sandbox:
    """Return a sandbox without rate limits that settles when its clock is advanced."""
    options = SandboxOptions(resources=resources, site=site, seed=seed, settle_seconds=settle_seconds, rate_scale=0)
    return build_sandbox(options)


def connect(sandbox: Sandbox, *, site: str = "intl", endpoint: str = "", pacing: Pacing = FAST) -> Connection:
    """Return a connection into a sandbox of this process, or to one served at `endpoint`."""
    return Connection(
        site=site,
        endpoint=endpoint or "http://127.0.0.1",
        credentials=Credentials(
            access_key=sandbox.access_key,
            secret_key=Secret(sandbox.secret_key),
            domain_id=sandbox.domain_id,
            source="a test",
        ),
        transport=None if endpoint else lambda: httpx.ASGITransport(app=sandbox.app),
        pacing=pacing,
    )
