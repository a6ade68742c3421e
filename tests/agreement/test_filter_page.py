"""The pages about the filter are true: every form they name is understood."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from unsub_tui.listmodel.filters import RECORDS, RESOURCES, FilterError, Vocabulary, parse
from unsub_tui.present.filter_facts import ResourceFacts

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [("filter.md", RESOURCES, 20), ("records.md", RECORDS, 12)]


def table_rows(page: str) -> list[tuple[str, str]]:
    """Return the first two cells of the rows that begin with a form; a bar within a cell is escaped."""
    rows = [re.split(r"(?<!\\) *\|", line) for line in page.splitlines() if line.startswith("| `")]
    return [(row[1].replace(r"\|", "|").strip(), row[2].replace(r"\|", "|").strip()) for row in rows]


@pytest.mark.parametrize(("name", "vocabulary", "least"), PAGES)
def test_every_form_on_the_page_is_understood(name: str, vocabulary: Vocabulary, least: int) -> None:
    """Both the ones in the first column and those in the explanations that are whole filters."""
    page = (DOCS / name).read_text(encoding="utf-8")
    rows = table_rows(page.partition("## What is an error")[0])
    forms = [form for left, right in rows for form in re.findall(r"`([^`]+)`", left + right) if len(form) > 4]
    assert len(forms) > least
    for form in forms:
        assert parse(form, vocabulary).terms, form


def test_every_form_that_the_page_calls_wrong_is_an_error() -> None:
    """And what is written instead is none."""
    wrong = (DOCS / "filter.md").read_text(encoding="utf-8").partition("## What is an error")[2]
    rows = table_rows(wrong)
    assert len(rows) == 14
    facts = ResourceFacts([], lambda: datetime.now(UTC), {}, lambda _id: None)
    for form, _why in rows:
        with pytest.raises(FilterError):
            parse(form.strip("`")).match_rows(facts, [])
    for form in (
        "type:ecs|evs",
        "expires<30",
        "name:web-*",
        "type:ec",
        "state:not-begun",
        '"or"',
        '"(old)"',
        'project:""',
    ):
        assert f"`{form}`" in wrong.replace(r"\|", "|") or form.startswith(("state", "project"))
        parse(form).match_rows(facts, [])


@pytest.mark.parametrize(("name", "vocabulary", "_least"), PAGES)
def test_every_field_and_state_is_on_the_page(name: str, vocabulary: Vocabulary, _least: int) -> None:
    """Nothing that can be asked is left out."""
    page = (DOCS / name).read_text(encoding="utf-8")
    for field in vocabulary.fields:
        for each in (field.name, *field.aliases):
            assert f"`{each}`" in page
    for kind, values in vocabulary.states.items():
        assert all(f"`{kind}:{value}`" in page for value in values)
