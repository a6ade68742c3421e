"""The review of a plan as a table: a row per item, refused resource and possible leftover, and a summary above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from unsub_tui.domain.bundles import REJECTION_CODES, was_rejected
from unsub_tui.domain.inventory.plan_findings import PlanFindings, Staying
from unsub_tui.domain.leftovers import find_possible_nodes
from unsub_tui.domain.plan import Plan, PlanItem, Refusal
from unsub_tui.domain.policy_change import policy_after
from unsub_tui.domain.quote import Payment, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import CheaperOption
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.present.fact_texts import KIND_NOTE_LABELS, fact_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_title
from unsub_tui.present.money import format_money, paid_cell, period_cell, refund_bounds_cell
from unsub_tui.present.page import BLANK, Entry, Tone, heading
from unsub_tui.present.pages.confirmation import charges_text, consequence, plan_file_lines, undo_text
from unsub_tui.present.pages.findings import (
    danger_counts,
    guessed_leftovers,
    is_node_certain,
    item_dangers,
    item_remarks,
    progress_text,
    shown_findings,
    staying_note,
    staying_of,
)
from unsub_tui.present.plan_resources import disk_size_text, resources_text
from unsub_tui.present.quotes import plan_totals
from unsub_tui.present.resources import (
    BLOCKED_LABELS,
    display_name,
    expire_policy_label,
    region,
    service_cell,
    status_label,
)
from unsub_tui.present.table_layout import TextColumn, fit_columns, table_lines
from unsub_tui.present.time_format import format_date

UNLIMITED = 100_000
MIN_BOUNDS_WIDTH = 70
"""Width from which the column of refunds shows the bounds of an unknown one, in cells; the details always do."""

MARKER_WIDTH = 4
"""Width of the sign of a row and the space after it, in cells."""


class RowGroup(StrEnum):
    """The reason why a row deserves attention."""

    DANGER = "danger"
    """More is lost than the row shows at once, or the loss is not known."""
    ADVICE = "advice"
    """There is a cheaper or another way."""
    STAYS = "stays"
    """The resource stays: it cannot be unsubscribed, or is not part of the plan and keeps billing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A row: an item of the plan, a refused resource, or a resource that may remain and keep billing."""

    resource: Resource
    item: PlanItem | None = None
    refusal: Refusal | None = None
    staying: Staying | None = None
    """What the services say about a resource that stays; None for one that may remain by its name."""
    groups: frozenset[RowGroup] = frozenset()
    note: str = ""
    """What to know about the row, in a few words each, the most important first."""

    @property
    def id(self) -> str:
        """The raw id of the resource."""
        return self.resource.id


@dataclass(frozen=True, kw_only=True)
class ReviewTable:
    """The table of a plan; without `excluded`, everything that it says is about the whole plan."""

    plan: Plan
    """The whole plan, including the dropped items."""
    excluded: frozenset[str] = frozenset()
    """Ids of the dropped items. They stay in the table, but no figure contains them."""
    quote_status: str = ""
    """Progress of reading the bills; empty once the amounts are final."""
    now: datetime
    keys: Mapping[RowGroup, str] = field(default_factory=dict)
    """The key that shows only the rows of a group, for the app."""

    @cached_property
    def kept(self) -> Plan:
        """The plan without the dropped items."""
        return self.plan.without(self.excluded)

    def rows(self, group: RowGroup | None = None) -> list[ReviewRow]:
        """Return the rows of a group or all: items with a danger, then the others by refund, then what stays."""
        return [row for row in self._all_rows if group is None or group in row.groups]

    @cached_property
    def _all_rows(self) -> Sequence[ReviewRow]:
        items = sorted(map(self._item_row, self.plan.items), key=_order)
        staying = (
            ReviewRow(resource=each.as_row(), staying=each, groups=_STAYS, note=staying_note(each))
            for each in staying_of(self.kept)
        )
        leftovers = (
            ReviewRow(resource=each, groups=_STAYS, note=_("may remain, keeps billing"))
            for each in guessed_leftovers(self.plan)
        )
        refused = (
            ReviewRow(resource=each.resource, refusal=each, groups=_STAYS, note=BLOCKED_LABELS[each.reason])
            for each in self.plan.refused
        )
        return [*items, *staying, *leftovers, *refused]

    @property
    def title(self) -> str:
        """The action with the number of all resources that it affects, and how many items are kept."""
        kept, count = len(self.kept.items), len(self.plan.items)
        title = action_title(self.plan.action, self.kept.count)
        if kept == count:
            return plural("Review: {title} · {n} item", "Review: {title} · {n} items", count, title=title)
        return _("Review: {title} · {kept} of {count} items").format(title=title, kept=kept, count=count)

    def heading(self) -> list[Entry]:
        """Return the title and the summary for a page of text."""
        return [heading(self.title), *self.summary(), BLANK]

    def text_lines(self, width: int | None) -> list[str]:
        """Return the table as text: the titles and a line per row, in `width` cells or with all columns."""
        rows = self.rows()
        columns = self.fitting_columns(rows, UNLIMITED if width is None else width - MARKER_WIDTH)
        titles, *lines = table_lines(columns, rows)
        return ["    " + titles, *(f"{self.marker(row)} {line}" for row, line in zip(rows, lines, strict=True))]

    def marker(self, row: ReviewRow) -> str:
        """Return the three cells at the start of a row: the check box of an item, or the sign of what stays."""
        if row.item is None:
            return " x " if row.refusal is not None else " ~ "
        return "[ ]" if row.id in self.excluded else "[x]"

    def summary(self) -> Iterator[Entry]:
        """Yield the lines above the table, which never scroll; every figure is of the kept items."""
        kept, action = self.kept, self.plan.action
        if self.plan.saved_plan is not None:
            yield Entry(" · ".join(plan_file_lines(self.plan.saved_plan)))
        if not action.creates_order:
            yield Entry(charges_text(kept) or _("no charge known"), Tone.MONEY)
            yield Entry(consequence(action), Tone.WARNING)
            yield Entry(undo_text(action), Tone.GOOD)
        else:
            mode = [_("QUEUE MODE")] if self.plan.one_by_one else []
            totals = [self.quote_status] if self.quote_status else plan_totals(kept)
            yield from (Entry(" · ".join((*mode, text)), Tone.MONEY) for text in totals)
        yield from self._effect_lines()
        rest = []
        if first := list(self._kind_note_counts(kept.items)):
            rest.append(f"! {' · '.join(first)}")
        if advice := list(self._advice_counts(kept.items)):
            rest.append(self._summary_text([f"! {advice[0]}", *advice[1:]], RowGroup.ADVICE))
        if stays := list(self._stays_counts()):
            rest.append(self._summary_text(stays, RowGroup.STAYS))
        if rest:
            yield Entry("   ".join(rest), Tone.WARNING, hang=2)

    def _effect_lines(self) -> Iterator[Entry]:
        """Yield what happens to the resources whose term a plan ends or shortens."""
        kept, action = self.kept, self.plan.action
        if action.deletes_resource:
            what = _("! permanently deleted: {what}")
        elif action.is_immediate_change:
            what = _("! stays, charged by the hour at an unknown price: {what}")
        else:
            if action.shortens_term:
                yield Entry(_("nothing is deleted: the resources stay until their new expiry"), Tone.GOOD)
            return
        parts = [what.format(what=resources_text(kept)), *self._danger_counts(kept.items)]
        parts += filter(None, [progress_text(self._findings)])
        tone = Tone.LOSS if action.deletes_resource else Tone.WARNING
        yield Entry(self._summary_text(parts, RowGroup.DANGER), tone, hang=2)
        if action.is_immediate_change:
            yield Entry(undo_text(action), Tone.WARNING)

    def _summary_text(self, parts: Sequence[str], group: RowGroup) -> str:
        """Return the parts of a line, with the key that shows the rows it is about, if there are any."""
        key = self.keys.get(group) if self.rows(group) else None
        return " · ".join(parts) + (f"  [{key}]" if key else "")

    def _item_row(self, item: PlanItem) -> ReviewRow:
        dangers, advice = list(self._dangers(item)), list(self._advice(item))
        told = list(item_dangers(item, self._findings)) if self._findings is not None else []
        found = {RowGroup.DANGER: [*dangers, *told], RowGroup.ADVICE: advice}
        bundle = [_("bundle of {n}").format(n=len(item.primary))] if item.bundled else []
        notes: Sequence[str] = (*dangers, *bundle, *told, *advice, *self._remarks(item))
        if item.id in self.excluded:
            notes = (_("dropped: stays as it is"),)
        groups = frozenset(group for group, texts in found.items() if texts)
        return ReviewRow(resource=item.resource, item=item, groups=groups, note=" · ".join(notes))

    @property
    def _findings(self) -> PlanFindings | None:
        """What the services say, if anything is deleted."""
        return shown_findings(self.plan)

    @cached_property
    def _possible_node_ids(self) -> Collection[str]:
        unclear = [item for item in self.plan.items if not is_node_certain(item, self._findings)]
        return {each.id for each in find_possible_nodes(unclear, self.plan.clusters)}

    def _is_refund_unknown(self, item: PlanItem) -> bool:
        return not self.quote_status and self.plan.action.creates_order and item.quote.amounts.refund is None

    def _dangers(self, item: PlanItem) -> Iterator[str]:
        rejections = [each for each in item.warnings if each.code in REJECTION_CODES]
        yield from (f"! {fact_text(each)}" for each in rejections)
        if item.is_hidden:
            yield _("! hidden by your filter")
        if self._is_refund_unknown(item):
            yield _("! refund unknown")
        if item.resource.status != Status.IN_USE:
            yield f"! {status_label(item.resource.status)}"
        if item.id in self._possible_node_ids:
            yield _("! may be a CCE node")
        yield from (f"! {fact_text(each)}" for each in item.warnings if each not in rejections)

    def _danger_counts(self, items: Sequence[PlanItem]) -> Iterator[str]:
        if self._findings is not None:
            yield from danger_counts(items, self._findings)
        if rejected := sum(map(was_rejected, items)):
            yield plural("{n} rejected before", "{n} rejected before", rejected)
        if hidden := sum(item.is_hidden for item in items):
            yield _("{n} hidden by your filter").format(n=hidden)
        if unknown := sum(map(self._is_refund_unknown, items)):
            yield plural("{n} refund unknown", "{n} refunds unknown", unknown)
        if others := sum(item.resource.status != Status.IN_USE for item in items):
            yield _("{n} not in use").format(n=others)
        if nodes := sum(item.id in self._possible_node_ids for item in items):
            yield plural("{n} may be a CCE node", "{n} may be CCE nodes", nodes)
        if warned := sum(bool(item.warnings) and not was_rejected(item) for item in items):
            yield plural("{n} with a warning", "{n} with warnings", warned)

    def _advice(self, item: PlanItem) -> Iterator[str]:
        if self.plan.action.unsubscribe_type is None:
            return
        ways = self._ways(item)
        if CheaperOption.LET_LAPSE in ways:
            yield _("! no refund")
        if CheaperOption.DROP_RENEWAL in ways:
            yield _("cheaper: renewal")
        if item.resource.expire_policy == ExpirePolicy.AUTO_RENEW:
            at = item.forecast.next_charge_at
            yield _("renews {when}").format(when=format_date(at)) if at is not None else _("auto-renews")

    def _ways(self, item: PlanItem) -> Sequence[CheaperOption]:
        return item.cheaper_options if self.plan.action.deletes_resource else ()

    def _advice_counts(self, items: Sequence[PlanItem]) -> Iterator[str]:
        if self.plan.action.unsubscribe_type is None:
            return
        ways = Counter(way for item in items for way in self._ways(item))
        if lapse := ways[CheaperOption.LET_LAPSE]:
            yield _("{n} without a refund").format(n=lapse)
        if renewal := ways[CheaperOption.DROP_RENEWAL]:
            yield plural("{n} has a cheaper option", "{n} have a cheaper option", renewal)
        if renewing := sum(item.resource.expire_policy == ExpirePolicy.AUTO_RENEW for item in items):
            yield plural("{n} auto-renews", "{n} auto-renew", renewing)

    def _kind_note_counts(self, items: Sequence[PlanItem]) -> Iterator[str]:
        counts = Counter(KIND_NOTE_LABELS[each.code] for item in items for each in item.kind_notes)
        yield from (f"{count} {label}" for label, count in counts.items())

    def _stays_counts(self) -> Iterator[str]:
        if self.plan.refused:
            yield _("x {n} not possible").format(n=len(self.plan.refused))
        if staying := staying_of(self.kept):
            yield plural("~ {n} stays and keeps billing", "~ {n} stay and keep billing", len(staying))
        if guesses := guessed_leftovers(self.plan):
            yield _("~ {n} may remain and keep billing").format(n=len(guesses))

    def _remarks(self, item: PlanItem) -> Iterator[str]:
        if item.quote.kind is UnsubscriptionKind.FIVE_DAY:
            yield _("within five days")
        yield from (KIND_NOTE_LABELS[each.code] for each in item.kind_notes)
        if self._findings is not None:
            yield from item_remarks(item, self._findings)
        if not self.plan.action.creates_order:
            yield _("then: {policy}").format(policy=expire_policy_label(policy_after(self.plan.action)))

    def fitting_columns(self, rows: Sequence[ReviewRow], width: int) -> list[tuple[TextColumn[ReviewRow], int]]:
        """Return the columns that fit into `width` cells; in a narrow table, `?` stands for the bounds of a refund."""
        return fit_columns(self.columns(has_bounds=width >= MIN_BOUNDS_WIDTH), rows, width)

    def columns(self, *, has_bounds: bool = True) -> Sequence[TextColumn[ReviewRow]]:
        """Return the columns of the plan's action, in display order; with the bounds of unknown refunds or `?`."""
        name = _column(_("name"), lambda row: display_name(row.resource), narrowest=14, widest=36)
        service = _column(_("service"), lambda row: service_cell(row.resource), rank=1)
        where = _column(_("region"), lambda row: region(row.resource), rank=3)
        attached = _column(_("attached"), _attached_cell, rank=2)
        expires = _column(_("days"), lambda row: _days_cell(row.resource, self.now), is_right=True)
        refund = _column(_("refund"), self._money_cell("refund", has_bounds=has_bounds), is_right=True)
        note = _column(_("note"), lambda row: row.note, narrowest=17, widest=60)
        if not self.plan.action.creates_order:
            charge = _column(_("next charge"), _charge_cell, is_right=True)
            return (name, service, where, attached, expires, charge, note)
        if self.plan.action.shortens_term:
            period = _column(_("renewal period"), lambda row: period_cell(_periods(row)), rank=1)
            paid = _column(_("paid"), lambda row: paid_cell(_periods(row)), is_right=True, rank=2)
            then = _column(_("new expiry"), lambda row: format_date(row.item.new_expiry) if row.item else "-")
            return (name, service, where, period, paid, then, refund, note)
        figures = (
            _column(title, self._money_cell(figure), is_right=True, rank=rank)
            for figure, title, rank in (
                ("paid", _("paid"), 4),
                ("consumed", _("consumed"), 5),
                ("coupon_lost", _("coupons"), 6),
            )
        )
        fee = _column(_("fee"), self._money_cell("handling_fee"), is_right=True)
        return (name, service, where, attached, expires, *figures, refund, fee, note)

    def _money_cell(self, figure: str, *, has_bounds: bool = False) -> Callable[[ReviewRow], str]:
        has_one_currency = len({item.quote.amounts.currency for item in self.plan.items}) <= 1

        def cell(row: ReviewRow) -> str:
            if row.item is None:
                return "-"
            amounts = row.item.quote.amounts
            amount: Decimal | None = getattr(amounts, figure)
            if amount is None:
                bounds = refund_bounds_cell(row.item.quote) if has_bounds else ""
                return "…" if self.quote_status else bounds or "?"
            return format_money(amount, "" if has_one_currency else amounts.currency)

        return cell


