"""`unsub-tui sandbox`: serve the sandbox on a loopback address."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unsub_tui.api.endpoints import is_loopback
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import sandbox_options, timestamp
from unsub_tui.present.i18n import _
from unsub_tui.sandbox import SandboxOptions, build_replay, build_sandbox

if TYPE_CHECKING:
    from unsub_tui.sandbox.server import Served

_NOT_REPLAYED = ("state_file", "faults_file", "now")
_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("sandbox", short_help="Serve a simulated account on a loopback address.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port to listen on; 0 selects a free one.",
)
@click.option("--env", "as_exports", is_flag=True, help="Print `export` lines for a shell instead of JSON.")
@sandbox_options
@click.option(
    "--now", type=timestamp, metavar="TIME", help="Start of the simulated clock. Signatures use the real clock."
)
@click.option("--state", "state_file", type=_FILE, help="File that keeps the state.")
@click.option("--faults", "faults_file", type=_EXISTING_FILE, help="Faults to inject.")
@click.option(
    "--replay",
    "replay_file",
    type=_FILE,
    metavar="FILE",
    help="Serve the answers in a file of `doctor --contract --save` instead of a generated account.",
)
def command(
    *, host: str, port: int, as_exports: bool, replay_file: Path | None, **options: Any
) -> int:  # the fields of SandboxOptions
    """Serve the sandbox on a loopback address and print its endpoint and keys as a line of JSON."""
    if not is_loopback(host):
        words = _("the sandbox listens on loopback only, such as 127.0.0.1, not on {host!r}")
        raise click.UsageError(words.format(host=host))
    try:
        from unsub_tui.sandbox.server import serve
    except ModuleNotFoundError as error:
        words = _(
            "uvicorn is missing; install it with: pipx inject unsub-tui uvicorn, "
            "or with: uv tool install 'unsub-tui[sandbox]'"
        )
        raise click.UsageError(words) from error
    if replay_file is not None and any(options[each] is not None for each in _NOT_REPLAYED):
        raise click.UsageError(_("--replay serves what was captured: it takes no --state, --faults or --now"))
    try:
        if replay_file is not None:
            served: Served = build_replay(replay_file, options["latency_ms"])
        else:
            served = build_sandbox(SandboxOptions(**options))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        serve(served, host, port, sys.stdout, as_exports=as_exports)
    except OSError as error:
        why = os.strerror(error.errno or 0)  # the error's own words repeat the address
        words = _("cannot listen on {host}:{port}: {why}").format(host=host, port=port, why=why)
        raise click.UsageError(words) from error
    return ExitCode.OK
