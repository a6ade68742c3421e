"""The table of commands: unique ids, reachable actions, and the page that is written from it."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

from unsub_tui.app.commands import COMMANDS

ROOT = Path(__file__).parents[2]


def test_ids_are_unique_and_stable_names() -> None:
    """A `[keys]` entry means one command."""
    ids = Counter(str(command.id) for commands in COMMANDS.values() for command in commands)
    assert max(ids.values()) == 1
    assert all(name == name.lower() and name.count(".") == 1 for name in ids)


def test_every_place_is_bound_by_a_screen_or_widget() -> None:
    """No command of the table is unreachable, and nothing else declares bindings."""
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "unsub_tui" / "app").rglob("*.py")}
    text = "".join(source for path, source in sources.items() if path.name != "commands.py")
    assert "Binding(" not in text
    for place in COMMANDS:
        assert f'bindings("{place}")' in text, place


def test_the_page_of_keys_is_current() -> None:
    """`make data` writes it."""
    script = runpy.run_path(str(ROOT / ".ci" / "make_keys.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == script["keys_page"]()
