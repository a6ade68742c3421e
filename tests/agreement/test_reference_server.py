"""The program on a vendor that was written from the contract alone: what is listed, charged, refused and undone.

Commands run as processes where the way through them matters; the rest goes through the engine, with short waits.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.agreement.reference_stage import SHORT_POLICY, ReferenceStage
from tests.reference_server import ReferenceServer
from tests.reference_server.models import Resource
from tests.reference_server.server import VIEWS
from tests.support.connections import NO_DELAYS
from tests.support.effort import some
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.policy_change import ALTERNATIVES
from unsub_tui.domain.resource import Status
from unsub_tui.domain.run import Unit
from unsub_tui.domain.unit_state import State
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.pages.review import review_page
from unsub_tui.present.problems import problem_text

INCONCLUSIVE_CODES = {"CBC.0999", "CBC.30000067", "CBC.30010035", "CBC.99003012"}
"""Codes after which the resource may be gone by this request all the same."""
REFUSED_BEFORE = {
    "blk-3016-expired-ecs": "expired",
    "blk-3016-expired-eip": "expired",
    "blk-3016-frozen-in-retention": "expired",
    "blk-99003647-effective-package": "package_in_use",
    "blk-99003649-trial": "trial",
    "blk-99003100-unpaid-renewal": "unpaid_order",
    "blk-99003100-unpaid-change": "unpaid_order",
    "closed-status-3": "closed",
    "closed-disk-3": "closed",
    "odd-status-unknown": "unknown_status",
    "odd-status-closing": "status_changing",
    "odd-status-freezing": "status_changing",
    "odd-status-unfreezing": "status_changing",
}
"""What the program sees for itself and does not even ask for."""
FROZEN_FOR_ARREARS = "frozen-arrears-ecs"
"""Taken back everywhere but in China."""
UNKNOWN_FEE_RULES = {
    "intl": {"ecs-downgraded", "odd-term-18-months-first-year"},
    "eu": {"ecs-downgraded", "odd-term-18-months-first-year"},
    "cn": {
        *("ecs-downgraded", "ecs-upgraded", "web-prod-1", "web-prod-2", "web-prod-3", "cce-prod", "pend-1-year"),
        *("odd-term-30-months-first-year", "odd-term-18-months-first-year", "odd-term-18-months-second-year"),
        *("数据库-主库-订单中心", "rds-2year-second-year", "rds-3year", "eip-dedicated-a", "shared-bw-3eips"),
        "数据库-只读-报表",
    },
}
"""Whose refund nobody publishes: after a downgrade, between rows of other rates, for terms of years in China."""
BLOCKED_RENEWALS = {
    "blk2-99003185-changed-before-renewal": "changed",
    "blk2-99003185-disk-added-after-renewal": "attached_later",
    "blk2-99003128-no-renewal": "no_renewal",
    "blk2-99003128-renewal-in-effect": "no_renewal",
    "blk2-99003654-bandwidth-addon": "CBC.99003654",
    "blk2-99003645-promotion-renewal": "CBC.99003645",
    "blk2-99003651-transaction": "CBC.99003651",
}
"""What is told before, and what only the vendor knows."""
BEFORE = {Action.AUTO_RENEW_OFF: 3, Action.AUTO_RENEW_ON: 0, Action.PAY_PER_USE: 0, Action.PAY_PER_USE_OFF: 1}
AFTER = {Action.AUTO_RENEW_OFF: 0, Action.AUTO_RENEW_ON: 3, Action.PAY_PER_USE: 1, Action.PAY_PER_USE_OFF: 0}
"""Policies that each alternative finds and leaves."""


@pytest.fixture(params=["intl"])
def vendor(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[ReferenceServer]:
    """A new account with the documented rates, the environment that points there, a directory for files."""
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    with ReferenceServer(site=request.param, settle_seconds=0.2) as found:
        monkeypatch.setenv("UNSUB_ENDPOINT", found.endpoint)
        monkeypatch.setenv("UNSUB_SITE", request.param)
        monkeypatch.setenv("HUAWEICLOUD_SDK_AK", found.access_key)
        monkeypatch.setenv("HUAWEICLOUD_SDK_SK", found.secret_key)
        yield found


@pytest.fixture(params=["intl"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReferenceStage]:
    """The engine on an account that takes requests as fast as an engine without waits sends them."""
    with ReferenceServer(site=request.param, settle_seconds=0.2, rate_factor=1000) as vendor:
        yield ReferenceStage(vendor, tmp_path / "state", NO_DELAYS)


SITES = ["intl", "cn", "eu"]


def primary_names(vendor: ReferenceServer, wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return names of main resources by their ids."""
    found = vendor.account.resources.values()
    return {each.resource_id: each.name or "" for each in found if not each.parent and wanted(each.name or "")}


