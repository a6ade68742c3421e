"""A vendor of our own behind the real wire format, to practise and to test on.

It keeps its own books, checks signatures, charges its own fees, and misbehaves on demand. It knows nothing of the rest
of this package: a client and a server that share code share their mistakes. Importing this package is cheap; what a
sandbox is made of is loaded when one is built.
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
    """What kind of vendor it is. The same options give the same catalogue, relative to `now`."""

    resources: int = 400
    """How many resources the account has, attached ones included."""
    seed: int = 1
    site: str = "intl"
    """intl, cn or eu."""
    now: datetime | None = None
    """When the ledger's clock starts, with a time zone; the real time when absent. Signatures go by the real clock."""
    state_file: Path | None = None
    """An SQLite file that keeps what happened; without it the sandbox forgets."""
    faults_file: Path | None = None
    """Rules in the form that `unsub_tui.sandbox.faults` describes."""
    latency_ms: int = 0
    """Added to every call."""
    settle_seconds: float = 3.0
    """How long an unsubscription order is processed."""
    hostile: bool = True
    """Names that attack a terminal are among the resources' names."""
    rate_scale: float = 1.0
    """Multiplies the documented rate limits; 0 switches them off."""
    behavior: Behavior = field(default_factory=Behavior)
    """What nobody could establish about the real service; `settle_seconds` above wins."""


def build_sandbox(options: SandboxOptions) -> Sandbox:
    """Make a sandbox, or bring one back from its state file."""
    from unsub_tui.sandbox.sandbox import open_sandbox  # noqa: PLC0415 - loads the web framework

    return open_sandbox(options)


def __getattr__(name: str) -> object:
    """Load the class `Sandbox` when somebody asks for it by name."""
    if name != "Sandbox":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from unsub_tui.sandbox.sandbox import Sandbox  # noqa: PLC0415 - loads the web framework

    return Sandbox
