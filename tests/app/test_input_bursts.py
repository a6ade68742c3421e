"""No burst of bytes confirms anything: pastes, replies of the terminal and keys that come in one read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.app.input_bursts import KEYS_TO_SCREEN, go_to_screen, make_burst
from tests.app.pty_stage import attach_pty
from tests.app.stage import acknowledge_risks, open_confirmation, open_review, run_app
from tests.app.test_review_flow import is_button_enabled
from tests.support.effort import by_effort, some

BURSTS = by_effort(100, 2000)
REPLIES = b"\x1b]52;c;Pz8/\x07\x1b[?62;1;4c\x1b[0n\x1bP1$r0m?\x1b\\\x1b_?\x1b\\\x9b?1;2c\x9d52;c;?\x9c"


def paste_attack(phrase: str) -> bytes:
    """Return what a paste becomes where the terminal passes its own end marker on: everything up to the button."""
    return b"\x1b[200~junk \x1b[201~ \t \t" + phrase.encode() + b"\r\r"


async def test_one_write_cannot_confirm(tmp_path: Path) -> None:
    """An end marker inside a paste, phrase, ticks and enter: as a paste with nothing behind it, and as keys."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        with attach_pty(stage) as line:
            await line.write(paste_attack(phrase))
            await stage.wait_for("the phrase (it came at once, as if pasted", "Type exactly:")
        assert not stage.sandbox.account.request_log


async def test_a_paste_with_escapes_presses_no_key(tmp_path: Path) -> None:
    """On the list it is refused like any paste: the tab does not change, no row is marked."""
    async with run_app(tmp_path) as stage:
        with attach_pty(stage) as line:
            await line.write(b"\x1b[200~zz \x1b[2J\n  p\n2\x1b[201~")
            await stage.wait_for("Pasted text is ignored", "[1 Active Resources]", "selected 0")


async def test_a_paste_with_escapes_and_ends_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the filter, with keys of an export after its own end markers: it is text up to the last one."""
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    async with run_app(tmp_path) as stage:
        with attach_pty(stage) as line:
            await line.type("/")
            part = b"a\nb\rname:x\x1b[2J\x00\x1b[201~\x1b\rec\r"
            await line.write(b"\x1b[200~" + part * 100 + b"\x1b[201~\r")
            await stage.wait_for("/ a")
    assert not list(directory.iterdir())


async def test_replies_nobody_asked_for_do_nothing_on_the_confirm_page(tmp_path: Path) -> None:
    """In one write: no help opens, no field changes."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        await open_confirmation(stage)
        before = stage.text
        with attach_pty(stage) as line:
            await line.write(REPLIES)
        assert await stage.wait_for("Type exactly:") == before


@pytest.mark.parametrize("sizes", some([(1,), (2, 3, 1)], 1), ids=some(["key by key", "in twos and threes"], 1))
async def test_typing_over_a_slow_line_fills_the_phrase(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """A read with two or three keys is no paste; the button is pressed by an enter that comes alone."""
    async with run_app(tmp_path, hostile=False) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        await acknowledge_risks(stage)
        with attach_pty(stage) as line:
            rest = phrase.encode()
            for turn in range(len(rest)):
                size = sizes[turn % len(sizes)]
                await (line.write(rest[:size]) if rest else line.settle())
                rest = rest[size:]
            await stage.wait_for("Complete: ")
            await line.write(b"\r")
            await stage.wait_for("Enter presses [")
            await line.write(b"\r\r")
            await stage.wait_for("Enter came too fast")
            assert not stage.sandbox.account.request_log
            await line.write(b"\r")
            await stage.wait_for("Ended. ")


async def test_a_held_enter_confirms_nothing(tmp_path: Path) -> None:
    """Each Enter that comes within half a second of another one is dropped: the clock says when each was read."""
    clock = Clock()
    async with run_app(tmp_path, hold_seconds=0.5, monotonic=clock, hostile=False) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        clock.seconds += 60
        await acknowledge_risks(stage)
        await stage.press(*phrase, "enter")
        await stage.wait_for("Enter presses [")
        for _ in range(20):
            clock.seconds += 0.4
            await stage.press("enter")
        await stage.wait_for("Enter came too fast")
        assert is_button_enabled(stage)
        assert not stage.sandbox.account.request_log
        clock.seconds += 0.6
        await stage.press("enter")
        await stage.wait_for("Ended. ")


async def test_an_enter_that_repeats_at_once_confirms_nothing(tmp_path: Path) -> None:
    """A key may be held for longer than the pause that an Enter needs before it: the next one takes it back."""
    clock = Clock()
    async with run_app(tmp_path, hold_seconds=3600, monotonic=clock, hostile=False) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        clock.seconds += 4000
        await acknowledge_risks(stage)
        await stage.press(*phrase, "enter")
        await stage.wait_for("Enter presses [")
        clock.seconds += 4000
        await stage.press("enter", "enter")
        await stage.wait_for("Enter came too fast", "Type exactly:")
        assert not stage.sandbox.account.request_log


class Clock:
    """A clock that a test moves."""

    seconds = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


async def test_bursts_confirm_nothing_and_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On every screen, with the phrase that it asks for among them: no request to unsubscribe, no file."""
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    chance = random.Random(2)
    async with run_app(tmp_path / "state", resources=25, hostile=False) as stage:
        with attach_pty(stage) as line:
            for place in KEYS_TO_SCREEN:
                for turn in range(BURSTS // len(KEYS_TO_SCREEN)):
                    if not turn % 63 or place == "the confirmation":
                        await go_to_screen(stage, place)
                    await line.write(make_burst(chance, stage))
        assert not stage.sandbox.account.request_log
    assert not list(directory.iterdir())


async def test_a_countdown_begins_a_run_and_a_held_enter_does_not_end_it(tmp_path: Path) -> None:
    """Nothing is in the record or submitted meanwhile; esc stops it, and an Enter counts after a pause only."""
    clock = Clock()
    async with run_app(tmp_path, monotonic=clock, hold_seconds=0.5, countdown_seconds=60, hostile=False) as stage:
        for key in ("escape", "enter"):
            await open_review(stage)
            phrase = await open_confirmation(stage)
            clock.seconds += 60
            await acknowledge_risks(stage)
            await stage.press(*phrase, "enter")
            await stage.wait_for("Enter presses [")
            clock.seconds += 1
            await stage.press("enter")
            await stage.wait_for("Submitting in 60 s", "esc stops", "4 not submitted", "queued")
            for _ in range(20):
                clock.seconds += 0.4
                await stage.press("enter")
            await stage.wait_for("Submitting in ")
            assert not stage.sandbox.account.request_log
            assert not stage.app.engine.history.runs()
            clock.seconds += 0.6
            await stage.press(key)
            if key == "escape":
                await stage.wait_for("Stopped before the first request: nothing was submitted.")
                assert not stage.sandbox.account.request_log
                await stage.press("n", "escape")
        await stage.wait_for("Ended. ")
        assert stage.sandbox.account.request_log
