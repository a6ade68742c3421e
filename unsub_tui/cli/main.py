"""Entry point of the command line: the program, its options and its commands.

Every exception becomes a message and an exit code, never a traceback.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource

from unsub_tui import __version__
from unsub_tui.cli.completions import COMPLETION_VARIABLE, complete_files, complete_profiles
from unsub_tui.cli.config.zone_settings import APP_ZONE, COMMAND_ZONE, use_time_zone
from unsub_tui.cli.context import OPTIONS_AFTER_COMMAND, GlobalOptions
from unsub_tui.cli.exit_codes import ExitCode, SignalError
from unsub_tui.cli.options import amount, app_start_options, days, percentage
from unsub_tui.cli.output import OutputError, write_message
from unsub_tui.cli.output_format import given_format
from unsub_tui.present.i18n import _

COMMANDS = [
    "agent-tools",
    "apply",
    "completion",
    "config",
    "demo",
    "doctor",
    "help",
    "journal",
    "keys",
    "list",
    "orders",
    "plan",
    "quote",
    "report",
    "resume",
    "runs",
    "sandbox",
]
"""Names of the commands. The module `commands/NAME.py` declares `command` and is imported when it is called."""

_WITHOUT_SETTINGS = ("agent-tools", "completion", "config", "demo", "help", "journal", "keys", "sandbox")
"""Commands that work with an invalid settings file, or report its errors themselves."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    if COMPLETION_VARIABLE in os.environ:
        from unsub_tui.cli.shell_scripts import register_shells

        register_shells()
    try:
        code = unsub_tui.main(list(arguments), prog_name="unsub-tui", standalone_mode=False)
    except click.ClickException as error:
        return _report_usage_error(error, arguments)
    except (click.Abort, KeyboardInterrupt):  # ctrl+c in a command without an CommandSignals
        return _report_signal(SignalError(ExitCode.INTERRUPT), arguments)
    except SignalError as error:
        return _report_signal(error, arguments)
    except OutputError as error:
        write_message(_("unsub-tui: the output cannot be written: {why}").format(why=error.strerror))
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - outermost handler: every error becomes a message
        from unsub_tui.cli.failure import report_error

        return report_error(error, as_json=given_format(arguments) == "json")
    return code if isinstance(code, int) else ExitCode.OK


def _report_usage_error(error: click.ClickException, arguments: Sequence[str]) -> int:
    message, hint = error.format_message().expandtabs(2), ""
    # A message of several lines shows the place of the mistake, and what is expected there.
    if isinstance(error, click.UsageError) and error.ctx is not None and "\n" not in message:
        hint = _("See: {command} --help").format(command=error.ctx.command_path)
    write_message(f"unsub-tui: {message} {hint}".rstrip())
    if given_format(arguments) == "json":
        from unsub_tui.cli.failure import write_usage_error

        write_usage_error(error.format_message(), hint)
    return ExitCode.USAGE


def _report_signal(error: SignalError, arguments: Sequence[str]) -> int:
    if given_format(arguments) == "json":
        from unsub_tui.cli.failure import write_signal_document

        write_signal_document(error)
    return error.exit_code


