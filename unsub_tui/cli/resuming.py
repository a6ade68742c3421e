"""`unsub-tui resume`: settle what earlier runs left open."""

from __future__ import annotations

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.interrupting import Interrupted, Interruption
from unsub_tui.cli.output import result_of, say, write
from unsub_tui.cli.verdict import exit_of, exit_of_run
from unsub_tui.domain.run import ReadTrouble, RunEnded, UnitChanged
from unsub_tui.engine.engine import Engine
from unsub_tui.present.problems import problem_text
from unsub_tui.present.runs import nothing_open_text, read_trouble_text, run_summary, set_aside_text
from unsub_tui.present.units import unit_line
from unsub_tui.present.words import plural


async def settle_open_units(engine: Engine) -> int:
    """Read until the truth about every open unit is known, and say what it is; a signal leaves the rest open."""
    interruption = Interruption(sends=False)
    try:
        with interruption.watched():
            return await _settle(engine, interruption)
    except Interrupted as interrupted:
        return interrupted.exit_code


async def _settle(engine: Engine, interruption: Interruption) -> int:
    loose = len(engine.loose_ends())
    aside = set_aside_text(engine.records_aside())
    if aside:
        say(aside)
    if not loose:
        say(nothing_open_text(engine.last_recorded()))
        return Exit.OK
    handle = interruption.handle = engine.resume(attended=False)
    say(
        plural(
            "reads until {n} item is settled; ctrl+c stops", "reads until {n} items are settled; ctrl+c stops", loose
        )
    )
    try:
        async for event in handle.events():
            if isinstance(event, UnitChanged):
                say(unit_line(event.unit))
            elif isinstance(event, ReadTrouble) and event.problem is not None:
                say(read_trouble_text(event.problem))
            elif isinstance(event, RunEnded):
                with result_of("unsub-tui runs"):
                    write(run_summary(event.run, event.problem, str(engine.record_path)) + "\n")
                return _conclude(event, interruption.exit_code)
    finally:
        handle.stop()
    return Exit.INTERNAL


def _conclude(ended: RunEnded, signal_code: int) -> int:
    """Say what stood in the way; return the exit code: what is not known wins over a signal, that over the rest."""
    code = exit_of_run(ended.run)
    if signal_code:
        return Exit.UNKNOWN if code is Exit.UNKNOWN else signal_code
    if ended.problem is not None:
        say(problem_text(ended.problem))
        return exit_of(ended.problem.kind)
    return code
