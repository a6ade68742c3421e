"""Ids that count up, and names and tags as only people write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

from tests.reference_server.inventory.estate import Tags

NASTY = (
    *("", "web-prod-1", "数据库-主库", "\x1b[31m\x1b[2Jred", "\u202etxt", "a\r\nb\tc", "[bold]x[/bold]", "{0}", "%s"),
    *("';DROP TABLE--", "=cmd|' /C calc'!A0", "😀" * 9, "x" * 300, "\x00", "\u200b", "e\u0301", " lead", "null"),
)
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
_KEYS = st.text(st.characters(codec="utf-8", exclude_characters="=*"), min_size=1, max_size=8)


@dataclass(frozen=True)
class Ids:
    """Numbers of one estate, and ids in the form of UUIDs made of them, which say what they are of."""

    _numbers: count[int] = field(default_factory=lambda: count(1))

    def take(self) -> int:
        """Return the next number."""
        return next(self._numbers)

    def name(self, kind: str, number: int = 0) -> str:
        """Return an id of a kind."""
        digits = kind.encode().hex()[:20].ljust(20, "0")
        return f"{number or self.take():08x}-{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:20]}0000"


def hostile_names() -> st.SearchStrategy[str]:
    """Return names that a program must be able to show."""
    return st.sampled_from(NASTY) | _TEXTS


def tag_lists() -> st.SearchStrategy[Tags]:
    """Return tags: keys have no separator, values have no separator of EIP's own, or no value at all."""
    keys = st.sampled_from(("team", "env", "keep", "中文", "\x1b[1m")) | _KEYS
    values = st.sampled_from(("", "prod", "a b", "\u202e", "0")) | st.text(
        st.characters(codec="utf-8", exclude_characters="=*"), max_size=8
    )
    return st.dictionaries(keys, values, max_size=3).map(lambda found: tuple(found.items()))
