"""Auto-renewal: on, off, and who is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.sandbox_caller import Caller
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.offers import ADDRESS, DATABASE

PATH = "/v2/orders/subscriptions/resources/autorenew"
AUTOMATIC = 3


def _without_auto_renewal(caller: Caller) -> Resource:
    return caller.pick(wanted=lambda one: one.policy != AUTOMATIC and bool(one.attached))


@pytest.mark.parametrize("body", [None, {"auto_renew_times": 0, "period_type": "MONTH"}], ids=["no body", "body"])
async def test_on_and_off(caller: Caller, body: object) -> None:
    """Both are answered with 204 and nothing, and the listing shows them, attached resources included."""
    resource = _without_auto_renewal(caller)
    for method, sent, automatic in (("POST", body, True), ("DELETE", None, False)):
        response = await caller.send(method, f"{PATH}/{resource.resource_id}", body=sent)
        assert (response.status_code, response.content) == (204, b"")
        listed = await caller.resources(resource_ids=[resource.resource_id])
        assert len(listed) > 1
        assert {one["expire_policy"] == AUTOMATIC for one in listed} == {automatic}


async def test_refused(caller: Caller) -> None:
    """Unknown, already off, expired or frozen, a parameter out of bounds, a key that only reads."""
    off, frozen = _without_auto_renewal(caller), caller.pick(Condition.FROZEN)
    reader = Caller(caller.sandbox, (caller.sandbox.reader_access_key, caller.sandbox.reader_secret_key))
    assert await caller.refused("POST", f"{PATH}/no-such-id", {}) == (400, "CBC.99003012")
    assert await caller.refused("DELETE", f"{PATH}/{off.resource_id}", {}) == (400, "CBC.99003605")
    assert await caller.refused("POST", f"{PATH}/{frozen.resource_id}", {}) == (400, "CBC.99003602")
    assert await caller.refused("POST", f"{PATH}/{off.resource_id}", {"auto_renew_times": 100}) == (400, "CBC.0100")
    assert await reader.refused("POST", f"{PATH}/{off.resource_id}", {}) == (403, "CBC.0151")
    assert caller.sandbox.account.request_log == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_addresses_and_read_replicas_are_refused(caller: Caller, method: str) -> None:
    """Whether it is on or off."""
    address = caller.pick(offer=ADDRESS)
    replica = caller.pick(offer=DATABASE)
    replica.spec = replace(replica.spec, code="rds.mysql.n1.large.2.rr")
    for one in (address, replica):
        before = one.policy
        assert await caller.refused(method, f"{PATH}/{one.resource_id}", {}) == (400, "CBC.0100")
        assert one.policy == before
