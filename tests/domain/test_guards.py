from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.guards import Guards, check, is_protected
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import AccountRef, Plan, PlanItem
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.quote import Kind, Quote
from unsub_tui.domain.resource import Resource


def _resource(resource_id: str = "ecs-1", name: str = "Web-Prod-1") -> Resource:
    return Resource(
        resource_id=Foreign(resource_id),
        resource_name=Foreign(name),
        service_type_code=Foreign("hws.service.type.ec2"),
    )


def _plan(*amounts: Amounts, attached: tuple[Resource, ...] = ()) -> Plan:
    items = tuple(
        PlanItem(resource=_resource(f"ecs-{number}"), attached=attached, quote=Quote(kind=Kind.IN_USE, amounts=figures))
        for number, figures in enumerate(amounts)
    )
    return Plan(account=AccountRef(account_id="a"), created=datetime(2026, 1, 1, tzinfo=UTC), items=items)


def _usd(refund: int | None, paid: int | None = None) -> Amounts:
    return Amounts(
        currency="USD",
        refund=None if refund is None else Decimal(refund),
        paid=None if paid is None else Decimal(paid),
    )


@pytest.mark.parametrize("pattern", ["ecs-1", "ECS-*", "*prod*", "hws.service.type.EC2", "web-prod-[0-9]"])
def test_patterns_protect(pattern: str) -> None:
    """Id, name and service code are looked at, whatever the case."""
    assert is_protected(_resource(), Guards(protected=(pattern,)))


@pytest.mark.parametrize("pattern", ["ecs", "prod", "db-*", ""])
def test_patterns_match_as_a_whole(pattern: str) -> None:
    """A pattern without a star protects what is exactly so."""
    assert not is_protected(_resource(), Guards(protected=(pattern,)))


@pytest.mark.parametrize(
    ("guards", "amounts", "refused"),
    [
        (Guards(), [_usd(None)] * 100, 0),
        (Guards(), [_usd(1)] * 101, 1),
        (Guards(read_only=True), [_usd(1)], 1),
        (Guards(max_amount=Decimal(10)), [_usd(4), _usd(6)], 0),
        (Guards(max_amount=Decimal(10)), [_usd(4), _usd(7)], 1),
        (Guards(max_amount=Decimal(10)), [_usd(None, paid=11)], 1),
        (Guards(max_amount=Decimal(10)), [_usd(None, paid=9)], 0),
        (Guards(max_amount=Decimal(10)), [_usd(None)], 1),
        (Guards(max_amount=Decimal(10)), [_usd(9), replace(_usd(9), currency="EUR")], 0),
    ],
)
def test_limits(guards: Guards, amounts: list[Amounts], refused: int) -> None:
    """Items and money are limited; what is not known counts as paid, and as too much where that is not known."""
    problems = check(_plan(*amounts), guards)
    assert [problem.kind for problem in problems] == [ProblemKind.GUARD] * refused


def test_what_goes_along_is_protected_too() -> None:
    """An item whose attached resource is protected is refused."""
    plan = _plan(_usd(1), attached=(_resource("disk-9", "precious"),))
    (problem,) = check(plan, Guards(protected=("precious",)))
    assert "disk-9" in problem.detail
