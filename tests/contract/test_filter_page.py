"""The page about the filter is true: every form it names is understood."""

from __future__ import annotations

import re
from pathlib import Path

from unsub_tui.domain.filters import FIELDS, parse
from unsub_tui.domain.filters.facts import STATES

PAGE = (Path(__file__).parents[2] / "docs" / "filter.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.+?`.*?) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_form_on_the_page_is_understood() -> None:
    """Both the ones in the first column and those in the explanations that are whole filters."""
    forms = [form for left, right in ROWS for form in re.findall(r"`([^`]+)`", left + right) if len(form) > 4]
    assert len(forms) > 20
    for form in forms:
        assert parse(form).terms, form


def test_every_field_and_state_is_on_the_page() -> None:
    """Nothing that can be asked is left out."""
    for field in FIELDS:
        for name in (field.name, *field.aliases):
            assert f"`{name}`" in PAGE
    for kind, values in STATES.items():
        assert all(f"`{kind}:{value}`" in PAGE for value in values)
