"""The sentences of the facts that the inventory states: why a finding is unknown, what endangers a backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.present.i18n import _, ngettext

INVENTORY_SENTENCES: Mapping[str, str] = {
    "inventory_not_read": _("not read yet"),
    "inventory_row_missing": _("the list of the service does not contain it"),
    "inventory_task": _("a task is in progress"),
    "inventory_status": _("its status is {status}"),
    "inventory_not_stated": _("the service does not state it"),
    "inventory_cluster_tag": _("it has a tag of CCE, but it was not seen among the nodes of a cluster"),
}

INVENTORY_PLURALS: Mapping[str, Callable[[int], str]] = {
    "inventory_partial": lambda n: ngettext(
        "the list of the service lacks {count} resource that exists, so it does not show everything",
        "the list of the service lacks {count} resources that exist, so it does not show everything",
        n,
    ),
}
