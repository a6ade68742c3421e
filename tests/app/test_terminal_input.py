"""What the terminal sends is split the same way wherever its chunks end, and only keys become keys."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App

from tests.support.effort import some
from unsub_tui.app.terminal.driver import InputDriver, parse_token
from unsub_tui.app.terminal.terminal_input import (
    PASTE_END_SECONDS,
    PASTE_LIMIT,
    PASTE_SECONDS,
    RELEASE_SECONDS,
    STRING_LIMIT,
    STRING_SECONDS,
    InputToken,
    PastedText,
    TerminalInput,
)

KEYS = [
    *"jk/?1 é数\r\t\x7f\x03",
    *("\x1b[A", "\x1bOP", "\x1b[[A", "\x1b[3$", "\x1b[1;5C", "\x1b[97;5u", "\x1b[15~"),
]
"""Keys of xterm, rxvt, the Linux console and the Kitty protocol."""
ASKED = ["\x1b[I", "\x1b[?2026;2$y", "\x1b[?2048;0$y", "\x1b[48;24;80;480;800t", "\x1b[24;80R"]
"""Reports that Textual asks for."""
REPLIES = [
    "\x1b[201~",
    "\x1b]52;c;ZWMNCmVj\x07",
    "\x1b]11;rgb:0000/ffff/ecec\x1b\\",
    "\x1bP1+r544e=ec\r\x1b\\",
    "\x1bP>|e c\rq\x1b\\",
    "\x1b_Gi=1;ec\r\x1b\\",
    "\x1b^ec\r\x1b\\",
    "\x1bXec\r\x1b\\",
    "\x1b[?62;1;4c",
    "\x1b[>41;354;0c",
    "\x1b[0n",
    "\x1b[8;24;80t",
    "\x1b[?2004;1$y",
    "\x1b[?5u",
    "\x1b[99~",
    "\x1b[113A",
    "\x1b[9999999;1u",
    "\x1b[97;1:3u",
    "\x1b[2J",
    "\x1b[<0;40;22M",
    "\x1b[M !!",
    "\x1bO5z",
    "\x9d52;c;ec\x9c",
    "\x9b?62;c",
]
"""Replies that nobody asked for, and sequences that are none."""

pastes = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda each: f"\x1b[200~{each}\x1b[201~")
streams = st.lists(st.sampled_from([*KEYS, *ASKED, *REPLIES]) | pastes, max_size=20)


def split(chunks: Sequence[bytes]) -> list[InputToken]:
    """Return what the chunks become in the end; plain text is joined, for it may be cut anywhere."""
    source, found = TerminalInput(), list[InputToken]()
    pieces = [piece for chunk in chunks for piece in source.feed(chunk)]
    while source.timeout is not None:
        pieces += source.flush_after_timeout()
    for piece in pieces:
        if found and isinstance(piece, str) and isinstance(found[-1], str) and "\x1b" not in piece + found[-1]:
            found[-1] += piece
        else:
            found.append(piece)
    return found


def keys_of(*chunks: bytes) -> list[str]:
    """Return the names of the keys that Textual makes of these chunks."""
    source, parser = TerminalInput(), XTermParser()
    pieces = [piece for chunk in chunks for piece in source.feed(chunk)] + source.flush_after_timeout()
    found = [event for piece in pieces for event in parse_token(parser, piece)]
    return [event.key for event in found if isinstance(event, events.Key)]


@given(streams, st.lists(st.integers(0, 400)))
def test_chunks_do_not_change_what_complete_sequences_are(stream: list[str], cuts: list[int]) -> None:
    """Keys, replies and pastes, cut into bytes anywhere: the same keys, the same pastes."""
    data = "".join(stream).encode()
    ends = sorted({min(cut, len(data)) for cut in cuts})
    chunks = [data[begin:end] for begin, end in zip([0, *ends], [*ends, len(data)], strict=True)]
    assert split(chunks) == split([data]) == split([data[at : at + 1] for at in range(len(data))])


@given(pastes, streams)
def test_what_comes_at_once_is_one_paste_up_to_the_last_end(first: str, rest: list[str]) -> None:
    """Whatever lies between its beginning and its last end marker presses no key."""
    (paste, key) = split(["".join([first, *rest, "\x1b[201~j"]).encode()])
    assert key == "j"
    assert isinstance(paste, PastedText)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", paste.text)


def test_an_end_marker_with_a_lot_behind_it_is_a_part_of_the_paste() -> None:
    """Nobody types so much in so short a time; the silence afterwards does not turn it into keys."""
    source = TerminalInput()
    source.feed(b"\x1b[200~a\x1b[201~ec\r")
    assert source.timeout == PASTE_SECONDS
    source = TerminalInput()
    source.feed(b"\x1b[200~a\x1b[201~" + b"ec\r" * 400)
    assert source.timeout is None
    assert source.flush_after_timeout() == []
    assert split([b"\x1b[200~a\x1b[201~" + b"ec\r" * 400 + b"\x1b[201~"]) == [PastedText("a" + "ec\n" * 400)]


@pytest.mark.parametrize("report", some(["\x1b[<35;40;22M", "\x1b[MC!!", "\x1b[I", "\x1b[48;24;80;480;800t"], 2))
@pytest.mark.parametrize("size", [1, 100, 100_000])
def test_reports_behind_a_paste_do_not_go_on_with_it(report: str, size: int) -> None:
    """However many come without a silence, and wherever their chunks end."""
    source, data = TerminalInput(mouse=True), f"{report * 400}j".encode()
    source.feed(b"\x1b[200~a\x1b[201~")
    for at in range(0, len(data), size):
        assert source.feed(data[at : at + size]) == []
        assert source.timeout == PASTE_SECONDS
    assert source.flush_after_timeout() == [PastedText("a"), *[report] * 400, "j"]


def test_a_paste_ends_a_while_after_its_end_marker_though_keys_go_on() -> None:
    """The keys of that while are keys too; a later end marker, or more than anybody types, still belong to it."""
    source = TerminalInput()
    assert source.feed(b"\x1b[200~a\x1b[201~", 5.0) == source.feed(b"j\x1b", 5.5) == []
    assert source.feed(b"[Bk", 5.0 + PASTE_END_SECONDS) == [PastedText("a"), "j", "\x1b[B", "k"]
    for more in (b"ec\r\x1b[201~", b"ec\r" * 400):
        source = TerminalInput()
        assert source.feed(b"\x1b[200~a\x1b[201~", 5.0) == source.feed(more, 9.0) == []


async def test_a_key_with_a_mouse_report_that_is_no_utf8_is_delivered() -> None:
    """X10 sends a single byte for a column, above 127 beyond column 95."""
    driver = InputDriver(App(), mouse=True)
    source, data = TerminalInput(mouse=True), b"\x1b[M \x90!j"
    driver._deliver(XTermParser(), source.feed(data), data)  # noqa: SLF001 - the thread's way, without a terminal


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_nobody_asked_for_is_no_key(reply: str) -> None:
    """As a whole, cut anywhere, and the keys around it stay what they are."""
    data = reply.encode()
    for cut in range(len(data)):
        if cut != 1:  # an escape that came alone is a key
            assert keys_of(b"j" + data[:cut], data[cut:] + b"k") == ["j", "k"]


@pytest.mark.parametrize("control", [b"\x9b?62;c", b"\x9d52;c;ec\r\x9c", b"\x90ec\r\x1b\\", b"\x84"])
def test_replies_with_8_bit_controls_are_no_keys(control: bytes) -> None:
    """Single bytes that are no UTF-8 begin and end sequences too."""
    assert keys_of(b"j" + control + b"k") == ["j", "k"]


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ("\x1b", ["escape"]),
        ("\x1b\x1b", ["escape", "escape"]),
        ("\x1ba\x1bB", ["alt+a", "alt+shift+b"]),
        ("\x1b[", ["alt+left_square_bracket"]),
        ("\x1b?q", ["alt+question_mark", "q"]),
        ("\x1bO", ["alt+shift+o"]),
        ("\x1bP", ["alt+shift+p"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b[1;3A", ["alt+up"]),
        ("\x1bOP\x1b[15~\x1b[[A", ["f1", "f5", "f1"]),
        ("\x1b[27u\x1b[99;5u\x1b[0;;97:98u", ["escape", "ctrl+c", "a", "b"]),
    ],
)
def test_escape_alt_and_function_keys_are_keys(sent: str, names: list[str]) -> None:
    """An escape is one when nothing follows; a letter behind it is an alt key, whatever comes next."""
    assert keys_of(sent.encode()) == names


def test_every_key_that_textual_knows_still_is_that_key() -> None:
    """The table of the version in use, each sequence through both."""
    for sequence in ANSI_SEQUENCES_KEYS:
        if sequence not in ("\x1b\x1b", "\x9b"):
            theirs = [event.key for event in parse_token(XTermParser(), sequence) if isinstance(event, events.Key)]
            assert keys_of(sequence.encode()) == theirs, repr(sequence)


@pytest.mark.parametrize("key", [b"\x1b", b"\x03", b"\x1b[27u", b"\x1b[99;5u"])
def test_a_paste_whose_end_was_lost_ends_with_escape_and_silence(key: bytes) -> None:
    """Or with ctrl+c; the key itself does nothing, and a late end marker neither."""
    source = TerminalInput()
    assert source.feed(b"\x1b[200~abc") == source.flush_after_timeout() == source.feed(key) == []
    assert source.timeout == RELEASE_SECONDS
    assert source.flush_after_timeout() == [PastedText("abc")]
    assert source.feed(b"\x1b[201~j") == ["j"]


@pytest.mark.parametrize("kind", [*"P]X^_"])
@pytest.mark.parametrize("rest", [b"", b"jjj", b"jjj\x1b"])
def test_a_reply_whose_end_does_not_come_ends_with_silence(kind: str, rest: bytes) -> None:
    """Escape and a letter typed quickly begin one: what came until then is dropped, what comes then is a key."""
    source = TerminalInput()
    assert source.feed(f"\x1b{kind}c".encode()) == source.feed(rest) == []
    patience = source.timeout
    assert patience == STRING_SECONDS
    assert source.flush_after_timeout() == []
    assert source.feed(b"j") == ["j"]


@pytest.mark.parametrize("kind", [*"P]X^_"])
@pytest.mark.parametrize("key", ["\x03", "\x1b[99;5u"])
def test_ctrl_c_ends_a_reply_and_stays_a_key(kind: str, key: str) -> None:
    """Wherever the chunks end, so that a run can always be stopped."""
    data = f"\x1b{kind}jjj{key}k".encode()
    for cut in range(2, len(data)):
        assert keys_of(data[:cut], data[cut:]) == ["ctrl+c", "k"]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_a_long_reply_ends_with_the_next_sequence(size: int) -> None:
    """Keys and the mouse without a pause do not keep it open, and neither its text nor half a report becomes keys."""
    text, report = "ec" * STRING_LIMIT, "\x1b[<35;40;22M"
    data = f"\x1b]52;c;{text}\x1b[Bj\x1bP{report * 400}k".encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert keys_of(*chunks) == ["down", "j", "k"]
    assert keys_of(f"\x1b]52;c;{text}\x1b\\j".encode()) == ["j"]


def test_a_paste_is_kept_up_to_a_limit() -> None:
    """What is beyond it is dropped, not typed."""
    source = TerminalInput()
    source.feed(b"\x1b[200~")
    for _part in range(5):
        assert source.feed(b"x" * 1_000_000) == []
    assert source.feed(b"\x1b[201~") == []
    (paste,) = source.flush_after_timeout()
    assert isinstance(paste, PastedText)
    assert len(paste.text) == PASTE_LIMIT


def test_mouse_reports_pass_only_where_the_mouse_is_on() -> None:
    """A click that came with other input could press a button."""
    for report in (b"\x1b[<0;40;22M", b"\x1b[M !!"):
        assert TerminalInput().feed(report) == []
        assert TerminalInput(mouse=True).feed(report) == [report.decode()]
