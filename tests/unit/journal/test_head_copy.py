"""The copy of the head in the cache directory: a whole directory that was restored is seen, and nothing is invented."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.journal_documents import NOW, make_entry, make_run, write_run
from unsub_tui.domain.unit_state import State
from unsub_tui.journal.audit import audit, set_aside
from unsub_tui.journal.head import Head, head_copy_path, read_head_copy
from unsub_tui.journal.journal_errors import CorruptJournalError
from unsub_tui.journal.paths import journal_path, prepare_directory
from unsub_tui.journal.store import Journal, read_state
from unsub_tui.present.problems import problem_details


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The cache directory, which does not exist yet."""
    return tmp_path / "cache"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the record is, in a state directory of its own."""
    prepare_directory(tmp_path / "state")
    return journal_path(tmp_path / "state", "acc-1")


@pytest.fixture
def old_backup(path: Path, cache: Path) -> Path:
    """A backup of the whole directory, taken before a request left."""
    write_run(path, cache_dir=cache)
    backup = path.parent.with_name("backup")
    shutil.copytree(path.parent, backup)
    with closing(Journal.open(path, cache_dir=cache)) as journal:
        journal.record_unit(journal.state.runs["run-1"].units[0], make_entry(State.SUBMITTING), NOW)
    return backup


def restore(old_backup: Path, path: Path) -> Path:
    """Put the backup where the record of this path is."""
    shutil.rmtree(path.parent, ignore_errors=True)
    shutil.copytree(old_backup, path.parent)
    return path


def the_copy(path: Path, cache: Path) -> Path:
    """Return where the copy of a record's head is."""
    return head_copy_path(cache, read_state(path).first_hash)


@pytest.mark.parametrize("place", ["state", "elsewhere"])
def test_a_whole_directory_that_was_restored_is_not_sound(
    old_backup: Path, path: Path, cache: Path, place: str
) -> None:
    """In its old place or in another one; it is left as it is, and a record begun after it is sound."""
    restored = restore(old_backup, path.parent.parent.with_name(place) / "runs" / path.name)
    before = restored.read_bytes()
    for use in (lambda: read_state(restored, cache), lambda: Journal.open(restored, cache_dir=cache)):
        with pytest.raises(CorruptJournalError, match="events_missing count=1 cause=older_directory") as caught:
            use()
        assert "unsub-tui orders" in problem_details(caught.value.problem)
    assert audit(restored).problem is None
    assert "older_directory" in str(audit(restored, cache).problem)
    assert restored.read_bytes() == before
    set_aside(restored, NOW)
    write_run(restored, run_id="run-2", cache_dir=cache)
    assert audit(restored, cache).problem is None


def replace_with_link(copy: Path) -> None:
    """Let the copy be a link to what it was."""
    copy.rename(copy.with_name("other"))
    copy.symlink_to(copy.with_name("other"))


def replacement(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return what puts something else in the place of a file or directory."""

    def replace(path: Path) -> None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        make(path)

    return replace


DAMAGED_COPIES: dict[str, Callable[[Path], object]] = {
    "cache deleted": lambda copy: shutil.rmtree(copy.parent.parent),
    "damaged": lambda copy: copy.write_bytes(b"x" * 9000),
    "empty": lambda copy: os.truncate(copy, 0),
    "link": replace_with_link,
    "second name": lambda copy: copy.with_name("other").hardlink_to(copy),
    "open to others": lambda copy: copy.chmod(0o644),
    "directory open to others": lambda copy: copy.parent.chmod(0o777),
    "directory in its place": replacement(Path.mkdir),
    "pipe in its place": replacement(lambda path: os.mkfifo(path, 0o600)),
    "unwritable cache": lambda copy: replacement(Path.touch)(copy.parent),
}


@pytest.mark.parametrize("name", DAMAGED_COPIES)
def test_a_copy_that_cannot_be_trusted_proves_nothing(old_backup: Path, path: Path, cache: Path, name: str) -> None:
    """The record is read, opened and written to as without it."""
    DAMAGED_COPIES[name](the_copy(path, cache))
    restore(old_backup, path)
    assert read_state(path, cache).seq == 1
    with closing(Journal.open(path, cache_dir=cache)) as journal:
        journal.record_unit(journal.state.runs["run-1"].units[0], make_entry(State.SUBMITTING), NOW)
    assert audit(path, cache).problem is None


def test_two_records_of_an_account_do_not_disturb_each_other(path: Path, cache: Path) -> None:
    """Each state directory has a record of its own, with a copy of its own."""
    other = path.with_name("other.db")
    for each, count in ((path, 3), (other, 1)):
        for number in range(count):
            write_run(each, run_id=f"{each.stem}-{number}", cache_dir=cache)
    assert [read_state(each, cache).seq for each in (path, other)] == [3, 1]
    assert len(list((cache / "heads").iterdir())) == 2
    assert (cache / "heads").stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in (cache / "heads").iterdir()} == {0o600}


@pytest.mark.parametrize("is_missing", [True, False])
def test_a_copy_that_is_missing_or_behind_is_brought_up(path: Path, cache: Path, is_missing: bool) -> None:  # noqa: FBT001
    """A sound record of any age has one after it was opened for writing."""
    with closing(Journal.open(path, cache_dir=cache)) as journal:
        (unit,) = journal.start_run(make_run())
        copy = the_copy(path, cache)
        older = copy.read_bytes()
        journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
        last = Head(journal.state.seq, journal.state.hash)
    if is_missing:
        copy.unlink()
    else:
        copy.write_bytes(older)
    assert read_state(path, cache).seq == 2
    Journal.open(path, cache_dir=cache).close()
    assert read_head_copy(cache, journal.state.first_hash) == last


@pytest.mark.parametrize("writes", range(1, 7))
def test_a_kill_between_commit_and_copy_is_no_loss(path: Path, cache: Path, writes: int) -> None:
    """Killed before any write of head or copy, a process leaves a record that is sound, with all that was committed."""
    pid = os.fork()
    if not pid:
        die_before_head_write(writes)
        journal = Journal.open(path, cache_dir=cache)
        (unit,) = journal.start_run(make_run())
        journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == (-signal.SIGKILL if writes < 6 else 0)
    assert read_state(path, cache).seq == [0, 0, 1, 1, 2, 2, 2][writes]
    Journal.open(path, cache_dir=cache).close()
    assert audit(path, cache).problem is None


def die_before_head_write(number: int) -> None:
    """Let this process die where it is about to write a head for the so many-th time."""
    write, count = os.pwrite, 0

    def dying(descriptor: int, data: bytes, offset: int) -> int:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(descriptor, data, offset)

    pytest.MonkeyPatch().setattr(os, "pwrite", dying)
