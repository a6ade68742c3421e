"""Plan, confirmation, run and record."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button

from tests.app.stage import (
    AppStage,
    acknowledge_risks,
    confirm_plan,
    displayed_ids,
    open_confirmation,
    open_review,
    run_app,
    run_to_end,
)
from tests.support.effort import some
from unsub_tui.app.widgets.table import Table
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.plan import UnsubscribeReason


def is_button_enabled(stage: AppStage) -> bool:
    """Whether the button can be pressed."""
    return not stage.app.screen.query_one("#go", Button).disabled


async def test_hidden_marks_come_first_in_the_plan(tmp_path: Path) -> None:
    """What the filter does not show is listed before what it shows."""
    async with run_app(tmp_path) as stage:
        await stage.press("a")
        await stage.wait_for("skipped")
        await stage.apply_filter("ecs")
        await stage.press("p")
        screen = await stage.wait_for("Review:", "hidden by your filter ·", "[1]", without="Loading")
        assert "! hidden by yo" in next(line for line in screen.splitlines() if line.startswith("[x]"))
        await stage.press("1")
        shown = await stage.wait_for("rows; esc shows all")
        assert all(" ! " in line for line in shown.splitlines() if line.startswith("[x]"))


async def test_un_ticking_an_item_changes_count_and_hash(tmp_path: Path) -> None:
    """The plan that is confirmed has the ticked items only."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        before = stage.lines[1]
        money = stage.lines[2]
        await stage.press("space")
        await stage.wait_for("[ ]", "dropped: stays")
        assert stage.lines[1] != before
        assert stage.lines[2] != money
        await stage.press("k", "space")
        await stage.wait_for("Review:", without="[ ]")
        assert stage.lines[1:3] == [before, money]


async def test_all_without_a_refund_are_dropped_with_a_key(tmp_path: Path) -> None:
    """And kept again; the key that offers auto-renewal off for them instead is named."""
    async with run_app(tmp_path, resources=387, hostile=False) as stage:
        await open_review(stage, "type:ecs is:eligible")
        screen = await stage.wait_for("without a refund")
        count = int(screen.split(" without a refund")[0].split()[-1])
        items = int(stage.lines[1].split(" items")[0].split()[-1])
        await stage.press("D")
        await stage.wait_for("dropped. A: turn auto-renewal off instead", f"{items - count} of {items} items")
        await stage.press("D")
        await stage.wait_for(f"· {items} items", "in the plan again")


async def test_those_without_a_refund_get_auto_renewal_off_and_the_rest_is_reviewed(tmp_path: Path) -> None:
    """One key leads to the review of the change for them alone; when it is closed, that of the rest comes back."""
    async with run_app(tmp_path, resources=387, hostile=False) as stage:
        estate = stage.sandbox.account.resources.list_all()
        await stage.apply_filter("type:ecs is:eligible")
        for each in estate:
            each.policy = 3
        stage.sandbox.account.resources.clear_cache()
        await stage.press("r")
        await stage.wait_for("changed")
        await stage.press("a", "p")
        screen = await stage.wait_for("Review:", "without a refund", without="Loading")
        count = int(screen.split(" without a refund")[0].split()[-1])
        items = int(stage.lines[1].split(" items")[0].split()[-1])
        await stage.press("A")
        await stage.wait_for(f"auto-renewal off for the {count} without")
        await stage.press("A")
        await stage.wait_for(f"Review: auto-renewal off for {count} resource")
        await stage.press("q")
        await stage.wait_for("Review: unsubscribe from", f"· {items - count} items", " note", without="Loading")
        assert not stage.sandbox.account.policy_changes


async def test_a_row_is_found_by_a_part_of_its_name(tmp_path: Path) -> None:
    """The cursor goes there; the details below the table are those of the row."""
    async with run_app(tmp_path, resources=120, hostile=False) as stage:
        await open_review(stage, "is:eligible")
        last = stage.app.screen.query_one(Table)
        await stage.press("G")
        rule = next(number for number, line in enumerate(stage.lines) if line.startswith("───"))
        name = stage.lines[rule + 1].split()[0]
        await stage.press("g", "slash")
        await stage.answer(name)
        await stage.wait_for("Review:", f"{name} ·")
        assert last.cursor > 0


async def test_what_a_guard_refuses_is_said_above_the_review(tmp_path: Path) -> None:
    """In full, wrapped, from the moment it is known and wherever one reads; the key to go on says where to look."""
    guards = Guards(max_amount=Decimal(1), origins={"max_amount": f"/a/long/way/to/{'the/' * 8}config.toml"})
    async with run_app(tmp_path, resources=120, guards=guards) as stage:
        await open_review(stage)
        said = (
            "! Not allowed by a guard: the refund of the plan is",
            "config.toml)",
            "Change the",
            "your configuration.",
        )
        await stage.wait_for(*said, without="while the bills are loading")
        await stage.press("c")
        await stage.wait_for("Cannot be confirmed, for the reason at the top", without="Type exactly")


