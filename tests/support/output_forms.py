"""Validates JSON output against its documented form, without tolerance for fields that the form does not have."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from unsub_tui.present.export import forms
from unsub_tui.present.export.documents import DOCUMENTS


def check_form(name: str, text: str) -> None:
    """Raise ValidationError unless the text is a document of this name (`docs/schemas/NAME.json`)."""
    _adapter(name).validate_json(text)


@cache
def _adapter(name: str) -> TypeAdapter[object]:
    """Return the validator of a document; the configuration that forbids other fields is only for this one."""
    types = [each for each in vars(forms).values() if is_typeddict(each)]
    for each in types:
        each.__pydantic_config__ = {"extra": "forbid"}
    try:
        return TypeAdapter(DOCUMENTS[name])
    finally:
        for each in types:
            del each.__pydantic_config__
