"""The demo keeps its account and its record between two starts, and has all services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from unsub_tui.cli.commands.demo import hold_lock
from unsub_tui.cli.wiring import demo_engine
from unsub_tui.domain.inventory.finding import FindingState
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Catalog
from unsub_tui.engine.run.policy import Clock
from unsub_tui.sandbox import SandboxOptions
from unsub_tui.sandbox.sandbox import Sandbox

NOW = datetime(2026, 1, 15, 10, 40, tzinfo=UTC)


async def _start(directory: Path, *, days: int = 0, fresh: bool = False) -> tuple[Sandbox, Path]:
    """Start the demo some days later; return its sandbox and the directory of its record."""
    made: list[Sandbox] = []
    options = SandboxOptions(resources=20, now=NOW + timedelta(days=days))
    engine = demo_engine(options, directory, on_sandbox_created=made.append, keep=True, fresh=fresh)
    try:
        await engine.account.open()
    finally:
        await engine.close()
    made[0].close()
    return made[0], engine.options.state_dir


async def test_the_same_account_is_there_again_with_its_record(tmp_path: Path) -> None:
    """What was bought and what was recorded stay; `--fresh` begins anew."""
    first, record = await _start(tmp_path)
    (record / "kept").touch()
    later, same = await _start(tmp_path, days=3)
    assert same == record
    assert (record / "kept").exists()
    assert _ends(later) == _ends(first)
    fresh, _record = await _start(tmp_path, days=3, fresh=True)
    assert not (record / "kept").exists()
    assert _ends(fresh) != _ends(first)


async def test_a_saved_demo_that_cannot_be_used_says_how_to_begin_anew(tmp_path: Path) -> None:
    """Nothing is deleted without being asked for."""
    _first, record = await _start(tmp_path)
    (record / "account.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(UnsubError) as raised:
        await _start(tmp_path)
    assert "unsub-tui demo --fresh" in raised.value.problem.detail


def test_a_demo_is_open_once(tmp_path: Path) -> None:
    """Two would change the same account."""
    assert hold_lock(tmp_path, "intl-400-1") is not None
    assert hold_lock(tmp_path, "intl-400-1") is None
    assert hold_lock(tmp_path, "intl-400-2") is not None


def _ends(sandbox: Sandbox) -> list[float]:
    return [each.effective for each in sandbox.account.resources.list_all()]


async def test_the_demo_knows_what_its_resources_are_doing(tmp_path: Path) -> None:
    """All services are asked inside the process; none of them is unknown for want of an endpoint."""
    engine = demo_engine(SandboxOptions(resources=60, now=NOW), tmp_path, clock=Clock())
    try:
        await engine.account.open()
        catalog = Catalog()
        async with engine.account.connection.read_client() as client:
            catalog.add_page(await client.list_resources())
        inventory = engine.inventory.new_inventory(catalog)
        async for _ in engine.inventory.sweep(inventory, catalog.resources):
            pass
    finally:
        await engine.close()
    servers = [each for each in catalog.resources if kind_of(each) is ResourceKind.SERVER]
    found = [state for each in servers if (state := inventory.findings_of(each).run_state) is not None]
    assert found
    assert {each.state for each in found} >= {FindingState.KNOWN}
    # A server in a task has no state that could be known.
    assert {each.reason.code for each in found if each.reason is not None} <= {"inventory_task"}
