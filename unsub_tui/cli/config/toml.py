"""Reads and checks TOML settings, key by key; every error names its file, table and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from unsub_tui.domain.bounds import amount_in_range, parse_amount
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import escape_unprintable
from unsub_tui.engine.settings_files import read_settings_file

MAX_INTEGER = 1_000_000_000
"""Maximum value of an integer setting."""


class ConfigError(UnsubError):
    """A setting is invalid. The detail names the setting, its location and the expected value."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem(kind=ProblemKind.CONFIG, detail=detail))


@dataclass(frozen=True, slots=True)
class TomlTable:
    """A table of a settings file, with its location for error messages."""

    values: Mapping[str, object]
    location: str

    def reject_unknown_keys(self, known: Iterable[str]) -> None:
        """Raise ConfigError for the first unknown key, suggesting the closest known key."""
        names = sorted(known)
        for key in self.values:
            if key not in names:
                raise ConfigError(f"{self.location}: unknown setting {key!r}{did_you_mean(key, names)}")

    def text(self, key: str, default: str = "") -> str:
        """Return a string."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self._invalid_value(key, "a string in quotes")
        return value

    def boolean(self, key: str) -> bool:
        """Return a boolean, False if it is not set."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._invalid_value(key, "true or false")
        return value

    def integer(self, key: str, maximum: int = MAX_INTEGER) -> int | None:
        """Return an integer from 1 to `maximum`, or None."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= maximum):
            raise self._invalid_value(key, f"an integer from 1 to {maximum}")
        return value

    def amount(self, key: str) -> Decimal | None:
        """Return an amount of money, or None."""
        return self._decimal(key, 'an amount such as "500.00"')

    def percent(self, key: str) -> Decimal | None:
        """Return a percentage from 0 to 100, or None."""
        expected = 'a percentage from 0 to 100, such as 10 or "2.5"'
        number = self._decimal(key, expected)
        if number is not None and number > 100:
            raise self._invalid_value(key, expected)
        return number

    def text_list(self, key: str) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._invalid_value(key, "a list of strings")
        return tuple(value)

    def table(self, key: str) -> TomlTable | None:
        """Return the table `key`, or None."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, dict):
            raise self._invalid_value(key, f"a table: [{key}]")
        return None if value is None else TomlTable(value, f"{self.location} [{escape_unprintable(key)}]")

    def tables(self, key: str) -> dict[str, TomlTable]:
        """Return the subtables of `key` by name."""
        value = self.values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            raise self._invalid_value(key, f"tables such as [{key}.name]")
        return {
            name: TomlTable(each, f"{self.location} [{key}.{escape_unprintable(name)}]") for name, each in value.items()
        }

    def all_tables(self) -> dict[str, TomlTable]:
        """Return every table of the file, by name."""
        return {
            name: TomlTable(each, f"{self.location} [{escape_unprintable(name)}]")
            for name, each in self.values.items()
            if isinstance(each, dict)
        }

    def _decimal(self, key: str, expected: str) -> Decimal | None:
        """Return a non-negative number, or None. A string keeps its digits; TOML floats do not and are rejected."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str | int) and not isinstance(value, bool):
            number = parse_amount(value) if isinstance(value, str) else amount_in_range(Decimal(value))
            if number is not None and number >= 0:
                return number
        raise self._invalid_value(key, expected)

    def _invalid_value(self, key: str, expected: str) -> ConfigError:
        return ConfigError(f"{self.location}: {key} must be {expected}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the known word closest to `word`, or an empty string."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else ""


def read_toml_file(path: Path, *, named_by: str = "", is_secret: bool = False) -> TomlTable | None:
    """Return a settings file as a table, or None if it does not exist. Raises CONFIG as `read_settings_file` does."""
    text = read_settings_file(path, named_by=named_by, is_secret=is_secret)
    if text is None:
        return None
    import tomllib  # imported here because most starts read no TOML file

    try:
        return TomlTable(tomllib.loads(text), escape_unprintable(str(path)))
    except (ValueError, RecursionError) as error:  # also raised for numbers of thousands of digits and for deep nesting
        raise ConfigError(f"{path}: {error}") from error


def read_secret_toml_file(path: Path) -> TomlTable | None:
    """Return a file that holds keys, or None. Raises CONFIG if users other than its owner can read it."""
    return read_toml_file(path, is_secret=True)
