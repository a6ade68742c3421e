"""How the app looks and behaves in this terminal: flags, settings and environment become its options."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from unsub_tui.cli.places import filters_file
from unsub_tui.cli.tomlfile import ConfigError, nearest

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.profiles import Profiles
    from unsub_tui.cli.settings import LookSettings
    from unsub_tui.domain.plan import FiledPlan
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the command line said of the looks."""

    no_color: bool = False
    is_ascii: bool = False
    mouse: bool = False
    filed: FiledPlan | None = None
    """A plan file with whose review the app begins."""


def app_options(
    engine: Engine,
    look: Look,
    settings: LookSettings,
    ask_login: Callable[[], tuple[Secret, str]] | None,
    profiles: Profiles | None = None,
) -> AppOptions:
    """Return the options; raises ConfigError for a name that the app does not have."""
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.filters import filters_of, name_problem, save_filter

    check_names(settings)
    named = filters_file(os.environ)
    options = AppOptions(
        state_dir=engine.record_path,
        ask_login=ask_login,
        theme=settings.theme,
        light=is_light(os.environ),
        columns=settings.columns,
        refresh_minutes=settings.refresh_minutes,
        keymap=settings.keymap,
        filters=filters_of(named),
        save_filter=lambda name, text: save_filter(named, name, text),
        filter_name_problem=name_problem,
        filed=look.filed,
        multiplexer="tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else "",
        is_first_run=_is_first_run(engine.record_path),
        ascii=look.is_ascii or not _speaks_utf8(),
        colour=not (look.no_color or os.environ.get("NO_COLOR")),
    )
    return options if profiles is None else replace(options, profiles=profiles.listed, open_profile=profiles.open)


def prepare_environment(environ: MutableMapping[str, str]) -> None:
    """Set what Textual reads when it is imported: no animation; an empty NO_COLOR means that it is not set.

    Beginning with another theme than ours it would read every style sheet twice. COLUMNS and LINES, where somebody
    exported them, are a size that the terminal once had: it is asked itself.
    """
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ["TEXTUAL_THEME"] = "ansi-light" if is_light(environ) else "ansi-dark"
    environ.pop("COLUMNS", None)
    environ.pop("LINES", None)
    if environ.get("NO_COLOR") == "":
        del environ["NO_COLOR"]


def is_light(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that its background is light: `COLORFGBG=0;15`."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")


def check_names(settings: LookSettings) -> None:
    """Raise ConfigError for a key, a column or a theme that the app does not have."""
    if settings == type(settings)():
        return
    from unsub_tui.app import screens
    from unsub_tui.app.columns import BY_ID
    from unsub_tui.app.commands import COMMAND_IDS
    from unsub_tui.app.theme import THEMES

    for module in iter_modules(screens.__path__, f"{screens.__name__}."):
        import_module(module.name)  # every command is known once every screen is
    known = (
        ("keys", settings.keymap, COMMAND_IDS),
        ("columns", settings.columns, BY_ID),
        ("theme", [settings.theme] if settings.theme else [], THEMES),
    )
    for setting, names, allowed in known:
        for name in names:
            if name not in allowed:
                there_is = "" if setting == "keys" else f"; there is: {', '.join(allowed)}"
                raise ConfigError(f"{setting}: unknown name {name!r}{nearest(name, allowed) or there_is}")


def _is_first_run(directory: Path) -> bool:
    """Whether nobody was greeted here yet; from now on somebody was."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / "greeted").touch(mode=0o600, exist_ok=False)
    except OSError:
        return False
    return True


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
