"""The process that holds an account's lock."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.fact import Fact, FactCode, fact


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

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The process, and whether it is suspended, for the facts of a problem."""
        if not self.is_known:
            return (fact(FactCode.LOCK_OWNER_UNKNOWN),)
        known = {"user": self.user, "host": self.host, "since": self.since}
        process = (
            fact(FactCode.LOCK_OWNER_ON_TERMINAL, pid=str(self.pid), terminal=self.terminal, **known)
            if self.terminal
            else fact(FactCode.LOCK_OWNER, pid=str(self.pid), **known)
        )
        return (process, fact(FactCode.LOCK_OWNER_SUSPENDED)) if self.is_suspended else (process,)
