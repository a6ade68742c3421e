"""Products of the sandbox: services, resource types, specifications and list prices in USD per month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

GIGABYTES = 17
MEGABITS = 15


@dataclass(frozen=True, slots=True)
class _Named:
    """A code with its English and Chinese names."""

    code: str
    english: str
    chinese: str

    def named(self, language: str) -> str:
        """Return the name in English for `en_US`, otherwise in Chinese."""
        return self.english if language == "en_US" else self.chinese


@dataclass(frozen=True, slots=True)
class Service(_Named):
    """A cloud service."""

    abbreviation: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A specification of an offer."""

    code: str
    text: str
    monthly: Decimal
    """List price per month, or per month and size unit if the offer has a size."""


@dataclass(frozen=True, slots=True)
class Offer(_Named):
    """A resource type that is sold yearly/monthly."""

    service: Service
    specs: tuple[Spec, ...]
    measure: int | None
    """Code of the size unit; None if there is no size."""
    sizes: tuple[int, ...]


def _service(code: str, abbreviation: str, english: str, chinese: str) -> Service:
    return Service(f"hws.service.type.{code}", english, chinese, abbreviation)


def _offer(
    resource_type: tuple[Service, str, str, str],
    *specs: tuple[str, str, str],
    measure: int | None = None,
    sizes: tuple[int, ...] = (),
) -> Offer:
    """Return an offer of a resource type: service, code and names. Each of `specs` has a code, a text and a price."""
    service, code, english, chinese = resource_type
    sold = tuple(Spec(spec, text, Decimal(price)) for spec, text, price in specs)
    return Offer(f"hws.resource.type.{code}", english, chinese, service, sold, measure, sizes)


ECS = _service("ec2", "ECS", "Elastic Cloud Server", "弹性云服务器")
EVS = _service("ebs", "EVS", "Elastic Volume Service", "云硬盘")
VPC = _service("vpc", "VPC", "Virtual Private Cloud", "虚拟私有云")
RDS = _service("rds", "RDS", "Relational Database Service", "云数据库 RDS")
CCE = _service("cce", "CCE", "Cloud Container Engine", "云容器引擎")
DCS = _service("dcs", "DCS", "Distributed Cache Service", "分布式缓存服务")
DDS = _service("dds", "DDS", "Document Database Service", "文档数据库服务")
WAF = _service("waf", "WAF", "Web Application Firewall", "Web应用防火墙")
CBR = _service("cbr", "CBR", "Cloud Backup and Recovery", "云备份")
NAT = _service("natgateway", "NAT", "NAT Gateway", "NAT网关")
OBS = _service("obs", "OBS", "Object Storage Service", "对象存储服务")
MARKET = _service("marketplace", "KooGallery", "KooGallery", "云商店")
DEVCLOUD = _service("devcloud", "CodeArts", "CodeArts", "软件开发生产线")

SERVICES: Mapping[str, Service] = {
    service.code: service for service in (ECS, EVS, VPC, RDS, CCE, DCS, DDS, WAF, CBR, NAT, OBS, MARKET, DEVCLOUD)
}

