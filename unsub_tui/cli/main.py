"""Entry point of the command line. Every exception becomes a message and an exit code, never a traceback."""

from __future__ import annotations

from collections.abc import Sequence

import click

from unsub_tui.cli.commands import journal, plan  # noqa: F401 - importing them registers their commands
from unsub_tui.cli.commands.app import unsub_tui
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import OutputError, write_message

__all__ = ["run", "unsub_tui"]


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = unsub_tui.main(list(arguments), prog_name="unsub-tui", standalone_mode=False)
    except click.ClickException as error:
        write_message(f"unsub-tui: {error.format_message().expandtabs(2)}")
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPT
    except OutputError as error:
        write_message(f"unsub-tui: the output cannot be written: {error.strerror}")
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - outermost handler: every error becomes a message
        from unsub_tui.cli.failure import report_error

        return report_error(error)
    return code if isinstance(code, int) else ExitCode.OK
