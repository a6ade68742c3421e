"""Random keys in bursts, through a pseudo-terminal: the app must neither end nor ask the service to change anything."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from tests.bench.report import heading, line
from tests.support import make_sandbox
from tests.terminal import Terminal, is_listed
from unsub_tui.sandbox.serve import BackgroundServer

KEYS = [
    *"jkgGhlvaniz Zmt T fFoRsS$eyYwWrpu?/:+-14LdDxX0123456789abcdefz.*<>=\"'",
    *("\r", "\t", "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x7f"),
    *("\x06", "\x02", "\x0c", "\x10", "\x1c", "\x0b", "\x04", "\x1b[1;2A", "\x1b[1;2B", "\x1bOP", "数", "é"),
]
"""Everything that is bound, and more; only the keys that quit and suspend are left out."""


def run(keys: int = 100_000, seeds: int = 4) -> None:
    """Report how many keys were pressed, how fast, and what the account was asked."""
    heading(f"{keys:,} random keys in bursts, 80x24 and 120x40")
    for seed in range(seeds):
        _soak(seed, keys // seeds)


def _soak(seed: int, keys: int) -> None:
    rng = random.Random(seed)
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
        pressed = starts = 0
        began = time.perf_counter()
        size = (80, 24) if seed % 2 else (120, 40)
        while pressed < keys:
            starts += 1
            with Terminal(columns=size[0], rows=size[1], env=environment, cwd=Path(directory)) as terminal:
                terminal.wait_until(is_listed, "the list")
                while pressed < keys and terminal.process.poll() is None:
                    burst = rng.choices(KEYS, k=rng.choice((1, 5, 40, 200)))
                    terminal.type("".join(burst))
                    pressed += len(burst)
                    while terminal.take(0.02):
                        pass
                while terminal.take(1.0):
                    pass
                code = terminal.process.poll()
                if code not in (None, 0):
                    raise SystemExit(f"seed {seed}: ended with {code} after {pressed} keys:\n{terminal.text}")
        took = time.perf_counter() - began
        changes = len(sandbox.ledger.attempts)
        reports = [each.read_text(encoding="utf-8") for each in Path(directory).rglob("crash-*")]
        line(
            f"seed {seed}: {pressed:,} keys in {starts} starts",
            f"{pressed / took:.0f} keys/s",
            f"{changes} changes",
            f"{len(reports)} crashes",
        )
        if changes or reports:
            raise SystemExit("\n".join(reports) or "a change was asked for")
