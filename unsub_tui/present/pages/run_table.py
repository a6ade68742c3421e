"""A run as a table: title with bar, counts, refunds, what needs attention, and a row per item; problems come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import Run, RunEnded, Unit
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import OUTCOME_LABELS, STATES, action_title
from unsub_tui.present.money import format_money
from unsub_tui.present.page import Entry, Tone, heading, lines
from unsub_tui.present.pages.leftovers import billing_leftover_ids, leftover_total, unexpected_leftover_ids
from unsub_tui.present.pages.run import failure_lines, halt_text, next_steps, refund_lines
from unsub_tui.present.plan_resources import kinds_text
from unsub_tui.present.resources import kind_label
from unsub_tui.present.table_layout import TextColumn
from unsub_tui.present.units import unit_problem_text, unit_state_label

BAR_WIDTH = 20
"""Width of the progress bar, in terminal cells."""

_COUNTED = (Outcome.SETTLED, Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.PLANNED)
"""The states that the line of counts names. An item being submitted is in progress."""

_QUIET_ORDER = (State.SKIPPED, State.NOT_EXECUTED, State.SUBMITTING, State.ACCEPTED, State.CONFIRMED, State.SETTLED)
"""Order of the rows without a problem."""


@dataclass(frozen=True)
class RunTable:
    """The items of a run, as known now."""

    units: Sequence[Unit]
    ended: RunEnded | None = None
    """The result; None while the run goes on."""
    may_remain: str = ""
    """How many resources may keep billing after the run; empty if none."""
    bundle_key: str = ""
    """The key that reviews bundles of which parts were rejected; empty if there is none."""
    is_demo: bool = False
    """Whether the run was on the embedded sandbox, where advice names other commands."""

    @cached_property
    def rows(self) -> Sequence[Unit]:
        """The items: unknown and failed ones first, then those with another problem, then by state."""
        return sorted(self.units, key=_rank)

    @cached_property
    def counts(self) -> dict[Outcome, int]:
        """Number of items in each state; they add up to the number of items."""
        found = Counter(unit.outcome for unit in self.units)
        found[Outcome.ACCEPTED] += found.pop(Outcome.SUBMITTED, 0)
        return {outcome: found[outcome] for outcome in _COUNTED}

    @property
    def counts_text(self) -> str:
        """All states with their counts, zeros included; unknown outcomes only if there are any."""
        shown = (each for each in _COUNTED if self.counts[each] or each is not Outcome.UNKNOWN)
        return " · ".join(f"{self.counts[each]} {OUTCOME_LABELS[each]}" for each in shown)

    @property
    def bar(self) -> str:
        """A bar: `#` completed, `=` in progress, `-` the rest. It stands still once nothing more is submitted."""
        total, completed = len(self.units), self.counts[Outcome.SETTLED]
        filled = BAR_WIDTH * (completed + self.counts[Outcome.ACCEPTED]) // total if total else 0
        done = BAR_WIDTH * completed // total if total else 0
        return f"[{'#' * done}{'=' * (filled - done)}{'-' * (BAR_WIDTH - filled)}]"

    @property
    def title(self) -> str:
        """The action with the count of all resources that it affects, in total and by kind."""
        actions, kinds = {unit.action for unit in self.units}, dict[str, str]()
        for unit in self.units:
            known = (kind_label(*each) for each in unit.attached_kinds)
            own = kind_label(unit.service_type_code, unit.resource_type_code)
            kinds |= zip_longest(unit.affected_ids, (own, *known)[: len(unit.affected_ids)], fillvalue="")
        if len(actions) == 1:
            words = action_title(actions.pop(), len(kinds))
        else:
            words = plural("{n} item", "{n} items", len(self.units))
        title = words[:1].upper() + words[1:]
        primary = {each for unit in self.units for each in (unit.resource_id, *unit.bundled_ids)}
        return f"{title}: {kinds_text(kinds.values(), len(kinds.keys() - primary))}" if kinds else title

    def head(self) -> Iterator[Entry]:
        """Yield the lines above the rows, the most important ones after the counts."""
        # The counts have a line of their own: they fit into it whatever they are, so that no line moves.
        yield heading(f"{self.bar} {self.title}")
        yield Entry(self.counts_text)
        yield from lines(refund_lines(self.units), Tone.MONEY, indent=0)
        if self.ended is None:
            return
        run, problem = self.ended.run, self.ended.problem
        if problem is not None:
            yield Entry(halt_text(problem, run.units), Tone.ERROR)
        yield from lines([self._bundle_text(run)], Tone.WARNING, indent=0)
        yield from lines(failure_lines(run)[:2], Tone.ERROR, indent=0)
        yield from lines([leftover_total(run, _("v lists them"))], Tone.WARNING, indent=0)
        yield from lines([self.may_remain], Tone.WARNING, indent=0)
        yield from next_steps(run, is_demo=self.is_demo)

    def _bundle_text(self, run: Run) -> str:
        """Return that parts of bundles were rejected, with the key that reviews the bundles."""
        count = len(run.rejected_part_ids) if self.bundle_key else 0
        if not count:
            return ""
        return plural(
            "{n} item possible only as a whole: {key} reviews its bundle.",
            "{n} items possible only as a whole: {key} reviews the bundles.",
            count,
            key=self.bundle_key,
        )

    def columns(self) -> Iterator[TextColumn[Unit]]:
        """Yield the columns; an item with a problem has its problem instead of its order."""
        yield TextColumn(_("name"), _name, narrowest=14, widest=28)
        yield TextColumn(_("state"), _state, narrowest=13, widest=34)
        if any(unit.exact is not None for unit in self.units):
            yield TextColumn(_("refund"), _refund, is_right=True, rank=1)
        if any(unit.estimate is not None for unit in self.units):
            yield TextColumn(_("estimate"), _estimate, is_right=True, rank=3)
        yield TextColumn(_("order or problem"), _note, narrowest=16, widest=200, rank=2)


def is_problem(unit: Unit) -> bool:
    """Return whether an item needs attention: unknown, failed, changed since the confirmation, or with leftovers."""
    has_own_problem = unit.problem is not None and unit.problem.kind is not ProblemKind.STOPPED
    was_refused = unit.state is State.SKIPPED and has_own_problem
    has_failed = unit.outcome in {Outcome.UNKNOWN, Outcome.REJECTED} or was_refused
    return has_failed or bool(unit.notes) or bool(unexpected_leftover_ids(unit))


def _rank(unit: Unit) -> tuple[int, int]:
    if unit.outcome is Outcome.UNKNOWN:
        return 0, unit.index
    if unit.outcome is Outcome.REJECTED:
        return 1, unit.index
    return (2, unit.index) if is_problem(unit) else (3 + _QUIET_ORDER.index(unit.state), unit.index)


def _name(unit: Unit) -> str:
    name = unit.resource_name.for_display() or for_display(unit.resource_id)
    attached = len(unit.affected_ids) - 1
    return f"{name} +{attached}" if attached else name


def _state(unit: Unit) -> str:
    return _("awaiting approval") if unit.is_under_review else unit_state_label(unit)


def _refund(unit: Unit) -> str:
    return format_money(unit.exact.refund) if unit.exact is not None else ""


def _estimate(unit: Unit) -> str:
    if unit.estimate is None:
        return ""
    return _("est. {amount}").format(amount=format_money(unit.estimate.refund))


def _note(unit: Unit) -> str:
    parts = [unit_problem_text(unit)] if unit.problem is not None else list(map(for_display, unit.order_ids))
    if count := len(billing_leftover_ids(unit)):
        parts.insert(0, plural("{n} leftover", "{n} leftovers", count))
    return " · ".join(filter(None, parts))


def sign(unit: Unit) -> str:
    """Return the sign of an item's state."""
    return STATES[unit.state][0]
