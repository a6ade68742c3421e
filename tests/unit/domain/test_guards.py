from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.guards import Guards, check_guards, is_protected
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Plan, PlanItem, SavedPlan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.protection_patterns import PATTERN_FIELDS, matches_pattern, pattern_problem
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.problems import problem_details


def _resource(resource_id: str = "ecs-1", name: str = "Web-Prod-1") -> Resource:
    return Resource(
        resource_id=UntrustedText(resource_id),
        resource_name=UntrustedText(name),
        service_type_code=UntrustedText("hws.service.type.ec2"),
    )


ACCOUNT = AccountRef(account_id="5a4d8b0e7c1f4b2a9d3e6f0a1b2c3d4e", name=UntrustedText("Acme-Prod"))


def _plan(*amounts: Amounts, attached: tuple[Resource, ...] = (), account_resources: int = 1000) -> Plan:
    items = tuple(
        PlanItem(
            resource=_resource(f"ecs-{number}"),
            attached=attached,
            quote=Quote(kind=UnsubscriptionKind.IN_USE, amounts=figures),
        )
        for number, figures in enumerate(amounts)
    )
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Plan(account=ACCOUNT, created=moment, items=items, account_resource_count=account_resources)


def _usd(refund: int | None, paid: int | None = None) -> Amounts:
    return Amounts(
        currency="USD",
        refund=None if refund is None else Decimal(refund),
        paid=None if paid is None else Decimal(paid),
    )


@pytest.mark.parametrize(
    ("pattern", "protects"),
    [
        *((each, True) for each in ("ecs-1", "ECS-*", "*prod*", "hws.service.type.EC2", "web-prod-[0-9]")),
        *((each, False) for each in ("ecs", "prod", "db-*", "")),
    ],
)
def test_patterns_match_as_a_whole(pattern: str, *, protects: bool) -> None:
    """Id, name and service code are looked at, whatever the case; without a star the pattern is all of it."""
    assert is_protected(_resource(), Guards(protected=(pattern,))) is protects


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
        (Guards(max_amount=Decimal(500)), [_usd(900), _usd(-500)], 1),
        (Guards(max_amount=Decimal(10)), [_usd(-1)], 0),
    ],
)
def test_limits(guards: Guards, amounts: list[Amounts], refused: int) -> None:
    """Items and money are limited; what is not known counts as paid, and as too much where that is not known."""
    problems = check_guards(_plan(*amounts), guards)
    assert [problem.kind for problem in problems] == [ProblemKind.GUARD] * refused


def test_what_goes_along_is_protected_too() -> None:
    """An item whose attached resource is protected is refused."""
    plan = _plan(_usd(1), attached=(_resource("disk-9", "precious"),))
    (problem,) = check_guards(plan, Guards(protected=("precious",)))
    assert "disk-9" in problem_details(problem)


BOUND = Resource(
    resource_id=UntrustedText("disk-9"),
    resource_name=UntrustedText("db:main"),
    service_type_code=UntrustedText("hws.service.type.ebs"),
    region_code=UntrustedText("cn-north-4"),
    enterprise_project_id=UntrustedText("0a1b"),
    enterprise_project_name=UntrustedText("billing"),
)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        *(
            (each, True)
            for each in ("region:cn-north-4", "region:CN-*", "project:0a1b", "project:billing", "id:disk-?")
        ),
        *((each, True) for each in ("service:evs", "service:ebs", "service:hws.service.type.ebs", "Service:EV*")),
        *((each, False) for each in ("region:disk-9", "id:db:main", "name:disk-9", "service:ecs", "project:0")),
        *(("name:db:main", True), ("region:", False)),
    ],
)
def test_a_pattern_can_be_bound_to_a_field(pattern: str, *, matches: bool) -> None:
    """`field:pattern` looks at that field only; a service has its code, the code's end, and its name for people."""
    assert matches_pattern(BOUND, pattern) is matches
    assert not (matches and pattern_problem(pattern))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        *(("name: prod-*", "prod-1"), ("prod-* ", "prod-1"), (" name :prod-*", "prod-1"), ("name：prod-*", "prod-1")),
        *(("prod-*", " prod-1"), ("prod-*", "prod-1 "), ("prod-*", "\tprod-1"), ("*-1", "prod-1 ")),
        *(("caf\u00e9-*", "cafe\u0301-1"), ("cafe\u0301-*", "caf\u00e9-1"), ("stra\u00dfe-*", "STRASSE-1")),
        *(("prod-*", "ｐｒｏｄ-1"), ("ｐｒｏｄ-＊", "prod-1"), ("生产-*", "生产-1"), ("prod db", "prod\u3000db")),
        *(
            ("prod-*", "pr\u200bod-1"),
            ("prod-*", "\ufeffprod-1"),
            ("prod-*", "\u202eprod-1"),
            ("pr\u200bod-*", "prod-1"),
        ),
        *(("prod-*", "\u3164prod-1"), ("prod-*", "prod\ufe0f-1"), ("p<U+200B>rod", "p\u200brod"), ("<1B>x", "\x1bx")),
        *(("acme[prod]", "acme[prod]"), ("acme[[]prod]", "acme[prod]"), ("Acme[Prod]*", "acme[prod]-1")),
        *(("acme[prod]", "acmep"), ("name:acme[prod]", "acme[prod]"), ("［a］*", "［a］1"), ("[ ]x", " x")),
    ],
)
def test_no_spelling_of_a_name_dodges_a_pattern(pattern: str, name: str) -> None:
    """Blanks, Unicode form, width, hidden characters do not matter; brackets are a set and also themselves."""
    assert not pattern_problem(pattern)
    assert matches_pattern(_resource(name=name), pattern)


