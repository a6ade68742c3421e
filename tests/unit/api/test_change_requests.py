from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.connections import connect, make_sandbox
from tests.support.raw_server import RawServer, http_response
from tests.support.stub_vendor import stub_connection
from unsub_tui.api.connection import Connection
from unsub_tui.api.mutation_results import (
    Accepted,
    MutationResult,
    NotSent,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from unsub_tui.domain.action import Action
from unsub_tui.domain.resource import ExpirePolicy
from unsub_tui.sandbox.faults import Faults, parse_faults
from unsub_tui.sandbox.models import Condition, ResourceStatus
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@pytest.fixture
def sandbox() -> Sandbox:
    """A vendor."""
    return make_sandbox(120)


@pytest.fixture
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    """A connection to it over a loopback socket."""
    with BackgroundServer(sandbox) as server:
        yield connect(sandbox, endpoint=server.endpoint)


def plain_ids(sandbox: Sandbox, count: int) -> list[str]:
    """Return main resources that nothing is the matter with."""
    found = [
        each.resource_id
        for each in sandbox.account.resources.list_all()
        if each.parent is None and each.status is ResourceStatus.IN_USE and each.condition is Condition.NORMAL
    ]
    return found[:count]


async def read_policy(connection: Connection, resource_id: str) -> int | None:
    """Return what happens to a resource at expiry, as the service says."""
    async with connection.read_client() as client:
        found = await client.resources_by_id([resource_id])
    return next(each.expire_policy for each in found if each.id == resource_id)


async def change(connection: Connection, action: Action, resource_id: str) -> MutationResult:
    """Send one change."""
    async with connection.mutation_client() as client:
        return await client.send(client.prepare(action, [resource_id]))


async def test_a_change_is_done_and_undone(sandbox: Sandbox, connection: Connection) -> None:
    """Auto-renewal, and pay-per-use at expiry; switching off auto-renewal that is off is no failure."""
    (one,) = plain_ids(sandbox, 1)
    for action, policy in (
        (Action.AUTO_RENEW_ON, ExpirePolicy.AUTO_RENEW),
        (Action.AUTO_RENEW_OFF, ExpirePolicy.GRACE_PERIOD),
        (Action.AUTO_RENEW_OFF, ExpirePolicy.GRACE_PERIOD),
        (Action.PAY_PER_USE, ExpirePolicy.PAY_PER_USE),
        (Action.PAY_PER_USE_OFF, ExpirePolicy.GRACE_PERIOD),
    ):
        assert await change(connection, action, one) == Accepted()
        assert await read_policy(connection, one) == policy


async def test_what_cannot_be_changed_is_rejected(sandbox: Sandbox, connection: Connection) -> None:
    """The rejection has the code of the service."""
    solution = next(
        each
        for each in sandbox.account.resources.list_all()
        if each.condition is Condition.SOLUTION and not each.parent
    )
    refused = await change(connection, Action.PAY_PER_USE, solution.resource_id)
    unknown = await change(connection, Action.AUTO_RENEW_ON, "nobody-has-this")
    assert isinstance(refused, Rejected)
    assert refused.problem.code.raw == "CBC.99003622"
    assert isinstance(unknown, Rejected)
    assert unknown.problem.code.raw == "CBC.99003012"


EXPECTED_OUTCOMES = {
    "drop_before": Unknown,
    "drop_after": Unknown,
    "garbage": Unknown,
    "empty": Unknown,
    "not_http": Unknown,
    "redirect": Unknown,
    "throttle": Throttled,
    "expired": Unauthorized,
    "error": Unknown,
    "ok_with_error": Unknown,
}


@pytest.mark.parametrize(("action", "fate"), EXPECTED_OUTCOMES.items(), ids=EXPECTED_OUTCOMES)
@pytest.mark.parametrize("changing", [Action.AUTO_RENEW_ON, Action.PAY_PER_USE])
async def test_no_request_is_repeated(
    sandbox: Sandbox, connection: Connection, changing: Action, action: str, fate: type
) -> None:
    """Whatever happens on the way, one request leaves, and only a documented success is one."""
    operation = "autorenew_on" if changing is Action.AUTO_RENEW_ON else "to_on_demand"
    sandbox.faults = parse_faults([{"operation": operation, "calls": [1], "action": action}])
    (one,) = plain_ids(sandbox, 1)
    assert isinstance(await change(connection, changing, one), fate)


async def test_nobody_there(sandbox: Sandbox) -> None:
    """What never left is told as that."""
    sandbox.faults = Faults()
    connection = connect(sandbox, endpoint="http://127.0.0.1:1")
    assert isinstance(await change(connection, Action.AUTO_RENEW_ON, "ecs-1"), NotSent)


async def test_what_is_put_on_record(sandbox: Sandbox) -> None:
    """Two requests differ by their hash, with or without a body; preparing one calls nobody."""
    client = connect(sandbox).mutation_client()
    actions = (Action.AUTO_RENEW_OFF, Action.AUTO_RENEW_ON, Action.PAY_PER_USE, Action.PAY_PER_USE_OFF)
    prepared = [client.prepare(action, ("ecs-1",)) for action in actions]
    prepared.append(client.prepare(Action.AUTO_RENEW_OFF, ("ecs-2",)))
    assert len({each.request_hash for each in prepared}) == 5
    assert all(len(each.sdk_date) == 16 for each in prepared)
    assert not sandbox.account.policy_changes


@pytest.mark.parametrize(
    "details",
    [
        [{"id": "somebody-else", "error_code": "CBC.99003622", "error_msg": "no"}],
        [{"id": "ecs-1", "error_code": "", "error_msg": ""}],
    ],
    ids=["of another", "no code"],
)
async def test_an_answer_that_contradicts_itself_proves_nothing(details: list[dict[str, str]]) -> None:
    """A failure of what was not asked for, or without a code: whether it was done is found out by reading."""
    async with RawServer(http_response(200, {"error_details": details})) as server:
        assert isinstance(await change(stub_connection(server.endpoint), Action.PAY_PER_USE, "ecs-1"), Unknown)


@pytest.mark.parametrize("ids", [[], ["a/b"], [".."], ["x"] * 2])
async def test_ids_that_must_not_be_sent(sandbox: Sandbox, ids: list[str]) -> None:
    """No id, more than one, or an id that would lead elsewhere never becomes a request."""
    client = connect(sandbox).mutation_client()
    for action in (Action.PAY_PER_USE, Action.AUTO_RENEW_OFF):
        with pytest.raises(ValueError, match="plain ids"):
            client.prepare(action, ids)
