"""A sandbox with a state file goes on after a restart where it ended."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.models import Condition
from unsub_tui.sandbox.offers import CLUSTER, SERVER


@pytest.fixture
def options(tmp_path: Path) -> SandboxOptions:
    """Options with a state file."""
    return SandboxOptions(resources=200, now=NOW, rate_scale=0, state_file=tmp_path / "state.sqlite")


async def test_restart(options: SandboxOptions) -> None:
    """Closed resources, orders under way, money and the truth about requests are all there again."""
    first = Caller(build_sandbox(options))
    estate = first.sandbox.account.resources.list_all()
    settled = next(one for one in estate if one.offer is SERVER)
    under_way = next(one for one in estate if one.offer is CLUSTER)
    cancelled = next(one for one in estate if one.offer is CLUSTER and one is not under_way)
    for resource in (settled, cancelled):
        answer = await first.post(UNSUBSCRIBE, resource_ids=[resource.resource_id], unsubscribe_type=1)
    first.sandbox.account.cancel(answer["order_ids"][0])
    await first.send("POST", f"/v2/orders/subscriptions/resources/autorenew/{under_way.resource_id}")
    first.sandbox.clock.advance(10)
    await first.post(UNSUBSCRIBE, resource_ids=[under_way.resource_id], unsubscribe_type=1)
    before = (
        await first.resources(),
        await first.orders(),
        first.sandbox.account.request_log,
        first.sandbox.account.cash,
    )
    first.sandbox.close()

    second = Caller(build_sandbox(options))
    ledger = second.sandbox.account
    assert (await second.resources(), await second.orders(), ledger.request_log, ledger.cash) == before
    second.sandbox.clock.advance(5)
    assert await second.resources(resource_ids=[under_way.resource_id], status_list=[2]) == []
    assert await second.resources(resource_ids=[cancelled.resource_id], status_list=[2])
    second.sandbox.close()


async def test_restart_after_a_transaction(options: SandboxOptions) -> None:
    """A request that was executed once another transaction had ended is executed after a restart, too."""
    first = Caller(build_sandbox(options))
    busy = first.pick(Condition.IN_TRANSACTION)
    body = {"resource_ids": [busy.resource_id], "unsubscribe_type": 1}
    assert await first.refused("POST", UNSUBSCRIBE, body) == (400, "CBC.99003651")
    first.sandbox.clock.advance(30)
    await first.post(UNSUBSCRIBE, **body)
    before = await first.resources(), await first.orders()
    first.sandbox.close()

    second = Caller(build_sandbox(options))
    assert (await second.resources(), await second.orders()) == before
    second.sandbox.close()


def test_other_options(options: SandboxOptions) -> None:
    """A file of another catalog is refused."""
    build_sandbox(options).close()
    with pytest.raises(ValueError, match="state file"):
        build_sandbox(replace(options, seed=2))


def test_unknown_site() -> None:
    """There are three sites."""
    with pytest.raises(ValueError, match="unknown site"):
        build_sandbox(SandboxOptions(site="mars"))


@pytest.mark.parametrize("epoch", ["-1", "1" + "0" * 30, "253402300800"])
def test_a_file_with_a_time_out_of_range_is_refused(options: SandboxOptions, epoch: str) -> None:
    """No resource can be invented for a day that no calendar has."""
    build_sandbox(options).close()
    assert options.state_file
    with closing(sqlite3.connect(options.state_file)) as connection, connection:
        connection.execute("UPDATE events SET body = json_set(body, '$.moment', json(?)) WHERE number = 1", (epoch,))
    with pytest.raises(ValueError, match="out of range"):
        build_sandbox(options)


def test_a_file_that_is_no_database_is_refused(options: SandboxOptions) -> None:
    """Its path and what is wrong with it are told."""
    assert options.state_file
    options.state_file.write_text("this is no database " * 100, encoding="utf-8")
    with pytest.raises(ValueError, match=r"state\.sqlite cannot be used as a state file"):
        build_sandbox(options)
