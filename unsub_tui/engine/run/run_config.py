"""Settings that the engine passes to a run."""

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
    """Ignore the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All inputs of a run except its plan."""

    connection: Connection
    account: AccountRef
    state_dir: Path
    guards: Guards
    operator: str
    """Linux user, host and SSH origin."""
    clock: Clock
    policy: RunPolicy
    attended: bool
    """Whether a user watches the run: it then requires heartbeats, and pauses where it would otherwise end."""
    keep_going: bool = False
    """Whether an unattended run continues to submit after an unknown outcome."""
    on_step: Callable[[str], None] = _no_step
    """Called before and after every journal commit, request and read, in the run's thread."""
    actor: Actor | None = None
    """The operator with the Huawei Cloud user of the credentials; None if unknown."""
    get_guards: Callable[[], Guards] | None = None
    """Returns the current guards, which may become stricter during the run. Called in the run's thread."""
    runtime_dirs: tuple[Path, ...] = ()
    """Candidate directories for the lock that all state directories of this user share."""
    cache_dir: Path | None = None
    """Directory for the copy of the journal's head; None for no copy."""

    @property
    def actor_or_operator(self) -> Actor:
        """The actor, or an actor with the operator only."""
        return self.actor or Actor(operator=self.operator)

    @property
    def current_guards(self) -> Guards:
        """The guards currently in force."""
        return self.get_guards() if self.get_guards is not None else self.guards
