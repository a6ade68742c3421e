"""The vendor's SDKs of backups, databases, clusters, metrics and Config as foreign clients of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.service_sdk import SdkStage, ServiceSdk, read_pages, serve_to_sdks
from tests.unit.sandbox.conftest import NOW
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS

DAY = 86_400_000
pytestmark = pytest.mark.filterwarnings("ignore:Unable to convert string to date:ImportWarning")


@pytest.fixture(scope="module")
def stage() -> Iterator[SdkStage]:
    """Serve an account with databases that have licenses and read replicas too."""
    sandbox = build_sandbox(SandboxOptions(resources=1000, now=NOW, rate_scale=0, databases=True))
    with serve_to_sdks(sandbox) as opened:
        yield opened


def _projects() -> list[str]:
    return list(REGION_PROJECTS)


def _subscribed(stage: SdkStage, service: str) -> set[str]:
    """Return the ids of the resources of a service in billing."""
    resources = stage.sandbox.account.resources.list_all()
    return {each.resource_id for each in resources if each.offer.service.abbreviation == service}


def test_reads_all_vaults_and_backups(stage: SdkStage) -> None:
    """Every backup lies in a vault that is listed, and yearly/monthly vaults are those of billing."""
    vaults: dict[str, Any] = {}
    backups: dict[str, Any] = {}
    for project in _projects():
        cbr = stage.of("cbr", "v1", "cbr", project)
        vaults |= {each.id: each for each in _pages(cbr, "list_vault", "vaults", limit=2)}
        backups |= {each.id: each for each in _pages(cbr, "list_backups", "backups", limit=7, show_replication=True)}
        newest = cbr.call("list_backups", sort="created_at:desc", limit=1000).backups
        assert newest == sorted(newest, key=lambda each: each.created_at, reverse=True)
    prepaid = {each.id for each in vaults.values() if each.billing.charging_mode == "pre_paid"}
    assert prepaid == _subscribed(stage, "CBR")
    assert {each.vault_id for each in backups.values()} <= set(vaults)
    assert {"available", "error", "protecting", "deleting"} <= {each.status for each in backups.values()}
    copies = [each for each in backups.values() if each.image_type == "replication"]
    records = [record for each in backups.values() for record in each.replication_records]
    assert {each.id for each in copies} == {each.destination_backup_id for each in records if each.status == "success"}
    assert any(each.expired_at is None for each in backups.values())
    assert any(each.children for each in backups.values())


def _pages(sdk: ServiceSdk, operation: str, name: str, **values: Any) -> list[Any]:
    """Return the rows of all pages of a list of CBR."""

    def read(offset: int) -> tuple[list[Any], int]:
        page = sdk.call(operation, offset=offset, **values)
        return getattr(page, name), page.count

    return read_pages(read)


def test_reads_parts_and_tasks_of_backups(stage: SdkStage) -> None:
    """A server's backup has its disks in its row, or under its parent id; the checkpoint names those it left out."""
    left_out = with_rows = 0
    for project in _projects():
        cbr = stage.of("cbr", "v1", "cbr", project)
        backups = cbr.call("list_backups", sort="created_at:desc", limit=8).backups
        for backup in (each for each in backups if each.resource_type == "OS::Nova::Server"):
            assert cbr.call("show_backup", backup_id=backup.id).backup.created_at == backup.created_at
            rows = cbr.call("list_backups", parent_id=backup.id).backups
            vault = cbr.call("show_checkpoint", checkpoint_id=backup.checkpoint_id).checkpoint.vault
            (bound,) = (
                each
                for found in cbr.call("list_vault", id=[backup.vault_id]).vaults
                for each in found.resources
                if each.id == backup.resource_id
            )
            skipped = {each.id for each in vault.skipped_resources}
            assert skipped.isdisjoint(each.resource_id for each in rows)
            if bound.extra_info.exclude_volumes:
                assert skipped == set(bound.extra_info.exclude_volumes)
            left_out += bool(skipped)
            with_rows += bool(rows)
            assert {each.id for each in backup.children or []} <= {each.id for each in rows}
        usage = cbr.call("show_storage_usage", limit=1000)
        counted = {each.resource_id: each.backup_count for each in usage.storage_usage}
        for resource_id, count in counted.items():
            assert cbr.call("list_backups", resource_id=resource_id, limit=1).count == count
        tasks = cbr.call("list_op_logs", limit=1000, status="failed").operation_logs
        assert len(tasks) == cbr.call("list_backups", status="error", own_type="all_granted").count
        assert {each.operation_type for each in cbr.call("list_policies").policies} == {"backup", "replication"}
    assert left_out
    assert with_rows


