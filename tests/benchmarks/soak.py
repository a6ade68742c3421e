"""Random keys in bursts, through a pseudo-terminal: the app must neither end nor ask the service to change anything."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measured_programs import MeasuredProgram, wait_until_quiet
from tests.benchmarks.report import Report
from tests.support.connections import make_sandbox
from tests.support.program_process import PROGRAM_COMMAND
from tests.support.pseudo_terminal import is_list_loaded
from unsub_tui.sandbox.server import BackgroundServer

KEYS = [
    *"jkgGhlvaniz Zmt T fFoRsS$eyYwWrpu?/:+-14LdDxX0123456789abcdefz.*<>=\"'",
    *("\r", "\t", "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x7f"),
    *("\x06", "\x02", "\x0c", "\x10", "\x1c", "\x0b", "\x04", "\x1b[1;2A", "\x1b[1;2B", "\x1bOP", "数", "é"),
]
"""Everything that is bound, and more; only the keys that quit and suspend are left out."""


def run(report: Report, keys: int = 100_000, seeds: int = 4) -> None:
    """Report how many keys were pressed, how fast, and what the account was asked."""
    with report.table(f"{keys:,} random keys in bursts, 80x24 and 120x40"):
        for seed in range(seeds):
            with report.catch_failure(f"seed {seed}"):
                _soak(report, seed, keys // seeds)


def _soak(report: Report, seed: int, keys: int) -> None:
    """Report one seed; raise AssertionError where the app ended with an error or asked for a change."""
    sandbox = make_sandbox(200, seed=seed)
    with BackgroundServer(sandbox) as server, tempfile.TemporaryDirectory() as directory:
        environment = {
            "UNSUB_ENDPOINT": server.endpoint,
            "UNSUB_SITE": "intl",
            "PYTHONPATH": str(Path.cwd()),
            "UNSUB_STATE_DIR": f"{directory}/state",
            "HUAWEICLOUD_SDK_AK": sandbox.access_key,
            "HUAWEICLOUD_SDK_SK": sandbox.secret_key,
        }
        rng, pressed, starts = random.Random(seed), 0, 0
        columns, rows = (80, 24) if seed % 2 else (120, 40)
        began = time.perf_counter()
        while pressed < keys:
            starts += 1
            with MeasuredProgram(
                command=PROGRAM_COMMAND, columns=columns, rows=rows, env=environment, cwd=Path(directory)
            ) as terminal:
                pressed += _press(terminal, rng, keys - pressed)
        took = time.perf_counter() - began
        reports = [each.read_text(encoding="utf-8") for each in Path(directory).rglob("crash-*")]
        assert not reports, f"{len(reports)} crashes: " + "\n".join(reports)
        assert not sandbox.account.request_log, "the account was asked to change something"
        report.add(f"seed {seed}: {pressed:,} keys in {starts} starts, no crash, no change", pressed / took, "keys/s")


def _press(terminal: MeasuredProgram, rng: random.Random, keys: int) -> int:
    """Press keys until so many are pressed or the app has ended; return how many."""
    pressed = 0
    terminal.wait_until(is_list_loaded, "the list")
    while pressed < keys and terminal.process.poll() is None:
        burst = rng.choices(KEYS, k=rng.choice((1, 5, 40, 200)))
        terminal.type("".join(burst))
        pressed += len(burst)
        while terminal.read_output(0.02):
            pass
    wait_until_quiet(terminal, 1.0)
    code = terminal.process.poll()
    assert code in (None, 0), f"ended with {code} after {pressed} keys:\n{terminal.text}"
    return pressed
