"""The process that holds an account's lock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOwner:
    """Self-description of another process on this machine, cleaned for display."""

    pid: int = 0
    """Process id; 0 if unknown."""
    user: str = ""
    host: str = ""
    terminal: str = ""
    since: str = ""
    run_id: str = ""
    """The run in progress; a run that only checks the status of pending items has an id but no journal entry."""
    is_suspended: bool = False
    """Whether the process is stopped, for example by Ctrl+Z."""

    @property
    def is_known(self) -> bool:
        """Whether the process identified itself."""
        return self.pid > 0

    def is_same_run(self, other: LockOwner | None) -> bool:
        """Return whether both describe the same run of the same process."""
        return other is not None and (self.pid, self.since, self.run_id) == (other.pid, other.since, other.run_id)

    def __str__(self) -> str:
        """Return a description of the process for the details of a problem."""
        if not self.is_known:
            return "a process that does not say who it is"
        where = f" on {self.terminal}" if self.terminal else ""
        stopped = "; it stands still (ctrl+z?): `fg` there brings it back" if self.is_suspended else ""
        return f"process {self.pid} of {self.user}@{self.host}{where}, since {self.since}{stopped}"