async def test_read_only_is_said_above_the_review_once_it_is_on(tmp_path: Path) -> None:
    """Switched on while one reads, it is told before anybody tries to go on."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        assert "read-only" not in stage.text
        await stage.press("ctrl+o")
        await stage.wait_for("! Not allowed by a guard: read-only mode is on")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_has_to_be_done_first_is_counted_and_noted(tmp_path: Path, size: tuple[int, int]) -> None:
    """Disks that have to be detached are counted in the summary, and are noted in rows without another note."""
    async with run_app(tmp_path, hostile=False, size=size) as stage:
        await open_review(stage)
        *_summary, titles = stage.text.split(" note")[0].splitlines()
        assert "name" in titles
        assert re.search(r"! \d+ detach first", stage.text.split(" note")[0])
        assert any(line.startswith("[x]") and line.rstrip(" ┃").endswith("detach first") for line in stage.lines)


async def test_rows_of_a_kind_are_shown_alone(tmp_path: Path) -> None:
    """What is not possible is counted above the table; a key shows it, with the reasons, and esc all again."""
    async with run_app(tmp_path, resources=160, hostile=False) as stage:
        await stage.apply_filter("is:primary")
        await stage.press("a")
        await stage.wait_for("selected")
        await stage.press("A", "o")
        screen = await stage.wait_for("Review:", "not possible  [3]", "? Help")
        count = int(screen.split(" not possible")[0].split()[-1])
        assert count > 1
        await stage.press("3")
        screen = await stage.wait_for(f"{count} of ", "rows; esc shows all", " x ", without="[x]")
        assert "already off" in screen
        await stage.press("escape")
        await stage.wait_for("[x]")
        await stage.press("2")
        await stage.wait_for("There are no such rows")


@pytest.mark.parametrize(
    ("typed", "words"),
    some(
        [
            ("", "Still needed: the phrase"),
            ("x", "Still needed: the phrase (the typed text differs)"),
            ("wrong 3", "Still needed: the phrase (the typed text differs)"),
            ("UPPER", "Still needed: the phrase (the typed text differs)"),
            ("almost", "Still needed: 1 character of the phrase"),
        ],
        2,
    ),
)
async def test_only_the_exact_phrase_arms_the_button(tmp_path: Path, typed: str, words: str) -> None:
    """Empty, wrong, upper case and all but the last character are refused, and which of it is said."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        await acknowledge_risks(stage)
        text = {"UPPER": phrase.upper(), "almost": phrase[:-1]}.get(typed, typed)
        await stage.press(*text)
        await stage.wait_for(words, without=f"{words} (")
        assert not is_button_enabled(stage)


@pytest.mark.long
async def test_blanks_around_the_phrase_do_not_matter(tmp_path: Path) -> None:
    """It is compared after trimming."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        await acknowledge_risks(stage)
        await stage.press(*phrase, " ")
        await stage.wait_for("Complete: enter in the phrase, then enter on [Unsubscribe from ")
        assert not is_button_enabled(stage)
        await stage.press("enter")
        assert is_button_enabled(stage)
        assert not stage.sandbox.account.request_log


async def test_two_enters_after_the_phrase_confirm(tmp_path: Path) -> None:
    """`space tab space tab PHRASE enter enter`; a change in between takes the first one back."""
    async with run_app(tmp_path, hostile=False) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        await stage.press("space", "tab", "space", "tab", *phrase, "enter")
        await stage.wait_for("Enter presses [Unsubscribe from")
        assert not stage.sandbox.account.request_log
        await stage.press("shift+tab", "shift+tab", "shift+tab", "space")
        await stage.wait_for("Still needed: 1 check box")
        assert not is_button_enabled(stage)
        await stage.press("space")
        await stage.wait_for("Complete: enter in the phrase")
        while "Enter presses" not in stage.text:
            await stage.press("tab", "enter")
        assert not stage.sandbox.account.request_log
        await stage.press("enter")
        await stage.wait_for("Ended. ")


async def test_the_reason_is_one_line_and_everything_is_listed_by_a_key(tmp_path: Path) -> None:
    """`r` chooses the reason and a comment, which are sent; `l` names every resource, attached ones included."""
    async with run_app(tmp_path, hostile=False, resources=120) as stage:
        await open_review(stage, "ecs in use has:attached")
        phrase = await open_confirmation(stage)
        await stage.wait_for("Reason for Huawei Cloud: other (r changes it)")
        await stage.press("r", "3")
        await stage.wait_for("Comment for Huawei Cloud")
        await stage.answer("old project")
        await stage.wait_for("Reason for Huawei Cloud: too complicated to operate · old project")
        await stage.press("l")
        await stage.wait_for("-volume-0000", "EVS")
        await stage.press("q")
        await stage.wait_for("Type exactly:")
        await acknowledge_risks(stage)
        await stage.press(*phrase)
        await stage.wait_for("Complete: ")
        await stage.press("enter", "enter")
        await stage.wait_for("Ended. ")
        assert stage.last_run.reason is UnsubscribeReason.TOO_COMPLEX
        assert stage.last_run.reason_text.raw == "old project"


async def test_pasting_the_phrase_is_refused_with_a_word(tmp_path: Path) -> None:
    """A phrase that was pasted was not read."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        phrase = await open_confirmation(stage)
        await acknowledge_risks(stage)
        stage.app.post_message(events.Paste(phrase))
        await stage.wait_for("Pasting is not possible")
        assert not is_button_enabled(stage)


