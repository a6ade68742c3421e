"""Completion of arguments in the shell: files, profiles, filters, ids of runs, pages. Reads files only, no network."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import UnsubError

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def complete_files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def complete_topics(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete a page of the documentation."""
    from unsub_tui.cli.doc_pages import page_titles

    return [name for name in sorted(page_titles()) if name.startswith(incomplete)]


def complete_profiles(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete a profile of the settings files."""
    from unsub_tui.cli.config.settings import profile_names, read_settings_files

    names: set[str] = set()
    with suppress(UnsubError):  # an invalid file has no profiles to offer
        names = profile_names(read_settings_files())
    return [name for name in sorted(names) if name.startswith(incomplete)]


def complete_filter(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last word of a filter: a field, a state, or a named filter."""
    from unsub_tui.cli.config.named_filters import load_named_filters
    from unsub_tui.cli.config.paths import filters_file
    from unsub_tui.listmodel.filters.facts import RESOURCES

    before, space, word = incomplete.rpartition(" ")
    words = [f"{field.name}:" for field in RESOURCES.fields]
    words += [f"{name}:{each}" for name, values in RESOURCES.states.items() for each in values]
    with suppress(UnsubError):
        words += [f"@{name}" for name in load_named_filters(filters_file())] if not before else []
    return [before + space + each for each in words if each.startswith(word)]


def complete_runs(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of a recorded run, the newest first."""
    from unsub_tui.cli.config.paths import cache_dir, state_dir
    from unsub_tui.engine.journal_reader import read_all_runs

    ids: list[str] = []
    with suppress(UnsubError):
        ids = [run.run_id for run in read_all_runs(state_dir(), cache_dir())]
    return [each for each in ids if each.startswith(incomplete)]
