"""Calls to other services: where they go, what they name, and the fact that each answer comes down to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.support.connections import NO_DELAYS
from tests.support.stub_vendor import Responder, StubResponse, StubVendor, json_response, stub_connection
from unsub_tui.api.connection import Connection
from unsub_tui.api.endpoints import SERVICE_KEYS
from unsub_tui.api.inventory.list_reader import by_last_id
from unsub_tui.api.inventory.service_hosts import Service, service_url
from unsub_tui.api.inventory.service_pages import ListPage, read_rows
from unsub_tui.api.inventory.session import InventorySession, ListCall, Operation, join_lists
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.present.fact_texts import fact_text

PLACE = ProjectRegion("ap-southeast-3", "0123456789abcdef0123456789abcdef")
SERVERS = Operation(
    name="list_servers_details", service=Service.ECS, path="/v1/{project_id}/cloudservers/detail", has_projects=True
)
DISKS = Operation(name="list_volumes", service=Service.EVS, path="/v2/{project_id}/cloudvolumes/detail")
OF_ACCOUNT = Operation(name="list_all", service=Service.CONFIG, path="/v1/domains/{domain_id}/all", is_global=True)
ALL_PROJECTS = "all_granted_eps"


def id_page(document: JsonObject) -> ListPage[str]:
    """Return a page of ids."""
    return read_rows(document, "rows", lambda row: row.required_text("id"), total="count")


def rows(*ids: object, **fields: object) -> StubResponse:
    """Return a page with these ids."""
    return json_response({"rows": [{"id": each} for each in ids], **fields})


def connection_to(vendor: StubVendor, *services: Service) -> Connection:
    """Return a connection whose services are all this one."""
    reached = services or tuple(Service)
    return replace(vendor.connection(), service_transports=dict.fromkeys(reached, lambda: vendor))


def read(
    answer: Responder | StubResponse,
    operation: Operation = DISKS,
    place: ProjectRegion = PLACE,
    call: ListCall = ListCall(),  # noqa: B008 - immutable
) -> tuple[ServiceList[str], StubVendor]:
    """Return a list as read from a service that answers like this, and the service."""
    vendor = StubVendor(answer if callable(answer) else lambda _: answer)

    async def reading() -> ServiceList[str]:
        async with connection_to(vendor).inventory_clients() as clients:
            return await clients.session.read_list(operation, place, id_page, call)

    return asyncio.run(reading()), vendor


def test_every_service_with_a_host_has_an_endpoint_of_its_own() -> None:
    """IAM shares that of billing."""
    assert set(SERVICE_KEYS) == set(Service) - {Service.IAM}


def test_hosts_follow_region_and_site() -> None:
    """The top-level domain is that of the site; Config has one host for all regions."""
    assert service_url(Service.ECS, "cn-north-4", "cn") == "https://ecs.cn-north-4.myhuaweicloud.com"
    assert service_url(Service.VPC, "ap-southeast-1", "intl") == "https://vpc.ap-southeast-1.myhuaweicloud.com"
    assert service_url(Service.RDS, "eu-west-101", "eu") == "https://rds.eu-west-101.myhuaweicloud.eu"
    assert service_url(Service.CONFIG, "cn-north-4", "cn") == "https://rms.myhuaweicloud.com"
    assert service_url(Service.CONFIG, "eu-west-101", "eu") == "https://rms.eu-west-101.myhuaweicloud.eu"


def test_a_call_names_and_signs_its_project() -> None:
    """The project is in path and header, the account in neither; the content type is sent with GET as well."""
    found, vendor = read(rows("a", "b"))
    assert found.rows == ("a", "b")
    assert found.is_complete
    assert found.origin is not None
    assert (found.origin.source, found.origin.where) == ("evs:list_volumes", PLACE.region)
    (request,) = vendor.requests
    assert request.url.path == f"/v2/{PLACE.project_id}/cloudvolumes/detail"
    assert request.headers["X-Project-Id"] == PLACE.project_id
    assert "X-Domain-Id" not in request.headers
    assert request.headers["Content-Type"] == "application/json"
    signed = "content-type;host;x-language;x-project-id;x-sdk-date;x-security-token"
    assert f"SignedHeaders={signed}," in request.headers["Authorization"]


def test_a_call_for_the_account_names_and_signs_the_account() -> None:
    """A service without projects has the account in path and header."""
    found, vendor = read(rows("a"), OF_ACCOUNT)
    assert found.is_complete
    (request,) = vendor.requests
    assert request.url.path == "/v1/domains/acc-1/all"
    assert request.headers["X-Domain-Id"] == "acc-1"
    assert "X-Project-Id" not in request.headers


@pytest.mark.parametrize(
    "place",
    [
        ProjectRegion("", PLACE.project_id),
        ProjectRegion("global", PLACE.project_id),
        ProjectRegion("evil.example/x#", PLACE.project_id),
        ProjectRegion("cn-north-4.evil.example", PLACE.project_id),
        ProjectRegion("cn-north-4\n", PLACE.project_id),
        ProjectRegion("cn-north-4", ""),
        ProjectRegion("cn-north-4", "../../v1/other"),
        ProjectRegion("cn-north-4", "a" * 65),
    ],
)
def test_a_hostile_place_is_never_called(place: ProjectRegion) -> None:
    """Region and project come from rows of the bill, and become a host and a path."""
    found, vendor = read(rows("a"), place=place)
    assert (found.rows, found.origin, found.problem) == ((), None, fact("inventory_place_invalid"))
    assert not vendor.requests


def test_a_hostile_id_in_the_path_is_never_called() -> None:
    """Ids of clusters and databases are in the path as well."""
    operation = replace(DISKS, path="/v3/{project_id}/clusters/{cluster_id}/nodes")
    found, vendor = read(rows("a"), operation, call=ListCall(path={"cluster_id": "../x"}))
    assert found.problem == fact("inventory_ids_invalid", count=1)
    assert not vendor.requests
    found, vendor = read(rows("a"), operation, call=ListCall(path={"cluster_id": "c-1"}))
    assert vendor.requests[0].url.path == f"/v3/{PLACE.project_id}/clusters/c-1/nodes"


def test_a_custom_endpoint_of_billing_is_not_one_of_other_services() -> None:
    """Nothing is sent to Huawei Cloud's own hosts, and the fact names the variable that is missing."""
    vendor = StubVendor(lambda _: rows("a"))

    async def reading() -> ServiceList[str]:
        async with connection_to(vendor, Service.ECS).inventory_clients() as clients:
            return await clients.session.read_list(DISKS, PLACE, id_page)

    found = asyncio.run(reading())
    assert found.problem == fact("inventory_not_configured", variable="UNSUB_ENDPOINT_EVS")
    assert not vendor.requests


