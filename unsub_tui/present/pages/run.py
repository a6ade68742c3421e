"""Formats runs as lines, pages and the summary that stays on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.run import Run, RunPaused, Unit
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import ACTION_LABELS, OUTCOME_LABELS, action_title
from unsub_tui.present.page import BLANK, Entry, Tone, heading, lines, plain_text, section
from unsub_tui.present.pages.confirmation import REASON_TEXTS, plan_file_lines
from unsub_tui.present.pages.leftovers import leftover_entries, leftover_total, staying_entries
from unsub_tui.present.problems import advice, problem_details, problem_facts, problem_sentence, problem_text
from unsub_tui.present.refusals import refusal_text
from unsub_tui.present.time_format import format_datetime, format_short_datetime, zone_label
from unsub_tui.present.units import (
    amount_lines,
    known_sum,
    refund_detail_lines,
    unit_line,
    unit_name,
    unit_problem_text,
)

UNSENT_STATES = frozenset({State.CONFIRMED, State.SUBMITTING})
"""Unit states that the run still has to act on."""

RETRYABLE_KINDS = frozenset({ProblemKind.NETWORK, ProblemKind.THROTTLED, ProblemKind.SERVICE, ProblemKind.BAD_RESPONSE})
"""Problems whose advice is a retry. That advice is wrong if the request may have been executed."""

_UNDER_WAY = frozenset({State.CONFIRMED, State.SUBMITTING, State.ACCEPTED, State.SETTLED})
"""States in which the attached resources are unsubscribed together with the unit."""

MAX_OPEN_NAMED = 3
"""Maximum number of pending items that a question names."""


def planned_units(plan: Plan, run_id: str, now: datetime) -> Sequence[Unit]:
    """Return the items of a plan as queued units, to be shown before the first event of a run."""
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
            attached_kinds=tuple((each.service_type_code, each.resource_type_code) for each in item.attached),
            bundled_ids=tuple(each.id for each in item.bundled),
            state=State.CONFIRMED,
            changed=now,
            estimate=item.quote.amounts if plan.action.creates_order else None,
            action=plan.action,
            missing_backup_days=item.missing_backup_days,
        )
        for index, item in enumerate(plan.items)
    ]


def unit_entries(units: Sequence[Unit]) -> Iterator[Entry]:
    """Yield each unit with its attached resources, amounts, candidate orders and problem."""
    for unit in units:
        yield Entry(unit_line(unit), _tone(unit.state), target=unit.resource_id, hang=2)
        if attached := _attached_text(unit):
            yield Entry(attached, target=unit.resource_id, indent=2, hang=2)
        if unit.missing_backup_days:
            text = _("accepted without a backup of the last {days} days")
            yield Entry(
                text.format(days=unit.missing_backup_days), Tone.WARNING, target=unit.resource_id, indent=2, hang=2
            )
        amounts = (*amount_lines(unit.estimate, unit.exact), *refund_detail_lines(unit))
        yield from lines(amounts, Tone.MONEY, target=unit.resource_id)
        if unit.candidates:
            yield Entry(_candidate_orders_text(unit), Tone.WARNING, indent=2, hang=2)
        if unit.notes:
            words = _("{notes}. Check in the console whether it still exists and keeps billing.")
            text = words.format(notes=facts_text(unit.notes))
            yield Entry(text, Tone.WARNING, target=unit.resource_id, indent=2, hang=2)
        if unit.problem is not None:
            yield Entry(unit_problem_text(unit), Tone.ERROR, target=unit.resource_id, indent=2, hang=2)


def item_entries(unit: Unit) -> Iterator[Entry]:
    """Yield everything about one item, with what stays behind it after its completion."""
    yield from unit_entries([unit])
    if unit.state is State.SETTLED:
        yield from staying_entries([unit])


def pause_text(paused: RunPaused) -> str:
    """Return why a run is paused and waits for the user."""
    problem, unknown = paused.problem, paused.unknown_unit
    if unknown is None:
        return halt_text(problem)
    words = _("The outcome of {name} is unknown.").format(name=unit_name(unknown))
    return f"{words} {problem_facts(problem)}"


def halt_text(problem: Problem, units: Sequence[Unit] = ()) -> str:
    """Return why a run sends nothing more; advice about an item is shown with the item."""
    if problem.kind in RETRYABLE_KINDS and any(unit.state is State.UNKNOWN for unit in units):
        return _("{problem} An outcome is unknown, so nothing more was submitted.").format(
            problem=problem_facts(problem)
        )
    if problem.kind is not ProblemKind.STOPPED:
        return problem_text(problem)
    details = problem_details(problem)
    if not details:
        return _("Stopped: nothing more was submitted.")
    return _("Nothing more was submitted: {why}.").format(why=details)


def read_trouble_text(problem: Problem) -> str:
    """Return why the status of pending items cannot be read."""
    return _("the status of pending items cannot be read: {why}").format(why=problem_facts(problem))


def open_items_text(units: Sequence[Unit]) -> str:
    """Return the number of pending items and where in the app their status is checked."""
    count = sum(unit.state.is_open for unit in units)
    left = plural(
        "{n} pending item: check its status in Records", "{n} pending items: check their status in Records", count
    )
    return left if count else _("no pending items")


def open_item_lines(units: Sequence[Unit]) -> list[str]:
    """Return the pending items in a few lines, for a question about them."""
    texts = []
    for unit in units[:MAX_OPEN_NAMED]:
        texts.append(unit_line(unit))
        if unit.candidates:
            texts.append(_candidate_orders_text(unit))
    if len(units) > MAX_OPEN_NAMED:
        texts.append(_("and {n} more").format(n=len(units) - MAX_OPEN_NAMED))
    return texts


def _candidate_orders_text(unit: Unit) -> str:
    return _("may be one of these orders: {ids}").format(ids=", ".join(map(for_display, unit.candidates)))


def _attached_text(unit: Unit) -> str:
    """Return the attached resources; leftovers are excluded and shown elsewhere."""
    left = {each.resource_id for each in unit.followup.leftovers} if unit.followup else set()
    ids = [each for each in unit.attached_ids if each not in left]
    if not ids:
        return ""
    if unit.action.unsubscribe_type is None:
        return _("attached, also changed: {ids}").format(ids=", ".join(map(for_display, ids)))
    words = _("attached, also unsubscribed: {ids}") if unit.state in _UNDER_WAY else _("attached: {ids}")
    return words.format(ids=", ".join(map(for_display, ids)))


def is_accepted_or_settled(unit: Unit) -> bool:
    """Return whether an unsubscription is completed or in progress."""
    return unit.outcome in {Outcome.ACCEPTED, Outcome.SETTLED}


def has_open_units(run: Run) -> bool:
    """Return whether a run has pending items."""
    return any(unit.state.is_open for unit in run.units)


def run_page(run: Run, problem: Problem | None = None, record: str = "", *, is_demo: bool = False) -> Sequence[Entry]:
    """Return the page of a run."""
    leftovers = leftover_entries(run)
    return [
        heading(_("Run {id}").format(id=for_display(run.run_id))),
        *lines([halt_text(problem, run.units) if problem is not None else ""], Tone.ERROR),
        *lines(_run_fact_lines(run, record)),
        BLANK,
        *section(
            _("Totals"),
            [*lines(result_totals(run), Tone.MONEY), *lines([leftover_total(run)], Tone.WARNING)],
        ),
        heading(_("Items")),
        *unit_entries(run.units),
        *_refused_entries(run),
        *([BLANK, heading(_("Follow-up check")), *leftovers] if leftovers else []),
        *([BLANK, *steps] if (steps := next_steps(run, is_demo=is_demo)) else []),
    ]


def _refused_entries(run: Run) -> list[Entry]:
    """Return the resources that the plan left out, with the reasons."""
    if not run.refused:
        return []
    title = heading(_("Not possible when the plan was applied: {n}").format(n=len(run.refused)))
    texts = (refusal_text(each, run.action) for each in run.refused)
    return [BLANK, title, *(Entry(f"x {text}", Tone.WARNING, hang=2) for text in texts)]


def result_totals(run: Run) -> list[str]:
    """Return the counts by outcome, the failures, and the estimated and exact refunds per currency."""
    counts = ", ".join(f"{count} {OUTCOME_LABELS[outcome]}" for outcome, count in run.counts_by_outcome.items())
    return [counts or _("nothing was submitted"), *failure_lines(run), *refund_lines(run.units)]


def refund_lines(units: Sequence[Unit]) -> list[str]:
    """Return the estimated and exact refunds of what is completed or in progress, per currency."""
    texts = []
    unsubscribed = list(filter(is_accepted_or_settled, units))
    for currency in sorted({each.currency for unit in unsubscribed for each in (unit.estimate, unit.exact) if each}):
        estimates = [
            unit.estimate.refund for unit in unsubscribed if unit.estimate and unit.estimate.currency == currency
        ]
        exacts = [unit.exact.refund for unit in unsubscribed if unit.exact and unit.exact.currency == currency]
        texts.append(
            _("refund estimated {estimate}, exact {exact}").format(
                estimate=known_sum(estimates, len(unsubscribed), currency),
                exact=known_sum(exacts, len(unsubscribed), currency),
            )
        )
    return texts


def failure_lines(run: Run) -> list[str]:
    """Return the reasons of failed items with their counts; empty for a single failure, which its item explains."""
    reasons = Counter(
        _reason(unit.problem) for unit in run.units if unit.outcome is Outcome.REJECTED and unit.problem is not None
    )
    if reasons.total() == 1:
        return []
    return [_("{n} failed: {why}").format(n=count, why=why) for why, count in reasons.most_common()]


def _reason(problem: Problem) -> str:
    """Return why an item failed, without details specific to the item."""
    if problem.detail or problem.facts or not problem.code:
        return problem_sentence(problem)
    return f"{advice(problem)} [{problem.code.for_display()}]"


def set_aside_text(paths: Sequence[Path]) -> str:
    """Return a warning about pending items in journals that were set aside, and the next step; empty without any."""
    if not paths:
        return ""
    return plural(
        "an earlier record was set aside and may hold items with an unknown outcome ({paths}): compare it with "
        "`unsub-tui orders` and Huawei Cloud's list of orders, then move the file elsewhere",
        "{n} earlier records were set aside and may hold items with an unknown outcome ({paths}): compare them with "
        "`unsub-tui orders` and Huawei Cloud's list of orders, then move the files elsewhere",
        len(paths),
        paths=", ".join(for_display(str(path)) for path in paths),
    )


def nothing_open_text(last_event_time: datetime | None) -> str:
    """Return that nothing is pending, with the time of the journal's last event; None means that no journal exists."""
    if last_event_time is None:
        return _("there is no record of this account yet")
    words = _("no pending items in this record; its last event is of {moment}")
    return words.format(moment=f"{format_short_datetime(last_event_time)} {zone_label(last_event_time)}")


