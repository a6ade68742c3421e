"""`unsub-tui completion`: the script that completes commands, options and values in a shell."""

from __future__ import annotations

import click

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> int:
    """Print the completion script of a shell.

    For bash: unsub-tui completion bash > ~/.local/share/bash-completion/completions/unsub-tui
    """
    from unsub_tui.cli.shell_scripts import completion_script

    write(completion_script(shell))
    return ExitCode.OK
