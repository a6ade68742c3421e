"""Write the JSON Schema of every output document into docs/schemas/ (`make data`)."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from unsub_tui.domain.action import Action
from unsub_tui.domain.contract import Assumption, ContractResult
from unsub_tui.domain.first_day import FirstDayStep
from unsub_tui.domain.plan import Risk
from unsub_tui.domain.problem import CheckState
from unsub_tui.present.export.candidate_rows import CANDIDATE
from unsub_tui.present.export.contract_rows import CONTRACT
from unsub_tui.present.export.endings import PROBLEM, CommandOutcome
from unsub_tui.present.export.event_rows import EVENT
from unsub_tui.present.export.forms import Field, Form
from unsub_tui.present.export.inventory_facts import FACTS
from unsub_tui.present.export.profile_rows import PROFILE_FIELDS, SWEPT_PROFILE
from unsub_tui.present.export.quote_facts import QUOTE_WITH_FACTS
from unsub_tui.present.export.record_rows import CHECK, CHECKED_ITEM, ITEM, JOURNAL, ORDER, REFUND, RUN
from unsub_tui.present.export.rows import CHANGE, REFUSED, RENEWAL, RESOURCE, TOTAL

DIRECTORY = Path(__file__).parent.parent / "docs" / "schemas"

TYPES = []
"""The types of all rows and documents."""


def object_type(name: str, description: str, fields: dict[str, Any]) -> Any:
    """Return the type of a JSON object."""
    made = TypedDict(name, fields)
    made.__doc__ = description
    TYPES.append(made)
    return made


@cache
def row_type(form: Form) -> Any:
    """Return the type of the rows of a form."""
    more = {name: NotRequired[field_type(each)] for name, each in RENEWAL.fields.items()} if form is RESOURCE else {}
    more |= {"facts": NotRequired[row_type(FACTS)]} if form is RESOURCE else {}
    if form in (RESOURCE, CANDIDATE):
        more |= {name: NotRequired[field_type(each)] for name, each in PROFILE_FIELDS.fields.items()}
    fields = {name: field_type(each) for name, each in form.fields.items()}
    return object_type(form.name, form.description, fields | more)


def field_type(field: Field) -> Any:
    """Return the type of a field."""
    found = row_type(field.type) if isinstance(field.type, Form) else field.type
    found = list[found] if field.is_list else found
    found = found | None if field.is_optional else found
    return NotRequired[found] if field.is_left_out else found


def document(name: str, description: str, **fields: Any) -> Any:
    """Return the type of a document."""
    return object_type(name, description, {"schema_version": int, **fields})


RISK = object_type("RiskRow", "A risk that a confirmation acknowledges.", {"code": Risk, "text": str})

OWNER = {"account": str | None, "site": str | None, "as_of": str}
"""The fields of every document about an account."""

ENDING = {"outcome": CommandOutcome, "exit_code": int, **OWNER}
"""The fields of every document that states how its command ended."""

PLANNED = {
    "action": Action,
    "one_by_one": bool,
    "items": list[row_type(QUOTE_WITH_FACTS)] | list[row_type(CHANGE)],
    "totals": list[row_type(TOTAL)],
    "refused": list[row_type(REFUSED)],
    "problems": list[row_type(PROBLEM)],
    "risks": list[RISK],
    "missing_backup_ids": list[str],
    "count": int,
}
"""The fields of a plan."""

RUN_FIELDS = {name: field_type(each) for name, each in RUN.fields.items()} | {"as_of": str}
"""The fields of a run."""

CAPTURED_FINDING = object_type(
    "CapturedFinding",
    "A finding of the contract check, without texts: `seen` is the code of what was seen, `numbers` its numbers.",
    {
        "assumption": Assumption,
        "result": ContractResult,
        "seen": str,
        "numbers": dict[str, int],
        "fields": list[
            object_type("CapturedField", "A field that some rows lack.", {"name": str, "missing": int, "null": int})
        ],
    },
)

CAPTURED_ERROR = object_type(
    "CapturedError", "An error of Huawei Cloud.", {"http_status": int | None, "error_code": str}
)

CAPTURED_ANSWER = object_type(
    "CapturedAnswer",
    "The answer to a query, its pages joined. `rows` are numbers of rows; `total_of_rows` is the total that fits them. "
    "After an error, only `operation`, `fields` and `error` are present.",
    {
        "operation": Literal["list_resources", "list_orders", "order", "refund_rows", "bills"],
        "fields": dict[str, Any],
        "error": CAPTURED_ERROR | None,
        "total_count": NotRequired[int],
        "total_of_rows": NotRequired[int],
        "rows_left_out": NotRequired[int],
        "rows": NotRequired[list[int]],
        "rest": NotRequired[dict[str, Any]],
    },
)

LISTED = {
    "account": str | None,
    "site": str | None,
    "as_of": str | None,
    "rows_at_risk": int,
    "unknown_to_filter": int,
    "profiles": NotRequired[list[row_type(SWEPT_PROFILE)]],
}
"""Fields of what can be listed of several profiles."""

DOCUMENTS = {
    "error": document(
        "ErrorDocument",
        "What a command with `--format json` writes if an error or a signal ends it. `error` is the only one of "
        "`problems`; `items` and `refused` are empty.",
        **ENDING,
        items=list[Any],
        refused=list[Any],
        problems=list[row_type(PROBLEM)],
        error=row_type(PROBLEM),
    ),
    "event": row_type(EVENT),
    "facts": row_type(FACTS),
    "report": document(
        "ReportDocument",
        "`report`: candidates for a cleanup, the most expensive first. The fields beside them are those of `list`.",
        **LISTED,
        candidates=list[row_type(CANDIDATE)],
    ),
    "list": document(
        "ResourcesDocument",
        "`list`; an export of the list has `rows_at_risk` and `resources` alone. `rows_at_risk` is the number of rows "
        "that may be missing because the list changed while it was read, `unknown_to_filter` the number of rows about "
        "which a finding in the filter is unknown, so that neither it nor its negation finds them. With several "
        "profiles, `account` and `site` are null, and `profiles` has them.",
        **{name: each if name == "rows_at_risk" else NotRequired[each] for name, each in LISTED.items()},
        resources=list[row_type(RESOURCE)],
    ),
    "quote": document(
        "QuotesDocument",
        "`quote`; an export of a review has the quotes alone.",
        **{name: NotRequired[each] for name, each in ENDING.items()},
        quotes=list[row_type(QUOTE_WITH_FACTS)],
        totals=NotRequired[list[row_type(TOTAL)]],
        refused=NotRequired[list[row_type(REFUSED)]],
        problems=NotRequired[list[row_type(PROBLEM)]],
    ),
    "changes": document(
        "ChangesDocument", "An export of the review of a reversible plan.", changes=list[row_type(CHANGE)]
    ),
    "apply-preview": document(
        "PreviewDocument",
        "`apply` without a run: a review, or a plan that was not run. `confirm` is the phrase that confirms it, null "
        "if the plan cannot be run or the given phrase was wrong.",
        **ENDING,
        **PLANNED,
        digest=str,
        confirm=str | None,
    ),
    "apply": document(
        "ApplyDocument",
        "`apply` after a run: the run with its items, and how it ended.",
        **ENDING | RUN_FIELDS,
        problems=list[row_type(PROBLEM)],
    ),
    "plan": document(
        "PlanDocument",
        "`plan`. `file` is the plan file, null if none was written; `problems` are those for which `apply` would "
        "refuse it here.",
        **ENDING,
        **PLANNED,
        file=str | None,
    ),
    "resume": document(
        "ResumeDocument",
        "`resume`: the checked items, each with the run that it belongs to. `set_aside` are records that were set "
        "aside.",
        **ENDING,
        items=list[row_type(CHECKED_ITEM)],
        refused=list[Any],
        problems=list[row_type(PROBLEM)],
        set_aside=list[str],
    ),
    "runs": document(
        "RunsDocument",
        "`runs`; `account` and `site` are null if the runs are of several accounts.",
        **OWNER,
        runs=list[row_type(RUN)],
    ),
    "run": document(
        "RunDocument",
        "`runs RUN`. The result of `apply` has these fields, too.",
        **RUN_FIELDS,
    ),
    "run-items": document("ItemsDocument", "An export of a run.", items=list[row_type(ITEM)]),
    "orders": document(
        "OrdersDocument",
        "`orders`, and an export of orders, which has the orders alone.",
        **{name: NotRequired[each] for name, each in OWNER.items()},
        since=NotRequired[str | None],
        orders=list[row_type(ORDER)],
    ),
    "order": document(
        "OrderDocument",
        "`orders ORDER`; an export of an order has its original orders alone.",
        **{name: NotRequired[each] for name, each in OWNER.items()},
        order=NotRequired[row_type(ORDER)],
        by_original_order=list[row_type(REFUND)],
        missing=NotRequired[str | None],
    ),
    "doctor": document(
        "DoctorDocument",
        "`doctor`; `contract` is null without `--contract`, `next_step` after the first day.",
        **ENDING,
        problems=list[row_type(PROBLEM)],
        checks=list[row_type(CHECK)],
        worst=CheckState,
        contract=row_type(CONTRACT) | None,
        next_step=object_type("NextStep", "The next step of docs/first-day.md.", {"step": FirstDayStep, "command": str})
        | None,
        report_line=str,
    ),
    "capture": document(
        "CaptureDocument",
        "The file of `doctor --contract --save`. Each of `rows` is the number of its field names in `columns`, then "
        "their values.",
        format=Literal["unsub-tui-capture"],
        program=str,
        site=str,
        captured_at=str,
        findings=list[CAPTURED_FINDING],
        columns=list[list[str]],
        rows=list[list[Any]],
        answers=list[CAPTURED_ANSWER],
    ),
    "keys": document(
        "KeysDocument",
        "`keys`.",
        keys=list[
            object_type(
                "KeyRow",
                "A command of the app; `id` is the one in the section `[keys]` of the settings.",
                {"place": str, "keys": list[str], "effect": str, "id": str},
            )
        ],
    ),
    "agent-tools": document(
        "AgentToolsDocument",
        "`agent-tools`. `instructions` are sentences for the prompt of an assistant.",
        instructions=list[str],
        tools=list[
            object_type(
                "AgentTool",
                "A command that an assistant may run: `command`, then each argument by its option in `options` as "
                "`OPTION=VALUE` or, if true, the option alone, then `--` and the arguments in `operands`. "
                "`input_schema` is the JSON Schema of its arguments, `output_forms` are names of schemas.",
                {
                    "name": str,
                    "description": str,
                    "input_schema": dict[str, Any],
                    "command": list[str],
                    "options": dict[str, str],
                    "operands": list[str],
                    "output_forms": list[str],
                },
            )
        ],
    ),
    "journal-verify": document(
        "JournalsDocument", "`journal verify`.", as_of=str, records=list[row_type(JOURNAL)], set_aside=list[str]
    ),
}
"""Types of the documents, by the name of their schema."""


def schema_texts() -> dict[str, str]:
    """Return the text of each schema file, by file name."""
    texts = {}
    for name, each in DOCUMENTS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TypeAdapter(each).json_schema()}
        texts[f"{name}.json"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return texts


if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in schema_texts().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
