"""Write unsub_tui/data/help/: the help of every command, as the command line says it in 80 columns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from unsub_tui.cli.fast_help import HELP_DIRECTORY, help_file
from unsub_tui.cli.main import unsub_tui


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield this command and all below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None:
                yield from contexts(click.Context(command, info_name=name, parent=context, **command.context_settings))


def main() -> None:
    """Write one file a command, and take away those of commands that are no more."""
    os.environ["COLUMNS"] = "80"
    directory = Path(HELP_DIRECTORY)
    directory.mkdir(exist_ok=True)
    for old in directory.glob("*.txt"):
        old.unlink()
    top = click.Context(unsub_tui, info_name="unsub-tui", **unsub_tui.context_settings)
    for context in contexts(top):
        words = context.command_path.split()[1:]
        Path(help_file(words)).write_text(context.get_help() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
