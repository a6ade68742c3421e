"""`ACCOUNT_ID.head`: how far a record has come, kept outside of its database.

A database without its last events is sound in itself: its log was deleted, or an older copy was restored. The head
names the last event by number and hash, so a record that lacks it is noticed. The chain of hashes makes a further
identity needless: no other record has that hash at that place.

The head follows each commit, so after a crash it may be behind the record (that is sound), never ahead of it. It is
written in place, into two slots in turn, each with a checksum: a torn write damages one slot and leaves the other.
It is synced before a request leaves. Other writes reach the disk later; a power cut can take them back, a killed
process cannot.

A whole directory that is restored brings its own head along. So a copy of the head lies in the cache directory, named
after the hash of the record's first event: that identifies a record wherever it lies. The copy is written where that
can be done and never synced; like all of the cache it may vanish, and its absence proves nothing.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.journal.events import GENESIS_HASH, digest
from unsub_tui.journal.journal_errors import corrupt_journal, journal_error
from unsub_tui.journal.paths import check_file, is_private_directory
from unsub_tui.journal.strict_stat import path_exists

_MAGIC = "unsub-tui-head"
_VERSION = 1
_SLOT_BYTES = 4096
"""Distance between the two slots: no sector of a disk holds a part of both."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a record."""

    seq: int = 0
    hash: str = GENESIS_HASH


def head_path(path: Path) -> Path:
    """Return the head file of the record whose database this is."""
    return path.with_suffix(".head")


def read_head(path: Path) -> Head | None:
    """Return the head of a record, or None where it has none; raises NotSoundError for a damaged one."""
    file = head_path(path)
    if not path_exists(file, follow=False):
        return None
    check_file(file)
    try:
        head = _read_newest_slot(file)
    except OSError as error:
        raise journal_error(f"{for_display(str(file))} cannot be read now: {error.strerror}; then try again") from error
    if head is None:
        raise corrupt_journal(path, f"its head file {file.name} is damaged")
    return head


def head_copy_path(cache_dir: Path, first_hash: str) -> Path:
    """Return where the copy of a record's head is; `first` is the hash of the record's first event."""
    return cache_dir / "heads" / f"{first_hash}.head"


def read_head_copy(cache_dir: Path, first_hash: str) -> Head | None:
    """Return the copy of a record's head, or None where there is none that can be read and is surely the user's own."""
    if not _HASH.fullmatch(first_hash):  # it is read from a file that was not checked yet
        return None
    file = head_copy_path(cache_dir, first_hash)
    with suppress(OSError, UnsubError):
        if is_private_directory(file.parent.lstat()):
            check_file(file)
            return _read_newest_slot(file)
    return None


class HeadFile:
    """The head and its copy, open for writing."""

    def __init__(self, descriptor: int, cache_dir: Path | None) -> None:
        self._descriptor = descriptor
        self._cache_dir = cache_dir
        self._copy: int | None = None

    @classmethod
    def open(cls, path: Path, cache_dir: Path | None) -> Self:
        """Open the head of a record, or create one for a record that has not begun; raises OSError."""
        file, flags = head_path(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return cls(os.open(file, flags), cache_dir)
        except FileNotFoundError:
            _create_head(file)
        return cls(os.open(file, flags), cache_dir)

    def write(self, head: Head, first_hash: str, *, synced: bool) -> None:
        """Write how far the record with this first event has come; raises OSError, but not for the copy."""
        _write_slot(self._descriptor, head)
        if synced:
            os.fdatasync(self._descriptor)
        if self._cache_dir is None or not first_hash:
            return
        with suppress(OSError, UnsubError):
            if self._copy is None:
                self._copy = _open_copy(head_copy_path(self._cache_dir, first_hash))
            _write_slot(self._copy, head)

    def close(self) -> None:
        """Close the files. May be called again."""
        for descriptor in (self._descriptor, self._copy):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
        self._descriptor, self._copy = -1, None


def _create_head(file: Path) -> None:
    """Create the head of a record without events: whole under its name, or not at all."""
    beside = file.with_suffix(".head-new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, _encode_slot(Head()).ljust(2 * _SLOT_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.rename(file)
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _open_copy(file: Path) -> int:
    """Return the copy of a head, open for writing; raises OSError or a JOURNAL problem where it is not safe there."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_private_directory(file.parent.lstat()):
        raise journal_error(f"{for_display(str(file.parent))} is not a private directory")
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
    """Return what a head file says, or None where it is damaged; raises OSError."""
    with file.open("rb") as opened:
        data = opened.read(2 * _SLOT_BYTES)
    slots = [data[start : start + _SLOT_BYTES].rstrip(b"\0").split() for start in (0, _SLOT_BYTES)]  # a hole is zeros
    heads = [found for slot in slots if (found := _decode_slot(slot, file)) is not None]
    return max(heads, key=lambda head: head.seq, default=None)


def _encode_slot(head: Head) -> bytes:
    facts = f"{_MAGIC} {_VERSION} {head.seq:012} {head.hash}"
    return f"{facts} {digest(facts)}\n".encode()


def _decode_slot(words: list[bytes], file: Path) -> Head | None:
    """Return the head of a slot; None where the slot is empty or was torn."""
    facts = b" ".join(words[:-1]).decode("ascii", "replace")
    if not words or digest(facts).encode() != words[-1]:
        return None
    _, version, *rest = facts.split(" ")
    if version != str(_VERSION):
        raise journal_error(
            f"{for_display(str(file))} was written by a newer version of unsub-tui (form {for_display(version)}); "
            "use that version"
        )
    seq, last_hash = rest
    return Head(int(seq), last_hash)
