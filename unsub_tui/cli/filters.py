"""Filters that were given names: `filters.toml` beside the settings, read by app and commands, written by the app."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from unsub_tui.cli.tomlfile import ConfigError, read_table

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


def filters_of(path: Path) -> dict[str, str]:
    """Return the filters by name; raises ConfigError for one that is none."""
    table = read_table(path)
    if table is None:
        return {}
    from unsub_tui.domain.filters import FilterError, parse

    found = {name: table.text(name) for name in table.values}
    for name, text in found.items():
        try:
            parse(text)
        except FilterError as error:
            raise ConfigError(f"{path}: {name}: {error.message}") from error
    return found


def name_problem(name: str) -> str:
    """Return what is wrong with a name, or nothing."""
    return "" if _NAME.fullmatch(name) else "a name has letters, digits, - and _ only, 40 at most"


def save_filter(path: Path, name: str, text: str) -> str:
    """Keep a filter under a name, instead of another of that name; return where. Raises ConfigError."""
    filters = filters_of(path) | {name: text}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(_toml(filters))
        Path(file.name).replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    return str(path)


def named_or_given(text: str, environ: Mapping[str, str]) -> str:
    """Return a filter's text: of `@name` the one that has this name; raises ConfigError where none has."""
    if not text.startswith("@"):
        return text
    from unsub_tui.cli.places import filters_file

    path = filters_file(environ)
    filters = filters_of(path)
    if text[1:] not in filters:
        known = ", ".join(sorted(filters)) or "none"
        raise ConfigError(f"--filter: no filter is named {text[1:]!r} in {path}; there is: {known}")
    return filters[text[1:]]


def _toml(filters: Mapping[str, str]) -> str:
    """Return the file's text: a JSON text without raw control characters is a TOML text too."""
    import json

    lines = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in sorted(filters.items())]
    return "# Filters that have names: F in the app, --filter @NAME in commands.\n" + "".join(
        f"{line}{os.linesep}" for line in lines
    )
