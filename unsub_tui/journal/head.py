"""`ACCOUNT_ID.head`: number and hash of the journal's last event, stored outside the database.

A database that lost its last events is consistent in itself: its log was deleted, or an older copy was restored. The
head reveals the loss because it names the last event. No further identity is needed: thanks to the hash chain, no
other journal has that hash at that position.

The head is written after each commit, so after a crash it may be behind the journal (which is valid) but never ahead.
It is written in place, alternately into two slots with checksums: a torn write damages only one of them. It is synced
before a request is sent. Other writes reach the disk later: a power failure can undo them, a killed process cannot.

A restored directory includes its own old head. Therefore a copy of the head is kept in the cache directory, named
after the hash of the journal's first event, which identifies the journal wherever it is stored. The copy is written
if possible and never synced; like the whole cache it can disappear, so its absence proves nothing.
"""

from __future__ import annotations

import fcntl
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import UnsubError
from unsub_tui.journal.events import GENESIS_HASH, digest
from unsub_tui.journal.journal_errors import corrupt_journal, journal_error, os_errors
from unsub_tui.journal.paths import check_file, is_private_directory
from unsub_tui.journal.strict_stat import path_exists

_MAGIC = "unsub-tui-head"
_VERSION = 1
_SLOT_BYTES = 4096
"""Distance of the two slots in bytes, so that no disk sector contains parts of both."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the last event of a journal."""

    seq: int = 0
    hash: str = GENESIS_HASH


def head_path(path: Path) -> Path:
    """Return the head file that belongs to a database file."""
    return path.with_suffix(".head")


def read_head(path: Path) -> Head | None:
    """Return the head of a journal, or None if it has none; raise CorruptJournalError if it is damaged."""
    file = head_path(path)
    if not path_exists(file, follow=False):
        return None
    check_file(file)
    with os_errors("record_unreadable", file):
        head = _read_newest_slot(file)
    if head is None:
        raise corrupt_journal(path, fact("head_damaged", name=file.name))
    return head


def head_copy_path(cache_dir: Path, first_hash: str) -> Path:
    """Return the path of the head's copy; `first_hash` is the hash of the journal's first event."""
    return cache_dir / "heads" / f"{first_hash}.head"


def read_head_copy(cache_dir: Path, first_hash: str) -> Head | None:
    """Return the copy of a journal's head, or None if it is missing, unreadable, damaged or not private to the user."""
    if not _HASH.fullmatch(first_hash):  # untrusted: comes from an unverified file
        return None
    file = head_copy_path(cache_dir, first_hash)
    with suppress(OSError, UnsubError):
        if is_private_directory(file.parent.lstat()):
            check_file(file)
            return _read_newest_slot(file)
    return None


class HeadFile:
    """The head file and its copy, open for writing."""

    def __init__(self, descriptor: int, cache_dir: Path | None) -> None:
        self._descriptor = descriptor
        self._cache_dir = cache_dir
        self._copy: int | None = None

    @classmethod
    def open(cls, path: Path, cache_dir: Path | None) -> Self:
        """Open the head of a journal, or create it for an empty journal; raise OSError."""
        file, flags = head_path(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return cls(os.open(file, flags), cache_dir)
        except FileNotFoundError:
            _create_head(file)
        return cls(os.open(file, flags), cache_dir)

    def write(self, head: Head, first_hash: str, *, synced: bool) -> None:
        """Write the head and its copy, synced if requested; raise OSError for the head only, not for the copy."""
        _write_slot(self._descriptor, head)
        if synced:
            _sync(self._descriptor)
        if self._cache_dir is None or not first_hash:
            return
        with suppress(OSError, UnsubError):
            if self._copy is None:
                self._copy = _open_copy(head_copy_path(self._cache_dir, first_hash))
            _write_slot(self._copy, head)

    def close(self) -> None:
        """Close the files; repeated calls have no effect."""
        for descriptor in (self._descriptor, self._copy):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
        self._descriptor, self._copy = -1, None


def _sync(descriptor: int) -> None:
    """Wait until the data of a file is on the drive; its other attributes never change."""
    if sys.platform == "darwin":  # has no fdatasync, and fsync leaves the data in the cache of the drive
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(descriptor)


def _create_head(file: Path) -> None:
    """Create the head of an empty journal atomically."""
    beside = file.with_suffix(".head-new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, _encode_slot(Head()).ljust(2 * _SLOT_BYTES))
        _sync(descriptor)
    finally:
        os.close(descriptor)
    beside.rename(file)
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _open_copy(file: Path) -> int:
    """Open the copy of a head for writing; raise OSError, or a JOURNAL problem if its place is not private."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_private_directory(file.parent.lstat()):
        raise journal_error("directory_accessible", file.parent)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        check_file(file)
    except UnsubError:
        os.close(descriptor)
        raise
    return descriptor


def _write_slot(descriptor: int, head: Head) -> None:
    os.pwrite(descriptor, _encode_slot(head), head.seq % 2 * _SLOT_BYTES)


def _read_newest_slot(file: Path) -> Head | None:
    """Return the newest valid slot of a head file, or None if both are damaged; raise OSError."""
    with file.open("rb") as opened:
        data = opened.read(2 * _SLOT_BYTES)
    slots = [data[start : start + _SLOT_BYTES].rstrip(b"\0").split() for start in (0, _SLOT_BYTES)]  # unwritten: zeros
    heads = [found for slot in slots if (found := _decode_slot(slot, file)) is not None]
    return max(heads, key=lambda head: head.seq, default=None)


def _encode_slot(head: Head) -> bytes:
    facts = f"{_MAGIC} {_VERSION} {head.seq:012} {head.hash}"
    return f"{facts} {digest(facts)}\n".encode()


def _decode_slot(words: list[bytes], file: Path) -> Head | None:
    """Return the head in a slot, None if empty or torn; raise a JOURNAL problem for a newer version."""
    facts = b" ".join(words[:-1]).decode("ascii", "replace")
    if not words or digest(facts).encode() != words[-1]:
        return None
    _, version, *rest = facts.split(" ")
    if version != str(_VERSION):
        raise journal_error("record_too_new", file, version=version)
    seq, last_hash = rest
    return Head(int(seq), last_hash)
