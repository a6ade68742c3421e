"""What resources are doing: the same for a seed at every moment, and consistent with the rows of billing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller
from tests.unit.sandbox.conftest import NOW, MakeCaller
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS
from unsub_tui.sandbox.estate.cloud_resource import CloudResource, PayPerUse, order_id
from unsub_tui.sandbox.estate.estate import ProjectEstate
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.offers import ADDRESS, DISK, HUGE_SERVER, SERVER

ON_DEMAND_NOW = "/v2/orders/subscriptions/resources/to-on-demand/instantly"


def _projects(caller: Caller) -> Iterator[ProjectEstate]:
    return (caller.sandbox.account.estate.project(each) for each in REGION_PROJECTS)


def _all(caller: Caller, kind: str) -> list[tuple[ProjectEstate, CloudResource]]:
    return [(project, each) for project in _projects(caller) for each in getattr(project, kind)()]


def _find(caller: Caller, resource_id: str) -> CloudResource | None:
    return next((found for project in _projects(caller) if (found := project.get(resource_id)) is not None), None)


def test_every_row_of_billing_is_known_to_its_service(caller: Caller) -> None:
    """A list of a service that lacks a row of billing would be taken for one with missing permissions."""
    found = {each.resource_id for kind in ("servers", "disks", "addresses") for _, each in _all(caller, kind)}
    listed = caller.sandbox.account.resources.list_all()
    wanted = {each.resource_id for each in listed if each.offer in (SERVER, HUGE_SERVER, DISK, ADDRESS)}
    assert wanted < found
    assert {each.region for each in listed} == {REGION_PROJECTS[each.project_id].region for each in listed}


def test_services_name_the_order_that_bought_a_resource() -> None:
    """It exists, and the resource is in it, also what was attached or bought later."""
    account = build_sandbox(SandboxOptions(resources=600, now=NOW, databases=True)).account
    for resource in account.resources.list_all():
        order = account.orders.find(order_id(resource))
        assert order is not None
        assert resource.resource_id in {each.resource_id for each in account.orders.resources_of(order)}
        assert order.created == resource.ordered


def test_both_ends_of_a_relation_agree(caller: Caller) -> None:
    """A disk names the servers that name it, with the same device; an EIP and its server likewise."""
    servers = {each.resource_id: project.server(each) for project, each in _all(caller, "servers")}
    at_servers = {(each.disk.resource_id, key, each.device) for key, one in servers.items() for each in one.disks}
    at_disks = {
        (each.resource_id, attachment.server.resource_id, attachment.device)
        for project, each in _all(caller, "disks")
        for attachment in project.disk(each).attachments
    }
    assert at_servers == at_disks
    bound = {
        (facts.address_id, facts.binding.instance_id)
        for project, each in _all(caller, "addresses")
        if (facts := project.address(each)).binding.kind == "PORT"
    }
    assert bound == {(one.address.resource_id, key) for key, one in servers.items() if one.address is not None}
    for project in _projects(caller):
        for bandwidth in project.bandwidths():
            assert all(project.address(each).bandwidth == bandwidth for each in bandwidth.addresses)


def test_the_estate_is_worth_a_look(caller: Caller) -> None:
    """The default account has about ten things that a careful administrator would clean up, and most are in use."""
    servers = [project.server(each) for project, each in _all(caller, "servers")]
    long_stopped = [
        each
        for each in servers
        if each.status == "SHUTOFF" and not each.is_frozen and each.updated < NOW.timestamp() - 60 * 86400
    ]
    disks = [(each, project.disk(each)) for project, each in _all(caller, "disks")]
    unattached = [each for each, facts in disks if not facts.attachments and isinstance(each, Resource)]
    addresses = [(each, project.address(each)) for project, each in _all(caller, "addresses")]
    unbound = [each for each, facts in addresses if facts.status == "DOWN" and isinstance(each, Resource)]
    quiet = [each for each in servers if each.is_quiet]
    bandwidths = [each for project in _projects(caller) for each in project.bandwidths()]
    empty = [each for each in bandwidths if not each.addresses]
    found = [*long_stopped, *unattached, *unbound, *quiet, *empty]
    assert all((long_stopped, unattached, unbound, quiet, empty))
    assert 8 <= len(found) <= 25
    assert all(each.tags for each in (*long_stopped, *quiet))
    assert sum(each.is_running for each in servers) > 0.7 * len(servers)
    assert any(len(facts.attachments) > 1 for _, facts in disks)
    assert any(isinstance(each, PayPerUse) for each in (*(one for one, _ in disks), *(one for one, _ in addresses)))


async def test_unsubscription_of_a_server(caller: Caller) -> None:
    """It is gone with its disks; what has a price of its own stays, unattached and unbound, for every seed."""
    account = caller.sandbox.account
    project, server = next(
        (project, each)
        for project, each in _all(caller, "servers")
        if isinstance(each, Resource)
        and each.condition is Condition.NORMAL
        and isinstance(project.server(each).address, PayPerUse)
    )
    assert isinstance(server, Resource)
    before = project.server(server)
    stays = [each.disk for each in before.disks if each.disk not in server.attached]
    await caller.post(UNSUBSCRIBE, resource_ids=[server.resource_id], unsubscribe_type=1)
    assert project.get(server.resource_id) is server
    caller.sandbox.clock.advance(10)
    account.now()
    assert _find(caller, server.resource_id) is None
    assert all(_find(caller, each.resource_id) is None for each in server.attached)
    assert before.address is not None
    address = project.address(before.address)
    assert (address.status, address.binding.kind) == ("DOWN", "")
    for disk in stays:
        facts = project.disk(disk)
        others = [each.server for each in facts.attachments]
        assert server not in others
        assert facts.status == ("in-use" if others else "available")


async def test_change_to_pay_per_use(make_caller: MakeCaller) -> None:
    """Billing no longer lists the resource, its service does."""
    caller = make_caller(site="cn")
    server = caller.pick(offer=SERVER)
    await caller.post(ON_DEMAND_NOW, resource_ids=[server.resource_id])
    caller.sandbox.clock.advance(10)
    caller.sandbox.account.now()
    assert _find(caller, server.resource_id) is server


@given(seed=st.integers(1, 10_000), count=st.integers(0, 120))
def test_a_seed_always_has_the_same_estate(seed: int, count: int) -> None:
    """Facts are computed on request, so that neither order nor number of the questions changes them."""
    options = SandboxOptions(resources=count, seed=seed, now=NOW)
    one, other = Caller(build_sandbox(options)), Caller(build_sandbox(options))
    facts = [_summary(project) for project in _projects(one)]
    again = [_summary(project) for project in reversed(list(_projects(other)))]
    assert facts == again[::-1]
    assert facts == [_summary(project) for project in _projects(one)]


def _summary(project: ProjectEstate) -> object:
    servers = [
        (each.resource_id, facts.status, facts.updated, facts.tags)
        for each in project.servers()
        for facts in [project.server(each)]
    ]
    disks = [
        (each.resource_id, facts.status, facts.updated, facts.tags)
        for each in project.disks()
        for facts in [project.disk(each)]
    ]
    addresses = [
        (facts.address_id, facts.ip, facts.binding, facts.tags)
        for each in project.addresses()
        for facts in [project.address(each)]
    ]
    return servers, disks, addresses


async def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """What was unsubscribed is gone, what became pay-per-use is there, and everything does what it did."""
    state_file = tmp_path / "state.sqlite"
    options = SandboxOptions(resources=150, site="cn", now=NOW, rate_scale=0, state_file=state_file)
    first = Caller(build_sandbox(options))
    mains = [each for each in first.sandbox.account.resources.list_all() if each.offer is SERVER]
    converted, gone = (each for each in mains[:20:10])
    await first.post(ON_DEMAND_NOW, resource_ids=[converted.resource_id])
    await first.post(UNSUBSCRIBE, resource_ids=[gone.resource_id], unsubscribe_type=1)
    first.sandbox.clock.advance(10)
    first.sandbox.account.now()
    before = [_summary(project) for project in _projects(first)]
    first.sandbox.close()
    second = Caller(build_sandbox(options))
    second.sandbox.clock.advance(10)
    second.sandbox.account.now()
    assert [_summary(project) for project in _projects(second)] == before
    assert _find(second, converted.resource_id) is not None
    assert _find(second, gone.resource_id) is None
    second.sandbox.close()
