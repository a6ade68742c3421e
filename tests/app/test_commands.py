"""The table of commands: unique ids, reachable actions, and the page that is written from it."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

from tests.app.stage import run_app
from unsub_tui.app.commands import COMMANDS, key_name, key_rows

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


def test_names_of_keys_are_readable() -> None:
    """The character, where the key has one; never Textual's name of it."""
    assert key_name("right_square_bracket") == "]"
    assert key_name("ctrl+right_square_bracket") == "ctrl+]"
    assert not [name for row in key_rows({}) for name in row.keys if "_" in name]


def test_keys_of_the_settings_are_listed_instead() -> None:
    """`[keys]` replaces all keys of a command."""
    rows = {row.command_id: row.keys for row in key_rows({"list.review": "ctrl+g, full_stop"})}
    assert rows["list.review"] == ("ctrl+g", ".")
    assert rows["list.select"] == ("space", "insert")


async def test_the_help_page_is_grouped_and_finds_keys(tmp_path: Path) -> None:
    """The keys of the page come first, those of all screens last; words show a part, esc shows all again."""
    async with run_app(tmp_path, size=(80, 100)) as stage:
        await stage.press("question_mark")
        lines = (await stage.wait_for("All keys: unsub-tui keys")).splitlines()
        assert lines.index("List") < lines.index("Table") < lines.index("Everywhere")
        assert lines[-1].startswith("/ Find")
        await stage.press("slash")
        await stage.wait_for("Find a key")
        await stage.answer("undo selection")
        await stage.wait_for("Keys with", "Undo the last change of the selection", without="Review the selected")
        await stage.press("escape")
        await stage.wait_for("Review the selected resources")
        await stage.press("escape")
        await stage.wait_for("Active Resources")
