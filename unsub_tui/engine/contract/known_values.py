"""The names and values that may be in a capture as they are. Everything else is replaced (`redaction.py`)."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.domain.resource import SERVICE_PREFIX

TYPE_PREFIX = "hws.resource.type."

# Services and types that Huawei Cloud sells to everybody.
# fmt: off
_SERVICES = (
    "antiddos", "aad", "apig", "as", "bcs", "bms", "bss", "cbh", "cbr", "cc", "cce", "cdn", "cfw", "codearts", "cph",
    "css", "csbs", "dbss", "dc", "dcs", "dds", "deh", "devcloud", "dew", "dis", "dli", "dms", "drs", "dws", "ebs",
    "ec2", "elb", "er", "eip", "functiongraph", "ga", "gaussdb", "gaussdbformysql", "ges", "hss", "ief", "ims", "iotda",
    "kms", "live", "lts", "marketplace", "modelarts", "mrs", "natgateway", "nat", "nosql", "obs", "osm", "rds", "rms",
    "roma", "savingsplan", "sas", "scm", "secmaster", "sfs", "sfsturbo", "smn", "sms", "swr", "vbs", "vod", "vpc",
    "vpcep", "vpn", "waf", "workspace",
)
_TYPES = (
    "vm", "volume", "bandwidth", "ip", "rds.vm", "rds.volume", "rds.instance", "cce.cluster", "cce", "cbr", "dcs",
    "dcs2", "dcs3", "dds.vm", "dds.volume", "dds.instance", "waf", "natgateway", "nat", "obspackage", "pkg.obs",
    "marketplace", "devcloud", "codearts.pkg", "pm", "scm", "savingsplan", "osm.sp", "elb", "sfsturbo", "share",
    "dms.vm", "dms.volume", "dms.kafka", "gaussdb.vm", "gaussdb.volume", "dws.vm", "dws.node", "css.vm", "css.volume",
    "mrs.vm", "hss", "vpn", "dedicatedhost", "deh", "snapshot", "backup", "traffic", "cfw", "dbss", "cbh",
)
# fmt: on
SERVICES = frozenset(SERVICE_PREFIX + each for each in _SERVICES)
TYPES = frozenset(TYPE_PREFIX + each for each in _TYPES)
CURRENCIES = frozenset({"USD", "CNY", "EUR"})
PROJECTS = frozenset({"0", "null"})
"""Ids that stand for the default enterprise project, and for none."""

CODES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("service_type_code", "cloud_service_type", "sub_service_type_code", "category_code", "product_owner_service"),
        SERVICES,
    ),
    **dict.fromkeys(
        ("resource_type_code", "resource_Type_code", "resource_type", "sub_resource_type_code", "commercial_resource"),
        TYPES,
    ),
    "currency": CURRENCIES,
    "charging_mode": frozenset({"PRE_PAID", "POST_PAID"}),
    "method": frozenset({"oneself", "sub_customer", "all"}),
    "order_by": frozenset({"-createTime", "createTime"}),
    "id": PROJECTS,
    "enterprise_project_id": PROJECTS,
    "relative_type": frozenset({"0", "1", "ATTACH"}),
}
"""Values of texts that may pass, by field; several codes may be joined by commas."""

INTEGERS = frozenset(
    {
        *(
            "status",
            "status_list",
            "order_type",
            "is_main_resource",
            "only_main_resource",
            "expire_policy",
            "bill_type",
        ),
        *("charge_mode", "statistic_type", "period_type", "period_num", "measure_id", "spec_size_measure_id"),
        *("source_type", "subscription_num", "discount_mode"),
    }
)
"""Fields with codes and small numbers."""
MAX_INTEGER = 999
"""Larger numbers in these fields are replaced: they are no codes."""

COUNTS = frozenset({"total_count"})
MAX_COUNT = 10_000_000

AMOUNTS = frozenset(
    {
        *("adjustment_amount", "amount", "amount_after_discount", "bonus_amount", "cash_amount", "commission_amount"),
        *("consume_amount", "consumed_amount", "coupon_amount", "credit_amount", "debt_amount", "discount_amount"),
        *("flexipurchase_coupon_amount", "official_amount", "stored_card_amount"),
    }
)
"""Fields with amounts of money, which are scaled."""

SIZES = frozenset({"spec_size", "discount_ratio"})
"""Fields with other quantities, which are scaled by another factor: sizes are easy to guess."""

MONTHS = frozenset({"cycle"})
"""Fields with a billing month."""

ERROR_CODES = frozenset({"error_code"})

# fmt: off
TEXTS = frozenset({
    "account_name", "agent_pay_info", "amount_info", "az_code", "az_code_infos", "base_order_id", "base_product_info",
    "be_id", "bill_date", "cloud_service_type_name", "consume_time", "contract_id", "create_time", "create_time_begin",
    "create_time_end", "customer_id", "data", "discount_type", "discounts", "effective_time", "enterprise_project",
    "enterprise_project_name", "enterprise_projects", "error_msg", "expire_time", "extend_params",
    "include_zero_record", "is_agent_pay", "is_spot", "monthly_records", "name", "order_id", "order_info",
    "order_infos", "order_line_item_id", "order_line_item_ids", "order_line_items", "parent_resource_id",
    "payer_account_id", "paying_agent_id", "payment_time", "payment_type", "pending_payment_end_time", "pre_order_id",
    "product_id", "product_spec_desc", "project_id", "promotion_type", "refund_infos", "region", "region_code",
    "region_name", "relation_infos", "relative_resource_id", "res_instance_id", "resource_id", "resource_ids",
    "resource_name", "resource_spec_code", "resource_tag", "resource_type_name", "root_resource_id", "self_resource_id",
    "service_type_name", "sku_code", "sub_order_infos", "sub_resource_id", "sub_resource_name",
    "sub_resource_type_name", "sub_service_type_name", "trade_id", "update_time", "user_name",
})
# fmt: on
"""Further fields of Huawei Cloud's SDK 3.1.219 whose names may pass; their texts are replaced."""

NAMES = frozenset({*CODES, *INTEGERS, *COUNTS, *AMOUNTS, *SIZES, *MONTHS, *ERROR_CODES, *TEXTS})
"""Names of fields that may pass."""
