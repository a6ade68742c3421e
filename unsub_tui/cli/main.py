"""The command line: flags in, an exit code out. Every error of ours becomes a sentence here, never a traceback."""

from __future__ import annotations

from collections.abc import Sequence

import click

from unsub_tui.cli import journal_commands, plan_commands  # noqa: F401 - they add their commands
from unsub_tui.cli.commands import unsub_tui
from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import OutputError, say

__all__ = ["run", "unsub_tui"]


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = unsub_tui.main(list(arguments), prog_name="unsub-tui", standalone_mode=False)
    except click.ClickException as error:
        say(f"unsub-tui: {error.format_message().expandtabs(2)}")
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPT
    except OutputError as error:
        say(f"unsub-tui: the output cannot be written: {error.strerror}")
        return Exit.USAGE
    except Exception as error:  # noqa: BLE001 - the last place: whatever it is becomes a sentence
        from unsub_tui.cli.failure import explain

        return explain(error)
    return code if isinstance(code, int) else Exit.OK
