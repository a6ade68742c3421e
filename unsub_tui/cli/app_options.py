"""Builds the options of the app from flags, settings and environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.cli.config.paths import filters_file
from unsub_tui.cli.config.toml import ConfigError, did_you_mean
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.config.settings import AppSettings
    from unsub_tui.cli.context import GlobalOptions
    from unsub_tui.engine.engine import Engine


def build_app_options(engine: Engine, global_options: GlobalOptions, app_settings: AppSettings) -> AppOptions:
    """Prepare the environment for Textual, and return the options of the app.

    Raises ConfigError for an unknown key command, column or theme.
    """
    _prepare_environment()  # before the names are checked, which may import Textual
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.config.named_filters import filter_name_problem, load_named_filters, save_named_filter

    check_app_names(app_settings)
    filters_path = filters_file()
    return AppOptions(
        state_dir=engine.options.state_dir,
        theme=app_settings.theme or _default_theme(global_options),
        light=_is_light_background(),
        columns=app_settings.columns,
        reads_inventory=app_settings.reads_inventory,
        refresh_minutes=app_settings.refresh_minutes,
        countdown_seconds=app_settings.countdown_seconds,
        keymap=app_settings.keymap,
        filters=load_named_filters(filters_path),
        save_filter=lambda name, text: save_named_filter(filters_path, name, text),
        filter_name_problem=filter_name_problem,
        multiplexer="tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else "",
        is_first_run=_is_first_run(engine.options.state_dir),
        ascii_only=global_options.is_ascii or not is_utf8_terminal(),
        color=not (global_options.no_color or os.environ.get("NO_COLOR")),
    )


def _default_theme(global_options: GlobalOptions) -> str:
    """Return our own theme where the terminal announces true color and no light background, otherwise ""."""
    has_true_color = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
    no_color = global_options.no_color or os.environ.get("NO_COLOR")
    return "slate" if has_true_color and not no_color and not _is_light_background() else ""


def _prepare_environment() -> None:
    """Set the variables that Textual reads on import: animations off, our theme, an empty NO_COLOR removed.

    With another initial theme, Textual would parse every style sheet twice. Exported COLUMNS and LINES are removed
    because they may be outdated; Textual then asks the terminal for its size.
    """
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ["TEXTUAL_THEME"] = "ansi-light" if _is_light_background() else "ansi-dark"
    os.environ.pop("COLUMNS", None)
    os.environ.pop("LINES", None)
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]


def _is_light_background() -> bool:
    """Return whether `COLORFGBG` (such as `0;15`) reports a light background."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")


def check_app_names(app_settings: AppSettings) -> None:
    """Raise ConfigError for a key command, column or theme that the app does not have."""
    if app_settings == type(app_settings)():
        return
    from unsub_tui.app.columns import COLUMN_KINDS_BY_ID
    from unsub_tui.app.commands import COMMAND_IDS
    from unsub_tui.app.theme import THEMES

    known = (
        ("keys", app_settings.keymap, COMMAND_IDS),
        ("columns", app_settings.columns, COLUMN_KINDS_BY_ID),
        ("theme", [app_settings.theme] if app_settings.theme else [], THEMES),
    )
    for setting, names, allowed in known:
        for name in names:
            if name not in allowed:
                words = _("{setting}: unknown name {name!r}").format(setting=setting, name=name)
                all_names = "" if setting == "keys" else _("; known names: {names}").format(names=", ".join(allowed))
                raise ConfigError(words + (did_you_mean(name, allowed) or all_names))


def _is_first_run(directory: Path) -> bool:
    """Return whether this is the first start with this state directory, and record the start in the file `greeted`."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / "greeted").touch(mode=0o600, exist_ok=False)
    except OSError:
        return False
    return True


def is_utf8_terminal() -> bool:
    """Return whether stdout can display names in all scripts."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
