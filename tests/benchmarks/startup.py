"""From exec to the end of a command, and from exec to the first painted frame."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial

from tests.benchmarks import budgets
from tests.benchmarks.measured_programs import MeasuredProgram, serve_account, wait_until_quiet
from tests.benchmarks.report import Measure, Report

OURS = ("-c", "from unsub_tui.__main__ import main; main()")
"""What the installed command runs."""

OTHERS = {"posting": (), "harlequin": ("-a", "sqlite", ":memory:"), "htop": (), "mc": ()}
"""Programs to compare with, where they are on the PATH; the first two are made with Textual."""

NOTHING, WORLD = "python -c pass", "Textual hello-world"

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [('q', 'quit')]
    def compose(self):
        yield Static('hello frame')
Hello().run(mouse=False)
"""


def command_ms(*arguments: str) -> float:
    """Return the milliseconds of a whole process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return (time.perf_counter() - began) * 1000


def frame_ms(
    command: Sequence[str], arguments: Sequence[str], text: str, environment: Mapping[str, str] | None = None
) -> float:
    """Return the milliseconds from exec until `text` is on the screen."""
    began = time.perf_counter()
    with MeasuredProgram(*arguments, command=command, columns=120, rows=40, env=environment) as terminal:
        terminal.wait_for(text)
        return (time.perf_counter() - began) * 1000


def painted_ms(command: Sequence[str]) -> float:
    """Return the milliseconds from exec until anything can be read on the screen."""
    began = time.perf_counter()
    with MeasuredProgram(command=command, columns=120, rows=40) as terminal:
        terminal.wait_until(lambda screen: bool(screen.strip()), "anything")
        return (time.perf_counter() - began) * 1000


def quit_ms(command: Sequence[str], arguments: Sequence[str], text: str, environment: Mapping[str, str]) -> float:
    """Return the milliseconds from the key q until the process is gone, pressed once all is quiet."""
    with MeasuredProgram(*arguments, command=command, columns=120, rows=40, env=environment) as terminal:
        terminal.wait_for(text)
        wait_until_quiet(terminal, 0.5)
        began = time.perf_counter()
        terminal.type("q")
        terminal.wait_for_exit()
        return (time.perf_counter() - began) * 1000


def run(report: Report, rounds: int = 9) -> None:
    """Report the tables."""
    with report.table(budgets.COMMANDS):
        commands: dict[str, tuple[str, ...]] = {
            "unsub-tui --version": ("--version",),
            "unsub-tui --help": ("--help",),
            "unsub-tui list --help": ("list", "--help"),
            "unsub-tui runs (no record)": ("runs",),
            "unsub-tui journal verify (no record)": ("journal", "verify"),
        }
        measures = {NOTHING: Measure(lambda: command_ms("-c", "pass"))}
        for name, words in commands.items():
            measures[name] = Measure(partial(command_ms, *OURS, *words), NOTHING)
        report.compare(measures, rounds)
    app, hello = (sys.executable, *OURS), (sys.executable, "-c", HELLO)
    with report.table(budgets.FRAMES), serve_account(500) as account:
        report.compare(_frames(app, hello, account), rounds)
    with report.table("The key q to the end of the process, 120x40"), serve_account(500) as account:
        ends = {
            WORLD: Measure(lambda: quit_ms(hello, (), "hello frame", {})),
            "unsub-tui": Measure(lambda: quit_ms(app, (), "[ ]", account), WORLD),
        }
        report.compare(ends, rounds)


def _frames(app: Sequence[str], hello: Sequence[str], account: Mapping[str, str]) -> dict[str, Measure]:
    frames = {WORLD: Measure(lambda: frame_ms(hello, (), "hello frame"))}
    for name, arguments, text, environment in (
        ("unsub-tui demo: the frame", ("demo",), "Active Resources", None),
        ("unsub-tui on an account: the frame", (), "Active Resources", account),
        ("unsub-tui on an account: the first page of 500", (), "[ ]", account),
        ("unsub-tui demo: 400 resources invented, the first page", ("demo",), "of 387", None),
    ):
        frames[name] = Measure(partial(frame_ms, app, arguments, text, environment), WORLD)
    for name, words in OTHERS.items():
        if path := shutil.which(name):
            frames[f"{name}: anything at all"] = Measure(partial(painted_ms, (path, *words)), WORLD)
    return frames
