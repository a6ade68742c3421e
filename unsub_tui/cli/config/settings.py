"""The settings of one invocation: flags override environment, environment overrides files; the strictest guard wins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.api.endpoints import SERVICE_KEYS, check_endpoint
from unsub_tui.cli.config.guard_settings import GUARD_KEYS, guard_values, merge_guards
from unsub_tui.cli.config.paths import SYSTEM_CONFIG, config_file, credentials_file, state_dir
from unsub_tui.cli.config.toml import ConfigError, TomlTable, did_you_mean, read_toml_file
from unsub_tui.cli.config.zone_settings import APP_ZONE, COMMAND_ZONE, find_time_zone
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.untrusted_text import MAX_DISPLAY_LENGTH, escape_unprintable, for_display
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.api.credentials import CredentialSource
    from unsub_tui.cli.context import GlobalOptions
    from unsub_tui.cli.credentials.sources import LookupResult

SITES = ("intl", "cn", "eu")

_SERVICE_ENDPOINTS = {key: f"endpoint_{key}" for key in SERVICE_KEYS}
"""Names of the settings for the endpoints of services, by key of the service."""
_PROFILE_KEYS = ("site", "endpoint", *_SERVICE_ENDPOINTS.values(), "alias", "production", *GUARD_KEYS)
_APP_KEYS = ("theme", "columns", "inventory", "refresh_minutes", "countdown_seconds", "keys")

MAX_REFRESH_MINUTES = 10_080
"""Maximum number of minutes between two automatic refreshes of the list: one week."""
DEFAULT_COUNTDOWN_SECONDS = 5
"""Seconds between the confirmation of more than one resource and the first request."""
MAX_COUNTDOWN_SECONDS = 60
"""Maximum number of these seconds: the confirmation is not to be forgotten meanwhile."""
DEFAULT_BUSY_WAIT_SECONDS = 120
"""As `RunPolicy` has it, which is not imported for settings alone."""
MAX_BUSY_WAIT_SECONDS = 3600
"""Maximum time that a run may be configured to wait for another transaction of a resource."""
_FILE_KEYS = ("profile", "profiles", "busy_wait_seconds", "timezone", *_APP_KEYS, *GUARD_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Appearance and keys of the app. The names in it are checked only when the app starts."""

    theme: str = ""
    """Empty means the terminal's own colors."""
    columns: tuple[str, ...] = ()
    reads_inventory: bool = True
    """Whether the list reads the services in the background."""
    refresh_minutes: int = 0
    countdown_seconds: int = DEFAULT_COUNTDOWN_SECONDS
    keymap: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one invocation, resolved before an app or an engine exists."""

    profile: str
    """The profile in use, or an empty string."""
    site: str
    endpoint: str
    """Replaces Huawei Cloud's hosts, or an empty string."""
    service_endpoints: Mapping[str, str]
    """Replaces the hosts of other services than billing, by key such as `ecs`; without those that are not set."""
    alias: str
    is_production: bool
    guards: Guards
    state_dir: Path
    source: CredentialSource
    """The credential source in use."""
    credential_reports: Sequence[LookupResult] = ()
    """One report per credential source, used or not."""
    app_settings: AppSettings = field(default_factory=AppSettings)
    busy_wait_seconds: int = DEFAULT_BUSY_WAIT_SECONDS
    """Maximum time to wait for another transaction of a resource."""
    timezone: str = ""
    """Time zone in which times are shown; in force already."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """File, variable or flag of each value, for `config show`."""


def settings_rows(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, value and origin of every setting, as display text."""
    minutes = settings.app_settings.refresh_minutes
    values = {
        "profile": settings.profile or "-",
        "site": settings.site or "detected",
        "endpoint": settings.endpoint or "default of the site",
        **{_SERVICE_ENDPOINTS[key].replace("_", " "): url for key, url in settings.service_endpoints.items()},
        "credentials": settings.source.label,
        **guard_values(settings.guards),
        "theme": settings.app_settings.theme or "ansi-dark or ansi-light, like the terminal",
        "columns": " ".join(settings.app_settings.columns) or "default",
        "inventory": "read in the background" if settings.app_settings.reads_inventory else "not read by the list",
        "refresh": f"every {minutes} min" if minutes else "manual",
        "countdown": f"{settings.app_settings.countdown_seconds} s",
        "busy wait": f"{settings.busy_wait_seconds} s",
        "timezone": settings.timezone or f"{APP_ZONE}; in commands {COMMAND_ZONE}",
        "keys": " ".join(f"{name}={keys}" for name, keys in settings.app_settings.keymap.items()) or "default",
        "state": str(settings.state_dir),
    }
    origins = {**settings.origins, **settings.guards.origins}
    return [
        (name, escape_unprintable(value), escape_unprintable(origins.get(name, ""))) for name, value in values.items()
    ]


