"""The settings of one invocation: flags over environment over files, guards from the strictest of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.cli.config.guard_settings import GUARD_KEYS, GuardFlags, guard_values, merge_guards
from unsub_tui.cli.config.paths import SYSTEM_CONFIG, config_file, credentials_file, state_dir
from unsub_tui.cli.config.toml import ConfigError, TomlTable, did_you_mean, read_secret_toml_file, read_toml_file
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.untrusted_text import MAX_DISPLAY_LENGTH, escape_unprintable, for_display

if TYPE_CHECKING:
    from unsub_tui.api.credentials import CredentialSource
    from unsub_tui.cli.credentials import SourceReport

SITES = ("intl", "cn", "eu")

_PROFILE_KEYS = ("site", "endpoint", "alias", "production", *GUARD_KEYS)
_APP_KEYS = ("theme", "columns", "refresh_minutes", "keys")

MAX_REFRESH_MINUTES = 10_080
"""Maximum number of minutes between two readings of the list: a week."""
_FILE_KEYS = ("profile", "profiles", *_APP_KEYS, *GUARD_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFlags(GuardFlags):
    """What the command line said; None where it said nothing."""

    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """How the app looks and which keys it has; names are checked when there is an app."""

    theme: str = ""
    """Empty takes the terminal's own colours."""
    columns: tuple[str, ...] = ()
    refresh_minutes: int = 0
    keymap: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is settled before an app or an engine exists."""

    profile: str
    """The profile in use, or nothing."""
    site: str
    endpoint: str
    """Override of the vendor's hosts, or nothing."""
    alias: str
    is_production: bool
    guards: Guards
    state_dir: Path
    source: CredentialSource
    """Where the keys come from."""
    credential_reports: tuple[SourceReport, ...] = ()
    """What every place that keys may come from had to give."""
    app_settings: AppSettings = field(default_factory=AppSettings)
    origins: Mapping[str, str] = field(default_factory=dict)
    """Which file or variable each value came from, for `config show`."""


def settings_rows(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, value and origin of every setting, as people may see them."""
    values = {
        "profile": settings.profile or "-",
        "site": settings.site or "found out by asking",
        "endpoint": settings.endpoint or "the site's own",
        "credentials": settings.source.label,
        **guard_values(settings.guards),
        "theme": settings.app_settings.theme or "ansi-dark or ansi-light, as the terminal is",
        "columns": " ".join(settings.app_settings.columns) or "the usual ones",
        "refresh": f"every {settings.app_settings.refresh_minutes} min"
        if settings.app_settings.refresh_minutes
        else "by hand",
        "keys": " ".join(f"{name}={keys}" for name, keys in settings.app_settings.keymap.items()) or "the usual ones",
        "state": str(settings.state_dir),
    }
    origins = {**settings.origins, **settings.guards.origins}
    return [
        (name, escape_unprintable(value), escape_unprintable(origins.get(name, ""))) for name, value in values.items()
    ]


def load_settings(environ: Mapping[str, str], flags: SettingsFlags, system_config: Path = SYSTEM_CONFIG) -> Settings:
    """Return the settings; raises ConfigError naming the file, the key and what was expected."""
    from unsub_tui.api.endpoints import check_endpoint
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
    """Return the looks of the demo, which reads no settings file."""
    return _app_settings(environ, [], {})


def _app_settings(environ: Mapping[str, str], tables: Sequence[TomlTable], origins: dict[str, str]) -> AppSettings:
    """Return the looks: the user's file before the machine's; a key of the keymap from whichever names it first."""
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


def guards_without_files(environ: Mapping[str, str], flags: SettingsFlags) -> Guards:
    """Return the guards of flags and environment alone, for the demo, which reads no settings file."""
    return merge_guards(environ, flags, [])


def check_profiles(environ: Mapping[str, str], flags: SettingsFlags, system_config: Path = SYSTEM_CONFIG) -> None:
    """Raise CONFIG for a profile that could not be used, whichever is in use now."""
    from unsub_tui.api.endpoints import check_endpoint

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
    """Return the user's settings and those of the machine, as far as they exist; raises ConfigError."""
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
    """Raise ConfigError unless there are settings or keys of a profile that is named.

    Without its table a misspelt profile would have none of its guards.
    """
    _printable_text(name, origin, "a profile's name")
    names = {each for table in tables for each in table.tables("profiles")}
    if name in names:
        return
    keys = read_secret_toml_file(keys_file)
    names |= set(keys.all_tables()) if keys is not None else set()
    if name not in names:
        raise ConfigError(
            f"{origin} names the profile {name!r}, and there is neither a table [profiles.{name}] in the settings nor "
            f"a table [{name}] in {keys_file}{did_you_mean(name, names)}"
        )


def _printable_text(text: str, origin: str, what: str) -> str:
    """Return a text without blanks around it; raise ConfigError for one that cannot be shown and typed as it is."""
    stripped = text.strip()
    if for_display(stripped) != stripped:
        raise ConfigError(
            f"{origin}: {what} must have printable characters only, {MAX_DISPLAY_LENGTH} at most, not {text!r}"
        )
    return stripped


def _first_profile_table(tables: Iterable[TomlTable], name: str) -> TomlTable | None:
    """Return the settings of the profile, the user's before the machine's; it may also have keys only, and no table."""
    return next(_profile_tables(tables, name), None)


def _profile_tables(tables: Iterable[TomlTable], name: str) -> Iterator[TomlTable]:
    """Yield every table of this profile: the guards of all of them hold."""
    return (found for table in tables if (found := table.tables("profiles").get(name)) is not None)


def _profile_value(profile: TomlTable | None, key: str) -> tuple[str, str]:
    return (profile.text(key), profile.location) if profile else ("", "")


def _first(name: str, origins: dict[str, str], candidates: Iterable[tuple[str, str]]) -> str:
    """Return the first value that is set, and keep where it came from."""
    for value, origin in candidates:
        if value:
            origins[name] = origin
            return value
    return ""


def _with_site(source: CredentialSource, site: str, endpoint: str) -> CredentialSource:
    """Return the source, told which site it is for: a sign-in has to know whom to ask."""
    from unsub_tui.cli.credentials.password import PasswordSource

    return replace(source, site=site, endpoint=endpoint) if isinstance(source, PasswordSource) else source


def _site(environ: Mapping[str, str], profile: TomlTable | None, origins: dict[str, str]) -> str:
    site = _first("site", origins, [(environ.get("UNSUB_SITE", ""), "UNSUB_SITE"), _profile_value(profile, "site")])
    if site and site not in SITES:
        raise ConfigError(
            f"{origins['site']}: site must be one of {', '.join(SITES)}, not {site!r}{did_you_mean(site, SITES)}"
        )
    return site
