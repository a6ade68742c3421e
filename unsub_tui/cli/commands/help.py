"""`unsub-tui help`: the pages of the documentation, which are part of the package."""

from __future__ import annotations

import click

from unsub_tui.cli.completions import complete_topics
from unsub_tui.cli.config.toml import did_you_mean
from unsub_tui.cli.doc_pages import page_path, page_titles
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write, write_table
from unsub_tui.present.i18n import _


@click.command("help", short_help="Show a page of the documentation.")
@click.argument("topic", required=False, shell_complete=complete_topics)
def command(*, topic: str | None) -> int:
    """Show a page of the documentation; without a topic, list the topics."""
    titles = page_titles()
    if topic is None:
        write_table(("TOPIC", "PAGE"), sorted(titles.items()))
        return ExitCode.OK
    name = topic.removeprefix("docs/").removesuffix(".md")
    if name not in titles:
        guess = did_you_mean(name, titles)
        raise click.UsageError(_("no page {topic!r}; `unsub-tui help` lists them").format(topic=topic) + guess)
    write(page_path(name).read_text(encoding="utf-8"))
    return ExitCode.OK
