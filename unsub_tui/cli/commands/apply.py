"""`unsub-tui apply`: execute a plan file, or preview it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.commands.runs import write_run
from unsub_tui.cli.completions import complete_files
from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, ending, exit_code_for, exit_code_for_run
from unsub_tui.cli.lock_waiting import lock_timeout_option, retry_while_locked
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
from unsub_tui.cli.plan_checks import Stop, reason_to_stop
from unsub_tui.cli.process.signals import CommandSignals
from unsub_tui.cli.resource_filter import quote_plan, read_renewals, write_refused_items
from unsub_tui.cli.run_progress import events_option, follow_run
from unsub_tui.domain.fact import fact
from unsub_tui.domain.plan import MAX_REASON_TEXT_LENGTH, Confirmation, Plan, SavedPlan, UnsubscribeReason
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import RunEnded
from unsub_tui.domain.unit_state import Outcome
from unsub_tui.engine.files import input_name, read_input, unusable_file
from unsub_tui.present.export.documents import result_document, review_document
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.page import BLANK, Entry
from unsub_tui.present.pages.confirmation import FIRST_USE_ADVICE, risk_text
from unsub_tui.present.pages.review import remaining_entries, review_page
from unsub_tui.present.pages.run import halt_text, result_totals
from unsub_tui.present.problems import problem_details

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine

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
@lock_timeout_option
@events_option
@inventory_option(
    "Read from the services what the resources are doing, which backups they have and what stays, for the review and"
    " the check after the run (unsub-tui help inventory).",
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
    lock_timeout: float,
    as_events: bool,
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
        plan = await _revalidate_plan(engine, saved_plan, has_findings=with_inventory)
        if "no-backup" not in accepted:
            plan = engine.refuse_missing_backups(plan)
        problems = engine.check_plan(plan) if plan.items else []
        stop = reason_to_stop(plan, problems, engine.catalog.renewals, phrase=phrase, expected_digest=expected_digest)
        if phrase is None or stop is not None:
            return _show_review(plan, stop, engine, output_format, is_preview=phrase is None)
        write_refused_items(plan)
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
        ended = await follow_run(handle, as_events=as_events, needs_reader=True)
        if ended is None:
            return _report_lost_run(plan, engine, output_format)
        return _write_result(ended, plan, engine, output_format, command_signals.exit_code)

    async def when_unlocked(engine: Engine) -> int:
        return await retry_while_locked(engine, lambda: preview_or_run(engine), lock_timeout)

    return run_with_engine(global_options, lambda engine: command_signals.handle_signals(when_unlocked(engine)))


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
    _report_pending(engine, sum(unit.state.is_open for unit in recorded))
    catalog, _person = await asyncio.gather(engine.catalog.read_all(), engine.account.fetch_actor())
    if saved_plan.action.shortens_term:
        await read_renewals(engine, catalog)
    plan = await quote_plan(engine, await engine.draft_from_file(catalog, saved_plan))
    return await engine.with_findings(plan, catalog, is_wanted=has_findings)


def _report_pending(engine: Engine, count: int) -> None:
    """Report pending items of earlier runs, and what to do about them: nothing while a run is in progress."""
    if count and engine.history.lock_owner() is not None:
        write_message(_("Another process runs a plan for this account. Some of its items are pending."))
    elif count:
        write_message(
            plural(
                "{n} item of an earlier run is pending. Check its status with: unsub-tui resume",
                "{n} items of earlier runs are pending. Check their status with: unsub-tui resume",
                count,
            )
        )


def _show_review(plan: Plan, stop: Stop | None, engine: Engine, output_format: str, *, is_preview: bool) -> int:
    """Write the review, and the phrase that confirms it or why there is none; return the exit code.

    Instead of a run, only the JSON document contains the review.
    """
    write_unread(plan)
    now, problems = engine.clock.now(), () if stop is None else stop.problems
    code = ExitCode.OK if stop is None else stop.exit_code
    if output_format == "json":
        ended = ending(code, plan.account, now, is_done_already=stop is not None and stop.is_done)
        write_json(review_document(plan, problems, ended))
    elif is_preview and (stop is None or stop.has_page):
        write_time_zone(now)
        write("".join(f"{line}\n" for line in review_lines(plan, now, sys.stdout)))
        write_page([BLANK, *review_page(plan, (), problems, now)])
    if stop is not None:
        if not is_preview or not stop.has_page:
            write_refused_items(plan)
        for text in stop.messages:
            write_message(text)
        return code
    _write_advice(plan, engine)
    if output_format == "json":
        return code
    if plan.risks:
        write_page([Entry(""), Entry(_("By confirming, you acknowledge:"))])
    write_page(Entry(f"- {risk_text(risk, plan)}", indent=2, hang=2) for risk in plan.risks)
    write(f"confirm: {plan.plan_file_phrase}\n")
    return code


def _write_advice(plan: Plan, engine: Engine) -> None:
    """Advise a small beginning, until an unsubscription has completed on the account."""
    if engine.is_first_unsubscription(plan, engine.history.units()):
        write_note(FIRST_USE_ADVICE)


def _report_lost_run(plan: Plan, engine: Engine, output_format: str) -> int:
    """Report a run whose thread ended without a result; return the exit code: what it sent is not known."""
    write_message(_("The run ended without a result. See: unsub-tui runs"))
    if output_format == "json":
        unknown = ending(ExitCode.UNKNOWN, plan.account, engine.clock.now())
        write_json(review_document(plan, [Problem(kind=ProblemKind.INTERNAL)], unknown))
    return ExitCode.UNKNOWN


def _write_result(ended: RunEnded, plan: Plan, engine: Engine, output_format: str, signal_code: int) -> int:
    """Write the result of a run, its leftovers and the next step; return the exit code."""
    code = _exit_code(ended, plan, signal_code)
    with tolerate_output_error(f"unsub-tui runs {ended.run.run_id}"):
        if output_format == "json":
            write_json(result_document(ended.run, ended.problem, ending(code, plan.account, engine.clock.now())))
        else:
            write_run(ended.run, output_format)
    if output_format == "json":
        for line in result_totals(ended.run):
            write_note(line)
    for text in filter(None, (each.text for each in remaining_entries(plan, ended.run))):
        write_message(text)
    if ended.problem is not None:
        write_message(halt_text(ended.problem, ended.run.units))
    if code == ExitCode.UNKNOWN:
        write_message(_("Some outcomes are pending or unknown. Check their status with: unsub-tui resume"))
    return code


def _exit_code(ended: RunEnded, plan: Plan, signal_code: int) -> int:
    """Return the exit code of a run: unknown outcomes, then the signal, then why nothing was sent, then failures."""
    code = exit_code_for_run(ended.run)
    if code is ExitCode.UNKNOWN or signal_code:
        return code if code is ExitCode.UNKNOWN else signal_code
    if ended.problem is not None and all(unit.outcome is Outcome.PLANNED for unit in ended.run.units):
        return exit_code_for(ended.problem.kind)
    is_item_dropped = plan.saved_plan is not None and len(plan.items) < len(plan.saved_plan.items)
    return ExitCode.SOME_FAILED if is_item_dropped else code