def refund_tolerance(vendor: ReferenceServer, since: datetime, resource_id: str) -> Decimal:
    """Return how far a charge may be from its quote: the site's last place for each payment that is rounded.

    Of each payment the consumed amount and the fee are rounded, to half a place each. Where an hour ended in between,
    one more was consumed.
    """
    payments = [
        each.payment
        for order in vendor.account.orders.values()
        for each in order.refunds
        if each.payment.is_refunded and resource_id in family_ids(each.payment.resource)
    ]
    hours = int(datetime.now(UTC).timestamp()) // 3600 - int(since.timestamp()) // 3600
    paid = sum((each.paid for each in payments), Decimal(0))
    return len(payments) * vendor.account.pricing.step + hours * paid / (28 * 24)


def family_ids(resource: Resource) -> set[str]:
    """Return the ids of a resource and its primary resource, to which it belongs also after both are closed."""
    return {resource.resource_id, *([resource.parent.resource_id] if resource.parent else [])}


def write_plan(vendor: ReferenceServer, *names: str) -> tuple[list[str], str]:
    """Write `plan.json` of these; return their ids, and the phrase that confirms it."""
    found = list(primary_names(vendor, names.__contains__))
    result = run_program("plan", *found, "-o", "plan.json")
    assert result.returncode == ExitCode.OK, result.stderr
    return found, phrase_of("plan.json")


def phrase_of(plan_file: str) -> str:
    """Return the phrase that the review of a plan file ends with."""
    shown = run_program("apply", plan_file)
    assert shown.returncode == ExitCode.OK, shown.stderr
    return shown.stdout.splitlines()[-1].removeprefix("confirm: ")


def test_a_plan_from_the_command_to_the_orders(vendor: ReferenceServer) -> None:
    """`plan`, `apply`, `orders`: what was quoted, what came back, and what the vendor's orders say are one figure."""
    names = ("web-prod-2", "rds-2year-second-year", "new-ecs-2days", "blk-3002-locked-cc-bandwidth-bound")
    begun = datetime.now(UTC)
    found, phrase = write_plan(vendor, *names)
    done = run_program("apply", "plan.json", "--keep-going", "--confirm", phrase, "--format", "json")
    assert done.returncode == ExitCode.SOME_FAILED, done.stderr
    items = {each["resource_name"]: each for each in json.loads(done.stdout)["items"]}
    assert items["blk-3002-locked-cc-bandwidth-bound"]["error_code"] == "CBC.3002"
    orders = {each["order_id"]: each for each in json.loads(run_program("orders", "--format", "json").stdout)["orders"]}
    for name in names[:3]:
        item = items[name]
        order = orders[item["order_id"]]
        assert (item["outcome"], order["origin"]) == ("settled", "ours")
        exact = {key: Decimal(item["exact"][key]) for key in ("refund", "consumed", "handling_fee")}
        close = refund_tolerance(vendor, begun, item["resource_id"])
        assert abs(exact["refund"] - Decimal(item["estimate"]["refund"])) <= close
        assert {key: Decimal(order[key]) for key in exact} == exact
        shown = json.loads(run_program("orders", item["order_id"], "--format", "json").stdout)
        assert sum(Decimal(each["back"]) for each in shown["by_original_order"]) == exact["refund"]
    assert Counter(vendor.unsubscribed_ids()) == Counter(found)


