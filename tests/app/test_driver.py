"""The driver shows what Textual's own would show, cell by cell, in a terminal emulator; and sends less."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import TIMEOUT_SECONDS, by_effort
from tests.support.pseudo_terminal import Terminal, is_inventory_read, is_list_loaded
from unsub_tui.app.terminal.frame_diff import FrameDiffer, UnsupportedFrameError

WIDTH, HEIGHT = 40, 12
STYLES = ("", "1", "7", "1;4;7", "31", "38;5;208;48;5;17", "38;2;10;20;30", "39;49", "1;39;49", "44", "100", "3;9;93")
TEXTS = ("a", "list of things ", "数据平台", "é́", "…·│", " ", "x" * 12, "[x]", "測a試 ")

VisibleCells = list[tuple[object, ...]]


class Emulator:
    """A terminal that only shows."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.screen = pyte.Screen(width, height)
        self.screen.reset_mode(pyte.modes.DECAWM)
        self.stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        """Show a text."""
        self.stream.feed(text)

    @property
    def cells(self) -> VisibleCells:
        """Every cell, with all that can be seen of it."""
        return visible_cells(self.screen)


def visible_cells(screen: pyte.Screen) -> VisibleCells:
    """Return every cell of a screen, with all that can be seen of it: a blank has no colour of letters."""
    found: VisibleCells = []
    for row in range(screen.lines):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            looks = (cell.bg, cell.reverse, cell.underscore, cell.strikethrough)
            is_blank = cell.data == " " and not any(looks[1:])
            found.append((cell.data, *looks) if is_blank else (cell.data, *looks, cell.fg, cell.bold, cell.italics))
    return found


def line(rng: random.Random) -> list[tuple[str, str]]:
    """Return a line of styled parts that is exactly as wide as the terminal."""
    parts, room = [], WIDTH
    while room > 0:
        text = rng.choice(TEXTS)
        width = sum(pyte.screens.wcwidth(char) for char in text)
        if width > room:
            text, width = "z" * room, room
        parts.append((text, rng.choice(STYLES)))
        room -= width
    return parts


def draw_line(parts: list[tuple[str, str]]) -> str:
    """Return a line as Textual writes it: each part with its style, and reset."""
    return "".join(f"\x1b[{style}m{text}\x1b[0m" if style else text for text, style in parts)


def draw_frame(lines: list[list[tuple[str, str]]]) -> str:
    """Return a frame of the whole screen."""
    body = "\n".join(f"\x1b[{number};1H{draw_line(parts)}" for number, parts in enumerate(lines, 1))
    return f"{body}\x1b[3;5H"


def draw_changes(rng: random.Random, lines: list[list[tuple[str, str]]]) -> str:
    """Change some lines, and return what Textual would write for that."""
    kind = rng.randrange(5)
    if kind == 0:
        lines[:] = [line(rng) for _line in lines]
        return draw_frame(lines)
    if kind <= 2:  # a part of the screen moves up or down, new lines come in
        top, bottom = sorted(rng.sample(range(HEIGHT + 1), 2))
        by = rng.randint(1, max(1, bottom - top))
        new = [line(rng) for _line in range(by)]
        part = lines[top:bottom]
        lines[top:bottom] = ([*part[by:], *new] if kind == 1 else [*new, *part[:-by]])[: bottom - top]
        return draw_frame(lines)
    touched = rng.sample(range(HEIGHT), rng.randint(1, 4))
    for number in touched:
        lines[number] = line(rng)
    return "".join(f"\x1b[{number + 1};1H{draw_line(lines[number])}" for number in sorted(touched)) + "\x1b[1;1H"


@settings(max_examples=by_effort(15, 150))
@given(st.integers(0, 10**9))
def test_every_screen_is_the_same_as_textuals_own(seed: int) -> None:
    """Rows of random screens: written anew, scrolled, touched in parts; wide, combining and coloured characters."""
    rng = random.Random(seed)
    theirs, ours, cells = Emulator(), Emulator(), FrameDiffer()
    cells.invalidate(WIDTH, HEIGHT)
    lines = [line(rng) for _line in range(HEIGHT)]
    frame = draw_frame(lines)
    for _turn in range(12):
        theirs.feed(frame)
        ours.feed(cells.diff(frame))
        assert ours.cells == theirs.cells
        assert (ours.screen.cursor.y, ours.screen.cursor.x) == (theirs.screen.cursor.y, theirs.screen.cursor.x)
        if rng.random() < 0.1:
            cells.invalidate(WIDTH, HEIGHT)  # as after ctrl+l: all of it is sent
            frame = draw_frame(lines)
        elif rng.random() < 0.1:
            noise = "\x1b[0m\x1b[2;2H"
            theirs.feed(noise)
            ours.feed(noise)
            cells.invalidate_cursor()
            frame = draw_changes(rng, lines)
        else:
            frame = draw_changes(rng, lines)


