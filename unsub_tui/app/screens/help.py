"""The help page: every key of the current screen, read from its active bindings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.binding import ActiveBinding
from textual.screen import Screen

from unsub_tui.app.commands import key_name
from unsub_tui.present.i18n import _
from unsub_tui.present.page import BLANK, Entry, field_entries, heading

INTRODUCTION = (
    _("/ find · Space select · p review. The review shows the resources, the amounts and the data that is lost."),
    _("Nothing is submitted before you acknowledge every risk and type a phrase."),
    _("Use tmux: a run stops if the terminal is gone. It never continues unseen."),
)


def help_page(screen: Screen[object], title: str) -> Sequence[Entry]:
    """Return the help page of a screen."""
    return [
        heading(title or _("Keys")),
        *field_entries(_key_rows(screen.active_bindings.values())),
        BLANK,
        *(Entry(line) for line in INTRODUCTION),
    ]


def _key_rows(active: Iterable[ActiveBinding]) -> list[tuple[str, str]]:
    """Return one row per action: its keys and its description."""
    keys: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    for each in active:
        binding = each.binding
        if not binding.tooltip:
            continue
        keys.setdefault(binding.action, []).append(key_name(binding.key))
        words[binding.action] = binding.tooltip
    return [("  ".join(dict.fromkeys(names)), words[action]) for action, names in keys.items()]