@given(st.text(min_size=1, max_size=12))
def test_a_name_is_protected_by_itself(name: str) -> None:
    """Whatever stands in a name: written into the settings as it is, or as it is shown, it protects that resource."""
    for pattern in (name, UntrustedText(name).for_display()):
        if not pattern_problem(f"name:{pattern}"):
            assert matches_pattern(_resource(name=name), f"name:{pattern}")


@pytest.mark.parametrize("name", ["acme[prod]", "Acme [Prod]", "ａｃｍｅ[prod]", "acme[\u200bprod]", " acme[prod]"])
def test_an_account_with_brackets_in_its_name_is_blocked(name: str) -> None:
    """An account's name is written into the settings as it stands on the screen."""
    plan = replace(_plan(_usd(1)), account=replace(ACCOUNT, name=UntrustedText(name)))
    (problem,) = check_guards(plan, Guards(blocked_accounts=("acme[prod]", "acme [prod]")))
    assert "nothing is ever submitted for this account" in problem_details(problem)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("name: ", "names nothing"),
        ("\u200b", "names nothing"),
        *((each, "expected tag:KEY or tag:KEY=VALUE") for each in ("TAG:=x", "tag:env=", "tag:\u200b=x")),
        ("nmae:prod-*", "name:nmae:prod-*"),
        ("region:", "names nothing"),
        ("", "names nothing"),
        ("  ", "names nothing"),
    ],
)
def test_a_pattern_that_would_protect_nothing_is_refused(pattern: str, words: str) -> None:
    """A misspelt field must not leave a resource without its protection, nor a tag without key or value."""
    problem = pattern_problem(pattern)
    assert problem is not None
    assert words in fact_text(problem)


@given(
    st.sampled_from(sorted(PATTERN_FIELDS)),
    st.text(alphabet="abcXYZ0-", min_size=1, max_size=8),
    st.text(alphabet="abcXYZ0-", min_size=1, max_size=8),
)
def test_a_field_matches_what_it_is_and_nothing_else(field: str, pattern: str, text: str) -> None:
    """Without a star a bound pattern names exactly the text, whatever the case."""
    resource = Resource(
        resource_id=UntrustedText(text if field == "id" else "-"),
        resource_name=UntrustedText(text if field == "name" else "-"),
        service_type_code=UntrustedText(text if field == "service" else "-"),
        region_code=UntrustedText(text if field == "region" else "-"),
        enterprise_project_id=UntrustedText(text if field == "project" else "-"),
    )
    assert matches_pattern(resource, f"{field}:{pattern}") == (text.casefold() == pattern.casefold())


@pytest.mark.parametrize(
    ("limit", "items", "account_resources", "refused"),
    [
        *(("10", 10, 100, 0), ("10", 11, 100, 1), ("2.5", 1, 40, 0), ("2.5", 1, 39, 1)),
        *(("0", 1, 100, 1), ("100", 5, 5, 0), ("50", 1, 0, 1)),
    ],
)
def test_a_share_of_the_account(limit: str, items: int, account_resources: int, refused: int) -> None:
    """A plan may hold so many percent of the main resources; where their number is not known, none."""
    problems = check_guards(
        _plan(*[_usd(1)] * items, account_resources=account_resources), Guards(max_share=Decimal(limit))
    )
    assert len(problems) == refused


