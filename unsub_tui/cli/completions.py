"""Completion of arguments in the shell: files, profiles, filters, ids, pages. Reads files only, no network."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import UnsubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import click
    from click.shell_completion import CompletionItem

    from unsub_tui.domain.run import Run


COMPLETION_VARIABLE = "_UNSUB_TUI_COMPLETE"
"""Environment variable with which the script of a shell asks the program for completions."""


def complete_files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def complete_topics(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete a page of the documentation."""
    from unsub_tui.cli.doc_pages import page_titles

    return [name for name in sorted(page_titles()) if name.startswith(incomplete)]


def complete_profiles(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete a profile of the settings files, or the last of several."""
    from unsub_tui.cli.config.settings import profile_names, read_settings_files

    names: set[str] = set()
    with suppress(UnsubError):  # an invalid file has no profiles to offer
        names = profile_names(read_settings_files())
    return _complete_last(sorted(names), incomplete)


def complete_filter(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the end of a filter as the app does, but with the values that this version knows; or a named filter."""
    from unsub_tui.cli.config.named_filters import load_named_filters
    from unsub_tui.cli.config.paths import filters_file
    from unsub_tui.listmodel.filters.completion import complete
    from unsub_tui.listmodel.filters.facts import RECORDS, RESOURCES
    from unsub_tui.present.filter_facts import KNOWN_VALUES

    vocabulary, known = (RECORDS, {}) if context.info_name == "orders" else (RESOURCES, KNOWN_VALUES)
    found = complete(incomplete, vocabulary, lambda field: known.get(field, ()))
    words = [incomplete[: found.start] + each for each in found.candidates]
    with suppress(UnsubError):
        words += [f"@{name}" for name in load_named_filters(filters_file())]
    return [word for word in words if word.startswith(incomplete)]


def complete_columns(names: Sequence[str]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return the completion of columns such as `id,-expires`."""
    reversed_names = [f"-{name}" for name in names]
    return lambda _context, _parameter, incomplete: _complete_last([*names, *reversed_names], incomplete)


def _complete_last(names: Iterable[str], incomplete: str) -> list[str]:
    """Return the completions of a list of names separated by commas: of its last name."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


def complete_runs(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of a recorded run, the newest first."""
    return [run.run_id for run in _recorded_runs() if run.run_id.startswith(incomplete)]


def complete_orders(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of an order of a recorded run; those of others are known to Huawei Cloud only."""
    ids = dict.fromkeys(order_id for run in _recorded_runs() for unit in run.units for order_id in unit.order_ids)
    return [order_id for order_id in ids if order_id.startswith(incomplete)]


def complete_accounts(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of an account with a record."""
    ids = dict.fromkeys(run.account.account_id for run in _recorded_runs())
    return [account_id for account_id in ids if account_id.startswith(incomplete)]


def _recorded_runs() -> list[Run]:
    """Return the runs of all accounts, newest first; none if the record cannot be read: nothing may fail here."""
    from unsub_tui.cli.config.paths import cache_dir, state_dir
    from unsub_tui.engine.journal_reader import read_all_runs

    with suppress(UnsubError):
        return read_all_runs(state_dir(), cache_dir())
    return []
