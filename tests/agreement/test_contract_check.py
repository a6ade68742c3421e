"""The contract check on the account of the second vendor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agreement.reference_stage import ReferenceStage
from tests.reference_server import ReferenceServer
from tests.support.connections import NO_DELAYS
from tests.support.contract_steps import findings_of, results
from unsub_tui.domain.contract import Assumption, ContractResult
from unsub_tui.present.pages.contract import finding_text


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[ReferenceStage]:
    """An account that takes requests as fast as they come."""
    with ReferenceServer(settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


async def test_what_holds_there(stage: ReferenceStage) -> None:
    """Everything except for the status of one resource, which no documentation names."""
    found = await findings_of(stage.connection())
    assert results(found, ContractResult.UNCHECKED) == set()
    assert results(found, ContractResult.DIFFERS) == {Assumption.RESOURCE_STATUSES}
    assert finding_text(found[Assumption.RESOURCE_STATUSES]) == "unknown: 42"


async def test_other_answers_that_its_contract_allows(stage: ReferenceStage) -> None:
    """Resources listed twice, totals and pages of primary resources, and times in another zone."""
    account = stage.vendor.account
    account.counts_attached, account.pages_by_primary = False, True
    account.extra_rows = {each: [{}] for each in stage.ids("new-ecs-2days")}
    account.row_changes = {each: {"expire_time": "2030-01-31T23:59:59Z"} for each in account.resources}
    found = await findings_of(stage.connection())
    assert results(found, ContractResult.DIFFERS) == {
        Assumption.ONE_ROW_PER_RESOURCE,
        Assumption.TOTAL_COUNTS_ATTACHED,
        Assumption.PAGES_COUNT_ATTACHED,
        Assumption.TIMES_UTC,
        Assumption.RESOURCE_STATUSES,
    }