@pytest.mark.parametrize("entry", [ACCOUNT.account_id, "acme-prod", "acme-*", "*"])
def test_nothing_is_sent_for_a_blocked_account(entry: str) -> None:
    """An account is named by id or name, whatever the case."""
    (problem,) = check_guards(_plan(_usd(1)), Guards(blocked_accounts=("other", entry)))
    assert f"blocked_accounts = {entry}" in problem_details(problem)


@pytest.mark.parametrize(("entry", "refused"), [("some-name", 1), ("0" * 32, 0)])
def test_an_account_without_a_name_may_be_a_blocked_one(entry: str, refused: int) -> None:
    """Where the name could not be read, a name that is blocked cannot be ruled out; an id can."""
    plan = replace(_plan(_usd(1)), account=replace(ACCOUNT, name=UntrustedText("")))
    assert len(check_guards(plan, Guards(blocked_accounts=(entry,)))) == refused


def test_a_message_names_guard_value_and_source() -> None:
    """Whoever is refused can see what to change, and where."""
    guards = Guards(
        max_items=1,
        protected=("ecs-0", "db-*"),
        origins={"max_items": "/etc/x.toml", "protected ecs-0": "/home/me/y.toml", "protected": "a, b"},
    )
    too_many, kept = (problem_details(problem) for problem in check_guards(_plan(_usd(1), _usd(1)), guards))
    assert too_many == "the plan affects 2 resources, max_items = 1 (/etc/x.toml)"
    assert kept == "ecs-0 is protected: protected = ecs-0 (/home/me/y.toml)"


def _user(user_id: str = "", name: str = "") -> Actor:
    return Actor(user_id=UntrustedText(user_id), user_name=UntrustedText(name), access_key="AKIA****01")


AGENCY = "sts::a1:assumed-agency:cleanup"


@pytest.mark.parametrize(
    ("planner", "actor", "code"),
    [
        (None, _user("u2", "bob"), "two_people"),
        (_user("u1", "alice"), _user("u2", "bob"), ""),
        (_user("u1"), _user("u2"), ""),
        (_user(name="alice"), _user("u2", "bob"), ""),
        (_user("u1", "alice"), _user("u1", "alice"), "two_people_same"),
        (_user("u1", "alice"), _user("u1", "renamed"), "two_people_unsure"),
        (_user("u1", "alice"), _user("u2", "Alice"), "two_people_unsure"),
        (_user(name="alice"), _user("u1"), "two_people_unsure"),
        (_user(), _user("u2", "bob"), "two_people_unsure"),
        (Actor(), _user("u2", "bob"), "two_people_unknown"),
        (_user("u1", "alice"), Actor(), "two_people_unknown"),
        (_user("a1:monday", f"{AGENCY}/monday"), _user("a1:friday", f"{AGENCY}/friday"), "two_people_unsure"),
        (_user("a1:monday", f"{AGENCY}/monday"), _user("a2:monday", f"{AGENCY}-b/monday"), ""),
        (_user("a1:monday", f"{AGENCY}/monday"), _user("u2", "bob"), ""),
    ],
)
def test_two_people_are_two_iam_users(planner: Actor | None, actor: Actor, code: str) -> None:
    """By id and name as far as both are known; whoever may be the planner may not run the plan."""
    guards = Guards(two_people=True, origins={"two_people": "team.toml"})
    plan = _plan(_usd(1))
    if planner is not None:
        plan = replace(plan, saved_plan=_saved_plan(plan, planner))
    problems = check_guards(plan, guards, actor)
    assert [fact.code for problem in problems for fact in problem.facts] == ([code] if code else [])
    assert all("two_people = true (team.toml)" in problem_details(problem) for problem in problems)
    assert not check_guards(plan, Guards(), actor)


def _saved_plan(plan: Plan, planner: Actor) -> SavedPlan:
    return SavedPlan(
        created=plan.created,
        planner=planner,
        ticket=UntrustedText(""),
        account=plan.account,
        as_of=plan.created,
        action=plan.action,
        items=(),
    )
