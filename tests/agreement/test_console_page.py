"""The page about the console is true: every key, command, column and filter that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

from unsub_tui.app.columns import COLUMN_KINDS_BY_ID
from unsub_tui.app.commands import COMMANDS, key_name
from unsub_tui.cli.options import TAB_CHOICE
from unsub_tui.listmodel.filters import FIELDS, parse

DOCS = Path(__file__).parents[2] / "docs"
ROWS = re.findall(r"^\| ([^|`-][^|]*) \| (.+) \|$", (DOCS / "console.md").read_text(encoding="utf-8"), re.MULTILINE)[1:]
KEYS = {key_name(key) for each in COMMANDS["list"] for key in each.key.split(",")}


def test_every_row_says_where_or_why_not() -> None:
    """No element of the console is left without an answer, and none is there twice."""
    assert len(ROWS) > 30
    assert all(answer.strip() for _, answer in ROWS)
    assert len({element for element, _ in ROWS}) == len(ROWS)


def test_what_it_names_exists() -> None:
    """Keys are bound in the list, columns can be chosen, filters are understood, tabs can be listed."""
    fields = {name for field in FIELDS for name in (field.name, *field.aliases)}
    for _, answer in ROWS:
        for name in re.findall(r"`([^`]+)`", answer):
            if name.startswith("unsub-tui list --tab "):
                continue
            known = (
                name in KEYS
                or name in COLUMN_KINDS_BY_ID
                or name in {"[ ]", "( )", " x ", "max_items"}
                or (name.endswith(":") and name[:-1] in fields)
                or (":" in name and bool(parse(name).terms))
            )
            assert known, name


def test_the_tabs_can_be_listed() -> None:
    """`--tab` takes every tab that the page names."""
    named = {name for _, answer in ROWS for name in re.findall(r"--tab (\w+)", answer)}
    assert named == set(TAB_CHOICE.choices)
