"""Options that the caller passes to the engine, and the progress of a listing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.guards import Guards
from unsub_tui.engine.run.policy import Clock, RunPolicy

if TYPE_CHECKING:
    from unsub_tui.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Account, directory, guard and timing settings of one engine."""

    state_dir: Path
    site: str
    """cn, intl or eu; empty to detect the site."""
    profile: str = ""
    alias: str = ""
    """The profile's name for the account, used in the confirmation phrase."""
    guards: Guards = field(default_factory=Guards)
    operator: str = ""
    """Linux user, host and SSH origin, recorded in the journal."""
    is_demo: bool = False
    is_production: bool = False
    clock: Clock = field(default_factory=Clock)
    run_policy: RunPolicy = field(default_factory=RunPolicy)
    rules_file: Path | None = None
    """The user's rules file, which overrides the rules that ship with the program. The file need not exist."""
    cache_dir: Path | None = None
    """Directory for bills of settled months (not of the sandbox) and copies of the journal heads; None: no cache."""
    runtime_dirs: tuple[Path, ...] = ()
    """Candidate directories for the lock that all state directories of this user share; empty for no shared lock."""


@dataclass(frozen=True, slots=True)
class CatalogProgress:
    """One page of the listing, with the number of resources so far."""

    page: tuple[Resource, ...]
    loaded: int
    total: int
    restarted: bool = False
    """The list changed and is being read from the start: discard all pages before this one."""
