"""Answers about resources of generated accounts that stayed behind, some of which were deleted meanwhile."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.agreement.test_reference_facts import connect
from tests.reference_server import ReferenceServer
from tests.reference_server.inventory.behavior import Failure
from tests.reference_server.inventory.estate import Estate, Item
from tests.reference_server.inventory.strategies import estates
from tests.reference_server.inventory.visibility import seen
from tests.support.effort import by_effort
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.control_groups import find_control_groups
from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.leftovers import ExpectedLeftover, LeftoverAnswer, LeftoverState
from unsub_tui.domain.resource import Catalog
from unsub_tui.engine.inventory.leftover_answers import LeftoverGroup, ask_about

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
"""The services answer requests that are signed with the real time."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[ReferenceServer]:
    """One account, which holds one estate after the other."""
    with ReferenceServer(rate_factor=1000) as running:
        yield running


def leftovers_of(estate: Estate) -> dict[str, tuple[str, Item]]:
    """Return the resources that a user saw before the services began to fail, with their kinds, by their ids."""
    found = seen(estate.replace(behavior=replace(estate.behavior, failures=())))
    kinds = {"disk": found.disks, "eip": found.eips, "vault": found.vaults}
    return {each.id: (kind, each) for kind, some in kinds.items() for each in some}


def without(estate: Estate, removed: frozenset[str]) -> Estate:
    """Return an estate from which these resources were deleted."""
    names = ("disks", "eips", "vaults")
    return estate.replace(
        **{name: tuple(each for each in getattr(estate, name) if each.id not in removed) for name in names}
    )


async def ask(
    vendor: ReferenceServer, estate: Estate, leftovers: dict[str, tuple[str, Item]], removed: frozenset[str]
) -> dict[str, LeftoverAnswer]:
    """Return the answers about leftovers, as after a run of a plan that contains none of them."""
    connection, catalog = connect(vendor), Catalog()
    async with connection.read_client() as client:
        async for page in client.resource_pages():
            catalog.add_page(page.rows)
    regions = {each.id: each.region for each in estate.projects}
    groups = find_control_groups(catalog.joined(), removed, NOW)
    wanted: defaultdict[LeftoverGroup, dict[str, ExpectedLeftover]] = defaultdict(dict)
    for resource_id, (kind, each) in leftovers.items():
        place = ProjectRegion(regions[each.project_id], each.project_id)
        wanted[LeftoverGroup(place, kind)][resource_id] = ExpectedLeftover(
            resource_id=resource_id,
            kind=kind,
            region=place.region,
            project_id=place.project_id,
            charging=Charging.UNKNOWN,
            origin=Origin("a test", place.region, NOW),
        )
    answers: dict[str, LeftoverAnswer] = {}
    async with connection.inventory_clients() as clients:
        for group, some in wanted.items():
            answers |= await ask_about(clients, group, some, groups.get(group, ()))
    return answers


@settings(
    max_examples=by_effort(10, 500),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(estates(NOW), st.integers(0, 2**32 - 1), st.sampled_from(("", "evs", "vpc", "cbr")))
def test_only_deleted_resources_are_gone(vendor: ReferenceServer, estate: Estate, mask: int, denied: str) -> None:
    """Whatever the user may see, and however the services fail; what exists is charged as it was bought."""
    leftovers = leftovers_of(estate)
    removed = frozenset(each for number, each in enumerate(sorted(leftovers)) if mask >> number % 32 & 1)
    rest = without(estate, removed)
    if denied:
        failures = (*rest.behavior.failures, Failure(operation=denied, form="denied nested 401"))
        rest = rest.replace(behavior=replace(rest.behavior, failures=failures))
    vendor.hold(rest)
    answers = asyncio.run(ask(vendor, rest, leftovers, removed))
    assert answers.keys() == leftovers.keys()
    for resource_id, answer in answers.items():
        if answer.state is LeftoverState.GONE:
            assert resource_id in removed
        elif answer.state is not LeftoverState.UNKNOWN:
            assert resource_id not in removed
            is_known = answer.charging is not Charging.UNKNOWN and not estate.behavior.field_changes
            bought = Charging.YEARLY_MONTHLY if leftovers[resource_id][1].order_id else Charging.PAY_PER_USE
            assert not is_known or answer.charging is bought