async def test_keys_that_answer_are_dropped_in_the_first_moment(tmp_path: Path) -> None:
    """What was typed ahead does not answer a dialog that can destroy something; other keys reach it."""
    async with run_app(tmp_path, hold_seconds=3600) as stage:
        await open_review(stage)
        await open_confirmation(stage)
        await stage.press("enter", "escape")
        await stage.wait_for("Type exactly:", "Still needed: 2 check boxes")
        await stage.press("space", "tab", "space", "enter")
        await stage.wait_for("Type exactly:", "Still needed: the phrase")


async def test_keys_from_before_the_page_was_shown_are_dropped(tmp_path: Path) -> None:
    """In one burst with the key that opens it: what was typed before anything could be read fills no field."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        for key in ("c", "space", "tab", "space", "tab", *"sandbox", "escape", "enter"):
            stage.app.post_message(events.Key(key, " " if key == "space" else key if len(key) == 1 else None))
        await stage.wait_for("Type exactly:", "Still needed: 2 check boxes, the phrase")
        await stage.press("enter", "enter")  # on a check box, it does nothing
        await stage.press("escape")
        await stage.wait_for("Not confirmed; nothing was submitted")
        assert not stage.sandbox.account.request_log


ADVICE = "Advice: first unsubscription by this program on this account; start with one"


async def test_the_first_unsubscription_of_an_account_gets_advice(tmp_path: Path) -> None:
    """Until one has completed, whatever was changed before; it limits nothing. The demo has nothing to lose."""
    async with run_app(tmp_path, is_demo=False) as stage:
        await open_review(stage)
        assert ADVICE in (await confirmation_screen(stage))
        await stage.press("escape")
        await stage.wait_for("Not confirmed")
        await confirm_plan(stage)
        await stage.wait_for("Ended. ")
        await stage.press("q")
        await stage.wait_for("[1 Active Resources]")
        await stage.press("escape")
        await open_review(stage, "ecs in use")
        assert "Advice:" not in (await confirmation_screen(stage))
    async with run_app(tmp_path / "demo") as stage:
        await open_review(stage)
        assert "Advice:" not in (await confirmation_screen(stage))


async def confirmation_screen(stage: AppStage) -> str:
    """Go on from a review to the confirmation; return what it shows."""
    await open_confirmation(stage)
    return stage.text


async def test_a_name_that_is_not_unique_is_not_asked_for(tmp_path: Path) -> None:
    """Its id is, and why."""
    async with run_app(tmp_path, hostile=False) as stage:
        await stage.apply_filter("evs in use is:eligible")
        ids = displayed_ids(stage)[:2]
        first, second = (each for each in stage.sandbox.account.resources.list_all() if each.resource_id in ids)
        second.name = first.name
        await stage.press("r")
        await stage.wait_for("1 changed")
        await stage.press("g", "u")
        await stage.wait_for("Review:", "1 item", " note", without="Loading")
        phrase = await open_confirmation(stage)
        assert phrase.split()[0] == ids[0]
        assert "(its id: other resources of the account have the same name)" in stage.text


async def test_a_run_ends_with_orders_and_exact_figures_and_a_record(tmp_path: Path) -> None:
    """The result stays until it is closed; marks of what is gone are gone; the record has the run."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_to_end(stage)
        await stage.press("g", "pagedown")
        await stage.wait_for("+ completed", "exact: paid")
        executed = [attempt for attempt in stage.sandbox.account.request_log if attempt.executed]
        assert executed
        assert all(len(stage.sandbox.account.executions(attempt.resource_ids[0])) == 1 for attempt in executed)
        await stage.press("q")
        await stage.wait_for("Active Resources", "selected 2", without="Loading")  # the two that failed keep theirs
        await stage.press("4")
        await stage.wait_for("[4 Records]", "completed")
        await stage.press("enter")
        await stage.wait_for("order or problem")