def test_an_invalid_endpoint_of_a_service_is_a_fact() -> None:
    """It is refused like one of billing, and the others are not disturbed."""
    connection = replace(stub_connection("http://127.0.0.1"), service_endpoints={Service.EVS: "http://evs.example.com"})

    async def reading() -> ServiceList[str]:
        async with connection.inventory_clients() as clients:
            return await clients.session.read_list(DISKS, PLACE, id_page)

    assert asyncio.run(reading()).problem == fact("inventory_failed", code=fact("endpoint_scheme"))


def flat(status: int, code: str, message: str = "words") -> StubResponse:
    """Return an error as most services send it."""
    return json_response({"error_code": code, "error_msg": message}, status)


def nested(status: int, code: str, message: str = "words") -> StubResponse:
    """Return an error as ECS and CBR send it."""
    return json_response({"error": {"code": code, "message": message}}, status)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (nested(401, "EPS.0003", "policy doesn't allow evs:volumes:get"), "not allowed: evs:volumes:get"),
        (flat(403, "EVS.0003"), "not allowed: evs:volumes:list"),
        (nested(403, "EVS.2056", "Policy doesn't allow x"), "not allowed: evs:volumes:list"),
        (
            json_response({"code": "VPC.2701", "message": "no"}, 403),
            "not allowed: evs:volumes:list, or the balance of the account is too low",
        ),
        (
            flat(403, "PAP5.0001", "with an explicit deny in a service control policy"),
            "denied by a service control policy of the organization: evs:volumes:list",
        ),
        (flat(404, "APIGW.0101", "API not exist or not published"), "not offered in ap-southeast-3"),
        (nested(403, "EVS.2106"), "not offered in ap-southeast-3"),
        (flat(401, "APIGW.0301"), "failed: APIGW.0301"),
        (flat(400, "DBS.200001"), "failed: DBS.200001"),
        (flat(429, "ces.0429"), "too many requests, try again later"),
        (json_response({}, 503), "failed: HTTP 503"),
        (StubResponse(200, b"<html>"), "the response cannot be read: the response is not valid JSON"),
        (json_response([]), "the response cannot be read: the response is not a JSON object"),
        (json_response({}), "the response cannot be read: the field rows is missing"),
        (json_response({"rows": {}}), "the response cannot be read: the field rows is invalid"),
    ],
)
def test_each_answer_is_a_fact(answer: StubResponse, text: str) -> None:
    """Whatever a service answers, the list says why it is empty, in the service's own terms."""
    found, _ = read(answer)
    assert (found.rows, found.origin) == ((), None)
    assert found.problem is not None
    assert fact_text(found.problem) == text


