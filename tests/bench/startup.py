"""From exec to the end of a command, and from exec to the first painted frame."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.bench.report import heading, in_turn, ratios
from tests.terminal import Terminal

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    ENABLE_COMMAND_PALETTE = False
    def compose(self):
        yield Static('hello frame')
Hello().run(mouse=False)
"""


def command_ms(*arguments: str) -> float:
    """Return the milliseconds of a whole process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return (time.perf_counter() - began) * 1000


def frame_ms(command: Sequence[str], arguments: Sequence[str], text: str) -> float:
    """Return the milliseconds from exec until `text` is on the screen."""
    began = time.perf_counter()
    with Terminal(*arguments, command=command, columns=120, rows=40) as terminal:
        terminal.wait_for(text)
        return (time.perf_counter() - began) * 1000


def run(rounds: int = 7) -> None:
    """Report both tables."""
    ours = ("-m", "unsub_tui")
    heading("Commands, exec to exit")
    measures = {
        "python -c pass": lambda: command_ms("-c", "pass"),
        "unsub-tui --version": lambda: command_ms(*ours, "--version"),
        "unsub-tui --help": lambda: command_ms(*ours, "--help"),
        "unsub-tui list --help": lambda: command_ms(*ours, "list", "--help"),
        "unsub-tui runs (no record)": lambda: command_ms(*ours, "runs"),
    }
    ratios(in_turn(measures, rounds), "python -c pass")
    heading("Exec to first painted frame, 120x40")
    app = (sys.executable, *ours)
    frames = {
        "Textual hello-world": lambda: frame_ms((sys.executable, "-c", HELLO), (), "hello frame"),
        "unsub-tui demo: the frame": lambda: frame_ms(app, ("demo",), "Active Resources"),
        "unsub-tui demo: 400 resources listed": lambda: frame_ms(app, ("demo",), "of 400"),
    }
    ratios(in_turn(frames, rounds), "Textual hello-world")
