"""From exec to the end of a command, and from exec to the first painted frame."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tests.bench.report import heading, in_turn, ratios
from tests.bench.served import served, settle
from tests.terminal import Terminal

OURS = ("-c", "from unsub_tui.__main__ import main; main()")
"""What the installed command runs."""

OTHERS = {"posting": (), "harlequin": ("-a", "sqlite", ":memory:"), "htop": (), "mc": ()}
"""Programs to compare with, where they are on the PATH; the first two are made with Textual."""

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
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return (time.perf_counter() - began) * 1000


def frame_ms(
    command: Sequence[str], arguments: Sequence[str], text: str, environment: Mapping[str, str] | None = None
) -> float:
    """Return the milliseconds from exec until `text` is on the screen."""
    began = time.perf_counter()
    with Terminal(*arguments, command=command, columns=120, rows=40, env=environment) as terminal:
        terminal.wait_for(text)
        return (time.perf_counter() - began) * 1000


def painted_ms(command: Sequence[str]) -> float:
    """Return the milliseconds from exec until anything can be read on the screen."""
    began = time.perf_counter()
    with Terminal(command=command, columns=120, rows=40) as terminal:
        while not terminal.text.strip():
            if terminal.process.poll() is not None or time.perf_counter() - began > 30:
                return float("nan")
            terminal.take(1.0)
        return (time.perf_counter() - began) * 1000


def quit_ms(command: Sequence[str], arguments: Sequence[str], text: str, environment: Mapping[str, str]) -> float:
    """Return the milliseconds from the key q until the process is gone, pressed once all is quiet."""
    with Terminal(*arguments, command=command, columns=120, rows=40, env=environment) as terminal:
        terminal.wait_for(text)
        settle(terminal, 0.5)
        began = time.perf_counter()
        terminal.type("q")
        terminal.wait_end()
        return (time.perf_counter() - began) * 1000


def run(rounds: int = 9) -> None:
    """Report the tables."""
    heading("Commands, exec to exit")
    measures = {
        "python -c pass": lambda: command_ms("-c", "pass"),
        "unsub-tui --version": lambda: command_ms(*OURS, "--version"),
        "unsub-tui --help": lambda: command_ms(*OURS, "--help"),
        "unsub-tui list --help": lambda: command_ms(*OURS, "list", "--help"),
        "unsub-tui runs (no record)": lambda: command_ms(*OURS, "runs"),
    }
    ratios(in_turn(measures, rounds), "python -c pass")
    app, hello = (sys.executable, *OURS), (sys.executable, "-c", HELLO)
    with served(500) as account:
        heading("Exec to first painted frame, 120x40")
        frames: dict[str, Callable[[], float]] = {
            "Textual hello-world": lambda: frame_ms(hello, (), "hello frame"),
            "unsub-tui demo: the frame": lambda: frame_ms(app, ("demo",), "Active Resources"),
            "unsub-tui on an account: the frame": lambda: frame_ms(app, (), "Active Resources", account),
            "unsub-tui on an account: the first page of 500": lambda: frame_ms(app, (), "[ ]", account),
            "unsub-tui demo: 400 resources invented, the first page": lambda: frame_ms(app, ("demo",), "of 387"),
        }
        for name, arguments in OTHERS.items():
            if path := shutil.which(name):
                frames[f"{name}: anything at all"] = partial(painted_ms, (path, *arguments))
        ratios(in_turn(frames, rounds), "Textual hello-world")
        heading("The key q to the end of the process, 120x40")
        ends = {
            "Textual hello-world": lambda: quit_ms(hello, (), "hello frame", {}),
            "unsub-tui": lambda: quit_ms(app, (), "[ ]", account),
        }
        ratios(in_turn(ends, rounds), "Textual hello-world")
