"""The output format in the arguments of a command, known before anything else of the command line is imported."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_DATA_FORMATS = ("json", "jsonl", "csv")
_PLAN_COMMAND = "plan"


def writes_data(arguments: Sequence[str]) -> bool:
    """Return whether a command writes for programs, whose texts do not change with the language: rows or a plan file.

    An argument that only looks like the command costs the translation of messages.
    """
    return given_format(arguments) in _DATA_FORMATS or _PLAN_COMMAND in arguments


def given_format(arguments: Sequence[str]) -> str:
    """Return the last value of `--format`, also if the arguments are wrong; empty if there is none."""
    given = [each.partition("=")[2] for each in arguments if each.startswith("--format=")]
    given += [after for each, after in pairwise(arguments) if each == "--format"]
    return given[-1] if given else ""
