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

from tests.journal.test_soundness import held
from tests.sizes import IS_LONG, sized
from tests.torture.loopback import Order, cache_of
from tests.torture.record import read_record
from tests.torture.test_loopback import Zygote, order_of, sandbox, zygote_of_sockets
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.journal_reader import audit, read_units_needing_followup, set_aside_broken_journal
from unsub_tui.engine.record_files import set_aside_files
from unsub_tui.journal import journal_errors, paths, store
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import journal_path, runtime_lock_path
from unsub_tui.journal.store import Journal
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

__all__ = ["sandbox", "zygote_of_sockets"]

Files = dict[str, bytes]
"""The files of a record, by the ends of their names."""

PARTS = ("", "-wal", "-shm", "-head")

STEPS = sized((12, 21), (8, 12, 21), tuple(range(4, 40)))
"""At which step the run is killed."""

EARLIER = sized((5,), (5,), (2, 5, 9))
"""How many steps before that the older copy was taken."""


def without(*parts: str) -> Callable[[Files, Files], Files]:
    """Return a loss: these files are deleted."""
    return lambda files, _: {part: data for part, data in files.items() if part not in parts}


def restored(*parts: str) -> Callable[[Files, Files], Files]:
    """Return a loss: older copies of these files are put back; the index of the log, which is not backed up, goes."""

    def restore(files: Files, older: Files) -> Files:
        kept = {part: data for part, data in files.items() if part not in (*parts, "-shm")}
        return kept | {part: older[part] for part in parts if part in older}

    return restore


LOSSES: dict[str, Callable[[Files, Files], Files]] = {
    "nothing": without(),
    "index deleted": without("-shm"),
    "log deleted": without("-wal", "-shm"),
    "database deleted": without(""),
    "both deleted": without("", "-wal", "-shm"),
    "head deleted": without("-head"),
    "all but the log deleted": without("", "-shm", "-head"),
    "older database": restored(""),
    "older database alone": lambda files, older: restored("")(without("-wal")(files, older), older),
    "older log": restored("-wal"),
    "older database and log": restored("", "-wal"),
    "older head": restored("-head"),
    "older directory": restored("", "-wal", "-head"),
}
"""What can happen to the files of a record while nothing runs."""


@dataclass(frozen=True)
class Killed:
    """What a killed run left: its order, and the files of its record, when it died and earlier."""

    order: Order
    files: Files
    older: Files

    @property
    def path(self) -> Path:
        """Where the record is."""
        return journal_path(Path(self.order.state_dir), self.order.domain_id)

    def lose(self, loss: str) -> None:
        """Put the files there as they were left, and let a part be lost."""
        shutil.rmtree(self.path.parent)
        self.path.parent.mkdir(mode=0o700)
        place(self.path, LOSSES[loss](self.files, self.older))

    def is_whole(self, loss: str) -> bool:
        """Return whether every event is still there, with a head, by code that shares nothing with the program."""
        files = LOSSES[loss](self.files, self.older)
        return "" in files and "-head" in files and events_of(files) == events_of(self.files)


