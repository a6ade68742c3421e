from __future__ import annotations

import json

import pytest

from tests.support.stub_vendor import StubResponse, json_response, stub_sequence
from unsub_tui.api.mutation_results import MutationResult, Rejected, Throttled, Unauthorized, Unknown
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import ProblemKind

DEFINITE = [
    *("CBC.0100", "CBC.0101", "CBC.0150", "CBC.0151", "CBC.0155", "CBC.0156", "CBC.7281", "CBC.30000052"),
    *("CBC.30000053", "CBC.99003100", "CBC.99003128", "CBC.99003185", "CBC.99003643", "CBC.99003645"),
    *("CBC.99003647", "CBC.99003649", "CBC.99003650", "CBC.99003651", "CBC.99003652", "CBC.99003654"),
    *("CBC.99003656", "CBC.99006066", "CBC.3002", "CBC.3006", "CBC.3016"),
]
INCONCLUSIVE_CODES = ["CBC.30000067", "CBC.30010035", "CBC.99003012", "CBC.0999", "CBC.0000"]

BUSY = {"error_code": "CBC.99003651", "error_msg": "words"}


async def send_request(answer: StubResponse, *ids: str) -> MutationResult:
    """Send one request for these resources to a vendor that gives this answer."""
    async with stub_sequence(answer).connection().mutation_client() as client:
        return await client.send(client.prepare(Action.UNSUBSCRIBE, ids or ("ecs-1",)))


def failed_response(**codes: str) -> StubResponse:
    """Answer that these resources failed, with these codes."""
    infos = [{"resource_id": f"ecs-{name}", "error_code": code, "error_msg": "words"} for name, code in codes.items()]
    return json_response({"order_ids": [], "fail_resource_infos": infos})


@pytest.mark.parametrize("code", DEFINITE)
async def test_a_documented_refusal(code: str) -> None:
    """It is definite with status 400, with 200, and where the resource is named; never with a 5xx."""
    error = {"error_code": code, "error_msg": "words"}
    for answer in (json_response(error, 400), json_response(error), failed_response(**{"1": code})):
        got = await send_request(answer)
        assert isinstance(got, Rejected)
        assert got.problem.code.raw == code
    assert isinstance(await send_request(json_response(error, 500)), Unknown)


@pytest.mark.parametrize("code", INCONCLUSIVE_CODES)
async def test_a_code_that_proves_nothing(code: str) -> None:
    """Gone, not known yet, or success as an error: unknown wherever it stands."""
    error = {"error_code": code, "error_msg": "words"}
    for answer in (
        json_response(error, 400),
        json_response(error, 404),
        json_response(error),
        json_response(error, 500),
        failed_response(**{"1": code}),
    ):
        assert isinstance(await send_request(answer), Unknown)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
async def test_a_refusal_that_names_an_order(status: int) -> None:
    """An order that was made outweighs whatever else the answer says."""
    error = {"error_code": "CBC.0100", "error_msg": "words", "order_ids": ["CS1"]}
    assert isinstance(await send_request(json_response(error, status)), Unknown)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_response(BUSY, 400), Rejected),
        (json_response(BUSY, 401), Rejected),
        (json_response(BUSY, 403), Rejected),
        (json_response(BUSY, 409), Rejected),
        (json_response(BUSY, 429), Rejected),
        (json_response(BUSY), Rejected),
        (failed_response(**{"1": "CBC.99003651"}), Rejected),
        (json_response({"error": {"code": "CBC.99003651", "message": "words"}}, 400), Rejected),
        (json_response(BUSY, 202), Unknown),
        (json_response(BUSY, 302), Unknown),
        (json_response(BUSY, 408), Unknown),
        (json_response(BUSY, 500), Unknown),
        (json_response(BUSY, 503), Unknown),
        (json_response({**BUSY, "order_ids": ["CS1"]}), Unknown),
        (json_response({**BUSY, "order_ids": ["CS1"]}, 400), Unknown),
        (StubResponse(400, json.dumps(BUSY).encode()[:-1], {}), Unknown),
    ],
)
async def test_another_transaction(answer: StubResponse, expected: type[MutationResult]) -> None:
    """Nothing was done where the service itself says so, with any status of a refusal; everything else is unknown.

    Only a definite refusal is submitted again, so a gateway's status, an order beside it and a cut answer prevent that.
    """
    got = await send_request(answer)
    assert type(got) is expected
    if isinstance(got, Rejected):
        assert (got.problem.kind, got.problem.code.raw) == (ProblemKind.SERVICE, "CBC.99003651")


@pytest.mark.parametrize("codes", [("CBC.99003651", "CBC.99003100"), ("CBC.99003100", "CBC.99003651")])
async def test_a_lasting_reason_says_more_than_another_transaction(codes: tuple[str, str]) -> None:
    """A unit with several resources is not submitted again if one of them is refused for good."""
    got = await send_request(failed_response(**dict(zip("12", codes, strict=True))), "ecs-1", "ecs-2")
    assert isinstance(got, Rejected)
    assert got.problem.code.raw == "CBC.99003100"


FOR_TWO: dict[str, tuple[StubResponse, type[MutationResult]]] = {
    "both refused": (failed_response(**{"1": "CBC.99003651", "2": "CBC.99003100"}), Rejected),
    "one refused, nothing of the other": (failed_response(**{"1": "CBC.99003651"}), Unknown),
    "one refused, one perhaps gone": (failed_response(**{"1": "CBC.99003651", "2": "CBC.30000067"}), Unknown),
    "one perhaps gone, one refused": (failed_response(**{"1": "CBC.30000067", "2": "CBC.99003651"}), Unknown),
    "one refused, a stranger refused": (failed_response(**{"1": "CBC.99003651", "3": "CBC.99003651"}), Unknown),
}


@pytest.mark.parametrize(("answer", "expected"), FOR_TWO.values(), ids=FOR_TWO)
async def test_resources_that_go_together(answer: StubResponse, expected: type[MutationResult]) -> None:
    """A request for several is refused only where each of them is."""
    assert type(await send_request(answer, "ecs-1", "ecs-2")) is expected


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "APIGW.0303", Unauthorized),
        (403, "APIGW.0303", Unauthorized),
        (400, "CBC.0250", Throttled),
        (403, "APIG.0308", Throttled),
    ],
)
async def test_the_code_says_more_than_the_status(status: int, code: str, expected: type[MutationResult]) -> None:
    """Where both speak, the code is the service's own word."""
    assert type(await send_request(json_response({"error_code": code, "error_msg": "words"}, status))) is expected


async def test_a_success_that_cannot_be_read_keeps_what_the_service_said() -> None:
    """Code, message and request id are needed for a ticket, also where a field of the response is invalid."""
    answer = json_response({"order_ids": "CS1", "error_code": "CBC.0999", "error_msg": "words"}, X_Request_Id="req-1")
    got = await send_request(answer)
    assert isinstance(got, Unknown)
    assert got.problem.kind is ProblemKind.BAD_RESPONSE
    assert (got.problem.code.raw, got.problem.message.raw, got.problem.request_id.raw) == ("CBC.0999", "words", "req-1")
    assert got.problem.facts == (fact("field_invalid", name="order_ids"),)
