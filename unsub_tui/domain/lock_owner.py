"""Who works on an account now: the process that holds its lock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOwner:
    """What another process of this machine says of itself, already clean."""

    pid: int = 0
    """0 where it does not say."""
    user: str = ""
    host: str = ""
    terminal: str = ""
    since: str = ""
    run_id: str = ""
    """What it carries out; a run that only settles what is open has an id too, but no entry of its own on record."""
    is_suspended: bool = False
    """Whether it stands still, as by ctrl+z."""

    @property
    def is_known(self) -> bool:
        """Whether it says who it is."""
        return self.pid > 0

    def is_same_run(self, other: LockOwner | None) -> bool:
        """Whether this is the same piece of work of the same process."""
        return other is not None and (self.pid, self.since, self.run_id) == (other.pid, other.since, other.run_id)

    def __str__(self) -> str:
        """Say who it is, as a fact for the details of a problem."""
        if not self.is_known:
            return "a process that does not say who it is"
        where = f" on {self.terminal}" if self.terminal else ""
        stopped = "; it stands still (ctrl+z?): `fg` there brings it back" if self.is_suspended else ""
        return f"process {self.pid} of {self.user}@{self.host}{where}, since {self.since}{stopped}"
