"""The vendor's services and the types of resources that they have."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.untrusted_text import UntrustedText

SERVICE_PREFIX = "hws.service.type."
"""What the vendor's codes of services share."""

SHORT_NAMES = {
    "hws.service.type.ec2": "ECS",
    "hws.service.type.ebs": "EVS",
    "hws.service.type.rds": "RDS",
    "hws.service.type.vpc": "VPC",
    "hws.service.type.cce": "CCE",
}
"""The vendor's codes of services that have another name for people."""


def service_names(code: str) -> tuple[str, ...]:
    """Return what a service may be called: its code, that without what all codes share, its name for people."""
    return (code, code.removeprefix(SERVICE_PREFIX), SHORT_NAMES.get(code, ""))


@dataclass(frozen=True, slots=True)
class Service:
    """One service, such as the Elastic Cloud Server."""

    code: UntrustedText
    name: UntrustedText
    abbreviation: UntrustedText


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type of resource of a service."""

    code: UntrustedText
    name: UntrustedText
    service_type_code: UntrustedText
