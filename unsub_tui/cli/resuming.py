"""`unsub-tui resume`: settle what earlier runs left open."""

from __future__ import annotations

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import say, write
from unsub_tui.cli.verdict import exit_of, exit_of_run
from unsub_tui.domain.run import RunEnded, UnitChanged
from unsub_tui.engine.engine import Engine
from unsub_tui.present.problems import problem_text
from unsub_tui.present.runs import run_summary, unit_line


async def settle_open_units(engine: Engine) -> int:
    """Read until the truth about every open unit is known, and say what it is."""
    if not engine.loose_ends():
        say("nothing is open: every unit of every run is settled")
        return Exit.OK
    handle = engine.resume(attended=False)
    try:
        async for event in handle.events():
            if isinstance(event, UnitChanged):
                say(unit_line(event.unit))
            elif isinstance(event, RunEnded):
                write(run_summary(event.run, event.problem, str(engine.record_path)) + "\n")
                if event.problem is not None:
                    say(problem_text(event.problem))
                    return exit_of(event.problem.kind)
                return exit_of_run(event.run)
    finally:
        handle.stop()
    return Exit.INTERNAL
