"""An account to measure on, and when its program is quiet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.terminal import Terminal

QUIET_SECONDS = 0.12
"""Output after a key is over when nothing came for so long."""


def settle(terminal: Terminal, quiet: float = QUIET_SECONDS) -> None:
    """Take in what comes until it is quiet."""
    while terminal.take(quiet):
        pass


@contextmanager
def served(count: int) -> Iterator[Mapping[str, str]]:
    """Serve an account in a process of its own; give the environment that leads there."""
    command = [sys.executable, "-m", "unsub_tui", "sandbox", "--resources", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        try:
            yield {
                "UNSUB_ENDPOINT": told["endpoint"],
                "UNSUB_SITE": "intl",
                "HUAWEICLOUD_SDK_AK": told["access_key"],
                "HUAWEICLOUD_SDK_SK": told["secret_key"],
            }
        finally:
            server.terminate()
