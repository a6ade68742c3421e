"""Lists, plans and runs of an account whose total does not count attached resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_stage import new_stage, run_plan
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.doctor import counts_attached_resources
from unsub_tui.sandbox import Behavior


@pytest.mark.parametrize("pages_by_primary", [False, True])
async def test_everything_is_as_with_the_other_count(tmp_path: Path, *, pages_by_primary: bool) -> None:
    """The list is the same, also over several pages, whatever their size counts; a run with attached resources ends."""
    stage = new_stage(tmp_path, resources=1300)
    async with stage.connection().read_client() as reader:
        listed, counts_attached = await reader.list_resources(), await counts_attached_resources(reader)
    assert counts_attached
    stage.sandbox.account.behavior = Behavior(counts_attached=False, pages_by_primary=pages_by_primary)

    async with stage.connection().read_client() as reader:
        rows = {each.id: each for each in await reader.list_resources()}
        assert rows == {each.id: each for each in listed}
        assert await counts_attached_resources(reader) is False
    plan = await stage.plan(stage.ids(2))
    ended = await run_plan(stage, plan)

    assert plan.count > 2
    assert [unit.state for unit in ended.run.units] == [State.SETTLED] * 2
    assert not any(unit.followup and unit.followup.leftovers for unit in ended.run.units)
