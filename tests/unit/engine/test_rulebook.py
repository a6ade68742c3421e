"""Rules as data: the shipped file, and the user's own over it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from unsub_tui.domain.eligibility import BlockedReason, blocked_reason
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules, rules_schema
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.problems import problem_details

ROOT = Path(__file__).parents[3]
FEE = '[cn.fee]\nname = "ours"\nsource = "a mail"\ndate = 2026-11-02\npercent = { monthly = [8], 12 = [12.5] }\n'


def test_an_override_says_so(tmp_path: Path) -> None:
    """A rule of the user's takes the place of the shipped one; its label tells, everything else stays."""
    own = tmp_path / "rules.toml"
    own.write_text(FEE)
    rules = load_rules("cn", own)
    assert rules.fee is not None
    assert fact_text(rules.fee.label) == "ours 2026-11-02 (your override)"
    assert rules.fee.rate(12, 1) == Decimal("0.125")
    assert rules.full_refund == load_rules("cn").full_refund
    assert load_rules("intl", own) == load_rules("intl")
    assert load_rules("cn", tmp_path / "none.toml").fee is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[cn", "table declaration"),
        ("[mars]\n", "mars"),
        (FEE.replace("[8]", "[108]"), "cn.fee.percent.monthly.0"),
        (FEE.replace("monthly", "weekly"), "cn.fee.percent.weekly"),
        (FEE.replace('source = "a mail"\n', ""), "cn.fee.source"),
        (FEE.replace("[8]", "['1E-400000000']"), "cn.fee.percent.monthly.0"),
        ("[cn.review]\nabove = '1E+400000000'\nsource = 'x'\ndate = 2026-01-01\n", "cn.review.above"),
        ("[cn.full_refund]\nhours = 1000000000\nquota = 1\nsource = 'x'\ndate = 2026-01-01\n", "full_refund.hours"),
        ("[cn.full_refund]\nhours = 1" + "0" * 5000, "digits"),
        ("[cn.reviews]\nabove = '1'\n", "cn.reviews"),
        ("[cn.counting]\nunit = 'weeks'\nsource = 'x'\ndate = 2026-01-01\n", "cn.counting.unit"),
    ],
)
def test_an_override_that_is_wrong_is_named(tmp_path: Path, text: str, place: str) -> None:
    """The file and the place in it, never a traceback."""
    own = tmp_path / "rules.toml"
    own.write_text(text)
    with pytest.raises(UnsubError) as caught:
        load_rules("cn", own)
    assert caught.value.problem.kind is ProblemKind.CONFIG
    assert "rules.toml" in problem_details(caught.value.problem)
    assert place in problem_details(caught.value.problem)


EXCLUDED = "[[cn.excluded]]\nkind = '{kind}'\nsource = 'x'\ndate = 2026-01-01\ncertain = {certain}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FEE.replace("12 = [12.5]", "24 = [12, 10, 8]"), "the row 24 has 3 years of use, but the term has 2"),
        (EXCLUDED.format(kind="service", certain="true"), "excluded.0: the entry names no product"),
        (
            EXCLUDED.format(kind="service", certain="true") + "services = ['a', 'b']\nexcept_services = ['b']\n",
            "excluded.0: b is in services and in except_services",
        ),
        (
            EXCLUDED.format(kind="no_pay_per_use", certain="false") + "services = ['a']\n",
            "excluded.0: an entry of this kind has no effect",
        ),
        (
            EXCLUDED.format(kind="refund_unknown", certain="false") + "services = ['a']\n",
            "excluded.0: an entry of this kind has no effect",
        ),
        (
            "".join(EXCLUDED.format(kind="service", certain=each) + "names = ['a']\n" for each in ("true", "false")),
            "cn: two entries of excluded differ only in certain",
        ),
    ],
)
def test_an_entry_that_contradicts_itself_is_rejected(tmp_path: Path, text: str, reason: str) -> None:
    """The message names the entry and what to remove."""
    own = tmp_path / "rules.toml"
    own.write_text(text)
    with pytest.raises(UnsubError) as caught:
        load_rules("cn", own)
    assert caught.value.problem.kind is ProblemKind.CONFIG
    assert reason in problem_details(caught.value.problem)


def test_the_schema_is_the_one_in_the_docs() -> None:
    """`make data` writes it anew."""
    assert json.loads((ROOT / "docs" / "rules.schema.json").read_text()) == rules_schema()


@pytest.mark.parametrize("site", ["intl", "eu", "cn"])
def test_products_that_are_not_taken_back(site: str) -> None:
    """CodeArts packages never; resource packages before they begin, those of vaults always; a doubt blocks nothing."""
    rules, moment = load_rules(site), datetime(2027, 1, 1, tzinfo=UTC)

    def product(service: str, kind: str, name: str = "", begins: int = 0) -> Resource:
        return Resource(
            resource_id=UntrustedText("one"),
            service_type_code=UntrustedText(f"hws.service.type.{service}"),
            service_type_name=UntrustedText(name),
            resource_type_code=UntrustedText(f"hws.resource.type.{kind}"),
            effective_time=moment.replace(month=1 + begins),
        )

    assert blocked_reason(product("devcloud", "devcloud"), rules, moment) is BlockedReason.SERVICE_EXCLUDED
    assert blocked_reason(product("obs", "obspackage"), rules, moment) is BlockedReason.PACKAGE_IN_USE
    assert blocked_reason(product("obs", "obspackage", begins=2), rules, moment) is None
    assert blocked_reason(product("cdn", "cdn"), rules, moment) is BlockedReason.PACKAGE_IN_USE
    assert blocked_reason(product("cbr", "cbrpackage"), rules, moment) is None
    assert rules.find_refund_doubt(product("cbr", "cbrpackage")) is None
    for perhaps in (product("vpc", "pkg.shared"), product("vpc", "sharetraffic"), product("vpc", "publicippool")):
        assert blocked_reason(perhaps, rules, moment) is None
        assert rules.find_refund_doubt(perhaps) is not None
    assert rules.find_refund_doubt(product("aad", "aad", "DDoS Mitigation")) is not None
    assert rules.find_refund_doubt(product("ec2", "vm", "Elastic Cloud Server")) is None
    doubtful = product("marketplace", "marketplace")
    assert blocked_reason(doubtful, rules, moment) is None
    exclusion = rules.find_exclusion(doubtful)
    assert exclusion is not None
    assert not exclusion.is_certain