def load_settings(flags: GlobalOptions) -> Settings:
    """Return the settings. Raises ConfigError with the file, the key and the expected value."""
    from unsub_tui.cli.credentials import find_credentials
    from unsub_tui.cli.credentials.sources import PasswordSource

    tables = read_settings_files()
    origins: dict[str, str] = {}
    profile_name, origins["profile"] = _first("profile", tables, flags.profile or "")
    if profile_name:
        _require_profile(profile_name, origins["profile"], tables)
    profiles = profile_tables(tables, profile_name)
    profile = profiles[0] if profiles else TomlTable({}, "")  # a profile may have keys only
    endpoint, origins["endpoint"] = _first("endpoint", [profile])
    if endpoint:
        check_endpoint(endpoint)
    service_endpoints = _service_endpoints(profile, origins)
    is_named = bool(flags.profile or os.environ.get("UNSUB_PROFILE"))
    source, reports = find_credentials(profile_name, is_profile_explicit=is_named)
    origins["credentials"] = next((each.location for each in reports if each.source is not None), "")
    site, origins["site"] = _first("site", [profile])
    _check_site(site, origins["site"])
    if isinstance(source, PasswordSource):
        source = replace(source, site=site, endpoint=endpoint)  # they determine the host for the sign-in
    theme, origins["theme"] = _first("theme", tables)
    timezone, origins["timezone"] = find_time_zone(flags.tz, tables)
    waits = [(table.integer("busy_wait_seconds", MAX_BUSY_WAIT_SECONDS, minimum=0), table.location) for table in tables]
    busy_wait, origins["busy wait"] = next(
        ((seconds, location) for seconds, location in waits if seconds is not None), (DEFAULT_BUSY_WAIT_SECONDS, "")
    )
    return Settings(
        profile=profile_name,
        site=site,
        endpoint=endpoint,
        service_endpoints=service_endpoints,
        alias=_printable_text(profile.text("alias"), profile.location, "alias"),
        is_production=profile.boolean("production"),
        guards=merge_guards(flags, [*tables, *profiles]),
        state_dir=state_dir(),
        source=source,
        credential_reports=reports,
        app_settings=_app_settings(theme, tables),
        busy_wait_seconds=busy_wait,
        timezone=timezone,
        origins=origins,
    )


def _service_endpoints(profile: TomlTable, origins: dict[str, str]) -> Mapping[str, str]:
    """Return the endpoints of other services that are set, and add their origins. Raises CONFIG for an invalid one."""
    found = {}
    for key, name in _SERVICE_ENDPOINTS.items():
        url, origin = _first(name, [profile])
        if url:
            check_endpoint(url)
            found[key], origins[name.replace("_", " ")] = url, origin
    return found


def read_app_settings() -> AppSettings:
    """Return the app settings of the settings files, without the theme."""
    return _app_settings("", read_settings_files())


def _app_settings(theme: str, tables: Sequence[TomlTable]) -> AppSettings:
    """Return the app settings. The user's file takes precedence over the machine's, for the keymap key by key."""
    columns = next((names for table in tables if (names := table.text_list("columns"))), ())
    minutes = next((number for table in tables if (number := table.integer("refresh_minutes", MAX_REFRESH_MINUTES))), 0)
    reads_inventory = next((table.boolean("inventory") for table in tables if "inventory" in table.values), True)
    waits = (table.integer("countdown_seconds", MAX_COUNTDOWN_SECONDS, minimum=0) for table in tables)
    countdown = next((seconds for seconds in waits if seconds is not None), DEFAULT_COUNTDOWN_SECONDS)
    keymap: dict[str, str] = {}
    for table in reversed(tables):
        keys = table.table("keys")
        keymap |= {name: keys.text(name) for name in keys.values} if keys is not None else {}
    return AppSettings(
        theme=theme,
        columns=columns,
        reads_inventory=reads_inventory,
        refresh_minutes=minutes,
        countdown_seconds=countdown,
        keymap=keymap,
    )