def test_reference_server_imports_nothing_from_the_package() -> None:
    """The vendor's modules import the standard library and each other; estates are generated with hypothesis."""
    place = Path(sys.modules[ReferenceServer.__module__].__file__ or "").parent
    imported = {
        name
        for path in place.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
    }
    own = {each for each in imported if each.startswith("tests.reference_server")}
    assert own
    assert {each.partition(".")[0] for each in imported - own} <= {*sys.stdlib_module_names, "hypothesis"}


def _imported(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.ImportFrom):
        assert not node.level
        return [node.module or ""]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("vendor", SITES, indirect=True)
def test_every_resource_is_listed(vendor: ReferenceServer) -> None:
    """Each with its name, status, policy and main resource, however odd these are; not what was closed long ago."""
    result = run_program("list", "--format", "json")
    assert result.returncode == ExitCode.OK, result.stderr
    rows = {each["resource_id"]: each for each in json.loads(result.stdout)["resources"]}
    listed = {key: found for key, found in vendor.account.resources.items() if found.status != Status.CLOSED}
    assert set(rows) == set(listed)
    for key, found in listed.items():
        row = rows[key]
        assert row["resource_name"] == (found.name or "")
        assert (row["status"], row["expire_policy"]) == (found.status, found.policy)
        assert row["parent_resource_id"] == (found.parent.resource_id if found.parent else None)
        assert datetime.fromisoformat(row["expire_time"]) == found.expires


def check_charged(stage: ReferenceStage, plan: Plan, unit: Unit) -> None:
    """See that an item is gone, and that what came back is what was quoted."""
    quoted, charged = unit.estimate, unit.exact
    assert unit.state is State.SETTLED, (unit.resource_name, unit.problem)
    assert charged is not None
    assert charged.refund is not None
    if quoted is not None and quoted.refund is not None:
        assert abs(charged.refund - quoted.refund) <= refund_tolerance(stage.vendor, plan.created, unit.resource_id)
    order = stage.vendor.account.orders[unit.order_id or ""]
    assert charged.refund == sum(each.amount for each in order.refunds)


def check_refused(name: str, unit: Unit) -> None:
    """See that an item has the code of its name, ended as that proves or proves nothing, and says what to do."""
    code = "CBC.99003656" if name == FROZEN_FOR_ARREARS else f"CBC.{name.split('-')[1]}"
    assert unit.problem is not None
    assert unit.problem.code.raw == code
    assert unit.state is (State.UNKNOWN if code in INCONCLUSIVE_CODES else State.REJECTED)
    assert unit.exact is None
    words = problem_text(unit.problem)
    assert code in words
    assert code == "CBC.0999" or not words.startswith("Huawei Cloud responded with an error")


@pytest.mark.parametrize("stage", some(SITES, 1), indirect=True)
async def test_charged_as_quoted_or_refused_and_nothing_asked_twice(stage: ReferenceStage) -> None:
    """All that can go in a batch, in one run: what nothing forbids comes back to the last place of its quote."""
    names = primary_names(stage.vendor, lambda _: True)
    plan = await stage.plan(list(names))
    units = await stage.run(plan)
    not_taken = {FROZEN_FOR_ARREARS} if stage.site == "cn" else set()
    refused = [each for each in units if (name := names[each.resource_id]).startswith("blk-") or name in not_taken]
    charged = [each for each in units if each not in refused]
    assert (len(refused), len(charged)) == (16 + len(not_taken), 54 - len(not_taken))
    for unit in refused:
        check_refused(names[unit.resource_id], unit)
    for unit in charged:
        check_charged(stage, plan, unit)
    unknown = {names[each.resource_id] for each in charged if each.estimate and each.estimate.refund is None}
    assert unknown == UNKNOWN_FEE_RULES[stage.site]
    asked = Counter(stage.vendor.unsubscribed_ids())
    assert asked == Counter(each.resource_id for each in units)


