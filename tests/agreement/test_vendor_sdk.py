"""The vendor's own SDK as a foreign client.

It signs, pages, filters, unsubscribes and reads, and finds every answer in the shape that its models describe.
"""

from __future__ import annotations

import importlib
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.sandbox_caller import DETAILS, FEE_RECORDS, ORDERS, QUERY, REFUNDS, RES_RECORDS, UNSUBSCRIBE, Caller
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.offers import SERVER, STORAGE_PACKAGE
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

ON_DEMAND = "/v2/orders/subscriptions/resources/to-on-demand"
MODELS = json.loads((Path(__file__).parents[1] / "data" / "sdk-models.json").read_text(encoding="utf-8"))["packages"]
PACKAGES = {"cn": "bss", "intl": "bssintl", "eu": "bssintl"}


@dataclass(frozen=True)
class SdkClient:
    """The vendor's client for one of our sandboxes."""

    sdk: Any
    client: Any
    sandbox: Sandbox

    def call(self, operation: str, request: str, **values: Any) -> Any:
        """Call an operation with a request model."""
        return getattr(self.client, operation)(getattr(self.sdk, f"{request}Request")(**values))

    def post(self, operation: str, request: str, body: str, **values: Any) -> Any:
        """Call an operation with a body model."""
        return self.call(operation, request, body=getattr(self.sdk, body)(**values))

    def query(self, **values: Any) -> Any:
        """List resources."""
        return self.post(
            "list_pay_per_use_customer_resources", "ListPayPerUseCustomerResources", "QueryResourcesReq", **values
        )

    def unsubscribe(self, *ids: str, scope: int = 1) -> Any:
        """Unsubscribe."""
        return self.post(
            "cancel_resources_subscription",
            "CancelResourcesSubscription",
            "UnsubscribeResourcesReq",
            resource_ids=list(ids),
            unsubscribe_type=scope,
            unsubscribe_reason_type=5,
            unsubscribe_reason="测试环境已下线 ✓",
        )


@pytest.fixture(params=["intl", "cn", "eu"])
def sdk_client(request: pytest.FixtureRequest) -> Iterator[SdkClient]:
    """Serve a sandbox of each site, and build the client of the site's package."""
    site = request.param
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        package = f"huaweicloudsdk{PACKAGES[site]}"
        sdk = importlib.import_module(f"{package}.v2")
        credentials = importlib.import_module("huaweicloudsdkcore.auth.credentials")
    sandbox = build_sandbox(SandboxOptions(resources=400, site=site, now=NOW, rate_scale=0))
    keys = credentials.GlobalCredentials(sandbox.access_key, sandbox.secret_key, sandbox.domain_id)
    builder = getattr(sdk, f"{PACKAGES[site].capitalize()}Client").new_builder()
    with BackgroundServer(sandbox) as server:
        client = builder.with_credentials(keys).with_endpoint(server.endpoint).build()
        yield SdkClient(sdk, client, sandbox)
        client._http_client._session.close()  # noqa: SLF001 - the SDK has no public way to close its pool


def test_pages_and_filters(sdk_client: SdkClient) -> None:
    """It pages through the whole account and filters it."""
    pages = [sdk_client.query(limit=150, offset=offset) for offset in (0, 150, 300, 450)]
    found = [one for page in pages for one in page.data]
    assert {page.total_count for page in pages} == {400}
    assert len({one.resource_id for one in found}) == 400
    servers = sdk_client.query(
        limit=500, service_type_code="hws.service.type.ec2", only_main_resource=1, status_list=[2]
    )
    assert {one.resource_id for one in servers.data} == {
        one.resource_id
        for one in found
        if (one.service_type_code, one.is_main_resource, one.status) == ("hws.service.type.ec2", 1, 2)
    }


