from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.pages.confirmation import phrase_explanation


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
    plan = Plan(account=account, created=datetime(2026, 1, 1, tzinfo=UTC), items=(), review_threshold=Decimal(7000))
    assert ("alias" in phrase_explanation(plan)) is is_told
