"""`unsub-tui plan`: select resources, quote them and write a plan file. Changes nothing in the account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import click

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write, write_message
from unsub_tui.cli.resource_filter import ResourceFilter, read_renewals
from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import MAX_TICKET_LENGTH, Plan
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.files import check_writable_path, write_file
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.pages.confirmation import plan_title
from unsub_tui.present.pages.review import plan_refusal_text, review_totals
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_label


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """The arguments of `unsub-tui plan`."""

    ids: Sequence[str]
    resource_filter: ResourceFilter
    tab: Tab
    """The tab that the resources are selected from."""
    action: Action
    """The action on the selected resources."""
    output: str
    """File name, or `-` for stdout."""
    ticket: str = ""
    overwrite: bool = False

    def validate(self) -> None:
        """Raise UsageError for a request without resources or an invalid ticket, FILE for an unusable output path."""
        if not self.ids and not self.resource_filter.query:
            raise click.UsageError("name the resources by id, or choose them with --filter; nothing is planned unasked")
        if not self.action.creates_order and self.resource_filter.query.money_terms:
            raise click.UsageError(f"nothing is given back by --kind {self.action}: --filter cannot ask for amounts")
        if len(self.ticket) > MAX_TICKET_LENGTH:
            raise click.UsageError(f"--ticket is longer than {MAX_TICKET_LENGTH} characters")
        if self.output != "-":
            check_writable_path(self.output, replace=self.overwrite)  # fail before reading the account


def resolve_tab(kind: str | None, tab_name: str | None) -> Tab:
    """Return the tab for a kind of plan or a tab name. Raises UsageError if they contradict each other."""
    action = Action(kind) if kind is not None else None
    default = Tab.RENEWAL if action is not None and action.shortens_term else Tab.ACTIVE
    tab = Tab(tab_name) if tab_name is not None else default
    if action is None or action is tab.action or (not action.creates_order and tab is Tab.ACTIVE):
        return tab
    raise click.UsageError(f"--kind {action.value} does not go with --tab {tab.value}")


async def write_plan(engine: Engine, request: PlanRequest) -> int:
    """Plan the request, write the file and report its content; return the exit code. Raises UnsubError."""
    catalogue, _person = await asyncio.gather(engine.catalog.read_all(), engine.account.fetch_actor())
    ids = await _select_ids(catalogue, request, engine)
    plan = engine.draft(catalogue, ids, action=request.action)
    async for progress in engine.quotes(plan):
        plan = progress.plan
    plan = request.resource_filter.filter_by_amounts(plan, engine)
    if plan.items:
        _write_output(engine.plan_file_text(plan, request.ticket), request)
        _report_plan(plan, request)
    code = _report_refused(plan, request)
    for problem in engine.check_plan(plan) if plan.items else ():
        write_message(_("as it is, `apply` would refuse it here: {why}").format(why=problem_text(problem)))
    if not plan.items:
        write_message(_("nothing is left to plan; no file was written"))
        return ExitCode.GUARD
    return code


async def _select_ids(catalogue: Catalog, request: PlanRequest, engine: Engine) -> list[str]:
    """Return the selected ids. Raises UsageError for an id that the account does not have."""
    unknown = [each for each in request.ids if catalogue.get(each) is None]
    if unknown:
        raise click.UsageError(f"the account has no resource {', '.join(map(for_display, unknown))}")
    ignores_tab = (
        bool(request.ids) and request.tab is not Tab.INACTIVE
    )  # named resources that cannot be planned are then refused with a reason
    if ignores_tab and request.tab is Tab.RENEWAL:
        await read_renewals(engine, catalogue)
    found = await request.resource_filter.resources_on_tab(catalogue, engine, None if ignores_tab else request.tab)
    if not request.ids:
        return [each.id for each in found if each.is_main_resource]
    matching_ids = {each.id for each in found}
    return [each for each in dict.fromkeys(request.ids) if each in matching_ids]


def _write_output(text: str, request: PlanRequest) -> None:
    if request.output == "-":
        write(text)
    else:
        write_file(request.output, text, replace=request.overwrite)


def _report_plan(plan: Plan, request: PlanRequest) -> None:
    where = _("stdout") if request.output == "-" else for_display(request.output)
    items = plural("{n} resource", "{n} resources", len(plan.items))
    write_message(_("{items} planned in {where}").format(items=items, where=where))
    if not plan.action.deletes_resource:
        write_message(f"  {plan_title(plan)}")
    for line in review_totals(plan):
        write_message(f"  {line}")


def _report_refused(plan: Plan, request: PlanRequest) -> int:
    """Report refused resources, individually if ids were given, otherwise as counts; return the exit code."""
    if not request.ids:
        sums = Counter(blocked_label(each.reason) for each in plan.refused)
        for reason, count in sums.most_common():
            write_message(_("refused {count}: {reason}").format(count=count, reason=reason))
        return ExitCode.OK
    for refusal in plan.refused:
        write_message(_("refused: {what}").format(what=plan_refusal_text(refusal, plan)))
    known = {item.id for item in plan.items} | {refusal.resource.id for refusal in plan.refused}
    unmatched = [each for each in dict.fromkeys(request.ids) if each not in known]
    for each in unmatched:
        write_message(
            _("refused: {what}").format(
                what=f"{for_display(each)}: {_('it is not on that tab, or does not fit --filter')}"
            )
        )
    return ExitCode.SOME_FAILED if unmatched or plan.refused else ExitCode.OK
