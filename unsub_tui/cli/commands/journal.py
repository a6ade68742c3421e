"""The declarations of the commands that verify, export and set aside journals."""

from __future__ import annotations

import os

import click

from unsub_tui.cli.commands.app import unsub_tui

ACCOUNT = click.option("--account", "account_id", metavar="ID", help="Of this account only.")


@unsub_tui.group()
def journal() -> None:
    """Check the record, write it out, set aside one that is not sound."""


@journal.command("verify")
@ACCOUNT
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def journal_verify(*, account_id: str | None, output_format: str) -> int:
    """Check that the record is what was written: the file, the chain of hashes, the states, the head and its copy.

    Exit 1 where it is not; 4 where it cannot be read now, so that whether it is is not known.
    """
    from unsub_tui.cli.commands.journal_body import select_records, verify
    from unsub_tui.cli.config.paths import cache_dir, state_dir

    directory = state_dir(os.environ)
    return verify(directory, select_records(directory, account_id), output_format, cache_dir())


@journal.command("export")
@ACCOUNT
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to; - is stdout.", show_default=True)
@click.option("--force", is_flag=True, help="Write over a file of that name.")
def journal_export(*, account_id: str | None, output: str, force: bool) -> int:
    """Write every event as a line of JSON, with the hashes by which others can check the chain (docs/plans.md)."""
    from unsub_tui.cli.commands.journal_body import export, select_records
    from unsub_tui.cli.config.paths import cache_dir, state_dir

    return export(select_records(state_dir(os.environ), account_id), output, cache_dir(), overwrite=force)


@journal.command("set-aside")
@click.argument("account_id", metavar="ACCOUNT")
def journal_set_aside(*, account_id: str) -> int:
    """Set a record aside that is not sound, so that the next run begins a new one.

    What is open in it is then not followed. One that only cannot be read now stays.
    """
    from unsub_tui.cli.commands.journal_body import set_aside_record
    from unsub_tui.cli.config.paths import cache_dir, state_dir

    return set_aside_record(state_dir(os.environ), account_id, cache_dir())
