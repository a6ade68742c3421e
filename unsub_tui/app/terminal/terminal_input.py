"""Terminal input, split into keys, pastes and replies before Textual's parser reads it.

Textual's parser treats an escape character inside a paste as the start of a sequence, and reissues an unknown sequence
as keys. In both cases, text that nobody typed would press keys. Therefore only complete sequences that Textual knows
are passed on; a paste is sanitized and passed on as a whole; every other sequence is dropped.

This module reads no clock. The driver calls `flush_after_timeout` after `timeout` seconds without input, and passes the
time of each read.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from dataclasses import dataclass
from functools import lru_cache

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.constants import DISABLE_KITTY_KEY, ESCAPE_DELAY

ESC = "\x1b"
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"

PASTE_LIMIT = 4_000_000
"""Maximum number of characters kept from a paste; the rest is dropped."""

PASTE_SECONDS = 0.1
"""Silence after an end marker that ends a paste, in seconds; after a marker inside the paste, more text follows."""

PASTE_END_SECONDS = 1.0
"""Seconds after the last end marker at which a paste ends even if input continues (held key, mouse)."""

RELEASE_SECONDS = 1.0
"""Silence, in seconds, after escape or ctrl+c that ends a paste whose end marker was lost."""

STRING_SECONDS = 0.5
"""Silence that ends a reply, in seconds: its parts arrive fast, and escape and P typed quickly look like a reply."""

STRING_LIMIT = 4096
"""Number of characters after which the next sequence ends a reply; all of its text is dropped."""

_SEQUENCE_LIMIT = 1024
"""Maximum length of a control sequence; a longer one is dropped."""

_TYPED_LIMIT = 1024
"""Maximum number of characters after an end marker that count as keys; longer input is a part of the paste.

