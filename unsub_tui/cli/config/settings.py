"""The settings of one invocation: flags override environment, environment overrides files; the strictest guard wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.api.endpoints import check_endpoint
from unsub_tui.cli.config.guard_settings import GUARD_KEYS, guard_values, merge_guards
from unsub_tui.cli.config.paths import SYSTEM_CONFIG, config_file, credentials_file, state_dir
from unsub_tui.cli.config.toml import ConfigError, TomlTable, did_you_mean, read_secret_toml_file, read_toml_file
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.untrusted_text import MAX_DISPLAY_LENGTH, escape_unprintable, for_display

if TYPE_CHECKING:
    from unsub_tui.api.credentials import CredentialSource
    from unsub_tui.cli.context import GlobalOptions
    from unsub_tui.cli.credentials import SourceReport

SITES = ("intl", "cn", "eu")

_PROFILE_KEYS = ("site", "endpoint", "alias", "production", *GUARD_KEYS)
_APP_KEYS = ("theme", "columns", "refresh_minutes", "keys")

MAX_REFRESH_MINUTES = 10_080
"""Maximum number of minutes between two automatic refreshes of the list: one week."""
_FILE_KEYS = ("profile", "profiles", *_APP_KEYS, *GUARD_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Appearance and keys of the app. The names in it are checked only when the app starts."""

    theme: str = ""
    """Empty means the terminal's own colors."""
    columns: tuple[str, ...] = ()
    refresh_minutes: int = 0
    keymap: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one invocation, resolved before an app or an engine exists."""

    profile: str
    """The profile in use, or an empty string."""
    site: str
    endpoint: str
    """Replaces Huawei Cloud's hosts, or an empty string."""
    alias: str
    is_production: bool
    guards: Guards
    state_dir: Path
    source: CredentialSource
    """The credential source in use."""
    credential_reports: tuple[SourceReport, ...] = ()
    """One report per credential source, used or not."""
    app_settings: AppSettings = field(default_factory=AppSettings)
    origins: Mapping[str, str] = field(default_factory=dict)
    """File, variable or flag of each value, for `config show`."""


