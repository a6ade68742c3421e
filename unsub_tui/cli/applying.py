"""`unsub-tui apply`: carry out what a plan file says, or show what that would be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import click

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.finding import read_renewals
from unsub_tui.cli.interrupting import Interrupted, Interruption
from unsub_tui.cli.output import result_of, say, write, write_json, write_page
from unsub_tui.cli.recorded_run import write_run
from unsub_tui.cli.recording import SCHEMA_VERSION
from unsub_tui.cli.verdict import exit_of, exit_of_run
from unsub_tui.domain.action import Action
from unsub_tui.domain.outcome import Outcome
from unsub_tui.domain.plan import REASON_TEXT_LIMIT, Confirmation, FiledPlan, Plan, Reason
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import ReadTrouble, RunEnded, RunEvent, RunStopping, Unit, UnitChanged
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.files import file_problem, read_file
from unsub_tui.engine.filing import SIZE_LIMIT, expected, filed_plan
from unsub_tui.present.page import Entry
from unsub_tui.present.plans import behind_entries, plan_title, risk_text
from unsub_tui.present.problems import problem_text
from unsub_tui.present.reviews import plan_rows, refused_text, review_page
from unsub_tui.present.runs import (
    halt_text,
    is_given_up,
    read_trouble_text,
    result_totals,
)
from unsub_tui.present.units import trouble_text, unit_line
from unsub_tui.present.words import _, plural

_LEFT_NOTHING = frozenset({ProblemKind.STOPPED, ProblemKind.GUARD, ProblemKind.DRIFT})
"""Why nothing may have been sent, besides trouble that has an exit code of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a plan file is to be carried out."""

    phrase: str | None
    """None: only show what would be done."""
    digest: str
    """The digest that the plan must have as it is shown now; empty: any."""
    reason: Reason
    reason_text: str
    keep_going: bool
    timeout: float
    form: str

    def check(self) -> None:
        """Raise UsageError for a reason that the vendor would not take, or a digest that is none."""
        if self.digest and re.fullmatch(r"[0-9a-f]{64}", self.digest) is None:
            raise click.UsageError("--expect-digest takes the 64 digits of `digest` in apply --format json")
        if len(self.reason_text) > REASON_TEXT_LIMIT:
            raise click.UsageError(f"--reason-text is longer than {REASON_TEXT_LIMIT} characters")


def read_plan_file(name: str) -> FiledPlan:
    """Return the plan of a file; raises a FILE problem that names it."""
    try:
        return filed_plan(read_file(name, SIZE_LIMIT))
    except UnsubError as error:
        if error.problem.kind is not ProblemKind.FILE or error.problem.detail.startswith(f"{name}: "):
            raise
        detail = f"{error.problem.detail}; let it be written anew: unsub-tui plan"
        raise file_problem(name, detail) from error


async def apply_plan(engine: Engine, filed: FiledPlan, order: Order) -> int:
    """Compare a plan file with the account, then show it or carry it out; return the exit code."""
    interruption = Interruption()
    try:
        with interruption.watched():
            plan = await _compared(engine, filed)
            problems = engine.check(plan) if plan.items else []
            if order.digest not in {"", plan.digest}:
                return _refuse_other(plan)
            if order.phrase is None:
                return _show(plan, problems, engine, order.form)
            if not plan.items or problems or order.phrase.strip() != plan.file_phrase:
                return _refuse(plan, problems, order.phrase)
            return await _carry_out(engine, plan, order, interruption)
    except Interrupted as interrupted:
        say(_("stopped; nothing was sent"))
        return interrupted.exit_code


async def _compared(engine: Engine, filed: FiledPlan) -> Plan:
    """Return what is left of a plan file once the account was listed and quoted anew."""
    if engine.account is not None:
        expected(filed, engine.account)
    say(_("reading the account and its bills ..."))
    left_open = len(engine.open_units())
    if left_open:
        words = plural(
            "{n} item of an earlier run is not settled", "{n} items of earlier runs are not settled", left_open
        )
        say(_("{what}; run: unsub-tui resume").format(what=words))
    catalogue, _person = await asyncio.gather(engine.whole_catalogue(), engine.find_person())
    if filed.action is Action.RENEWAL:
        await read_renewals(engine, catalogue)
    plan = engine.draft_filed(catalogue, filed)
    async for progress in engine.quotes(plan):
        plan = progress.plan
    return plan


def _show(plan: Plan, problems: Sequence[Problem], engine: Engine, form: str) -> int:
    """Print what would be done and the phrase that confirms it; return the exit code."""
    if form == "json":
        write_json(_preview(plan, problems))
    else:
        write_page(review_page(plan, (), problems, engine.now()))
    if not plan.items or problems:
        for problem in problems:
            say(problem_text(problem))
        say(_("nothing can be sent; nothing was sent"))
        return _exit_of_refused(problems)
    if form == "json":
        return Exit.OK
    if plan.risks:
        write_page([Entry(""), Entry(_("Whoever confirms accepts:"))])
    write_page(Entry(f"- {risk_text(risk, plan)}", indent=2, hang=2) for risk in plan.risks)
    write(f"confirm: {plan.file_phrase}\n")
    return Exit.OK


def _preview(plan: Plan, problems: Sequence[Problem]) -> dict[str, object]:
    """Return the stable JSON form of what would be done; `confirm` is null where nothing can be."""
    return {
        "schema_version": SCHEMA_VERSION,
        "action": plan.action.value,
        "items": plan_rows(plan),
        "refused": [
            {
                "resource_id": each.resource.id,
                "resource_name": each.resource.resource_name.raw,
                "blocked_reason": each.reason.value,
                "blocked_text": refused_text(each, plan),
            }
            for each in plan.refused
        ],
        "problems": [problem_text(each) for each in problems],
        "risks": [risk_text(each, plan) for each in plan.risks],
        "count": plan.count,
        "digest": plan.digest,
        "confirm": plan.file_phrase if plan.items and not problems else None,
    }


def _exit_of_refused(problems: Sequence[Problem]) -> int:
    """Return what stood in the way of a whole plan: a guard, or nothing that could go, unless it was the record."""
    return exit_of(problems[0].kind) if problems else Exit.GUARD


def _refuse_other(plan: Plan) -> int:
    """Say that the plan is not the expected one; return the exit code."""
    _tell_refused(plan)
    say(
        _("the plan as it is now has the digest {digest}, not the one of --expect-digest; nothing was sent").format(
            digest=plan.digest
        )
    )
    say(_("look at it again: unsub-tui apply PLAN.json"))
    return Exit.GUARD


def _refuse(plan: Plan, problems: Sequence[Problem], phrase: str) -> int:
    """Say why nothing is sent."""
    _tell_refused(plan)
    for problem in problems:
        say(problem_text(problem))
    if not plan.items:
        say(_("nothing of the plan is left to send; nothing was sent"))
    elif not problems:
        say(
            _("the phrase {phrase!r} does not confirm this plan: {title}; nothing was sent").format(
                phrase=phrase, title=plan_title(plan)
            )
        )
        say(_("look at it and take the phrase from its last line: unsub-tui apply PLAN.json"))
    return _exit_of_refused(problems)


async def _carry_out(engine: Engine, plan: Plan, order: Order, interruption: Interruption) -> int:
    """Run the plan, tell what happens, print the result; return the exit code."""
    _tell_refused(plan)
    confirmation = Confirmation(
        digest=plan.digest,
        phrase=(order.phrase or "").strip(),
        acknowledged=frozenset(plan.risks),
        reason=order.reason,
        reason_text=order.reason_text,
    )
    handle = engine.run(plan, confirmation, attended=False, keep_going=order.keep_going, settle_seconds=order.timeout)
    interruption.handle = handle
    ended, teller = None, _Teller()
    try:
        async for event in handle.events():
            if not teller.tell(event):
                handle.stop()  # mostly a line that has dropped: nobody there, nothing sent
            ended = event if isinstance(event, RunEnded) else ended
    finally:
        handle.stop()
    if ended is None:
        say(_("the run ended without a word; see: unsub-tui runs"))
        return Exit.UNKNOWN
    with result_of(f"unsub-tui runs {ended.run.run_id}"):
        write_run(ended.run, order.form)
    if order.form != "table":
        for line in result_totals(ended.run):
            say(line)
    return _conclude(ended, plan, interruption.exit_code)


def _conclude(ended: RunEnded, plan: Plan, signal_code: int) -> int:
    """Say what is to be done now; return the exit code: unknown before a signal, that before what failed."""
    code = exit_of_run(ended.run)
    if any(map(is_given_up, ended.run.units)):
        for entry in filter(None, (each.text for each in behind_entries(plan))):
            say(entry)
    if ended.problem is not None:
        say(halt_text(ended.problem, ended.run.units))
    if code is Exit.UNKNOWN:
        say(_("not all is settled; run: unsub-tui resume"))
        return code
    if signal_code:
        return signal_code
    was_sent = any(unit.outcome is not Outcome.PLANNED for unit in ended.run.units)
    if not was_sent:
        kind = ended.problem.kind if ended.problem is not None else ProblemKind.GUARD
        return Exit.GUARD if kind in _LEFT_NOTHING else exit_of(kind)
    return Exit.SOME_FAILED if _left_out(plan) else code


def _left_out(plan: Plan) -> bool:
    """Whether something of the file is not in the plan that was run."""
    return plan.filed is not None and len(plan.items) < len(plan.filed.items)


class _Teller:
    """Tells on stderr what happens; of a unit only what was not said of it before."""

    def __init__(self) -> None:
        self._said: dict[int, str] = {}

    def tell(self, event: RunEvent) -> bool:
        """Say what an event means; return whether that went anywhere."""
        match event:
            case RunStopping():
                return say(_("stopping: nothing more is sent"))
            case ReadTrouble(problem=Problem() as problem):
                return say(read_trouble_text(problem))
            case UnitChanged(unit=unit):
                return self._tell_unit(unit)
        return True

    def _tell_unit(self, unit: Unit) -> bool:
        trouble = trouble_text(unit)
        words = unit_line(unit) + (f"\n  {trouble}" if trouble else "")
        if self._said.get(unit.index) == words:
            return True
        self._said[unit.index] = words
        return say(words)


def _tell_refused(plan: Plan) -> None:
    for refusal in plan.refused:
        say(_("refused: {what}").format(what=refused_text(refusal, plan)))