async def test_nodes_of_a_pool_are_asked_for_one_by_one(stage: ReferenceStage) -> None:
    """Rows do not tell that a server is a node: its name does. Each has a request of its own; the pool is named."""
    ids = stage.ids("cce-prod-nodepool-39021-p3e7y", "cce-prod-nodepool-39021-q8r2t")
    plan = await stage.plan(ids)
    text = " ".join(each.text for each in review_page(plan, (), (), plan.created))
    assert "May be CCE nodes: 2 by their names: cce-prod-nodepool-39021-p3e7y, cce-prod-nodepool-39021-q8r2t" in text
    assert "A node pool may create new nodes for those that are unsubscribed" in text
    assert [each.state for each in await stage.run(plan)] == [State.SETTLED] * 2
    asked = [each.ids for each in stage.vendor.seen_requests if each.path.endswith("/unsubscribe")]
    assert [list(each) for each in asked] == [[each] for each in ids]


async def test_parts_of_combined_services_are_charged_as_quoted(stage: ReferenceStage) -> None:
    """The bill of a server has the rows of its disks: what comes back is what was quoted, and none is unknown."""
    stage.vendor.account.has_combined_bills = True
    names = primary_names(stage.vendor, lambda name: name.startswith(("web-", "ecs-monthly", "combined-", "new-ecs")))
    plan = await stage.plan(list(names))
    assert sum(len(item.attached) for item in plan.items) > 8
    assert all(item.quote.amounts.refund is not None for item in plan.items)
    for unit in await stage.run(plan):
        check_charged(stage, plan, unit)


async def test_who_paid_is_named(stage: ReferenceStage) -> None:
    """Another account pays for everything: the refund of each item goes there, and no figure is another one."""
    ids = list(primary_names(stage.vendor, lambda name: name.startswith(("web-", "new-ecs"))))
    alone = await stage.plan(ids)
    stage.vendor.account.payer_id = "master-account"
    paid = await stage.plan(ids)
    assert [item.quote.amounts.paid for item in paid.items] == [item.quote.amounts.paid for item in alone.items]
    assert all("paid by account master-account" in facts_text(item.quote.notes) for item in paid.items)
    assert not any("paid by account" in facts_text(item.quote.notes) for item in alone.items)


@pytest.mark.parametrize(("days", "said"), [(400, "valid until "), (0.1, "but they had expired by ")])
async def test_expiry_of_returned_coupons(stage: ReferenceStage, days: float, said: str) -> None:
    """It is read by the order that took the coupon, and the coupon comes back on the bill."""
    stage.vendor.account.coupon_days = days
    (item,) = (await stage.plan(stage.ids("inactive-ecs-in-3-days"))).items
    assert f"coupons of 20.00 {item.quote.amounts.currency} are returned, {said}" in facts_text(item.quote.notes)


@pytest.mark.parametrize("stage", some(["intl", "cn"], 1), indirect=True)
async def test_debt_is_charged_as_quoted(stage: ReferenceStage) -> None:
    """A post-paid account owes instead of paying cash: quoted as if it were paid; no figure on the China site."""
    stage.vendor.account.is_postpaid = True
    names = primary_names(stage.vendor, lambda name: name.startswith(("web-", "ecs-monthly")))
    plan = await stage.plan(list(names))
    owed = [item for item in plan.items if "billed as debt" in facts_text(item.quote.notes)]
    unknown = [item for item in plan.items if item.quote.amounts.refund is None]
    assert (bool(owed), bool(unknown)) == (stage.site != "cn", stage.site == "cn")
    for unit in await stage.run(plan):
        check_charged(stage, plan, unit)


