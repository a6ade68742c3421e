"""Huawei Cloud's own SDKs read the reference server's services: each key that is answered is one that they know."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tests.agreement.example_estate import DAY, ESTATE, HOME
from tests.reference_server import ReferenceServer

pytestmark = pytest.mark.filterwarnings("ignore:Unable to convert string to date:ImportWarning")
"""Without a package that it does not require, the SDK hands over moments as texts."""


class Read(NamedTuple):
    """One operation: the package and host of its service, its name, what is asked, where its rows are, their ids."""

    package: str
    service: str
    operation: str
    asked: dict[str, object]
    rows: str = ""
    ids: tuple[str, ...] = ()


READS = (
    Read("ecs.v2", "ecs", "ListServersDetails", {"limit": 100}, "servers", ("s1", "s2", "s3")),
    Read("ecs.v2", "ecs", "ListServerBlockDevices", {"server_id": "s1"}, "volume_attachments", ("d1", "d2")),
    Read("ecs.v2", "ecs", "ShowRecycleBin", {}),
    Read("evs.v2", "evs", "ListVolumes", {"ids": "['d1','d3']"}, "volumes", ("d1", "d3")),
    Read("evs.v2", "evs", "ListSnapshots", {"volume_id": "d1"}, "snapshots", ("n1",)),
    Read("eip.v3", "vpc", "ListPublicips", {"vnic_device_id": ["s1", "s2"]}, "publicips", ("e1",)),
    Read("eip.v2", "vpc", "ListBandwidths", {"share_type": "WHOLE"}, "bandwidths", ("b2",)),
    Read(
        "cbr.v1",
        "cbr",
        "ListBackups",
        {"own_type": "all_granted", "show_replication": True},
        "backups",
        ("k4", "k3", "k1", "k2"),
    ),
    Read("cbr.v1", "cbr", "ListVault", {"resource_ids": "s1"}, "vaults", ("v1",)),
    Read("cbr.v1", "cbr", "ShowStorageUsage", {}),
    Read("rds.v3", "rds", "ListInstances", {"limit": 100}, "instances", ("r1in01", "r2in01", "r3in01")),
    Read("rds.v3", "rds", "ListBackups", {"instance_id": "r1in01"}, "backups", ("x1", "x2")),
    Read("rds.v3", "rds", "ListOffSiteInstances", {}, "offsite_backup_instances", ("r1in01",)),
    Read("rds.v3", "rds", "ListOffSiteBackups", {"instance_id": "r1in01"}, "backups", ("o1",)),
    Read("rds.v3", "rds", "ListRestoreTimes", {"instance_id": "r1in01"}),
    Read("rds.v3", "rds", "ShowRecyclePolicy", {}),
    Read("cce.v3", "cce", "ListClusters", {"detail": "true"}),
    Read("cce.v3", "cce", "ListNodes", {"cluster_id": "c1", "limit": 2}),
    Read(
        "config.v1", "rms", "ListAllResources", {"type": "rds.instances"}, "resources", ("r1in01", "r2in01", "r3in01")
    ),
    Read("config.v1", "rms", "CollectAllResourcesSummary", {}),
    Read("config.v1", "rms", "ShowResourceRelationsDetail", {"resource_id": "s1", "direction": "out"}),
    Read("config.v1", "rms", "ShowTrackerConfig", {}),
)


class Sdks:
    """Clients of the services of one account."""

    def __init__(self, vendor: ReferenceServer) -> None:
        self._vendor, self._clients = vendor, dict[str, Any]()

    def model(self, package: str, name: str) -> Any:
        """Return a class of a package; skips where the package is not installed."""
        distribution = f"huaweicloudsdk{package.split('.', maxsplit=1)[0]}"
        if not importlib.util.find_spec(distribution):
            pytest.skip(f"{distribution} is not installed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", SyntaxWarning)
            return getattr(importlib.import_module(f"huaweicloudsdk{package}"), name)

    def call(self, package: str, service: str, operation: str, **asked: object) -> Any:
        """Call an operation."""
        request = self.model(package, f"{operation}Request")(**asked)
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        return getattr(self._client(package, service), name)(request)

    def _client(self, package: str, service: str) -> Any:
        if package not in self._clients:
            credentials, keys = importlib.import_module("huaweicloudsdkcore.auth.credentials"), self._vendor.owner
            pair = keys.access_key, keys.secret_key
            builder = self.model(package, f"{package.split('.', maxsplit=1)[0].capitalize()}Client").new_builder()
            found = (
                credentials.GlobalCredentials(*pair, self._vendor.domain_id)
                if service == "rms"
                else credentials.BasicCredentials(*pair, HOME.id)
            )
            endpoint = self._vendor.service_endpoints[service]
            self._clients[package] = builder.with_credentials(found).with_endpoint(endpoint).build()
        return self._clients[package]

    def close(self) -> None:
        """Close all connections."""
        for each in self._clients.values():
            each._http_client._session.close()  # noqa: SLF001 - the SDK has no public way to close its pool


@pytest.fixture(scope="module")
def sdks() -> Iterator[Sdks]:
    """An account that holds the example estate."""
    with ReferenceServer() as vendor:
        vendor.hold(ESTATE)
        found = Sdks(vendor)
        yield found
        found.close()


@pytest.mark.parametrize("read", READS, ids=lambda each: f"{each.service}-{each.operation}")
def test_reads(sdks: Sdks, read: Read) -> None:
    """The rows, and no key or type that the SDK does not know."""
    response = sdks.call(read.package, read.service, read.operation, **read.asked)
    if read.rows:
        assert sorted(each.id for each in getattr(response, read.rows)) == sorted(read.ids)
    answered = json.loads(response.raw_content)
    assert not list(strangers(sdks, read.package, type(response).__name__, answered, read.operation))


def strangers(sdks: Sdks, package: str, kind: str, value: Any, place: str) -> Iterator[str]:
    """Yield where a value is of another type than the SDK's, or has a key that the SDK does not know."""
    inner = re.fullmatch(r"(?:list\[|dict\(\w+, )(.+)[\])]", kind)
    if value is None or kind == "object":
        return
    if inner:
        parts = value if isinstance(value, list) else value.values()
        for each in parts:
            yield from strangers(sdks, package, inner[1], each, f"{place}[]")
    elif kind in {"str", "datetime", "date"}:
        yield from () if isinstance(value, str) else (f"{place}: {value!r} is no text",)
    elif kind in {"int", "float", "bool"}:
        allowed: tuple[type, ...] = {"int": (int,), "float": (int, float), "bool": (bool,)}[kind]
        yield from () if isinstance(value, allowed) else (f"{place}: {value!r} is no {kind}",)
    else:
        yield from _strange_keys(sdks, package, sdks.model(package, kind), value, place)


