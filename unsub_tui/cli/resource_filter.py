"""Selects resources on the command line: by `--filter`, which filters the app's list of resources, and by ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.config.named_filters import filter_usage_errors, resolve_filter, warn_if_no_match
from unsub_tui.cli.output import write_message, write_time_zone
from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.plan import Plan, RecordedRefusal
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.untrusted_text import EMPTY, for_display
from unsub_tui.engine.files import STDIN, decode_text, input_name, read_input, unusable_file
from unsub_tui.listmodel.filters import Query, parse
from unsub_tui.listmodel.id_lists import MAX_ID_FILE_BYTES, IdList, parse_ids
from unsub_tui.listmodel.list_context import ListContext, resources_with_renewals
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.filter_facts import ResourceFacts
from unsub_tui.present.i18n import _
from unsub_tui.present.pages.id_list_report import column_lines, missing_id_text, shown_id
from unsub_tui.present.resources import BLOCKED_LABELS
from unsub_tui.present.status_line import unknown_findings_text

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.resource_findings import ResourceFindings
    from unsub_tui.engine.engine import Engine


_POSSIBLE_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
"""What can be an id of Huawei Cloud; a list of ids can hold anything, and one bad id spoils a whole query."""

_FILTER_SIGNS = frozenset(":<>=")
"""Signs of terms of a filter, which no id contains."""

_DETAILED_KINDS = {"quiet": ResourceKind.SERVER, "backup": ResourceKind.DATABASE}
"""Kinds of resources of which a finding costs calls for each resource, by its field."""


class ResourceFilter:
    """A filter from the command line. Raises UsageError if it is invalid or asks for selections or unquoted amounts."""

    def __init__(self, text: str, *, has_quotes: bool, with_inventory: bool = False) -> None:
        """Parse a filter; `with_inventory` reads the inventory also if the filter does not need it."""
        text, self._origin = resolve_filter(text)
        with filter_usage_errors(self._origin, text):
            self.query = parse(text)
        if self.query.uses_state("is:selected"):
            raise click.UsageError(_("--filter: is:selected works only in the app, where resources can be selected"))
        if self.query.money_terms and not has_quotes:
            words = _("--filter: amounts are known only after an estimate; use: unsub-tui quote --filter")
            raise click.UsageError(words)
        self.reads_inventory = with_inventory or bool(self.query.finding_fields)
        self._listed: ResourceList | None = None
        self.unknown_count = 0
        """Number of rows that the filter can neither find nor leave out, because a finding is unknown."""

    async def resources_on_tab(
        self, catalog: Catalog, engine: Engine, tab: Tab | None, *, one_by_one: bool = False
    ) -> list[Resource]:
        """Return the matching resources of a tab; None stands for all resources, with the rules of the Active tab.

        Read orders, renewals and the inventory if the filter needs them. Amount terms are ignored: they need quotes.
        """
        context = ListContext(engine, engine.clock.now)
        for order_id in self.query.order_ids:
            context.add_order(order_id, await engine.catalog.resources_of_order(order_id))
        if tab is Tab.RENEWAL:
            await read_renewals(engine, catalog)
            rows = resources_with_renewals(catalog, engine.catalog.renewals, engine.clock.now())
        else:
            rows = list(catalog.resources) if tab is None else tab.filter_page(catalog.resources, engine.clock.now())
        context.renewals = engine.catalog.renewals
        if self.reads_inventory:
            from unsub_tui.cli.inventory_reading import read_inventory

            context.inventory = await read_inventory(engine, catalog)
            if "cluster" in self.query.finding_fields:
                async for _step in engine.inventory.read_nodes(context.inventory):
                    pass
        self._listed = ResourceList(tab or Tab.ACTIVE, context, ResourceFacts)
        self._listed.set_one_by_one(on=one_by_one)
        self._listed.add_page(self._listed.start_listing(catalog), rows)
        await self._read_details(engine, self._listed)
        matches = self._matching(self._listed, self.query.without_money())
        self._report_unknown(self._listed, len(matches))
        if self.query:
            warn_if_no_match(len(matches), len(rows))
        if self.query.has_days:
            write_time_zone(engine.clock.now())
        return matches

    async def _read_details(self, engine: Engine, listed: ResourceList) -> None:
        """Read metrics and backups of databases of rows that may match, if the filter needs them; report problems."""
        kinds = [_DETAILED_KINDS[each] for each in self.query.finding_fields if each in _DETAILED_KINDS]
        inventory = listed.context.inventory
        if inventory is None:
            return
        from unsub_tui.cli.inventory_reading import read_details, report_unread

        if kinds:
            possible = self._matching(listed, self.query.without_money().with_unknown())
            wanted = [each for each in possible if kind_of(each) in kinds and each.status != Status.CLOSED]
            await read_details(engine, inventory, wanted)
        report_unread(inventory)

    def findings_of(self, resource: Resource) -> ResourceFindings | None:
        """Return what the services say about a listed resource; None if they were not read."""
        return None if self._listed is None else self._listed.context.findings_of(resource)

    def _report_unknown(self, listed: ResourceList, match_count: int) -> None:
        """Count and report the rows that the filter can neither find nor leave out."""
        if self.query.finding_fields:
            possible = self._matching(listed, self.query.without_money().with_unknown())
            self.unknown_count = len(possible) - match_count
            if text := unknown_findings_text(self.unknown_count, self.query.finding_fields):
                write_message(text)

    def blocked_reason(self, resource: Resource) -> BlockedReason | None:
        """Return why a listed resource cannot be selected on the tab, or None if it can."""
        return None if self._listed is None else self._listed.reason_of(resource)

    async def quoted_plan(
        self,
        engine: Engine,
        catalog: Catalog,
        ids: Sequence[str] | None,
        tab: Tab | None,
        *,
        action: Action = Action.UNSUBSCRIBE,
        one_by_one: bool = False,
        quote_only: bool = False,
    ) -> Plan:
        """Return a plan of the given ids, or if that is None of the primary resources, with final quotes.

        Only what matches is planned. With `one_by_one`, the batch list does not apply. With `quote_only`, a filter
        selects attached resources as well.
        """
        if tab is None and action.shortens_term:
            await read_renewals(engine, catalog)
        found = await self.resources_on_tab(catalog, engine, tab, one_by_one=one_by_one)
        if ids is not None:
            found_ids = {each.id for each in found}
            selected = [each for each in dict.fromkeys(ids) if each in found_ids]
        else:
            selected = [each.id for each in found if each.is_main_resource or (quote_only and self.query)]
        if not quote_only:
            catalog = await engine.catalog.read_afresh(catalog, selected)
        plan = engine.draft(catalog, selected, action=action, one_by_one=one_by_one, quote_only=quote_only)
        return self._filter_by_amounts(await quote_plan(engine, plan))

    def _filter_by_amounts(self, plan: Plan) -> Plan:
        """Return the plan without the items whose amounts do not match."""
        if self._listed is None or not self.query.money_terms:
            return plan
        self._listed.quotes.update((item.id, item.quote) for item in plan.items)
        found = {each.id for each in self._matching(self._listed, self.query)}
        rejected = frozenset(item.id for item in plan.items if item.id not in found)
        if plan.items:
            warn_if_no_match(len(plan.items) - len(rejected), len(plan.items))
        return plan.without(rejected)

    def _matching(self, listed: ResourceList, query: Query) -> list[Resource]:
        """Return the matching resources. Raises UsageError if the filter cannot be applied."""
        with filter_usage_errors(self._origin, query.text):
            return [listed.rows.resources[row] for row in listed.matching_rows(query)]


class RequestedIds:
    """The ids of a command: its arguments, and those on stdin or in the file of `--ids`, which are read at once."""

    def __init__(self, arguments: Sequence[str], file_name: str) -> None:
        self._arguments = [each for each in arguments if each != STDIN]
        names = dict.fromkeys([*([STDIN] if STDIN in arguments else []), *([file_name] if file_name else [])])
        self._texts = {name: decode_text(read_input(name, MAX_ID_FILE_BYTES), input_name(name)) for name in names}
        self.missing: list[str] = []
        """Ids that the account does not have."""

    @property
    def missing_refusals(self) -> list[RecordedRefusal]:
        """The ids that the account does not have, as refused resources of a document."""
        return [RecordedRefusal(each, EMPTY, BlockedReason.NOT_LISTED) for each in self.missing]

    def __bool__(self) -> bool:
        return bool(self._arguments or self._texts)

    async def resolve(self, engine: Engine, catalog: Catalog) -> tuple[Sequence[str], Catalog]:
        """Return the ids that the account has, and the catalog in which they are found.

        Report every other id, one a line. Raises UnsubError for a file without ids.
        """
        found = {each: shown_id(each) for each in self._arguments}
        for name, text in self._texts.items():
            shown = for_display(input_name(name))
            id_list = _parse_id_file(text, shown, catalog)
            for line in column_lines(id_list):
                write_message(f"{shown}: {line}")
            found = found | {each: missing_id_text(id_list, each) for each in id_list.ids if each not in found}
        # In a list that changed while it was read, they may be among the rows that are missing.
        catalog = await engine.catalog.read_afresh(catalog, [each for each in found if _POSSIBLE_ID.fullmatch(each)])
        self.missing = [each for each in found if catalog.get(each) is None]
        for each in self.missing:
            write_message(_("Not in the account: {id}").format(id=found[each]))
        if any(each in self._arguments and set(each) & _FILTER_SIGNS for each in self.missing):
            write_message(_("To select resources with a filter, use: --filter"))
        return [each for each in found if catalog.get(each) is not None], catalog


def _parse_id_file(text: str, shown: str, catalog: Catalog) -> IdList:
    """Return the ids in the text of a file, at least one. Raises UnsubError that names the file."""
    try:
        id_list = parse_ids(text, lambda each: catalog.get(each) is not None)
    except UnsubError as error:
        raise unusable_file(shown, error.problem.facts[0]) from error
    if not id_list.ids:
        raise unusable_file(shown, fact("no_ids"))
    return id_list


async def read_renewals(engine: Engine, catalog: Catalog) -> None:
    """Read the account's renewal periods, and report the data that could not be read on stderr."""
    async for _step in engine.catalog.read_renewals(catalog.resources):
        pass
    for each in engine.catalog.renewals.missing:
        write_message(_("Not loaded, so renewal periods may be missing: {what}").format(what=fact_text(each)))


async def quote_plan(engine: Engine, plan: Plan) -> Plan:
    """Return the plan with its final quotes."""
    async for progress in engine.quotes(plan):
        plan = progress.plan
    return plan


def refused_counts(plan: Plan) -> str:
    """Return the number of refused resources, in total and for each reason, the most frequent first."""
    counts = Counter(BLOCKED_LABELS[each.reason] for each in plan.refused)
    by_reason = ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
    return f"{len(plan.refused)} ({by_reason})"


def write_refused_items(plan: Plan) -> None:
    """Report every refused resource with the reason."""
    from unsub_tui.present.refusals import refusal_text

    for refusal in plan.refused:
        write_message(_("Not possible: {refusal}").format(refusal=refusal_text(refusal, plan.action)))
