"""What a run is given from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unsub_tui.api.connection import Connection
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.guards import Guards
from unsub_tui.engine.run.run_policy import Clock, RunPolicy


def _no_step(_: str) -> None:
    """Do nothing between two steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Everything a run needs besides its plan."""

    connection: Connection
    account: AccountRef
    state_dir: Path
    guards: Guards
    operator: str
    """Linux user, host and SSH origin."""
    clock: Clock
    policy: RunPolicy
    attended: bool
    """A person watches: the run asks for a heartbeat, and pauses where it would otherwise end."""
    keep_going: bool = False
    """Without a person: an unknown outcome does not keep the rest from being sent."""
    on_step: Callable[[str], None] = _no_step
    """Told before and after every commit, request and read, in the run's thread."""
    actor: Actor | None = None
    """The operator, and whom the vendor takes that user for."""
    get_guards: Callable[[], Guards] | None = None
    """Returns the guards of this moment, where they may be tightened while a run lasts. Called in the run's thread."""
    runtime_dirs: tuple[Path, ...] = ()
    """Where the lock can lie that all state directories of this user share."""
    cache_dir: Path | None = None
    """Where the copy of the record's head is kept; None keeps none."""

    @property
    def actor_or_operator(self) -> Actor:
        """Who runs it, as far as known."""
        return self.actor or Actor(operator=self.operator)

    @property
    def current_guards(self) -> Guards:
        """The guards of this moment."""
        return self.get_guards() if self.get_guards is not None else self.guards
