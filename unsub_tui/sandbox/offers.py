"""Products of the sandbox: services, resource types, specifications and list prices in USD per month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

GIGABYTES = 17
MEGABITS = 15
PIECES = 14


@dataclass(frozen=True, slots=True)
class Service:
    """A cloud service."""

    code: str
    abbreviation: str
    english: str
    chinese: str

    def named(self, language: str) -> str:
        """Return the service name in English for `en_US`, otherwise in Chinese."""
        return self.english if language == "en_US" else self.chinese


@dataclass(frozen=True, slots=True)
class Spec:
    """A specification of an offer."""

    code: str
    text: str
    monthly: Decimal
    """List price per month, or per month and size unit if the offer has a size."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A resource type that is sold yearly/monthly."""

    service: Service
    code: str
    english: str
    chinese: str
    specs: tuple[Spec, ...]
    measure: int | None = None
    """Code of the size unit; None if there is no size."""
    sizes: tuple[int, ...] = ()

    def named(self, language: str) -> str:
        """Return the resource type name in English for `en_US`, otherwise in Chinese."""
        return self.english if language == "en_US" else self.chinese


def _specs(*rows: tuple[str, str, str]) -> tuple[Spec, ...]:
    return tuple(Spec(code, text, Decimal(price)) for code, text, price in rows)


ECS = Service("hws.service.type.ec2", "ECS", "Elastic Cloud Server", "弹性云服务器")
EVS = Service("hws.service.type.ebs", "EVS", "Elastic Volume Service", "云硬盘")
VPC = Service("hws.service.type.vpc", "VPC", "Virtual Private Cloud", "虚拟私有云")
RDS = Service("hws.service.type.rds", "RDS", "Relational Database Service", "云数据库 RDS")
CCE = Service("hws.service.type.cce", "CCE", "Cloud Container Engine", "云容器引擎")
DCS = Service("hws.service.type.dcs", "DCS", "Distributed Cache Service", "分布式缓存服务")
DDS = Service("hws.service.type.dds", "DDS", "Document Database Service", "文档数据库服务")
WAF = Service("hws.service.type.waf", "WAF", "Web Application Firewall", "Web应用防火墙")
CBR = Service("hws.service.type.cbr", "CBR", "Cloud Backup and Recovery", "云备份")
NAT = Service("hws.service.type.natgateway", "NAT", "NAT Gateway", "NAT网关")
OBS = Service("hws.service.type.obs", "OBS", "Object Storage Service", "对象存储服务")
MARKET = Service("hws.service.type.marketplace", "KooGallery", "KooGallery", "云商店")
DEVCLOUD = Service("hws.service.type.devcloud", "CodeArts", "CodeArts", "软件开发生产线")

