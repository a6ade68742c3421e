from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.journal_documents import NOW
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.engine.journal_reader import read_runs
from unsub_tui.journal import parent_dirs
from unsub_tui.journal.lock import AccountLock, read_lock_owner
from unsub_tui.journal.paths import (
    check_directory,
    journal_path,
    lock_path,
    may_be_on_network,
    preflight,
    prepare_directory,
    prepare_file,
    record_paths,
    runs_dir,
    runtime_dir,
    runtime_lock_path,
)
from unsub_tui.present.problems import problem_details

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
    """The nearest mount decides whether a write-ahead log works; where mounts are unknown, none is used."""
    assert may_be_on_network(Path(directory), MOUNTS) is remote
    assert may_be_on_network(Path(directory), "")


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

    with pytest.raises(UnsubError, match="directory_accessible") as caught:
        prepare_directory(state)
    assert caught.value.problem.kind is ProblemKind.JOURNAL


def test_what_would_keep_a_run_from_its_record_shows_before(tmp_path: Path) -> None:
    """Nothing is made by looking; what is missing is no obstacle, what others can reach is one."""
    state = tmp_path / "a" / "state"
    assert preflight(state) is None
    assert not state.parent.exists()
    state.mkdir(parents=True)
    state.chmod(0o755)
    found = preflight(state)
    assert found is not None
    assert "chmod 700" in problem_details(found)
    state.chmod(0o700)
    assert preflight(state) is None
    no_name = preflight(tmp_path / ("x" * 300))
    assert no_name is not None
    assert "cannot be used" in problem_details(no_name)


def test_a_directory_above_that_others_can_write_is_refused(tmp_path: Path) -> None:
    """Anywhere, not only below the home; with the sticky bit, as `/tmp` has it, nobody else can move what is in it."""
    state = tmp_path / "shared/mine/state"
    prepare_directory(state)
    for mode in (0o777, 0o775 if os.geteuid() else 0o757, 0o702):
        (tmp_path / "shared").chmod(mode)
        if mode == 0o775 and os.getegid() == os.geteuid():
            continue  # the group of this user alone
        for use in (prepare_directory, check_directory, record_paths):
            with pytest.raises(UnsubError, match=r"parent_writable path=.*shared$"):
                use(state)
        assert "shared" in str(preflight(state))
    state.rename(tmp_path / "shared/moved")  # without it there is no record to be told from one that never was
    with pytest.raises(UnsubError, match="parent_writable"):
        read_runs(state, "acc-1")
    (tmp_path / "shared").chmod(0o1777)
    prepare_directory(state)


def test_a_directory_above_that_another_user_owns_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner can move the record away and put another in its place, also where a link leads through it."""
    (tmp_path / "theirs/mine").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "theirs/mine")
    prepare_directory(tmp_path / "link/state")
    if os.geteuid():
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    else:
        os.chown(tmp_path / "theirs", 12345, 12345)
    for way in ("theirs/mine/state", "link/state"):
        with pytest.raises(UnsubError, match="owned_by_others"):
            read_runs(tmp_path / way, "acc-1")


@pytest.mark.parametrize(
    ("name", "group_id", "members", "is_private"),
    [
        ("me", 1000, [], True),
        ("me", 1000, ["me"], True),
        ("me", 1000, ["me", "you"], False),
        ("staff", 1000, [], False),
        ("me", 1001, [], False),
        ("root", 0, [], True),
        ("root", 0, ["you"], False),
    ],
)
def test_a_group_of_one_may_write(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    group_id: int,
    members: list[str],
    is_private: bool,  # noqa: FBT001
) -> None:
    """With umask 002 the home is writable by the user's private group: nobody else is in it."""
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: pwd.struct_passwd(("me", "x", uid, 1000, "", "/home/me", "sh")))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((name, "x", gid, members)))
    assert parent_dirs._is_private_group(group_id) is is_private  # noqa: SLF001 - users and groups of the machine stand behind it