async def test_bills_of_members_are_left_alone(stage: ReferenceStage) -> None:
    """With more members than the vendor answers for at once, what the account itself bought is quoted as before."""
    names = primary_names(stage.vendor, lambda name: name.startswith(("web-", "ecs-")))
    alone = await stage.plan(list(names))
    assert any(item.quote.amounts.refund for item in alone.items)
    stage.vendor.account.members = 1001
    among = await stage.plan(list(names))
    assert [item.quote.amounts.paid for item in among.items] == [item.quote.amounts.paid for item in alone.items]


@pytest.mark.long
async def test_rate_refusals_are_retried(vendor: ReferenceServer, tmp_path: Path) -> None:
    """Requests that the vendor refuses for the rate are repeated later, and none is carried out twice."""
    stage = ReferenceStage(vendor, tmp_path / "state")
    names = primary_names(
        vendor, lambda name: name.startswith(("web-", "ecs-", "rds-", "cce-", "eip-", "shared-", "combined-"))
    )
    units = await stage.run(await stage.plan(list(names)))
    assert len(units) > 15
    assert {each.state for each in units} == {State.SETTLED}
    assert Counter(vendor.unsubscribed_ids()) == Counter(list(names))


async def test_what_goes_only_alone(stage: ReferenceStage) -> None:
    """One plan each: charged as quoted, also after a review; refused; or kept because the vendor's staff say so."""
    names = primary_names(stage.vendor, lambda _: True)
    together = await stage.plan(list(names))
    alone = [each.resource.id for each in together.refused if each.reason == "not_batch_eligible"]
    assert len(alone) == 15
    for key in alone:
        plan = await stage.plan([key])
        if names[key] == "blk-99003652-devcloud":  # its type ends with `pkg`: nobody knows whether it comes back
            assert [item.quote.amounts.refund for item in plan.items] == [None]
        for unit in await stage.run(plan) if plan.items else ():
            check_alone(stage, plan, unit, names[key])


def check_alone(stage: ReferenceStage, plan: Plan, unit: Unit, name: str) -> None:
    """See that an item outside the batch list was refused, not approved by the vendor's staff, or charged."""
    if name == "big-refund-review-rejected":
        assert (unit.state, unit.exact) == (State.ORDER_FAILED, None)
        assert unit.resource_id in stage.vendor.account.resources
    elif name.startswith("blk-"):
        check_refused(name, unit)
    else:
        check_charged(stage, plan, unit)


async def test_queue_mode_takes_them_in_one_run(stage: ReferenceStage) -> None:
    """Services outside the batch list beside those on it: a request each, one after the other, and no other end."""
    names = primary_names(stage.vendor, lambda _: True)
    together = await stage.plan(list(names))
    alone = [each.resource.id for each in together.refused if each.reason == "not_batch_eligible"]
    ids = [*alone, together.items[0].id]

    plan = await stage.plan(ids, one_by_one=True)

    unpaid = {each.resource.id for each in plan.refused if each.reason == "unpaid_order"}
    assert len(unpaid) == len(plan.refused) == 1
    ids = [each for each in ids if each not in unpaid]
    assert [item.id for item in plan.items] == ids
    units = await stage.run(plan)
    for unit in units:
        check_alone(stage, plan, unit, names[unit.resource_id])
    assert list(dict.fromkeys(stage.vendor.unsubscribed_ids())) == ids


@pytest.mark.parametrize(("seconds", "state"), [(0.5, State.SETTLED), (1e6, State.REJECTED)])
async def test_another_transaction_is_waited_for(stage: ReferenceStage, seconds: float, state: State) -> None:
    """It ends within the bound, and the resource goes; or it does not, and nothing was done."""
    ids = stage.ids("blk-99003651-transaction")
    stage.vendor.account.resources[ids[0]].block_seconds = seconds
    policy = replace(SHORT_POLICY, busy_delay_seconds=0.4, busy_wait_seconds=2)

    (unit,) = await stage.run(await stage.plan(ids), policy)

    assert unit.state is state
    assert (ids[0] in stage.vendor.account.resources) == (state is State.REJECTED)
    assert len(stage.vendor.unsubscribed_ids()) > 1


