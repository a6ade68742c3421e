"""A service that knows one purchase: lists, orders, bills in every form, coupons. Written from the API description."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from tests.agreement.estimate_oracle import Money, Owned, PaidLine, Purchase
from tests.support.stub_vendor import StubResponse, json_response

ACCOUNT, MASTER = "acc-1", "master-9"
COUPONS_EXPIRE = "2031-05-06T07:08:09Z"
_DOWNGRADE = "CS-downgrade"
_CHINA = timezone(timedelta(hours=8))
_SERVICES = {"vm": "hws.service.type.ec2", "volume": "hws.service.type.ebs"}
_ORDER_TYPES = {1: 1, 2: 2, 3: 3, 8: 2}
_CURRENCIES = {"cn": "CNY", "intl": "USD", "eu": "USD"}
Json = dict[str, Any]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, kw_only=True)
class BillForm:
    """How the service bills."""

    combination: str = "own"
    """`own`: a row for each resource; `parts`, `relations`: rows of the server that name the part in either field;
    `whole`: one row of the server for each order and period."""
    tax: str = ""
    """Rows of tax on the `resource`, on the `order`, or none."""
    is_paid_by_master: bool = False
    hides_last_day: bool = False
    """Whether payments of the last day are in no bill yet."""


@dataclass(frozen=True)
class BillingService:
    """Answers requests about a purchase."""

    purchase: Purchase
    form: BillForm

    def __call__(self, request: httpx.Request) -> StubResponse:
        """Answer a request."""
        path, asked = request.url.path, json.loads(request.content or b"{}") or dict(request.url.params)
        if path.endswith("/suscriptions/resources/query"):
            rows = [row for row in map(self._resource, self.purchase.owned) if self._is_of_order(row, asked)]
            return json_response({"total_count": len(rows), "data": rows})
        if path.endswith("/customer-orders"):
            rows = [row for row in self._orders() if _matches(row, asked)]
            return json_response({"total_count": len(rows), "order_infos": rows})
        if "/customer-orders/details/" in path:
            return self._order_details(path.rpartition("/")[2])
        if path.endswith("/res-records/query"):
            rows = [row for row in self._bill() if _is_asked_for(row, asked)]
            currency = _CURRENCIES[self.purchase.site]
            return json_response({"total_count": len(rows), "monthly_records": rows, "currency": currency})
        if path.endswith("/benefits/coupons"):
            row = {"coupon_type": 1, "order_id": asked["order_id"], "expire_time": COUPONS_EXPIRE}
            return json_response({"count": 1, "user_coupons": [row]})
        return json_response({"error_code": "CBC.0100", "error_msg": path}, 400)

    def _resource(self, owned: Owned) -> Json:
        main = self.purchase.owned[0]
        return {
            "id": f"row-{owned.resource}",
            "resource_id": owned.resource,
            "resource_name": owned.resource,
            "service_type_code": _SERVICES[owned.kind],
            "resource_type_code": f"hws.resource.type.{owned.kind}",
            "is_main_resource": int(owned is main),
            "parent_resource_id": None if owned is main else main.resource,
            "status": 2,
            "effective_time": _time(owned.effective),
            "expire_time": _time(owned.expire),
            "expire_policy": 0,
        }

    def _is_of_order(self, row: Json, asked: Json) -> bool:
        order = asked.get("order_id")
        its = {line.order for line in self.purchase.lines if line.resource == row["resource_id"]}
        return order is None or order in its or (order == _DOWNGRADE and row["is_main_resource"] == 1)

    def _orders(self) -> list[Json]:
        found = {}
        for line in self.purchase.lines:
            of_order = [each for each in self.purchase.lines if each.order == line.order]
            found[line.order] = {
                "order_id": line.order,
                "order_type": _ORDER_TYPES[line.bill_type],
                "status": 5,
                "service_type_code": ",".join(sorted({_SERVICES[self._owned(each).kind] for each in of_order})),
                "create_time": _time(line.paid_at),
                "payment_time": _time(line.paid_at),
                "currency": _CURRENCIES[self.purchase.site],
                "measure_id": 1,
                "agent_pay_info": {"paying_agent_id": MASTER, "is_agent_pay": self.form.is_paid_by_master},
                **_order_amounts(of_order),
            }
        if self.purchase.downgrade_end is not None:
            first = found[self.purchase.lines[0].order]
            created = _time(self.purchase.lines[0].paid_at + timedelta(hours=1))
            times = {"create_time": created, "payment_time": created}
            found[_DOWNGRADE] = {**first, **times, "order_id": _DOWNGRADE, "order_type": 3}
        return sorted(found.values(), key=lambda row: row["create_time"], reverse=True)

    def _order_details(self, order: str) -> StubResponse:
        lines = [
            {
                "order_line_item_id": f"{order}-{number}",
                "commercial_resource": f"hws.resource.type.{self._owned(line).kind}",
                "effective_time": _time(line.start),
                "expire_time": _time(line.end),
                "period_type": None if line.period is None else {19: 3, 20: 2}.get(line.period[0], 0),
                "period_num": None if line.period is None else line.period[1],
                **_order_amounts([line]),
            }
            for number, line in enumerate(self.purchase.lines)
            if line.order == order
        ]
        (info,) = [row for row in self._orders() if row["order_id"] == order]
        return json_response({"total_count": len(lines), "order_info": info, "order_line_items": lines})

    def _owned(self, line: PaidLine) -> Owned:
        return next(each for each in self.purchase.owned if each.resource == line.resource)

    def _bill(self) -> list[Json]:
        """Return all rows of all months."""
        rows: list[Json] = []
        for line in self._merged_lines():
            if self.form.hides_last_day and self.purchase.now - line.paid_at < timedelta(days=1):
                continue
            row = self._row(line, line.bill_type, line.paid_at)
            rows.append(row)
            if line.is_refunded:
                back = self._row(line, 4, line.paid_at + timedelta(hours=30))
                amounts = {name: -value for name, value in back.items() if name.endswith("_amount")}
                rows.append({**back, **amounts, "trade_id": f"{line.order}-back", "pre_order_id": line.order})
            if self.form.tax:
                names = (
                    "res_instance_id",
                    "root_resource_id",
                    "parent_resource_id",
                    "sub_resource_id",
                    "extend_params",
                )
                unnamed = dict.fromkeys(names) if self.form.tax == "order" else {}
                tax = {"bill_type": 15, "consume_amount": 1.5, "cash_amount": 1.5, "coupon_amount": 0}
                rows.append({**row, **tax, **unnamed})
        if self.purchase.downgrade_end is not None:
            first = self.purchase.lines[0]
            row = self._row(first, 20, first.paid_at + timedelta(hours=1))
            rows.append({**row, "trade_id": _DOWNGRADE, "consume_amount": -1.0, "cash_amount": -1.0})
        return rows

    def _merged_lines(self) -> list[PaidLine]:
        lines = list(self.purchase.lines)
        if self.form.combination != "whole":
            return lines
        merged: dict[tuple[object, ...], PaidLine] = {}
        for line in lines:
            key = (line.order, line.start, line.end)
            merged[key] = replace(merged[key], money=merged[key].money + line.money) if key in merged else line
        return list(merged.values())

    def _row(self, line: PaidLine, bill_type: int, posted: datetime) -> Json:
        server, combination = self.purchase.owned[0].resource, self.form.combination
        billed = server if combination in ("parts", "relations") else line.resource
        root = {"relative_resource_id": server, "relative_type": "ROOT"}
        return {
            "cycle": f"{posted.astimezone(_CHINA):%Y-%m}",
            "bill_type": bill_type,
            "customer_id": ACCOUNT,
            "payer_account_id": MASTER if self.form.is_paid_by_master else ACCOUNT,
            "cloud_service_type": _SERVICES["vm" if billed == server else "volume"],
            "res_instance_id": billed,
            "root_resource_id": server,
            "parent_resource_id": None if billed == server else server,
            "sub_resource_id": line.resource if combination == "parts" else None,
            "extend_params": (
                {"self_resource_id": line.resource, "relation_infos": [root]} if combination == "relations" else None
            ),
            "charge_mode": 1,
            "trade_id": line.order,
            "pre_order_id": None,
            "consume_time": _time(posted),
            "effective_time": _time(line.start),
            "expire_time": _time(line.end),
            "period_type": None if line.period is None else line.period[0],
            "period_num": None if line.period is None else line.period[1],
            "measure_id": 1,
            **_bill_amounts(line),
        }


def _matches(row: Json, asked: Mapping[str, Any]) -> bool:
    is_in_window = asked["create_time_begin"] <= row["create_time"] <= asked["create_time_end"]
    return is_in_window and all(str(row[key]) == asked[key] for key in ("order_type", "status") if asked.get(key))


def _is_asked_for(row: Json, asked: Mapping[str, Any]) -> bool:
    return all(row[key] == asked[key] for key in ("cycle", "res_instance_id", "cloud_service_type") if asked.get(key))


def _bill_amounts(line: PaidLine) -> Json:
    money = line.money
    parts = {
        "cash_amount": money.cash,
        "credit_amount": money.credit,
        "coupon_amount": money.coupon,
        "stored_card_amount": money.cards,
        "bonus_amount": money.bonus,
        "debt_amount": money.debt,
    }
    return {name: float(value) for name, value in {"consume_amount": sum(parts.values()), **parts}.items()}


def _order_amounts(lines: Sequence[PaidLine]) -> Json:
    paid = sum((line.money for line in lines), Money())
    return {
        "amount_after_discount": float(paid.cash + paid.credit + paid.debt + paid.bonus),
        "amount_info": {"coupon_amount": float(paid.coupon), "stored_card_amount": float(paid.cards)},
    }
