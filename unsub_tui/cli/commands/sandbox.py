"""`unsub-tui sandbox`: serve the sandbox on a loopback address."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from unsub_tui.api.endpoints import is_loopback
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import TimestampType, sandbox_options
from unsub_tui.sandbox import SandboxOptions, build_sandbox


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port to listen on; 0 selects a free one.",
)
@sandbox_options
@click.option("--now", type=TimestampType(), help="Start of the simulated clock. Signatures use the real clock.")
@click.option(
    "--state",
    "state_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that keeps the state.",
)
@click.option(
    "--faults",
    "faults_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Faults to inject.",
)
def command(
    *,
    host: str,
    port: int,
    resources: int,
    seed: int,
    site: str,
    latency_ms: int,
    now: datetime | None,
    state_file: Path | None,
    faults_file: Path | None,
) -> int:
    """Serve the sandbox on a loopback address and print its endpoint and keys as a line of JSON."""
    if not is_loopback(host):
        raise click.UsageError(f"the sandbox listens on loopback only, such as 127.0.0.1, not on {host!r}")
    try:
        from unsub_tui.sandbox.server import serve
    except ModuleNotFoundError as error:
        raise click.UsageError("uvicorn is missing; install it with: pipx install 'unsub-tui[sandbox]'") from error
    options = SandboxOptions(
        resources=resources,
        seed=seed,
        site=site,
        now=now,
        state_file=state_file,
        faults_file=faults_file,
        latency_ms=latency_ms,
    )
    try:
        sandbox = build_sandbox(options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        serve(sandbox, host, port, sys.stdout)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return ExitCode.OK