def test_an_unreadable_row_costs_only_itself() -> None:
    """The others are kept, but nothing may be concluded from the absence of a row."""
    found, _ = read(json_response({"rows": [{"id": "a"}, {"id": 7, "x": 1}, "x", {}, {"id": "b"}]}))
    assert found.rows == ("a", "b")
    assert found.problem == fact("inventory_rows_unreadable", count=3)


def by_projects(all_of_them: StubResponse, default: StubResponse) -> Callable[[httpx.Request], StubResponse]:
    """Answer the request for all enterprise projects in one way, and the one without them in another."""
    return lambda request: all_of_them if request.url.params.get("enterprise_project_id") == ALL_PROJECTS else default


@pytest.mark.parametrize("refusal", [flat(400, "Ecs.0005"), flat(403, "Ecs.0013"), nested(401, "EPS.0003")])
def test_a_refused_list_of_all_projects_is_asked_for_without(refusal: StubResponse) -> None:
    """The rows are true, but it may be those of the default project only; the next list asks once."""
    vendor = StubVendor(by_projects(refusal, rows("a")))

    async def reading() -> list[ServiceList[str]]:
        async with connection_to(vendor).inventory_clients() as clients:
            return [await clients.session.read_list(SERVERS, PLACE, id_page) for _ in range(2)]

    for found in asyncio.run(reading()):
        assert (found.rows, found.problem) == (("a",), fact("inventory_some_projects"))
    assert len(vendor.requests) == 3


def test_without_any_right_the_first_refusal_counts() -> None:
    """Both requests are refused, and the one for all projects says what is missing."""
    refusal = nested(401, "EPS.0003", "policy doesn't allow ecs:cloudServers:list")
    found, vendor = read(by_projects(refusal, flat(403, "Ecs.0013")), SERVERS)
    assert found.problem == fact("inventory_no_permission", action="ecs:cloudServers:list")
    assert len(vendor.requests) == 2


def test_a_list_that_breaks_off_keeps_its_rows() -> None:
    """The rows before are true; the fact says what happened after them."""

    def answer(request: httpx.Request) -> StubResponse:
        return flat(403, "EVS.0003") if "marker" in request.url.params else rows("a", "b")

    found, _ = read(answer, call=ListCall(paging=by_last_id(2)))
    assert found.rows == ("a", "b")
    assert found.origin is not None
    assert found.problem == fact("inventory_cut_off", reason=fact("inventory_no_permission", action="evs:volumes:list"))
    assert not found.is_complete


