"""The profiles that the app can switch to, and the engine for each of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unsub_tui.app.options import OpenedProfile, ProfileRef
from unsub_tui.cli.config.guard_settings import merge_guards
from unsub_tui.cli.config.paths import credentials_file
from unsub_tui.cli.config.settings import Settings, load_settings, profile_names, profile_tables, read_settings_files
from unsub_tui.cli.config.toml import TomlTable, read_toml_file
from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.credentials.prompt import login_prompt_for
from unsub_tui.cli.wiring import account_engine

DEFAULT_TABLE = "default"
"""Table of the credentials file that is used without a profile."""


class Profiles:
    """The profiles of the settings files and the credentials file. Flags and environment apply to all of them.

    The initial settings are kept because their keys may come from environment variables, which have been removed.
    """

    def __init__(self, initial_settings: Settings, flags: GlobalOptions) -> None:
        self._initial_settings = initial_settings
        self._flags = flags

    def list_profiles(self) -> Sequence[ProfileRef]:
        """Return all profiles sorted by name, including the initial profile. Raises ConfigError for a broken file."""
        tables = read_settings_files()
        keys = read_toml_file(credentials_file(), is_secret=True)
        key_tables = keys.all_tables() if keys is not None else {}
        initial = self._initial_settings.profile
        with_keys_only = set(key_tables) - ({DEFAULT_TABLE} if not initial else set())
        names = profile_names(tables) | with_keys_only | {initial}
        return [self._profile_ref(name, tables, key_tables) for name in sorted(names)]

    def open(self, name: str) -> OpenedProfile:
        """Return a profile's engine, not yet opened. May ask for a password at the terminal."""
        is_start = name == self._initial_settings.profile
        settings = self._initial_settings if is_start else load_settings(replace(self._flags, profile=name))
        return OpenedProfile(account_engine(settings), login_prompt_for(settings.source))

    def _profile_ref(self, name: str, tables: Sequence[TomlTable], keys: Mapping[str, TomlTable]) -> ProfileRef:
        own = profile_tables(tables, name)
        site = os.environ.get("UNSUB_SITE", "") or next((each.text("site") for each in own if each.text("site")), "")
        is_always_read_only = merge_guards(self._flags, []).read_only or any(
            table.boolean("read_only") for table in tables
        )
        if name == self._initial_settings.profile:
            site, is_always_read_only = self._initial_settings.site, self._initial_settings.guards.read_only
        return ProfileRef(
            name=name,
            site=site,
            alias=next((each.text("alias") for each in own if each.text("alias")), ""),
            is_read_only=is_always_read_only or any(each.boolean("read_only") for each in own),
            is_production=any(each.boolean("production") for each in own),
            needs_password_prompt=name in keys and bool(keys[name].text("user_name")),
        )