def test_reads_databases_and_their_backups(stage: SdkStage) -> None:
    """The instances are those of billing and pay-per-use ones; only those that are no replicas have backups."""
    instances: dict[str, Any] = {}
    off_site: set[str] = set()
    kinds: set[tuple[str, str]] = set()
    for project in _projects():
        rds = stage.of("rds", "v3", "rds", project)
        found = read_pages(partial(_instances, rds))
        instances |= {each.id: each for each in found}
        off_site |= {each.id for each in rds.call("list_off_site_instances").offsite_backup_instances}
        assert rds.call("show_recycle_policy").retention_period_in_days == 7
        assert rds.call("list_recycle_instances", offset=0, limit=50).total_count == 0
        for instance in found:
            backups = rds.call("list_backups", instance_id=instance.id).backups
            kinds |= {(each.type, each.status) for each in backups}
            assert not (backups and instance.type == "Replica")
            policy = rds.call("show_backup_policy", instance_id=instance.id).backup_policy
            assert policy.keep_days == instance.backup_strategy.keep_days
            assert bool(policy.keep_days) == any(each.type == "auto" for each in backups)
            rds.call("list_restore_times", instance_id=instance.id)
            copies = rds.call("list_off_site_backups", instance_id=instance.id)
            assert (instance.id in off_site) or not copies.backups
    prepaid = {each.id for each in instances.values() if each.charge_info.charge_mode == "prePaid"}
    rows = _subscribed(stage, "RDS")
    assert prepaid == {each for each in rows if _is_instance(stage, each)}
    for instance in instances.values():
        for related in instance.related_instance:
            assert related.id in instances
            opposite = {"replica": "replica_of", "replica_of": "replica"}[related.type]
            assert (instance.id, opposite) in {(one.id, one.type) for one in instances[related.id].related_instance}
    assert {each.datastore.type for each in instances.values()} == {"MySQL", "PostgreSQL", "SQLServer", "MariaDB"}
    assert off_site
    assert {("auto", "FAILED"), ("manual", "COMPLETED"), ("manual", "FAILED"), ("incremental", "COMPLETED")} <= kinds


def _instances(rds: ServiceSdk, offset: int) -> tuple[list[Any], int]:
    page = rds.call("list_instances", offset=offset, limit=3)
    return page.instances, page.total_count


def _is_instance(stage: SdkStage, resource_id: str) -> bool:
    resource = stage.sandbox.account.resources.get(resource_id)
    return resource is not None and resource.offer.code.endswith("rds.vm")


def test_reads_clusters_and_nodes(stage: SdkStage) -> None:
    """Clusters are those of billing, and the servers of their nodes are servers of billing."""
    clusters: set[str] = set()
    servers: list[str] = []
    protections = set()
    for project in _projects():
        cce = stage.of("cce", "v3", "cce", project)
        for cluster in cce.call("list_clusters", detail="true").items:
            clusters.add(cluster.metadata.uid)
            protections.add(cluster.spec.deletion_protection)
            nodes: list[Any] = []
            marker = None
            while marker is not None or not nodes:
                page = cce.call("list_nodes", cluster_id=cluster.metadata.uid, limit=2, marker=marker)
                nodes += page.items
                marker = page.page_info.next_marker
                if marker is None:
                    break
            assert str(len(nodes)) == cluster.metadata.annotations["totalNodesNumber"]
            servers += [each.status.server_id for each in nodes]
    assert clusters == _subscribed(stage, "CCE")
    assert len(servers) == len(set(servers)) > 0
    assert set(servers) <= _subscribed(stage, "ECS")
    assert protections == {True, False, None}


def test_reads_metrics_in_batches(stage: SdkStage) -> None:
    """A month of daily values of many servers comes in one call, and one metric alone has the same points."""
    servers = [
        each
        for each in stage.sandbox.account.resources.list_all()
        if each.offer.service.abbreviation == "ECS" and each.region == "cn-north-4"
    ]
    project = servers[0].project_id
    ces = stage.of("ces", "v1", "ces", project)
    end = int(NOW.replace(hour=0).timestamp() * 1000)
    models = ces.models
    metrics = [
        models.MetricInfo(
            namespace="SYS.ECS",
            metric_name="cpu_util",
            dimensions=[models.MetricsDimension(name="instance_id", value=each.resource_id)],
        )
        for each in servers[:96]
    ]
    body = models.BatchListMetricDataRequestBody(
        metrics=metrics, period="86400", filter="max", _from=end - 30 * DAY, to=end
    )
    found = ces.call("batch_list_metric_data", body=body).metrics
    assert [each.dimensions[0].value for each in found] == [each.resource_id for each in servers[:96]]
    assert max(len(each.datapoints) for each in found) == 30
    busiest = max(found, key=lambda each: len(each.datapoints))
    alone = ces.call(
        "show_metric_data",
        namespace="SYS.ECS",
        metric_name="cpu_util",
        dim_0=f"instance_id,{busiest.dimensions[0].value}",
        filter="max",
        period=86400,
        _from=end - 30 * DAY,
        to=end,
    )
    assert [(each.timestamp, each.max) for each in alone.datapoints] == [
        (each.timestamp, each.max) for each in busiest.datapoints
    ]


def test_reads_all_of_config(stage: SdkStage) -> None:
    """Pages by marker have every resource once, as many as the summary counts; the recorder is on."""
    config = stage.of("config", "v1", "rms")
    found: dict[str, Any] = {}
    marker = None
    while page := config.call("list_all_resources", limit=200, marker=marker):
        assert found.keys().isdisjoint(each.id for each in page.resources)
        found |= {each.id: each for each in page.resources}
        marker = page.page_info.next_marker
        if marker is None:
            break
    summary = config.call("collect_all_resources_summary").body
    counted = sum(region.count for provider in summary for kind in provider.types for region in kind.regions)
    assert counted == len(found)
    assert config.call("show_tracker_config").selector.all_supported
    one = next(iter(found.values()))
    assert config.call("show_resource_detail", resource_id=one.id).properties == one.properties
    newest = max(datetime.fromisoformat(each.updated) for each in found.values())
    assert timedelta(seconds=-1) <= stage.sandbox.clock.now_utc() - newest < timedelta(hours=1)