def exit_line(open_units: int | None, signal_name: str = "", *, is_demo: bool = False) -> str:
    """Return the last line on the terminal: pending items and the next step; None means an unreadable journal."""
    if is_demo and open_units is None:
        words = _("The record cannot be read; start again with `unsub-tui demo --fresh`.")
    elif is_demo and open_units:
        words = plural(
            "{n} pending item; open the same demo again, and check its status there in Records.",
            "{n} pending items; open the same demo again, and check their status there in Records.",
            open_units,
        )
    elif open_units is None:
        words = _("The record cannot be read; run `unsub-tui journal verify`.")
    elif open_units:
        words = plural(
            "{n} pending item; run `unsub-tui resume` to check its status: it only reads.",
            "{n} pending items; run `unsub-tui resume` to check their status: it only reads.",
            open_units,
        )
    else:
        words = _("No pending items.")
    if not signal_name:
        return words
    return _("unsub-tui was ended by {signal}. {next_step}").format(signal=signal_name, next_step=words)


MAX_NAMED_FAILURES = 3
"""Maximum number of items that the summary at exit names."""


def exit_summary(run: Run, problem: Problem | None, record: str) -> str:
    """Return the summary that the app leaves on the terminal, at most four lines; `exit_line` follows it."""
    counts = result_totals(run)[0]
    failed = [
        unit.resource_name.for_display() or for_display(unit.resource_id)
        for unit in run.units
        if unit.outcome in {Outcome.REJECTED, Outcome.UNKNOWN}
    ]
    named = ", ".join(failed[:MAX_NAMED_FAILURES])
    if more := len(failed[MAX_NAMED_FAILURES:]):
        named = _("{names} and {n} more").format(names=named, n=more)
    lines = [
        _("run {id} · record: {path}").format(id=for_display(run.run_id), path=for_display(record)),
        "; ".join(filter(None, (*refund_lines(run.units), leftover_total(run, _("see the run in Records"))))),
        halt_text(problem, run.units) if problem is not None else "",
        _("{counts}: {names}").format(counts=counts, names=named) if named else counts,
    ]
    return "\n".join(filter(None, lines))


