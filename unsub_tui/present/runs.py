"""Runs as lines, pages and the summary that stays on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from unsub_tui.domain.action import Action
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.outcome import OPEN_STATES, Outcome, State
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.run import Run, RunPaused, Unit
from unsub_tui.present.actions import action_title, action_word
from unsub_tui.present.aftermath import left_entries, left_lines, left_totals
from unsub_tui.present.figures import breakdown_lines, known_sum, money_lines
from unsub_tui.present.outcomes import outcome_word
from unsub_tui.present.page import BLANK, Entry, Tone, heading, text_of
from unsub_tui.present.plans import filed_lines, reason_text
from unsub_tui.present.problems import advice, facts_text, problem_text, what_happened
from unsub_tui.present.resources import date_time
from unsub_tui.present.times import in_zone
from unsub_tui.present.units import trouble_text, unit_line, unit_name
from unsub_tui.present.words import _, plural

FAILED = frozenset({State.REJECTED, State.ORDER_FAILED})
"""States that count as failed."""

UNSURE = frozenset({State.UNKNOWN, State.GONE_NO_ORDER, State.SUBMITTING})
"""States in which it is not known what happened."""

WAITING = frozenset({State.PLANNED, State.CONFIRMED, State.SUBMITTING})
"""States of units for which the run still has to do something."""


TRIED_AGAIN = frozenset({ProblemKind.NETWORK, ProblemKind.THROTTLED, ProblemKind.SERVICE, ProblemKind.BAD_ANSWER})
"""Problems whose advice is to try again: none for what may have been done."""

ENOUGH_TO_GROUP = 2
"""From so many failed items on the totals say why, too."""

OPEN_SHOWN = 3
"""How many open items a question names."""


def progress_text(units: Sequence[Unit]) -> str:
    """Return how far a run is: `3 of 7 · 1 failed`."""
    parts = [_("{done} of {count}").format(done=handled(units), count=len(units))]
    for states, word in ((FAILED, _("{n} failed")), (UNSURE - {State.SUBMITTING}, _("{n} unknown"))):
        count = sum(unit.state in states for unit in units)
        if count:
            parts.append(word.format(n=count))
    waiting = sum(unit.state is State.ACCEPTED for unit in units)
    if waiting:
        parts.append(_("{n} accepted, waiting to be done").format(n=waiting))
    return " · ".join(parts)


def progress_bar(units: Sequence[Unit], width: int) -> str:
    """Return a bar by items."""
    filled = width * handled(units) // len(units) if units else 0
    return f"[{'#' * filled}{'-' * (width - filled)}]"


def planned_units(plan: Plan, run_id: str, now: datetime) -> Sequence[Unit]:
    """Return the items of a plan as units that wait, to be shown before a run has told anything."""
    return [
        Unit(
            run_id=run_id,
            index=index,
            resource_id=item.id,
            resource_name=item.resource.resource_name,
            service_type_code=item.resource.service_type_code,
            resource_type_code=item.resource.resource_type_code,
            region_code=item.resource.region_code,
            attached_ids=tuple(each.id for each in item.attached),
            state=State.CONFIRMED,
            changed=now,
            estimate=None if plan.action.is_undoable else item.quote.amounts,
            action=plan.action,
        )
        for index, item in enumerate(plan.items)
    ]


def handled(units: Sequence[Unit]) -> int:
    """Return how many units need no more sending."""
    return sum(unit.state not in WAITING for unit in units)


def unit_entries(units: Sequence[Unit]) -> Iterator[Entry]:
    """Yield each unit with its money and its trouble."""
    for unit in units:
        yield Entry(unit_line(unit), _tone(unit.state), key=unit.resource_id, hang=2)
        if along := _along(unit):
            yield Entry(along, key=unit.resource_id, indent=2, hang=2)
        for line in (*money_lines(unit.estimate, unit.exact), *breakdown_lines(unit)):
            yield Entry(line, Tone.MONEY, key=unit.resource_id, indent=2, hang=2)
        if unit.candidates:
            yield Entry(_may_be(unit), Tone.WARNING, indent=2, hang=2)
        if unit.problem is not None:
            yield Entry(trouble_text(unit), Tone.ERROR, key=unit.resource_id, indent=2, hang=2)


def pause_text(paused: RunPaused) -> str:
    """Return why a run waits for a person."""
    problem, unknown = paused.problem, paused.unknown
    if unknown is None:
        return halt_text(problem)
    words = _("{name} may have been carried out, or not.").format(name=unit_name(unknown))
    return f"{words} {facts_text(problem)}"


def halt_text(problem: Problem, units: Sequence[Unit] = ()) -> str:
    """Return why a whole run sends nothing more; what to do about an item is told with the item."""
    if problem.kind in TRIED_AGAIN and any(unit.state is State.UNKNOWN for unit in units):
        return f"{facts_text(problem)} " + _("An outcome is not known, so nothing more was sent.")
    if problem.kind is not ProblemKind.STOPPED:
        return problem_text(problem)
    if not problem.detail:
        return _("Stopped: nothing more was sent.")
    return _("Nothing more was sent: {why}.").format(why=problem.detail)


def read_trouble_text(problem: Problem) -> str:
    """Return why it is not known how open items are."""
    return _("open items cannot be read: {why}").format(why=facts_text(problem))


def open_words(units: Sequence[Unit]) -> str:
    """Return how much is open, and where that is settled in the app."""
    count = sum(unit.state in OPEN_STATES for unit in units)
    left = plural("{n} item is not settled: Records settle it", "{n} items are not settled: Records settle them", count)
    return left if count else _("nothing is open")


def open_lines(units: Sequence[Unit]) -> list[str]:
    """Return what is open in a few lines, for a question about it."""
    lines = []
    for unit in units[:OPEN_SHOWN]:
        lines.append(unit_line(unit))
        if unit.candidates:
            lines.append(_may_be(unit))
    more = len(units) - OPEN_SHOWN
    return [*lines, *([_("and {n} more").format(n=more)] if more > 0 else [])]


def _may_be(unit: Unit) -> str:
    return _("may be one of these orders: {ids}").format(ids=", ".join(map(_clean, unit.candidates)))


def _along(unit: Unit) -> str:
    """Return what is attached, in the tense that is true; what was left is told elsewhere."""
    left = {each.resource_id for each in unit.aftermath.leftovers} if unit.aftermath else set()
    ids = [each for each in unit.attached_ids if each not in left]
    if not ids:
        return ""
    if unit.action.is_undoable:
        return _("its attached ones follow: {ids}").format(ids=", ".join(map(_clean, ids)))
    words = {
        State.SETTLED: _("went along: {ids}"),
        State.ACCEPTED: _("goes along: {ids}"),
        State.CONFIRMED: _("will go along: {ids}"),
        State.SUBMITTING: _("goes along: {ids}"),
    }
    return words.get(unit.state, _("attached: {ids}")).format(ids=", ".join(map(_clean, ids)))


def is_given_up(unit: Unit) -> bool:
    """Whether a unit was given up, or is about to be."""
    return unit.outcome in {Outcome.ACCEPTED, Outcome.SETTLED}


def is_open(run: Run) -> bool:
    """Whether something of the run is still to be settled."""
    return any(unit.state in OPEN_STATES for unit in run.units)


def run_page(run: Run, problem: Problem | None = None, record: str = "") -> Sequence[Entry]:
    """Return the whole record of a run."""
    return [
        heading(_("Run {id}").format(id=_clean(run.run_id))),
        *([Entry(halt_text(problem, run.units), Tone.ERROR, indent=2, hang=2)] if problem is not None else []),
        *(Entry(line, indent=2, hang=2) for line in run_facts(run, record)),
        BLANK,
        heading(_("Totals")),
        *(Entry(line, Tone.MONEY, indent=2, hang=2) for line in result_totals(run)),
        *(Entry(line, Tone.WARNING, indent=2, hang=2) for line in left_totals(run)),
        BLANK,
        heading(_("Items")),
        *unit_entries(run.units),
        *left_entries(run),
        *_next_step(run),
    ]


def result_totals(run: Run) -> list[str]:
    """Return what came of the run, and refunds estimated and exact, per currency."""
    counts = ", ".join(f"{count} {outcome_word(outcome)}" for outcome, count in run.by_outcome.items())
    lines = [counts or _("nothing was done"), *_failures(run)]
    gone = [unit for unit in run.units if unit.outcome in {Outcome.ACCEPTED, Outcome.SETTLED}]
    for currency in sorted({each.currency for unit in gone for each in (unit.estimate, unit.exact) if each}):
        estimates = [unit.estimate.refund for unit in gone if unit.estimate and unit.estimate.currency == currency]
        exacts = [unit.exact.refund for unit in gone if unit.exact and unit.exact.currency == currency]
        lines.append(
            _("refund estimated {estimate}, exact {exact}").format(
                estimate=known_sum(estimates, len(gone), currency), exact=known_sum(exacts, len(gone), currency)
            )
        )
    return lines


def _failures(run: Run) -> list[str]:
    """Return why items failed, the same reason once; nothing where one item tells it by itself."""
    reasons = Counter(_reason(unit.problem) for unit in run.units if unit.state in FAILED and unit.problem is not None)
    if reasons.total() < ENOUGH_TO_GROUP:
        return []
    return [_("{n} failed: {why}").format(n=count, why=why) for why, count in reasons.most_common()]


def _reason(problem: Problem) -> str:
    """Return why an item failed, without what only that item has."""
    if problem.detail or not problem.code:
        return what_happened(problem)
    return f"{advice(problem)} [{problem.code.clean()}]"


def set_aside_text(paths: Sequence[Path]) -> str:
    """Return what records that were set aside may hide, and what to do; nothing where there are none."""
    if not paths:
        return ""
    words = plural(
        "an earlier record was set aside and may hold items whose outcome is unknown",
        "{n} earlier records were set aside and may hold items whose outcome is unknown",
        len(paths),
    )
    advice = _("compare with `unsub-tui orders` and Huawei Cloud's list of orders; then move the files elsewhere")
    return f"{words} ({', '.join(_clean(str(path)) for path in paths)}): {advice}"


def nothing_open_text(last: datetime | None) -> str:
    """Return that nothing is open, and of which moment the record is that says so; None: there is no record."""
    if last is None:
        return _("there is no record of this account here yet")
    words = _("nothing is open in this record; its last event is of {moment}")
    return words.format(moment=in_zone(last, UTC).strftime("%Y-%m-%d %H:%M UTC"))


def last_line(open_units: int | None, signal_name: str = "") -> str:
    """Return the last line on the terminal: what is open, and what to run; None where the record cannot be read."""
    if open_units is None:
        words = _("the record cannot be read; run `unsub-tui journal verify`")
        return (
            _("unsub-tui ended by {signal}; {words}").format(signal=signal_name, words=words) if signal_name else words
        )
    left = plural(
        "{n} item is not settled; run `unsub-tui resume`: it only reads",
        "{n} items are not settled; run `unsub-tui resume`: it only reads",
        open_units,
    )
    words = left if open_units else _("nothing is open")
    return _("unsub-tui ended by {signal}; {words}").format(signal=signal_name, words=words) if signal_name else words


def run_summary(run: Run, problem: Problem | None = None, record: str = "", *, next_step: bool = True) -> str:
    """Return what stays on the terminal after the program has ended."""
    entries = [
        Entry(_("run {id}").format(id=_clean(run.run_id))),
        *(Entry(line, indent=2) for line in result_totals(run)),
        *([Entry(halt_text(problem, run.units), indent=2)] if problem is not None else []),
        *(Entry(entry.text, indent=entry.indent + 2) for entry in unit_entries(run.units)),
        *(Entry(_("left: {what}").format(what=text), indent=2) for text, _ignored in left_lines(run)),
        *([Entry(_("record: {path}").format(path=_clean(record)), indent=2)] if record else []),
        *(_next_step(run) if next_step else []),
    ]
    return text_of(entries)


def run_facts(run: Run, record: str = "") -> Iterator[str]:
    """Yield whose run it was, when, why, and who planned and ran it."""
    account = " ".join(part for part in (run.account_name.clean(), _clean(run.account_id)) if part)
    yield _("account {account} · site {site}").format(account=account, site=_clean(run.site).upper())
    if run.action not in (None, Action.UNSUBSCRIBE):
        yield action_title(run.action, len(run.units))
    ended = date_time(run.ended) if run.ended else _("not ended")
    yield _("started {started} · ended {ended}").format(started=date_time(run.started), ended=ended)
    operator = run.person.label if run.person is not None else _clean(run.operator)
    if operator:
        yield _("by {operator}").format(operator=operator)
    if run.filed is not None:
        yield from filed_lines(run.filed.planner, run.filed.created, run.filed.ticket.raw, run.filed.digest)
    why = [reason_text(run.reason)] if run.reason is not None else []
    why += [run.reason_text.clean()] if run.reason_text else []
    if why:
        yield _("reason: {text}").format(text=": ".join(why))
    if run.plan_digest:
        yield _("plan {hash}").format(hash=_clean(run.plan_digest[:8]))
    if record:
        yield _("record: {path}").format(path=_clean(record))


def _next_step(run: Run) -> list[Entry]:
    contrary = run.action.contrary if run.action is not None else None
    steps = []
    if is_open(run):
        words = _("Not all is settled: settle it from Records, or run `unsub-tui resume`.")
        steps.append(Entry(words, Tone.WARNING))
    if run.undoable_ids and contrary is not None:
        steps.append(Entry(_("It can be undone: {word}.").format(word=action_word(contrary))))
    return [BLANK, *steps] if steps else []


def _tone(state: State) -> Tone:
    if state in FAILED:
        return Tone.ERROR
    if state in UNSURE and state is not State.SUBMITTING:
        return Tone.WARNING
    return Tone.GOOD if state is State.SETTLED else Tone.PLAIN


def _clean(text: str) -> str:
    return Foreign(text).clean()
