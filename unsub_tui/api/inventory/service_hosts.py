"""The services of the inventory, their hosts by region and site, and the validation of regions and projects."""

from __future__ import annotations

import re
from enum import StrEnum

from unsub_tui.domain.inventory.service_rows import ProjectRegion


class Service(StrEnum):
    """A service. The values are the keys of its custom endpoint, and the first part of its host."""

    ECS = "ecs"
    EVS = "evs"
    VPC = "vpc"
    """EIPs and bandwidths."""
    RDS = "rds"
    CCE = "cce"
    CBR = "cbr"
    CES = "ces"
    CONFIG = "rms"
    """One host for all regions."""
    IAM = "iam"
    """Shares the host of the sign-in, and the custom endpoint of billing."""


# Region and project come from rows of the bill and become a host and a path: anything else in them is refused.
_REGION = re.compile(r"[a-z]{2}(-[a-z0-9]{1,20}){1,4}")
_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_CONFIG_HOSTS = {"eu": "https://rms.eu-west-101.myhuaweicloud.eu"}
_DEFAULT_CONFIG_HOST = "https://rms.myhuaweicloud.com"


def is_valid_region(region: str) -> bool:
    """Return whether a region can be part of a host name."""
    return _REGION.fullmatch(region) is not None


def is_valid_project_id(project_id: str) -> bool:
    """Return whether the id of a project or an account can be part of a path and of a header."""
    return _PROJECT_ID.fullmatch(project_id) is not None


def is_valid_place(place: ProjectRegion) -> bool:
    """Return whether a place can be called at all."""
    return is_valid_region(place.region) and is_valid_project_id(place.project_id)


def service_url(service: Service, region: str, site: str) -> str:
    """Return the base URL of a service in a valid region. The top-level domain is that of the site."""
    if service is Service.CONFIG:
        return _CONFIG_HOSTS.get(site, _DEFAULT_CONFIG_HOST)
    return f"https://{service.value}.{region}.myhuaweicloud.{'eu' if site == 'eu' else 'com'}"
