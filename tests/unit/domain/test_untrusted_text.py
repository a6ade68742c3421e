"""Foreign text: what reaches a person is harmless, and as wide as we say."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from wcwidth import wcswidth

from tests.support.effort import by_effort
from unsub_tui.domain.untrusted_text import MAX_DISPLAY_LENGTH, UntrustedText, cell_width, for_display


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("web-01", "web-01"),
        ("测试环境-数据库", "测试环境-数据库"),
        ("\x1b[31mred\x1b[0m", "<1B>[31mred<1B>[0m"),
        ("\x1b]0;pwned\x07", "<1B>]0;pwned<07>"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("e\u0301\u0301\u0301", "e\u0301<U+0301><U+0301>"),
        ("\u0301", "<U+0301>"),
        ("0\u093e", "0<U+093E>"),
        ("a\u00a0b\u3000c", "a b c"),
        ("a\nb\tc", "a<0A>b<09>c"),
        ("\ud800", "<U+D800>"),
        ("🇩🇪", "<U+1F1E9><U+1F1EA>"),
        ("[/red]", "[/red]"),
    ],
)
def test_hidden_characters_are_spelt_out(raw: str, shown: str) -> None:
    """What could mislead or disturb a terminal is named; ordinary text stays."""
    assert UntrustedText(raw).for_display() == shown


EVERY = range(sys.maxunicode + 1)
ASSIGNED = [*range(0x20000), *range(0xE0000, 0xE0200), *range(0x20000, sys.maxunicode, 101)]
"""The planes with scripts and signs, the tags, and of the ideographs and what has no meaning one in a hundred."""


def test_no_code_point_gets_through_unseen() -> None:
    """Over all of Unicode: nothing hidden is left, and three libraries agree on the width."""
    wrong = []
    for point in by_effort(ASSIGNED, EVERY):
        shown = for_display(chr(point))
        hidden = any(
            unicodedata.category(char)[0] == "C" or unicodedata.category(char) in {"Zl", "Zp"} for char in shown
        )
        if hidden or not cell_width(shown) == cell_len(shown) == wcswidth(shown):
            wrong.append(hex(point))
    assert wrong == []


@given(st.text(max_size=40))
def test_widths_agree_on_whole_texts(raw: str) -> None:
    """A cleaned text is as wide as Rich and wcwidth say."""
    shown = for_display(raw)
    assert cell_width(shown) == cell_len(shown) == wcswidth(shown)


def test_long_text_ends_in_an_ellipsis() -> None:
    """At most 256 characters are shown."""
    shown = UntrustedText("x" * 10_000).for_display()
    assert len(shown) == MAX_DISPLAY_LENGTH + 1
    assert shown.endswith("…")


def test_formatting_never_gives_the_raw_value() -> None:
    """However it is put into a text, only the cleaned form comes out."""
    foreign = UntrustedText("\x1b[2J")
    assert "\x1b" not in f"{foreign} {foreign!r} {foreign!s} {[foreign]}"


@pytest.mark.parametrize(
    ("raw", "safe"), [("ecs-0001", True), ("a b", False), ("", False), ("a\n", False), ("x" * 129, False)]
)
def test_only_plain_ids_may_be_sent_back(raw: str, safe: bool) -> None:  # noqa: FBT001
    """An id with other characters than the vendor's is not safe to act on."""
    assert UntrustedText(raw).is_safe_id is safe
