from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.journal.forms import NOW
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.journal.lock import AccountLock, holder_of
from unsub_tui.journal.place import (
    is_remote,
    journal_path,
    lock_path,
    obstacle,
    prepare_directory,
    prepare_file,
    runs_dir,
)

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw shared:2 - nfs4 server:/home rw
31 30 8:2 / /home/me/local rw - xfs /dev/sdb rw
32 22 0:41 / /media/a\\040b rw - fuse.sshfs me@host:/ rw
"""


@pytest.mark.parametrize(
    ("directory", "remote"),
    [("/var", False), ("/home/me", True), ("/home/me/local/x", False), ("/media/a b/c", True), ("/homes", False)],
)
def test_file_systems(directory: str, remote: bool) -> None:  # noqa: FBT001
    """The nearest mount decides whether a write-ahead log works."""
    assert is_remote(Path(directory), MOUNTS) is remote


@pytest.mark.parametrize("account_id", ["", "..", "a/b", ".hidden", "a\x00b", "x" * 129, "a b"])
def test_an_account_id_must_be_a_file_name(tmp_path: Path, account_id: str) -> None:
    """An id that could lead elsewhere names no file."""
    with pytest.raises(UnsubError) as caught:
        journal_path(tmp_path, account_id)
    assert caught.value.problem.kind is ProblemKind.JOURNAL


def test_directories_are_private(tmp_path: Path) -> None:
    """What is created is for its owner only."""
    state = tmp_path / "a" / "state"
    prepare_directory(state)
    assert [path.stat().st_mode & 0o777 for path in (state, runs_dir(state))] == [0o700, 0o700]


@pytest.mark.parametrize("which", ["state", "state/runs"])
def test_directories_that_others_can_reach_are_refused(tmp_path: Path, which: str) -> None:
    """Also where they may only read: the problem has the command to run."""
    state = tmp_path / "state"
    prepare_directory(state)
    (tmp_path / which).chmod(0o750)

    with pytest.raises(UnsubError, match="chmod 700") as caught:
        prepare_directory(state)
    assert caught.value.problem.kind is ProblemKind.JOURNAL


def test_what_would_keep_a_run_from_its_record_shows_before(tmp_path: Path) -> None:
    """Nothing is made by looking; what is missing is no obstacle, what others can reach is one."""
    state = tmp_path / "a" / "state"
    assert obstacle(state) is None
    assert not state.parent.exists()
    state.mkdir(parents=True)
    state.chmod(0o755)
    found = obstacle(state)
    assert found is not None
    assert "chmod 700" in found.detail
    state.chmod(0o700)
    assert obstacle(state) is None
    no_name = obstacle(tmp_path / ("x" * 300))
    assert no_name is not None
    assert "cannot be used" in no_name.detail


def test_a_home_that_others_can_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can rename the directory above the record can put another in its place."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    state = tmp_path / "home/.local/state/unsub-tui"
    prepare_directory(state)
    (tmp_path / "home/.local").chmod(0o777)

    with pytest.raises(UnsubError, match=r"chmod go-w .*\.local$"):
        prepare_directory(state)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither a directory nor the record may be a link."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to(tmp_path / "real")
    with pytest.raises(UnsubError, match="link"):
        prepare_directory(tmp_path / "state")

    (tmp_path / "there.db").touch(mode=0o600)
    (tmp_path / "acc.db").symlink_to(tmp_path / "there.db")
    with pytest.raises(UnsubError, match="link"):
        prepare_file(tmp_path / "acc.db")


def test_a_record_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Names and money of an account are nobody else's business."""
    (tmp_path / "acc.db").touch(mode=0o600)
    (tmp_path / "acc.db").chmod(0o644)
    with pytest.raises(UnsubError, match="chmod 600"):
        prepare_file(tmp_path / "acc.db")


def test_the_lock_tells_who_holds_it(tmp_path: Path) -> None:
    """A second holder is refused with process, user and host; after a release it gets the lock."""
    prepare_directory(tmp_path)
    path = lock_path(tmp_path, "acc")
    lock = AccountLock.take(path, NOW)

    with pytest.raises(UnsubError, match=r"process \d+ of .+@.+, since 2026-03-02T09:00:00") as caught:
        AccountLock.take(path, NOW)
    assert caught.value.problem.kind is ProblemKind.LOCKED
    lock.release()
    lock.release()
    AccountLock.take(path, NOW).release()
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_holds_a_lock_is_known_without_taking_it(tmp_path: Path) -> None:
    """Process and run, as long as it is held; a lock on another file of the same number is not mistaken for it."""
    path = tmp_path / "acc.lock"
    assert holder_of(path) is None
    lock = AccountLock.take(path, NOW, "the-run")
    holder = holder_of(path)
    assert holder is not None
    assert (holder.pid, holder.run_id, holder.is_stopped) == (os.getpid(), "the-run", False)
    lock.release()
    assert holder_of(path) is None
    table = tmp_path / "locks"
    table.write_text(f"1: FLOCK  ADVISORY  WRITE {os.getpid() + 1} 00:99:{path.stat().st_ino} 0 EOF\n")
    assert holder_of(path, table) is None