def test_four_requests_are_in_flight_at_most() -> None:
    """Each host has its own limit; those of two services do not wait for each other."""
    flying, most, crowded, release = 0, 0, asyncio.Event(), asyncio.Event()

    class SlowVendor(StubVendor):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            if flying == 8:
                crowded.set()
            await release.wait()
            flying -= 1
            return await super().handle_async_request(request)

    vendor = SlowVendor(lambda _: rows("a"))

    async def reading() -> None:
        async with connection_to(vendor).inventory_clients() as clients, asyncio.TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(clients.session.read_list(DISKS, PLACE, id_page))
                tasks.create_task(clients.session.read_list(SERVERS, PLACE, id_page))
            await crowded.wait()
            release.set()

    asyncio.run(reading())
    assert most == 8
    assert len(vendor.requests) == 20


def pauses_of(*statuses: int, operation: Operation = DISKS, regions: int = 1) -> list[float]:
    """Return the pauses before calls that are answered like this, on a clock that stands still."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(round(seconds, 2))

    answers = [rows("a") if status == 200 else flat(status, "APIGW.0308") for status in statuses]
    vendor = StubVendor(lambda _: answers.pop(0))
    pacing = replace(NO_DELAYS, monotonic=lambda: 0.0, sleep=sleep, random_fraction=lambda: 0.0)
    connection = replace(connection_to(vendor), retry_policy=pacing)

    async def reading() -> None:
        async with connection.inventory_clients() as clients:
            while answers:
                place = replace(PLACE, region=f"ap-southeast-{len(answers) % regions}")
                await clients.session.read_list(operation, place, id_page)

    asyncio.run(reading())
    return [each for each in pauses if each]


def test_a_host_gets_five_requests_per_second_and_fewer_after_a_refusal() -> None:
    """All operations together, because the services publish no limits."""
    assert pauses_of(*[200] * 11) == [1.05] * 5 + [2.1]
    assert pauses_of(*[200] * 5, 429, *[200] * 4) == [1.05, 1.05, 2.1, 2.1, 2.1]


@pytest.mark.parametrize(("operation", "pauses"), [(DISKS, []), (OF_ACCOUNT, [1.05])])
def test_regions_have_hosts_of_their_own_except_for_services_of_the_account(
    operation: Operation, pauses: list[float]
) -> None:
    """So the requests to one region do not wait for those to another; Config has one host for all."""
    assert pauses_of(*[200] * 6, operation=operation, regions=2) == pauses


def test_a_closed_session_sends_nothing() -> None:
    """After the end, lists are not read."""
    vendor = StubVendor(lambda _: rows("a"))

    async def reading() -> ServiceList[str]:
        async with connection_to(vendor).inventory_clients() as clients:
            session: InventorySession = clients.session
        return await session.read_list(DISKS, PLACE, id_page)

    assert asyncio.run(reading()).problem == fact("inventory_not_read")


def test_a_silent_host_is_a_fact() -> None:
    """Nobody listens: the reason is that of the connection."""
    connection = Connection(
        site="intl",
        credential_provider=stub_connection("http://127.0.0.1").credential_provider,
        service_endpoints={Service.EVS: "http://127.0.0.1:9"},
        retry_policy=NO_DELAYS,
    )

    async def reading() -> ServiceList[str]:
        async with connection.inventory_clients() as clients:
            return await clients.session.read_list(DISKS, PLACE, id_page)

    problem = asyncio.run(reading()).problem
    assert problem is not None
    assert problem.code == "inventory_no_response"


def test_joined_parts_have_the_oldest_origin_and_the_first_problem() -> None:
    """Parts of a list that were asked for by ids."""
    first, _ = read(rows("a"))
    second, _ = read(rows("b"))
    failed, _ = read(flat(403, "EVS.0003"))
    whole = join_lists([second, first], PLACE)
    assert (whole.rows, whole.origin) == (("b", "a"), first.origin)
    assert whole.is_complete
    partial = join_lists([first, failed], PLACE)
    assert (partial.rows, partial.problem) == (("a",), failed.problem)
    assert not join_lists(list[ServiceList[str]](), PLACE).is_complete
