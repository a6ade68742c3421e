"""What a key costs in the list, in milliseconds and in bytes, beside the stock table, other programs and the least."""

from __future__ import annotations

import json
import os
import select
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.least import least_bytes, picture
from tests.bench.report import heading, line, percentile
from tests.bench.served import QUIET_SECONDS, served, settle
from tests.terminal import Terminal, is_listed

DOWN = "\x1bOB"
"""The arrow, as a terminal sends it to a program that has switched to application keys."""

PAGE_DOWN = "\x1b[6~"


def key_cost(terminal: Terminal, key: str) -> tuple[float, int]:
    """Press a key; return the milliseconds to the first answer, and the bytes of all of it."""
    before, began = terminal.sent, time.perf_counter()
    terminal.press(key)
    terminal.take(1.0)
    first = (time.perf_counter() - began) * 1000
    settle(terminal)
    return first, terminal.sent - before


def last_byte(terminal: Terminal, keys: str) -> float:
    """Press keys; return the milliseconds until the last byte that they cause."""
    began = last = time.perf_counter()
    terminal.type(keys)
    while terminal.take(0.4):
        last = time.perf_counter()
    return (last - began) * 1000


def report(name: str, terminal: Terminal, keys: Sequence[str]) -> None:
    """Print what presses cost, and the least that a terminal would have needed."""
    times, sizes, least = [], [], []
    for key in keys:
        before = picture(terminal.screen)
        spent, size = key_cost(terminal, key)
        times.append(spent)
        sizes.append(size)
        least.append(least_bytes(before, picture(terminal.screen)))
    line(
        name,
        f"{statistics.median(times):.1f}",
        f"{percentile(times, 0.95):.1f}",
        f"{statistics.median(sizes):.0f} B",
        f"{statistics.median(least):.0f} B",
    )


def idle_bytes(terminal: Terminal) -> int:
    """Return what is sent in ten seconds in which nobody presses anything."""
    before = terminal.sent
    select.select([], [], [], 10.0)
    settle(terminal)
    return terminal.sent - before


def held(terminal: Terminal, key: str, seconds: float = 3.0, rate: int = 30) -> tuple[float, float, float]:
    """Hold a key; return kB a second, percent of a processor, and the milliseconds until all of it is worked off."""
    before, spent, began = terminal.sent, processor_seconds(terminal), time.perf_counter()
    for press in range(int(seconds * rate)):
        while (left := began + press / rate - time.perf_counter()) > 0:
            terminal.take(left)
        terminal.type(key)
    ended = last = time.perf_counter()
    while terminal.take(QUIET_SECONDS):
        last = time.perf_counter()
    took = ended - began
    percent = (processor_seconds(terminal) - spent) / took * 100
    return (terminal.sent - before) / took / 1000, percent, (last - ended) * 1000


