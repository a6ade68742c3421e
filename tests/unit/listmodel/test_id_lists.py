"""Lists of ids that people bring."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.problem import UnsubError
from unsub_tui.listmodel.id_lists import parse_ids
from unsub_tui.present.problems import problem_details


@pytest.mark.parametrize(
    "text",
    [
        "a-1\nb-2\n",
        "a-1, b-2; a-1",
        "\ufeffa-1  # the first one\n# a comment\nb-2",
        "resource_id,name\r\na-1,x\r\nb-2,y\r\n",
        'name;id\n"x; y";a-1\nz;b-2\n',
        "resource_id\na-1\nb-2\n",
        '["a-1", "b-2"]',
        json.dumps({"schema_version": 1, "resources": [{"resource_id": "a-1"}, {"resource_id": "b-2"}]}),
        json.dumps({"items": [{"resource_id": "a-1", "attached": [{"resource_id": "no"}]}, {"resource_id": "b-2"}]}),
        json.dumps({"plan": {"items": [{"resource": {"id": each}, "attached": ["no"]} for each in ("a-1", "b-2")]}}),
        '{"resource_id": "a-1"}\n{"resource_id": "b-2"}\n',
    ],
)
def test_every_form_gives_the_same_ids(text: str) -> None:
    """Plain text, CSV, JSON, JSON Lines, a plan: in their order, each once."""
    assert parse_ids(text) == ["a-1", "b-2"]


@pytest.mark.parametrize("text", ['{"a": 1}', "{broken", "[" * 100_000, '[{"x": 1}]'])
def test_json_without_ids_is_an_error(text: str) -> None:
    """It is said, instead of marking nothing without a word."""
    with pytest.raises(UnsubError) as raised:
        parse_ids(text)
    assert "JSON" in problem_details(raised.value.problem)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """Any text is a list of ids or a problem."""
    try:
        found = parse_ids(text)
    except UnsubError:
        return
    assert len(found) == len(set(found))
