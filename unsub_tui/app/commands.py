"""Command declarations: the single source for the footer, the help screen and key remapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import ActiveBinding, Binding, BindingType


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that a key runs."""

    id: str
    """Stable identifier, used for remapping."""
    keys: str
    """Comma-separated keys under their Textual names; the footer shows the first key."""
    action: str
    label: str
    """Footer label of one or two words."""
    help: str
    """A sentence for the help screen; an empty string hides the command there."""
    in_footer: bool = False
    """Whether the footer shows the command."""

    @property
    def binding(self) -> Binding:
        """The command as a Textual binding."""
        return Binding(self.keys, self.action, self.label, show=self.in_footer, id=self.id, tooltip=self.help)


def bindings(*commands: Command) -> list[BindingType]:
    """Return the bindings of the commands in the given order and register the command ids."""
    COMMAND_IDS.update(command.id for command in commands)
    return [command.binding for command in commands]


COMMAND_IDS: set[str] = set()
"""Ids of all commands of the imported screens and widgets: the ids that a keymap may contain."""


KEY_NAMES = {
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "kp_plus": "+",
    "kp_minus": "-",
    "dollar_sign": "$",
    "colon": ":",
    "slash": "/",
    "space": "space",
    "escape": "esc",
    "asterisk": "*",
    "ctrl+backslash": "ctrl+\\",
    "circumflex_accent": "^",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "ctrl+at": "ctrl+@",
}
"""Display names of keys, by Textual name, if they differ."""


def key_of(active: Iterable[ActiveBinding], command: str) -> str:
    """Return the display name of the key of a command, including remapped keys, or "" if it has no key."""
    return next((key_name(each.binding.key) for each in active if each.binding.id == command), "")


def key_name(key: str) -> str:
    """Return the display name of a key."""
    return KEY_NAMES.get(key, key)
