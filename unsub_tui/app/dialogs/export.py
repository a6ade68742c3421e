"""Export of lists, records and plans to files that the user names. All functions must be awaited in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unsub_tui.app.dialogs.dialog import Prompt
from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.screens.base import Answer, BaseScreen
from unsub_tui.domain.plan import MAX_TICKET_LENGTH, Plan
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.engine.files import write_file
from unsub_tui.present.export.formats import Row, export_text, page_markdown
from unsub_tui.present.export.record_rows import ITEM, item_rows
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.run import run_page
from unsub_tui.present.problems import problem_details

FORMATS = (
    MenuItem("csv", "CSV", "c"),
    MenuItem("json", "JSON", "j"),
    MenuItem("jsonl", _("JSON Lines"), "l"),
    MenuItem("md", "Markdown", "m"),
)


async def choose_format(screen: BaseScreen[Answer]) -> str | None:
    """Ask for the format of an export."""
    return await screen.app.push_screen_wait(Menu(_("Export as"), FORMATS))


async def save_list(screen: BaseScreen[Answer], text: str, name: str, count: int, *, title: str = "") -> None:
    """Ask for a file name and write a list to a new file."""
    wanted = await screen.app.push_screen_wait(
        Prompt(
            title or plural("Save {n} resource", "Save {n} resources", count),
            [_("The file must not exist yet. Only you will be able to read it.")],
            value=f"unsub-{screen.engine.clock.now():%Y%m%d-%H%M%S}-{name}",
            writes_file=True,
        )
    )
    if wanted is not None:
        _write_export(screen, wanted, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExport:
    """The exportable content of a record."""

    id: str
    page: Sequence[Entry]
    """Content of a Markdown export, for tickets."""
    list_name: str
    columns: Sequence[str]
    rows: Sequence[Row]
    """Content of the other formats, for other programs."""


def run_export(run: Run, problem: Problem | None = None, *, is_demo: bool = False) -> RecordExport:
    """Return one row per item, and the page without the local path of the record."""
    page = run_page(run, problem, is_demo=is_demo)
    return RecordExport(id=run.run_id, page=page, list_name="items", columns=ITEM.columns, rows=item_rows([run]))


async def save_record(screen: BaseScreen[Answer], record: RecordExport) -> None:
    """Ask for a format and a file name, and write a record to a new file."""
    form = await choose_format(screen)
    if form is None:
        return
    count = len(record.rows)
    if not count and form != "md":
        screen.set_status(_("There is nothing to export yet."))
        return
    if form == "md":
        title, text = _("Save the page"), page_markdown(record.page)
    else:
        title = plural("Save {n} line", "Save {n} lines", count)
        text = export_text(form, record.list_name, record.columns, record.rows)
    await save_list(screen, text, f"{for_display(record.id)}.{form}", count, title=title)


async def save_plan(screen: BaseScreen[Answer], plan: Plan) -> None:
    """Ask for a file name and a ticket, and write a plan file."""
    lines = [
        _("To review it: unsub-tui --plan FILE"),
        _("The file must not exist yet. Only you will be able to read it."),
    ]
    title = plural("Save the plan of {n} resource", "Save the plan of {n} resources", len(plan.items))
    wanted = await screen.app.push_screen_wait(
        Prompt(title, lines, value=f"plan-{plan.short_hash}.json", writes_file=True)
    )
    if wanted is None:
        return
    known = plan.saved_plan.ticket.raw if plan.saved_plan is not None else ""
    ticket = await screen.app.push_screen_wait(
        Prompt(
            _("Ticket"),
            [_("Optional; kept in the plan and in the record.")],
            value=UntrustedText(known).for_display(),
            validate_text=_ticket_problem,
            allow_empty=True,
            writes_file=True,
        )
    )
    if ticket is None:
        return
    from unsub_tui.present.export.quote_facts import plan_facts

    try:
        text = screen.engine.plan_file_text(plan, ticket, plan_facts(plan))
    except UnsubError as error:
        screen.set_status(problem_details(error.problem))
    else:
        _write_export(screen, wanted, text)


def _ticket_problem(text: str) -> str:
    limit = _("At most {n} characters").format(n=MAX_TICKET_LENGTH)
    return limit if len(text) > MAX_TICKET_LENGTH else ""


def _write_export(screen: BaseScreen[Answer], name: str, text: str) -> None:
    try:
        path = write_file(name, text)
    except UnsubError as error:
        screen.set_status(problem_details(error.problem))
    else:
        screen.set_status(_("Saved as {path}").format(path=for_display(str(path))))
