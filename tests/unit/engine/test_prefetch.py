"""Reading ahead: what was begun early is what is listed, once; its error is not lost, and nobody has to take it."""

from __future__ import annotations

import pytest

from tests.support.connections import connect, connector
from tests.support.engine_stage import EngineStage
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.engine.engine import Engine, EngineOptions

REFUSED: dict[str, object] = {
    "operation": "query_resources",
    "action": "error",
    "status": 403,
    "error_code": "CBC.0150",
}


def open_engine(stage: EngineStage) -> Engine:
    """Return an engine on the stage's account and record."""
    options = EngineOptions(state_dir=stage.state_dir, site="intl", clock=stage.clock, run_policy=stage.pace)
    return Engine(connector(connect(stage.sandbox)), options)


async def ids_of(engine: Engine) -> list[str]:
    """List the account."""
    return [each.id for each in (await engine.catalog.read_all()).resources]


async def test_what_was_begun_is_what_is_listed(stage: EngineStage) -> None:
    """Every resource once, for one call as without it; the next listing is a call of its own."""
    engine = open_engine(stage)
    await engine.account.open()
    plain = await ids_of(engine)
    stage.set_faults(REFUSED | {"calls": [2]})
    engine.catalog.start_prefetch()
    engine.catalog.start_prefetch()
    assert await ids_of(engine) == plain
    with pytest.raises(UnsubError):
        await ids_of(engine)
    await engine.close()


async def test_it_is_never_old_when_it_is_taken(stage: EngineStage) -> None:
    """Begun after the list was, it does nothing: a later listing must not be what was read before."""
    engine = open_engine(stage)
    await engine.account.open()
    assert await ids_of(engine)
    engine.catalog.start_prefetch()
    for _ in range(3):
        await engine.account.check_access()  # as long as its first page would take
    stage.set_faults(REFUSED)
    with pytest.raises(UnsubError):
        await ids_of(engine)
    await engine.close()


async def test_nobody_reads_ahead_of_the_account(stage: EngineStage) -> None:
    """Before it is open there is nobody to ask."""
    engine = open_engine(stage)
    with pytest.raises(UnsubError):
        engine.catalog.start_prefetch()
    await engine.close()


async def test_its_error_comes_with_the_list(stage: EngineStage) -> None:
    """Nobody was there to be told; whoever lists is, and can list again."""
    engine = open_engine(stage)
    await engine.account.open()
    stage.set_faults(REFUSED)
    engine.catalog.start_prefetch()
    with pytest.raises(UnsubError) as caught:
        await ids_of(engine)
    assert caught.value.problem.kind is ProblemKind.WRONG_SITE
    stage.set_faults()
    assert await ids_of(engine)
    await engine.close()


async def test_nobody_has_to_take_it(stage: EngineStage) -> None:
    """Closing ends it, whether its first page has come or its error."""
    engine = open_engine(stage)
    await engine.account.open()
    engine.catalog.start_prefetch()
    await engine.close()
    await engine.close()
