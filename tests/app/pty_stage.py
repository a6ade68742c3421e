"""A pseudo-terminal in front of a staged app: bytes in by the real driver, one write one read."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from selectors import BaseSelector
from threading import Thread

from tests.app.stage import AppStage
from unsub_tui.app.terminal.driver import InputDriver

IDLE_TURNS = 4
"""Turns of the event loop without a key that is worked off."""


class InstrumentedDriver(InputDriver):
    """Tells when all that was written is read; a silence of a hundredth of the usual length is enough here."""

    reads = 0
    is_waiting = False
    written = 0
    """Bytes that were written at the far end."""
    received = 0
    """Bytes of them that were read: before all are, a slow kernel is no silence."""

    def _readable_fds(self, selector: BaseSelector, timeout: float | None) -> set[int]:
        self.is_waiting = timeout is None
        while True:
            found = super()._readable_fds(selector, None if timeout is None else timeout / 100)
            if found or timeout is None or self.received >= self.written:
                return found

    def _read(self) -> bytes:
        self.is_waiting = False
        self.reads += 1
        data = super()._read()
        self.received += len(data)
        return data


@dataclass
class PtyInput:
    """The far end of the terminal."""

    stage: AppStage
    master: int
    driver: InstrumentedDriver

    async def write(self, data: bytes) -> None:
        """Write bytes at once, and wait until they were read and all keys among them were worked off."""
        reads = self.driver.reads
        self.driver.written += len(data)
        os.write(self.master, data)
        while self.driver.reads == reads or not self.driver.is_waiting:  # noqa: ASYNC110 - a thread of its own reads
            await asyncio.sleep(0)
        await self.settle()

    async def settle(self) -> None:
        """Wait until no key waits any more."""
        app = self.stage.app
        still = 0
        while still < IDLE_TURNS:
            is_busy = not app.key_queue.is_idle or app.message_queue_size
            still = 0 if is_busy else still + 1
            await asyncio.sleep(0)

    async def type(self, text: str) -> None:
        """Write characters one by one, as a person types them."""
        for char in text:
            await self.write(char.encode())


@contextmanager
def attach_pty(stage: AppStage) -> Iterator[PtyInput]:
    """Let a pseudo-terminal's bytes reach the app through the driver's own thread."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    driver = InstrumentedDriver(stage.app, mouse=False)
    for number, handler in before.items():
        signal.signal(number, handler)
    master, slave = pty.openpty()
    tty.setraw(slave)
    waking = os.pipe()
    driver.fileno, driver._wake_pipe = slave, waking  # noqa: SLF001 - only its input is used, no screen of its own
    thread = Thread(target=driver.run_input_thread)
    thread.start()
    try:
        yield PtyInput(stage, master, driver)
    finally:
        os.write(waking[1], b"!")
        thread.join()
        for end in (master, slave, *waking):
            os.close(end)