class _Commands(click.Group):
    """Group that imports a command when it is called, because most modules serve one command only."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the signature of Click
        """Return the command of a name, or None."""
        if cmd_name not in self.commands:
            return None
        command: click.Command = import_module(f"unsub_tui.cli.commands.{cmd_name.replace('-', '_')}").command
        return _with_global_options(command)


@click.group(
    cls=_Commands,
    commands=[click.Command(name) for name in COMMANDS],  # placeholders, by which Click lists and suggests the names
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@click.option(
    "--profile", metavar="NAME", shell_complete=complete_profiles, help="Use this profile and no other credentials."
)
@click.option("--read-only", is_flag=True, help="Read-only mode: refuse unsubscriptions and changes.")
@click.option(
    "--max-items", type=click.IntRange(min=1), metavar="N", help="Refuse plans that affect more than N resources."
)
@click.option("--max-amount", type=amount, metavar="AMOUNT", help="Refuse plans that refund more than AMOUNT.")
@click.option(
    "--max-share",
    type=percentage,
    metavar="PERCENT",
    help="Refuse plans that affect more than PERCENT of the resources.",
)
@click.option("--refuse-running", is_flag=True, help="Refuse servers and databases that are not stopped.")
@click.option(
    "--require-backup", type=days, metavar="DAYS", help="Refuse items without a backup of the last DAYS, such as 7d."
)
@click.option("--no-color", is_flag=True, help="Use no colors.")
@click.option("--ascii", "is_ascii", is_flag=True, help="Draw frames with ASCII characters.")
@click.option("--quiet", is_flag=True, help="Write no notes and no progress to stderr, only warnings and errors.")
@click.option("--verbose", is_flag=True, help="Log requests on stderr: host, path, status, request id; never contents.")
@click.option(
    "--log-file", metavar="FILE", shell_complete=complete_files, help="Append that log to a file, also from the app."
)
@click.option(
    "--tz",
    metavar="ZONE",
    help="Time zone: local (default of the app), UTC+8 (of commands), Asia/Shanghai. JSON and CSV stay in UTC.",
)
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    shell_complete=complete_files,
    help="Open the app on the review of a plan file.",
)
@app_start_options
@click.option("--mouse", is_flag=True, help="Enable the mouse. The terminal can then select no text.")
@click.pass_context
def unsub_tui(
    context: click.Context,
    /,
    *,
    plan_file: str | None,
    query: str,
    tab_name: str,
    **flags: Any,  # the fields of GlobalOptions
) -> int:
    """Clean up yearly/monthly resources of a Huawei Cloud account.

    Without a command, the app opens on the configured account. `demo` opens it on a simulated account.

    The options can stand before or after a command.
    """
    from unsub_tui.cli.process.hardening import harden

    harden()
    context.obj = GlobalOptions(**flags)
    # Now, because the days in the arguments of the command are days in this zone.
    command = context.invoked_subcommand
    default_zone = APP_ZONE if command in (None, "demo") else COMMAND_ZONE
    use_time_zone(context.obj.tz, default=default_zone, reads_files=command not in _WITHOUT_SETTINGS)
    if command is None:
        if context.obj.verbose:
            raise click.UsageError(_("--verbose would write into the screen; use --log-file FILE"))
        from unsub_tui.cli.commands.app import run_configured_app

        return run_configured_app(context.obj, plan_file, query, tab_name)
    if plan_file is not None:
        words = _("--plan opens the app, so it takes no command; without the app: unsub-tui apply FILE")
        raise click.UsageError(words)
    if {context.get_parameter_source(each) for each in ("query", "tab_name")} != {ParameterSource.DEFAULT}:
        words = _("--filter and --tab before a command open the app; write them after it: unsub-tui {command} --filter")
        raise click.UsageError(words.format(command=command))
    return ExitCode.OK


def _with_global_options(command: click.Command) -> click.Command:
    """Return a command that takes the global options too, as do those below it. Its help does not repeat them."""
    taken = {name for each in command.params for name in each.opts}
    command.params += [
        _after_command(each)
        for each in unsub_tui.params
        if isinstance(each, click.Option) and each.name in OPTIONS_AFTER_COMMAND and not taken.intersection(each.opts)
    ]
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _with_global_options(each)
    return command


def _after_command(option: click.Option) -> click.Option:
    """Return a global option for the place after a command, where it replaces the value of the place before."""
    found = copy(option)
    found.hidden, found.expose_value, found.callback = True, False, _set_global_option
    found.is_eager = True  # the time zone is in force before days in other arguments are parsed
    return found


def _set_global_option(context: click.Context, option: click.Parameter, value: object) -> None:
    name = option.name or ""
    if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        return
    if name == "tz":
        use_time_zone(str(value), default="", reads_files=False)
    options = replace(context.find_root().obj, **{name: value})
    above: click.Context | None = context
    while above is not None:
        above.obj, above = options, above.parent
