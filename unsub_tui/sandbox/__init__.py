"""Simulated Huawei Cloud with the real wire format, for practice and tests.

It keeps account state, verifies signatures, charges fees and injects faults. It shares no code with the rest of
unsub_tui, because a client and a server that share code share mistakes. Importing this package is cheap; the modules
of the sandbox are imported when a sandbox is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.sandbox.behavior import Behavior

if TYPE_CHECKING:
    from unsub_tui.sandbox.sandbox import Sandbox

__all__ = ["Behavior", "Sandbox", "SandboxOptions", "build_sandbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Options of a sandbox. The same options generate the same purchases, relative to `now`."""

    resources: int = 400
    """Number of resources in the account, including attached resources."""
    seed: int = 1
    site: str = "intl"
    """intl, cn or eu."""
    now: datetime | None = None
    """Start of the simulated clock, timezone-aware; by default the real time. Signatures use the real clock."""
    state_file: Path | None = None
    """SQLite file that saves changes across restarts; without it, changes are lost."""
    faults_file: Path | None = None
    """File of fault rules in the format described in `unsub_tui.sandbox.faults`."""
    latency_ms: int = 0
    """Delay added to every call."""
    settle_seconds: float = 3.0
    """Processing time of an unsubscription order."""
    hostile: bool = True
    """Whether some resource names contain attacks on a terminal."""
    rate_scale: float = 1.0
    """Factor for the documented rate limits; 0 disables them."""
    behavior: Behavior = field(default_factory=Behavior)
    """Behavior that is unknown for the real service; its `settle_seconds` is replaced by the one above."""


def build_sandbox(options: SandboxOptions) -> Sandbox:
    """Return a new sandbox, or a sandbox restored from its state file. Raise ValueError for invalid options."""
    from unsub_tui.sandbox.sandbox import open_sandbox  # noqa: PLC0415 - loads the web framework

    return open_sandbox(options)


def __getattr__(name: str) -> object:
    """Import the class `Sandbox` on first access."""
    if name != "Sandbox":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from unsub_tui.sandbox.sandbox import Sandbox  # noqa: PLC0415 - loads the web framework

    return Sandbox