SERVER = _offer(
    (ECS, "vm", "ECS", "云主机"),
    ("s6.small.1.linux", "General computing | s6.small.1 | 1 vCPU | 1 GiB | Linux", "9.20"),
    ("s6.large.2.linux", "General computing | s6.large.2 | 2 vCPUs | 4 GiB | Linux", "38.40"),
    ("c7.xlarge.2.linux", "General computing-plus | c7.xlarge.2 | 4 vCPUs | 8 GiB | Linux", "112.60"),
    ("m7.2xlarge.8.linux", "Memory-optimized | m7.2xlarge.8 | 8 vCPUs | 64 GiB | Linux", "301.75"),
    ("s6.large.2.win", "General computing | s6.large.2 | 2 vCPUs | 4 GiB | Windows", "54.10"),
)
HUGE_SERVER = _offer(
    (ECS, "vm", "ECS", "云主机"),
    ("p2s.16xlarge.8.linux", "GPU-accelerated | p2s.16xlarge.8 | 64 vCPUs | 512 GiB | Linux", "6180.00"),
)
DISK = _offer(
    (EVS, "volume", "EVS Disk", "硬盘"),
    ("SSD", "Ultra-high I/O", "0.14"),
    ("SAS", "High I/O", "0.055"),
    ("GPSSD", "General Purpose SSD", "0.09"),
    ("ESSD", "Extreme SSD", "0.21"),
    measure=GIGABYTES,
    sizes=(40, 100, 200, 500, 1000),
)
ADDRESS = _offer((VPC, "ip", "EIP", "弹性IP"), ("5_bgp", "Dynamic BGP", "3.60"))
BANDWIDTH = _offer(
    (VPC, "bandwidth", "Bandwidth", "带宽"),
    ("19_bgp", "Dynamic BGP, billed by bandwidth", "4.50"),
    measure=MEGABITS,
    sizes=(1, 5, 10, 50),
)
SHARED_BANDWIDTH = _offer(
    (VPC, "bandwidth", "Bandwidth", "带宽"),
    ("19_share", "Shared bandwidth", "5.20"),
    measure=MEGABITS,
    sizes=(5, 20, 100),
)
DATABASE = _offer(
    (RDS, "rds.vm", "RDS Instance", "云数据库实例"),
    ("rds.mysql.n1.large.2.ha", "MySQL 8.0 | 2 vCPUs | 4 GB | Primary/Standby", "96.00"),
    ("rds.pg.x1.xlarge.4", "PostgreSQL 14 | 4 vCPUs | 16 GB | Single", "171.30"),
)
SQL_SERVER = _offer(
    (RDS, "rds.vm", "RDS Instance", "云数据库实例"),
    ("rds.mssql.spec.se.x1.large.2", "SQL Server 2019 SE | 2 vCPUs | 4 GB | Single", "182.00"),
)
REPLICATED_DATABASE = _offer(
    (RDS, "rds.vm", "RDS Instance", "云数据库实例"),
    ("rds.mysql.n1.large.2.ha", "MySQL 8.0 | 2 vCPUs | 4 GB | Primary/Standby", "96.00"),
)
READ_REPLICA = _offer(
    (RDS, "rds.vm", "RDS Instance", "云数据库实例"),
    ("rds.mysql.n1.large.2.rr", "MySQL 8.0 | 2 vCPUs | 4 GB | Read Replica", "52.00"),
)
DATABASE_STORAGE = _offer(
    (RDS, "rds.volume", "RDS Storage", "云数据库存储"),
    ("rds.mysql.cloudssd.ha", "Cloud SSD", "0.26"),
    measure=GIGABYTES,
    sizes=(40, 100, 400),
)
CLUSTER = _offer(
    (CCE, "cce.cluster", "CCE Cluster", "CCE集群"),
    ("cce.s1.small", "50 nodes | single master", "61.20"),
    ("cce.s2.medium", "200 nodes | 3 masters", "214.00"),
)
CACHE = _offer(
    (DCS, "dcs3", "Redis Instance", "Redis实例"),
    ("redis.ha.xu1.large.r2.2", "Redis 6.0 | Master/Standby | 2 GB", "42.00"),
)
DOCUMENTS = _offer(
    (DDS, "dds.vm", "DDS Instance", "文档数据库实例"),
    ("dds.mongodb.s6.large.2.repset", "Replica set | 2 vCPUs | 4 GB", "118.00"),
)
FIREWALL = _offer((WAF, "waf", "WAF", "Web应用防火墙"), ("waf.professional", "Standard edition", "580.00"))
VAULT = _offer(
    (CBR, "cbr", "CBR Vault", "存储库"),
    ("vault.backup.server.normal", "Server backup vault", "0.045"),
    measure=GIGABYTES,
    sizes=(100, 500, 2000),
)
GATEWAY = _offer((NAT, "natgateway", "NAT Gateway", "NAT网关"), ("nat.small", "Public | Small", "37.50"))
STORAGE_PACKAGE = _offer(
    (OBS, "obspackage", "Resource Package", "资源包"),
    ("obs.package.standard.100gb", "Standard storage | 100 GB", "2.10"),
)
IMAGE = _offer(
    (MARKET, "marketplace", "KooGallery Product", "云商店商品"), ("market.image.lamp", "LAMP image", "15.00")
)
LICENSE = _offer(
    (MARKET, "marketplace.image", "KooGallery Image", "云商店镜像"),
    ("market.image.mssql.se", "SQL Server 2019 SE license", "64.00"),
)
DEV_PACKAGE = _offer(
    (DEVCLOUD, "devcloud", "CodeArts Package", "软件开发套餐"), ("devcloud.basic", "Basic edition", "29.00")
)
