"""The settings of one invocation: flags over environment over files, guards from the strictest of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.cli.guarding import GUARD_KEYS, GuardFlags, guards_of, shown_guards
from unsub_tui.cli.places import SYSTEM_CONFIG, config_file, credentials_file, state_dir
from unsub_tui.cli.tomlfile import ConfigError, Table, nearest, read_secret_table, read_table
from unsub_tui.domain.foreign import MAX_SHOWN, clean, printable
from unsub_tui.domain.guards import Guards

if TYPE_CHECKING:
    from unsub_tui.api.credentials import CredentialSource
    from unsub_tui.cli.sources import Looked

SITES = ("intl", "cn", "eu")

_PROFILE_KEYS = ("site", "endpoint", "alias", "production", *GUARD_KEYS)
_LOOK_KEYS = ("theme", "columns", "refresh_minutes", "keys")

LONGEST_REFRESH = 10_080
"""Maximum number of minutes between two readings of the list: a week."""
_FILE_KEYS = ("profile", "profiles", *_LOOK_KEYS, *GUARD_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags(GuardFlags):
    """What the command line said; None where it said nothing."""

    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSettings:
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
    looked: tuple[Looked, ...] = ()
    """What every place that keys may come from had to give."""
    look: LookSettings = field(default_factory=LookSettings)
    origins: Mapping[str, str] = field(default_factory=dict)
    """Which file or variable each value came from, for `config show`."""


def shown(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, value and origin of every setting, as people may see them."""
    values = {
        "profile": settings.profile or "-",
        "site": settings.site or "found out by asking",
        "endpoint": settings.endpoint or "the site's own",
        "credentials": settings.source.label,
        **shown_guards(settings.guards),
        "theme": settings.look.theme or "ansi-dark or ansi-light, as the terminal is",
        "columns": " ".join(settings.look.columns) or "the usual ones",
        "refresh": f"every {settings.look.refresh_minutes} min" if settings.look.refresh_minutes else "by hand",
        "keys": " ".join(f"{name}={keys}" for name, keys in settings.look.keymap.items()) or "the usual ones",
        "state": str(settings.state_dir),
    }
    origins = {**settings.origins, **settings.guards.origins}
    return [(name, printable(value), printable(origins.get(name, ""))) for name, value in values.items()]


def load_settings(environ: Mapping[str, str], flags: Flags, system_config: Path = SYSTEM_CONFIG) -> Settings:
    """Return the settings; raises ConfigError naming the file, the key and what was expected."""
    from unsub_tui.api.endpoint import check_endpoint
    from unsub_tui.cli.sources import find

    tables = settings_files(environ, system_config)
    origins: dict[str, str] = {}
    profile_name = _first(
        "profile",
        origins,
        [(flags.profile or "", "--profile"), (environ.get("UNSUB_PROFILE", ""), "UNSUB_PROFILE")]
        + [(table.text("profile"), table.where) for table in tables],
    )
    if profile_name:
        _check_profile(profile_name, origins["profile"], tables, credentials_file(environ))
    profile = _profile(tables, profile_name)
    endpoint = _first(
        "endpoint", origins, [(environ.get("UNSUB_ENDPOINT", ""), "UNSUB_ENDPOINT"), _of(profile, "endpoint")]
    )
    if endpoint:
        check_endpoint(endpoint)
    is_named = bool(flags.profile or environ.get("UNSUB_PROFILE"))
    found = find(environ, credentials_file(environ), profile_name, is_named=is_named)
    origins["credentials"] = next((each.place for each in found.looked if each.used), "")
    site = _site(environ, profile, origins)
    return Settings(
        profile=profile_name,
        site=site,
        endpoint=endpoint,
        alias=_typable(profile.text("alias"), profile.where, "alias") if profile else "",
        is_production=profile.flag("production") if profile else False,
        guards=guards_of(environ, flags, [*tables, *_profiles(tables, profile_name)]),
        state_dir=state_dir(environ),
        source=_for_site(found.source, site, endpoint),
        looked=found.looked,
        look=_look(environ, tables, origins),
        origins=origins,
    )


def demo_look(environ: Mapping[str, str]) -> LookSettings:
    """Return the looks of the demo, which reads no settings file."""
    return _look(environ, [], {})


