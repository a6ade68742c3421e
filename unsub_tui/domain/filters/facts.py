"""What can be asked of a row, and by which name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from unsub_tui.domain.filters.search_text import SearchText


class FieldKind(StrEnum):
    """How the values of a field compare."""

    TEXT = "text"
    FUTURE = "ahead"
    """A moment to come; `<30d` is less than 30 days from now."""
    PAST = "past"
    """A moment gone by; `<30d` is less than 30 days ago."""
    MONEY = "money"
    """Known of quoted rows only."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a filter may name."""

    name: str
    kind: FieldKind
    aliases: tuple[str, ...] = ()
    is_closed: bool = False
    """Whether only known values can be asked for."""
    is_never_empty: bool = False
    """Whether every row has a value, so that `name:` alone finds nothing."""


FIELDS = (
    Field("name", FieldKind.TEXT, is_never_empty=True),
    Field("id", FieldKind.TEXT, is_never_empty=True),
    Field("type", FieldKind.TEXT, ("service",), is_closed=True, is_never_empty=True),
    Field("region", FieldKind.TEXT, is_closed=True),
    Field("spec", FieldKind.TEXT),
    Field("project", FieldKind.TEXT),
    Field("state", FieldKind.TEXT, ("status",), is_closed=True, is_never_empty=True),
    Field("main", FieldKind.TEXT),
    Field("order", FieldKind.TEXT, is_never_empty=True),
    Field("expires", FieldKind.FUTURE),
    Field("created", FieldKind.PAST),
    Field("changed", FieldKind.PAST),
    Field("paid", FieldKind.MONEY),
    Field("consumed", FieldKind.MONEY),
    Field("fee", FieldKind.MONEY),
    Field("refund", FieldKind.MONEY),
)
"""Every field, each with one meaning everywhere. There is no `tag`: the vendor's list of resources has none."""

STATES: Mapping[str, tuple[str, ...]] = {
    "is": ("marked", "eligible", "blocked", "main", "attached", "auto-renew", "five-day", "quoted"),
    "has": ("attached",),
}
"""What `is:` and `has:` may ask."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields and states that a filter of one kind of rows may name."""

    fields: tuple[Field, ...]
    states: Mapping[str, tuple[str, ...]]

    def field(self, name: str) -> Field | None:
        """Return the field of a name or an alias."""
        return next((each for each in self.fields if name == each.name or name in each.aliases), None)

    @property
    def names(self) -> list[str]:
        """Every word that may stand before an operator."""
        return [name for each in self.fields for name in (each.name, *each.aliases)] + list(self.states)


RESOURCES = Vocabulary(FIELDS, STATES)
"""The list of resources."""

RECORDS = Vocabulary(
    (
        Field("order", FieldKind.TEXT, ("id",)),
        Field("run", FieldKind.TEXT),
        Field("state", FieldKind.TEXT, ("status",), is_closed=True, is_never_empty=True),
        Field("user", FieldKind.TEXT, ("by",)),
        Field("type", FieldKind.TEXT, ("service",), is_closed=True),
        Field("resource", FieldKind.TEXT, ("name",)),
        Field("reason", FieldKind.TEXT),
        Field("ticket", FieldKind.TEXT),
        Field("date", FieldKind.PAST),
        Field("refund", FieldKind.MONEY),
        Field("consumed", FieldKind.MONEY),
        Field("fee", FieldKind.MONEY),
    ),
    {"is": ("run", "order", "ours", "others", "unsure", "open")},
)
"""Runs of ours and unsubscription orders."""


class Facts(Protocol):
    """The rows that a filter looks at, column by column, so that a hundred thousand cost little."""

    @property
    def now(self) -> datetime:
        """The moment that relative days count from."""

    def search_text(self) -> SearchText:
        """Return by row the texts that bare words are looked for in."""

    def texts(self, field: str) -> Sequence[str]:
        """Return by row a field's text, case folded; several texts of one field stand on lines of their own."""

    def known_values(self, field: str) -> Collection[str]:
        """Return the values that a closed field can have, case folded: those of this version and of the account."""

    def timestamps(self, field: str) -> Sequence[float | None]:
        """Return by row a field's moment in seconds since 1970."""

    def amount(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return a row's amount and currency, or None where it is not quoted or not known."""

    def has_state(self, name: str, row: int) -> bool:
        """Return whether a row is in one of the `STATE_NAMES`, named as `is:marked`."""
