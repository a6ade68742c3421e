"""Where the program's files are, on every Unix: the XDG directories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platformdirs.unix import Unix

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

SYSTEM_CONFIG = Path("/etc/unsub-tui/config.toml")
"""Settings for every user of the machine; its guards hold for all."""

_DIRECTORIES = Unix("unsub-tui")


def require_home() -> None:
    """Refuse to begin, raising CONFIG, where no home directory is known: settings, keys and record lie below it."""
    try:
        is_known = Path.home().is_absolute()
    except RuntimeError:  # no HOME, and a user whom the system does not know, as in some containers
        is_known = False
    if not is_known:
        detail = "HOME has to be set to an absolute path: settings, keys and the record lie below it"
        raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail))


def config_file(environ: Mapping[str, str]) -> Path:
    """Return the user's settings file; it need not exist."""
    named = environ.get("UNSUB_CONFIG")
    return Path(named) if named else _absolute(_DIRECTORIES.user_config_path, ".config") / "config.toml"


def credentials_file(environ: Mapping[str, str]) -> Path:
    """Return the file of keys, beside the settings; it need not exist."""
    return config_file(environ).with_name("credentials.toml")


def rules_file(environ: Mapping[str, str]) -> Path:
    """Return the user's own rules of the vendor's sites, beside the settings; it need not exist."""
    return config_file(environ).with_name("rules.toml")


def filters_file(environ: Mapping[str, str]) -> Path:
    """Return the file of filters that were given names, beside the settings; it need not exist."""
    return config_file(environ).with_name("filters.toml")


def cache_dir() -> Path:
    """Return the directory of what can be read again."""
    return _absolute(_DIRECTORIES.user_cache_path, ".cache")


def state_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of the record."""
    named = environ.get("UNSUB_STATE_DIR")
    return Path(named).absolute() if named else _absolute(_DIRECTORIES.user_state_path, ".local/state")


def _absolute(path: Path, default: str) -> Path:
    """Return `path`, or the default below home where an XDG variable was not absolute: the standard ignores those."""
    return path if path.is_absolute() else Path.home() / default / "unsub-tui"
