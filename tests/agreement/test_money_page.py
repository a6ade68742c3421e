"""Every worked example of the money page, computed anew."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from unsub_tui.domain.estimate import EstimateInputs, QuotaState, estimate
from unsub_tui.domain.fee_history import FeeHistory, derive_fees
from unsub_tui.domain.money import FIGURES
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, OrderStatus, OrderType
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.fact_texts import facts_text

PAGE = Path(__file__).parents[2] / "docs" / "money.md"
BLOCKS = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)]
CENT = Decimal("0.01")


def payments(example: dict[str, Any]) -> list[Payment]:
    """Return the bill rows of an example; a period is the resource's where it is not said."""
    resource = example["resource"]
    return [
        Payment(
            resource_id="disk-1",
            order_id=f"CS{number}",
            bill_type=BillType(row.get("bill", "purchase")),
            currency="USD",
            payable=Decimal(row["payable"]),
            coupon=Decimal(row.get("coupon", "0")),
            paid_at=None,
            term_start=row.get("start", resource["effective"]),
            term_end=row.get("end", resource["expire"]),
            period_months=row["months"],
        )
        for number, row in enumerate(example["paid"])
    ]


def observed_fees(example: dict[str, Any]) -> FeeHistory:
    """Return what the example's past order teaches."""
    lesson = example.get("lesson")
    if lesson is None:
        return FeeHistory()
    charged: datetime = lesson["charged"]
    amounts = OrderAmounts(
        net=Decimal(lesson["net"]), commission=Decimal(lesson["fee"]), consumed=Decimal(lesson["consumed"])
    )
    line = OrderLine(
        line_id="1",
        amounts=amounts,
        effective_time=charged.replace(month=charged.month - 1, day=15),
        expire_time=charged.replace(day=15),
    )
    order = Order(
        order_id=lesson["order"],
        order_type=OrderType.UNSUBSCRIPTION,
        status=OrderStatus.COMPLETED,
        currency="CNY",
        create_time=charged,
        amounts=amounts,
        lines=(line,),
    )
    learned = derive_fees([order])
    assert [(each.fee_table_row, each.years_used) for each in learned.fees] == [(lesson["row"], lesson["years"])]
    return learned


def test_the_page_has_examples() -> None:
    """For each kind at least one."""
    assert {block["quote"]["kind"] for block in BLOCKS} == {"in_use", "inactive", "five_day"}


@pytest.mark.parametrize("example", BLOCKS, ids=lambda block: f"{block['site']} {block['now']:%Y-%m-%dT%H}")
def test_an_example_of_the_page(example: dict[str, Any]) -> None:
    """The figures of the page are what the program computes, to the cent."""
    resource = Resource(
        resource_id=UntrustedText("disk-1"),
        effective_time=example["resource"]["effective"],
        expire_time=example["resource"]["expire"],
    )
    basis = EstimateInputs(
        rules=load_rules(example["site"]),
        now=example["now"],
        fee_history=observed_fees(example),
        quota=QuotaState[example.get("quota", "unsure").upper()],
    )
    quote = estimate([resource], payments(example), basis)
    expected = dict(example["quote"])
    assert quote.kind == expected.pop("kind")
    for name in expected.pop("unknown", []):
        assert getattr(quote.amounts, name) is None
        assert quote.missing
    if bounds := expected.pop("bounds", None):
        assert "between {} and {} USD".format(*bounds) in facts_text(quote.missing)
    for name, figure in expected.items():
        found = getattr(quote.amounts if name in FIGURES else quote, name)
        assert found is not None, name
        assert found.quantize(CENT) == Decimal(figure).quantize(CENT), name