def test_nothing_new_is_nothing_sent() -> None:
    """The same frame again costs no byte."""
    lines = [line(random.Random(7)) for _line in range(HEIGHT)]
    cells = FrameDiffer()
    cells.invalidate(WIDTH, HEIGHT)
    assert cells.diff(draw_frame(lines))
    assert cells.diff(draw_frame(lines)) == ""


def test_a_list_that_moves_by_one_row_is_moved_by_the_terminal() -> None:
    """A scroll region, and the one new line."""
    rng = random.Random(3)
    lines = [line(rng) for _line in range(HEIGHT)]
    cells = FrameDiffer()
    cells.invalidate(WIDTH, HEIGHT)
    cells.diff(draw_frame(lines))
    lines[1:-1] = [*lines[2:-1], [("n" * WIDTH, "")]]
    sent = cells.diff(draw_frame(lines))
    assert "\x1b[2;11r" in sent
    assert len(sent) < WIDTH + 60


@pytest.mark.parametrize(
    "text", ["plain", "\x1b[1;1Ha\x1b[Kb", "\x1b[99;1Hbelow", "\x1b[1;1Ha\tb", "\x1b[1;1H\x1b]8;;x\x1b\\y"]
)
def test_what_is_no_frame_is_not_taken_for_one(text: str) -> None:
    """Then nothing of it is remembered, and the driver passes it on as it is."""
    cells = FrameDiffer()
    cells.invalidate(WIDTH, HEIGHT)
    with pytest.raises(UnsupportedFrameError):
        cells.diff(text)


QUIET = [*"jkgGS anizZmtTf", "\x1b[6~", "\x1b[5~", "\x1b[C", "\x1b[D", "\x1b[B"]
"""Keys of the list that send nothing to the account."""


def stable_screen(terminal: Terminal) -> VisibleCells:
    """Return the screen once nothing has come for a moment; on a busy machine more may follow."""
    while terminal.read_output(0.25):
        pass
    return visible_cells(terminal.screen)


def wait_until_equal(*looks: Callable[[], VisibleCells], what: str) -> None:
    """Look until all see the same: one that is slower catches up, a difference that stays is a fault."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        first, *others = (look() for look in looks)
        if all(other == first for other in others):
            return
        assert time.monotonic() < deadline, f"the screens differ {what}"


def test_the_whole_app_looks_the_same_as_with_textuals_own_driver(tmp_path: Path) -> None:
    """The same row of keys in two pseudo-terminals: every cell of every screen is the same, and fewer bytes came."""
    rng = random.Random(11)
    keys = [rng.choice(QUIET) for _key in range(40)]
    shared = {"UNSUB_STATE_DIR": str(tmp_path)}
    arguments = ("demo", "--resources", "300", "--seed", "3")
    with (
        Terminal(*arguments, env=shared, columns=100, rows=30) as ours,
        Terminal(
            *arguments, env={"UNSUB_STATE_DIR": str(tmp_path / "b"), "UNSUB_PLAIN_OUTPUT": "1"}, columns=100, rows=30
        ) as theirs,
    ):
        for terminal in (ours, theirs):
            terminal.wait_until(is_list_loaded, "the list")
        wait_until_equal(partial(stable_screen, ours), partial(stable_screen, theirs), what="at the beginning")
        for key in keys:
            for terminal in (ours, theirs):
                terminal.type(key)
            wait_until_equal(
                partial(stable_screen, ours), partial(stable_screen, theirs), what=f"after {key!r} of {keys}"
            )
        assert ours.received_bytes < theirs.received_bytes / 2


@pytest.mark.parametrize("keys", ["ff", "o\x1b", "s\x1b", "?q", "/\x1b\x1b", "ll\x1b[Dh", "jjkk", "TT"])
def test_what_is_put_away_leaves_nothing_behind(tmp_path: Path, keys: str) -> None:
    """Panel, menu, help, filter, columns and folds come and go: the list is whole again, cell by cell."""
    with Terminal("demo", "--seed", "3", env={"UNSUB_STATE_DIR": str(tmp_path)}) as terminal:
        terminal.wait_until(is_inventory_read, "the list")
        hint = without_message(visible_cells(terminal.screen))
        terminal.type("j")  # the hint of the first start goes
        terminal.wait_until(lambda _: without_message(visible_cells(terminal.screen)) != hint, "the next row")
        before = without_message(stable_screen(terminal))
        for key in re.findall(r"\x1b\[.|.", keys):
            terminal.type(key)
            stable_screen(terminal)
        wait_until_equal(lambda: without_message(stable_screen(terminal)), lambda: before, what="from before")


def without_message(screen: VisibleCells) -> VisibleCells:
    """Return a screen of 80 columns without the words about what was done: they may differ."""
    return [*screen[: 21 * 80], *screen[23 * 80 :]]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed here")
def test_under_tmux_the_screen_is_the_same(tmp_path: Path) -> None:
    """Tmux is a terminal of its own between us and the person's: its idea of the screen is the same with both."""
    servers = [partial(run_tmux, f"unsub-test-{os.getpid()}-{number}") for number in range(2)]
    looks = [partial(tmux, "capture-pane", "-p", "-e", "-N", "-t", "app") for tmux in servers]
    try:
        for number, (tmux, plain) in enumerate(zip(servers, ("", "1"), strict=True)):
            environment = f"UNSUB_PLAIN_OUTPUT={plain} UNSUB_STATE_DIR={tmp_path}/{number}"
            command = f"env {environment} {sys.executable} -m unsub_tui demo --seed 5"
            tmux("new-session", "-d", "-x", "110", "-y", "32", "-s", "app", command)
        for key in ("", "j", "j", "NPage", "NPage", "k", "Space", "G", "PPage", "T", "a"):
            for tmux, look in zip(servers, looks, strict=True):
                if key:
                    tmux("send-keys", "-t", "app", key)
                wait_until_stable(look, "of 387" if key else "attached")  # the services are read before the first key
        wait_until_equal(*(partial(tmux_cells, look) for look in looks), what="under tmux")
    finally:
        for tmux in servers:
            with suppress(subprocess.CalledProcessError):
                tmux("kill-server")


