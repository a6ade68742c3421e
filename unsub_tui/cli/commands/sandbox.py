"""`unsub-tui sandbox`: serve the sandbox on a loopback address."""

from __future__ import annotations

import sys

import click

from unsub_tui.api.endpoints import is_loopback
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox import SandboxOptions, build_sandbox


def serve_sandbox(options: SandboxOptions, host: str, port: int) -> int:
    """Serve until interrupted. Raises UsageError for an address that other machines can reach."""
    if not is_loopback(host):
        raise click.UsageError(f"the sandbox listens on loopback only, such as 127.0.0.1, not on {host!r}")
    try:
        from unsub_tui.sandbox.server import serve
    except ModuleNotFoundError as error:
        raise click.UsageError("serving the sandbox needs uvicorn: pipx install 'unsub-tui[sandbox]'") from error
    try:
        sandbox = build_sandbox(options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        serve(sandbox, host, port, sys.stdout)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return ExitCode.OK