def test_unsubscribes_and_reads(sdk_client: SdkClient) -> None:
    """It unsubscribes a server, follows the order to its end, and reads refund and bill."""
    resource = Caller(sdk_client.sandbox).pick(offer=SERVER)
    [order_id] = sdk_client.unsubscribe(resource.resource_id).order_ids
    details = sdk_client.call("show_customer_order_details", "ShowCustomerOrderDetails", order_id=order_id, limit=100)
    assert (details.order_info.order_type, details.order_info.status) == (4, 3)
    sdk_client.sandbox.clock.advance(5)
    assert sdk_client.query(resource_ids=[resource.resource_id], status_list=[2]).total_count == 0

    details = sdk_client.call("show_customer_order_details", "ShowCustomerOrderDetails", order_id=order_id, limit=100)
    assert details.order_info.status == 5
    refunds = sdk_client.call("show_refund_order_details", "ShowRefundOrderDetails", order_id=order_id).refund_infos
    refund = -sum(row.amount for row in refunds if row.amount < 0)
    assert refund == Decimal(str(details.order_info.amount_after_discount))
    bills = sdk_client.call(
        "list_customerself_resource_records",
        "ListCustomerselfResourceRecords",
        cycle=f"{NOW + timedelta(hours=8):%Y-%m}",
        trade_id=order_id,
        limit=1000,
    )
    coupon = Decimal(str(details.order_info.amount_info.coupon_amount))
    assert -sum(row.amount for row in bills.fee_records) == refund + coupon
    orders = sdk_client.call("list_customer_orders", "ListCustomerOrders", order_type="4", limit=1)
    assert orders.order_infos[0].order_id == order_id


def test_reads_catalog_balance_and_fee_details(sdk_client: SdkClient) -> None:
    """It reads catalog, balance, coupons and the second form of bills."""
    services = sdk_client.call("list_service_types", "ListServiceTypes", x_language="en_US", limit=1000)
    assert "Elastic Cloud Server" in {one.service_type_name for one in services.service_types}
    assert sdk_client.call("show_customer_account_balances", "ShowCustomerAccountBalances").account_balances
    coupons = sdk_client.call("list_sub_customer_coupons", "ListSubCustomerCoupons", limit=100).user_coupons
    (same,) = sdk_client.call(
        "list_sub_customer_coupons", "ListSubCustomerCoupons", order_id=coupons[0].order_id
    ).user_coupons
    assert same.expire_time == coupons[0].expire_time
    records = sdk_client.post(
        "list_customerself_resource_record_details",
        "ListCustomerselfResourceRecordDetails",
        "QueryResRecordsDetailReq",
        cycle="2026-06",
        statistic_type=3,
    )
    assert records.monthly_records[0].resource_type_code


def test_switches_auto_renewal(sdk_client: SdkClient) -> None:
    """It switches auto-renewal on without a body, and off again."""
    resource = Caller(sdk_client.sandbox).pick(offer=SERVER, wanted=lambda one: one.policy == 0)
    sdk_client.call("auto_renewal_resources", "AutoRenewalResources", resource_id=resource.resource_id)
    assert sdk_client.query(resource_ids=[resource.resource_id], only_main_resource=1).data[0].expire_policy == 3
    sdk_client.call("cancel_auto_renewal_resources", "CancelAutoRenewalResources", resource_id=resource.resource_id)
    assert sdk_client.query(resource_ids=[resource.resource_id], only_main_resource=1).data[0].expire_policy == 0