async def test_what_is_seen_to_be_refused_is_not_asked_for(stage: ReferenceStage) -> None:
    """Expired, closed, odd, on trial, in an unpaid order: told with the reason, one by one as well."""
    for name, reason in REFUSED_BEFORE.items():
        plan = await stage.plan(stage.ids(name))
        assert ([each.reason.value for each in plan.refused], plan.items) == ([reason], ()), name
    assert not stage.vendor.unsubscribed_ids()


async def test_renewed_periods_come_back_and_the_resource_stays(stage: ReferenceStage) -> None:
    """Whole and without a fee; the expiry is then the one that was told before."""
    names = primary_names(stage.vendor, lambda name: name.startswith("pend-"))
    plan = await stage.plan(list(names), Action.RENEWAL)
    assert len(plan.items) == 4
    for item, unit in zip(plan.items, await stage.run(plan), strict=True):
        assert unit.state is State.SETTLED
        assert unit.exact is not None
        assert unit.exact.refund == item.quote.amounts.refund == item.quote.amounts.paid
        left = stage.vendor.account.resources[unit.resource_id]
        assert (left.status, left.expires) == (2, item.new_expiry)
        assert {each.expires for each in left.with_attached} == {item.new_expiry}
    assert Counter(stage.vendor.unsubscribed_ids()) == Counter(list(names))


async def test_each_blocker_of_a_renewed_period(stage: ReferenceStage) -> None:
    """What orders show is told before; the rest is the vendor's refusal, and changes nothing."""
    names = primary_names(stage.vendor, lambda name: name.startswith("blk2-"))
    before = {key: stage.vendor.account.resources[key].expires for key in names}
    plan = await stage.plan(list(names), Action.RENEWAL)
    ends = {names[each.resource.id]: each.reason.value for each in plan.refused}
    for unit in await stage.run(plan):
        assert unit.state is State.REJECTED
        assert unit.problem is not None
        ends[names[unit.resource_id]] = unit.problem.code.raw
    assert ends == BLOCKED_RENEWALS
    assert {key: stage.vendor.account.resources[key].expires for key in names} == before


@pytest.mark.parametrize("action", some(ALTERNATIVES, 2), ids=some([each.value for each in ALTERNATIVES], 2))
def test_each_alternative_done_and_undone(vendor: ReferenceServer, action: Action) -> None:
    """`plan --kind` and `apply`, then the contrary: policies of main and attached ones are as they were told."""
    names = primary_names(vendor, lambda name: name.startswith(("web-prod", "cbr-")))
    found = [one for key in names for one in vendor.account.resources[key].with_attached]
    for each in found:
        each.policy = BEFORE[action]
    assert action.inverse is not None
    for kind, policy in ((action, AFTER[action]), (action.inverse, BEFORE[action])):
        planned = run_program("plan", *names, "--kind", kind.value, "-o", f"{kind.value}.json")
        assert planned.returncode == ExitCode.OK, planned.stderr
        done = run_program("apply", f"{kind.value}.json", "--confirm", phrase_of(f"{kind.value}.json"))
        assert done.returncode == ExitCode.OK, done.stderr
        assert {each.policy for each in found} == {policy}
    changed = [each for each in vendor.seen_requests if "autorenew" in each.path or "to-on-demand" in each.path]
    assert Counter(one for each in changed for one in each.ids) == Counter([*names, *names])
    assert not vendor.unsubscribed_ids()


