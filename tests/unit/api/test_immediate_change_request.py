"""The immediate change to pay-per-use: what is sent, and what each answer proves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.raw_server import RawServer, error_response, http_response, reset_connection
from tests.support.stub_vendor import stub_connection
from unsub_tui.api.mutation_results import (
    Accepted,
    MutationResult,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
    classify_response,
)
from unsub_tui.api.transport import ApiResponse
from unsub_tui.domain.action import Action

ID = "ecs-0001"


def result(outcome: str | None = "SUCCESS", order_id: str | None = "CS1", **more: object) -> dict[str, object]:
    """Return the result of one resource."""
    return {"resource_id": ID, "result": outcome, "order_id": order_id, **more}


def document(*results: object) -> dict[str, object]:
    """Return an answer with these results."""
    return {"to_ondemand_service_results": list(results)}


FAILED = {"error_code": "CBC.99003622", "error_msg": "words"}
ANSWERS: dict[str, tuple[Any, type[MutationResult]]] = {
    "success": (http_response(200, document(result())), Accepted),
    "awaits approval": (http_response(200, document(result("AUDIT"))), Accepted),
    "success, and nulls": (http_response(200, document(result(error_code=None, error_msg=None))), Accepted),
    "failed": (http_response(200, document(result("FAIL", None, **FAILED))), Rejected),
    "failed without a code": (http_response(200, document(result("FAIL", None))), Unknown),
    "failed with an order": (http_response(200, document(result("FAIL", "CS1", **FAILED))), Unknown),
    "failed as not known": (http_response(200, document(result("FAIL", None, error_code="CBC.30000067"))), Unknown),
    "success without an order": (http_response(200, document(result(order_id=None))), Unknown),
    "an odd order": (http_response(200, document(result(order_id="CS\x1b1"))), Unknown),
    "another word": (http_response(200, document(result("DONE"))), Unknown),
    "no word": (http_response(200, document(result(None))), Unknown),
    "another resource": (http_response(200, document({**result(), "resource_id": "ecs-0002"})), Unknown),
    "another resource, too": (http_response(200, document(result(), {**result(), "resource_id": "b"})), Unknown),
    "twice": (http_response(200, document(result(), result("FAIL", None, **FAILED))), Unknown),
    "no result": (http_response(200, document()), Unknown),
    "null": (http_response(200, {"to_ondemand_service_results": None}), Unknown),
    "nothing": (http_response(200, {}), Unknown),
    "a list": (http_response(200, []), Unknown),
    "no JSON": (http_response(200, b"<html>"), Unknown),
    "success and an error": (http_response(200, {**document(result()), "error_code": "CBC.0100"}), Unknown),
    "201": (http_response(201, document(result())), Unknown),
    "400 with a result": (http_response(400, {**document(result()), "error_code": "CBC.0100"}), Unknown),
    "400": (error_response(400, "CBC.0100"), Rejected),
    "403": (error_response(403, "CBC.0151"), Rejected),
    "404": (error_response(404, "APIG.0101"), Rejected),
    "401": (error_response(401, "APIGW.0301"), Unauthorized),
    "429": (error_response(429, "APIG.0308"), Throttled),
    "500": (error_response(500, "CBC.0999"), Unknown),
    "cut": (reset_connection, Unknown),
}


@pytest.mark.parametrize(("answer", "kind"), ANSWERS.values(), ids=ANSWERS)
async def test_what_an_answer_proves(answer: Any, kind: type[MutationResult]) -> None:
    """Only an order for the resource itself is accepted, and only a code for it alone is a refusal; sent once."""
    async with (
        RawServer(answer) as server,
        stub_connection(server.endpoint).mutation_client() as client,
    ):
        found = await client.send(client.prepare(Action.PAY_PER_USE_NOW, [ID]))
    assert type(found) is kind
    assert len(server.requests) == 1


async def test_what_is_sent_and_that_approval_is_told() -> None:
    """The documented path and body; AUDIT is no plain success."""
    async with (
        RawServer(http_response(200, document(result("AUDIT")))) as server,
        stub_connection(server.endpoint).mutation_client() as client,
    ):
        found = await client.send(client.prepare(Action.PAY_PER_USE_NOW, [ID]))
    assert found == Accepted(("CS1",), is_under_review=True)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/orders/subscriptions/resources/to-on-demand/instantly HTTP/1.1")
    assert json.loads(body) == {"resource_ids": [ID]}


texts: st.SearchStrategy[object] = st.sampled_from(
    [None, "", "SUCCESS", "AUDIT", "FAIL", "CS1", ID, "CBC.99003622", "x", 7, []]
)
rows = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("resource_id", "result", "order_id", "error_code", "error_msg"), texts)
)


@given(results=st.lists(rows, max_size=3), code=st.sampled_from([None, "", "CBC.0000", "CBC.0999", "CBC.0100"]))
def test_nothing_but_an_order_of_the_resource_is_accepted(results: list[dict[str, Any]], code: str | None) -> None:
    """Whatever the answer holds."""
    body = json.dumps({**document(*results), "error_code": code}).encode()
    found = classify_response(Action.PAY_PER_USE_NOW, "to_on_demand_now", ApiResponse(200, body, "", None, None), [ID])
    if isinstance(found, Accepted):
        (only,) = results
        assert (only["resource_id"], only["order_id"]) == (ID, found.order_ids[0])
        assert only["result"] in ("SUCCESS", "AUDIT")
        assert code in (None, "", "CBC.0000")
