"""Named filters: `filters.toml` beside the settings file, read by the app and the commands, written by the app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from unsub_tui.cli.config.paths import filters_file
from unsub_tui.cli.config.toml import ConfigError, did_you_mean, read_toml_file
from unsub_tui.cli.output import write_message
from unsub_tui.engine.files import write_file
from unsub_tui.engine.settings_files import read_settings_file
from unsub_tui.present.i18n import _

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")

_NEW_FILE = "# Named filters: F in the app, --filter @NAME in commands.\n"


def load_named_filters(path: Path) -> dict[str, str]:
    """Return the filters by name. Raises ConfigError for a filter that cannot be parsed."""
    table = read_toml_file(path)
    if table is None:
        return {}
    from unsub_tui.listmodel.filters import FilterError, parse
    from unsub_tui.present.filter_messages import filter_error_text

    found = {name: table.text(name) for name in table.values}
    for name, text in found.items():
        try:
            parse(text)
        except FilterError as error:
            why = filter_error_text(text, error)
            raise ConfigError(_("{path}: filter {name}: {why}"), path=path, name=name, why=why) from error
    return found


def filter_name_problem(name: str) -> str:
    """Return why a filter name is invalid, or an empty string."""
    return "" if _NAME.fullmatch(name) else _("a name may contain letters, digits, - and _, at most 40")


def save_named_filter(path: Path, name: str, text: str) -> str:
    """Save a filter, replacing a filter of the same name, and return the file's path. Raises CONFIG or FILE.

    Everything else in the file stays as its user wrote it: comments, order, quotes.
    """
    import tomlkit

    load_named_filters(path)  # a file that the next start would refuse is not written to
    document = tomlkit.parse(read_settings_file(path) or _NEW_FILE)
    document[name] = text
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(_("{path} cannot be written: {why}"), path=path, why=error.strerror) from error
    # A link, such as into a directory under version control, stays a link; `read_settings_file` has checked it.
    write_file(str(path.resolve()), tomlkit.dumps(document), replace=True)
    return str(path)


def resolve_filter(text: str) -> tuple[str, str]:
    """Return the filter text and its origin; look up `@name` among the named filters. Raises UsageError."""
    if not text.startswith("@"):
        return text, "--filter"
    path = filters_file()
    filters = load_named_filters(path)
    if text[1:] not in filters:
        words = _("--filter: no filter is named {name!r} in {path}; known filters: {known}")
        known = ", ".join(sorted(filters)) or _("none")
        guess = did_you_mean(text[1:], filters)
        raise click.UsageError(words.format(name=text[1:], path=path, known=known) + guess)
    return filters[text[1:]], f"--filter {text} ({path})"


def check_filter(text: str) -> str:
    """Return the text of a filter of the command line that the grammar allows. Raises UsageError."""
    text, origin = resolve_filter(text)
    if text:
        from unsub_tui.listmodel.filters import parse

        with filter_usage_errors(origin, text):
            parse(text)
    return text


@contextmanager
def filter_usage_errors(origin: str, text: str) -> Iterator[None]:
    """Turn a FilterError into a UsageError with what was expected and a caret under the wrong part of the filter."""
    from unsub_tui.listmodel.filters import FilterError

    try:
        yield
    except FilterError as error:
        from unsub_tui.present.filter_messages import filter_error_text, filter_with_caret

        words = f"{origin}: {filter_error_text(text, error)}\n{filter_with_caret(text, error)}"
        raise click.UsageError(words) from error


def warn_if_no_match(found: int, total: int) -> None:
    """Warn on stderr that the filter matches nothing; an empty result could be taken for an empty account."""
    if not found:
        write_message(_("0 of {total} match --filter").format(total=f"{total:,}"))
