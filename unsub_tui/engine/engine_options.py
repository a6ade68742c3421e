"""What the engine is told from outside, and how far a listing is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.guards import Guards
from unsub_tui.engine.run.run_policy import Clock, RunPolicy

if TYPE_CHECKING:
    from unsub_tui.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What the engine is told from outside: who, where to keep the record, and how careful to be."""

    state_dir: Path
    site: str
    """cn, intl or eu; empty where it is to be found out."""
    profile: str = ""
    alias: str = ""
    """The profile's own name for the account, used in the typed phrase."""
    guards: Guards = field(default_factory=Guards)
    operator: str = ""
    """Linux user, host and SSH origin, for the record."""
    is_demo: bool = False
    is_production: bool = False
    clock: Clock = field(default_factory=Clock)
    run_policy: RunPolicy = field(default_factory=RunPolicy)
    rules_file: Path | None = None
    """The user's own rules, which override those that ship with the program; it need not exist."""
    cache_dir: Path | None = None
    """Where bills of settled months of the real service and copies of the records' heads are kept; None keeps none."""
    runtime_dirs: tuple[Path, ...] = ()
    """Where the lock can lie that all state directories of this user share; empty: there is none."""


@dataclass(frozen=True, slots=True)
class CatalogProgress:
    """One more page of the listing."""

    page: tuple[Resource, ...]
    loaded: int
    total: int
    restarted: bool = False
    """The list moved and is read anew: what came before this page is to be forgotten."""
