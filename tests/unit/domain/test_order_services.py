from __future__ import annotations

import pytest

from unsub_tui.domain.order import Order, OrderAmounts
from unsub_tui.domain.resource import have_common_service
from unsub_tui.domain.untrusted_text import UntrustedText

EC2, EBS, RDS = "hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds"


@pytest.mark.parametrize(
    ("named", "services", "concerns"),
    [
        (EC2, (EC2,), True),
        (EC2, (EBS,), False),
        (f"{EBS},{EC2}", (EC2,), True),
        (f"{EBS}, {EC2}", (EC2,), True),
        (f" {EBS} ,{RDS}", (EC2,), False),
        (f"{EBS},{RDS}", (EC2, EBS), True),
        (f"{EBS};{EC2}", (EC2,), True),
        (f"{EBS} {EC2}", (EC2,), True),
        ("ebs, ec2", ("ec2",), True),
        ("EBS,EC2", ("ebs, ec2",), True),
        (EC2.upper(), (EC2,), True),
        (EC2, (EC2.upper(),), True),
        (EC2, (f"{EBS},{EC2}",), True),
        ("", (EC2,), True),
        (" , ", (EC2,), True),
        (EC2, (), False),
        (EC2, ("",), False),
        ("hws.service.type.ec", (EC2,), False),
    ],
)
def test_an_order_concerns_the_services_that_it_names(named: str, services: tuple[str, ...], *, concerns: bool) -> None:
    """Its service types are a list, blanks and case aside; one that names none can be about any."""
    order = Order(
        order_id="CS1",
        order_type=4,
        status=5,
        currency="USD",
        service_type_code=UntrustedText(named),
        amounts=OrderAmounts(),
    )
    assert order.concerns(*services) is concerns


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ((EC2, EBS), (f" {EBS.upper()}, {RDS}",), True),
        (("ebs, ec2",), ("EC2",), True),
        ((EC2,), (EBS, RDS), False),
        (("",), ("",), True),
    ],
)
def test_items_are_compared_like_orders(one: tuple[str, ...], other: tuple[str, ...], *, common: bool) -> None:
    """Two items of a crashed run compete for an order if their service types overlap, in whatever form they are."""
    assert have_common_service(one, other) is common
    assert have_common_service(other, one) is common
