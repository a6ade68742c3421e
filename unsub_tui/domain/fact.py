"""Facts without words: a code and the values that its sentence names. `present/fact_texts.py` holds the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from unsub_tui.domain.untrusted_text import escape_unprintable

# A list of words: an enumeration of three hundred members would take a quarter of the time of a short command.
# fmt: off
FactCode = Literal[
    # guards
    "read_only", "read_only_session", "blocked_account", "maybe_blocked_account", "max_items", "max_share",
    "max_share_unknown", "max_amount", "max_amount_unknown", "protected", "guard", "guard_from",
    "two_people", "two_people_same", "two_people_unsure", "two_people_unknown",
    "findings_not_read", "tag_protects", "tags_unknown", "tags_not_listed", "not_stopped", "run_state_unknown",
    "backup_missing", "usable_backup_older", "backups_not_listed", "no_backup_seen",
    # amounts, bills and orders
    "out_of_range", "order_out_of_range", "lines_name_no_resource", "rows_out_of_range",
    # missing data of a quote
    "bills_not_read", "change_refund_unclear", "bonus_unclear", "period_not_stated", "bill_not_available",
    "no_bill_of_period", "several_currencies", "quota_use_unknown", "full_refund_left_unknown", "fee_not_in_table",
    "fee_unknown", "term", "may_be_package", "fee_between", "part_not_listed", "refund_between_parts",
    "bill_type_unknown", "periods_overlap",
    "period_beyond_expiry",
    # notes of a quote
    "frozen_may_be_refused",
    "may_be_refused", "paid_with_parent", "tax_left_out", "tax_of_order_left_out",
    "paid_by_other_account", "debt_counts_as_paid", "paid_with_cards", "paid_by_order",
    "coupons_returned", "coupons_valid", "coupons_expired", "coupons_partly_expired", "coupon_expiry_unknown",
    "coupons_not_read", "coupons_unread", "coupons_left_out", "coupons_incomplete", "coupons_not_named",
    "coupons_without_expiry",
    # rules of a quote
    "nothing_paid", "renewal_not_begun", "not_begun", "full_refund", "full_refund_quota", "counting_hours",
    "counting_days", "fee_table", "fee_waived", "fee_between_rows", "fee_of_either", "fee_observed", "fee_and_counting",
    "rule_date", "rule_override",
    # data of a quote that could not be read
    "month_unread", "purchase_orders_unread", "purchase_order_unread", "pending_orders_unread",
    "pending_orders_left_out",
    "past_unsubscriptions_unread", "past_unsubscriptions_left_out", "changes_unread", "renewal_bill_unread",
    "renewal_order_unread",
    "renewal_period_unknown", "renewal_price_unread", "renewal_price_of_refused", "renewal_term_unknown",
    "no_renewal_price",
    # full-refund window
    "began_as_pay_per_use", "promotion_may_exclude", "no_quota", "quota_use_unread", "quota_left", "quota_unsure",
    "quota_with_plan", "quota_of_unsubscriptions", "immediate_change_assumed", "quota_used_up", "quota_used_up_by_plan",
    # other processes
    "lock_owner", "lock_owner_on_terminal", "lock_owner_unknown", "lock_owner_suspended", "other_state_directory",
    "lock_held",
    # records and their files
    "record_unreadable", "record_not_opened", "record_not_locked", "record_not_created", "record_not_written",
    "path_unusable", "record_exists", "record_missing", "not_a_file", "not_a_directory", "not_writable",
    "owned_by_others", "record_accessible", "directory_accessible", "parent_owned_by_others", "parent_writable",
    "parent_writable_not_owned", "too_many_links", "little_space", "account_id_invalid", "record_unavailable",
    "step_close_program", "step_make_writable", "step_free_space", "step_check_disk", "record_too_new",
    "record_failed_before", "head_not_written", "journal_mode_unsupported", "record_corrupt", "head_damaged",
    "head_missing", "log_alone", "older_copy", "older_directory", "another_record", "states_differ",
    "format_unknown", "event_changed", "event_unknown", "event_contradictory", "event_without_unit", "run_changed",
    "run_not_started", "database_missing", "events_missing",
    # permissions
    "permission_needed", "inventory_permission_needed", "inventory_list_read", "inventory_not_needed",
    # settings of a connection
    "endpoint_credentials", "endpoint_invalid", "endpoint_not_a_host", "endpoint_scheme", "network_environment",
    "site_unknown", "site_undetermined",
    # credentials
    "credentials_not_loaded", "credential_malformed", "sign_in_impossible", "sign_in_rejected", "user_id_missing",
    "metadata_silent", "metadata_token_refused", "metadata_keys_refused", "metadata_keys_invalid", "no_agency",
    # network
    "canceled", "connection_broken", "connection_failed", "connection_timeout", "connections_busy", "not_http",
    "proxy_refused", "request_impossible", "response_damaged", "response_encoding", "response_timeout",
    "response_too_large", "not_read_in_time",
    # responses
    "api_not_published", "clock_difference", "other_site", "redirected", "field_invalid", "field_missing",
    "field_of_order_missing", "no_outcome", "no_price", "not_an_object", "not_json", "order_and_error",
    "other_order", "other_resources", "status_undocumented",
    # incomplete listings
    "listing_moved", "page_length", "rows_unreadable", "order_row_unreadable", "orders_unreadable", "row_repeated",
    "rows_missing", "total_changed", "total_missing",
    # texts that a user wrote
    "pattern_names_nothing", "pattern_of_tag", "pattern_field_unknown", "json_invalid", "json_without_ids",
    "table_without_ids", "no_ids",
    # planning
    "too_many_primary", "members_refused", "attached_is_protected", "attached_contradictory",
    "attached_unreadable", "disk_may_be_system", "server_is_protected",
    # warnings about an item
    "license_alone", "license_not_listed", "license_not_included", "replicas_keep_billing", "replicas_unsubscribed",
    "replicas_unclear", "replicas_listed", "detach_first", "unbind_first", "disk_alone", "disk_added_later",
    "disk_named_as_data", "rejected_as_part", "rejected_as_part_of_unknown", "bundle_unproven",
    # differences between reviewed and current state
    "not_listed", "closed", "license_listed", "server_not_listed", "field_changed", "currency_changed",
    "amount_changed", "kind_changed", "listed_attached", "listed_unattached", "rows_contradict", "row_unreadable",
    # checks of a confirmed plan
    "confirmed_other_plan", "phrase_wrong", "risks_not_acknowledged", "reason_too_long", "plan_empty",
    "plan_of_other_account", "plan_ids_invalid", "bundle_too_large",
    # checks before a request
    "lock_replaced", "program_suspended", "screen_silent", "submitted_before", "precheck_too_old",
    "other_request_unknown", "clock_offset",
    # ends of a run and of its units
    "ended_while_submitting", "ended_before_submitting", "program_ended", "order_cancelled", "change_reverted",
    "gone_after_change",
    # leftovers of a run
    "leftover_not_seen_by_other_user", "leftovers_not_asked", "leftover_unproven",
    # orders that belong to something else
    "order_mismatch", "order_of_other_unit", "order_is_purchase", "order_of_other_type", "order_too_old",
    "order_of_other_resources", "order_of_other_services", "order_refunds_others", "order_refunds_other_type",
    # orders that no run of the record placed
    "external_order", "cancelled_by_order", "maybe_cancelled_by_order", "no_external_order",
    "external_orders_unread", "maybe_unsubscribed_by_order", "earlier_request_unread",
    "earlier_request_not_searched", "not_in_use", "renewals_gone",
    # other resources in the response to a request
    "other_resource_failed", "more_resources_failed",
    # another transaction of the resource
    "busy_waits", "busy_too_long", "waited_for_transaction",
    # missing details of a settled unit
    "refund_rows_unread", "refund_rows_unproven", "orders_name_part", "amounts_unread", "bill_unread", "not_billed",
    "sentinel_not_listed", "orders_not_listed",
    # checks of the account and the machine
    "allowed", "account_not_connected", "account_not_opened", "test_would_execute", "no_order_to_test",
    "pattern_matches", "tag_pattern_matches", "pattern_not_counted", "pattern_misspelt", "too_many_resources",
    "resources_not_listed",
    "clock_unknown", "clock_equal", "clock_behind", "clock_ahead", "set_clock", "no_call", "rate_reduced",
    "total_of_all", "total_of_primary", "total_undecided", "list_complete", "list_changed",
    "contract_row_ids", "contract_rows_of_resources", "contract_total", "contract_totals", "contract_filter",
    "contract_filter_part", "contract_fields", "contract_fields_lacking", "contract_parents", "contract_overlaps",
    "contract_query_by_id", "contract_term_ends", "contract_delivery", "contract_codes", "contract_codes_unknown",
    "contract_order", "contract_order_fields", "contract_order_sum", "contract_windows", "contract_bill",
    "contract_old_bills", "contract_bill_method", "contract_bill_rejected", "contract_parts_own",
    "contract_parts_named", "contract_parts_whole", "contract_header", "contract_no_header", "contract_no_rows",
    "contract_one_row", "contract_no_attached", "contract_no_order", "contract_no_bill", "contract_list_too_long",
    "contract_times_undecided", "contract_page_length", "contract_page_begin", "contract_page_begin_primary",
    "contract_pages_undecided", "contract_list_moves", "contract_refund", "contract_refund_sum",
    "contract_no_unsubscription", "capture_not_redacted", "capture_too_large",
    "directory_absent", "directory_free", "record_set_aside", "compare_set_aside", "no_shared_lock",
    "use_one_state_directory", "record_sound", "record_sound_until", "record_with_open_items", "resume_open_items",
    # files that users name, and files that configure the program
    "unusable_file", "not_written", "no_such_file", "file_unreadable", "file_unwritable", "file_too_large",
    "file_empty", "file_exists", "not_utf8", "not_text", "excel_workbook", "not_regular_file",
    "link_not_followed", "hidden_character", "name_invalid",
    "plan_file_invalid", "plan_file_too_large", "file_of_other_account", "no_such_order", "no_unsubscription_order",
    "settings_too_large", "settings_unreadable", "dangling_link", "named_file_missing", "settings_of_other",
    "settings_writable", "keys_of_other", "keys_readable", "place_of_other", "place_writable", "set_variable",
    "move_settings", "chmod_place",
    # inventory
    "inventory_not_read", "inventory_partial",
    "inventory_row_missing", "inventory_task", "inventory_status", "inventory_not_stated",
    "inventory_cluster_tag", "inventory_cluster_tag_alone", "inventory_nodes_not_read",
    # lists of other services
    "inventory_no_permission", "inventory_no_permission_or_balance",
    "inventory_denied_by_organization", "inventory_not_offered", "inventory_not_configured", "inventory_no_response",
    "inventory_throttled", "inventory_failed", "inventory_unreadable", "inventory_cut_off", "inventory_changed",
    "inventory_rows_unreadable", "inventory_too_long", "inventory_too_slow", "inventory_some_projects",
    "inventory_place_invalid", "inventory_ids_invalid", "inventory_account_unknown",
    "inventory_recorder_off", "inventory_config_without_tags", "inventory_config_late",
    # what stays, recycle bins, activity
    "inventory_disks_unread", "inventory_tree_uncertain", "inventory_stays_at_least", "inventory_bin_state",
    "inventory_no_data",
    # backups
    "inventory_deleted_with_database", "inventory_engine_not_covered",
    "inventory_backup_perhaps_without_disk", "inventory_backup_time_unread", "inventory_backup_in_progress",
    "inventory_backup_failed", "inventory_backup_without_disk", "inventory_backup_expired",
    "inventory_backup_expiry_unread", "inventory_backup_expires_soon", "inventory_backup_expires_later",
    "inventory_later_backup_failed", "inventory_backup_lacks_disks", "inventory_backup_may_lack_disks",
    "inventory_backup_disks_not_named",
    "inventory_vault_selected", "inventory_vault_attached", "inventory_vault_unread", "inventory_vault_frozen",
    "inventory_vault_status", "inventory_vault_full", "inventory_vault_expiry_unknown",
    "inventory_vault_expires_soon", "inventory_vault_expires_later",
    # changes since a review
    "changed_run_state", "changed_attachments", "changed_to_unattached", "changed_binding", "changed_to_unbound",
    "changed_backup", "changed_to_no_backup",
    # rules files
    "rules_unreadable", "rule_invalid", "rule_row_too_long", "rule_names_nothing", "rule_excepts_itself",
    "rule_without_effect", "rules_disagree",
]
# fmt: on
"""Codes of facts, by subject. Each has one sentence in `present/fact_texts.py`.

Records contain the codes: a renamed one has no sentence in older records.
"""

FACT_CODES: frozenset[FactCode] = frozenset(get_args(FactCode))
"""All codes."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a message states."""

    code: str
    """A `FactCode`, or one that a newer version has recorded."""
    values: tuple[tuple[str, str | int | Fact | None], ...] = ()
    """Placeholders of the sentence and their values: raw text, a number, another fact, or None for an unknown value."""

    def __str__(self) -> str:
        """Return code and values for a traceback."""
        return " ".join((self.code, *(f"{name}={value}" for name, value in self.values)))


Statement = Fact | str
"""A fact, or text from outside such as an error code of Huawei Cloud."""


def fact(code: FactCode, /, **values: str | int | Fact | None) -> Fact:
    """Return a fact with its values by placeholder; unprintable characters are escaped, so that it can be stored."""
    return Fact(
        code,
        tuple((name, escape_unprintable(value) if isinstance(value, str) else value) for name, value in values.items()),
    )