def test_the_group_of_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Container platforms run any user id in group 0: what that group can write, nobody else can."""

    def nobody(user_id: int) -> NoReturn:
        raise KeyError(user_id)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for mode, group_id, is_open in ((0o770, 0, False), (0o777, 0, True), (0o770, 1000, True), (0o750, 1000, False)):
        about = os.stat_result((mode, 0, 0, 1, os.geteuid(), group_id, 0, 0, 0, 0))
        assert parent_dirs.is_writable_by_others(about) is is_open


def test_a_directory_of_root_is_not_ours_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not own a directory cannot change its mode: the record goes elsewhere."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)

    def owned_by_root(path: Path, *, follow: bool) -> os.stat_result:
        found = path.stat(follow_symlinks=follow)
        return os.stat_result((*found[:4], 0, *found[5:10]))

    monkeypatch.setattr(parent_dirs, "stat_or_none", owned_by_root)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(UnsubError, match=r"parent_writable_not_owned path=.*shared") as told:
        parent_dirs.check_parent_dirs(tmp_path / "shared/state")
    assert "set UNSUB_STATE_DIR to a directory" in problem_details(told.value.problem)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither a directory nor the record may be a link."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to(tmp_path / "real")
    with pytest.raises(UnsubError, match="not_a_"):
        prepare_directory(tmp_path / "state")

    (tmp_path / "there.db").touch(mode=0o600)
    (tmp_path / "acc.db").symlink_to(tmp_path / "there.db")
    with pytest.raises(UnsubError, match="not_a_"):
        prepare_file(tmp_path / "acc.db")


def test_a_record_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Names and money of an account are nobody else's business."""
    (tmp_path / "acc.db").touch(mode=0o600)
    (tmp_path / "acc.db").chmod(0o644)
    with pytest.raises(UnsubError, match="record_accessible"):
        prepare_file(tmp_path / "acc.db")


def test_the_lock_tells_who_holds_it(tmp_path: Path) -> None:
    """A second holder is refused with process, user and host; after a release it gets the lock."""
    prepare_directory(tmp_path)
    path = lock_path(tmp_path, "acc")
    lock = AccountLock.acquire(path, NOW)

    with pytest.raises(UnsubError, match=r"lock_owner pid=\d+ user=.+ host=.+ since=2026-03-02T09:00:00") as caught:
        AccountLock.acquire(path, NOW)
    assert caught.value.problem.kind is ProblemKind.LOCKED
    lock.release()
    lock.release()
    AccountLock.acquire(path, NOW).release()
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_holds_a_lock_is_known_without_taking_it(tmp_path: Path) -> None:
    """Process and run, as long as it is held; a lock on another file of the same number is not mistaken for it."""
    path = tmp_path / "acc.lock"
    assert read_lock_owner(path) is None
    lock = AccountLock.acquire(path, NOW, "the-run")
    holder = read_lock_owner(path)
    assert holder is not None
    assert (holder.pid, holder.run_id, holder.is_suspended) == (os.getpid(), "the-run", False)
    lock.release()
    assert read_lock_owner(path) is None
    table = tmp_path / "locks"
    table.write_text(f"1: FLOCK  ADVISORY  WRITE {os.getpid() + 1} 00:99:{path.stat().st_ino} 0 EOF\n")
    assert read_lock_owner(path, table) is None


def test_two_state_directories_share_a_lock(tmp_path: Path) -> None:
    """A run for an account keeps one with another record from beginning; other accounts are free."""
    shared = runtime_lock_path([tmp_path / "runtime"], "acc")
    first = AccountLock.acquire(tmp_path / "a.lock", NOW, shared=shared)
    with pytest.raises(UnsubError, match=r"lock_owner.* pid=\d+ .*; other_state_directory") as caught:
        AccountLock.acquire(tmp_path / "b.lock", NOW, shared=shared)
    assert caught.value.problem.kind is ProblemKind.LOCKED
    AccountLock.acquire(tmp_path / "b.lock", NOW).release()  # what was refused holds nothing
    AccountLock.acquire(tmp_path / "c.lock", NOW, shared=runtime_lock_path([tmp_path / "runtime"], "other")).release()
    first.release()
    AccountLock.acquire(tmp_path / "b.lock", NOW, shared=shared).release()


def test_a_runtime_directory_must_be_private(tmp_path: Path) -> None:
    """One that is a link, or that others can reach, is passed over; without any, a run goes on."""
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path)
    bad = [tmp_path / "open", tmp_path / "link", tmp_path / "not/there"]
    assert runtime_dir(bad) is runtime_dir(bad, make=True) is runtime_lock_path(bad, "acc") is None
    good = tmp_path / "good"
    assert runtime_dir([*bad, good]) == good
    assert not good.exists()
    assert runtime_lock_path([*bad, good], "acc") == good / "acc.lock"
    assert good.stat().st_mode & 0o777 == 0o700


def test_a_lock_outlives_its_runtime_directory(tmp_path: Path) -> None:
    """It goes at logout while a run in tmux goes on: the lock beside the record is what counts."""
    shared = runtime_lock_path([tmp_path / "runtime"], "acc")
    assert shared is not None
    lock = AccountLock.acquire(tmp_path / "a.lock", NOW, shared=shared)
    shared.unlink()
    assert lock.is_held
    lock.release()
