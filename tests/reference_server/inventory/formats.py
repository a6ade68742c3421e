"""Moments and tags, in each of the forms that services write them in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from tests.reference_server.inventory.estate import Tags
from tests.reference_server.timestamps import stable_hex


def zulu(moment: datetime) -> str:
    """ECS, EIP v3, the logs of CBR: whole seconds, with the zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def bare(moment: datetime) -> str:
    """EVS, CBR: microseconds of UTC, without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def bare_seconds(moment: datetime) -> str:
    """Bandwidths: whole seconds of UTC, without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def with_offset(moment: datetime, seed: str) -> str:
    """RDS: with an offset that has no colon, in UTC or in that of Beijing."""
    zone = timezone(timedelta(hours=8 if int(stable_hex(seed, 2), 16) % 2 else 0))
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def go_text(moment: datetime) -> str:
    """CCE: as Go prints it, with nine digits."""
    found = moment.astimezone(UTC)
    return f"{found:%Y-%m-%d %H:%M:%S}.{found.microsecond * 1000 + 406:09d} +0000 UTC"


def config_time(moment: datetime, seed: str) -> str:
    """Config: seconds, milliseconds or only minutes."""
    found, form = moment.astimezone(UTC), int(stable_hex(seed, 2), 16) % 3
    return found.strftime(("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.340Z", "%Y-%m-%dT%H:%MZ")[form])


def milliseconds(moment: datetime) -> int:
    """Cloud Eye, the restore times of RDS."""
    return int(moment.timestamp() * 1000)


def from_milliseconds(value: int) -> datetime:
    """Return the moment that Cloud Eye is asked for."""
    return datetime.fromtimestamp(value / 1000, UTC)


def joined_tags(tags: Tags, separator: str = "=") -> list[str]:
    """ECS, EIP: a list of texts; without a value there is no separator."""
    return [f"{key}{separator}{value}" if value else key for key, value in tags]


def listed_tags(tags: Tags) -> list[dict[str, str]]:
    """RDS, CBR, CCE: a list of objects."""
    return [{"key": key, "value": value} for key, value in tags]
