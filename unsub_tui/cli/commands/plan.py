"""`unsub-tui plan`: select resources, quote them and write a plan file. Changes nothing in the account."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.completions import complete_files
from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, ending
from unsub_tui.cli.options import (
    TAB_CHOICE,
    filter_option,
    format_option,
    ids_option,
    inventory_option,
    timeout_option,
)
from unsub_tui.cli.output import (
    review_lines,
    write,
    write_json,
    write_message,
    write_note,
    write_time_zone,
    write_unread,
)
from unsub_tui.cli.process.signals import CommandSignals
from unsub_tui.cli.resource_filter import RequestedIds, ResourceFilter, refused_counts, write_refused_items
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import MAX_TICKET_LENGTH, Plan, RecordedRefusal
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.untrusted_text import EMPTY, for_display
from unsub_tui.engine.files import check_writable_path, write_file
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.export.documents import plan_document
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.pages.confirmation import warning_lines
from unsub_tui.present.problems import problem_text

if TYPE_CHECKING:
    from datetime import datetime

    from unsub_tui.domain.resource import Catalog
    from unsub_tui.engine.engine import Engine
    from unsub_tui.present.export.formats import Row


@click.command("plan")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@filter_option("Resources to plan: 'type:ecs expires<30d' (unsub-tui help filter).")
@ids_option
@click.option(
    "--kind",
    type=click.Choice([action.value for action in Action]),
    help="Unsubscribe from resources, or only from renewal periods that have not begun; the resources then remain."
    " pay-per-use-now (China only) ends the term with a refund and keeps the resources, charged by the hour. The other"
    " kinds change the behavior at expiry and can be undone. Default: the kind of --tab.",
)
@click.option(
    "--tab",
    "tab_name",
    type=TAB_CHOICE,
    help="Tab to select from. Default: renewal for --kind renewal, otherwise active.",
)
@click.option(
    "--one-by-one",
    is_flag=True,
    help="Queue mode: plan resources of any service together, not only those of the batch list (ECS, EVS, RDS, VPC,"
    " CCE). Each is an item of its own.",
)
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Output file; - is stdout.", shell_complete=complete_files
)
@click.option("--ticket", default="", metavar="TEXT", help="Ticket or reason, stored in the plan and in the record.")
@timeout_option
@inventory_option(
    "Read from the services what the resources are doing and which backups they have, for the review and as facts in"
    " the file (unsub-tui help inventory).",
    is_on=True,
)
@format_option("json")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    *,
    ids: tuple[str, ...],
    query: str,
    ids_file: str,
    kind: str | None,
    tab_name: str | None,
    one_by_one: bool,
    output: str,
    ticket: str,
    with_inventory: bool,
    output_format: str,
    force: bool,
) -> int:
    """Write a plan file for others to review and apply. Changes nothing.

    The resources are given by their ids, - for ids on stdin, or selected with --ids or --filter. An id that the account
    does not have is reported, and the rest is planned.

    The file contains the resources, their attached resources, costs and refunds, and the resources for which
    the action is not possible. Review it with `unsub-tui --plan FILE`, run it with `unsub-tui apply FILE`.
    """
    resource_filter = ResourceFilter(query, has_quotes=True)
    tab = _resolve_tab(kind, tab_name)
    action = Action(kind) if kind is not None else tab.action
    requested = RequestedIds(ids, ids_file)
    if not requested and not query:
        raise click.UsageError(_("no resources: give their ids, or select them with --ids or --filter"))
    _check_action(action, resource_filter, one_by_one=one_by_one)
    if len(ticket) > MAX_TICKET_LENGTH:
        raise click.UsageError(_("--ticket is longer than {count} characters").format(count=MAX_TICKET_LENGTH))
    _check_output(output, output_format, replace=force)  # fail before reading the account

    async def write_plan(engine: Engine) -> int:
        plan, ids, catalog = await _quoted_plan(engine, requested, resource_filter, tab, action, one_by_one=one_by_one)
        plan = await engine.with_findings(plan, catalog, is_wanted=with_inventory)
        if plan.items:
            _write_output(engine.plan_file_text(plan, ticket, _facts_of(plan)), output, overwrite=force)
            write_unread(plan)
        code = _exit_code(plan, ids, requested)
        problems = engine.check_plan(plan) if plan.items else []
        if output_format == "json":
            ended = ending(code, plan.account, engine.clock.now())
            unmatched = [RecordedRefusal(each, EMPTY, BlockedReason.NOT_MATCHED) for each in _unmatched(plan, ids)]
            left_out = [*requested.missing_refusals, *unmatched]
            write_json(plan_document(plan, problems, ended, output if plan.items else None, left_out))
        _report(plan, problems, ids, output, engine.clock.now())
        return code

    signals = CommandSignals(sends_requests=False)
    return run_with_engine(global_options, lambda engine: signals.handle_signals(write_plan(engine)))


def _resolve_tab(kind: str | None, tab_name: str | None) -> Tab:
    """Return the tab for a kind of plan or a tab name. Raises UsageError if they contradict each other."""
    action = Action(kind) if kind is not None else None
    default = Tab.RENEWAL if action is not None and action.shortens_term else Tab.ACTIVE
    tab = Tab(tab_name) if tab_name is not None else default
    if action is None or action is tab.action or (action.unsubscribe_type is None and tab is Tab.ACTIVE):
        return tab
    words = _("--kind {kind} cannot be combined with --tab {tab}")
    raise click.UsageError(words.format(kind=action.value, tab=tab.value))


def _check_output(output: str, output_format: str, *, replace: bool) -> None:
    """Raise UnsubError if the file cannot be written, and UsageError if stdout would get two documents."""
    if output != "-":
        check_writable_path(output, replace=replace)
    elif output_format == "json":
        raise click.UsageError(_("-o - and --format json both write to stdout"))


def _check_action(action: Action, resource_filter: ResourceFilter, *, one_by_one: bool) -> None:
    """Raise UsageError if the filter or queue mode does not fit the action."""
    if not action.creates_order and resource_filter.query.money_terms:
        words = _("--kind {kind} refunds nothing, so --filter cannot contain amounts")
        raise click.UsageError(words.format(kind=action))
    if one_by_one and not action.deletes_resource:
        words = _("--one-by-one cannot be combined with --kind {kind}: the batch list does not apply to it anyway")
        raise click.UsageError(words.format(kind=action))


async def _quoted_plan(
    engine: Engine,
    requested: RequestedIds,
    resource_filter: ResourceFilter,
    tab: Tab,
    action: Action,
    *,
    one_by_one: bool,
) -> tuple[Plan, Sequence[str], Catalog]:
    """Return the plan with final quotes, the requested ids that the account has, and the listing. Raises UnsubError."""
    import asyncio

    # The plan file names its author, who may have to be looked up.
    catalog, _person = await asyncio.gather(engine.catalog.read_all(), engine.account.fetch_actor())
    # A given resource that cannot be planned is refused with a reason, so the tab does not exclude it.
    ids: Sequence[str] | None = None
    if requested:
        ids, catalog = await requested.resolve(engine, catalog)
    searched = None if requested and tab is not Tab.INACTIVE else tab
    if action.deletes_resource:
        with suppress(UnsubError):  # a record that cannot be read is reported by the run
            engine.bundles.note_units(engine.history.units())
    plan = await resource_filter.quoted_plan(engine, catalog, ids, searched, action=action, one_by_one=one_by_one)
    return plan, ids or (), catalog


def _facts_of(plan: Plan) -> Mapping[str, Row]:
    """Return the facts for the plan file, as far as the services were asked."""
    if plan.findings is None:
        return {}
    from unsub_tui.present.export.quote_facts import MAX_WITH_FACTS, plan_facts

    if len(plan.resources) > MAX_WITH_FACTS:
        words = _("The file has no facts, because the plan has more than {count} resources.")
        write_message(words.format(count=MAX_WITH_FACTS))
    return plan_facts(plan)


def _write_output(text: str, output: str, *, overwrite: bool) -> None:
    if output == "-":
        write(text)
    else:
        write_file(output, text, replace=overwrite)


def _report(plan: Plan, problems: Sequence[Problem], ids: Sequence[str], output: str, now: datetime) -> None:
    """Report what was planned, refused and would be refused by `apply`."""
    if plan.items:
        file = _("stdout") if output == "-" else for_display(output)
        words = plural("{n} item planned in {file}", "{n} items planned in {file}", len(plan.items), file=file)
        write_note(words)
        write_time_zone(now)
        for line in review_lines(plan, now, sys.stderr):
            write_note(line)
        for line in warning_lines(plan):
            write_message(line)
    _report_refused(plan, ids)
    if not plan.items:
        write_message(_("Nothing to plan. No file was written."))
    for problem in problems:
        write_message(_("`apply` would refuse this plan here: {why}").format(why=problem_text(problem)))


def _exit_code(plan: Plan, ids: Sequence[str], requested: RequestedIds) -> int:
    """Return the exit code: a given id that is not planned is a failure."""
    if not plan.items:
        return ExitCode.NOTHING_TO_DO
    is_incomplete = requested.missing or (ids and (plan.refused or _unmatched(plan, ids)))
    return ExitCode.SOME_FAILED if is_incomplete else ExitCode.OK


def _unmatched(plan: Plan, ids: Sequence[str]) -> list[str]:
    """Return the given ids that are neither planned nor refused."""
    known = {each.id for each in (*plan.resources, *(refusal.resource for refusal in plan.refused))}
    return [each for each in dict.fromkeys(ids) if each not in known]


def _report_refused(plan: Plan, ids: Sequence[str]) -> None:
    """Report refused resources, individually if ids were given, otherwise as counts."""
    if ids:
        write_refused_items(plan)
    elif plan.refused:
        write_message(_("Not possible: {counts}").format(counts=refused_counts(plan)))
    if any(refusal.reason is BlockedReason.NOT_BATCH_ELIGIBLE for refusal in plan.refused):
        write_message(_("--one-by-one (queue mode) plans resources of any service together."))
    for each in _unmatched(plan, ids):
        words = _("Not possible: {resource}: not on this tab, or no match for --filter")
        write_message(words.format(resource=for_display(each)))
