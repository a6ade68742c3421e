"""Values of Cloud Eye metrics: the same at every query, and without storing any."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from unsub_tui.sandbox.estate.draws import spread
from unsub_tui.sandbox.timestamps import DAY, to_local


class Activity(enum.Enum):
    """The activity of a resource."""

    BUSY = enum.auto()
    QUIET = enum.auto()
    ON_LAST_OF_MONTH = enum.auto()
    """Quiet, except on the last day of each month."""


_WITH_GAPS = 9
"""One of so many resources was not measured on some days."""
_GAP_EVERY = 5


@dataclass(frozen=True, slots=True)
class MetricKind:
    """A metric: its unit and the ranges of its maximum while a resource is quiet or busy."""

    unit: str
    quiet: tuple[float, float]
    busy: tuple[float, float]


_BITS = MetricKind("bit/s", (150, 7000), (250_000, 32_000_000))
_PERCENT = MetricKind("%", (0.2, 2.4), (8, 96))
_BYTES = MetricKind("Byte/s", (20, 900), (30_000, 4_000_000))
_DISK_BYTES = MetricKind("Byte/s", (50, 4000), (60_000, 30_000_000))
_REQUESTS = MetricKind("Request/s", (0.01, 0.6), (4, 900))
_CONNECTIONS = MetricKind("Count", (0, 0.9), (3, 180))

METRICS: Mapping[str, Mapping[str, MetricKind]] = {
    "SYS.ECS": {
        "cpu_util": _PERCENT,
        "network_incoming_bytes_aggregate_rate": _BYTES,
        "network_outgoing_bytes_aggregate_rate": _BYTES,
        "disk_read_bytes_rate": _DISK_BYTES,
        "disk_write_bytes_rate": _DISK_BYTES,
        "disk_read_requests_rate": _REQUESTS,
        "disk_write_requests_rate": _REQUESTS,
    },
    "SYS.EVS": {
        "disk_device_read_bytes_rate": _DISK_BYTES,
        "disk_device_write_bytes_rate": _DISK_BYTES,
        "disk_device_read_requests_rate": _REQUESTS,
        "disk_device_write_requests_rate": _REQUESTS,
        "disk_device_io_util": _PERCENT,
    },
    "SYS.VPC": {
        "upstream_bandwidth": _BITS,
        "downstream_bandwidth": _BITS,
        "up_stream": MetricKind("Byte", (100, 5000), (2_000_000, 240_000_000)),
        "down_stream": MetricKind("Byte", (100, 5000), (2_000_000, 240_000_000)),
    },
    "SYS.RDS": {
        "rds001_cpu_util": _PERCENT,
        "rds003_iops": MetricKind("Counts/s", (0.1, 1), (20, 900)),
        "rds004_bytes_in": _BYTES,
        "rds005_bytes_out": _BYTES,
        "rds006_conn_count": _CONNECTIONS,
        "rds007_conn_active_count": _CONNECTIONS,
        "rds042_database_connections": _CONNECTIONS,
        "active_connections": _CONNECTIONS,
        "rds054_db_connections_in_use": _CONNECTIONS,
    },
    "SYS.CBR": {
        "vault_util": _PERCENT,
        "used_vault_size": MetricKind("GB", (1, 20), (50, 400)),
    },
}
"""Metrics by namespace and name."""

_SHARES: Mapping[str, float] = {"max": 1, "average": 0.4, "min": 0.05, "sum": 40, "variance": 0.2}
"""Values of the roll-ups, as shares of the maximum."""


def activity_of(resource_id: str, *, is_quiet: bool) -> Activity:
    """Return how busy a resource is; of those that seem quiet, a third is not on the last day of the month."""
    if not is_quiet:
        return Activity.BUSY
    return Activity.QUIET if spread(f"activity:{resource_id}") % 3 else Activity.ON_LAST_OF_MONTH


def has_gaps(resource_id: str) -> bool:
    """Return whether a resource was not measured on some days."""
    return spread(f"gaps:{resource_id}") % _WITH_GAPS == 0


@dataclass(frozen=True, slots=True)
class MetricSource:
    """A resource that is measured, and the time for which there are values."""

    resource_id: str
    activity: Activity
    since: int
    until: int

    def value(self, kind: MetricKind, name: str, start: int, period: int, roll_up: str) -> float | None:
        """Return the roll-up of the window that begins at `start`, or None if nothing was measured."""
        if start + period <= self.since or start >= self.until or self._is_gap(start):
            return None
        low, high = kind.busy if self._is_busy(start) else kind.quiet
        high = low + (high - low) * (spread(f"size:{name}:{self.resource_id}") % 900 + 100) / 1000
        share = spread(f"{name}:{self.resource_id}:{start}") / 2**32
        value = (low + (high - low) * share) * _SHARES[roll_up]
        return float(round(value)) if kind.unit == "Count" else value

    def _is_gap(self, start: int) -> bool:
        return has_gaps(self.resource_id) and (start // DAY + spread(self.resource_id)) % _GAP_EVERY == 0

    def _is_busy(self, start: int) -> bool:
        if self.activity is Activity.ON_LAST_OF_MONTH:
            return to_local(start + DAY).day == 1
        return self.activity is Activity.BUSY
