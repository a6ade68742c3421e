"""Invented master data of the account: ids, regions, enterprise projects and resource names, including hostile ones."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

ACCOUNT_NAME = "sandbox-estate"
DOMAIN_ID = "5a4d8b0e7c1f4b2a9d3e6f0a1b2c3d4e"
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


SUB_PROJECTS: Mapping[str, str] = {"cn-north-4": "cn-north-4_research", "ap-southeast-1": "ap-southeast-1_research"}
"""Names of the second projects that some regions have, by region."""


@functools.cache
def project_id(name: str) -> str:
    """Return the id of a project by its name; the project that each region has bears the region's name."""
    return f"{zlib.crc32(name.encode()):08x}" * 4


@dataclass(frozen=True, slots=True)
class RegionProject:
    """A project of IAM: a region's own one, or a sub-project of it."""

    name: str
    region: str

    @property
    def parent_id(self) -> str:
        """Id of the account, or of the region's own project for a sub-project."""
        return DOMAIN_ID if self.name == self.region else project_id(self.region)


REGION_PROJECTS: Mapping[str, RegionProject] = {
    project_id(name): RegionProject(name, region)
    for region in REGIONS
    for name in (region, *((SUB_PROJECTS[region],) if region in SUB_PROJECTS else ()))
}
"""All projects of IAM, by id."""


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

HOSTILE = (
    "[/red]",
    "\x1b[31mred\x1b[0m",
    "[@click=app.quit]x[/]",
    "\x1b]0;pwned\x07",
    "invoice\u202egnp.exe",
    "=1+1",
    "[",
    "[red]boom[/red]",
    "ze\u200bro\u200dwi\ufeffdth",
    "Z\u0351\u036ba\u0310\u0322l\u0342\u0348g\u0354o\u0321\u0489\u035f",
    "long-" + "x" * 195,
    "超长名称" + "数" * 196,
    "two\r\nlines\tand a tab",
    "{0!r} %s $(reboot) `id`",
)
"""Names that attack a terminal."""

_STAGES = ("prod", "prod", "test", "dev", "stage", "demo")
_ROLES = ("web", "api", "db", "cache", "worker", "gw", "ci", "log", "batch")
_CHINESE = ("测试环境-数据库", "生产-前端", "备份服务器", "财务系统", "开发环境-网关", "官网")
_PLAIN = ("server", "test", "tmp", "new", "default")


def draw_name(rng: Random) -> str:
    """Return a random everyday name; a few are empty, Chinese or duplicates."""
    draw = rng.random()
    if draw < 0.03:
        return ""
    if draw < 0.13:
        return f"{rng.choice(_CHINESE)}-{rng.randrange(1, 30)}"
    if draw < 0.18:
        return rng.choice(_PLAIN)
    width = "02d" if draw < 0.7 else "d"
    return f"{rng.choice(_STAGES)}-{rng.choice(_ROLES)}-{format(rng.randrange(1, 99), width)}"


def hostile_name(bundle: int) -> str | None:
    """Return the hostile name of a purchase, or None; two of three purchases get one, until all are used."""
    if bundle % 3 == 0:
        return None
    place = bundle - bundle // 3 - 1
    return HOSTILE[place] if place < len(HOSTILE) else None
