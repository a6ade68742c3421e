"""Runs that are killed, and whose record then loses a part: it is told as what it is, and nothing is sent twice."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.crash.fork_client import ForkServer
from tests.crash.journal_snapshot import read_journal
from tests.crash.socket_worker import SocketJob, cache_dir
from tests.crash.test_kills_over_sockets import make_job, sandbox
from tests.support.effort import IS_LONG, by_effort
from tests.unit.journal.test_journal_errors import locked_by_other_process
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.journal_reader import read_account_journal, set_aside_broken_journal
from unsub_tui.engine.run.recovery import needs_status_check
from unsub_tui.journal import journal_errors, paths, store
from unsub_tui.journal.audit import audit
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import journal_path, runtime_lock_path, set_aside_records
from unsub_tui.journal.store import Journal
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

__all__ = ["sandbox"]

Files = dict[str, bytes]
"""The files of a record, by the ends of their names."""

PARTS = ("", "-wal", "-shm", "-head")

STEPS = by_effort((12, 21), (8, 12, 21), tuple(range(4, 40)))
"""At which step the run is killed."""

BACKUP_OFFSETS = by_effort((5,), (5,), (2, 5, 9))
"""How many steps before that the older copy was taken."""

LONG_BEFORE = 15
"""Steps after which the record certainly has new events: fewer steps may all be polls of a quick service."""


def delete_files(*parts: str) -> Callable[[Files, Files], Files]:
    """Return a loss: these files are deleted."""
    return lambda files, _: {part: data for part, data in files.items() if part not in parts}


def restore_older(*parts: str) -> Callable[[Files, Files], Files]:
    """Return a loss: older copies of these files are put back; the index of the log, which is not backed up, goes."""

    def restore(files: Files, older: Files) -> Files:
        kept = {part: data for part, data in files.items() if part not in (*parts, "-shm")}
        return kept | {part: older[part] for part in parts if part in older}

    return restore


LOSSES: dict[str, Callable[[Files, Files], Files]] = {
    "nothing": delete_files(),
    "index deleted": delete_files("-shm"),
    "log deleted": delete_files("-wal", "-shm"),
    "database deleted": delete_files(""),
    "both deleted": delete_files("", "-wal", "-shm"),
    "head deleted": delete_files("-head"),
    "all but the log deleted": delete_files("", "-shm", "-head"),
    "older database": restore_older(""),
    "older database alone": lambda files, older: restore_older("")(delete_files("-wal")(files, older), older),
    "older log": restore_older("-wal"),
    "older database and log": restore_older("", "-wal"),
    "older head": restore_older("-head"),
    "older directory": restore_older("", "-wal", "-head"),
}
"""What can happen to the files of a record while nothing runs."""


@dataclass(frozen=True)
class KilledRun:
    """What a killed run left: its order, and the files of its record, when it died and earlier."""

    job: SocketJob
    files: Files
    older_files: Files

    @property
    def path(self) -> Path:
        """Where the record is."""
        return journal_path(Path(self.job.state_dir), self.job.domain_id)

    def apply_loss(self, loss: str) -> None:
        """Put the files there as they were left, and let a part be lost."""
        shutil.rmtree(self.path.parent)
        self.path.parent.mkdir(mode=0o700)
        write_files(self.path, LOSSES[loss](self.files, self.older_files))

    def is_whole(self, loss: str) -> bool:
        """Return whether every event is still there, with a head, by code that shares nothing with the program."""
        files = LOSSES[loss](self.files, self.older_files)
        return "" in files and "-head" in files and events_of(files) == events_of(self.files)


def events_of(files: Files) -> list[tuple[object, ...]] | None:
    """Return the events of a copy of these files, or None where the database is corrupt."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "acc.db"
        write_files(path, files)
        try:
            return read_journal(path).events
        except sqlite3.DatabaseError:
            return None


def write_files(path: Path, files: Files) -> None:
    """Write the files of a record."""
    for part, data in files.items():
        file = path.with_suffix(".head") if part == "-head" else path.with_name(path.name + part)
        file.write_bytes(data)
        file.chmod(0o600)


def read_files(path: Path) -> Files:
    """Return the files of a record."""
    files = {part: path.with_name(path.name + part) for part in PARTS[:-1]} | {"-head": path.with_suffix(".head")}
    return {part: file.read_bytes() for part, file in files.items() if file.exists()}


def run_and_kill(fork_server: ForkServer, job: SocketJob, earlier: int) -> KilledRun:
    """Let a run die; return what it left."""
    fork_server.run_over_sockets(replace(job, copy_at=max(3, job.kill_at - earlier)))
    path = journal_path(Path(job.state_dir), job.domain_id)
    older = path.parent.with_name("older") / path.name
    return KilledRun(job, read_files(path), read_files(older) if older.exists() else read_files(path))


