"""Every fact has words, and none of them is empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import Plan, UnsubscribeReason
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.present.labels import ACTION_LABELS, OUTCOME_LABELS, STATES, action_title, button_label
from unsub_tui.present.losses import data_loss_sentences
from unsub_tui.present.money import format_money
from unsub_tui.present.pages.confirmation import REASON_TEXTS, consequence, phrase_explanation, undo_text
from unsub_tui.present.pages.leftovers import RECYCLE_BIN_SERVICES
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import BLOCKED_LABELS, blocked_text, short_service
from unsub_tui.present.time_format import clock_time, in_zone, relative_days

NOW = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("action", Action)
def test_an_action_has_all_its_words(action: Action) -> None:
    """Its label, its title, its button; a reversible one says what it leads to and how to undo it."""
    assert all((ACTION_LABELS[action], action_title(action, 2), button_label(action, 2)))
    if not action.creates_order:
        assert consequence(action)
        assert undo_text(action)


@pytest.mark.parametrize("kind", ProblemKind)
def test_a_problem_says_what_happened_the_vendors_code_and_what_to_do(kind: ProblemKind) -> None:
    """Two sentences at least, with code and request id between them."""
    text = problem_text(
        Problem(
            kind=kind,
            code=UntrustedText("CBC.9999"),
            message=UntrustedText("\x1b[2Jno"),
            request_id=UntrustedText("r-1"),
        )
    )
    assert "CBC.9999" in text
    assert "r-1" in text
    assert "\x1b" not in text
    assert text.count(".") >= 3


@pytest.mark.parametrize("reason", BlockedReason)
def test_every_refusal_has_a_sentence_and_a_short_form(reason: BlockedReason) -> None:
    """The sentence fits a line of 80 columns."""
    assert 5 < len(blocked_text(reason)) <= 79
    assert 3 < len(BLOCKED_LABELS[reason]) <= 16


def test_every_state_has_a_word_and_a_symbol() -> None:
    """A state is never told by colour alone."""
    assert all(all(STATES[state]) for state in State)
    assert all(OUTCOME_LABELS[outcome] for outcome in Outcome)
    assert all(REASON_TEXTS[reason] for reason in UnsubscribeReason)


@pytest.mark.parametrize("code", [*sorted(load_rules("intl").batch_services), "hws.service.type.other"])
def test_every_service_says_what_is_lost(code: str) -> None:
    """And whether a recycle bin exists."""
    lines = data_loss_sentences([Resource(resource_id=UntrustedText("r"), service_type_code=UntrustedText(code))])
    assert lines
    assert all(lines)


def test_services_without_a_sentence_of_their_own_are_named() -> None:
    """With their numbers, the most frequent first."""
    codes = ("ec2", "waf", "nat", "nat")
    resources = [
        Resource(resource_id=UntrustedText(str(number)), service_type_code=UntrustedText(f"hws.service.type.{code}"))
        for number, code in enumerate(codes)
    ]
    assert data_loss_sentences(resources, is_brief=True)[1:] == ["2 x NAT, 1 x WAF: the data is deleted."]


def test_the_loss_of_a_vault_names_its_backups() -> None:
    """Those made just before the unsubscription as well."""
    vault = Resource(resource_id=UntrustedText("r"), service_type_code=UntrustedText("hws.service.type.cbr"))
    (text,) = data_loss_sentences([vault], is_brief=True)
    assert text == "1 x CBR vault: all backups in it are deleted, including those made before this cleanup."


def test_services_with_a_recycle_bin_say_so() -> None:
    """In the review of a plan, and where the follow-up check names what it cannot see; a type code is not needed."""
    for code in RECYCLE_BIN_SERVICES:
        one = Resource(resource_id=UntrustedText("r"), service_type_code=UntrustedText(code))
        (text,) = data_loss_sentences([one])
        assert "Recycle bin: " in text
        assert "Recycle bin: none" not in text
    assert {short_service(UntrustedText(each)) for each in RECYCLE_BIN_SERVICES} == {"ECS", "EVS", "RDS", "ELB"}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("1234.5"), "1,234.50 USD"),
        (Decimal("0.005"), "0.01 USD"),
        (Decimal(-3), "-3.00 USD"),
        (Decimal(0), "0.00 USD"),
    ],
)
def test_money_has_two_decimals_and_its_currency(amount: Decimal, text: str) -> None:
    """Rounded only here, where it is shown."""
    assert format_money(amount, "USD") == text


def test_unknown_money_is_a_word() -> None:
    """It is never shown as zero."""
    assert format_money(None, "USD") == "unknown"


@pytest.mark.parametrize(
    ("left", "text"),
    [(timedelta(days=12, hours=3), "in 12 d"), (timedelta(hours=5), "in 5 h"), (timedelta(days=-3), "3 d ago")],
)
def test_time_left_is_told_in_days(left: timedelta, text: str) -> None:
    """Hours on the last day."""
    assert relative_days(NOW + left, NOW) == text


@pytest.mark.parametrize(
    ("name", "alias", "is_told"),
    [
        ("acme", "", False),
        ("总公司", "", True),
        ("总公司", "hq", False),
        ("", "", True),
        ("", "华北", True),
        ("acme", "华北", False),
    ],
)
def test_an_account_id_in_the_phrase_has_its_reason(name: str, alias: str, *, is_told: bool) -> None:
    """A name that no keyboard types is no phrase; how to get a shorter one is said where the id is asked for."""
    account = AccountRef(
        account_id="5a4d8b0e7c1f4b2a9d3e6f0a1b2c3d4e", name=UntrustedText(name), site="intl", alias=alias
    )
    plan = Plan(account=account, created=NOW, items=(), review_threshold=Decimal(7000))
    assert ("alias" in phrase_explanation(plan)) is is_told


def test_a_time_of_today_has_no_date() -> None:
    """One of another day has it, in the same zone."""
    assert clock_time(NOW, NOW + timedelta(minutes=4)) == f"{in_zone(NOW):%H:%M}"
    assert clock_time(NOW, NOW + timedelta(days=2)) == f"{in_zone(NOW):%Y-%m-%d %H:%M}"
