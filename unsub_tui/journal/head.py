"""`ACCOUNT.head`: how far a record has come, kept outside of its database.

A database without its last events is sound in itself: its log was deleted, or an older copy was restored. The head
names the last event by number and hash, so a record that lacks it is noticed. The chain of hashes makes a further
identity needless: no other record has that hash at that place.

The head follows each commit, so after a crash it may be behind the record (that is sound), never ahead of it. It is
written in place, into two slots in turn, each with a checksum: a torn write damages one slot and leaves the other.
It is synced before a request leaves. Other writes reach the disk later; a power cut can take them back, a killed
process cannot.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from unsub_tui.domain.foreign import clean
from unsub_tui.journal.entries import FIRST, digest
from unsub_tui.journal.place import check_file
from unsub_tui.journal.presence import is_there
from unsub_tui.journal.soundness import journal_error, not_sound

_FORM = "unsub-tui-head"
_VERSION = 1
_SLOT_BYTES = 4096
"""Distance between the two slots: no sector of a disk holds a part of both."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a record."""

    seq: int = 0
    hash: str = FIRST


def head_path(path: Path) -> Path:
    """Return the head file of the record whose database this is."""
    return path.with_suffix(".head")


def read_head(path: Path) -> Head | None:
    """Return the head of a record, or None where it has none; raises NotSoundError for a damaged one."""
    file = head_path(path)
    if not is_there(file, follow=False):
        return None
    check_file(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise journal_error(f"{clean(str(file))} cannot be read now: {error.strerror}; then try again") from error
    slots = [data[start : start + _SLOT_BYTES].split() for start in (0, _SLOT_BYTES)]
    heads = [found for slot in slots if (found := _parsed(slot, file)) is not None]
    if not heads:
        raise not_sound(path, f"its head file {file.name} is damaged")
    return max(heads, key=lambda head: head.seq)


class HeadFile:
    """The head, open for writing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the head of a record, or create one for a record that has not begun; raises OSError."""
        file, flags = head_path(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return cls(os.open(file, flags))
        except FileNotFoundError:
            _create(file)
        return cls(os.open(file, flags))

    def write(self, head: Head, *, synced: bool) -> None:
        """Write how far the record has come; raises OSError."""
        os.pwrite(self._descriptor, _line(head), head.seq % 2 * _SLOT_BYTES)
        if synced:
            os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Close the file. May be called again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _create(file: Path) -> None:
    """Create the head of a record without events: whole under its name, or not at all."""
    beside = file.with_suffix(".head-new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, _line(Head()).ljust(2 * _SLOT_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.rename(file)
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _line(head: Head) -> bytes:
    facts = f"{_FORM} {_VERSION} {head.seq:012} {head.hash}"
    return f"{facts} {digest(facts)}\n".encode()


def _parsed(words: list[bytes], file: Path) -> Head | None:
    """Return the head of a slot; None where the slot is empty or was torn."""
    facts = b" ".join(words[:-1]).decode("ascii", "replace")
    if not words or digest(facts).encode() != words[-1]:
        return None
    _, version, *rest = facts.split(" ")
    if version != str(_VERSION):
        raise journal_error(
            f"{clean(str(file))} was written by a newer version of unsub-tui (form {clean(version)}); use that version"
        )
    seq, last_hash = rest
    return Head(int(seq), last_hash)
