"""What a key costs in the list, in milliseconds and in bytes, beside the stock table, other programs and the least."""

from __future__ import annotations

import json
import os
import select
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.benchmarks import budgets
from tests.benchmarks.measured_programs import (
    QUIET_SECONDS,
    MeasuredProgram,
    read_stat,
    serve_account,
    wait_until_quiet,
)
from tests.benchmarks.minimal_repaint import minimal_bytes, screen_cells
from tests.benchmarks.report import Measure, Report, percentile
from tests.support.program_process import PROGRAM_COMMAND
from tests.support.pseudo_terminal import is_list_loaded

DOWN = "\x1bOB"
"""The arrow, as a terminal sends it to a program that has switched to application keys."""

PAGE_DOWN, PAGE_UP, TOP = "\x1b[6~", "\x1b[5~", "\x1b[1;5H"

LEAVE = "\x1b\x1b"
"""Out of the filter, and without it."""

FIXED_WORK = "fixed work of Python"
STOCK = "stock table"


@dataclass(slots=True)
class Presses:
    """Presses of one key; the figure of a round is the median of the milliseconds to the first answer."""

    terminal: MeasuredProgram
    key: str
    count: int
    before: str = ""
    """Keys that lead to where the key is pressed."""
    quiet: float = QUIET_SECONDS
    """Seconds without output after which a press is over."""
    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    least: list[int] = field(default_factory=list)

    def __call__(self) -> float:
        """Take one round."""
        lead(self.terminal, self.before)
        times = [self._press() for _ in range(self.count - 1)]
        before = screen_cells(self.terminal.screen)
        times.append(self._press())
        self.least.append(minimal_bytes(before, screen_cells(self.terminal.screen)))
        self.times += times
        return statistics.median(times)

    def _press(self) -> float:
        sent, began = self.terminal.received_bytes, time.perf_counter()
        self.terminal.type(self.key)
        answered = self.terminal.wait_for_first_byte()
        wait_until_quiet(self.terminal, self.quiet)
        self.sizes.append(self.terminal.received_bytes - sent)
        return (answered - began) * 1000

    def add_sizes(self, report: Report, name: str) -> None:
        """Add what a press sends, as a multiple of what a terminal needs for that change; and the slow presses."""
        if self.times:
            size, least = statistics.median(self.sizes), statistics.median(self.least)
            report.add(f"{name}: 95th percentile", percentile(self.times, 0.95), "ms")
            report.add(f"{name}: bytes", size, "B", ratio=size / least if least else None, reference="the least bytes")


def last_byte(terminal: MeasuredProgram, keys: str, before: str = "", after: str = "") -> float:
    """Press keys; return the milliseconds until the last byte that they cause. The others lead there and back."""
    lead(terminal, before)
    began = time.perf_counter()
    terminal.type(keys)
    answered = terminal.wait_for_first_byte()
    took = (max(answered, wait_until_quiet(terminal, 0.4)) - began) * 1000
    lead(terminal, after)
    return took


def lead(terminal: MeasuredProgram, keys: str) -> None:
    """Press keys, and wait until all that they cause is over."""
    if keys:
        terminal.type(keys)
        wait_until_quiet(terminal)


def fixed_work() -> float:
    """Return the milliseconds that a fixed piece of work takes in Python: how fast the machine is just now."""
    began = time.perf_counter()
    sorted(str(number * 7919 % 100_003) for number in range(50_000))
    return (time.perf_counter() - began) * 1000


def idle_bytes(terminal: MeasuredProgram) -> int:
    """Return what is sent in ten seconds in which nobody presses anything."""
    before = terminal.received_bytes
    select.select([], [], [], 10.0)
    wait_until_quiet(terminal)
    return terminal.received_bytes - before


def hold_key(terminal: MeasuredProgram, key: str, seconds: float = 3.0, rate: int = 30) -> tuple[float, float, float]:
    """Hold a key; return kB a second, percent of a processor, and the milliseconds until all of it is worked off."""
    before, spent, began = terminal.received_bytes, processor_seconds(terminal), time.perf_counter()
    for press in range(int(seconds * rate)):
        while (left := began + press / rate - time.perf_counter()) > 0:
            terminal.read_output(left)
        terminal.type(key)
    ended = time.perf_counter()
    last = wait_until_quiet(terminal)
    took = ended - began
    percent = (processor_seconds(terminal) - spent) / took * 100
    return (terminal.received_bytes - before) / took / 1000, percent, (last - ended) * 1000


def processor_seconds(terminal: MeasuredProgram) -> float:
    """Return the processor time that the program has used so far."""
    return read_stat(Path(f"/proc/{terminal.process.pid}/stat"))[1]