def settings_rows(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, value and origin of every setting, as display text."""
    values = {
        "profile": settings.profile or "-",
        "site": settings.site or "detected",
        "endpoint": settings.endpoint or "default of the site",
        "credentials": settings.source.label,
        **guard_values(settings.guards),
        "theme": settings.app_settings.theme or "ansi-dark or ansi-light, like the terminal",
        "columns": " ".join(settings.app_settings.columns) or "default",
        "refresh": f"every {settings.app_settings.refresh_minutes} min"
        if settings.app_settings.refresh_minutes
        else "manual",
        "keys": " ".join(f"{name}={keys}" for name, keys in settings.app_settings.keymap.items()) or "default",
        "state": str(settings.state_dir),
    }
    origins = {**settings.origins, **settings.guards.origins}
    return [
        (name, escape_unprintable(value), escape_unprintable(origins.get(name, ""))) for name, value in values.items()
    ]


def load_settings(environ: Mapping[str, str], flags: GlobalOptions, system_config: Path = SYSTEM_CONFIG) -> Settings:
    """Return the settings. Raises ConfigError with the file, the key and the expected value."""
    from unsub_tui.cli.credentials import find_credentials

    tables = read_settings_files(environ, system_config)
    origins: dict[str, str] = {}
    profile_name = _first(
        "profile",
        origins,
        [(flags.profile or "", "--profile"), (environ.get("UNSUB_PROFILE", ""), "UNSUB_PROFILE")]
        + [(table.text("profile"), table.location) for table in tables],
    )
    if profile_name:
        _require_profile(profile_name, origins["profile"], tables, credentials_file(environ))
    profile = _first_profile_table(tables, profile_name)
    endpoint = _first(
        "endpoint",
        origins,
        [(environ.get("UNSUB_ENDPOINT", ""), "UNSUB_ENDPOINT"), _profile_value(profile, "endpoint")],
    )
    if endpoint:
        check_endpoint(endpoint)
    is_named = bool(flags.profile or environ.get("UNSUB_PROFILE"))
    credentials = find_credentials(environ, credentials_file(environ), profile_name, is_profile_explicit=is_named)
    origins["credentials"] = next((each.location for each in credentials.reports if each.is_used), "")
    site = _site(environ, profile, origins)
    return Settings(
        profile=profile_name,
        site=site,
        endpoint=endpoint,
        alias=_printable_text(profile.text("alias"), profile.location, "alias") if profile else "",
        is_production=profile.boolean("production") if profile else False,
        guards=merge_guards(environ, flags, [*tables, *_profile_tables(tables, profile_name)]),
        state_dir=state_dir(environ),
        source=_with_site(credentials.source, site, endpoint),
        credential_reports=credentials.reports,
        app_settings=_app_settings(environ, tables, origins),
        origins=origins,
    )


def demo_app_settings(environ: Mapping[str, str]) -> AppSettings:
    """Return the app settings of the demo, which reads no settings file."""
    return _app_settings(environ, [], {})


def _app_settings(environ: Mapping[str, str], tables: Sequence[TomlTable], origins: dict[str, str]) -> AppSettings:
    """Return the app settings. The user's file takes precedence over the machine's, for the keymap key by key."""
    theme = _first(
        "theme",
        origins,
        [(environ.get("UNSUB_THEME", ""), "UNSUB_THEME"), *((table.text("theme"), table.location) for table in tables)],
    )
    columns = next((names for table in tables if (names := table.text_list("columns"))), ())
    minutes = next((number for table in tables if (number := table.integer("refresh_minutes", MAX_REFRESH_MINUTES))), 0)
    keymap: dict[str, str] = {}
    for table in reversed(tables):
        keys = table.table("keys")
        keymap |= {name: keys.text(name) for name in keys.values} if keys is not None else {}
    return AppSettings(theme=theme, columns=columns, refresh_minutes=minutes, keymap=keymap)


def check_profiles(environ: Mapping[str, str], flags: GlobalOptions, system_config: Path = SYSTEM_CONFIG) -> None:
    """Raise CONFIG for any invalid profile, whether it is in use or not."""
    for table in read_settings_files(environ, system_config):
        for name, profile in table.tables("profiles").items():
            _printable_text(name, table.location, "a profile's name")
            _printable_text(profile.text("alias"), profile.location, "alias")
            _site({}, profile, {})
            profile.boolean("production")
            merge_guards(environ, flags, [profile])
            if profile.text("endpoint"):
                check_endpoint(profile.text("endpoint"))


def read_settings_files(environ: Mapping[str, str], system_config: Path) -> list[TomlTable]:
    """Return the tables of the user's and the machine's settings files that exist. Raises ConfigError."""
    named_by = "UNSUB_CONFIG" if environ.get("UNSUB_CONFIG") else ""
    found = (_read_settings_file(config_file(environ), named_by), _read_settings_file(system_config, ""))
    return [table for table in found if table is not None]


def _read_settings_file(path: Path, named_by: str) -> TomlTable | None:
    table = read_toml_file(path, named_by=named_by)
    if table is not None:
        table.reject_unknown_keys(_FILE_KEYS)
        for profile in table.tables("profiles").values():
            profile.reject_unknown_keys(_PROFILE_KEYS)
    return table


def _require_profile(name: str, origin: str, tables: Sequence[TomlTable], keys_file: Path) -> None:
    """Raise ConfigError unless the named profile has settings or keys.

    Without this check, a misspelled profile would run without its guards.
    """
    _printable_text(name, origin, "a profile's name")
    names = {each for table in tables for each in table.tables("profiles")}
    if name in names:
        return
    keys = read_secret_toml_file(keys_file)
    names |= set(keys.all_tables()) if keys is not None else set()
    if name not in names:
        raise ConfigError(
            f"{origin} names the profile {name!r}, but there is no table [profiles.{name}] in the settings and "
            f"no table [{name}] in {keys_file}{did_you_mean(name, names)}"
        )


def _printable_text(text: str, origin: str, what: str) -> str:
    """Return the stripped text. Raises ConfigError if it cannot be displayed and typed unchanged."""
    stripped = text.strip()
    if for_display(stripped) != stripped:
        raise ConfigError(
            f"{origin}: {what} must be printable text of at most {MAX_DISPLAY_LENGTH} characters, not {text!r}"
        )
    return stripped


def _first_profile_table(tables: Iterable[TomlTable], name: str) -> TomlTable | None:
    """Return the profile's settings table, the user's before the machine's, or None if it has keys only."""
    return next(_profile_tables(tables, name), None)


def _profile_tables(tables: Iterable[TomlTable], name: str) -> Iterator[TomlTable]:
    """Return an iterator over all tables of the profile; the guards of all of them apply."""
    return (found for table in tables if (found := table.tables("profiles").get(name)) is not None)


def _profile_value(profile: TomlTable | None, key: str) -> tuple[str, str]:
    return (profile.text(key), profile.location) if profile else ("", "")


def _first(name: str, origins: dict[str, str], candidates: Iterable[tuple[str, str]]) -> str:
    """Return the first value that is set, and store its origin in `origins`."""
    for value, origin in candidates:
        if value:
            origins[name] = origin
            return value
    return ""


def _with_site(source: CredentialSource, site: str, endpoint: str) -> CredentialSource:
    """Return the source with site and endpoint if it is a PasswordSource, which needs them to find its sign-in host."""
    from unsub_tui.cli.credentials.password import PasswordSource

    return replace(source, site=site, endpoint=endpoint) if isinstance(source, PasswordSource) else source


def _site(environ: Mapping[str, str], profile: TomlTable | None, origins: dict[str, str]) -> str:
    site = _first("site", origins, [(environ.get("UNSUB_SITE", ""), "UNSUB_SITE"), _profile_value(profile, "site")])
    if site and site not in SITES:
        raise ConfigError(
            f"{origins['site']}: site must be one of {', '.join(SITES)}, not {site!r}{did_you_mean(site, SITES)}"
        )
    return site