def run_summary(run: Run, problem: Problem | None = None, record: str = "") -> str:
    """Return the summary that stays on the terminal after the program has ended."""
    entries = [
        Entry(_("run {id}").format(id=for_display(run.run_id))),
        *(Entry(line, indent=2) for line in result_totals(run)),
        *([Entry(halt_text(problem, run.units), indent=2)] if problem is not None else []),
        *(Entry(entry.text, indent=entry.indent + 2) for entry in unit_entries(run.units)),
        *(Entry(_("follow-up: {what}").format(what=entry.text), indent=2) for entry in leftover_entries(run)),
        *([Entry(_("record: {path}").format(path=for_display(record)), indent=2)] if record else []),
        *([BLANK, *steps] if (steps := next_steps(run)) else []),
    ]
    return plain_text(entries)


def _run_fact_lines(run: Run, record: str = "") -> Iterator[str]:
    """Yield the facts of a run: account, action, times, operator, plan file, reason, journal."""
    account = run.account
    label = " ".join(part for part in (account.name.for_display(), for_display(account.account_id)) if part)
    yield _("account {account} · site {site}").format(account=label, site=for_display(account.site).upper())
    if run.action is not None and not run.action.deletes_resource:
        yield action_title(run.action, len(run.units))
    if run.one_by_one:
        yield _("planned in queue mode")
    ended = format_datetime(run.ended) if run.ended else _("not ended")
    yield _("started {started} · ended {ended}").format(started=format_datetime(run.started), ended=ended)
    if run.actor.label:
        yield _("by {operator}").format(operator=run.actor.label)
    if run.plan_file is not None:
        yield from plan_file_lines(run.plan_file)
    reason = REASON_TEXTS[run.reason] if run.reason is not None else ""
    if reason or run.reason_text:
        text = ": ".join(filter(None, (reason, run.reason_text.for_display())))
        yield _("reason: {text}").format(text=text)
    yield from _accepted_lines(run.units)
    if run.plan_digest:
        yield _("plan {hash}").format(hash=for_display(run.plan_digest[:8]))
    if record:
        yield _("record: {path}").format(path=for_display(record))


