"""The texts that bare words are searched in."""

from __future__ import annotations

from collections.abc import Sequence


class SearchText:
    """For each row, its own text and a text shared with other rows, which is stored and searched only once."""

    def __init__(self) -> None:
        self._own: list[str] = []
        self._common: list[str] = []
        self._distinct: dict[str, str] = {}
        """The distinct shared texts."""

    def __len__(self) -> int:
        return len(self._own)

    def add_row(self, own: str, common: str = "") -> None:
        """Append a row with its own and its shared text, both case-folded."""
        self._own.append(own)
        self._common.append(self._distinct.setdefault(common, common))

    def match_rows(self, text: str, rows: Sequence[int], *, is_found: bool) -> list[int]:
        """Return the given rows that contain the case-folded `text`, or with `is_found=False` those that do not."""
        own, common = self._own, self._common
        fitting = {each for each in self._distinct if text in each}
        if len(fitting) == len(self._distinct):  # common for a single letter
            return list(rows) if is_found else []
        if not fitting:
            return [row for row in rows if (text in own[row]) is is_found]
        return [row for row in rows if (text in own[row] or common[row] in fitting) is is_found]
