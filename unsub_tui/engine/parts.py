"""What a run is given from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unsub_tui.api.connection import Connection
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.person import Person
from unsub_tui.engine.timing import Clock, Pace


def _no_step(_: str) -> None:
    """Do nothing between two steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParts:
    """Everything a run needs besides its plan."""

    connection: Connection
    account: AccountRef
    state_dir: Path
    guards: Guards
    operator: str
    """Linux user, host and SSH origin."""
    clock: Clock
    pace: Pace
    attended: bool
    """A person watches: the run asks for a heartbeat, and pauses where it would otherwise end."""
    keep_going: bool = False
    """Without a person: an unknown outcome does not keep the rest from being sent."""
    step: Callable[[str], None] = _no_step
    """Told before and after every commit, request and read, in the run's thread."""
    person: Person | None = None
    """The operator, and whom the vendor takes that user for."""
    guards_now: Callable[[], Guards] | None = None
    """Returns the guards of this moment, where they may be tightened while a run lasts. Called in the run's thread."""
    runtime_dirs: tuple[Path, ...] = ()
    """Where the lock can lie that all state directories of this user share."""
    cache_dir: Path | None = None
    """Where the copy of the record's head is kept; None keeps none."""

    @property
    def who(self) -> Person:
        """Who runs it, as far as known."""
        return self.person or Person(operator=self.operator)

    @property
    def guards_in_force(self) -> Guards:
        """The guards of this moment."""
        return self.guards_now() if self.guards_now is not None else self.guards
