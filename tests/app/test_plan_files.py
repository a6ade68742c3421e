"""Plan files in the app: saved from the review, opened at the start; read-only switched on by a key."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.stage import AppStage, open_confirmation, open_review, run_app
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal.plan_file import load_saved_plan


async def save_plan(stage: AppStage, path: Path, ticket: str = "") -> None:
    """Save the plan in front under this name."""
    await stage.press("w")
    await stage.wait_for("Save the plan of")
    await stage.answer(str(path))
    await stage.wait_for("Ticket")
    await stage.press(*ticket, "enter")


async def test_only_what_is_ticked_is_saved(tmp_path: Path) -> None:
    """An item that was taken out is not in the file; a ticket may stay empty."""
    path = tmp_path / "plan.json"
    async with run_app(tmp_path / "state") as stage:
        await open_review(stage)
        await stage.press("g", "j", "space")
        await stage.wait_for("[ ]")
        shown = stage.text
        await save_plan(stage, path)
        await stage.wait_for("Saved as")
    filed = load_saved_plan(path.read_bytes())
    assert not filed.ticket
    assert f"{len(filed.items)} of {len(filed.items) + 1} items" in shown
    assert path.stat().st_mode & 0o777 == 0o600


async def test_two_people_need_a_file(tmp_path: Path) -> None:
    """The review names the guard and cannot be confirmed; the plan can be saved for another IAM user."""
    path = tmp_path / "plan.json"
    guards = Guards(two_people=True, origins={"two_people": "team.toml"})
    async with run_app(tmp_path / "state", size=(140, 40), guards=guards) as stage:
        await open_review(stage)
        await stage.wait_for("another IAM user must run the plan, from its plan file", "two_people = true (team.toml)")
        await stage.press("c")
        await stage.wait_for("Cannot be confirmed, for the reason at the top.")
        await save_plan(stage, path)
        await stage.wait_for("Saved as")
    own = load_saved_plan(path.read_bytes())
    other = replace(own, planner=replace(own.planner, user_id=UntrustedText("u2"), user_name=UntrustedText("alice")))
    for number, (plan_file, shown) in enumerate(((own, "planned it, so another IAM user"), (other, "planned by"))):
        state = tmp_path / f"state-{number}"
        async with run_app(state, size=(140, 40), guards=guards, plan_file=plan_file) as stage:
            await stage.wait_for("Review:", shown, without="Loading")
            await stage.press("c")
            await stage.wait_for("Type exactly:" if plan_file is other else "Cannot be confirmed")


@pytest.mark.long
@pytest.mark.parametrize(("ticket", "words"), [("CHG-1", "already exists"), ("x" * 201, "At most 200 characters")])
async def test_a_plan_that_cannot_be_saved_leaves_the_file_as_it_is(tmp_path: Path, ticket: str, words: str) -> None:
    """Another file is there, or the ticket is too long: the reason is said."""
    path = tmp_path / "plan.json"
    path.write_text("mine")
    async with run_app(tmp_path / "state") as stage:
        await open_review(stage)
        await save_plan(stage, path, ticket)
        await stage.wait_for(words)
    assert path.read_text() == "mine"


@pytest.mark.long
async def test_names_in_a_saved_plan_are_ascii(tmp_path: Path) -> None:
    """Hostile names keep their raw value, escaped; nothing in the file could move a terminal."""
    path = tmp_path / "plan.json"
    async with run_app(tmp_path / "state", resources=120) as stage:
        await open_review(stage)
        await save_plan(stage, path, "CHG-1")
        await stage.wait_for("Saved as")
    text = path.read_text()
    assert text.isascii()
    names = [item["resource"].get("resource_name", "") for item in json.loads(text)["plan"]["items"]]
    assert any(not name.isprintable() for name in names)


async def test_read_only_is_switched_on_by_a_key_and_off_by_the_name_of_the_account(tmp_path: Path) -> None:
    """From any screen; the badge says it, what was confirmed already is refused, and no other word takes it back."""
    async with run_app(tmp_path) as stage:
        await open_review(stage)
        await open_confirmation(stage)
        await stage.press("ctrl+o")
        await stage.wait_for("READ-ONLY")
        await stage.press("escape")
        await stage.wait_for("Review:", "READ-ONLY", "read-only mode is on", without="Type exactly")
        await stage.press("c")
        await stage.wait_for("Read-only mode: nothing can be changed or unsubscribed from")
        await stage.press("escape")
        await stage.wait_for("Active Resources", "READ-ONLY")
        name = stage.app.engine.account.require_ref().label
        await stage.press("ctrl+o")
        await stage.wait_for(f"Type {name} to switch it off")
        await stage.answer("yes")
        await stage.wait_for(f"That is not {name}.")
        assert stage.app.engine.guards.read_only
        await stage.answer(name)
        await stage.wait_for("Read-only mode is off.", without="READ-ONLY")
        assert not stage.app.engine.guards.read_only


async def test_read_only_mode_of_the_configuration_stays_on(tmp_path: Path) -> None:
    """No key makes a configured guard less strict; the message names its origin."""
    guards = Guards(read_only=True, origins={"read_only": "--read-only"})
    async with run_app(tmp_path, guards=guards) as stage:
        await stage.press("ctrl+o")
        await stage.wait_for("Read-only mode stays on: it is set in the configuration (--read-only).")
        stage.app.engine.disable_read_only()
        assert stage.app.engine.guards.read_only
