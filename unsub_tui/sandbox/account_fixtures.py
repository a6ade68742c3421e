"""Invented master data of the account: name, regions, enterprise projects and the type of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ACCOUNT_NAME = "sandbox-estate"
OPERATOR = "sandbox-admin"

REGIONS: Mapping[str, str] = {
    "cn-north-4": "华北-北京四",
    "cn-north-1": "华北-北京一",
    "cn-east-3": "华东-上海一",
    "cn-south-1": "华南-广州",
    "cn-southwest-2": "西南-贵阳一",
    "ap-southeast-1": "中国-香港",
    "ap-southeast-3": "亚太-新加坡",
    "eu-west-101": "欧洲-都柏林",
    "la-south-2": "拉美-圣地亚哥",
}


@dataclass(frozen=True, slots=True)
class Project:
    """An enterprise project."""

    project_id: str
    name: str
    description: str
    status: int
    kind: str


PROJECTS: tuple[Project, ...] = (
    Project("0", "default", "", 1, "prod"),
    Project("5b1c7f0a-4d3e-4e8a-9c61-0f2a8f6f1a01", "web-platform", "Public web sites", 1, "prod"),
    Project("9e2d4c6b-1a5f-4b7d-8e3c-6d4b2a901b02", "数据平台", "数据仓库与报表", 1, "prod"),
    Project("c3f8a1d2-7b6e-4f90-a5d4-3e2c1b0a9c03", "测试环境", "", 1, "poc"),
    Project("07d9e8f1-2c3b-4a5d-9f6e-8b7a6c5d4e04", "finance", "Closed at year's end", 2, "prod"),
)


@dataclass(frozen=True, slots=True)
class Key:
    """An access key with its permission."""

    access: str
    secret: str
    can_write: bool
    security_token: str = ""
    """Security token required with a temporary key."""
    expires_at: float | None = None
    """Expiry time of a temporary key, in seconds since 1970."""
