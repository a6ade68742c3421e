"""`unsub-tui keys`: write the keys of the app."""

from __future__ import annotations

import click

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import format_option
from unsub_tui.cli.output import write, write_page


@click.command("keys")
@format_option("json", "csv", "md")
def command(*, output_format: str) -> int:
    """Show the keys of the app, with those of the settings file."""
    from unsub_tui.app.commands import key_rows
    from unsub_tui.cli.app_options import check_app_names
    from unsub_tui.cli.config.settings import read_app_settings
    from unsub_tui.present.export.formats import export_text
    from unsub_tui.present.pages.key_table import key_entries

    app_settings = read_app_settings()
    check_app_names(app_settings)
    rows = key_rows(app_settings.keymap)
    if output_format == "table":
        write_page(key_entries(rows))
        return ExitCode.OK
    is_flat = output_format != "json"
    cells: list[dict[str, object]] = [
        {
            "place": row.place,
            "keys": " ".join(row.keys) if is_flat else list(row.keys),
            "effect": row.effect,
            "id": row.command_id,
        }
        for row in rows
    ]
    write(export_text(output_format, "keys", ("place", "keys", "effect", "id"), cells))
    return ExitCode.OK
