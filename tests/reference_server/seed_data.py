"""What the account begins with: ordinary resources, odd ones, and one for each refusal, named after its code."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reference_server import timestamps
from tests.reference_server.account_state import AccountState
from tests.reference_server.catalog import PROJECTS, REGIONS
from tests.reference_server.models import CANCELLED, CHANGE, PURCHASE, TRIAL, UNPAID, Refusal, Resource

_Attached = tuple[str, str | None, dict[str, Any]]
_PAY_PER_USE = {"pkg": "CBC.99003611", "mkt": "CBC.99003608", "sp": "CBC.99003609", "scm": "CBC.99003609"}
"""Why such resources cannot become pay-per-use."""
_REFUSED = (
    ("vm", "3002-locked-cc-bandwidth-bound", "w200"),
    ("scm", "3006-ssl-certificate", "w200"),
    ("vm", "0999-internal-error", "whole"),
    ("sp", "30000053-savings-plan", "whole"),
    ("vm", "30000067-not-synchronised", "whole"),
    ("vol", "30010035-already-deleted", "whole"),
    ("vol", "99003012-id-unknown-to-billing", "whole"),
    ("vm", "99003185-solution-part", "whole"),
    ("mkt", "99003643-invoiced", "fail"),
    ("vm", "99003643-partner-paid-invoiced", "whole"),
    ("vm", "99003645-promotion-bundle", "w200"),
    ("osm", "99003645-support-plan-used", "whole"),
    ("vm", "99003645-standard-sales-contract", "fail"),
    ("pkg", "99003647-effective-package", "whole"),
    ("vm", "99003649-trial", "fail"),
    ("mkt", "99003650-koogallery", "whole"),
    ("vm", "99003651-transaction", "fail"),
    ("vm", "99003651-special-request-review", "fail"),
    ("rds", "99003651-restore", "whole"),
    ("dev", "99003652-devcloud", "whole"),
    ("cce", "99006066-fee-query-failed", "whole"),
)


def seed_account(account: AccountState) -> AccountState:
    """Fill an account."""
    _servers(account)
    _services(account)
    _odd(account)
    _odd_terms(account)
    _young(account)
    _renewed(account)
    _expired_and_frozen(account)
    _refused(account)
    _unpaid(account)
    _renewals_refused(account)
    _history(account)
    _changing(account)
    return account


def _disk(name: str, size: int = 40) -> _Attached:
    return "vol", name, {"size": Decimal(size), "description": f"通用型SSD | {size}GB"}


def _servers(account: AccountState) -> None:
    """Three servers in one order, whose lines carry a quantity; renewals of many months; changes; a combined order."""
    order = account.add_order(PURCHASE, timestamps.days_ago(214))
    for number in (1, 2, 3):
        name = f"web-prod-{number}"
        disks = [_disk(f"{name}-volume-0000"), _disk(f"{name}-volume-0001", 100)]
        where: dict[str, Any] = {"region": REGIONS[account.site][0], "project": PROJECTS[1]}
        found = account.buy("vm", name, 214, years=1, order=order, policy=3, coupon=20, attached=disks, **where)
    _use(account, found)
    system = [_disk("ecs-monthly-auto-sys")]
    monthly = account.buy("vm", "ecs-monthly-auto", 430, months=1, attached=system, on_credit=True, policy=3)
    while monthly.expires < timestamps.now() + timedelta(days=7):
        account.renew(monthly, months=1, automatic=True, on_credit=True)
    quarterly = account.buy("vm", "ecs-quarterly-manual", 300, months=3)
    while quarterly.expires < timestamps.now():
        account.renew(quarterly, months=3, coupon=5)
    account.upgrade(account.buy("vm", "ecs-upgraded", 150, years=1), 60, "88.88")
    account.downgrade(account.buy("vm", "ecs-downgraded", 200, years=1), 50, "61.20")
    top = account.add_order(PURCHASE, timestamps.days_ago(66))
    for short, name, attached in (
        ("vm", "combined-order-ecs", _disk("combined-ecs-sys")),
        ("ip", "combined-order-eip", ("bw", "combined-bw", {})),
    ):
        order = account.add_order(PURCHASE, top.created)
        order.parent = top
        top.suborders.append(order)
        account.buy(short, name, 66, months=6, order=order, attached=[attached])


def _use(account: AccountState, server: Resource) -> None:
    """Pay-per-use rows on the bill; some of them share their id with a yearly server."""
    for back in range(20):
        moment = timestamps.add_months(timestamps.now().replace(day=1, hour=3), -back)
        account.usage.append((server, moment, account.pricing.quantize(Decimal("1.23456789") * (back + 1))))
        account.usage.append((None, moment, max(account.pricing.quantize("0.00000123"), account.pricing.step)))


def _services(account: AccountState) -> None:
    """Other services, with what goes along in each."""
    buy, ip, storage = account.buy, "ip", "rdsvol"
    attached: list[_Attached] = [(storage, "数据库-主库-存储", {})]
    buy("rds", "数据库-主库-订单中心", 160, years=1, coupon=100, attached=attached, policy=3)
    buy("rds", "rds-2year-second-year", 430, years=2, attached=[(storage, "rds-2year-storage", {})])
    buy("rds", "rds-3year", 600, years=3, attached=[(storage, "rds-3year-storage", {})], on_credit=True)
    buy("rds", "rds-monthly", 12, months=1, attached=[(storage, None, {})])
    buy("rds", "数据库-只读-报表", 70, years=1, policy=3, spec="rds.mysql.x1.large.2.rr", attached=attached)
    buy("cce", "cce-prod", 250, years=1, policy=3, lingers=2)
    order = account.add_order(PURCHASE, timestamps.days_ago(53))
    for end in ("p3e7y", "q8r2t"):
        node = f"cce-prod-nodepool-39021-{end}"
        buy("vm", node, 53, months=3, order=order, attached=[_disk(f"{node}-sys")])
    buy("cce", "cce-staging-to-ondemand", 20, months=1, policy=1)
    for name, days, months, policy in (("a", 200, 12, 3), ("b", 45, 2, 0), ("c", 10, 2, 1), ("d", 3, 2, 0)):
        buy(ip, f"eip-dedicated-{name}", days, months=months, policy=policy, attached=[("bw", f"bandwidth-{name}", {})])
    eips: list[_Attached] = [(ip, f"eip-in-shared-{number}", {}) for number in (1, 2, 3)]
    buy("bw", "shared-bw-3eips", 130, years=1, size=Decimal(20), description="共享带宽 | 20Mbit/s", attached=eips)
    eips = [(ip, f"eip-in-shared2-{number}", {}) for number in (1, 2)]
    buy("bw", "shared-bw-2eips", 15, months=1, size=Decimal("5.5"), policy=3, attached=eips)
    buy("cbr", "cbr-vault-1", 80, months=6)
    buy("cbr", "云备份-存储库", 9, months=1, policy=3)
    buy("dcs", "dcs-redis-sessions", 300, years=1, policy=3)
    buy("dcs", "dcs-cache", 33, months=3, policy=2)
    buy("vol", "disk-later-for-web-prod-1", 90, months=6, size=Decimal(500), project=PROJECTS[1])


def add_sql_servers(account: AccountState, count: int = 1) -> list[Resource]:
    """Databases with their licenses, one after the other; an order for each of them."""
    found: list[Resource] = []
    for number in range(count):
        name = f"mssql-{number}"
        database = account.buy("mssql", name, 40, months=3, attached=[("rdsvol", f"{name}-storage", {})])
        license_ = account.buy("lic", f"{name}-image", 40, months=3, project=PROJECTS[1])
        found += [database, account.rename(license_, f"{database.resource_id}.marketimage")]
    return found


def add_read_replicas(account: AccountState) -> list[Resource]:
    """A database and its two read replicas, one of which has a name of its own; an order for each."""
    where: dict[str, Any] = {"region": REGIONS[account.site][0]}
    database = account.buy("rds", "orders-db", 50, months=6, **where)
    found = [account.buy("rdsrr", name, 40, months=3, **where) for name in ("orders-db-read", "reports")]
    account.replicas[database.resource_id] = found
    return [database, *found]


def _odd(account: AccountState) -> None:
    """An unknown service, status, policy; names that are empty, absent, hostile or endless; an answer that is lost."""
    buy = account.buy
    buy("new", "odd-service-unknown", 40, months=6, size=Decimal("1.5"), policy=7)
    buy("vm", "odd-status-unknown", 41, months=6, status=42)
    buy("vm", "odd-status-closing", 41, months=6, status=8)
    buy("vol", "", 50, months=3, seed="empty")
    buy("vol", None, 51, months=3, seed="null")
    buy("vm", "odd-name-\x1b[31m\x1b[2Jred\u202etxt\t😀", 52, months=3)
    buy("vm", "超长名称" * 30 + "-end", 53, months=3, policy=3)
    buy("vm", "odd-no-project", 54, months=3, spec=None, description=None, project=None)
    buy("vm", "odd-lost-answer", 55, months=6, twist="lost")


def _odd_terms(account: AccountState) -> None:
    """Terms between the rows of the fee table, and shorter than a month."""
    account.buy("vm", "odd-term-30-months-first-year", 100, months=30)
    account.buy("vm", "odd-term-18-months-first-year", 100, months=18)
    account.buy("vm", "odd-term-18-months-second-year", 400, months=18)
    account.buy("vol", "odd-term-7-months", 100, months=7)
    for days in (10, 20):
        short = account.buy("vol", f"odd-term-{days}-days", 6, months=1)
        (payment,) = short.payments
        short.expires = payment.ends = timestamps.end_of_day(payment.begins + timedelta(days=days))
        payment.count = 0


def _young(account: AccountState) -> None:
    """New ones around five days, ones that have not begun, one that is nearly over, refunds that are looked at."""
    buy = account.buy
    soon = timestamps.now() + timedelta(days=1)
    days = next(each for each in (29, 28, 27, 26) if timestamps.term_end(timestamps.days_ago(each), 1) > soon)
    buy("vm", "ecs-nearly-over-zero-refund", days, months=1)
    buy("vm", "new-ecs-2days", 2, months=1, coupon=10, attached=[_disk("new-ecs-2days-sys")])
    buy("vol", "new-disk-4days-23h", 4.9, months=1)
    buy("vol", "disk-5days-1h", 5.05, months=1)
    buy("vm", "inactive-ecs-in-3-days", 1, months=1, begins_in=3, coupon=20, attached=[_disk("inactive-ecs-sys")])
    buy("pkg", "inactive-obs-package", 2, months=12, begins_in=10)
    buy("bms", "big-refund-reviewed", 30, years=3)
    buy("bms", "big-refund-review-rejected", 31, years=3, twist="reject")


def _renewed(account: AccountState) -> None:
    """Renewals that have not begun, and may be given up alone."""
    buy, renew = account.buy, account.renew
    found = buy("vm", "pend-1-period", 20, months=1, policy=3, attached=[_disk("pend-1-sys")])
    renew(found, months=1, paid_days_ago=4, automatic=True)
    found = buy("rds", "pend-2-periods-coupon", 25, months=1, attached=[("rdsvol", "pend-2-storage", {})])
    renew(found, months=1, paid_days_ago=6, coupon=20)
    renew(found, months=3, paid_days_ago=2, on_credit=True)
    renew(buy("cce", "pend-1-year", 330, years=1), years=1, paid_days_ago=10)
    renew(buy("cbr", "pend-cbr", 100, months=6), months=6, paid_days_ago=1)


def _expired_and_frozen(account: AccountState) -> None:
    """Expired, in retention, frozen in each way, and closed."""
    expired: dict[str, Any] = {"status": 5, "block": Refusal("CBC.3016", "w200")}
    buy = account.buy
    buy("vm", "blk-3016-expired-ecs", 37, months=1, attached=[_disk("expired-ecs-sys")], **expired)
    buy("ip", "blk-3016-expired-eip", 37, months=1, attached=[("bw", "expired-bw", {})], **expired)
    buy("dcs", "blk-3016-frozen-in-retention", 48, months=1, **{**expired, "status": 4})
    for name, short, code, form, pay_per_use in (
        ("blk-99003656-frozen-police", "vm", "99003656", "whole", "CBC.99003625"),
        ("blk-30000052-frozen-violation", "vm", "30000052", "fail", "CBC.99003624"),
        ("blk-7281-account-frozen", "rds", "7281", "w200", "CBC.99003626"),
    ):
        block = Refusal(f"CBC.{code}", form)
        buy(short, name, 70, months=6, status=4, block=block, pay_per_use_block=pay_per_use)
    arrears = Refusal("CBC.99003656", "w200") if account.site == "cn" else None
    buy("vm", "frozen-arrears-ecs", 71, months=6, status=4, block=arrears)
    buy("vm", "closed-status-3", 400, months=6, status=3, block=Refusal("CBC.30000067", "whole"))
    buy("vol", "closed-disk-3", 300, months=3, status=3, block=Refusal("CBC.30010035", "whole"))


def _refused(account: AccountState) -> None:
    """One resource for each refusal."""
    for short, name, form in _REFUSED:
        number = name.split("-")[0]
        found = account.buy(short, f"blk-{name}", 60, months=6, block=Refusal(f"CBC.{number}", form))
        by_number = {"99003185": "CBC.99003622", "99003651": "CBC.99003623"}.get(number, "")
        found.pay_per_use_block = _PAY_PER_USE.get(short, by_number)
        if name == "99003651-transaction":
            found.block_seconds = 25
        if name.endswith("-trial"):
            found.payments[0].order.order_type = TRIAL
            for each in found.payments:
                each.list_price = each.discount = each.cash = account.pricing.quantize(0)


def _unpaid(account: AccountState) -> None:
    """Orders that nobody paid: a renewal and a change, which block; purchases of nothing yet."""
    block = Refusal("CBC.99003100", "whole")
    found = account.buy("vm", "blk-99003100-unpaid-renewal", 22, months=1, block=block, attached=[_disk("unpaid-sys")])
    found.unpaid_order = account.renew(found, months=1, paid_days_ago=0.5, status=UNPAID).order_id
    found = account.buy("dcs", "blk-99003100-unpaid-change", 23, months=1, block=Refusal("CBC.99003100", "fail"))
    order = account.add_order(CHANGE, timestamps.days_ago(0.4), UNPAID)
    account.charge(order, found, (found.effective, found.expires), months=1)
    found.unpaid_order = order.order_id
    for name, days, status in (("first", 0.1, UNPAID), ("second", 0.15, UNPAID), ("cancelled", 120, CANCELLED)):
        _never_created(account, f"ghost-{name}", timestamps.days_ago(days), status)


def _never_created(account: AccountState, name: str, moment: datetime, status: int) -> None:
    ghost = account.add_resource("vm", name)
    del account.resources[ghost.resource_id]
    account.charge(account.add_order(PURCHASE, moment, status), ghost, (timestamps.NEVER, timestamps.NEVER), months=1)


def _renewals_refused(account: AccountState) -> None:
    """Renewed periods that may not be given up, and resources that have none."""
    for name, short, code, form in (
        ("99003185-changed-before-renewal", "vm", "99003185", "whole"),
        ("99003185-disk-added-after-renewal", "vm", "99003185", "fail"),
        ("99003654-bandwidth-addon", "ip", "99003654", "whole"),
        ("99003645-promotion-renewal", "vm", "99003645", "w200"),
        ("99003651-transaction", "vm", "99003651", "fail"),
    ):
        found = account.buy(short, f"blk2-{name}", 21, months=1, block_of_renewal=Refusal(f"CBC.{code}", form))
        account.renew(found, months=1, paid_days_ago=5)
        if "changed-before" in name:
            account.upgrade(found, 3, "15.5")
        if "disk-added" in name:
            _add_disk(account, found)
    account.buy("vm", "blk2-99003128-no-renewal", 18, months=1)
    account.renew(account.buy("vm", "blk2-99003128-renewal-in-effect", 45, months=1), months=1)


def _add_disk(account: AccountState, server: Resource) -> None:
    added, moment = account.add_resource("vol", "added-later-disk", server), timestamps.days_ago(2)
    added.effective, added.expires, added.updated = moment, server.expires, moment
    account.charge(account.add_order(PURCHASE, moment), added, (moment, server.expires), months=2)


def _changing(account: AccountState) -> None:
    """Between frozen and in use; nothing can be asked for them."""
    account.buy("vm", "odd-status-freezing", 41, months=6, status=6)
    account.buy("vm", "odd-status-unfreezing", 41, months=6, status=7)


def _history(account: AccountState) -> None:
    """Unsubscribed long ago by a person, and by the system after a creation that failed."""
    for name, days, source, before in (
        ("old-ecs-gone", 35, 1, 40),
        ("old-ecs-gone-2", 150, 1, 40),
        ("creation-failed", 100, 8, 0.01),
    ):
        found = account.buy("vm", name, days + before, months=3, attached=[_disk(f"{name}-sys")])
        moment = timestamps.days_ago(days)
        for order in account.unsubscribe([found], moment, source=source):
            order.done_at = order.closed_at = order.billed_at = moment
            order.reviewed_at = moment if order.reviewed_at else None
    account.apply_due_changes()