def events_of(files: Files) -> list[tuple[object, ...]] | None:
    """Return the events of a copy of these files, or None where the database is corrupt."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "acc.db"
        place(path, files)
        try:
            return read_record(path).events
        except sqlite3.DatabaseError:
            return None


def place(path: Path, files: Files) -> None:
    """Write the files of a record."""
    for part, data in files.items():
        file = path.with_suffix(".head") if part == "-head" else path.with_name(path.name + part)
        file.write_bytes(data)
        file.chmod(0o600)


def taken(path: Path) -> Files:
    """Return the files of a record."""
    files = {part: path.with_name(path.name + part) for part in PARTS[:-1]} | {"-head": path.with_suffix(".head")}
    return {part: file.read_bytes() for part, file in files.items() if file.exists()}


def kill(zygote: Zygote, order: Order, earlier: int) -> Killed:
    """Let a run die; return what it left."""
    zygote.run(replace(order, copy_at=max(3, order.kill_at - earlier)))
    path = journal_path(Path(order.state_dir), order.domain_id)
    older = path.parent.with_name("older") / path.name
    return Killed(order, taken(path), taken(older) if older.exists() else taken(path))


def breaches(killed: Killed, loss: str) -> Iterator[str]:
    """Yield what is told wrongly of a record."""
    is_whole = killed.is_whole(loss)
    killed.lose(loss)
    found = audit(killed.path, cache_of(killed.order))
    if found.unreadable:
        yield f"{loss}: said to be unreadable: {found.unreadable}"
    if bool(found.problem) is is_whole:
        yield f"{loss}: said to be {'not sound' if found.problem else 'sound'}: {found.problem}"
    try:
        order, now = killed.order, datetime.now(UTC)
        loose = read_units_needing_followup(Path(order.state_dir), order.domain_id, now, cache_of(order))
    except UnsubError:
        return
    if not is_whole:
        yield f"{loss}: {len(loose)} items are said to be open, although a part of the record is lost"


@pytest.fixture
def killed_at(zygote_of_sockets: Zygote, sandbox: Sandbox, tmp_path: Path) -> Callable[[int, int], Killed]:
    """Kill runs at a step, with an older copy of so many steps before."""

    def kill_at(step: int, earlier: int = EARLIER[0]) -> Killed:
        with BackgroundServer(sandbox) as server:
            return kill(zygote_of_sockets, order_of(sandbox, server, tmp_path, step), earlier)

    return kill_at


@pytest.mark.parametrize("earlier", EARLIER)
@pytest.mark.parametrize("step", STEPS)
def test_every_loss_is_told(killed_at: Callable[[int, int], Killed], step: int, earlier: int) -> None:
    """A record of which a part is lost is not sound, and one that is whole is: no loss is missed, none invented."""
    killed = killed_at(step, earlier)
    assert [each for loss in LOSSES for each in breaches(killed, loss)] == []


@pytest.mark.parametrize("loss", LOSSES if IS_LONG else ["log deleted", "older directory", "older head"])
@pytest.mark.parametrize("step", STEPS if IS_LONG else STEPS[-1:])
def test_nothing_is_sent_twice_after_a_loss(
    zygote_of_sockets: Zygote, sandbox: Sandbox, tmp_path: Path, step: int, loss: str
) -> None:
    """Nothing is sent before a person has set the record aside; after that, what was done is not done again."""
    with BackgroundServer(sandbox) as server:
        killed = kill(zygote_of_sockets, order_of(sandbox, server, tmp_path, step), EARLIER[-1])
        state_dir, again = Path(killed.order.state_dir), replace(killed.order, kill_at=0)
        is_whole = killed.is_whole(loss)
        killed.lose(loss)
        sent = len(sandbox.account.request_log)
        resumed = zygote_of_sockets.run(replace(again, purchases={}))
        assert (resumed == 0) is is_whole
        assert is_whole or zygote_of_sockets.run(again) != 0
        assert len(sandbox.account.request_log) == sent
        _, aside = set_aside_broken_journal(state_dir, again.domain_id, datetime.now(UTC), cache_of(again))
        assert (aside is None) is is_whole
        assert bool(set_aside_files(state_dir, again.domain_id)) is not is_whole
        zygote_of_sockets.run(again)
    assert all(len(sandbox.account.executions(each)) <= 1 for each in again.purchases)


def _ignore(*_: object) -> None:
    """Compare nothing."""


@pytest.mark.parametrize("name", ["_compare", "check_log", "_copy_of_head"])
def test_a_head_that_is_not_looked_at_is_missed(
    killed_at: Callable[[int, int], Killed], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With the comparison, the look for a log without its database or the copy switched off, a loss is told wrongly."""
    killed = killed_at(STEPS[-1], EARLIER[0])
    monkeypatch.setattr(store, name, _ignore)
    assert [each for loss in LOSSES for each in breaches(killed, loss)] != []


@pytest.mark.long
def test_codes_that_are_not_told_apart_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the list of errors of the machine, a record that another program holds is called broken."""
    path = tmp_path / "acc-1.db"
    Journal.open(path).close()
    with held(path):
        assert audit(path).problem == ""
        monkeypatch.setattr(journal_errors, "_NEXT_STEP", {})
        assert "is not sound" in audit(path).problem


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
