"""`unsub-tui completion`: the script that completes commands, options and values in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write

VARIABLE = "_UNSUB_TUI_COMPLETE"
"""Environment variable with which the script asks the program for completions."""


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> int:
    """Print the completion script of a shell.

    For bash: unsub-tui completion bash > ~/.local/share/bash-completion/completions/unsub-tui
    """
    write(completion_script(shell))
    return ExitCode.OK


def completion_script(shell: str) -> str:
    """Return the completion script of a shell."""
    found = get_completion_class(shell)
    if found is None:
        raise click.BadParameter(shell)
    return found(click.Command("unsub-tui"), {}, "unsub-tui", VARIABLE).source()
