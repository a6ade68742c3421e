"""What this vendor sells, where, and the sentences of its refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tests.reference_server.timestamps import stable_uuid


class Kind(NamedTuple):
    """A type of resource: codes, names in Chinese and English, the unit of its size, its price a month."""

    service: str
    service_zh: str
    service_en: str
    resource_type: str
    type_zh: str
    type_en: str
    measure: int | None
    price: str
    spec: str | None = None
    size: Decimal | None = None
    description: str | None = None

    def service_name(self, *, english: bool) -> str:
        """Return the service's name."""
        return self.service_en if english else self.service_zh

    def type_name(self, *, english: bool) -> str:
        """Return the name of the type."""
        return self.type_en if english else self.type_zh


class Project(NamedTuple):
    """An enterprise project; status 1 is on, 2 is off."""

    project_id: str
    name: str
    status: int
    form: str


def _kind(short: str, *rest: object) -> Kind:
    service, resource_type = short.split("/")
    zh, en, type_zh, type_en, *others = rest
    return Kind(f"hws.service.type.{service}", zh, en, f"hws.resource.type.{resource_type}", type_zh, type_en, *others)  # type: ignore[arg-type]


_VPC = ("虚拟私有云", "Virtual Private Cloud")
_RDS = ("云数据库", "Relational Database Service")
KINDS = {
    "vm": _kind("ec2/vm", "弹性云服务器", "Elastic Cloud Server", "云主机", "ECS VM", None, "41.87654321",
                "s6.large.2.linux", None, "通用计算型 | s6.large.2 | 2vCPUs | 4GB | linux"),
    "vol": _kind("ebs/volume", "云硬盘", "Elastic Volume Service", "硬盘", "Volume", 17, "6.12340987",
                 "GPSSD", Decimal(40), "通用型SSD | 40GB"),
    "ip": _kind("vpc/ip", *_VPC, "弹性IP", "EIP", None, "0", "5_bgp", None, "全动态BGP"),
    "bw": _kind("vpc/bandwidth", *_VPC, "带宽", "Bandwidth", 15, "19.50000001",
                "19_bgp", Decimal(5), "独享带宽 | 5Mbit/s"),
    "rds": _kind("rds/rds.vm", *_RDS, "RDS实例", "RDS instance", None, "118.33333333",
                 "rds.mysql.x1.large.2.ha", None, "MySQL | 8.0 | 主备"),
    "rdsrr": _kind("rds/rds.vm", *_RDS, "RDS只读实例", "RDS read replica", None, "59.16666666",
                   "rds.mysql.x1.large.2.rr", None, "MySQL | 8.0 | 只读"),
    "mssql": _kind("rds/rds.vm", *_RDS, "RDS实例", "RDS instance", None, "260.25000000",
                   "rds.mssql.spec.se.s6.xlarge.2", None, "SQL Server | 2019_SE | 单机"),
    "lic": _kind("marketplace/marketplace.image", "云商店", "KooGallery", "云商店镜像", "KooGallery image", None,
                 "88.12500000", None, None, "SQL Server 2019 SE"),
    "rdsvol": _kind("rds/rds.volume", *_RDS, "RDS存储", "RDS storage", 17, "14.28571429",
                    "rds.cloudssd.ha", Decimal("100.0")),
    "cce": _kind("cce/cce.cluster", "云容器引擎", "Cloud Container Engine", "CCE集群", "CCE cluster", None,
                 "77.70707071", "cce.s2.small", None, "CCE | 50 nodes"),
    "cbr": _kind("cbr/cbr", "云备份", "Cloud Backup and Recovery", "云备份存储库", "Backup vault", 17, "9.87654321",
                 "vault.backup.server.normal", Decimal(200)),
    "dcs": _kind("dcs/dcs3", "分布式缓存服务", "Distributed Cache Service", "Redis缓存实例", "Redis instance", 17,
                 "33.10000000", "redis.ha.xu1.large.r2.2", Decimal("0.25")),
    "bms": _kind("bms/pm", "裸金属服务器", "Bare Metal Server", "裸金属", "Bare metal", None, "1450.00000000"),
    "scm": _kind("scm/scm", "SSL证书管理", "SSL Certificate Manager", "SSL证书", "SSL certificate", None, "12.5"),
    "pkg": _kind("obs/pkg.obs", "对象存储服务", "Object Storage Service", "存储包", "Storage pack", 10, "5.55555555"),
    "dev": _kind("codearts/codearts.pkg", "软件开发生产线", "CodeArts", "套餐", "CodeArts package", None, "8.00000000"),
    "mkt": _kind("marketplace/marketplace", "云商店", "KooGallery", "云商店商品", "KooGallery product", None,
                 "21.00000000"),
    "sp": _kind("savingsplan/savingsplan", "节省计划", "Savings Plan", "节省计划", "Savings plan", None, "60.00000000"),
    "osm": _kind("osm/osm.sp", "支持计划", "Support Plan", "支持计划", "Support plan", None, "100.00000000"),
    "new": _kind("qx9preview/qx9.node", "灵境计算（公测）", "", "灵境节点", "", 9901, "17.17171717"),
}  # fmt: skip
"""Prices are for the international site, in its currency; "new" is a service that nobody knows yet."""