def _look(environ: Mapping[str, str], tables: Sequence[Table], origins: dict[str, str]) -> LookSettings:
    """Return the looks: the user's file before the machine's; a key of the keymap from whichever names it first."""
    theme = _first(
        "theme",
        origins,
        [(environ.get("UNSUB_THEME", ""), "UNSUB_THEME"), *((table.text("theme"), table.where) for table in tables)],
    )
    columns = next((names for table in tables if (names := table.texts("columns"))), ())
    minutes = next((number for table in tables if (number := table.whole("refresh_minutes", LONGEST_REFRESH))), 0)
    keymap: dict[str, str] = {}
    for table in reversed(tables):
        keys = table.table("keys")
        keymap |= {name: keys.text(name) for name in keys.values} if keys is not None else {}
    return LookSettings(theme=theme, columns=columns, refresh_minutes=minutes, keymap=keymap)


def cli_guards(environ: Mapping[str, str], flags: Flags) -> Guards:
    """Return the guards of flags and environment alone, for the demo, which reads no settings file."""
    return guards_of(environ, flags, [])


def check_profiles(environ: Mapping[str, str], flags: Flags, system_config: Path = SYSTEM_CONFIG) -> None:
    """Raise CONFIG for a profile that could not be used, whichever is in use now."""
    from unsub_tui.api.endpoint import check_endpoint

    for table in settings_files(environ, system_config):
        for name, profile in table.tables("profiles").items():
            _typable(name, table.where, "a profile's name")
            _typable(profile.text("alias"), profile.where, "alias")
            _site({}, profile, {})
            profile.flag("production")
            guards_of(environ, flags, [profile])
            if profile.text("endpoint"):
                check_endpoint(profile.text("endpoint"))


def settings_files(environ: Mapping[str, str], system_config: Path) -> list[Table]:
    """Return the user's settings and those of the machine, as far as they exist; raises ConfigError."""
    named_by = "UNSUB_CONFIG" if environ.get("UNSUB_CONFIG") else ""
    found = (_file(config_file(environ), named_by), _file(system_config, ""))
    return [table for table in found if table is not None]


def _file(path: Path, named_by: str) -> Table | None:
    table = read_table(path, named_by=named_by)
    if table is not None:
        table.refuse_unknown(_FILE_KEYS)
        for profile in table.tables("profiles").values():
            profile.refuse_unknown(_PROFILE_KEYS)
    return table


def _check_profile(name: str, origin: str, tables: Sequence[Table], keys_file: Path) -> None:
    """Raise ConfigError unless there are settings or keys of a profile that is named.

    Without its table a misspelt profile would have none of its guards.
    """
    _typable(name, origin, "a profile's name")
    names = {each for table in tables for each in table.tables("profiles")}
    if name in names:
        return
    keys = read_secret_table(keys_file)
    names |= set(keys.tables_of_all()) if keys is not None else set()
    if name not in names:
        raise ConfigError(
            f"{origin} names the profile {name!r}, and there is neither a table [profiles.{name}] in the settings nor "
            f"a table [{name}] in {keys_file}{nearest(name, names)}"
        )


def _typable(text: str, origin: str, what: str) -> str:
    """Return a text without blanks around it; raise ConfigError for one that cannot be shown and typed as it is."""
    stripped = text.strip()
    if clean(stripped) != stripped:
        raise ConfigError(f"{origin}: {what} must have printable characters only, {MAX_SHOWN} at most, not {text!r}")
    return stripped


def _profile(tables: Iterable[Table], name: str) -> Table | None:
    """Return the settings of the profile, the user's before the machine's; it may also have keys only, and no table."""
    return next(_profiles(tables, name), None)


def _profiles(tables: Iterable[Table], name: str) -> Iterator[Table]:
    """Yield every table of this profile: the guards of all of them hold."""
    return (found for table in tables if (found := table.tables("profiles").get(name)) is not None)


def _of(profile: Table | None, key: str) -> tuple[str, str]:
    return (profile.text(key), profile.where) if profile else ("", "")


def _first(name: str, origins: dict[str, str], candidates: Iterable[tuple[str, str]]) -> str:
    """Return the first value that is set, and keep where it came from."""
    for value, origin in candidates:
        if value:
            origins[name] = origin
            return value
    return ""


def _for_site(source: CredentialSource, site: str, endpoint: str) -> CredentialSource:
    """Return the source, told which site it is for: a sign-in has to know whom to ask."""
    from unsub_tui.cli.sources.login import LoginSource

    return replace(source, site=site, endpoint=endpoint) if isinstance(source, LoginSource) else source


def _site(environ: Mapping[str, str], profile: Table | None, origins: dict[str, str]) -> str:
    site = _first("site", origins, [(environ.get("UNSUB_SITE", ""), "UNSUB_SITE"), _of(profile, "site")])
    if site and site not in SITES:
        raise ConfigError(
            f"{origins['site']}: site must be one of {', '.join(SITES)}, not {site!r}{nearest(site, SITES)}"
        )
    return site
