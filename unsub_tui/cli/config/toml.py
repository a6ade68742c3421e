"""Reads and checks TOML settings, key by key; every error names its file, table and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from math import inf
from pathlib import Path

from unsub_tui.domain.bounds import amount_in_range, parse_amount, parse_days
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import escape_unprintable
from unsub_tui.engine.settings_files import read_settings_file
from unsub_tui.present.i18n import _

MAX_INTEGER = 1_000_000_000
"""Maximum value of an integer setting."""


class ConfigError(UnsubError):
    """A setting is invalid. The detail names the setting, its location and the expected value."""

    def __init__(self, detail: str, **values: object) -> None:
        """`values` replace the placeholders of the detail."""
        super().__init__(Problem(kind=ProblemKind.CONFIG, detail=detail.format(**values) if values else detail))


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
                words, guess = _("{location}: unknown setting {key!r}{guess}"), did_you_mean(key, names)
                raise ConfigError(words, location=self.location, key=key, guess=guess)

    def text(self, key: str) -> str:
        """Return a string, empty if it is not set."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self._invalid_value(key, _("a string in quotes"))
        return value

    def boolean(self, key: str) -> bool:
        """Return a boolean, False if it is not set."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._invalid_value(key, _("true or false"))
        return value

    def integer(self, key: str, maximum: int = MAX_INTEGER, minimum: int = 1) -> int | None:
        """Return an integer from `minimum` to `maximum`, or None."""
        value = self.values.get(key)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum
        ):
            raise self._invalid_value(
                key, _("an integer from {minimum} to {maximum}").format(minimum=minimum, maximum=maximum)
            )
        return value

    def amount(self, key: str) -> Decimal | None:
        """Return an amount of money, or None."""
        return self._decimal(key, _('an amount such as "500.00"'))

    def percent(self, key: str) -> Decimal | None:
        """Return a percentage from 0 to 100, or None."""
        return self._decimal(key, _('a percentage from 0 to 100, such as 10 or "2.5"'), maximum=100)

    def days(self, key: str) -> int | None:
        """Return a number of days, written as "7d", or None."""
        value = self.values.get(key)
        found = parse_days(value) if isinstance(value, str) else None
        if value is not None and found is None:
            raise self._invalid_value(key, _('a number of days such as "7d"'))
        return found

    def text_list(self, key: str) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._invalid_value(key, _("a list of strings"))
        return tuple(value)

    def table(self, key: str) -> TomlTable | None:
        """Return the table `key`, or None."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, dict):
            raise self._invalid_value(key, _("a table: [{key}]").format(key=key))
        return None if value is None else self._subtable(key, value)

    def tables(self, key: str) -> dict[str, TomlTable]:
        """Return the subtables of `key` by name."""
        value = self.values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            raise self._invalid_value(key, _("tables such as [{key}.name]").format(key=key))
        return {name: self._subtable(f"{key}.{name}", each) for name, each in value.items()}

    def all_tables(self) -> dict[str, TomlTable]:
        """Return every table of the file, by name."""
        return {name: self._subtable(name, each) for name, each in self.values.items() if isinstance(each, dict)}

    def _subtable(self, name: str, values: Mapping[str, object]) -> TomlTable:
        return TomlTable(values, f"{self.location} [{escape_unprintable(name)}]")

    def _decimal(self, key: str, expected: str, maximum: float = inf) -> Decimal | None:
        """Return a non-negative number, or None. A string keeps its digits; TOML floats do not and are rejected."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str | int) and not isinstance(value, bool):
            number = parse_amount(value) if isinstance(value, str) else amount_in_range(Decimal(value))
            if number is not None and 0 <= number <= maximum:
                return number
        raise self._invalid_value(key, expected)

    def _invalid_value(self, key: str, expected: str) -> ConfigError:
        return ConfigError(
            _("{location}: {key} must be {expected}"), location=self.location, key=key, expected=expected
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the known word closest to `word`, or an empty string."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return _("; did you mean {word!r}?").format(word=found[0]) if found else ""


def read_toml_file(path: Path, *, named_by: str = "", is_secret: bool = False) -> TomlTable | None:
    """Return a settings file as a table, or None if it does not exist. Raises CONFIG as `read_settings_file` does.

    A secret file holds keys and must not be readable by other users.
    """
    text = read_settings_file(path, named_by=named_by, is_secret=is_secret)
    if text is None:
        return None
    import tomllib  # imported here because most starts read no TOML file

    try:
        return TomlTable(tomllib.loads(text), escape_unprintable(str(path)))
    except (ValueError, RecursionError) as error:  # also raised for numbers of thousands of digits and for deep nesting
        raise ConfigError(f"{path}: {error}") from error
