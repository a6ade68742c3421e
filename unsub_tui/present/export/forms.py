"""Stable forms of output for other programs: each field of a JSON object with its type and its value.

`.ci/make_schemas.py` makes the JSON Schemas in docs/schemas from the types. Amounts are texts with two to ten decimals,
times are RFC 3339 in UTC, names and messages are raw texts. The meaning of a field never changes without a new
`SCHEMA_VERSION`; new fields can be added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from unsub_tui.domain.bounds import DECIMAL_PLACES
from unsub_tui.present.export.formats import AmountText, Row
from unsub_tui.present.time_format import rfc3339

S = TypeVar("S")
"""The domain object that a form is read from."""
P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field(Generic[S]):
    """A field of a form."""

    type: object
    """A Python type, or the form of a nested object."""
    read: Callable[[S], object]
    """Returns the value as JSON has it."""
    is_list: bool = False
    """Whether the value is a list of `type`."""
    is_optional: bool = False
    """Whether the value can be null."""
    is_left_out: bool = False
    """Whether the object has no such field, instead of null, if there is no value."""
    is_column: bool = True
    """Whether tables have the field as a column, or as those of the nested object."""

    def of(self, part: Callable[[P], S]) -> Field[P]:
        """Return the same field for a source that contains the source of this one."""
        return Field(
            self.type,
            lambda whole: self.read(part(whole)),
            is_list=self.is_list,
            is_optional=self.is_optional,
            is_left_out=self.is_left_out,
            is_column=self.is_column,
        )

    def columns(self, name: str) -> list[str]:
        """Return the columns of the field in a table: its name, or the fields of a nested object as `estimate.refund`.

        An object in a nested object is no column.
        """
        if not self.is_column:
            return []
        if not isinstance(self.type, Form) or self.is_list:
            return [name]
        return [f"{name}.{inner}" for inner, field in self.type.fields.items() if not isinstance(field.type, Form)]


class Form(Generic[S]):
    """The stable form of a domain object."""

    def __init__(self, name: str, description: str, /, **fields: Field[S]) -> None:
        """Name and description are those in the schemas. A field named like a word of Python ends in `_`."""
        self.name = name
        self.description = description
        self.fields: Mapping[str, Field[S]] = {key.removesuffix("_"): field for key, field in fields.items()}

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a table of these objects, in order."""
        return tuple(column for name, field in self.fields.items() for column in field.columns(name))

    def row(self, source: S) -> Row:
        """Return an object in this form."""
        values_by_name = ((name, field, field.read(source)) for name, field in self.fields.items())
        return {name: found for name, field, found in values_by_name if found is not None or not field.is_left_out}

    def rows(self, sources: Iterable[S]) -> list[Row]:
        """Return objects in this form."""
        return [self.row(each) for each in sources]

    def fields_of(self, part: Callable[[P], S]) -> dict[str, Field[P]]:
        """Return the fields for another form, whose source contains the source of this one."""
        return {name: field.of(part) for name, field in self.fields.items()}


def value(type_: type[T], read: Callable[[S], T]) -> Field[S]:
    """Return a field that always has a value."""
    return Field(type_, read)


def optional(type_: type[T], read: Callable[[S], T | None]) -> Field[S]:
    """Return a field that can be null."""
    return Field(type_, read, is_optional=True)


def values(type_: type[T], read: Callable[[S], Iterable[T]]) -> Field[S]:
    """Return a field with a list."""
    return Field(type_, lambda source: list(read(source)), is_list=True)


def amount_text(amount: Decimal) -> AmountText:
    """Return an amount in data: two to ten decimals, as many as it needs, and never in exponent notation.

    Huawei Cloud's amounts have at most ten. Shares of them can have any number, which says nothing.
    """
    whole, decimals = f"{amount:.{DECIMAL_PLACES}f}".split(".")
    text = f"{whole}.{decimals.rstrip('0'):0<2}"
    return AmountText(text.removeprefix("-") if not text.strip("-.0") else text)  # no minus sign before zero


def amount(read: Callable[[S], Decimal | None]) -> Field[S]:
    """Return a field with an amount (`amount_text`), or null."""
    return Field(str, lambda source: None if (found := read(source)) is None else amount_text(found), is_optional=True)


def time(read: Callable[[S], datetime | None]) -> Field[S]:
    """Return a field with a time: RFC 3339 in UTC, or null."""
    return Field(str, lambda source: rfc3339(read(source)), is_optional=True)


def nested(form: Form[P], read: Callable[[S], P | None]) -> Field[S]:
    """Return a field with an object in another form, or null."""
    return Field(form, lambda source: None if (found := read(source)) is None else form.row(found), is_optional=True)


def nested_if_any(form: Form[P], read: Callable[[S], P | None]) -> Field[S]:
    """Return a field with an object in another form; it is left out if there is none."""
    return replace(nested(form, read), is_optional=False, is_left_out=True)


def nested_list(form: Form[P], read: Callable[[S], Iterable[P]]) -> Field[S]:
    """Return a field with a list of objects in another form, which is no column of a table."""
    return Field(form, lambda source: form.rows(read(source)), is_list=True, is_column=False)


def nested_list_if_any(form: Form[P], read: Callable[[S], Iterable[P]]) -> Field[S]:
    """Return a field with a list of objects in another form; it is left out if the list is empty."""
    return Field(form, lambda source: form.rows(read(source)) or None, is_list=True, is_left_out=True, is_column=False)
