"""The sentences of the facts that the inventory states: why a finding is unknown, what endangers a backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.present.i18n import _, ngettext

INVENTORY_SENTENCES: Mapping[str, str] = {
    "inventory_not_read": _("not read yet"),
}

INVENTORY_PLURALS: Mapping[str, Callable[[int], str]] = {
    "inventory_partial": lambda n: ngettext(
        "the list of the service lacks {count} resource that exists, so it does not show everything",
        "the list of the service lacks {count} resources that exist, so it does not show everything",
        n,
    ),
}