def test_changes_to_pay_per_use_immediately(sdk_client: SdkClient) -> None:
    """Only the package of the China site has the operation: an order of its own type, and a refusal by resource."""
    caller = Caller(sdk_client.sandbox)
    one, package = caller.pick(offer=SERVER), caller.pick(offer=STORAGE_PACKAGE)
    if not hasattr(sdk_client.client, "update_period_to_on_demand_instantly"):
        assert sdk_client.sandbox.account.site.name != "cn"
        return
    done, refused = sdk_client.post(
        "update_period_to_on_demand_instantly",
        "UpdatePeriodToOnDemandInstantly",
        "PeriodToOnDemandInstantlyReq",
        resource_ids=[one.resource_id, package.resource_id],
    ).to_ondemand_service_results
    assert (done.resource_id, done.result) == (one.resource_id, "SUCCESS")
    assert (refused.result, refused.order_id, refused.error_code) == ("FAIL", None, "CBC.99003611")
    details = sdk_client.call("show_customer_order_details", "ShowCustomerOrderDetails", order_id=done.order_id)
    assert details.order_info.order_type == 10
    sdk_client.sandbox.clock.advance(5)
    assert sdk_client.query(resource_ids=[one.resource_id], status_list=[2]).total_count == 0
    orders = sdk_client.call("list_customer_orders", "ListCustomerOrders", order_type="10", limit=10)
    assert [each.order_id for each in orders.order_infos] == [done.order_id]


def test_sees_errors(sdk_client: SdkClient) -> None:
    """It reads our refusals as the vendor's."""
    exceptions = importlib.import_module("huaweicloudsdkcore.exceptions.exceptions")
    with pytest.raises(exceptions.ClientRequestException) as caught:
        sdk_client.unsubscribe("no-such-id")
    assert (caught.value.status_code, caught.value.error_code) == (400, "CBC.99003012")
    assert caught.value.request_id
    with pytest.raises(exceptions.ClientRequestException) as caught:
        sdk_client.query(limit=501)
    assert caught.value.error_code == "CBC.0100"


SHAPES = [
    ("list_pay_per_use_customer_resources", QUERY, {"limit": 500}),
    ("list_customer_orders", ORDERS, {"limit": 100}),
    ("list_customer_orders", ORDERS, {"limit": 100, "order_type": "4"}),
    ("list_service_types", "/v2/products/service-types", {}),
    ("show_customer_account_balances", "/v2/accounts/customer-accounts/balances", {}),
    ("list_sub_customer_coupons", "/v2/promotions/benefits/coupons", {"limit": 100}),
    ("list_customerself_resource_records", FEE_RECORDS, {"cycle": "2026-06", "limit": 1000}),
    ("list_customerself_resource_record_details", RES_RECORDS, {"cycle": "2026-06", "limit": 1000}),
]


@pytest.mark.parametrize("site", ["cn", "intl"])
class TestShapes:
    """Every answer against the names and types of the SDK's models."""

    @pytest.mark.parametrize(("operation", "path", "values"), SHAPES, ids=[row[0] for row in SHAPES])
    async def test_answer(self, site: str, operation: str, path: str, values: dict[str, Any]) -> None:
        """No field is unknown, none has another type, none that is required is missing."""
        caller = Caller(build_sandbox(SandboxOptions(site=site, now=NOW, rate_scale=0)))
        described = MODELS[PACKAGES[site]]["operations"][operation]
        assert described["path"] == path
        answer = await (caller.post(path, **values) if described["method"] == "POST" else caller.get(path, **values))
        check_model(MODELS[PACKAGES[site]]["models"], described["response_model"], answer)

    async def test_immediate_change(self, site: str) -> None:
        """The answer to a change to pay-per-use; the other sites do not have it."""
        caller = Caller(build_sandbox(SandboxOptions(site=site, now=NOW, rate_scale=0)))
        path = f"{ON_DEMAND}/instantly"
        values = {"resource_ids": [caller.pick(offer=SERVER).resource_id]}
        if site != "cn":
            assert await caller.refused("POST", path, values) == (404, "APIG.0101")
            return
        described = MODELS["bss"]["operations"]["update_period_to_on_demand_instantly"]
        assert described["path"] == path
        answer = await caller.post(path, **values)
        check_model(MODELS["bss"]["models"], described["response_model"], answer)
        order_id = answer["to_ondemand_service_results"][0]["order_id"]
        check_model(
            MODELS["bss"]["models"], "ShowCustomerOrderDetailsResponse", await caller.get(f"{DETAILS}/{order_id}")
        )

    async def test_unsubscription(self, site: str) -> None:
        """The answers about an unsubscription and about its order, too."""
        caller = Caller(build_sandbox(SandboxOptions(site=site, now=NOW, rate_scale=0)))
        models = MODELS[PACKAGES[site]]["models"]
        wanted = {"resource_ids": [caller.pick(offer=SERVER).resource_id, "no-such-id"], "unsubscribe_type": 1}
        answer = await caller.post(UNSUBSCRIBE, **wanted)
        check_model(models, "CancelResourcesSubscriptionResponse", answer)
        order_id = answer["order_ids"][0]
        check_model(models, "ShowCustomerOrderDetailsResponse", await caller.get(f"{DETAILS}/{order_id}"))
        check_model(models, "ShowRefundOrderDetailsResponse", await caller.get(REFUNDS, order_id=order_id))
        for order in await caller.orders(order_type="3"):
            details = await caller.get(f"{DETAILS}/{order['order_id']}")
            check_model(models, "ShowCustomerOrderDetailsResponse", details)
            assert details["order_line_items"][0]["base_product_info"]


