"""Account lock: one writer per account. The kernel releases it when its process ends, so it cannot become stale."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.journal_errors import journal_error, os_errors


class AccountLock:
    """The lock of an account, held until released or until the process ends."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptors = [descriptor]
        """The open lock files, the account's own one first; none after the release."""

    @classmethod
    def acquire(cls, path: Path, now: datetime, run_id: str = "", shared: Path | None = None) -> AccountLock:
        """Acquire the lock for a run; raise a LOCKED problem that names the owner.

        `shared` is the lock file of all state directories of this user, or None. Without it, processes with different
        state directories could send for one account at once. A failure to lock `shared` for another reason
        than another owner is ignored: a runtime directory can disappear at logout.
        """
        lock = cls(path, _open_locked(path, now, run_id))
        if shared is None:
            return lock
        try:
            lock._descriptors.append(_open_locked(shared, now, run_id))
        except UnsubError as error:
            if error.problem.kind is not ProblemKind.LOCKED:
                return lock
            lock.release()
            facts = (*error.problem.facts, fact("other_state_directory"))
            raise UnsubError(Problem(kind=ProblemKind.LOCKED, facts=facts)) from error
        return lock

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock, on the file that other processes would lock."""
        if not self._descriptors:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptors[0]), self._path.lstat())
        except OSError:
            return False

    def release(self) -> None:
        """Release the lock; repeated calls have no effect."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def _open_locked(path: Path, now: datetime, run_id: str) -> int:
    """Return the descriptor of the locked file, into which this process has written its description."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os_errors("record_not_opened", path):
        descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(_this_process(now, run_id))).encode(), 0)
    except BlockingIOError as error:
        owner = _read_owner(descriptor)
        os.close(descriptor)
        raise UnsubError(Problem(kind=ProblemKind.LOCKED, facts=owner.facts)) from error
    except OSError as error:
        os.close(descriptor)
        raise journal_error("record_not_locked", path, why=error.strerror) from error
    return descriptor


def read_lock_owner(path: Path, locks: Path = Path("/proc/locks")) -> LockOwner | None:
    """Return the owner of a lock, or None. Only reads: a trial lock could make a run fail."""
    try:
        pids = _locking_pids(path.stat().st_ino, locks.read_text())
        if not pids:
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        owner = _read_owner(descriptor)
    finally:
        os.close(descriptor)
    # Inode numbers repeat across file systems: the listed process may hold another file's lock.
    return owner if not owner.is_known or owner.pid in pids else None


def _locking_pids(inode: int, table: str) -> set[int]:
    """Return the process ids that `/proc/locks` lists for a file; a row is `1: FLOCK ADVISORY WRITE 12 08:01:34`."""
    rows = (line.split() for line in table.splitlines())
    return {int(row[4]) for row in rows if len(row) > 5 and row[1] == "FLOCK" and row[5].endswith(f":{inode}")}


def _this_process(now: datetime, run_id: str) -> LockOwner:
    """Return this process's description for other processes."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        user = f"uid {os.getuid()}"
    return LockOwner(
        pid=os.getpid(),
        user=user,
        host=socket.gethostname(),
        terminal=_terminal_name(),
        since=now.isoformat(timespec="seconds"),
        run_id=run_id,
    )


def _terminal_name() -> str:
    try:
        return os.ttyname(sys.__stderr__.fileno()) if sys.__stderr__ else ""
    except (OSError, ValueError):
        return ""


def _read_owner(descriptor: int) -> LockOwner:
    """Return the owner's description of itself; an empty one if it is unreadable."""
    try:
        data = json.loads(os.pread(descriptor, 4096, 0))
        texts = {name: for_display(str(data[name])) for name in ("user", "host", "terminal", "since", "run_id")}
        pid = int(data["pid"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return LockOwner()
    is_suspended = texts["host"] == for_display(socket.gethostname()) and _is_process_stopped(pid)
    return LockOwner(pid=pid, is_suspended=is_suspended, **texts)


def _is_process_stopped(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] in (["T"], ["t"])
