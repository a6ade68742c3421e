"""Limits of every operation's parameters, and the codes of what lies outside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox_caller import FEE_RECORDS, ORDERS, QUERY, REFUNDS, RES_RECORDS, UNSUBSCRIBE, Caller
from tests.unit.sandbox.conftest import MakeCaller

SERVICE_TYPES = "/v2/products/service-types"
BAD = "CBC.0100"
UNFIT = "CBC.0101"

REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", QUERY, {"limit": 0}, BAD),
    ("POST", QUERY, {"limit": 501}, BAD),
    ("POST", QUERY, {"limit": "10"}, BAD),
    ("POST", QUERY, {"limit": True}, BAD),
    ("POST", QUERY, {"offset": -1}, BAD),
    ("POST", QUERY, {"offset": 2147483647}, BAD),
    ("POST", QUERY, {"only_main_resource": 2}, BAD),
    ("POST", QUERY, {"resource_ids": ["x"] * 51}, BAD),
    ("POST", QUERY, {"resource_ids": None}, BAD),
    ("POST", QUERY, {"resource_ids": "x"}, BAD),
    ("POST", QUERY, {"status_list": [1]}, BAD),
    ("POST", QUERY, {"status_list": [2] * 11}, BAD),
    ("POST", QUERY, {"service_type_code": ""}, BAD),
    ("POST", QUERY, {"service_type_code": "x" * 65}, BAD),
    ("POST", QUERY, {"order_id": "x" * 65}, BAD),
    ("POST", QUERY, {"expire_time_begin": "2026-01-01"}, BAD),
    ("POST", QUERY, {"expire_time_end": "2026-13-01T00:00:00Z"}, BAD),
    ("POST", QUERY, {"region_code": "cn-north-4"}, UNFIT),
    ("POST", UNSUBSCRIBE, {}, UNFIT),
    ("POST", UNSUBSCRIBE, {"resource_ids": ["x"]}, UNFIT),
    ("POST", UNSUBSCRIBE, {"resource_ids": [], "unsubscribe_type": 1}, BAD),
    ("POST", UNSUBSCRIBE, {"resource_ids": [""], "unsubscribe_type": 1}, BAD),
    ("POST", UNSUBSCRIBE, {"resource_ids": ["x"] * 11, "unsubscribe_type": 1}, BAD),
    ("POST", UNSUBSCRIBE, {"resource_ids": ["x"], "unsubscribe_type": 3}, BAD),
    ("POST", UNSUBSCRIBE, {"resource_ids": ["x"], "unsubscribe_type": 1, "unsubscribe_reason_type": 6}, BAD),
    ("POST", UNSUBSCRIBE, {"resource_ids": ["x"], "unsubscribe_type": 1, "unsubscribe_reason": "字" * 513}, BAD),
    ("POST", UNSUBSCRIBE, {"resource_ids": ["x"], "unsubscribe_type": 1, "dry_run": True}, UNFIT),
    ("GET", ORDERS, {"limit": 101}, BAD),
    ("GET", ORDERS, {"limit": "ten"}, BAD),
    ("GET", ORDERS, {"status": 0}, BAD),
    ("GET", ORDERS, {"order_type": "5"}, BAD),
    ("GET", ORDERS, {"order_type": "10"}, BAD),
    ("GET", ORDERS, {"order_by": "payTime"}, BAD),
    ("GET", ORDERS, {"method": "all"}, BAD),
    (
        "GET",
        ORDERS,
        {"create_time_begin": "2024-01-01T00:00:00Z", "create_time_end": "2026-01-01T00:00:00Z"},
        BAD,
    ),
    ("GET", ORDERS, {"page_no": 1}, UNFIT),
    ("GET", f"{ORDERS}/details/CS0000000000FAKE", {}, "CBC.30000010"),
    ("GET", f"{ORDERS}/details/CS0000000000FAKE", {"limit": 101}, BAD),
    ("GET", REFUNDS, {}, UNFIT),
    ("GET", REFUNDS, {"order_id": ""}, BAD),
    ("GET", REFUNDS, {"order_id": "CS0000000000FAKE"}, "CBC.30000010"),
    ("GET", FEE_RECORDS, {}, UNFIT),
    ("GET", FEE_RECORDS, {"cycle": "2026-13"}, BAD),
    ("GET", FEE_RECORDS, {"cycle": "2026-06", "limit": 1001}, BAD),
    ("GET", FEE_RECORDS, {"cycle": "2026-06", "bill_type": 128}, BAD),
    ("GET", FEE_RECORDS, {"cycle": "2026-06", "include_zero_record": "yes"}, BAD),
    ("GET", FEE_RECORDS, {"cycle": "2026-06", "bill_date_begin": "2026-06-01"}, UNFIT),
    ("GET", FEE_RECORDS, {"cycle": "2026-06", "bill_date_begin": "2026-05-01", "bill_date_end": "2026-05-02"}, BAD),
    ("GET", FEE_RECORDS, {"cycle": "2026-06", "method": "sub_customer"}, UNFIT),
    ("POST", RES_RECORDS, {}, UNFIT),
    ("POST", RES_RECORDS, {"cycle": "2026-06", "charge_mode": "1"}, BAD),
    ("POST", RES_RECORDS, {"cycle": "2026-06", "statistic_type": 4}, BAD),
    ("GET", SERVICE_TYPES, {"limit": 1001}, BAD),
    ("GET", SERVICE_TYPES, {"service_type_name": ""}, BAD),
]


@pytest.mark.parametrize(
    ("method", "path", "values", "code"), REFUSED, ids=[f"{row[1].rsplit('/', 1)[1]} {row[2]}"[:70] for row in REFUSED]
)
async def test_refused(caller: Caller, method: str, path: str, values: dict[str, Any], code: str) -> None:
    """What lies outside the limits is refused with its code."""
    assert await caller.refused(method, path, values) == (400, code)


ACCEPTED: list[tuple[dict[str, Any], str]] = [
    ({}, "nothing"),
    ({"resource_ids": [], "status_list": []}, "empty lists"),
    ({"service_type_code": None}, "null service"),
    ({"expire_time_begin": "", "expire_time_end": None}, "empty window"),
    ({"customer_id": "somebody"}, "partner field"),
    ({"order_id": ""}, "empty order"),
]


@pytest.mark.parametrize("body", [row[0] for row in ACCEPTED], ids=[row[1] for row in ACCEPTED])
async def test_no_filter(caller: Caller, body: dict[str, Any]) -> None:
    """What filters nothing yields the first ten resources of the account."""
    page = await caller.post(QUERY, **body)
    assert page["total_count"] == 400
    assert len(page["data"]) == 10


@pytest.mark.parametrize(
    ("path", "key", "default"),
    [(ORDERS, "order_infos", 10), (SERVICE_TYPES, "service_types", 10), ("/v1.0/enterprise-projects", None, 1000)],
)
async def test_default_page(caller: Caller, path: str, key: str | None, default: int) -> None:
    """Pages have the documented size when the request names none."""
    page = await caller.get(path)
    assert len(page[key or "enterprise_projects"]) == min(default, page["total_count"])


@pytest.mark.parametrize(
    ("language", "name"), [(None, "弹性云服务器"), ("zh_CN", "弹性云服务器"), ("en_US", "Elastic Cloud Server")]
)
async def test_language(caller: Caller, language: str | None, name: str) -> None:
    """Names are Chinese unless English is asked for."""
    headers = {"x-language": language} if language else {}
    page = (await caller.send("GET", SERVICE_TYPES, {"limit": 1}, headers=headers)).json()
    assert page["service_types"][0]["service_type_name"] == name


async def test_unknown_language(caller: Caller) -> None:
    """Another language is an error."""
    response = await caller.send("GET", SERVICE_TYPES, headers={"x-language": "fr_FR"})
    assert (response.status_code, response.json()["error_code"]) == (400, BAD)


@pytest.mark.parametrize(("site", "currency"), [("intl", "USD"), ("eu", "USD"), ("cn", "CNY")])
async def test_site(make_caller: MakeCaller, site: str, currency: str) -> None:
    """Each site has its currency, and only China the orders to pay-per-use."""
    caller = make_caller(site=site, resources=20)
    assert (await caller.get(ORDERS, limit=1))["order_infos"][0]["currency"] == currency
    assert (await caller.get("/v2/accounts/customer-accounts/balances"))["currency"] == currency
    response = await caller.send("GET", ORDERS, {"order_type": "10"})
    assert response.status_code == (200 if site == "cn" else 400)


async def test_identity(caller: Caller) -> None:
    """Both ways lead to the account's id."""
    domains = await caller.get("/v3/auth/domains")
    assert domains["domains"][0]["id"] == caller.sandbox.domain_id
    assert (await caller.get("/v5/caller-identity"))["account_id"] == caller.sandbox.domain_id
