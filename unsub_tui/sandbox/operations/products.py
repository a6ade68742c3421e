"""Operations for services, resource types and measurement units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unsub_tui.sandbox.calls import ENGLISH, Call, Operation, Payload
from unsub_tui.sandbox.offers import RESOURCE_TYPES, SERVICES


class _Unit(NamedTuple):
    number: int
    english: str
    chinese: str
    abbreviation: str
    measure_type: int


_UNITS = (
    _Unit(1, "Currency unit", "元", "元", 1),
    _Unit(4, "Hour", "小时", "h", 2),
    _Unit(10, "GB (traffic)", "GB（流量）", "GB", 3),
    _Unit(11, "MB (traffic)", "MB（流量）", "MB", 3),
    _Unit(14, "Piece", "个", "个", 4),
    _Unit(15, "Mbit/s", "Mbps", "Mbps", 16),
    _Unit(17, "GB (disk)", "GB（硬盘）", "GB", 7),
    _Unit(19, "Year", "年", "年", 10),
    _Unit(20, "Month", "月", "月", 10),
    _Unit(24, "Day", "天", "天", 10),
    _Unit(25, "Hour (period)", "小时（周期）", "h", 10),
)


class _Ratio(NamedTuple):
    number: int
    reference: int
    ratio: int
    measure_type: int


_RATIOS = (_Ratio(10, 11, 1024, 3), _Ratio(19, 20, 12, 10), _Ratio(24, 25, 24, 10))


def service_types(call: Call) -> Payload:
    """Return a page of services, optionally filtered by a part of the name."""
    fields = call.parameters
    part = fields.text("service_type_name", min_length=1, max_length=128) or ""
    offset, limit = fields.page(max_limit=1000)
    fields.reject_unknown()
    language = call.language()
    rows: list[Payload] = [
        {
            "service_type_name": service.named(language),
            "service_type_code": service.code,
            "abbreviation": service.abbreviation,
        }
        for service in SERVICES.values()
        if part.lower() in service.named(language).lower()
    ]
    return _paged("service_types", rows, offset, limit)


def resource_types(call: Call) -> Payload:
    """Return a page of resource types."""
    fields = call.parameters
    offset, limit = fields.page(max_limit=1000)
    fields.reject_unknown()
    language = call.language()
    rows: list[Payload] = [
        {
            "resource_type_code": offer.code,
            "resource_type_name": offer.named(language),
            "resource_type_desc": "",
            "service_type_code": offer.service.code,
        }
        for offer in RESOURCE_TYPES.values()
    ]
    return _paged("resource_types", rows, offset, limit)


def service_resources(call: Call) -> Payload:
    """Return a page of the resource types of a service."""
    fields = call.parameters
    service = fields.text("service_type_code", min_length=1, max_length=64, required=True)
    offset, limit = fields.page(max_limit=100)
    fields.reject_unknown()
    language = call.language()
    rows: list[Payload] = [
        {
            "basic_info": {
                "resource_type_code": offer.code,
                "product_owner_service": offer.service.code,
                "name": offer.named(language),
                "description": "",
            }
        }
        for offer in RESOURCE_TYPES.values()
        if offer.service.code == service
    ]
    return _paged("infos", rows, offset, limit)


def measurements(call: Call) -> Payload:
    """Return the measurement units."""
    call.parameters.reject_unknown()
    english = call.language() == ENGLISH
    return {
        "measure_units": [
            {
                "measure_id": unit.number,
                "measure_name": unit.english if english else unit.chinese,
                "abbreviation": unit.abbreviation,
                "measure_type": unit.measure_type,
            }
            for unit in _UNITS
        ]
    }


def conversions(call: Call) -> Payload:
    """Return the conversion ratios between units."""
    wanted = call.parameters.number("measure_type", 1, 127)
    call.parameters.reject_unknown()
    return {
        "conversions": [
            {
                "measure_id": ratio.number,
                "ref_measure_id": ratio.reference,
                "conversion_ratio": ratio.ratio,
                "measure_type": ratio.measure_type,
            }
            for ratio in _RATIOS
            if wanted in (None, ratio.measure_type)
        ]
    }


def _paged(key: str, rows: Sequence[Payload], offset: int, limit: int) -> Payload:
    return {"total_count": len(rows), key: list(rows[offset : offset + limit])}


OPERATIONS = (
    Operation(name="service_types", method="GET", path="/v2/products/service-types", handler=service_types),
    Operation(name="resource_types", method="GET", path="/v2/products/resource-types", handler=resource_types),
    Operation(name="service_resources", method="GET", path="/v2/products/service-resources", handler=service_resources),
    Operation(name="measurements", method="GET", path="/v2/bases/measurements", handler=measurements),
    Operation(name="conversions", method="GET", path="/v2/bases/conversions", handler=conversions),
)