@pytest.mark.parametrize("stage", ["cn"], indirect=True)
async def test_pay_per_use_immediately(stage: ReferenceStage) -> None:
    """Each has its own end: done, after an approval, not approved, refused; nothing is asked twice, nothing claimed.

    The vendor has no refund rows for such an order and does not say its fee: the amount is unknown, the bill tells it.
    """
    taken = ("ecs-quarterly-manual", "cbr-vault-1", "eip-dedicated-b", "big-refund-reviewed")
    names = primary_names(stage.vendor, lambda name: name in (*taken, "big-refund-review-rejected", "dcs-cache"))
    (blocked,) = stage.ids("dcs-cache")
    stage.vendor.account.resources[blocked].pay_per_use_block = "CBC.99003608"
    plan = await stage.plan(list(names), Action.PAY_PER_USE_NOW)
    units = {names[each.resource_id]: each for each in await stage.run(plan)}
    assert units.pop("dcs-cache").state is State.REJECTED
    rejected = units.pop("big-refund-review-rejected")
    assert rejected.state is State.ORDER_FAILED
    assert rejected.resource_id in stage.vendor.account.resources
    for name, unit in units.items():
        assert unit.state is State.SETTLED, (name, unit.problem)
        assert unit.resource_id not in stage.vendor.account.resources
        order = stage.vendor.account.orders[unit.order_id or ""]
        assert order.order_type == 10
        assert unit.exact is not None
        assert unit.exact.refund is None
        assert unit.breakdown is not None
        refunded = sum(each.refunded for each in unit.breakdown.by_resource)
        assert refunded in (0, sum(each.amount for each in order.refunds))  # the bill may be late
    asked = [each.ids for each in stage.vendor.seen_requests if each.path.endswith("/instantly")]
    assert Counter(asked) == Counter((each,) for each in names)
    assert not stage.vendor.unsubscribed_ids()


async def test_auto_renewal_of_addresses_and_read_replicas_is_fixed(stage: ReferenceStage) -> None:
    """The program asks for neither; the vendor would refuse both."""
    names = primary_names(stage.vendor, lambda name: name in ("eip-dedicated-a", "数据库-只读-报表", "cbr-vault-1"))
    for action in (Action.AUTO_RENEW_OFF, Action.AUTO_RENEW_ON):
        for key in names:
            stage.vendor.account.resources[key].policy = BEFORE[action]
        plan = await stage.plan(list(names), action)
        assert {names[each.resource.id]: each.reason for each in plan.refused} == dict.fromkeys(
            ("eip-dedicated-a", "数据库-只读-报表"), BlockedReason.NO_AUTO_RENEWAL_CHANGE
        )
        assert [each.state for each in await stage.run(plan)] == [State.SETTLED]


def test_a_policy_of_the_organization_binds_the_owner(vendor: ReferenceServer) -> None:
    """What it does not allow is denied, by `doctor` and by a run, with its own advice; nothing is done."""
    (found,), phrase = write_plan(vendor, "disk-5days-1h")
    vendor.service_control_policy = frozenset(VIEWS)
    refused = run_program("apply", "plan.json", "--confirm", phrase)
    assert refused.returncode == ExitCode.SOME_FAILED, refused.stderr
    assert "Ask the organization's administrator" in refused.stderr
    assert found in vendor.account.resources
    vendor.service_control_policy = frozenset({"billing:subscription:view"})
    shown = run_program("doctor")
    assert shown.returncode == ExitCode.CREDENTIALS
    assert "Denied by a service control policy of the organization" in " ".join(shown.stdout.split())
    assert "A policy to paste" not in shown.stdout


def test_keys_without_the_permission(vendor: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The permission is named, nothing is lost, and who has it is still offered the same plan."""
    (found,), phrase = write_plan(vendor, "disk-5days-1h")
    with monkeypatch.context() as others:
        others.setenv("HUAWEICLOUD_SDK_AK", vendor.viewer.access_key)
        others.setenv("HUAWEICLOUD_SDK_SK", vendor.viewer.secret_key)
        refused = run_program("apply", "plan.json", "--confirm", phrase)
    assert refused.returncode == ExitCode.SOME_FAILED, refused.stderr
    assert "billing:subscription:unsubscribe" in refused.stderr
    assert "bss:unsubscribe:update" in refused.stderr
    assert found in vendor.account.resources
    again = run_program("apply", "plan.json")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (ExitCode.OK, f"confirm: {phrase}")