Reports do not count, because the mouse sends hundreds of them per second.
"""

_HELD_BACK = 16
"""Number of final characters of an unfinished paste or reply that are held: they may start its end or be a key."""

_C1 = "\x80-\x9f\udc80-\udc9f"
"""8-bit control characters, in UTF-8 or as single bytes, which the decoder maps to surrogates."""

_PLAIN = re.compile(f"[^{ESC}{_C1}]+")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f{_C1}]")

_CSI = re.compile(r"\[[ -~]|M[^\x00-\x1f]{3}|(?![M\[])[0-?]*[ -/]*[@-~]")
"""The rest of a control sequence: function keys of the Linux console, X10 mouse reports, and all others."""
_CSI_BEGUN = re.compile(r"\[|M[^\x00-\x1f]{0,2}|[0-?]*[ -/]*")
_RXVT_KEY = re.compile(r"\d{1,2}\$")
_SS3 = re.compile(r"[0-?]*[ -/]*[@-~]")
_SS3_BEGUN = re.compile(r"[0-?]*[ -/]*")

_STRING_INTRODUCERS = frozenset("]P_^X")
_C1_INTRODUCERS = {chr(ord(char) + shift): char for char in "[O]P_^X" for shift in (0x40, 0xDC40)}
"""The 8-bit forms of ESC [ and similar: CSI, SS3, OSC, DCS, APC, PM, SOS."""

_CTRL_C = r"(?=\x03|\x1b\[99;5u)"
_STRING_END = re.compile(f"\x1b\\\\|[\x9c\udc9c]|{_CTRL_C}")
_OSC_END = re.compile(f"\x1b\\\\|[\x07\x9c\udc9c]|{_CTRL_C}")
"""Ends a reply; ctrl+c does so too, and remains a key."""
_OTHER_SEQUENCE = re.compile(r"(?=\x1b[^\\])")
_INTERRUPTED = re.compile(r"(?:\x1b|\x03|\x1b\[27(?:;1)?u|\x1b\[99;5u)\Z")
"""Escape or ctrl+c as the last key, also in the form of the Kitty protocol."""

_REPORT = re.compile(
    r"\x1b\[(?:[IO]"  # focus
    r"|\?20(?:26|48);\d\$y"  # synchronized output, in-band resize
    r"|\d{1,5};\d{1,5}R"  # cursor position
    r"|48(?:;\d{1,5}(?::\d{0,5})?){4}t)"  # in-band resize
)
_MOUSE = re.compile(r"\x1b\[(?:<\d{1,4};-?\d{1,5};-?\d{1,5}[Mm]|M...)")
_UNCOUNTED = re.compile(rf"{_REPORT.pattern}|{_MOUSE.pattern}|\x1b(?:\[(?:M.{{0,2}}|[<?]?[\d;:$-]{{0,50}}))?\Z")
"""Reports, and the beginning of a report at the end of the input."""
_KEY = re.compile(r"\x1b\[(\d{0,7})(?:;(\d{0,4})(?:;([\d:]*))?)?([u~A-FHPQRS])")


@dataclass(frozen=True, slots=True)
class PastedText:
    """The text of a paste, without control characters other than line feeds and tabs."""

    text: str


@dataclass(frozen=True, slots=True)
class AltKey:
    """A character pressed together with Alt."""

    character: str


InputToken = str | AltKey | PastedText


class TerminalInput:
    """A state machine for the input of a terminal; chunks may end anywhere."""

    def __init__(self, *, mouse: bool = False) -> None:
        """Create a state machine; without `mouse`, it drops mouse reports."""
        self._mouse = mouse
        self._decode = getincrementaldecoder("utf-8")("surrogateescape").decode
        self._held = ""
        """An unfinished sequence, the end of an unfinished paste or reply, or the input after a paste."""
        self._paste: list[str] | None = None
        self._has_end = False
        """Whether the end marker of the paste has arrived; another one may follow."""
        self._ended_at = 0.0
        """Time of the last end marker."""
        self._room = PASTE_LIMIT
        self._string_end: re.Pattern[str] | None = None
        """Matches the end of the reply that is being dropped; None outside a reply."""
        self._string_room = STRING_LIMIT

    @property
    def timeout(self) -> float | None:
        """Seconds of silence after which `flush_after_timeout` must be called; None waits for more input."""
        if self._has_end:
            return PASTE_SECONDS
        if self._string_end is not None:
            return STRING_SECONDS
        if self._paste is not None:
            return RELEASE_SECONDS if _INTERRUPTED.search(self._held) else None
        # Only further input can tell an escape or Alt key from the start of a sequence.
        is_key_or_start = self._held == ESC or (len(self._held) == len(ESC) + 1 and self._held[0] == ESC)
        return ESCAPE_DELAY if is_key_or_start else None

    def feed(self, data: bytes, now: float = 0.0) -> list[InputToken]:
        """Return pastes, Alt keys, and text and complete sequences for Textual's parser: one element per sequence.

        `now` is the time of the read, in seconds of a monotonic clock.
        """
        held, self._held = self._held, ""
        return self._split(held + self._decode(data), now)

    def flush_after_timeout(self) -> list[InputToken]:
        """Return the pieces decided by `timeout` seconds of silence: an escape key, an Alt key, a finished paste."""
        if self.timeout is None:
            return []
        held, self._held = self._held, ""
        if self._has_end:
            return [self._end_paste(), *self._split(held, self._ended_at)]
        if self._paste is not None:
            self._append_to_paste(_INTERRUPTED.sub("", held))
            return [self._end_paste()]
        if self._string_end is not None:
            self._string_end = None
            return []
        return [held if held == ESC else AltKey(held[1])]

    def _split(self, text: str, now: float) -> list[InputToken]:
        found: list[InputToken] = []
        while text:
            if self._paste is not None:
                text = self._continue_paste(text, now, found)
            elif self._string_end is not None:
                text = self._drop_string(text, self._string_end)
            elif plain := _PLAIN.match(text):
                found.append(_readable(plain.group()))
                text = text[plain.end() :]
            else:
                text = self._take_control(text, found)
        return found

    def _take_control(self, text: str, found: list[InputToken]) -> str:
        """Consume a sequence, or hold it until its rest arrives; return the text after it."""
        if text[0] != ESC:
            kind = _C1_INTRODUCERS.get(text[0])
            return text[1:] if kind is None else self._take_sequence(text, kind, 1, found)
        if len(text) == 1:
            self._held = text
            return ""
        kind = text[1]
        if kind in "[O" or kind in _STRING_INTRODUCERS:
            return self._take_sequence(text, kind, 2, found)
        if text[:2] in ANSI_SEQUENCES_KEYS and kind != ESC:
            found.append(text[:2])
        elif kind.isprintable():
            if kind != "\\":  # ESC \ terminates a reply that has already ended
                found.append(AltKey(kind))
        else:  # an escape key; the following character is separate
            found.append(ESC)
            return text[1:]
        return text[2:]

    def _take_sequence(self, text: str, kind: str, begin: int, found: list[InputToken]) -> str:
        if kind in _STRING_INTRODUCERS:
            return self._begin_string(text, kind, begin)
        end = _sequence_end(text, kind, begin)
        if end is None:
            self._held = text[: _SEQUENCE_LIMIT + 1]
            return ""
        sequence = text[:end]
        if sequence == PASTE_START:
            self._paste, self._room = [], PASTE_LIMIT
        elif len(sequence) <= _SEQUENCE_LIMIT and is_known(sequence, mouse=self._mouse):
            found.append(sequence)
        return text[end:]

    def _begin_string(self, text: str, kind: str, begin: int) -> str:
        if text[0] == ESC and len(text) == begin:
            self._held = text  # may be an Alt key
            return ""
        self._string_end, self._string_room = _OSC_END if kind == "]" else _STRING_END, STRING_LIMIT
        return text[begin:]

    def _continue_paste(self, text: str, now: float, found: list[InputToken]) -> str:
        """Keep the text up to the last end marker, so that a marker inside the paste cannot turn the rest into keys."""
        end = text.rfind(PASTE_END)
        if end >= 0:
            self._has_end, self._ended_at = True, now
            self._append_to_paste(text[: end + len(PASTE_END)])
            text = text[end + len(PASTE_END) :]
        if len(text) > _TYPED_LIMIT and len(_UNCOUNTED.sub("", text)) > _TYPED_LIMIT:
            self._has_end = False
        if self._has_end and now - self._ended_at >= PASTE_END_SECONDS:
            found.append(self._end_paste())
            return text
        if not self._has_end:
            self._append_to_paste(text[:-_HELD_BACK])
            text = text[-_HELD_BACK:]
        self._held = text
        return ""

    def _append_to_paste(self, text: str) -> None:
        if self._paste is not None and text and self._room > 0:
            self._paste.append(text[: self._room])
            self._room -= len(text)

    def _end_paste(self) -> PastedText:
        text = "".join(self._paste or ())
        self._paste, self._has_end = None, False
        return PastedText(_without_controls(text))

    def _drop_string(self, text: str, end: re.Pattern[str]) -> str:
        """Return the text after the reply; beyond the limit, the next sequence ends it, so no part becomes keys."""
        ends = (end.search(text), _OTHER_SEQUENCE.search(text, max(self._string_room, 0)))
        if after := [ended.end() for ended in ends if ended is not None]:
            self._string_end = None
            return text[min(after) :]
        self._held = text[-_HELD_BACK:]
        self._string_room -= len(text) - len(self._held)
        return ""


def _sequence_end(text: str, kind: str, begin: int) -> int | None:
    """Return the end of a control sequence; None if the end has not arrived."""
    if kind == "[" and (rxvt := _RXVT_KEY.match(text, begin)) and text[: rxvt.end()] in ANSI_SEQUENCES_KEYS:
        return rxvt.end()
    whole, begun = (_CSI, _CSI_BEGUN) if kind == "[" else (_SS3, _SS3_BEGUN)
    if found := whole.match(text, begin):
        return found.end()
    prefix = begun.match(text, begin)
    end = prefix.end() if prefix is not None else begin
    return end if end < len(text) else None  # a character that cannot continue the sequence ends it


@lru_cache(1024)
def is_known(sequence: str, *, mouse: bool) -> bool:
    """Return whether Textual interprets the sequence correctly: as a key, or as a report that Textual requests."""
    return (
        sequence in ANSI_SEQUENCES_KEYS
        or _REPORT.fullmatch(sequence) is not None
        or (mouse and _MOUSE.fullmatch(sequence) is not None)
        or _is_key(sequence)
    )


def _is_key(sequence: str) -> bool:
    """Return whether the sequence is a key of the Kitty protocol or of xterm.

    Textual would treat the number in an unknown sequence as a code point, and fail if it is not a valid one.
    """
    match = _KEY.fullmatch(sequence)
    if match is None or DISABLE_KITTY_KEY:
        return False
    number, _modifiers, text, end = match.groups(default="")
    if f"{int(number or 1)}{end}" not in FUNCTIONAL_KEYS and not (end == "u" and _is_character(number or "1")):
        return False
    return all(_is_character(part) for part in text.split(":") if part)


def _is_character(number: str) -> bool:
    point = int(number[:8])
    return point < 0x110000 and not 0xD800 <= point < 0xE000


def _readable(text: str) -> str:
    return text if text.isascii() else _NOT_UTF8.sub("\ufffd", text)


def _without_controls(text: str) -> str:
    """Return the text of a paste without markers and control characters, with line feeds as line endings."""
    text = text.replace(PASTE_START, "").replace(PASTE_END, "")
    return _readable(_CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
