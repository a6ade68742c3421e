"""Access to the terminal's clipboard with OSC 52, through SSH, tmux, screen and mosh as far as they support it."""

from __future__ import annotations

from base64 import b64encode

from textual.app import App

MAX_ENCODED = 74_000
"""Maximum length of base64 data that terminals accept; longer text must be exported to a file."""

_SCREEN_PART = 700
"""Maximum number of characters of a string that screen passes through."""


def copy_to_clipboard(app: App[None], text: str, multiplexer: str) -> None:
    """Copy text to the terminal's clipboard and to that of the app; ignore a text that is too long."""
    codes = clipboard_sequence(text, multiplexer)
    if codes and app._driver is not None:  # noqa: SLF001 - no public API
        app._clipboard = text  # noqa: SLF001
        app._driver.write(codes)  # noqa: SLF001


def clipboard_sequence(text: str, multiplexer: str) -> str:
    """Return the escape sequence that copies `text`; "" if the text is too long.

    `multiplexer` is "tmux", "screen" or "".
    """
    encoded = b64encode(text.encode()).decode()
    if len(encoded) > MAX_ENCODED:
        return ""
    plain = f"\x1b]52;c;{encoded}\a"  # mosh passes only this form, with `c` and BEL
    if multiplexer == "tmux":  # tmux forwards one of the two, by `set-clipboard` or `allow-passthrough`
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if multiplexer == "screen":
        parts = [plain[at : at + _SCREEN_PART] for at in range(0, len(plain), _SCREEN_PART)]
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return plain
