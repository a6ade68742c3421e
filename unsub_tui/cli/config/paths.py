"""Paths of the program's files: the XDG directories, on every Unix."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from platformdirs.unix import Unix

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.present.i18n import _

SYSTEM_CONFIG = Path("/etc/unsub-tui/config.toml")
"""Settings for all users of the machine; its guards apply to everyone."""

_DIRECTORIES = Unix("unsub-tui")


def home_dir() -> Path | None:
    """Return the home directory, or None if HOME is not set or not absolute and the system does not know the user."""
    try:
        found = Path.home()
    except RuntimeError:
        return None
    return found if found.is_absolute() else None


def config_file() -> Path:
    """Return the path of the user's settings file, which may not exist."""
    named = os.environ.get("UNSUB_CONFIG")
    return Path(named) if named else _xdg_path("user_config_path", ".config") / "config.toml"


def credentials_file() -> Path:
    """Return the path of the credentials file beside the settings file, which may not exist."""
    return config_file().with_name("credentials.toml")


def rules_file() -> Path:
    """Return the path of the user's own fee rules beside the settings file, which may not exist."""
    return config_file().with_name("rules.toml")


def filters_file() -> Path:
    """Return the path of the named filters beside the settings file, which may not exist."""
    return config_file().with_name("filters.toml")


def cache_dir() -> Path | None:
    """Return the cache directory, or None if it would be below an unknown home directory."""
    try:
        return _xdg_path("user_cache_path", ".cache")
    except UnsubError:
        return None


def state_dir() -> Path:
    """Return the directory of the journals."""
    named = os.environ.get("UNSUB_STATE_DIR")
    return Path(named).absolute() if named else _xdg_path("user_state_path", ".local/state")


def runtime_dirs() -> tuple[Path, ...]:
    """Return the directories for an account's lock, best first; all state directories of this user share the lock.

    The second directory is the same in all sessions of the user, whatever their environment, so TMPDIR is ignored.
    """
    named, user = Path(os.environ.get("XDG_RUNTIME_DIR", "")), os.geteuid()
    session = named if named.is_absolute() else Path(f"/run/user/{user}")
    return (session / "unsub-tui", Path(f"/tmp/unsub-tui-{user}"))  # noqa: S108 - its owner and mode are checked before use


def _xdg_path(name: str, default: str) -> Path:
    """Return an XDG directory, or the default below the home directory if its variable is not absolute.

    Raises CONFIG if the home directory is needed and unknown.
    """
    with suppress(RuntimeError):  # the home directory is unknown
        path: Path = getattr(_DIRECTORIES, name)
        if path.is_absolute():
            return path
    at_home = home_dir()
    if at_home is None:
        detail = _("HOME must be an absolute path: settings, credentials and record are below it")
        raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail))
    return at_home / default / "unsub-tui"
