"""One writer per account: a lock that the kernel drops with its process, so it is never stale."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import sys
from datetime import datetime
from pathlib import Path

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.journal.place import journal_error


class AccountLock:
    """The lock of one account, held until released or the process ends."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    @classmethod
    def take(cls, path: Path, now: datetime) -> AccountLock:
        """Take the lock; raises a LOCKED problem that tells who holds it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise journal_error(f"{clean(str(path))} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(_holder(now)).encode(), 0)
        except BlockingIOError as error:
            holder = _read(descriptor)
            os.close(descriptor)
            raise UnsubError(Problem(kind=ProblemKind.LOCKED, detail=holder)) from error
        except OSError as error:
            os.close(descriptor)
            raise journal_error(f"{clean(str(path))} cannot be locked: {error.strerror}") from error
        return cls(descriptor, path)

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock, and the file is still the one that others would lock."""
        if self._descriptor < 0:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.lstat())
        except OSError:
            return False

    def release(self) -> None:
        """Let others write. May be called again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def holder_of(path: Path, locks: Path = Path("/proc/locks")) -> str:
    """Return who holds a lock, in words; nothing where nobody does. Looks only: taking it could keep a run from it."""
    try:
        inode = path.stat().st_ino
        held = any("FLOCK" in line and f":{inode} " in line for line in locks.read_text().splitlines())
        if not held:
            return ""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return _read(descriptor) or "a process that does not say who it is"
    finally:
        os.close(descriptor)


def _holder(now: datetime) -> dict[str, object]:
    """Return what another process is told about this one."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        user = f"uid {os.getuid()}"
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": user,
        "tty": _terminal(),
        "since": now.isoformat(timespec="seconds"),
    }


def _terminal() -> str:
    try:
        return os.ttyname(sys.__stderr__.fileno()) if sys.__stderr__ else ""
    except (OSError, ValueError):
        return ""


def _read(descriptor: int) -> str:
    """Return who holds the lock, in words."""
    try:
        about = json.loads(os.pread(descriptor, 4096, 0))
        facts = {name: clean(str(about[name])) for name in ("pid", "host", "user", "tty", "since")}
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    where = f" on {facts['tty']}" if facts["tty"] else ""
    return f"process {facts['pid']} of {facts['user']}@{facts['host']}{where}, since {facts['since']}"