def check_profiles(flags: GlobalOptions) -> None:
    """Raise CONFIG for any invalid profile, whether it is in use or not."""
    for table in read_settings_files():
        for name, profile in table.tables("profiles").items():
            _printable_text(name, table.location, "a profile's name")
            _printable_text(profile.text("alias"), profile.location, "alias")
            _check_site(profile.text("site"), profile.location)
            profile.boolean("production")
            merge_guards(flags, [profile])
            for key in ("endpoint", *_SERVICE_ENDPOINTS.values()):
                if profile.text(key):
                    check_endpoint(profile.text(key))


def read_settings_files() -> list[TomlTable]:
    """Return the tables of the user's and the machine's settings files that exist. Raises ConfigError."""
    named_by = "UNSUB_CONFIG" if os.environ.get("UNSUB_CONFIG") else ""
    found = (read_toml_file(config_file(), named_by=named_by), read_toml_file(SYSTEM_CONFIG))
    tables = [table for table in found if table is not None]
    for table in tables:
        # A misspelled guard that is ignored would be no guard.
        table.reject_unknown_keys(_FILE_KEYS)
        for profile in table.tables("profiles").values():
            profile.reject_unknown_keys(_PROFILE_KEYS)
    return tables


def _require_profile(name: str, origin: str, tables: Sequence[TomlTable]) -> None:
    """Raise ConfigError unless the named profile has settings or keys.

    Without this check, a misspelled profile would run without its guards.
    """
    _printable_text(name, origin, "a profile's name")
    if name in profile_names(tables):
        return
    names = all_profile_names(tables)
    if name not in names:
        words = _(
            "{origin} names the profile {name!r}, but there is no table [profiles.{name}] in the settings and no table"
            " [{name}] in {file}{guess}"
        )
        guess = _("; several profiles only with list and report") if "," in name else did_you_mean(name, names)
        raise ConfigError(words, origin=origin, name=name, file=credentials_file(), guess=guess)


def _printable_text(text: str, origin: str, what: str) -> str:
    """Return the stripped text. Raises ConfigError if it cannot be displayed and typed unchanged."""
    stripped = text.strip()
    if for_display(stripped) != stripped:
        words = _("{origin}: {what} must be printable text of at most {count} characters, not {text!r}")
        raise ConfigError(words, origin=origin, what=what, count=MAX_DISPLAY_LENGTH, text=text)
    return stripped


def profile_names(tables: Iterable[TomlTable]) -> set[str]:
    """Return the names of the profiles that have settings."""
    return {name for table in tables for name in table.tables("profiles")}


def all_profile_names(tables: Iterable[TomlTable]) -> set[str]:
    """Return the names of the profiles that have settings or keys."""
    keys = read_toml_file(credentials_file(), is_secret=True)
    return profile_names(tables) | (set(keys.all_tables()) if keys is not None else set())


def profile_tables(tables: Iterable[TomlTable], name: str) -> list[TomlTable]:
    """Return all tables of the profile, the user's before the machine's; the guards of all of them apply."""
    return [found for table in tables if (found := table.tables("profiles").get(name)) is not None]


def _first(name: str, tables: Iterable[TomlTable], flag: str = "") -> tuple[str, str]:
    """Return the first value of flag, variable and tables that is set, and its origin; two empty strings for none."""
    variable = f"UNSUB_{name.upper()}"
    found = [(flag, f"--{name}"), (os.environ.get(variable, ""), variable)]
    found += [(table.text(name), table.location) for table in tables]
    return next((each for each in found if each[0]), ("", ""))


def _check_site(site: str, origin: str) -> None:
    """Raise ConfigError for an unknown site; an empty one is detected later."""
    if site and site not in SITES:
        words, guess = _("{origin}: site must be one of {sites}, not {site!r}{guess}"), did_you_mean(site, SITES)
        raise ConfigError(words, origin=origin, sites=", ".join(SITES), site=site, guess=guess)
