"""Where the program's files are, on every Unix: the XDG directories."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs.unix import Unix

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

SYSTEM_CONFIG = Path("/etc/unsub-tui/config.toml")
"""Settings for every user of the machine; its guards hold for all."""

_DIRECTORIES = Unix("unsub-tui")


def home_dir() -> Path | None:
    """Return the home directory; None where HOME is not set and the system does not know the user."""
    try:
        found = Path.home()
    except RuntimeError:
        return None
    return found if found.is_absolute() else None


def config_file(environ: Mapping[str, str]) -> Path:
    """Return the user's settings file; it need not exist."""
    named = environ.get("UNSUB_CONFIG")
    return Path(named) if named else _xdg_path("user_config_path", ".config") / "config.toml"


def credentials_file(environ: Mapping[str, str]) -> Path:
    """Return the file of keys, beside the settings; it need not exist."""
    return config_file(environ).with_name("credentials.toml")


def rules_file(environ: Mapping[str, str]) -> Path:
    """Return the user's own rules of the vendor's sites, beside the settings; it need not exist."""
    return config_file(environ).with_name("rules.toml")


def filters_file(environ: Mapping[str, str]) -> Path:
    """Return the file of filters that were given names, beside the settings; it need not exist."""
    return config_file(environ).with_name("filters.toml")


def cache_dir() -> Path | None:
    """Return the directory of what can be read again; None where it would lie below a home that nobody knows."""
    try:
        return _xdg_path("user_cache_path", ".cache")
    except UnsubError:
        return None


def state_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of the record."""
    named = environ.get("UNSUB_STATE_DIR")
    return Path(named).absolute() if named else _xdg_path("user_state_path", ".local/state")


def runtime_dirs(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where the lock of an account can lie that all state directories of this user share, the best place first.

    The second is the same for all sessions of the user whatever their environment, so TMPDIR is not obeyed.
    """
    named, user = Path(environ.get("XDG_RUNTIME_DIR", "")), os.geteuid()
    session = named if named.is_absolute() else Path(f"/run/user/{user}")
    return (session / "unsub-tui", Path(f"/tmp/unsub-tui-{user}"))  # noqa: S108 - it is checked for owner and mode


def _xdg_path(name: str, default: str) -> Path:
    """Return a directory of the standard's, or the default below home where its variable is not absolute.

    Raises CONFIG where that would lie below a home that nobody knows.
    """
    try:
        path: Path = getattr(_DIRECTORIES, name)
    except RuntimeError:
        path = Path()
    if path.is_absolute():
        return path
    at_home = home_dir()
    if at_home is None:
        detail = "HOME has to be set to an absolute path: settings, keys and the record lie below it"
        raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail))
    return at_home / default / "unsub-tui"
