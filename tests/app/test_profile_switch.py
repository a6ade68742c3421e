"""From one profile to another, by keys: nothing of the old one is taken along, and a bad one leaves it as it was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.app.stage import FROZEN_NOW, NO_WAITING, AppStage, FrozenClock, confirm_plan, open_review, run_app
from tests.support.connections import connect, connector, with_credentials
from unsub_tui.app.options import OpenedProfile, ProfileRef
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.sandbox import Behavior, SandboxOptions, build_sandbox
from unsub_tui.sandbox.sandbox import Sandbox


@dataclass
class ProfileAccounts:
    """Another account behind each of three profiles: one opens, one has wrong keys, one is broken in its settings."""

    directory: Path
    other: Sandbox = field(
        default_factory=lambda: build_sandbox(
            SandboxOptions(resources=20, seed=2, now=FROZEN_NOW, behavior=Behavior(settle_seconds=0), rate_scale=0)
        )
    )
    opened: list[Engine] = field(default_factory=list)

    def profiles(self) -> list[ProfileRef]:
        """Return what is configured."""
        return [
            ProfileRef(name="broken"),
            ProfileRef(name="demo", site="intl"),
            ProfileRef(name="keyless", site="intl"),
            ProfileRef(name="second", site="eu", is_production=True, alias="acme"),
        ]

    def open(self, name: str) -> OpenedProfile:
        """Make the engine of a profile."""
        if name == "broken":
            raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail="config.toml: site must be one of intl, cn, eu"))
        connection = connect(self.other)
        if name == "keyless":
            connection = with_credentials(connection, secret_key="wrong")
        options = EngineOptions(
            state_dir=self.directory,
            site="eu",
            profile=name,
            alias="acme",
            is_production=True,
            clock=FrozenClock(),
            run_policy=NO_WAITING,
        )
        engine = Engine(connector(connection), options)
        self.opened.append(engine)
        return OpenedProfile(engine)


async def choose(stage: AppStage, name: str) -> None:
    """Choose a profile by its name."""
    await stage.press("P")
    await stage.wait_for("Profiles", "[x] demo")
    await stage.press(*name, "enter")


async def test_another_account_is_opened_and_the_header_says_so(tmp_path: Path) -> None:
    """The list shows profiles with site and marks; the new one has its own list and records."""
    world = ProfileAccounts(tmp_path)
    async with run_app(tmp_path, list_profiles=world.profiles, open_profile=world.open) as stage:
        await stage.press("P")
        screen = await stage.wait_for("Profiles", "[x] demo")
        assert "EU PRODUCTION acme" in screen
        assert "type to search, arrows move" in screen
        await stage.press(*"second", "enter")
        screen = await stage.wait_for("of 19", without="Loading")
        assert stage.lines[0].startswith(" PRODUCTION · second · ")
        assert " · EU" in stage.lines[0]
        assert not stage.sandbox.account.request_log
        await stage.press("4")
        await stage.wait_for("Runs: 0")
        await stage.press("P")
        await stage.wait_for("Profiles", "[x] second")


async def test_marks_are_asked_about_and_dropped(tmp_path: Path) -> None:
    """Marks belong to an account: staying keeps them, leaving drops them."""
    world = ProfileAccounts(tmp_path)
    async with run_app(tmp_path, list_profiles=world.profiles, open_profile=world.open) as stage:
        await stage.apply_filter("rds in use")
        await stage.press("a")
        await stage.wait_for("· selected 1")
        await choose(stage, "second")
        await stage.wait_for("Leave this profile?", "1 resource is selected")
        await stage.press("enter")
        await stage.wait_for("· selected 1", without="Leave this profile?")
        assert not world.opened
        await choose(stage, "second")
        await stage.wait_for("Leave this profile?")
        await stage.press("tab", "enter")
        await stage.wait_for("shown 19 of 19 · selected 0", without="Loading")


async def test_keys_that_fail_are_named_with_their_profile_and_the_old_one_stays(tmp_path: Path) -> None:
    """Refused keys and a broken setting change nothing: list, marks and engine are as they were."""
    world = ProfileAccounts(tmp_path)
    async with run_app(tmp_path, list_profiles=world.profiles, open_profile=world.open) as stage:
        engine = stage.app.engine
        for name, words in (("keyless", "credentials are missing or were"), ("broken", "site must be one of")):
            await choose(stage, name)
            await stage.wait_for(f"Profile {name} could not be opened", words, "This is still profile demo")
            await stage.press("enter")
            await stage.wait_for("of 59", without="could not be opened")
            assert stage.app.engine is engine
        await stage.press("r")
        await stage.wait_for("of 59", without="Loading")


async def test_read_only_stays_on_across_profiles(tmp_path: Path) -> None:
    """Switched on in the app it holds for every profile that follows, and for the first one when one comes back."""
    world = ProfileAccounts(tmp_path)
    async with run_app(tmp_path, list_profiles=world.profiles, open_profile=world.open) as stage:
        await stage.press("ctrl+o")
        await stage.wait_for("READ-ONLY")
        await choose(stage, "second")
        await stage.wait_for("of 19", "PRODUCTION READ-ONLY", without="Loading")
        assert stage.app.engine.guards.read_only


@pytest.mark.long
async def test_no_switch_while_a_run_is_under_way(tmp_path: Path) -> None:
    """The key does nothing on the way to a run and during it."""
    world = ProfileAccounts(tmp_path)
    pace = replace(NO_WAITING, settle_limit_seconds=600)
    async with run_app(
        tmp_path, list_profiles=world.profiles, open_profile=world.open, hostile=False, pace=pace
    ) as stage:
        stage.sandbox.account.behavior = replace(stage.sandbox.account.behavior, settle_seconds=1e6)
        await open_review(stage, "rds in use")
        await stage.press("P")
        await confirm_plan(stage)
        await stage.wait_for("~ in progress")
        await stage.press("P")
        await stage.wait_for("in progress", without="Profiles")
        assert not world.opened
        await stage.press("s")
        await stage.wait_for("Ended. q closes this page")
