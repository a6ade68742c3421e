"""Validates JSON output against its documented form, without tolerance for fields that the form does not have."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from pydantic import TypeAdapter

ROOT = Path(__file__).parents[2]


def check_form(name: str, text: str) -> None:
    """Raise ValidationError unless the text is a document of this name (`docs/schemas/NAME.json`)."""
    _adapter(name).validate_json(text)


@cache
def schema_script() -> ModuleType:
    """Return the script that makes the schemas, as a module."""
    spec = importlib.util.spec_from_file_location("make_schemas", ROOT / ".ci" / "make_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@cache
def _adapter(name: str) -> TypeAdapter[object]:
    """Return the validator of a document; the configuration that forbids other fields is only for this one."""
    script = schema_script()
    for each in script.TYPES:
        each.__pydantic_config__ = {"extra": "forbid"}
    try:
        return TypeAdapter(script.DOCUMENTS[name])
    finally:
        for each in script.TYPES:
            del each.__pydantic_config__
