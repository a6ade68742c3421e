"""Paths of the journal files, and checks that their location is safe.

The database file is only created and checked with `lstat` here. Nothing but SQLite may open it: closing any other
descriptor of the file would release SQLite's locks.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.journal.journal_errors import journal_error, os_errors
from unsub_tui.journal.parent_dirs import check_parent_dirs
from unsub_tui.journal.strict_stat import path_exists, stat_or_none

ACCOUNT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""Required form of an account id, which becomes a file name."""

MIN_FREE_BYTES = 10_000_000
"""Minimum free disk space, in bytes, to start a run."""

_RECORD_SUFFIXES = (".db", ".db-wal", ".db-journal", ".head")
"""File name suffixes that identify a journal."""

SET_ASIDE_MARKER = ".broken-"
"""Separator between the file name of a set-aside journal and the time of setting it aside."""

_NETWORK_FILESYSTEM = re.compile(r"(nfs|cifs|smb|fuse|9p|afs|ceph|gluster|lustre|ncpfs|vboxsf|prl_fs).*")


def journal_path(state_dir: Path, account_id: str) -> Path:
    """Return the database file of an account."""
    return runs_dir(state_dir) / f"{_validated_account_id(account_id)}.db"


def lock_path(state_dir: Path, account_id: str) -> Path:
    """Return the lock file of an account."""
    return runs_dir(state_dir) / f"{_validated_account_id(account_id)}.lock"


def runs_dir(state_dir: Path) -> Path:
    """Return the directory of all journals."""
    return state_dir / "runs"


def runtime_lock_path(candidates: Sequence[Path], account_id: str) -> Path | None:
    """Return the lock file shared by all state directories of this user, or None if no directory can contain it."""
    directory = runtime_dir(candidates, make=True)
    return None if directory is None else directory / f"{_validated_account_id(account_id)}.lock"


def runtime_dir(candidates: Sequence[Path], *, make: bool = False) -> Path | None:
    """Return the first candidate that is, or can become, a private directory of this user, or None."""
    return next((each for each in candidates if _can_hold_locks(each, make=make)), None)


def _can_hold_locks(directory: Path, *, make: bool) -> bool:
    try:
        if make:
            directory.mkdir(mode=0o700, exist_ok=True)
        check_parent_dirs(directory)
        about = stat_or_none(directory, follow=False)
    except (OSError, UnsubError):
        return False
    if about is None:
        return os.access(directory.parent, os.W_OK | os.X_OK)
    return is_private_directory(about)


def is_private_directory(about: os.stat_result) -> bool:
    """Return whether this is a directory of this user that nobody else can access."""
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o077


def record_paths(state_dir: Path) -> list[Path]:
    """Return the database paths of all journals, even if only a log or head is left.

    Raise a JOURNAL problem if other users could write them, or if the directory is unreadable.
    """
    check_state_dir(state_dir)
    accounts = {path.stem for path in _files(state_dir) if path.name.endswith(_RECORD_SUFFIXES)}
    return [runs_dir(state_dir) / f"{account}.db" for account in sorted(accounts)]


def set_aside_records(state_dir: Path, account_id: str | None = None) -> list[Path]:
    """Return the set-aside journals, of one account or of all, each by its first file; they may contain open units.

    Raise a JOURNAL problem if the directory is unreadable.
    """
    found: dict[str, Path] = {}
    for path in _files(state_dir):
        account, is_aside, moment = path.name.partition(f".db{SET_ASIDE_MARKER}")
        if is_aside and account_id in (None, account):
            found.setdefault(f"{account} {moment.partition('-')[0]}", path)
    return list(found.values())


def _files(state_dir: Path) -> list[Path]:
    """Return the files of all journals, sorted by name; raise a JOURNAL problem if the directory is unreadable."""
    directory = runs_dir(state_dir)
    with os_errors("record_unreadable", directory):
        return sorted(directory.iterdir()) if path_exists(directory) else []


def prepare_directory(state_dir: Path) -> None:
    """Create missing directories with private permissions; raise a JOURNAL problem if others could tamper with them."""
    with os_errors("path_unusable", state_dir):
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        runs_dir(state_dir).mkdir(mode=0o700, exist_ok=True)
        check_directory(state_dir)
        check_free_space(state_dir)


def preflight(state_dir: Path) -> Problem | None:
    """Return the problem that would prevent writing a journal there, or None, without creating anything."""
    try:
        with os_errors("path_unusable", state_dir):
            _check_without_creating(state_dir)
    except UnsubError as error:
        return error.problem
    return None


def _check_without_creating(state_dir: Path) -> None:
    nearest = next(each for each in (state_dir, *state_dir.parents) if path_exists(each))
    check_directory(state_dir)
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise journal_error("path_unusable", state_dir, why=fact("not_writable", path=str(nearest)))
    check_free_space(nearest)


def check_free_space(directory: Path) -> None:
    """Raise a JOURNAL problem if less than `MIN_FREE_BYTES` are free."""
    if shutil.disk_usage(directory).free < MIN_FREE_BYTES:
        raise journal_error("little_space", directory, limit=MIN_FREE_BYTES // 1_000_000)


def check_state_dir(state_dir: Path) -> None:
    """Raise a JOURNAL problem if the directories fail `check_directory` or cannot be examined."""
    with os_errors("record_unreadable", state_dir):
        check_directory(state_dir)


def check_directory(state_dir: Path) -> None:
    """Raise a JOURNAL problem for directories that are links, belong to another user, or are accessible to others.

    Missing directories pass: they are created with private permissions when needed.
    """
    for path in (state_dir, runs_dir(state_dir)):
        about = stat_or_none(path, follow=False)
        if about is None:
            continue
        if not stat.S_ISDIR(about.st_mode):
            raise journal_error("not_a_directory", path)
        if about.st_uid != os.geteuid():
            raise journal_error("owned_by_others", path)
        if about.st_mode & 0o077:
            raise journal_error("directory_accessible", path)
    check_parent_dirs(state_dir)


def prepare_file(path: Path) -> None:
    """Create the file with private permissions if it does not exist, and check it."""
    flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_WRONLY
    with os_errors("record_not_created", path), suppress(FileExistsError):
        os.close(os.open(path, flags, 0o600))
    check_file(path)


def check_file(path: Path) -> None:
    """Raise a JOURNAL problem for a file that is missing, a link, another user's, or accessible to others."""
    about = stat_or_none(path, follow=False)
    if about is None:
        raise journal_error("record_missing", path)
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
        raise journal_error("not_a_file", path)
    if about.st_uid != os.geteuid():
        raise journal_error("owned_by_others", path)
    if about.st_mode & 0o077:
        raise journal_error("record_accessible", path)


def may_be_on_network(directory: Path, mounts: str) -> bool:
    """Return whether the directory is, or may be, on a network file system, which cannot hold a write-ahead log."""
    best, remote = -1, not mounts
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = Path(_unescape(fields[4]))
        if directory.is_relative_to(point) and len(point.parts) >= best:
            best, remote = len(point.parts), _NETWORK_FILESYSTEM.fullmatch(after.split(" ")[0]) is not None
    return remote


def read_mounts() -> str:
    """Return the text of `/proc/self/mountinfo`, or an empty text where there is none, as on macOS."""
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _validated_account_id(account_id: str) -> str:
    if ACCOUNT_ID.fullmatch(account_id) is None:
        stated = fact("account_id_invalid", id=account_id)
        raise UnsubError(Problem(kind=ProblemKind.JOURNAL, facts=(stated,)))
    return account_id


def _unescape(text: str) -> str:
    """Return a path from mountinfo with its octal escapes decoded."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