def tmux_cells(look: Callable[[], str]) -> VisibleCells:
    """Return every cell of what tmux shows."""
    emulator = Emulator(110, 32)
    emulator.feed(look().replace("\n", "\r\n"))
    return emulator.cells


@pytest.mark.long
@pytest.mark.skipif(shutil.which("screen") is None, reason="screen is not installed here")
def test_under_screen_the_screen_is_the_same(tmp_path: Path) -> None:
    """GNU screen in a pseudo-terminal: what it shows in the end is the same with both drivers."""
    command = ("screen", "-c", "/dev/null", "-T", "screen-256color", "-U")
    arguments = (sys.executable, "-m", "unsub_tui", "demo", "--seed", "5")
    with ExitStack() as stack:
        terminals: list[Terminal] = []
        for number, plain in enumerate(("", "1")):
            sockets = tmp_path / f"s{number}"
            sockets.mkdir(mode=0o700)
            environment = {
                "SCREENDIR": str(sockets),
                "UNSUB_PLAIN_OUTPUT": plain,
                "UNSUB_STATE_DIR": str(tmp_path / f"state{number}"),
                "TERM": "xterm-256color",
            }
            terminal = Terminal(*arguments, command=command, env=environment, columns=100, rows=30)
            terminals.append(stack.enter_context(terminal))
            terminal.wait_until(is_list_loaded, "the list")
        for key in ("", "j", "j", "\x1b[6~", "\x1b[6~", "k", " ", "G", "\x1b[5~", "T", "n"):
            for terminal in terminals:
                terminal.type(key)
            wait_until_equal(
                *(partial(stable_screen, terminal) for terminal in terminals), what=f"after {key!r} under screen"
            )
        for terminal in terminals:
            terminal.type("q")
            terminal.wait_for_exit()


def run_tmux(server: str, *arguments: str) -> str:
    """Tell a tmux of its own something, and return what it says."""
    command = ["tmux", "-L", server, "-f", "/dev/null", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def wait_until_stable(look: Callable[[], str], text: str) -> str:
    """Look until a text is there and the picture has stayed the same for some looks."""
    deadline, same, before = time.monotonic() + TIMEOUT_SECONDS, 0, ""
    while time.monotonic() < deadline:
        picture = look()
        same = same + 1 if picture == before and text in picture else 0
        if same >= 12:
            return picture
        before = picture
    raise AssertionError(f"the screen never came to rest:\n{before}")


def test_half_of_a_wide_character_is_a_blank() -> None:
    """The terminal of these tests shows what is left of a wide character as terminals do, and does not stumble."""
    wide = r"ab\0344\0270\0255c"
    with Terminal(command=("printf", "%b", rf"{wide}\r\n{wide}\033[3Gx\r\nend")) as terminal:
        terminal.wait_for("end")
        assert terminal.lines[:2] == ["ab中c", "abx c"]
