"""The columns of the list: those that the program shows on its own account are there while their reason holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.app.stage import AppStage, open_review, resources_screen, run_app, run_to_end
from tests.support.lists import listed_tabs
from unsub_tui.app.columns import SORT_LAST, ListColumns
from unsub_tui.app.screens.resources.list_pane import DETAILS_MIN_WIDTH
from unsub_tui.app.widgets.table_lines import MIN_FIRST_WIDTH
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.listmodel.filters import parse


def titles(stage: AppStage) -> str:
    """Return the line with the titles of the columns, without the arrow of the order."""
    line = next(line for line in stage.lines if line.lstrip(" <").startswith("name "))
    return line.replace("▲", " ")


@pytest.mark.parametrize(
    ("open_view", "title", "leave"),
    [
        ("b", "not selectable because", "b"),
        ("b", "not selectable because", "escape"),
        (("slash", *"is:five-day", "enter"), "five days", "escape"),
    ],
    ids=str,
)
async def test_a_view_takes_its_column_with_it(
    tmp_path: Path, open_view: Sequence[str], title: str, leave: str
) -> None:
    """Afterwards service, expiry and state are where they were, by whichever key it was left."""
    async with run_app(tmp_path) as stage:
        before = titles(stage)
        await stage.press(*open_view)
        await stage.wait_for(title)
        await stage.press(leave)
        await stage.wait_for("shown 59 of 59", without=title)
        assert titles(stage) == before


@pytest.mark.parametrize("width", [80, 100, 120, 160])
async def test_the_name_gives_way_to_what_decides(tmp_path: Path, width: int) -> None:
    """Service, expiry, region, auto-renewal and state are there whole; the name has at least ten cells."""
    async with run_app(tmp_path, size=(width, 24), resources=300) as stage:
        if width >= DETAILS_MIN_WIDTH:  # the details beside the list have the state
            assert titles(stage).split()[:5] == ["name", "service", "expires", "region", "renewal"]
            await stage.press("escape")
            await stage.wait_for(" state ", without="│")
        line = titles(stage)
        assert line.split()[:6] == ["name", "service", "expires", "region", "renewal", "state"]
        assert line.index("service") - line.index("name") > MIN_FIRST_WIDTH
        columns = resources_screen(stage).pane.columns
        wide = {each.title: each.width for each in columns.table_columns()}
        starts = [line.index(each) for each in ("service", "expires", "region", "renewal", "state")]
        ends = [*(start - 1 for start in starts[1:]), width - 1]
        for start, end, title in zip(starts, ends, ("service", "expires", "region", "renewal", "state"), strict=True):
            assert end - start >= wide[title], title


async def test_the_refund_never_takes_the_place_of_the_region(tmp_path: Path) -> None:
    """At 80 columns, once refunds are known, the name gives way again."""
    async with run_app(tmp_path, hostile=False) as stage:
        await open_review(stage)
        await stage.press("q")
        await stage.wait_for("Left the review")
        assert titles(stage).split()[:5] == ["name", "service", "expires", "refund", "region"]


async def test_three_signs_tell_why_a_row_has_no_box(tmp_path: Path) -> None:
    """Attached, only alone, not possible; what is selected has a box whatever it was."""
    async with run_app(tmp_path, resources=160) as stage:
        pane = resources_screen(stage).pane
        listed, columns = pane.resources, pane.columns
        signs = {listed.reason_at(each): columns.row_marker(each) for each in range(len(listed))}
        assert {None, BlockedReason.ATTACHED, BlockedReason.NOT_BATCH_ELIGIBLE} < signs.keys()
        expected = {None: "[ ]", BlockedReason.ATTACHED: "   ", BlockedReason.NOT_BATCH_ELIGIBLE: "( )"}
        assert all(sign == expected.get(reason, " x ") for reason, sign in signs.items())
        await stage.press("Q")
        await stage.wait_for("QUEUE MODE")
        assert "( )" not in {columns.row_marker(each) for each in range(len(listed))}


async def test_what_expires_first_is_on_top(tmp_path: Path) -> None:
    """The titles show the order; attached resources stay below their primary one; the cursor is on the first row."""
    async with run_app(tmp_path, resources=300) as stage:
        pane = resources_screen(stage).pane
        await stage.wait_for("expires ▲")
        assert pane.table.cursor == 0
        shown, rows = pane.resources.shown_resources(), pane.resources.rows
        heads = [each for each in shown if rows.order.head_of[number := rows.ids.index(each.id)] == number]
        expiries = [each.expire_time.timestamp() if each.expire_time else SORT_LAST for each in heads]
        assert expiries == sorted(expiries)
        assert len(heads) < len(shown)
        await stage.press("S")
        await stage.wait_for("expires ▼", "Sorted by expires reversed.")
        await stage.press("s", "r")
        await stage.wait_for("region ▲", "by region, then expires reversed", without="▼")
        await stage.press("s", "0")
        await stage.wait_for("Not sorted", without="▲")


async def test_what_a_person_hid_sideways_stays_hidden_and_nothing_else_is(tmp_path: Path) -> None:
    """The reason moved out of sight, then the view left: the columns are those of before."""
    async with run_app(tmp_path) as stage:
        before = titles(stage)
        await stage.press("b")
        await stage.wait_for("not selectable because")
        await stage.press("l")
        await stage.wait_for("service", without="not selectable because")
        await stage.press("b")
        await stage.wait_for("shown 59 of 59")
        assert titles(stage) == before
        await stage.press("l")
        await stage.wait_for("expires", without="service")
        hidden = titles(stage)
        await stage.press("r")
        await stage.wait_for("nothing changed")
        assert titles(stage) == hidden


async def test_refunds_are_shown_while_one_is_known(tmp_path: Path) -> None:
    """After a review they stand beside expiry; once all that was quoted is gone, the column is too."""
    async with run_app(tmp_path, hostile=False) as stage:
        before = titles(stage)
        await open_review(stage)
        await stage.press("q")
        await stage.wait_for("Left the review")
        assert titles(stage).split()[:4] == ["name", "service", "expires", "refund"]
        assert titles(stage) != before


@pytest.mark.long
async def test_refunds_of_what_is_gone_are_forgotten(tmp_path: Path) -> None:
    """Nothing quoted is left after the run, so no column stands there for it."""
    async with run_app(tmp_path, hostile=False) as stage:
        before = titles(stage)
        await run_to_end(stage)
        run = stage.last_run
        await stage.press("q")
        await stage.wait_for("Active Resources", without="Loading")
        board = resources_screen(stage).pane.resources
        assert all(board.quotes.get(unit.resource_id) is None for unit in run.units if unit.state == "settled")
        kept = [unit for unit in run.units if board.quotes.get(unit.resource_id) is not None]
        assert ("refund" in titles(stage)) == bool(kept)
        assert kept or titles(stage) == before


def test_what_a_person_takes_away_is_not_shown_again() -> None:
    """An automatic column that the user hides stays hidden; one that the user keeps disappears with its reason."""
    resources = listed_tabs().current
    columns = ListColumns(resources)

    def shown(text: str) -> set[str]:
        resources.rows.set_filter(parse(text))
        return {kind.id for kind in columns.shown}

    ids = shown("")
    assert shown("is:blocked") == {*ids, "reason"}
    columns.choose(["reason", *ids])
    assert shown("") == ids
    assert shown("is:blocked") == {*ids, "reason"}
    columns.choose(ids)
    assert shown("is:blocked is:five-day") == {*ids, "five-day"}
    columns.choose(["reason", *ids])
    assert shown("") == {*ids, "reason"}
