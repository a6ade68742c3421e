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
    # lists of other services
    "inventory_no_permission": _("not allowed: {action}"),
    "inventory_no_permission_or_balance": _("not allowed: {action}, or the balance of the account is too low"),
    "inventory_denied_by_organization": _("denied by a service control policy of the organization: {action}"),
    "inventory_not_offered": _("not offered in {region}"),
    "inventory_not_configured": _("not configured: UNSUB_ENDPOINT is set, but {variable} is not"),
    "inventory_no_response": _("no response: {reason}"),
    "inventory_throttled": _("too many requests, try again later"),
    "inventory_failed": _("failed: {code}"),
    "inventory_unreadable": _("the response cannot be read: {reason}"),
    "inventory_cut_off": _("not read to the end: {reason}"),
    "inventory_changed": _("the list changed while it was read"),
    "inventory_some_projects": _("the service may show only the default enterprise project"),
    "inventory_place_invalid": _("the resource has no valid region and project"),
    "inventory_account_unknown": _("the account id is unknown"),
}

INVENTORY_PLURALS: Mapping[str, Callable[[int], str]] = {
    "inventory_rows_unreadable": lambda n: ngettext(
        "{count} row of the list cannot be read", "{count} rows of the list cannot be read", n
    ),
    "inventory_too_long": lambda n: ngettext(
        "only {count} row of the list was read, it is too long",
        "only {count} rows of the list were read, it is too long",
        n,
    ),
    "inventory_too_slow": lambda n: ngettext(
        "only {count} row of the list was read, it took too long",
        "only {count} rows of the list were read, it took too long",
        n,
    ),
    "inventory_ids_invalid": lambda n: ngettext(
        "{count} id cannot be sent to the service", "{count} ids cannot be sent to the service", n
    ),
    "inventory_partial": lambda n: ngettext(
        "the list of the service lacks {count} resource that exists, so it does not show everything",
        "the list of the service lacks {count} resources that exist, so it does not show everything",
        n,
    ),
}
