"""Fields and states that a filter can name, and the interface to their values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from unsub_tui.domain.filters.search_text import SearchText


class FieldKind(StrEnum):
    """The type of a field's values, which determines how they compare."""

    TEXT = "text"
    FUTURE = "ahead"
    """Future time; `<30d` means less than 30 days from now."""
    PAST = "past"
    """Past time; `<30d` means less than 30 days ago."""
    MONEY = "money"
    """Amount; known only for quoted rows."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a filter can name."""

    name: str
    kind: FieldKind
    aliases: tuple[str, ...] = ()
    is_closed: bool = False
    """Whether a filter can name known values only."""
    is_never_empty: bool = False
    """Whether every row has a value, so that `name:` alone matches nothing."""


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
"""Fields of resources. There is no `tag` field because Huawei Cloud's list of resources has no tags."""

STATES: Mapping[str, tuple[str, ...]] = {
    "is": ("marked", "eligible", "blocked", "main", "attached", "auto-renew", "five-day", "quoted"),
    "has": ("attached",),
}
"""Values of `is:` and `has:`."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields and states that a filter of one kind of rows can name."""

    fields: tuple[Field, ...]
    states: Mapping[str, tuple[str, ...]]

    def field(self, name: str) -> Field | None:
        """Return the field with this name or alias, or None."""
        return next((each for each in self.fields if name == each.name or name in each.aliases), None)

    @property
    def names(self) -> list[str]:
        """All words that can precede an operator."""
        return [name for each in self.fields for name in (each.name, *each.aliases)] + list(self.states)


RESOURCES = Vocabulary(FIELDS, STATES)
"""Vocabulary of the resource list."""

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
"""Vocabulary of our runs and of unsubscription orders."""


class Facts(Protocol):
    """Column-wise access to the rows of a filter, so that 100,000 rows stay fast."""

    @property
    def now(self) -> datetime:
        """Reference time of relative times."""

    def search_text(self) -> SearchText:
        """Return the texts of the rows that bare words are searched in."""

    def texts(self, field: str) -> Sequence[str]:
        """Return the case-folded text of a field for each row; several values are separated by newlines."""

    def known_values(self, field: str) -> Collection[str]:
        """Return the possible values of a closed field, case-folded: those of this version and of the account."""

    def timestamps(self, field: str) -> Sequence[float | None]:
        """Return the Unix timestamp of a field for each row, in seconds; None if the row has none."""

    def amount(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return the amount and currency of a row, or None if it is not quoted or the amount is unknown."""

    def has_state(self, name: str, row: int) -> bool:
        """Return whether a row has one of the `STATES`, written like `is:marked`."""
