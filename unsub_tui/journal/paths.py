"""Where the record lies, and whether it can be trusted to lie there.

The database file is created here and looked at with `lstat`; nothing but SQLite ever opens it, because closing any
descriptor of it would drop SQLite's locks.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.journal_errors import journal_error
from unsub_tui.journal.parent_dirs import check_parent_dirs
from unsub_tui.journal.strict_stat import path_exists, stat_or_none

ACCOUNT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""What an account id must look like to be a file's name."""

MIN_FREE_BYTES = 10_000_000
"""Free space without which no run begins."""

_RECORD_SUFFIXES = (".db", ".db-wal", ".db-journal", ".head")
"""How the names of the files end by which a record is known."""

SET_ASIDE_MARKER = ".broken-"
"""Stands between the name of a record that was set aside and when that was done."""

_NETWORK_FILESYSTEM = re.compile(r"(nfs|cifs|smb|fuse|9p|afs|ceph|gluster|lustre|ncpfs|vboxsf|prl_fs).*")


def journal_path(state_dir: Path, account_id: str) -> Path:
    """Return the file of an account's record."""
    return runs_dir(state_dir) / f"{_validated_account_id(account_id)}.db"


def lock_path(state_dir: Path, account_id: str) -> Path:
    """Return the file whose lock lets one process write."""
    return runs_dir(state_dir) / f"{_validated_account_id(account_id)}.lock"


def runs_dir(state_dir: Path) -> Path:
    """Return the directory of all records."""
    return state_dir / "runs"


def runtime_lock_path(candidates: Sequence[Path], account_id: str) -> Path | None:
    """Return the lock file that all state directories of this user share; None where no directory can hold one."""
    directory = runtime_dir(candidates, make=True)
    return None if directory is None else directory / f"{_validated_account_id(account_id)}.lock"


def runtime_dir(candidates: Sequence[Path], *, make: bool = False) -> Path | None:
    """Return the first directory that is, or could become, a private one of this user; None where there is none."""
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
    """Whether this is a directory of this user that nobody else can reach."""
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o077


def record_paths(state_dir: Path) -> list[Path]:
    """Return the databases of all records, those too of which only a log or the head is left; raises OSError."""
    directory = runs_dir(state_dir)
    if not path_exists(directory):
        return []
    accounts = {path.stem for path in directory.iterdir() if path.name.endswith(_RECORD_SUFFIXES)}
    return [directory / f"{account}.db" for account in sorted(accounts)]


def set_aside_records(directory: Path, account_id: str | None = None) -> list[Path]:
    """Return the records that were set aside, each by its first file; raises JOURNAL where that cannot be known."""
    if not path_exists(directory):
        return []
    try:
        names = sorted(path.name for path in directory.iterdir())
    except OSError as error:
        raise journal_error(
            f"{for_display(str(directory))} cannot be read now: {error.strerror}; then try again"
        ) from error
    found: dict[str, Path] = {}
    for name in names:
        account, is_aside, moment = name.partition(f".db{SET_ASIDE_MARKER}")
        if is_aside and account_id in (None, account):
            found.setdefault(f"{account} {moment.partition('-')[0]}", directory / name)
    return list(found.values())


def prepare_directory(state_dir: Path) -> None:
    """Create what is missing for private use, and refuse what others could tamper with."""
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        runs_dir(state_dir).mkdir(mode=0o700, exist_ok=True)
        check_directory(state_dir)
        check_free_space(state_dir)
    except OSError as error:
        raise journal_error(f"{for_display(str(state_dir))} cannot be used: {error.strerror}") from error


def preflight(state_dir: Path) -> Problem | None:
    """Return what would keep a run from writing its record there, as far as it shows before anything is made."""
    shown = for_display(str(state_dir))
    try:
        nearest = next(each for each in (state_dir, *state_dir.parents) if path_exists(each))
        check_directory(state_dir)
        if not os.access(nearest, os.W_OK | os.X_OK):
            return journal_error(f"{shown} cannot be used: {for_display(str(nearest))} cannot be written to").problem
        check_free_space(nearest)
    except UnsubError as error:
        return error.problem
    except OSError as error:
        return journal_error(f"{shown} cannot be used: {error.strerror}").problem
    return None


def check_free_space(directory: Path) -> None:
    """Refuse a file system that is nearly full."""
    if shutil.disk_usage(directory).free < MIN_FREE_BYTES:
        raise journal_error(f"less than {MIN_FREE_BYTES // 1_000_000} MB are free for {for_display(str(directory))}")


def check_directory(state_dir: Path) -> None:
    """Refuse directories that are links, belong to somebody else, or can be read or written by others.

    What is not there yet is made for private use when it is needed.
    """
    for path in (state_dir, runs_dir(state_dir)):
        shown, about = for_display(str(path)), stat_or_none(path, follow=False)
        if about is None:
            continue
        if not stat.S_ISDIR(about.st_mode):
            raise journal_error(f"{shown} is not a directory; a link is not followed")
        if about.st_uid != os.geteuid():
            raise journal_error(f"{shown} belongs to another user")
        if about.st_mode & 0o077:
            raise journal_error(f"others can reach {shown}; run: chmod 700 {shown}")
    check_parent_dirs(state_dir)


def prepare_file(path: Path) -> None:
    """Create the file for private use unless it exists, and check it."""
    flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_WRONLY
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise journal_error(f"{for_display(str(path))} cannot be created: {error.strerror}") from error
    check_file(path)


def check_file(path: Path) -> None:
    """Refuse a record that is a link, belongs to somebody else, or can be read or written by others."""
    shown, about = for_display(str(path)), stat_or_none(path, follow=False)
    if about is None:
        raise journal_error(f"{shown} is not there")
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
        raise journal_error(f"{shown} is not a file of its own; a link is not followed")
    if about.st_uid != os.geteuid():
        raise journal_error(f"{shown} belongs to another user")
    if about.st_mode & 0o077:
        raise journal_error(f"others can reach {shown}; run: chmod 600 {shown}")


def is_on_network_filesystem(directory: Path, mounts: str) -> bool:
    """Whether the directory is on a file system that cannot carry a write-ahead log; `mounts` is mountinfo's text."""
    best, remote = -1, False
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
    """Return the kernel's list of mounts, or nothing where there is none."""
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _validated_account_id(account_id: str) -> str:
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise journal_error(f"the account id {for_display(account_id)!r} cannot name a file")
    return account_id


def _unescape(text: str) -> str:
    """Return a path of mountinfo with its octal escapes resolved."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