SERVER = Offer(
    ECS,
    "hws.resource.type.vm",
    "ECS",
    "云主机",
    _specs(
        ("s6.small.1.linux", "General computing | s6.small.1 | 1 vCPU | 1 GiB | Linux", "9.20"),
        ("s6.large.2.linux", "General computing | s6.large.2 | 2 vCPUs | 4 GiB | Linux", "38.40"),
        ("c7.xlarge.2.linux", "General computing-plus | c7.xlarge.2 | 4 vCPUs | 8 GiB | Linux", "112.60"),
        ("m7.2xlarge.8.linux", "Memory-optimized | m7.2xlarge.8 | 8 vCPUs | 64 GiB | Linux", "301.75"),
        ("s6.large.2.win", "General computing | s6.large.2 | 2 vCPUs | 4 GiB | Windows", "54.10"),
    ),
)
HUGE_SERVER = Offer(
    ECS,
    "hws.resource.type.vm",
    "ECS",
    "云主机",
    _specs(("p2s.16xlarge.8.linux", "GPU-accelerated | p2s.16xlarge.8 | 64 vCPUs | 512 GiB | Linux", "6180.00")),
)
DISK = Offer(
    EVS,
    "hws.resource.type.volume",
    "EVS Disk",
    "硬盘",
    _specs(
        ("SSD", "Ultra-high I/O", "0.14"),
        ("SAS", "High I/O", "0.055"),
        ("GPSSD", "General Purpose SSD", "0.09"),
        ("ESSD", "Extreme SSD", "0.21"),
    ),
    GIGABYTES,
    (40, 100, 200, 500, 1000),
)
ADDRESS = Offer(VPC, "hws.resource.type.ip", "EIP", "弹性IP", _specs(("5_bgp", "Dynamic BGP", "3.60")))
BANDWIDTH = Offer(
    VPC,
    "hws.resource.type.bandwidth",
    "Bandwidth",
    "带宽",
    _specs(("19_bgp", "Dynamic BGP, billed by bandwidth", "4.50")),
    MEGABITS,
    (1, 5, 10, 50),
)
SHARED_BANDWIDTH = Offer(
    VPC,
    "hws.resource.type.bandwidth",
    "Bandwidth",
    "带宽",
    _specs(("19_share", "Shared bandwidth", "5.20")),
    MEGABITS,
    (5, 20, 100),
)
DATABASE = Offer(
    RDS,
    "hws.resource.type.rds.vm",
    "RDS Instance",
    "云数据库实例",
    _specs(
        ("rds.mysql.n1.large.2.ha", "MySQL 8.0 | 2 vCPUs | 4 GB | Primary/Standby", "96.00"),
        ("rds.pg.x1.xlarge.4", "PostgreSQL 14 | 4 vCPUs | 16 GB | Single", "171.30"),
    ),
)
DATABASE_STORAGE = Offer(
    RDS,
    "hws.resource.type.rds.volume",
    "RDS Storage",
    "云数据库存储",
    _specs(("rds.mysql.cloudssd.ha", "Cloud SSD", "0.26")),
    GIGABYTES,
    (40, 100, 400),
)
CLUSTER = Offer(
    CCE,
    "hws.resource.type.cce.cluster",
    "CCE Cluster",
    "CCE集群",
    _specs(("cce.s1.small", "50 nodes | single master", "61.20"), ("cce.s2.medium", "200 nodes | 3 masters", "214.00")),
)
CACHE = Offer(
    DCS,
    "hws.resource.type.dcs3",
    "Redis Instance",
    "Redis实例",
    _specs(("redis.ha.xu1.large.r2.2", "Redis 6.0 | Master/Standby | 2 GB", "42.00")),
)
DOCUMENTS = Offer(
    DDS,
    "hws.resource.type.dds.vm",
    "DDS Instance",
    "文档数据库实例",
    _specs(("dds.mongodb.s6.large.2.repset", "Replica set | 2 vCPUs | 4 GB", "118.00")),
)
FIREWALL = Offer(
    WAF,
    "hws.resource.type.waf",
    "WAF",
    "Web应用防火墙",
    _specs(("waf.professional", "Standard edition", "580.00")),
)
VAULT = Offer(
    CBR,
    "hws.resource.type.cbr",
    "CBR Vault",
    "存储库",
    _specs(("vault.backup.server.normal", "Server backup vault", "0.045")),
    GIGABYTES,
    (100, 500, 2000),
)
GATEWAY = Offer(
    NAT,
    "hws.resource.type.natgateway",
    "NAT Gateway",
    "NAT网关",
    _specs(("nat.small", "Public | Small", "37.50")),
)
STORAGE_PACKAGE = Offer(
    OBS,
    "hws.resource.type.obspackage",
    "Resource Package",
    "资源包",
    _specs(("obs.package.standard.100gb", "Standard storage | 100 GB", "2.10")),
)
IMAGE = Offer(
    MARKET,
    "hws.resource.type.marketplace",
    "KooGallery Product",
    "云商店商品",
    _specs(("market.image.lamp", "LAMP image", "15.00")),
)
DEV_PACKAGE = Offer(
    DEVCLOUD,
    "hws.resource.type.devcloud",
    "CodeArts Package",
    "软件开发套餐",
    _specs(("devcloud.basic", "Basic edition", "29.00")),
)

OFFERS: tuple[Offer, ...] = (
    SERVER,
    HUGE_SERVER,
    DISK,
    ADDRESS,
    BANDWIDTH,
    SHARED_BANDWIDTH,
    DATABASE,
    DATABASE_STORAGE,
    CLUSTER,
    CACHE,
    DOCUMENTS,
    FIREWALL,
    VAULT,
    GATEWAY,
    STORAGE_PACKAGE,
    IMAGE,
    DEV_PACKAGE,
)

SERVICES: Mapping[str, Service] = {offer.service.code: offer.service for offer in OFFERS}
RESOURCE_TYPES: Mapping[str, Offer] = {offer.code: offer for offer in reversed(OFFERS)}
