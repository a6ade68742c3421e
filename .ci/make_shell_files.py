"""Write unsub_tui/data/shell/: completion scripts of bash, zsh and fish, and the man page (`make data`)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from unsub_tui import __version__
from unsub_tui.cli.main import unsub_tui
from unsub_tui.cli.shell_scripts import completion_script

DIRECTORY = Path(__file__).parent.parent / "unsub_tui" / "data" / "shell"

README = Path(__file__).parent.parent / "README.md"

SCRIPTS = {"bash": "unsub-tui.bash", "zsh": "_unsub-tui", "fish": "unsub-tui.fish"}
"""Name of the script for each shell, as the shell requires it."""


def shell_files() -> dict[str, str]:
    """Return the text of each file by its name."""
    os.environ["COLUMNS"] = "80"
    return {**{name: completion_script(shell) for shell, name in SCRIPTS.items()}, "unsub-tui.1": man_page()}


def man_page() -> str:
    """Return the man page: what the program does, its options, and each command with its options."""
    top = click.Context(unsub_tui, info_name="unsub-tui", **unsub_tui.context_settings)
    lines = [
        f'.TH UNSUB-TUI 1 "" "unsub-tui {__version__}" "User Commands"',
        ".SH NAME",
        r"unsub-tui \- clean up yearly/monthly resources of a Huawei Cloud account",
        ".SH SYNOPSIS",
        ".B unsub-tui",
        r"[\fIOPTIONS\fR] [\fICOMMAND\fR] [\fIARGUMENTS\fR]",
        ".SH DESCRIPTION",
        *paragraphs(unsub_tui.help or ""),
        ".SH OPTIONS",
        *options(unsub_tui, top),
        ".SH COMMANDS",
    ]
    for name in unsub_tui.list_commands(top):
        command = unsub_tui.get_command(top, name)
        if command is not None:
            context = click.Context(command, info_name=name, parent=top)
            lines += [f".SS {name} {escape(' '.join(command.collect_usage_pieces(context)))}"]
            lines += [*paragraphs(command.help or ""), *options(command, context)]
    lines += [".SH EXIT STATUS", *exit_codes()]
    lines += [".SH ENVIRONMENT AND FILES", r"\fBunsub-tui help files\fR has the tables of all variables and files."]
    lines += [".SH SEE ALSO", r"\fBunsub-tui help\fR lists the pages of the documentation."]
    return "\n".join(lines) + "\n"


def exit_codes() -> list[str]:
    """Return the table of exit codes of the README."""
    section = README.read_text(encoding="utf-8").partition("\n## Exit codes\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d[\d, ]*) \| (.*) \|$", section, re.MULTILINE)
    return [line for codes, meaning in rows for line in (".TP", codes, escape(meaning.replace("`", "")))]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text."""
    return [line for each in text.split("\n\n") for line in (".PP", escape(" ".join(each.split())))]


def options(command: click.Command, context: click.Context) -> list[str]:
    """Return the options of a command."""
    records = (each.get_help_record(context) for each in command.get_params(context))
    return [line for each in records if each for line in (".TP", rf"\fB{escape(each[0])}\fR", escape(each[1]))]


def escape(text: str) -> str:
    """Return a text without the characters that troff would obey."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def main() -> None:
    """Write all files."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in shell_files().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
