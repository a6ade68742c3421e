"""Profiles as the app is given them: from both files, with what the flags and the environment say of all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.pseudo_terminal import Terminal
from unsub_tui.app.options import ProfileRef
from unsub_tui.cli.config.profiles import Profiles
from unsub_tui.cli.config.settings import load_settings
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.process.hardening import remove_secrets_from_environment
from unsub_tui.domain.problem import UnsubError
from unsub_tui.sandbox.sandbox import Sandbox

CONFIG = """
[profiles.prod]
site = "eu"
alias = "acme"
production = true
[profiles.audit]
site = "intl"
read_only = true
"""


@pytest.fixture
def files(account: Sandbox) -> Path:
    """Two profiles in the settings; keys of one of them, of one more, and of a user with a password."""
    directory = Path.home() / ".config/unsub-tui"
    directory.mkdir(parents=True, mode=0o700)
    (directory / "config.toml").write_text(CONFIG)
    keys = directory / "credentials.toml"
    keys.touch(mode=0o600)
    good = f"access_key = '{account.access_key}'\nsecret_key = '{account.secret_key}'\n"
    person = f"user_name = '{account.user.name}'\naccount_name = '{account.account_name}'\n"
    keys.write_text(f"[prod]\n{good}[spare]\naccess_key = 'AK'\nsecret_key = 'wrong'\n[person]\n{person}")
    return directory


def profiles(*, read_only: bool = False) -> Profiles:
    """Return the profiles, as after the start of the app."""
    given = GlobalOptions(read_only=read_only)
    return Profiles(load_settings(given), given)


@pytest.mark.usefixtures("files")
def test_both_files_are_listed_with_what_they_say() -> None:
    """Site, alias and marks; the start without a profile is among them; a password is known to be asked."""
    found = {each.name: each for each in profiles().list_profiles()}
    assert list(found) == ["", "audit", "person", "prod", "spare"]
    assert found["prod"] == ProfileRef(name="prod", site="eu", alias="acme", is_production=True)
    assert found["audit"].is_read_only
    assert found["person"].needs_password_prompt
    assert all(each.is_read_only for each in profiles(read_only=True).list_profiles())


@pytest.mark.usefixtures("files")
def test_the_start_can_be_come_back_to_although_its_keys_are_out_of_the_environment() -> None:
    """They were taken out of it once they were read, and kept."""
    there = profiles()
    remove_secrets_from_environment()
    assert "HUAWEICLOUD_SDK_SK" not in os.environ
    assert there.open("prod").engine.options.is_production
    back = there.open("").engine
    assert (back.options.profile, back.options.is_production) == ("", False)


@pytest.mark.usefixtures("files")
def test_guards_of_flags_and_of_the_profile_hold() -> None:
    """The strictest, as at a start with that profile."""
    assert not profiles().open("prod").engine.guards.read_only
    assert profiles(read_only=True).open("prod").engine.guards.read_only


def test_what_cannot_be_opened_names_its_file(files: Path) -> None:
    """A profile without keys, and a file that is broken since the start."""
    there = profiles()
    with pytest.raises(UnsubError, match="profile 'audit' has no keys"):
        there.open("audit")
    (files / "config.toml").write_text("nonsense = 1")
    with pytest.raises(ConfigError, match="nonsense"):
        there.list_profiles()


@pytest.mark.usefixtures("files")
def test_from_one_profile_to_another_in_a_terminal() -> None:
    """By keys alone, and back; a bad one is named; the end says nothing of a run, because there was none."""
    with Terminal() as terminal:
        terminal.wait_for("of 77")
        terminal.press("P")
        terminal.wait_for("[x] (no profile)", "EU PRODUCTION acme")
        terminal.type("spare")
        terminal.press("enter")
        terminal.wait_for("Profile spare could not be opened")
        terminal.press("enter", "P")
        terminal.wait_for("[x] (no profile)")
        terminal.type("prod")
        terminal.press("enter")
        terminal.wait_for("PRODUCTION · prod ·", " · EU", "of 77")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


@pytest.mark.usefixtures("files")
def test_a_profile_with_a_password_asks_for_it_outside_the_screen(account: Sandbox) -> None:
    """A wrong one leaves everything as it was; the right one opens the profile."""
    with Terminal() as terminal:
        terminal.wait_for("of 77")
        for password, shows in (("wrong", "Profile person could not be opened"), (account.user.password, "person ·")):
            terminal.press("P")
            terminal.wait_for("[x] (no profile)")
            terminal.type("person")
            terminal.press("enter")
            terminal.wait_for(f"Password of {account.user.name}")
            terminal.type(password)
            terminal.press("enter")
            terminal.wait_for(shows)
            terminal.press("enter")
        terminal.wait_for("person ·", "of 77")
