"""Questions over a screen: what does not fit is reached by keys, and nothing is answered by reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.stage import run_app
from tests.support.effort import some
from unsub_tui.app.dialogs.dialog import YesNoDialog

ROWS = [f"- ECS · server-{number} · {number:036}-and-more-than-a-line-has-room-for" for number in range(40)]
"""More than any dialog shows, each longer than the box is wide."""


@pytest.mark.parametrize("size", some([(80, 24), (60, 16)], 1), ids=str)
async def test_a_long_question_is_read_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    """Down, page and end reach every row, one line each; it says how much there is below; the buttons stay."""
    async with run_app(tmp_path, size=size) as stage:
        answers: list[bool | None] = []
        question = YesNoDialog("Only as a whole", ["It goes with these."], yes="Review", no="Leave it", rows=ROWS)
        stage.app.push_screen(question, answers.append)
        screen = await stage.wait_for("server-0 ", "more lines: down", "Leave it", without="server-39")
        assert sum("server-" in line for line in screen.splitlines()) >= 8 * size[1] // 24
        await stage.press("down")
        await stage.wait_for("server-1 ", without="It goes with these")
        await stage.press("pagedown", "end")
        await stage.wait_for("server-39 ", "Leave it", without="more line")
        await stage.press("home")
        await stage.wait_for("It goes with these")
        assert not answers
        await stage.press("right", "enter")
        await stage.wait_for("Active Resources")
        assert answers == [True]


async def test_where_all_is_shown_every_arrow_goes_to_the_other_button(tmp_path: Path) -> None:
    """Nothing scrolls, so up and down go on meaning what they mean between two buttons."""
    async with run_app(tmp_path) as stage:
        answers: list[bool | None] = []
        stage.app.push_screen(YesNoDialog("Quit?", ["Marks are lost."], yes="Quit it", no="Stay"), answers.append)
        await stage.wait_for("Quit?", without="more line")
        await stage.press("down", "enter")
        await stage.wait_for("Active Resources", without="Quit?")
        assert answers == [True]


async def test_keys_that_close_a_dialog_delay_no_other_key(tmp_path: Path) -> None:
    """A key whose dialog closes is passed on before it closes: no key waits for the check of lost ones."""
    async with run_app(tmp_path) as stage:
        for opening, closing in (("s", "escape"), ("s", "0"), ("o", "enter"), ("colon", "escape"), ("F", "escape")) * 2:
            await stage.press(opening, closing)
        await stage.press("question_mark", "q", "4", "q")
        await stage.wait_for("[1 Active Resources]")
        assert (stage.app.key_queue.lost_count, stage.app.key_queue.overtaken_count) == (0, 0)
