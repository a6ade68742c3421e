"""The JSON document of a command that failed: always one document, whatever the ending."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.problem import Problem
from unsub_tui.present.export.forms import Form, optional, value
from unsub_tui.present.problems import advice, problem_facts

USAGE = "usage"
"""Kind of an error in the arguments of a command; all others are those of problems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandError:
    """The error that ended a command."""

    kind: str
    message: str
    code: str = ""
    request_id: str = ""
    hint: str = ""


ERROR = Form[CommandError](
    "ErrorRow",
    "The error that ended a command. `kind` is `usage` for wrong arguments, or the kind of the problem; `code` and "
    "`request_id` are those of Huawei Cloud.",
    kind=value(str, lambda error: error.kind),
    code=optional(str, lambda error: error.code or None),
    request_id=optional(str, lambda error: error.request_id or None),
    message=value(str, lambda error: error.message),
    hint=optional(str, lambda error: error.hint or None),
)


def error_of(problem: Problem) -> CommandError:
    """Return the error for a problem."""
    return CommandError(
        kind=problem.kind.value,
        message=problem_facts(problem),
        code=problem.code.raw,
        request_id=problem.request_id.raw,
        hint=advice(problem),
    )


def error_document(error: CommandError, exit_code: int) -> dict[str, object]:
    """Return the document, without its schema version."""
    return {"exit_code": exit_code, "error": ERROR.row(error)}
