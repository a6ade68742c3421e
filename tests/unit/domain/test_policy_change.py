"""What can be done instead of giving a resource up, and to which resources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason, blocked_reason
from unsub_tui.domain.guards import Guards, check_guards
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.policy_change import (
    ALTERNATIVES,
    blocked_reason_for_change,
    is_in_effect,
    policy_after,
    policy_after_undo_if_different,
)
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules

RULES = load_rules("intl")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
OFF, ON, PPU, NO_PPU = Action.AUTO_RENEW_OFF, Action.AUTO_RENEW_ON, Action.PAY_PER_USE, Action.PAY_PER_USE_OFF


def resource(policy: int | None = 0, **fields: object) -> Resource:
    """Return an ECS with this policy at its expiry."""
    facts: dict[str, object] = {
        "resource_id": UntrustedText("ecs-1"),
        "service_type_code": UntrustedText("hws.service.type.ec2"),
        "resource_type_code": UntrustedText("hws.resource.type.vm"),
        "expire_policy": policy,
    }
    return Resource(**{**facts, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "off", "on", "ppu", "no_ppu"),
    [
        (0, BlockedReason.AUTO_RENEWAL_OFF, None, None, BlockedReason.PAY_PER_USE_NOT_SET),
        (1, BlockedReason.AUTO_RENEWAL_OFF, None, BlockedReason.PAY_PER_USE_SET, None),
        (2, BlockedReason.AUTO_RENEWAL_OFF, None, None, BlockedReason.PAY_PER_USE_NOT_SET),
        (3, None, BlockedReason.AUTO_RENEWAL_ON, None, BlockedReason.PAY_PER_USE_NOT_SET),
        (4, BlockedReason.AUTO_RENEWAL_OFF, None, None, BlockedReason.PAY_PER_USE_NOT_SET),
        (99, BlockedReason.AUTO_RENEWAL_OFF, None, None, BlockedReason.PAY_PER_USE_NOT_SET),
        (None, None, None, None, None),
    ],
)
def test_what_is_so_already_is_refused(
    policy: int | None,
    off: BlockedReason | None,
    on: BlockedReason | None,
    ppu: BlockedReason | None,
    no_ppu: BlockedReason | None,
) -> None:
    """By the policy that the service tells; one that it does not tell hinders nothing."""
    one = resource(policy)
    assert [blocked_reason_for_change(action, one, RULES) for action in (OFF, ON, PPU, NO_PPU)] == [
        off,
        on,
        ppu,
        no_ppu,
    ]


@pytest.mark.parametrize(
    ("status", "off", "others"),
    [
        (Status.IN_USE, None, None),
        (Status.FROZEN, None, BlockedReason.FROZEN),
        (Status.EXPIRED, None, BlockedReason.EXPIRED),
        (Status.CLOSED, BlockedReason.CLOSED, BlockedReason.CLOSED),
        (77, BlockedReason.UNKNOWN_STATUS, BlockedReason.UNKNOWN_STATUS),
    ],
)
def test_status(status: int, off: BlockedReason | None, others: BlockedReason | None) -> None:
    """Expired and frozen ones can only be kept from renewing themselves (CBC.99003602, 610, 624)."""
    assert blocked_reason_for_change(OFF, resource(3, status=status), RULES) is off
    for action, policy in ((ON, 0), (PPU, 0), (NO_PPU, 1)):
        assert blocked_reason_for_change(action, resource(policy, status=status), RULES) is others


@pytest.mark.parametrize("site", ["intl", "eu", "cn"])
def test_packages_cannot_become_pay_per_use(site: str) -> None:
    """A rule as data, of each site; it keeps nobody from switching auto-renewal, or from cancelling."""
    package = resource(0, resource_type_code=UntrustedText("hws.resource.type.obspackage"))
    assert blocked_reason_for_change(PPU, package, load_rules(site)) is BlockedReason.NO_PAY_PER_USE
    assert blocked_reason_for_change(ON, package, load_rules(site)) is None
    vault = resource(
        0, resource_type_code=UntrustedText("x.package"), service_type_code=UntrustedText("hws.service.type.cbr")
    )
    assert blocked_reason_for_change(PPU, vault, load_rules(site)) is None


@pytest.mark.parametrize("site", ["intl", "eu", "cn"])
@pytest.mark.parametrize(
    ("service", "kind", "spec", "is_fixed"),
    [
        ("vpc", "ip", "5_bgp", True),
        ("rds", "rds.vm", "rds.mysql.x1.large.2.rr", True),
        ("rds", "rds.vm", "rds.pg.n1.large.2.rr.arm", True),
        ("rds", "rds.vm", "rds.mysql.x1.large.2.ha", False),
        ("rds", "rds.vm", "", False),
        ("vpc", "bandwidth", "19_share", False),
        ("ec2", "vm", "s6.large.rr", False),
    ],
)
def test_auto_renewal_of_addresses_and_read_replicas_is_fixed(
    site: str, service: str, kind: str, spec: str, *, is_fixed: bool
) -> None:
    """Neither on nor off, at any site; they can be unsubscribed from, and change to pay-per-use."""
    rules, fixed = load_rules(site), BlockedReason.NO_AUTO_RENEWAL_CHANGE if is_fixed else None
    one = resource(
        service_type_code=UntrustedText(f"hws.service.type.{service}"),
        resource_type_code=UntrustedText(f"hws.resource.type.{kind}"),
        resource_spec_code=UntrustedText(spec),
    )
    for policy, action, reason in ((3, OFF, fixed), (0, ON, fixed), (0, PPU, None), (1, NO_PPU, None)):
        assert blocked_reason_for_change(action, replace(one, expire_policy=policy), rules) is reason
    assert blocked_reason(one, rules, NOW) is None


def test_the_batch_list_does_not_matter() -> None:
    """Any service can be changed, many at once."""
    assert (
        blocked_reason_for_change(OFF, resource(3, service_type_code=UntrustedText("hws.service.type.dds")), RULES)
        is None
    )


def test_attached_and_unsafe_ones_are_refused() -> None:
    """Attached ones follow their main resource; an id that could lead elsewhere is never sent."""
    assert blocked_reason_for_change(OFF, resource(3, is_main_resource=False), RULES) is BlockedReason.ATTACHED
    assert (
        blocked_reason_for_change(OFF, resource(3, resource_id=UntrustedText("a/b")), RULES) is BlockedReason.UNSAFE_ID
    )


def test_the_same_rule_says_nothing_of_unsubscribing() -> None:
    """A rule about pay-per-use is not taken for one about refunds."""
    vm = resource(
        0, resource_type_code=UntrustedText("some.package"), service_type_code=UntrustedText("hws.service.type.cbr")
    )
    assert RULES.find_exclusion(vm) is None


@pytest.mark.parametrize("action", ALTERNATIVES)
def test_each_has_a_contrary(action: Action) -> None:
    """What it wants holds afterwards, and no longer after its contrary."""
    assert action.inverse is not None
    assert is_in_effect(action, policy_after(action))
    assert not is_in_effect(action, policy_after(action.inverse))
    assert not is_in_effect(action, None)


@pytest.mark.parametrize(
    ("action", "policy", "brings"),
    [
        (OFF, 3, None),
        (ON, 0, None),
        (ON, 1, ExpirePolicy.GRACE_PERIOD),
        (PPU, 3, ExpirePolicy.GRACE_PERIOD),
        (PPU, 0, None),
        (NO_PPU, 1, None),
        (Action.UNSUBSCRIBE, 0, None),
    ],
)
def test_undoing_is_not_always_as_before(action: Action, policy: int, brings: ExpirePolicy | None) -> None:
    """Where the contrary does not lead back to the policy of before, that is told."""
    assert policy_after_undo_if_different(action, policy) is brings


amounts = st.one_of(st.none(), st.decimals(min_value=0, max_value=10**6, places=2))


@given(
    action=st.sampled_from(ALTERNATIVES),
    refunds=st.lists(st.tuples(amounts, amounts, st.booleans()), min_size=1, max_size=5),
)
def test_plans_that_can_be_undone_have_no_risks(
    action: Action, refunds: list[tuple[Decimal | None, Decimal | None, bool]]
) -> None:
    """Nothing to tick, whatever they hold; the phrase is the count, no sum counts, and no limit of money binds."""
    items = tuple(
        PlanItem(
            resource=resource(resource_id=UntrustedText(f"ecs-{number}")),
            quote=Quote(
                kind=UnsubscriptionKind.IN_USE, amounts=Amounts(currency="USD", refund=refund, handling_fee=fee)
            ),
            is_hidden=hidden,
        )
        for number, (refund, fee, hidden) in enumerate(refunds)
    )
    account = AccountRef(account_id="a", alias="prod")
    plan = Plan(account=account, created=NOW, items=items, action=action, review_threshold=Decimal(0))
    assert plan.risks == ()
    assert plan.phrase == str(len(items))
    assert not plan.totals
    assert not check_guards(plan, Guards(max_amount=Decimal(0)))
    assert check_guards(plan, Guards(max_items=0))