def processor_seconds(terminal: Terminal) -> float:
    """Return the processor time that the program has used so far."""
    fields = Path(f"/proc/{terminal.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(terminal: Terminal) -> float:
    """Return the resident memory of the program."""
    pages = int(Path(f"/proc/{terminal.process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(presses: int = 30) -> None:
    """Report the tables."""
    for columns, rows in ((120, 40), (80, 24)):
        _keys(columns, rows, presses, (1_000, 10_000, 100_000) if columns == 120 else (10_000,))
    _others(presses)


def _keys(columns: int, rows: int, presses: int, counts: Sequence[int]) -> None:
    title = f"Keys, {columns}x{rows}, 256 colours: median ms, 95th percentile ms, bytes, the least for that change"
    heading(title)
    for count in counts:
        with served(count) as environment, Terminal(columns=columns, rows=rows, env=environment) as terminal:
            terminal.wait_until(is_listed, "the list")
            settle(terminal, 1.5)
            name = f"{count:,} rows"
            line(f"{name}: memory, loaded and shown", f"{memory_mib(terminal):.0f} MiB")
            report(f"{name}: down inside", terminal, ["j"] * 12)
            for _ in range(rows):
                key_cost(terminal, "j")
            report(f"{name}: down scrolling", terminal, ["j"] * presses)
            report(f"{name}: page down", terminal, [PAGE_DOWN] * 12)
            terminal.type("/is:eligible\r")
            settle(terminal, 0.5)
            terminal.type("G")
            settle(terminal, 0.5)
            report(f"{name}: mark in place", terminal, [" "] * 10)
            terminal.type("g")
            settle(terminal)
            report(f"{name}: mark and move on", terminal, [" "] * 10)
            terminal.type("\x1b")
            settle(terminal, 0.5)
            for what, keys in (("mark all", "a"), ("unmark all", "n"), ("fold all", "T"), ("unfold all", "T")):
                line(f"{name}: {what}, to the last byte", f"{last_byte(terminal, keys):.0f} ms")
            terminal.type("/")
            settle(terminal)
            for letter in "prod":
                line(f"{name}: filter, letter {letter}, to the last byte", f"{last_byte(terminal, letter):.0f} ms")
            terminal.type("\x1b\x1b")
            settle(terminal, 0.5)
            for column, key in (("name", "n"), ("expiry", "e")):
                terminal.type("s")
                settle(terminal)
                line(f"{name}: sort by {column}, to the last byte", f"{last_byte(terminal, key):.0f} ms")
            kilobytes, percent, lag = held(terminal, "j")
            line(f"{name}: j held, 30 a second", f"{kilobytes:.1f} kB/s", f"{percent:.0f} % cpu", f"lag {lag:.0f} ms")
            line(f"{name}: bytes in ten idle seconds", str(idle_bytes(terminal)))
            began = time.perf_counter()
            terminal.type("q")
            terminal.wait_end()
            line(f"{name}: q to the end of the process", f"{(time.perf_counter() - began) * 1000:.0f} ms")
        if columns == 120:
            _stock(count, presses)


def _stock(count: int, presses: int) -> None:
    """Report the stock table with as many rows."""
    command = (sys.executable, "-m", "tests.bench.stock")
    with Terminal(str(count), command=command, columns=120, rows=40) as terminal:
        began = time.perf_counter()
        terminal.wait_for(f"of {count:,}")
        line(f"stock table, {count:,} rows: start to filled", f"{(time.perf_counter() - began) * 1000:.0f} ms")
        settle(terminal, 1.5)
        report(f"stock table, {count:,} rows: down inside", terminal, ["j"] * 12)
        for _ in range(40):
            key_cost(terminal, "j")
        report(f"stock table, {count:,} rows: down scrolling", terminal, ["j"] * presses)
        report(f"stock table, {count:,} rows: page down", terminal, [PAGE_DOWN] * 12)
        report(f"stock table, {count:,} rows: mark in place", terminal, [" "] * 4)
        line(f"stock table, {count:,} rows: sort, to the last byte", f"{last_byte(terminal, 's'):.0f} ms")
        line(f"stock table, {count:,} rows: memory", f"{memory_mib(terminal):.0f} MiB")


def _others(presses: int) -> None:
    """Report what native programs send for the same keys."""
    heading("Other programs, 120x40: median ms, 95th percentile ms, bytes, the least for that change")
    for program, arguments in (("ncdu", ("-x", str(Path(json.__file__).parents[1]))), ("htop", ("-d", "600"))):
        path = shutil.which(program)
        if path is None:
            line(program, "not installed")
            continue
        with Terminal(*arguments, command=(path,), columns=120, rows=40) as terminal:
            settle(terminal, 2.0)
            report(f"{program}: down inside", terminal, [DOWN] * 12)
            for _ in range(40):
                key_cost(terminal, DOWN)
            report(f"{program}: down scrolling", terminal, [DOWN] * presses)
            report(f"{program}: page down", terminal, [PAGE_DOWN] * 5)
