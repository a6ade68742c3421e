"""Names of Huawei Cloud's services."""

from __future__ import annotations

import re
from collections.abc import Iterable

SERVICE_PREFIX = "hws.service.type."
"""Common prefix of Huawei Cloud's service codes."""

SHORT_NAMES = {
    "hws.service.type.ec2": "ECS",
    "hws.service.type.ebs": "EVS",
    "hws.service.type.rds": "RDS",
    "hws.service.type.vpc": "VPC",
    "hws.service.type.cce": "CCE",
}
"""Short display names by Huawei Cloud's service codes."""


def service_names(code: str) -> tuple[str, ...]:
    """Return the names of a service: its code, the code without the prefix, and its short name or an empty text."""
    return (code, code.removeprefix(SERVICE_PREFIX), SHORT_NAMES.get(code, ""))


def split_service_codes(text: str) -> tuple[str, ...]:
    """Return the service types in a list, which Huawei Cloud separates by commas."""
    return tuple(code for code in re.split(r"[,;\s]+", text) if code)


def have_common_service(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether two groups of service types overlap; each text is a service type or a list of them.

    Huawei Cloud compares service types case-insensitively.
    """
    return not _normalized(one).isdisjoint(_normalized(other))


def _normalized(texts: Iterable[str]) -> frozenset[str]:
    """Return the service types in these lists in lower case, with an empty text for each empty list."""
    return frozenset(code.casefold() for text in texts for code in split_service_codes(text) or ("",))
