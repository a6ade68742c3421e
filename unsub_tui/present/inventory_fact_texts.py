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
    "inventory_cluster_tag_alone": _("it has a tag of CCE, but the nodes of the clusters were not read"),
    "inventory_nodes_not_read": _(
        "the account has {count} clusters, so their nodes are read only for details, reviews and filters on clusters"
    ),
    # checks of the permissions
    "inventory_permission_needed": _("needed to {operation}: {action}"),
    "inventory_list_read": _("read in {region}"),
    "inventory_not_needed": _("no resource of the account needs it"),
    # lists of other services
    "inventory_no_permission": _("not allowed: {action}"),
    "inventory_no_permission_or_balance": _("not allowed: {action}, or the balance of the account is too low"),
    "inventory_denied_by_organization": _("denied by a service control policy of the organization: {action}"),
    "inventory_not_offered": _("not offered in {region}"),
    "inventory_not_configured": _("not configured: with a custom endpoint, this service needs {variable}"),
    "inventory_no_response": _("no response: {reason}"),
    "inventory_throttled": _("too many requests, try again later"),
    "inventory_failed": _("failed: {code}"),
    "inventory_unreadable": _("the response cannot be read: {reason}"),
    "inventory_cut_off": _("not read to the end: {reason}"),
    "inventory_changed": _("the list changed while it was read"),
    "inventory_some_projects": _("the service may show only the default enterprise project"),
    "inventory_place_invalid": _("the resource has no valid region and project"),
    "inventory_recorder_off": _("the resource recorder of Config is off"),
    "inventory_config_without_tags": _("Config has none, but may be a day late"),
    "inventory_config_late": _("only Config knows its tags, and may be a day late"),
    "inventory_account_unknown": _("the account id is unknown"),
    "inventory_disks_unread": _("the disks of the server were not read"),
    # what stays, recycle bins, activity
    "inventory_tree_uncertain": _("the list of yearly/monthly resources changed while it was read"),
    "inventory_bin_state": _("its state may keep it out of the recycle bin"),
    "inventory_no_data": _("no data"),
    # backups, and what endangers one
    "inventory_deleted_with_database": _("it is deleted with the database"),
    "inventory_engine_not_covered": _("the service does not list all backups of the engine {engine}"),
    "inventory_backup_perhaps_without_disk": _("the server's backup of {date} UTC may not include this disk"),
    "inventory_backup_time_unread": _("there is a backup, but its time cannot be read"),
    "inventory_backup_in_progress": _("a backup that began on {date} UTC is in progress"),
    "inventory_backup_failed": _("the backup of {date} UTC cannot be used, its status is {status}"),
    "inventory_backup_without_disk": _("the server's backup of {date} UTC does not include this disk"),
    "inventory_backup_expired": _("the last backup expired on {date} UTC"),
    "inventory_backup_expiry_unread": _("its expiry cannot be read"),
    "inventory_backup_expires_soon": _("it expires on {date} UTC"),
    "inventory_backup_expires_later": _("it expires on {date} UTC"),
    "inventory_later_backup_failed": _("a later backup, of {date} UTC, failed"),
    "inventory_vault_selected": _("its vault {vault} is selected, too"),
    "inventory_vault_attached": _("its vault {vault} is attached to this resource and also unsubscribed"),
    "inventory_vault_unread": _("its vault {vault} was not seen: {reason}"),
    "inventory_vault_frozen": _("its vault {vault} is frozen"),
    "inventory_vault_status": _("the status of its vault {vault} is {status}"),
    "inventory_vault_full": _("its vault {vault} is full and makes no new backups"),
    "inventory_vault_expiry_unknown": _("the expiry of its yearly/monthly vault {vault} is unknown"),
    "inventory_vault_expires_soon": _("its vault {vault} expires on {date} UTC without auto-renewal"),
    "inventory_vault_expires_later": _("its vault {vault} expires on {date} UTC without auto-renewal"),
    # changes since a review
    "changed_run_state": _("its status is now {state}, it was {before}"),
    "changed_attachments": _("it is now attached to {names}"),
    "changed_to_unattached": _("it is now unattached"),
    "changed_binding": _("it is now bound to {names}"),
    "changed_to_unbound": _("it is now unbound"),
    "changed_backup": _("its newest backup is now that of {date} UTC"),
    "changed_to_no_backup": _("no backup of it is seen any more"),
}

INVENTORY_OPERATIONS: Mapping[str, str] = {
    "list_servers_details": _("see which servers run"),
    "show_recycle_bin": _("see whether deleted servers are kept for a while"),
    "list_volumes": _("see what disks are attached to"),
    "list_snapshots": _("count the snapshots of disks"),
    "list_publicips": _("see what EIPs are bound to, and which stay"),
    "list_bandwidths": _("see which EIPs share a bandwidth"),
    "list_vault": _("see the vaults of backups"),
    "list_backups": _("see the backups of servers and disks"),
    "list_instances": _("see the state of databases"),
    "list_backups_of_rds": _("see the backups of databases"),
    "list_clusters": _("see the clusters of CCE"),
    "list_nodes": _("see which servers are nodes of a cluster"),
    "show_tracker_config": _("see whether Config is up to date"),
    "list_all_resources": _("see the tags of other services"),
    "batch_list_metric_data": _("see how busy resources were"),
}
"""What an operation of the inventory is for, after "needed to"."""

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
    "inventory_stays_at_least": lambda n: ngettext(
        "at least {count} resource stays ({ids}), but not everything was read: {reason}",
        "at least {count} resources stay ({ids}), but not everything was read: {reason}",
        n,
    ),
    "inventory_backup_lacks_disks": lambda n: ngettext(
        "it does not include {count} disk: {ids}", "it does not include {count} disks: {ids}", n
    ),
    "inventory_backup_disks_not_named": lambda n: ngettext(
        "it does not name its disks, of which its vault leaves none out today; it may not include {count} disk: {ids}",
        "it does not name its disks, of which its vault leaves none out today; it may not include {count} disks: {ids}",
        n,
    ),
    "inventory_backup_may_lack_disks": lambda n: ngettext(
        "it may not include {count} disk: {ids}", "it may not include {count} disks: {ids}", n
    ),
}
