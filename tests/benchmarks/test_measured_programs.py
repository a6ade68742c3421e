"""A program that is slow is waited for; one that hangs is not."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.benchmarks.measured_programs import ProcessActivity
from tests.support.effort import TIMEOUT_SECONDS


def test_a_process_that_sleeps_hangs_and_one_that_works_does_not() -> None:
    """Only processor time tells them apart: both write nothing."""
    with (
        subprocess.Popen(["sleep", "1000"]) as asleep,
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy,
    ):
        try:
            sleeping, working = ProcessActivity(asleep.pid), ProcessActivity(busy.pid)
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while not sleeping.is_hanging(0.5):
                assert time.monotonic() < deadline
                working.is_working()
                time.sleep(0.05)
            assert not working.is_hanging(0.5)
        finally:
            asleep.kill()
            busy.kill()
