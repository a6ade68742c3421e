"""The terminal's clipboard by OSC 52: through SSH, tmux, screen and mosh, as far as each lets it through."""

from __future__ import annotations

from base64 import b64encode

MAX_ENCODED = 74_000
"""Bytes of base64 that terminals take; what is longer goes into a file."""

_SCREEN_PART = 700
"""Bytes of one string that screen passes on."""


def clipboard_sequence(text: str, multiplexer: str) -> str:
    """Return what makes the terminal copy `text`; empty where it is too long.

    `multiplexer` is tmux, screen or empty.
    """
    encoded = b64encode(text.encode()).decode()
    if len(encoded) > MAX_ENCODED:
        return ""
    plain = f"\x1b]52;c;{encoded}\a"  # `c` and BEL: the only form that mosh lets through
    if multiplexer == "tmux":  # one of both gets out, by `set-clipboard` or by `allow-passthrough`
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if multiplexer == "screen":
        parts = [plain[at : at + _SCREEN_PART] for at in range(0, len(plain), _SCREEN_PART)]
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return plain