def _days_cell(resource: Resource, now: datetime) -> str:
    """Return the number of days until a resource expires."""
    if resource.expire_time is None:
        return "-"
    return str(max(0, (resource.expire_time - now) // timedelta(days=1)))


def _attached_cell(row: ReviewRow) -> str:
    """Return the number of the other resources of an item, and the size of its disks."""
    if row.item is None or not row.item.attached:
        return ""
    size = disk_size_text(row.item.attached).replace(" GB", "G").replace(" TB", "T")
    return f"+{len(row.item.attached)} {size}".rstrip()


def _charge_cell(row: ReviewRow) -> str:
    if row.item is None or row.item.forecast.next_charge_at is None:
        return "-"
    forecast = row.item.forecast
    return "?" if forecast.next_charge is None else format_money(forecast.next_charge, forecast.currency)


def _periods(row: ReviewRow) -> Sequence[Payment]:
    return row.item.renewal_payments if row.item is not None else ()


def _order(row: ReviewRow) -> tuple[bool, bool, bool, Decimal]:
    refund = row.item.quote.amounts.refund if row.item is not None else None
    is_worthless = RowGroup.ADVICE in row.groups and refund is not None and refund <= 0
    is_hidden = row.item is not None and row.item.is_hidden
    return not is_hidden, RowGroup.DANGER not in row.groups, not is_worthless, -(refund or Decimal(0))


_column = TextColumn[ReviewRow]
_STAYS = frozenset({RowGroup.STAYS})
