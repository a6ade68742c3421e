"""What Cloud Eye measured: all days or not, quiet or busy, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.reference_server.inventory.estate import Database, Eip, Estate, Item, Metric, Point, Server

DAYS = 33
Values = tuple[float, ...]
_RATES: Values = (0.0, 0.4, 812.5, 1100.7, 93_000.0)
_PERCENT: Values = (0.0, 0.004, 1.239, 2.9, 3.4, 71.0)
_COUNTS: Values = (0.0, 0.03, 1.0, 17.0)
NAMES: dict[type[Item], tuple[str, dict[str, tuple[str, Values]]]] = {
    Server: (
        "SYS.ECS",
        {
            "cpu_util": ("%", _PERCENT),
            "network_incoming_bytes_aggregate_rate": ("Byte/s", _RATES),
            "network_outgoing_bytes_aggregate_rate": ("Byte/s", _RATES),
            "disk_read_bytes_rate": ("Byte/s", (0.0, 9_999.9)),
            "disk_write_bytes_rate": ("Byte/s", (0.0, 4_000.1, 6_000.0)),
        },
    ),
    Database: (
        "SYS.RDS",
        {
            "rds001_cpu_util": ("%", _PERCENT),
            "rds004_bytes_in": ("Byte/s", _RATES),
            "rds005_bytes_out": ("Byte/s", _RATES),
            "rds006_conn_count": ("Count", _COUNTS),
            "rds042_database_connections": ("Count", _COUNTS),
            "rds054_db_connections_in_use": ("Count", _COUNTS),
        },
    ),
    Eip: ("SYS.VPC", {"upstream_bandwidth": ("bit/s", _RATES), "downstream_bandwidth": ("bit/s", _RATES)}),
}
"""By kind, namespace and metrics with their unit; of servers there are values on both sides of what is quiet."""
_CONNECTIONS = {"PostgreSQL": "rds042_database_connections", "SQLServer": "rds054_db_connections_in_use"}
_DIMENSIONS = {"PostgreSQL": "postgresql_cluster_id", "SQLServer": "rds_cluster_sqlserver_id"}


@st.composite
def metrics(draw: st.DrawFn, estate: Estate, now: datetime, start_hour: int) -> tuple[Metric, ...]:
    """Return metrics of servers, databases and addresses; days before these were created have no point."""
    shift = timedelta(hours=start_hour)
    today = (now - shift).replace(hour=0, minute=0, second=0, microsecond=0) + shift
    items: Sequence[Item] = (*estate.servers, *estate.databases, *estate.eips)
    return tuple(metric for each in items for metric in _metrics(draw, each, today))


def _metrics(draw: st.DrawFn, item: Item, today: datetime) -> Iterator[Metric]:
    """Yield the metrics of one thing; some days may be missing, and the one that is not over yet has a point, too."""
    form = draw(st.sampled_from(("nothing", "no network", "busy", "quiet", "quiet", "gaps")))
    missing = draw(st.sets(st.integers(1, DAYS), max_size=4)) if form == "gaps" else set()
    namespace, names = NAMES[type(item)]
    days = [today - timedelta(days=each) for each in range(DAYS) if each not in missing]
    dimensions = _dimensions(item, is_nested=form == "busy")
    for name, (unit, values) in names.items():
        if form == "nothing" or (form == "no network" and "network" in name) or not _has(item, name):
            continue
        some = st.sampled_from(values[:2] if form == "quiet" and name != "disk_read_bytes_rate" else values)
        usual, once = draw(some), draw(some)
        peak = today - timedelta(days=draw(st.integers(0, DAYS)))
        found = [(each, once if each == peak else usual) for each in days if each >= item.created]
        yield Metric(
            project_id=item.project_id,
            namespace=namespace,
            name=name,
            dimensions=dimensions,
            unit=unit,
            points=tuple(Point(at=at, highest=value, average=value) for at, value in found),
        )


def _has(item: Item, name: str) -> bool:
    """Return whether there is such a metric of a thing: each engine counts connections by its own name."""
    if not isinstance(item, Database) or "conn" not in name:
        return True
    return name == _CONNECTIONS.get(item.engine, "rds006_conn_count")


def _dimensions(item: Item, *, is_nested: bool) -> tuple[tuple[str, str], ...]:
    if isinstance(item, Database):
        return ((_DIMENSIONS.get(item.engine, "rds_cluster_id"), item.id),)
    if isinstance(item, Eip):
        own = ("publicip_id", item.id)
        return (("bandwidth_id", item.bandwidth_id), own) if is_nested else (own,)
    return (("instance_id", item.id),)