REGIONS = {
    "intl": ("ap-southeast-1", "ap-southeast-3", "af-south-1"),
    "cn": ("cn-north-4", "cn-east-3", "cn-southwest-2"),
    "eu": ("eu-west-101",) * 3,
}
CURRENCY = {"intl": "USD", "cn": "CNY", "eu": "EUR"}
REVIEW_ABOVE = {"intl": Decimal(7000), "cn": Decimal(50000), "eu": Decimal(1000)}
"""A refund above this is looked at by the vendor's staff first."""
PROJECTS = (
    Project("0", "default", 1, "prod"),
    Project(stable_uuid("ep1"), "生产环境-财务", 1, "prod"),
    Project(stable_uuid("ep2"), "dev-team", 1, "poc"),
    Project(stable_uuid("ep3"), "已停用项目", 2, "prod"),
)
ACCOUNT_NAME = "acme-cloud-总公司"

REFUSALS = {
    "CBC.3002": "The resource is locked.",
    "CBC.3006": "The service type is not supported.",
    "CBC.3016": "Expired resources exist.",
    "CBC.7281": "The account is frozen. Renewal and unsubscription are not allowed.",
    "CBC.0999": "Other Error.",
    "CBC.30000052": "The resource or account has been frozen.",
    "CBC.30000053": "The billing mode is savings plan, the resource cannot be unsubscribed.",
    "CBC.30000067": "The resource has been deleted or its subscription has not been synchronized to billing.",
    "CBC.30010035": "The resource has been deleted.",
    "CBC.99003012": "The resource ID does not exist.",
    "CBC.99003100": "One of the resources is contained in an order pending payment.",
    "CBC.99003128": "There is no renewed period or the renewed period has taken effect.",
    "CBC.99003185": "The cloud service must be handled as a whole.",
    "CBC.99003643": "The invoiced service cannot be unsubscribed.",
    "CBC.99003645": "This type of service does not support unsubscription.",
    "CBC.99003647": "The pay-per-use package cannot be unsubscribed.",
    "CBC.99003649": "The trial service cannot be unsubscribed.",
    "CBC.99003650": "The KooGallery service cannot be unsubscribed.",
    "CBC.99003651": "Another transaction of this resource is in progress. Try again later.",
    "CBC.99003652": "The DevCloud package cannot be unsubscribed.",
    "CBC.99003654": "A bandwidth add-on package exists. The renewed periods cannot be unsubscribed.",
    "CBC.99003656": "资源已被冻结，不允许退订。",
    "CBC.99006066": "Failed to query the handling fee.",
}