def _accepted_lines(units: Sequence[Unit]) -> Iterator[str]:
    """Yield the number of the items whose missing backup was accepted, if there are any."""
    if days := [unit.missing_backup_days for unit in units if unit.missing_backup_days]:
        yield plural(
            "accepted: {n} item without a backup of the last {days} days",
            "accepted: {n} items without a backup of the last {days} days",
            len(days),
            days=max(days),
        )


def run_origin_text(run: Run) -> str:
    """Return the id, start and operator of a run in a line."""
    started = _("started {started}").format(started=format_datetime(run.started))
    return " · ".join(filter(None, (for_display(run.run_id), started, run.actor.label)))


def next_steps(run: Run, *, is_demo: bool = False) -> list[Entry]:
    """Return what to do after a run: check the status of pending items, undo. No other command works on a demo."""
    inverse = run.action.inverse if run.action is not None else None
    steps = []
    if has_open_units(run):
        words = (
            _("Items are pending: check their status in Records, also when `unsub-tui demo` is open again.")
            if is_demo
            else _("Items are pending: check their status in Records, or run `unsub-tui resume`.")
        )
        steps.append(Entry(words, Tone.WARNING))
    if run.reversible_ids and inverse is not None:
        steps.append(Entry(_("It can be undone: {word}.").format(word=ACTION_LABELS[inverse])))
    return steps


def _tone(state: State) -> Tone:
    if state.outcome is Outcome.REJECTED:
        return Tone.ERROR
    if state.outcome is Outcome.UNKNOWN:
        return Tone.WARNING
    return Tone.GOOD if state is State.SETTLED else Tone.PLAIN
