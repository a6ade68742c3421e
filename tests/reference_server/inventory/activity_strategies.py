"""What Cloud Eye measured: all days or not, quiet or busy, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.reference_server.inventory.estate import Metric, Point, Server

DAYS = 33
NAMES = {
    "cpu_util": ("%", (0.0, 0.004, 1.239, 2.9, 3.4, 71.0)),
    "network_incoming_bytes_aggregate_rate": ("Byte/s", (0.0, 0.4, 812.5, 1100.7, 93_000.0)),
    "network_outgoing_bytes_aggregate_rate": ("Byte/s", (0.0, 0.4, 812.5, 1100.7, 93_000.0)),
    "disk_read_bytes_rate": ("Byte/s", (0.0, 9_999.9)),
    "disk_write_bytes_rate": ("Byte/s", (0.0, 4_000.1, 6_000.0)),
}
"""Metrics of servers: their unit, and values on both sides of what is quiet."""


@st.composite
def metrics(draw: st.DrawFn, servers: Sequence[Server], now: datetime, start_hour: int) -> tuple[Metric, ...]:
    """Return metrics of servers; days before a server was created have no point, nor have some others.

    The day that is not over yet has a point, too.
    """
    shift = timedelta(hours=start_hour)
    today = (now - shift).replace(hour=0, minute=0, second=0, microsecond=0) + shift
    found = []
    for server in servers:
        form = draw(st.sampled_from(("nothing", "no network", "busy", "quiet", "quiet", "gaps")))
        if form == "nothing":
            continue
        missing = draw(st.sets(st.integers(1, DAYS), max_size=4)) if form == "gaps" else set()
        days = [today - timedelta(days=each) for each in range(DAYS) if each not in missing]
        for name, (unit, values) in NAMES.items():
            if form == "no network" and "network" in name:
                continue
            some = st.sampled_from(values[:2] if form == "quiet" and name != "disk_read_bytes_rate" else values)
            usual, once = draw(some), draw(some)
            peak = draw(st.integers(0, DAYS))
            points = [
                Point(at=each, highest=value, average=value)
                for each in days
                if each >= server.created
                for value in (once if each == today - timedelta(days=peak) else usual,)
            ]
            found.append(
                Metric(
                    project_id=server.project_id,
                    namespace="SYS.ECS",
                    name=name,
                    dimensions=(("instance_id", server.id),),
                    unit=unit,
                    points=tuple(points),
                )
            )
    return tuple(found)
