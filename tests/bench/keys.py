"""What a key costs in the list, in milliseconds and in bytes, at 1,000, 10,000 and 100,000 resources."""

from __future__ import annotations

import select
import statistics
import time

from tests.bench.report import heading, line, percentile
from tests.terminal import Terminal

QUIET_SECONDS = 0.12
"""Output after a key is over when nothing came for so long."""


def key_cost(terminal: Terminal, key: str) -> tuple[float, int]:
    """Press a key; return the milliseconds to the first answer, and the bytes of all of it."""
    before, began = terminal.sent, time.perf_counter()
    terminal.press(key)
    terminal.take(5.0)
    first = (time.perf_counter() - began) * 1000
    while terminal.take(QUIET_SECONDS):
        pass
    return first, terminal.sent - before


def settle(terminal: Terminal, quiet: float = QUIET_SECONDS) -> None:
    """Take in what comes until it is quiet."""
    while terminal.take(quiet):
        pass


def report(name: str, costs: list[tuple[float, int]]) -> None:
    """Print what the presses of one key cost."""
    times, sizes = [each[0] for each in costs], [each[1] for each in costs]
    median, slow = statistics.median(times), percentile(times, 0.95)
    line(name, f"{median:.1f}", f"{slow:.1f}", f"{statistics.median(sizes):.0f} B")


def idle_bytes(terminal: Terminal) -> int:
    """Return what is sent in two seconds in which nobody presses anything."""
    before = terminal.sent
    select.select([], [], [], 2.0)
    settle(terminal)
    return terminal.sent - before


def run(presses: int = 30) -> None:
    """Report a table."""
    heading("Keys in the list, 120x40, 256 colours: median ms / 95th percentile ms / bytes")
    for count in (1_000, 10_000, 100_000):
        with Terminal("demo", "--resources", str(count), columns=120, rows=40) as terminal:
            terminal.wait_for(f"of {count:,}")
            settle(terminal, 1.0)
            line(f"{count:,} rows: bytes in two idle seconds", str(idle_bytes(terminal)))
            report(f"{count:,} rows: down inside", [key_cost(terminal, "j") for _ in range(20)])
            for _ in range(20):
                key_cost(terminal, "j")
            report(f"{count:,} rows: down scrolling", [key_cost(terminal, "j") for _ in range(presses)])
            report(f"{count:,} rows: page down", [key_cost(terminal, "\x1b[6~") for _ in range(10)])
            terminal.press("g")
            settle(terminal)
            report(f"{count:,} rows: mark and move on", [key_cost(terminal, " ") for _ in range(20)])
            key_cost(terminal, "/")
            report(f"{count:,} rows: a letter of the filter", [key_cost(terminal, letter) for letter in "prod"])