async def test_other_services() -> None:
    """IAM and EPS answer in the shape of their models."""
    caller = Caller(build_sandbox(SandboxOptions(now=NOW, rate_scale=0)))
    domains = await caller.get("/v3/auth/domains")
    domains["links"] = {"_self": domains["links"]["self"]}
    check_model(MODELS["eps"]["models"], "ListEnterpriseProjectResponse", await caller.get("/v1.0/enterprise-projects"))
    assert set(MODELS["iam"]["models"]["Domains"]["required"]) == set(domains["domains"][0])


def check_model(models: dict[str, Any], name: str, value: Any) -> None:
    """Compare an object with a model."""
    model = models[name]
    types = {model["attribute_map"][attribute]: kind for attribute, kind in model["openapi_types"].items()}
    assert isinstance(value, dict), name
    assert set(value) <= set(types), f"{name}: unknown {set(value) - set(types)}"
    assert set(model["required"]) <= set(value), name
    for key, one in value.items():
        if one is None:
            assert key not in model["required"], f"{name}.{key}"
        else:
            _check_value(models, types[key], one, f"{name}.{key}")


def _check_value(models: dict[str, Any], kind: str, value: Any, where: str) -> None:
    inner = re.fullmatch(r"list\[(.+)\]", kind)
    if inner:
        assert isinstance(value, list), where
        for one in value:
            _check_value(models, inner[1], one, where)
    elif kind in models:
        check_model(models, kind, value)
    else:
        plain: dict[str, Any] = {
            "str": str,
            "int": int,
            "bool": bool,
            "float": (int, float),
            "decimal.Decimal": (int, float),
            "datetime": str,
        }
        assert isinstance(value, plain[kind]), f"{where}: {value!r} is no {kind}"
        assert kind == "bool" or not isinstance(value, bool), where


def test_looks_its_account_up(sdk_client: SdkClient) -> None:
    """The account's id is found with the keys alone, by the call that the SDK makes for it."""
    core = importlib.import_module("huaweicloudsdkcore.sdk_request")
    credentials = importlib.import_module("huaweicloudsdkcore.auth.credentials")
    endpoint = httpx.URL(sdk_client.client._endpoints[0])  # noqa: SLF001 - where it was told to go
    request = core.SdkRequest(
        method="GET",
        schema="http",
        host=f"{endpoint.host}:{endpoint.port}",
        resource_path="/v3/auth/domains",
        uri="/v3/auth/domains",
        query_params=[],
        header_params={"Content-Type": "application/json"},
        body="",
    )
    keys = credentials.GlobalCredentials(sdk_client.sandbox.access_key, sdk_client.sandbox.secret_key)
    signed = keys.sign_request(request)
    answer = httpx.get(str(endpoint.copy_with(path="/v3/auth/domains")), headers=signed.header_params)
    assert answer.json()["domains"][0]["id"] == sdk_client.sandbox.domain_id