def find_violations(killed: KilledRun, loss: str) -> Iterator[str]:
    """Yield what is told wrongly of a record."""
    is_whole = killed.is_whole(loss)
    killed.apply_loss(loss)
    found = audit(killed.path, cache_dir(killed.job))
    if not found.is_readable:
        yield f"{loss}: said to be unreadable: {found.problem}"
    if found.is_corrupt is is_whole:
        yield f"{loss}: said to be {'not sound' if found.is_corrupt else 'sound'}: {found.problem}"
    try:
        order, now = killed.job, datetime.now(UTC)
        journal = read_account_journal(Path(order.state_dir), order.domain_id, cache_dir(order))
        loose = [unit for unit in journal.units() if needs_status_check(unit, now)]
    except UnsubError:
        return
    if not is_whole:
        yield f"{loss}: {len(loose)} items are said to be open, although a part of the record is lost"


@pytest.fixture
def killed_at(fork_server: ForkServer, sandbox: Sandbox, tmp_path: Path) -> Callable[[int, int], KilledRun]:
    """Kill runs at a step, with an older copy of so many steps before."""

    def kill_at(step: int, earlier: int = BACKUP_OFFSETS[0]) -> KilledRun:
        with BackgroundServer(sandbox) as server:
            return run_and_kill(fork_server, make_job(sandbox, server, tmp_path, step), earlier)

    return kill_at


@pytest.mark.parametrize("earlier", BACKUP_OFFSETS)
@pytest.mark.parametrize("step", STEPS)
def test_every_loss_is_reported(killed_at: Callable[[int, int], KilledRun], step: int, earlier: int) -> None:
    """A record of which a part is lost is not sound, and one that is whole is: no loss is missed, none invented."""
    killed = killed_at(step, earlier)
    assert [each for loss in LOSSES for each in find_violations(killed, loss)] == []


@pytest.mark.parametrize("loss", LOSSES if IS_LONG else ["log deleted", "older directory", "older head"])
@pytest.mark.parametrize("step", STEPS if IS_LONG else STEPS[-1:])
def test_nothing_is_sent_twice_after_a_loss(
    fork_server: ForkServer, sandbox: Sandbox, tmp_path: Path, step: int, loss: str
) -> None:
    """Nothing is sent before a person has set the record aside; after that, what was done is not done again."""
    with BackgroundServer(sandbox) as server:
        killed = run_and_kill(fork_server, make_job(sandbox, server, tmp_path, step), BACKUP_OFFSETS[-1])
        state_dir, again = Path(killed.job.state_dir), replace(killed.job, kill_at=0)
        is_whole = killed.is_whole(loss)
        killed.apply_loss(loss)
        sent = len(sandbox.account.request_log)
        resumed = fork_server.run_over_sockets(replace(again, purchases={}))
        assert (resumed == 0) is is_whole
        assert is_whole or fork_server.run_over_sockets(again) != 0
        assert len(sandbox.account.request_log) == sent
        _, aside = set_aside_broken_journal(state_dir, again.domain_id, datetime.now(UTC), cache_dir(again))
        assert (aside is None) is is_whole
        assert bool(set_aside_records(state_dir, again.domain_id)) is not is_whole
        fork_server.run_over_sockets(again)
    assert all(len(sandbox.account.executions(each)) <= 1 for each in again.purchases)


def _ignore(*_: object) -> None:
    """Compare nothing."""


@pytest.mark.parametrize("name", ["_compare", "check_log", "_copy_of_head"])
def test_a_head_that_is_not_looked_at_is_missed(
    killed_at: Callable[[int, int], KilledRun], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With the comparison, the look for a log without its database or the copy switched off, a loss is told wrongly."""
    killed = killed_at(STEPS[-1], LONG_BEFORE)
    assert not killed.is_whole("older directory")
    monkeypatch.setattr(store, name, _ignore)
    assert [each for loss in LOSSES for each in find_violations(killed, loss)] != []


@pytest.mark.long
def test_codes_that_are_not_told_apart_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the list of errors of the machine, a record that another program holds is called broken."""
    path = tmp_path / "acc-1.db"
    Journal.open(path).close()
    with locked_by_other_process(path):
        assert not audit(path).is_corrupt
        monkeypatch.setattr(journal_errors, "_NEXT_STEP", {})
        assert audit(path).is_corrupt


@pytest.mark.long
def test_a_lock_that_is_not_shared_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the runtime directory, two state directories could send for one account at once."""

    def begun() -> int:
        locks = []
        for name in ("a", "b"):
            shared = runtime_lock_path([tmp_path / "shared"], "acc")
            with suppress(UnsubError):
                locks.append(AccountLock.acquire(tmp_path / name, datetime.now(UTC), shared=shared))
        for lock in locks:
            lock.release()
        return len(locks)

    assert begun() == 1
    monkeypatch.setattr(paths, "_can_hold_locks", lambda *_, **__: False)
    assert begun() == 2
