"""`unsub-tui apply`: execute a plan file, or preview it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.commands.runs import write_run
from unsub_tui.cli.completions import complete_files
from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for, exit_code_for_run
from unsub_tui.cli.options import format_option, inventory_option, seconds
from unsub_tui.cli.output import (
    review_lines,
    tolerate_output_error,
    write,
    write_json,
    write_message,
    write_note,
    write_page,
    write_time_zone,
    write_unread,
)
from unsub_tui.cli.process.signals import CommandSignals
from unsub_tui.cli.resource_filter import quote_plan, read_renewals, write_refused_items
from unsub_tui.domain.fact import fact
from unsub_tui.domain.plan import MAX_REASON_TEXT_LENGTH, Confirmation, Plan, SavedPlan, UnsubscribeReason
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import ReadStatusChanged, RunEnded, RunEvent, RunStopping, UnitChanged
from unsub_tui.domain.unit_state import Outcome
from unsub_tui.engine.files import input_name, read_input, unusable_file
from unsub_tui.present.export.documents import preview_document
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_title
from unsub_tui.present.page import BLANK, Entry
from unsub_tui.present.pages.confirmation import FIRST_USE_ADVICE, risk_text
from unsub_tui.present.pages.review import remaining_entries, review_page
from unsub_tui.present.pages.run import halt_text, read_trouble_text, result_totals
from unsub_tui.present.problems import problem_details, problem_text
from unsub_tui.present.units import unit_line, unit_problem_text

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine
    from unsub_tui.engine.run.executor import RunHandle
    from unsub_tui.present.export.formats import Row

REASON_HELP = (
    "Reason for Huawei Cloud: 1 hard to use, 2 functions do not meet the need, 3 too complicated, 4 dissatisfied with"
    " the service, 5 other."
)


@click.command("apply")
@click.argument("plan_file", metavar="PLAN.json", shell_complete=complete_files)
@click.option(
    "--confirm", "phrase", metavar="PHRASE", help="Run the plan. The review without this option prints the phrase."
)
@click.option(
    "--expect-digest",
    "digest",
    default="",
    metavar="DIGEST",
    help="Refuse the plan unless its review with --format json has this digest. For jobs that run an approved plan.",
)
@click.option("--reason", type=click.IntRange(1, 5), default=5, show_default=True, help=REASON_HELP)
@click.option("--reason-text", default="", metavar="TEXT", help="Reason in your own words, up to 512 characters.")
@click.option("--keep-going", is_flag=True, help="Submit the remaining items even after an unknown outcome.")
@click.option(
    "--timeout",
    type=seconds,
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time to wait for orders to complete.",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice(["no-backup"]),
    help="Keep items that the guard require_backup refuses. The record names them.",
)
@inventory_option(
    "Read from the services what the resources are doing and which backups they have, for the review"
    " (unsub-tui help inventory).",
    is_on=True,
)
@format_option("json")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    *,
    plan_file: str,
    phrase: str | None,
    digest: str,
    reason: int,
    reason_text: str,
    keep_going: bool,
    timeout: float,
    accepted: tuple[str, ...],
    with_inventory: bool,
    output_format: str,
) -> int:
    """Review a plan file against the account. With --confirm, run it.

    The resources are loaded again. Items that are no longer as planned are refused one by one. PLAN.json can be - for
    stdin. Without --confirm, nothing is submitted, and the last line is the phrase that confirms exactly the reviewed
    plan.
    """
    expected_digest, reason_text = digest.strip().lower(), reason_text.strip()
    if expected_digest and re.fullmatch(r"[0-9a-f]{64}", expected_digest) is None:
        words = _("--expect-digest must be the 64 digits of `digest` in the output of apply --format json")
        raise click.UsageError(words)
    if len(reason_text) > MAX_REASON_TEXT_LENGTH:
        raise click.UsageError(
            _("--reason-text is longer than {count} characters").format(count=MAX_REASON_TEXT_LENGTH)
        )
    saved_plan = read_plan_file(plan_file)

    command_signals = CommandSignals()

    async def preview_or_run(engine: Engine) -> int:
        plan = await _revalidate_plan(engine, saved_plan, has_findings=phrase is None and with_inventory)
        if "no-backup" not in accepted:
            plan = engine.refuse_missing_backups(plan)
        problems = engine.check_plan(plan) if plan.items else []
        # First: a job that expects another plan must not be shown a phrase that confirms this one.
        if expected_digest not in {"", plan.digest}:
            return _refuse_digest(plan)
        if phrase is None:
            return _show_preview(plan, problems, engine, output_format)
        write_refused_items(plan)
        if not plan.items or problems or phrase.strip() != plan.plan_file_phrase:
            return _refuse_plan(plan, problems, phrase)
        _write_advice(plan, engine)
        confirmation = Confirmation(
            digest=plan.digest,
            phrase=phrase.strip(),
            acknowledged=frozenset(plan.risks),
            reason=UnsubscribeReason(reason),
            reason_text=reason_text,
        )
        handle = engine.run(plan, confirmation, attended=False, keep_going=keep_going, settle_seconds=timeout)
        command_signals.run_handle = handle
        return _write_result(await _follow_run(handle), plan, output_format, command_signals.exit_code)

    return run_with_engine(global_options, lambda engine: command_signals.handle_signals(preview_or_run(engine)))


def read_plan_file(name: str) -> SavedPlan:
    """Return the plan in a file. Raises a FILE problem that names the file."""
    from unsub_tui.journal.plan_file import MAX_FILE_BYTES, load_saved_plan

    text = read_input(name, MAX_FILE_BYTES)
    try:
        return load_saved_plan(text)
    except UnsubError as error:
        reason = fact("plan_file_invalid", reason=problem_details(error.problem))
        raise unusable_file(input_name(name), reason) from error


async def _revalidate_plan(engine: Engine, saved_plan: SavedPlan, *, has_findings: bool) -> Plan:
    """List and quote the account again, and return the part of the plan file that is still valid.

    With `has_findings`, or if a guard needs it, the services are asked about its resources, too.
    """
    import asyncio

    from unsub_tui.engine.plan_drift import check_plan_account

    if engine.account.ref is not None:
        check_plan_account(saved_plan, engine.account.ref)
    write_note(_("Loading the account and its bills..."))
    recorded = engine.history.units()
    engine.bundles.note_units(recorded)
    open_count = sum(unit.state.is_open for unit in recorded)
    if open_count:
        write_message(
            plural(
                "{n} item of an earlier run is pending. Check its status with: unsub-tui resume",
                "{n} items of earlier runs are pending. Check their status with: unsub-tui resume",
                open_count,
            )
        )
    catalog, _person = await asyncio.gather(engine.catalog.read_all(), engine.account.fetch_actor())
    if saved_plan.action.shortens_term:
        await read_renewals(engine, catalog)
    plan = await quote_plan(engine, await engine.draft_from_file(catalog, saved_plan))
    return await engine.with_findings(plan, catalog, is_wanted=has_findings)


def _show_preview(plan: Plan, problems: Sequence[Problem], engine: Engine, output_format: str) -> int:
    """Print the preview and the phrase that confirms it; return the exit code."""
    write_unread(plan)
    if output_format == "json":
        write_json(preview_document(plan, problems, _rows_with_facts(plan)))
    else:
        write_time_zone(engine.clock.now())
        write("".join(f"{line}\n" for line in review_lines(plan, engine.clock.now(), sys.stdout)))
        write_page([BLANK, *review_page(plan, (), problems, engine.clock.now())])
    if not plan.items or problems:
        return _refuse(problems, _("The plan cannot be run. Nothing was submitted."))
    _write_advice(plan, engine)
    if output_format == "json":
        return ExitCode.OK
    if plan.risks:
        write_page([Entry(""), Entry(_("By confirming, you acknowledge:"))])
    write_page(Entry(f"- {risk_text(risk, plan)}", indent=2, hang=2) for risk in plan.risks)
    write(f"confirm: {plan.plan_file_phrase}\n")
    return ExitCode.OK


def _rows_with_facts(plan: Plan) -> list[Row] | None:
    """Return the quotes of a plan with the facts about their resources, or None if the services were not asked."""
    if plan.findings is None:
        return None
    from unsub_tui.present.export.quote_facts import quotes_with_facts

    return quotes_with_facts(plan.items, plan.findings.by_id)


def _write_advice(plan: Plan, engine: Engine) -> None:
    """Advise a small beginning, until an unsubscription has completed on the account."""
    if engine.is_first_unsubscription(plan, engine.history.units()):
        write_note(FIRST_USE_ADVICE)


def _refuse(problems: Sequence[Problem], *messages: str) -> int:
    """Write problems and messages; return the exit code of the first problem, or GUARD if there is none."""
    for text in (*map(problem_text, problems), *messages):
        write_message(text)
    return exit_code_for(problems[0].kind) if problems else ExitCode.GUARD


def _refuse_digest(plan: Plan) -> int:
    """Report a digest other than the expected one; return the exit code."""
    write_refused_items(plan)
    words = _("The digest of the plan is now {digest}, not that of --expect-digest. Nothing was submitted.")
    return _refuse((), words.format(digest=plan.digest), _("Review the plan again: unsub-tui apply PLAN.json"))


def _refuse_plan(plan: Plan, problems: Sequence[Problem], phrase: str) -> int:
    """Report why nothing is sent; return the exit code."""
    if not plan.items:
        return _refuse(problems, _("No item of the plan is left. Nothing was submitted."))
    if problems:
        return _refuse(problems)
    words = _("The phrase {phrase!r} does not confirm this plan: {title}. Nothing was submitted.")
    last_line = _("The last line of the review is the phrase: unsub-tui apply PLAN.json")
    return _refuse((), words.format(phrase=phrase, title=action_title(plan.action, plan.count)), last_line)


async def _follow_run(handle: RunHandle) -> RunEnded | None:
    """Report the events of a run until it has ended; stop it if nobody reads the reports."""
    ended: RunEnded | None = None
    reported: dict[int, str] = {}
    try:
        async for event in handle.events():
            text = _event_text(event)
            if isinstance(event, RunEnded):
                ended = event
            elif isinstance(event, UnitChanged):
                # A unit changes more often than the line that describes it.
                if reported.get(event.unit.index) == text:
                    continue
                reported[event.unit.index] = text
            is_progress = isinstance(event, UnitChanged) and event.unit.problem is None
            if text and not (write_note if is_progress else write_message)(text):
                handle.stop()  # stderr is closed, mostly after a lost connection: send nothing without a reader
    finally:
        handle.stop()
    return ended


def _event_text(event: RunEvent) -> str:
    """Return the report of an event, or an empty string."""
    match event:
        case RunStopping():
            return _("Stopping. Nothing more is submitted.")
        case ReadStatusChanged(problem=Problem() as problem):
            return read_trouble_text(problem)
        case UnitChanged(unit=unit):
            trouble = unit_problem_text(unit)
            return unit_line(unit) + (f"\n  {trouble}" if trouble else "")
    return ""


def _write_result(ended: RunEnded | None, plan: Plan, output_format: str, signal_code: int) -> int:
    """Write the result of a run, its leftovers and the next step.

    Return the exit code: unknown outcomes, then the signal, then failures.
    """
    if ended is None:
        write_message(_("The run ended without a result. See: unsub-tui runs"))
        return ExitCode.UNKNOWN
    with tolerate_output_error(f"unsub-tui runs {ended.run.run_id}"):
        write_run(ended.run, output_format)
    if output_format != "table":
        for line in result_totals(ended.run):
            write_note(line)
    for text in filter(None, (each.text for each in remaining_entries(plan, ended.run))):
        write_message(text)
    if ended.problem is not None:
        write_message(halt_text(ended.problem, ended.run.units))
    code = exit_code_for_run(ended.run)
    if code is ExitCode.UNKNOWN:
        write_message(_("Some outcomes are pending or unknown. Check their status with: unsub-tui resume"))
        return code
    return signal_code or _exit_code(ended, plan)


def _exit_code(ended: RunEnded, plan: Plan) -> int:
    """Return the exit code of a run without unknown outcomes."""
    if all(unit.outcome is Outcome.PLANNED for unit in ended.run.units):
        return exit_code_for(ended.problem.kind if ended.problem is not None else ProblemKind.GUARD)
    is_item_dropped = plan.saved_plan is not None and len(plan.items) < len(plan.saved_plan.items)
    return ExitCode.SOME_FAILED if is_item_dropped else exit_code_for_run(ended.run)
