from __future__ import annotations

from unsub_tui.domain.outcome import State
from unsub_tui.engine.runner import start_run

from tests.engine.stage import Stage, confirmed, states_told, until_end


async def test_a_run_ends_settled(stage: Stage) -> None:
    """Each unit is sent once, accepted, and settled with the vendor's exact figures."""
    ids = stage.ids(3)
    plan = await stage.plan(ids)

    events, ended = await until_end(start_run(plan, confirmed(plan), stage.parts()))

    assert ended.problem is None
    assert [unit.resource_id for unit in ended.run.units] == ids
    assert states_told(events) == [State.CONFIRMED, State.SUBMITTING, State.ACCEPTED, State.SETTLED]
    assert {unit.state for unit in ended.run.units} == {State.SETTLED}
    assert [stage.executions(each) for each in ids] == [1, 1, 1]
    assert stage.states() == [[State.SETTLED] * 3]