@pytest.mark.long
async def test_what_was_given_up_says_gone_where_its_expiry_was(tmp_path: Path) -> None:
    """A word at 80 columns, beside the name, and no refund any more; the cursor stays on its resource."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_to_end(stage)
        gone = [unit for unit in stage.last_run.units if unit.state == "settled"]
        assert gone
        await stage.press("q")
        await stage.wait_for("Active Resources", "changed", without="Loading")
        for unit in gone:
            await stage.press("escape")
            await stage.apply_filter(f"id:{unit.resource_id}")
            (line,) = [each for each in stage.lines if each.startswith(" x ")]
            assert line.split().index("gone") == line.split().index("EVS") + 1
            assert "USD" not in line
        await stage.press("space")
        await stage.wait_for("closed: its term has ended")


@pytest.mark.long
async def test_what_was_given_up_is_shown_so_before_the_list_is_read_again(tmp_path: Path) -> None:
    """A listing that fails or takes its time does not make it look like the others."""
    async with run_app(tmp_path, hostile=False) as stage:
        await run_to_end(stage)
        stage.set_faults({"operation": "query_resources", "action": "error", "status": 500})
        await stage.press("q")
        await stage.wait_for("Not refreshed", "gone", " x ")
        await stage.press("escape", "escape")  # the question about what goes only as a whole, and the filter
        await stage.apply_filter("state:closed")
        await stage.wait_for("gone", "closed", " x ", without="in use")
        await stage.press("enter")
        await stage.wait_for("closed", without="in use")


@pytest.mark.long
@pytest.mark.parametrize("stays", [False, True], ids=["goes", "stays"])
async def test_what_went_along_is_shown_as_gone_with_it(tmp_path: Path, stays: bool) -> None:  # noqa: FBT001 - a parameter
    """Its disks too, before the list is read again; not those that were seen to be left, which go on billing."""
    async with run_app(tmp_path, hostile=False) as stage:
        ledger = stage.sandbox.account
        ledger.behavior = replace(ledger.behavior, leaves_attached=stays)
        await run_to_end(stage, "ecs in use has:attached")
        stage.set_faults({"operation": "query_resources", "action": "error", "status": 500})
        await stage.press("q")
        await stage.wait_for("Not refre", "CBC.0999", without="hidden")
        along = [each for unit in stage.last_run.units if unit.state == "settled" for each in unit.attached_ids]
        assert along
        await stage.press("escape", "escape")  # the question about what goes only as a whole, and the filter
        await stage.wait_for("shown 59 of 59")
        await stage.apply_filter(f"id:{along[0]}")
        (line,) = [each for each in stage.lines if each[4:].startswith("└ ")]
        assert ("gone" in line.split()) is not stays


async def test_a_refusal_is_shown_with_the_vendors_code(tmp_path: Path) -> None:
    """A rejected item has its code and what to do; the others go on."""
    async with run_app(tmp_path, hostile=False) as stage:
        stage.set_faults(
            {"operation": "unsubscribe", "calls": [1], "action": "error", "status": 400, "error_code": "CBC.99003100"}
        )
        await run_to_end(stage)
        screen = await stage.wait_for("CBC.99003100")
        assert "pay or" in screen
        await stage.press("G")
        await stage.wait_for("· as estimated")


async def test_hostile_names_do_nothing_on_any_screen(tmp_path: Path) -> None:
    """Markup, escapes and overrides in names: from list to record they are text, and nothing fires."""
    async with run_app(tmp_path, resources=40) as stage:
        seen = stage.text
        await stage.press("enter")
        seen += await stage.wait_for("service")
        await stage.press("q")
        await stage.press("a", "p")
        seen += await stage.wait_for("Review:", " note", without="Loading")
        await stage.press("G")
        seen += stage.text
        phrase = await open_confirmation(stage)
        seen += stage.text
        await acknowledge_risks(stage)
        await stage.press(*phrase, "enter", "enter")
        seen += await stage.wait_for("Ended. ")
        await stage.press("G")
        seen += stage.text
        await stage.press("q")
        seen += await stage.wait_for("Active Resources", "as parts of bundles")
        await stage.press("4")
        await stage.wait_for("Runs: 1")
        await stage.press("enter")
        seen += await stage.wait_for("order or problem")
        assert stage.app.is_running
        assert all(char.isprintable() or char == "\n" for char in seen)
        assert "[/red]" in seen or "[red]" in seen or "<1B>" in seen
