"""One declaration per command: footer, help and key remapping are all read from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import ActiveBinding, Binding, BindingType


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A thing that a key does."""

    id: str
    """Stable name, for remapping."""
    keys: str
    """Keys in Textual's names, separated by commas; the first is the one that is shown."""
    action: str
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the help screen; empty hides it there."""
    in_footer: bool = False
    """Whether it is worth a place in the footer."""

    @property
    def binding(self) -> Binding:
        """Return Textual's form of it."""
        return Binding(self.keys, self.action, self.label, show=self.in_footer, id=self.id, tooltip=self.help)


def bindings(*commands: Command) -> list[BindingType]:
    """Return the bindings of these commands, in their order."""
    COMMAND_IDS.update(command.id for command in commands)
    return [command.binding for command in commands]


COMMAND_IDS: set[str] = set()
"""The ids of all commands of the screens and widgets that were imported: what a keymap may name."""


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
"""How keys are written for people where Textual's name is another."""


def key_of(active: Iterable[ActiveBinding], command: str) -> str:
    """Return the key of a command as people know it, also where it was remapped; nothing where it has none."""
    return next((key_name(each.binding.key) for each in active if each.binding.id == command), "")


def key_name(key: str) -> str:
    """Return a key as people know it."""
    return KEY_NAMES.get(key, key)
