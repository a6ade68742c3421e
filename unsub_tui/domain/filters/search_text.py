"""The texts that bare words are looked for in."""

from __future__ import annotations

from collections.abc import Sequence


class SearchText:
    """By row: a text of its own, and one that many rows have in common, kept and searched once for all of them."""

    def __init__(self) -> None:
        self._own: list[str] = []
        self._common: list[str] = []
        self._distinct: dict[str, str] = {}
        """Each common text once."""

    def __len__(self) -> int:
        return len(self._own)

    def add_row(self, own: str, common: str = "") -> None:
        """Take in the next row's texts, case folded."""
        self._own.append(own)
        self._common.append(self._distinct.setdefault(common, common))

    def match_rows(self, text: str, rows: Sequence[int], *, is_found: bool) -> list[int]:
        """Return those of these rows in one of whose texts `text`, case folded, is found, or in none of them."""
        own, common = self._own, self._common
        fitting = {each for each in self._distinct if text in each}
        if len(fitting) == len(self._distinct):  # a single letter may be in all of them
            return list(rows) if is_found else []
        if not fitting:
            return [row for row in rows if (text in own[row]) is is_found]
        return [row for row in rows if (text in own[row] or common[row] in fitting) is is_found]