def _strange_keys(sdks: Sdks, package: str, model: Any, value: Any, place: str) -> Iterator[str]:
    names = {key: name for name, key in model.attribute_map.items()}
    if set(names) == {"body"}:
        value = {"body": value}
    for key, each in value.items():
        if key in names:
            yield from strangers(sdks, package, model.openapi_types[names[key]], each, f"{place}.{key}")
        else:
            yield f"{place}.{key} is not known"


def test_metrics(sdks: Sdks) -> None:
    """The points of a metric by its dimensions."""
    package = "ces.v1"
    dimension = sdks.model(package, "MetricsDimension")(name="instance_id", value="s1")
    metric = sdks.model(package, "MetricInfo")(namespace="SYS.ECS", metric_name="cpu_util", dimensions=[dimension])
    body = sdks.model(package, "BatchListMetricDataRequestBody")(
        metrics=[metric],
        period="86400",
        filter="max",
        _from=round(DAY.timestamp() * 1000),
        to=round((DAY + timedelta(days=3)).timestamp() * 1000),
    )
    response = sdks.call(package, "ces", "BatchListMetricData", body=body)
    [point] = response.metrics[0].datapoints
    assert (point.max, point.timestamp) == (2.5, round(DAY.timestamp() * 1000))


def test_nodes_and_queries(sdks: Sdks) -> None:
    """Nodes by page, and the SQL of Config."""
    page = sdks.call("cce.v3", "cce", "ListNodes", cluster_id="c1", limit=2)
    assert (page.items[0].status.server_id, page.page_info.next_marker) == ("s1", "n1")
    body = sdks.model("config.v1", "QueryRunRequestBody")(expression="SELECT id FROM resources WHERE type='instances'")
    results = sdks.call("config.v1", "rms", "RunQuery", body=body).results
    assert {each["id"] for each in results} == {"r1in01", "r2in01", "r3in01"}


def test_a_refusal(sdks: Sdks) -> None:
    """Reaches the SDK's caller with status and code."""
    exceptions = importlib.import_module("huaweicloudsdkcore.exceptions.exceptions")
    with pytest.raises(exceptions.ClientRequestException) as refused:
        sdks.call("rds.v3", "rds", "ListBackups", instance_id="unknown")
    assert (refused.value.status_code, refused.value.error_code) == (400, "DBS.200001")
