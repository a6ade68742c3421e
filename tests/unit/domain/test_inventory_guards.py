"""Guards on what the services say: tags protect, what runs is refused, and what is unknown fulfills no guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.inventory.builders import (
    BANDWIDTH,
    DATABASE,
    DISK,
    EIP,
    NOW,
    PLACE,
    SERVER,
    catalog_of,
    listed,
    resource,
    text,
)
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import fact
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.finding import Finding, Origin, known, none_seen, unknown
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.plan_findings import PlanFindings
from unsub_tui.domain.inventory.resource_findings import NewestBackup, ResourceFindings, RunState, RunStateFinding
from unsub_tui.domain.inventory.service_rows import Server, Tags
from unsub_tui.domain.inventory_guards import (
    FindingsById,
    check_findings,
    known_violation,
    needs_findings,
    refuse_missing_backups,
    refuse_violations,
    resource_violations,
)
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Plan, PlanItem, Risk
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.resource import Resource
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.problems import problem_details

ORIGIN = Origin("ecs:list_servers", PLACE.region, NOW)
WEB, DATA = resource(SERVER, "web"), resource(DISK, "data", "web")
DENIED: Finding[Tags] = unknown(fact("inventory_not_stated"))
PROD = Guards(protected=("tag:env=prod",))
STOPPED_ONLY = Guards(refuse_running=True)
BACKED_UP = Guards(require_backup=7)


def tags(**values: str) -> Finding[Tags]:
    """Return the finding of these tags."""
    return known({text(key): text(value) for key, value in values.items()}, ORIGIN)


def late_tags(**values: str) -> Finding[Tags]:
    """Return tags that only Config knows."""
    return replace(tags(**values), origin=Origin("rms:list_all_resources", PLACE.region, NOW))


def runs(state: RunState, status: str) -> ResourceFindings:
    """Return the findings about an untagged resource in this state."""
    return ResourceFindings(
        tags=none_seen(ORIGIN), run_state=known(RunStateFinding(state=state, status=status), ORIGIN)
    )


def reasons(
    resources: Sequence[Resource], guards: Guards, findings: FindingsById, action: Action = Action.UNSUBSCRIBE
) -> list[str]:
    """Return the sentences of the violations."""
    return [fact_text(each.fact) for each in resource_violations(resources, action, guards, findings)]


def plan_of(*items: PlanItem, findings: FindingsById | None = None, done: int = 1) -> Plan:
    """Return a plan, with findings unless they are None; they are still read if `done` is 0."""
    read = None if findings is None else PlanFindings(now=NOW, by_id=findings, done=done, total=1)
    return Plan(account=AccountRef(account_id="a"), created=NOW, items=items, findings=read)


def item(main: Resource, *attached: Resource, server: Resource | None = None) -> PlanItem:
    """Return an item."""
    quote = Quote(kind=UnsubscriptionKind.IN_USE, amounts=Amounts(currency="USD"))
    return PlanItem(resource=main, attached=attached, quote=quote, server=server)


@pytest.mark.parametrize(
    ("pattern", "values", "protects"),
    [
        ("tag:env=prod", {"env": "prod"}, True),
        ("tag:env=prod", {"ENV": "Prod "}, True),
        ("tag: env = prod", {"env": "prod"}, True),
        ("TAG：env＝prod", {"env": "ｐｒｏｄ"}, True),
        ("tag:env=prod*", {"env": "production"}, True),
        ("tag:*=prod", {"stage": "prod"}, True),
        ("tag:keep", {"keep": ""}, True),
        ("tag:keep=*", {"keep": ""}, True),
        ("tag:env=生产", {"env": "生产"}, True),
        ("tag:env=a=b", {"env": "a=b"}, True),
        ("tag:env=prod", {"env": "pr\u200bod"}, True),
        ("tag:env=prod", {"env": "test"}, False),
        ("tag:env=prod", {"environment": "prod"}, False),
        ("tag:env=prod", {"prod": "env"}, False),
        ("tag:env=prod", {"env": "preprod"}, False),
        ("tag:env", {"environment": "prod"}, False),
        ("tag:env=prod", {}, False),
    ],
)
def test_a_tag_protects_by_key_and_value(pattern: str, values: dict[str, str], *, protects: bool) -> None:
    """As leniently as the other patterns: case, width, blanks and hidden characters do not matter."""
    found = {"web": ResourceFindings(tags=tags(**values) if values else none_seen(ORIGIN))}
    assert bool(reasons([WEB], Guards(protected=(pattern,)), found)) is protects


@given(
    st.text(alphabet="abcXYZ0-", min_size=1, max_size=8),
    st.text(alphabet="abcXYZ0-", min_size=1, max_size=8),
    st.dictionaries(st.text(alphabet="abcXYZ0-", min_size=1, max_size=2), st.text(alphabet="abX0", max_size=2)),
)
def test_exactly_the_named_tag_protects(key: str, value: str, others: dict[str, str]) -> None:
    """Without wildcards, a pattern protects the tag of that key and value, whatever other tags there are."""
    guards = Guards(protected=(f"tag:{key}={value}",))
    pairs = [(each.casefold(), other.casefold()) for each, other in others.items()]
    assert bool(reasons([WEB], guards, {"web": ResourceFindings(tags=tags(**others))})) == (
        (key.casefold(), value.casefold()) in pairs
    )
    assert reasons([WEB], guards, {"web": ResourceFindings(tags=tags(**{**others, key: value}))})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "the tags of web are unknown, so it may be protected: protected = tag:env=prod; not read yet"),
        ({"web": ResourceFindings()}, "not read yet"),
        ({"web": ResourceFindings(tags=DENIED)}, "the service does not state it"),
        ({"web": ResourceFindings(tags=tags(env="prod"))}, "web is protected by a tag: protected = tag:env=prod"),
        ({"web": ResourceFindings(tags=late_tags(env="prod"))}, "web is protected by a tag"),
        ({"web": ResourceFindings(tags=late_tags(env="test"))}, "only Config knows its tags"),
    ],
)
def test_unknown_tags_may_protect(found: FindingsById, words: str) -> None:
    """The reason says why they are unknown."""
    (said,) = reasons([WEB], PROD, found)
    assert words in said


def test_tags_of_attached_resources_and_of_the_server_of_a_disk_protect() -> None:
    """Whatever is unsubscribed with a protected resource, or taken from one."""
    untagged = ResourceFindings(tags=none_seen(ORIGIN))
    found = {"web": untagged, "data": ResourceFindings(tags=tags(env="prod"))}
    refused = refuse_violations(plan_of(item(WEB, DATA), findings=found), PROD)
    assert [(each.resource.id, each.reason) for each in refused.refused] == [("web", BlockedReason.PROTECTED)]
    assert fact_text(refused.refused[0].facts[0]) == "data is protected by a tag: protected = tag:env=prod"
    alone = item(replace(DATA, is_main_resource=True), server=WEB)
    found = {"web": ResourceFindings(tags=tags(env="prod")), "data": untagged}
    assert refuse_violations(plan_of(alone, findings=found), PROD).refused


def test_parts_whose_tags_no_service_lists() -> None:
    """The bandwidth of an EIP is protected by the tags of the EIP; by itself it may be protected."""
    part, alone = resource(BANDWIDTH, "bw", "eip"), resource(BANDWIDTH, "bw")
    found = {"eip": ResourceFindings(tags=none_seen(ORIGIN)), "bw": ResourceFindings()}
    assert not reasons([resource(EIP, "eip"), part], PROD, found)
    assert reasons([alone], PROD, found)[0].endswith("this program reads no tags of its service")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (runs(RunState.RUNNING, "ACTIVE"), "is not stopped, its status is ACTIVE: refuse_running = true"),
        (runs(RunState.OTHER, "BACKING UP"), "is not stopped, its status is BACKING UP"),
        (ResourceFindings(run_state=unknown(fact("inventory_task"))), "it is not known whether"),
        (ResourceFindings(), "not read yet"),
        (runs(RunState.STOPPED, "SHUTOFF"), ""),
    ],
)
@pytest.mark.parametrize("kind", [SERVER, DATABASE])
def test_only_what_is_known_to_be_stopped_passes(kind: tuple[str, str], found: ResourceFindings, words: str) -> None:
    """A state that is neither running nor stopped is refused, too."""
    said = reasons([resource(kind, "one")], STOPPED_ONLY, {"one": found})
    assert bool(said) is bool(words)
    assert words in "".join(said)


def test_what_does_not_run_is_not_asked_for() -> None:
    """Disks and EIPs have no run state; what stays is not asked for either, but its tags protect."""
    assert not reasons([resource(DISK, "disk"), resource(EIP, "eip")], STOPPED_ONLY, {})
    for action in (Action.RENEWAL, Action.AUTO_RENEW_OFF):
        assert not reasons([WEB], STOPPED_ONLY, {}, action)
        assert not needs_findings(STOPPED_ONLY, action)
        assert needs_findings(PROD, action)
        assert reasons([WEB], PROD, {}, action)


@pytest.mark.parametrize("guards", [PROD, STOPPED_ONLY, BACKED_UP])
def test_a_plan_waits_for_what_a_guard_needs(guards: Guards) -> None:
    """Nothing is refused while it is read, and nothing can be confirmed."""
    for plan in (plan_of(item(WEB)), plan_of(item(WEB), findings={}, done=0)):
        assert refuse_violations(plan, guards) is plan
        (problem,) = check_findings(plan, guards)
        assert "were not read yet" in problem_details(problem)
        assert not check_findings(plan, Guards())
    stopped = replace(runs(RunState.STOPPED, "SHUTOFF"), lasting_backup=backed(1).lasting_backup)
    read = plan_of(item(WEB), findings={"web": stopped})
    assert not check_findings(read, guards)
    assert refuse_violations(read, guards) == read
    assert check_findings(plan_of(item(WEB), findings={}), guards)


@given(
    st.lists(st.sampled_from(["stopped", "running", "unknown", "prod", "unread"]), max_size=6),
    st.booleans(),
    st.booleans(),
)
def test_what_is_kept_violates_nothing(states: list[str], is_tagged: bool, is_refusing: bool) -> None:  # noqa: FBT001
    """Refused and kept items are together the plan, and the kept ones can be confirmed."""
    found = {
        "stopped": runs(RunState.STOPPED, "SHUTOFF"),
        "running": runs(RunState.RUNNING, "ACTIVE"),
        "unknown": ResourceFindings(tags=DENIED, run_state=unknown(fact("inventory_task"))),
        "prod": replace(runs(RunState.STOPPED, "SHUTOFF"), tags=tags(env="prod")),
    }
    guards = Guards(protected=("tag:env=prod",) if is_tagged else (), refuse_running=is_refusing)
    by_id = {str(number): found[state] for number, state in enumerate(states) if state in found}
    plan = plan_of(*(item(resource(SERVER, str(number))) for number in range(len(states))), findings=by_id)
    kept = refuse_violations(plan, guards)
    assert not check_findings(kept, guards)
    assert [*(each.id for each in kept.items), *(each.resource.id for each in kept.refused)] == sorted(
        (str(number) for number in range(len(states))), key=lambda each: int(each) + 100 * (each not in _ids(kept))
    )
    allowed = {"stopped", "prod", "running", "unknown", "unread"}
    allowed -= {"prod", "unknown", "unread"} if is_tagged else set()
    allowed -= {"running", "unknown", "unread"} if is_refusing else set()
    assert _ids(kept) == {str(number) for number, state in enumerate(states) if state in allowed}


def test_lists_block_only_what_is_known() -> None:
    """A row whose service was not read can be selected; the review reads it."""
    lists = PlaceLists(
        place=PLACE,
        servers=listed(
            Server(server_id=text("up"), status="ACTIVE", tags={}),
            Server(server_id=text("down"), status="SHUTOFF", tags={text("env"): text("prod")}),
        ),
    )
    rows = [resource(SERVER, "up"), resource(SERVER, "down"), resource(SERVER, "other")]
    inventory = Inventory(catalog_of(rows), [lists], now=NOW)

    def blocked(guards: Guards, action: Action = Action.UNSUBSCRIBE) -> list[BlockedReason | None]:
        return [known_violation(inventory.subject_of(each), action, guards) for each in rows]

    assert blocked(STOPPED_ONLY) == [BlockedReason.RUNNING, None, None]
    assert blocked(STOPPED_ONLY, Action.RENEWAL) == [None, None, None]
    assert blocked(PROD) == [None, BlockedReason.PROTECTED, None]
    assert blocked(Guards()) == [None, None, None]


def backed(days: float, *, is_usable: bool = True) -> ResourceFindings:
    """Return the findings about a resource with a backup that is so many days old."""
    backup = NewestBackup(backup_id=text("b"), kind="server", created=NOW - timedelta(days=days), is_usable=is_usable)
    return ResourceFindings(lasting_backup=known(backup, ORIGIN))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (backed(3), ""),
        (backed(7), ""),
        (
            backed(7.1),
            "web has no usable backup that is young enough: require_backup = 7d; the newest usable one is of",
        ),
        (backed(3, is_usable=False), "no usable backup"),
        (ResourceFindings(lasting_backup=none_seen(ORIGIN)), "require_backup = 7d; none seen"),
        (ResourceFindings(lasting_backup=unknown(fact("inventory_not_stated"))), "the service does not state it"),
        (ResourceFindings(), "not read yet"),
    ],
)
def test_a_backup_must_be_usable_known_and_young(found: ResourceFindings, words: str) -> None:
    """What is known instead is said; the check box or the option accepts it, and only that item."""
    plan = plan_of(item(WEB), item(resource(EIP, "eip")), findings={"web": found})
    noted = refuse_violations(plan, BACKED_UP)
    assert not noted.refused
    assert [each.missing_backup_days for each in noted.items] == [7 if words else 0, 0]
    assert (Risk.NO_BACKUP in noted.risks) is bool(words)
    assert (noted.digest != plan.digest) is bool(words)
    assert not check_findings(noted, BACKED_UP)
    refused = refuse_missing_backups(noted, BACKED_UP)
    assert [each.reason for each in refused.refused] == ([BlockedReason.NO_BACKUP] if words else [])
    assert words in "".join(fact_text(fact) for each in refused.refused for fact in each.facts)
    assert not check_findings(refused, BACKED_UP)
    assert bool(check_findings(plan, BACKED_UP)) is bool(words)
    assert not check_findings(plan, Guards())


def test_which_resources_a_backup_is_asked_for() -> None:
    """Disks with their servers; not parts of a database; what is of another service has no backup that is read."""
    other = resource(("dcs", "dcs.single"), "cache")
    found = {"web": backed(1), "data": ResourceFindings(lasting_backup=none_seen(ORIGIN)), "db": backed(1)}
    parts = [resource(DATABASE, "db"), resource(DATABASE, "db.vm", "db")]
    plan = plan_of(item(WEB, DATA), item(*parts), item(other), item(resource(BANDWIDTH, "bw")), findings=found)
    noted = refuse_violations(plan, BACKED_UP)
    assert [each.missing_backup_days for each in noted.items] == [7, 0, 7, 0]
    texts = [fact_text(fact) for each in refuse_missing_backups(noted, BACKED_UP).refused for fact in each.facts]
    assert texts[0].startswith("data has no usable backup")
    assert texts[1].endswith("this program reads no backups of its service")


def test_nothing_is_asked_for_what_stays() -> None:
    """A renewal period or a reversible change deletes no data."""
    for action in (Action.RENEWAL, Action.AUTO_RENEW_OFF):
        plan = replace(plan_of(item(WEB), findings={}), action=action)
        assert refuse_violations(plan, BACKED_UP) is plan
        assert not check_findings(plan, BACKED_UP)


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=5), st.integers(min_value=1, max_value=30))
def test_exactly_what_has_no_young_backup_is_noted(ages: list[float], days: int) -> None:
    """Dropping an item drops what had to be accepted for it."""
    found = {str(number): backed(age) for number, age in enumerate(ages)}
    plan = plan_of(*(item(resource(SERVER, each)) for each in found), findings=found)
    noted = refuse_violations(plan, Guards(require_backup=days))
    lacking = {str(number) for number, age in enumerate(ages) if timedelta(days=age) > timedelta(days=days)}
    assert {each.id for each in noted.items if each.missing_backup_days} == lacking
    assert Risk.NO_BACKUP not in noted.without(frozenset(lacking)).risks


def _ids(plan: Plan) -> set[str]:
    return {each.id for each in plan.items}