def memory_mib(terminal: MeasuredProgram) -> float:
    """Return the resident memory of the program."""
    pages = int(Path(f"/proc/{terminal.process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(report: Report, rounds: int = 5) -> None:
    """Report the tables."""
    for columns, rows, count in ((120, 40, 1_000), (120, 40, 10_000), (120, 40, 100_000), (80, 24, 10_000)):
        with (
            report.table(budgets.keys(columns, rows, count)),
            serve_account(count) as environment,
            MeasuredProgram(command=PROGRAM_COMMAND, columns=columns, rows=rows, env=environment) as ours,
        ):
            _list(report, ours, count, rounds)
    with report.table("Keys in other programs, 120x40"):
        _others(report, rounds)


def _list(report: Report, ours: MeasuredProgram, count: int, rounds: int) -> None:
    """Report our list and the stock table with as many rows, in turn."""
    ours.wait_until(is_list_loaded, "the list")
    wait_until_quiet(ours, 1.5)
    lead(ours, "\x1b")  # the list alone, as that of the stock table: the details beside it follow when the keys rest
    report.add("memory, loaded and shown", memory_mib(ours), "MiB")
    with _stock(report, ours.screen, count) as stock:
        _presses(report, ours, stock, rounds)
        _whole_list(report, ours, stock, rounds)
    kilobytes, percent, lag = hold_key(ours, "j")
    report.add("j held, 30 a second", kilobytes, "kB/s")
    report.add("j held, 30 a second: processor", percent, "%")
    report.add("j held, 30 a second: lag", lag, "ms")
    report.add("bytes in ten idle seconds", idle_bytes(ours), "B")
    began = time.perf_counter()
    ours.type("q")
    ours.wait_for_exit()
    report.add("q to the end of the process", (time.perf_counter() - began) * 1000, "ms")


@contextmanager
def _stock(report: Report, screen: pyte.Screen, count: int) -> Iterator[MeasuredProgram]:
    """Give the stock table, filled; where it cannot be filled it is ended, and no measure of it is taken."""
    command = (sys.executable, "-m", "tests.benchmarks.stock_table")
    with MeasuredProgram(str(count), command=command, columns=screen.columns, rows=screen.lines) as terminal:
        try:
            began = time.perf_counter()
            terminal.wait_for(f"of {count:,}")
            report.add(f"{STOCK}: start to filled", (time.perf_counter() - began) * 1000, "ms")
            wait_until_quiet(terminal, 1.5)
            report.add(f"{STOCK}: memory", memory_mib(terminal), "MiB")
        except AssertionError as error:
            terminal.process.kill()
            report.add_missing(f"{STOCK}: start to filled", str(error))
        yield terminal


def _presses(report: Report, ours: MeasuredProgram, stock: MeasuredProgram, rounds: int) -> None:
    """Report single keys."""
    bottom = "j" * ours.screen.lines
    for name, count, key, here, there in (
        ("down inside", 6, "j", "g", TOP),
        ("down scrolling", 6, "j", f"g{bottom}", f"{TOP}{bottom}"),
        ("page down", 4, PAGE_DOWN, "g", TOP),
    ):
        _beside_stock(report, name, Presses(ours, key, count, here), Presses(stock, key, count, there), rounds)
    last_byte(ours, "/is:eligible\r")  # the first rows of the whole list have expired
    _beside_stock(report, "select and move on", Presses(ours, " ", 4, "g"), Presses(stock, " ", 4, TOP), rounds)
    last_byte(ours, "n")
    last_byte(ours, "G")
    _beside_stock(report, "select in place", Presses(ours, " ", 4), Presses(stock, " ", 4), rounds)
    last_byte(ours, "n")
    last_byte(ours, "\x1b")


def _beside_stock(report: Report, name: str, ours: Presses, stock: Presses, rounds: int) -> None:
    rival = f"{STOCK}: {name}"
    report.compare({rival: Measure(stock), name: Measure(ours, rival)}, rounds)
    stock.add_sizes(report, rival)
    ours.add_sizes(report, name)


def _whole_list(report: Report, ours: MeasuredProgram, stock: MeasuredProgram, rounds: int) -> None:
    """Report what concerns all rows, to the last byte."""
    with report.catch_failure("select all, the first time"):
        report.add("select all, the first time", last_byte(ours, "a", after="n"), "ms")

    def pressed(keys: str, before: str = "", after: str = "") -> Measure:
        return Measure(lambda: last_byte(ours, keys, before, after), FIXED_WORK)

    report.compare(
        {
            FIXED_WORK: Measure(fixed_work),
            "select all": pressed("a", after="n"),
            "deselect all": pressed("n", "a"),
            "fold all": pressed("T", after="T"),
            "unfold all": pressed("T", "T"),
            "filter, the first letter": pressed("p", "/", LEAVE),
            "filter, the second letter": pressed("r", "/p", LEAVE),
            "filter, the third letter": pressed("o", "/pr", LEAVE),
            "no filter": pressed(LEAVE, "/pro"),
            "filter, a letter after or": pressed("d", "/web or ", LEAVE),
            "filter, a value after |": pressed("s", "/type:ecs|ev", LEAVE),
            f"{STOCK}: sort by name": Measure(lambda: last_byte(stock, "s"), FIXED_WORK),
            "sort by name": pressed("n", "ses"),
            "sort by expiry": pressed("e", "sns"),
        },
        rounds,
    )


def _others(report: Report, rounds: int) -> None:
    """Report what native programs send for the same keys."""
    for program, arguments in (("ncdu", ("-x", str(Path(json.__file__).parents[1]))), ("htop", ("-d", "600"))):
        path = shutil.which(program)
        if path is None:
            report.add_missing(program, "not installed")
            continue
        with MeasuredProgram(*arguments, command=(path,), columns=120, rows=40) as terminal:
            wait_until_quiet(terminal, 2.0)
            _native(report, program, terminal, rounds)


def _native(report: Report, program: str, terminal: MeasuredProgram, rounds: int) -> None:
    top = "\x1b[1~" if program == "ncdu" else "\x1b[H"
    presses: dict[str, Callable[[], float]]
    presses = {
        f"{program}: down inside": Presses(terminal, DOWN, 6, top),
        f"{program}: down scrolling": Presses(terminal, DOWN, 6, top + DOWN * 40),
        f"{program}: page down": Presses(terminal, PAGE_DOWN, 2, top),
    }
    report.compare({name: Measure(each) for name, each in presses.items()}, rounds)
