"""The profiles that the app can be switched to, and how each becomes an engine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unsub_tui.app.options import OpenedProfile, ProfileRef
from unsub_tui.cli.places import SYSTEM_CONFIG, credentials_file
from unsub_tui.cli.settings import Flags, Settings, cli_guards, load_settings, settings_files
from unsub_tui.cli.signing_in import asking
from unsub_tui.cli.tomlfile import Table, read_secret_table
from unsub_tui.cli.wiring import account_engine

DEFAULT = "default"
"""The table of keys that is used where no profile is."""


class Profiles:
    """Those of the settings files and of the file of keys. Flags and environment hold for each of them.

    The settings of the start are kept: their keys may have come from the environment, out of which they were taken.
    """

    def __init__(self, start: Settings, flags: Flags) -> None:
        self._start = start
        self._flags = flags

    def listed(self) -> Sequence[ProfileRef]:
        """Return the profiles by name, the one of the start among them; raises ConfigError for a broken file."""
        tables = settings_files(os.environ, SYSTEM_CONFIG)
        keys = read_secret_table(credentials_file(os.environ))
        of_keys = keys.tables_of_all() if keys is not None else {}
        names = {name for table in tables for name in table.tables("profiles")} | set(of_keys)
        if not self._start.profile:
            names -= {DEFAULT} - {name for table in tables for name in table.tables("profiles")}
        return [self._ref(name, tables, of_keys) for name in sorted(names | {self._start.profile})]

    def open(self, name: str) -> OpenedProfile:
        """Return the engine of a profile, not opened yet; may ask for a password at the terminal."""
        is_start = name == self._start.profile
        settings = self._start if is_start else load_settings(os.environ, replace(self._flags, profile=name))
        return OpenedProfile(account_engine(settings), asking(settings.source))

    def _ref(self, name: str, tables: Sequence[Table], keys: Mapping[str, Table]) -> ProfileRef:
        own = [found for table in tables if (found := table.tables("profiles").get(name)) is not None]
        site = os.environ.get("UNSUB_SITE", "") or next((each.text("site") for each in own if each.text("site")), "")
        always = cli_guards(os.environ, self._flags).read_only or any(table.flag("read_only") for table in tables)
        if name == self._start.profile:
            site, always = self._start.site, self._start.guards.read_only
        return ProfileRef(
            name=name,
            site=site,
            alias=next((each.text("alias") for each in own if each.text("alias")), ""),
            is_read_only=always or any(each.flag("read_only") for each in own),
            is_production=any(each.flag("production") for each in own),
            asks_password=name in keys and bool(keys[name].text("user_name")),
        )
