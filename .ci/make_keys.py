"""Write docs/keys.md: the keys of every screen, from the table of commands."""

from __future__ import annotations

from pathlib import Path

from textual.binding import Binding

from unsub_tui.app.commands import COMMANDS, key_name

PAGE = Path(__file__).parents[1] / "docs" / "keys.md"

INTRODUCTION = """# Keys

`make data` writes this page from `unsub_tui/app/commands.py`. The section `[keys]` of `config.toml` replaces the keys
of a command by its id ([settings](list.md#settings)).
"""


def keys_page() -> str:
    """Return the page: a table per screen or widget, without the commands that have no description."""
    parts = [INTRODUCTION]
    for place, commands in COMMANDS.items():
        if rows := [row(command) for command in commands if command.tooltip]:
            parts.append(
                "\n".join([f"## {place.capitalize()}\n", "| keys | effect | id |", "|---|---|---|", *rows, ""])
            )
    return "\n".join(parts)


def row(command: Binding) -> str:
    """Return the row of a command."""
    keys = " ".join(f"`{key}`" for key in dict.fromkeys(map(key_name, command.key.split(","))))
    return f"| {keys} | {command.tooltip} | `{command.id}` |"


if __name__ == "__main__":
    PAGE.write_text(keys_page(), encoding="utf-8")
