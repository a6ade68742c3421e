"""Facts without words: a code and the values that its sentence names. `present/fact_texts.py` holds the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.untrusted_text import escape_unprintable


# reason: a list of names without logic, one line for each sentence
class FactCode(StrEnum):
    """Codes of facts, by the package that states them. Each has one sentence in `present/fact_texts.py`.

    Records contain the codes: a record with a code that is renamed or removed later cannot be read any more.
    """

    # guards
    READ_ONLY = "read_only"
    READ_ONLY_SESSION = "read_only_session"
    BLOCKED_ACCOUNT = "blocked_account"
    MAYBE_BLOCKED_ACCOUNT = "maybe_blocked_account"
    MAX_ITEMS = "max_items"
    MAX_SHARE = "max_share"
    MAX_SHARE_UNKNOWN = "max_share_unknown"
    MAX_AMOUNT = "max_amount"
    MAX_AMOUNT_UNKNOWN = "max_amount_unknown"
    PROTECTED = "protected"
    GUARD = "guard"
    GUARD_FROM = "guard_from"

    # amounts, bills and orders
    OUT_OF_RANGE = "out_of_range"
    ORDER_OUT_OF_RANGE = "order_out_of_range"
    LINES_NAME_NO_RESOURCE = "lines_name_no_resource"
    ROWS_OUT_OF_RANGE = "rows_out_of_range"

    # missing data of a quote
    BILLS_NOT_READ = "bills_not_read"
    CHANGE_REFUND_UNCLEAR = "change_refund_unclear"
    BONUS_UNCLEAR = "bonus_unclear"
    PERIOD_NOT_STATED = "period_not_stated"
    BILL_NOT_AVAILABLE = "bill_not_available"
    NO_BILL_OF_PERIOD = "no_bill_of_period"
    SEVERAL_CURRENCIES = "several_currencies"
    QUOTA_USE_UNKNOWN = "quota_use_unknown"
    FULL_REFUND_LEFT_UNKNOWN = "full_refund_left_unknown"
    FEE_NOT_IN_TABLE = "fee_not_in_table"
    FEE_UNKNOWN = "fee_unknown"
    TERM = "term"
    TERM_UNKNOWN = "term_unknown"

    # notes of a quote
    MAY_BE_REFUSED = "may_be_refused"

    # rules of a quote
    NOTHING_PAID = "nothing_paid"
    RENEWAL_NOT_BEGUN = "renewal_not_begun"
    NOT_BEGUN = "not_begun"
    FULL_REFUND = "full_refund"
    FULL_REFUND_QUOTA = "full_refund_quota"
    COUNTING_HOURS = "counting_hours"
    COUNTING_DAYS = "counting_days"
    FEE_TABLE = "fee_table"
    FEE_OBSERVED = "fee_observed"
    FEE_AND_COUNTING = "fee_and_counting"
    RULE_DATE = "rule_date"
    RULE_OVERRIDE = "rule_override"

    # data of a quote that could not be read
    MONTH_UNREAD = "month_unread"
    PURCHASE_ORDERS_UNREAD = "purchase_orders_unread"
    PENDING_ORDERS_UNREAD = "pending_orders_unread"
    PENDING_ORDERS_LEFT_OUT = "pending_orders_left_out"
    PAST_UNSUBSCRIPTIONS_UNREAD = "past_unsubscriptions_unread"
    CHANGES_UNREAD = "changes_unread"
    RENEWAL_BILL_UNREAD = "renewal_bill_unread"
    RENEWAL_ORDER_UNREAD = "renewal_order_unread"
    RENEWAL_PERIOD_UNKNOWN = "renewal_period_unknown"
    RENEWAL_PRICE_UNREAD = "renewal_price_unread"
    RENEWAL_PRICE_OF_REFUSED = "renewal_price_of_refused"
    RENEWAL_TERM_UNKNOWN = "renewal_term_unknown"
    NO_RENEWAL_PRICE = "no_renewal_price"

    # full-refund window
    BEGAN_AS_PAY_PER_USE = "began_as_pay_per_use"
    PROMOTION_MAY_EXCLUDE = "promotion_may_exclude"
    NO_QUOTA = "no_quota"
    QUOTA_USE_UNREAD = "quota_use_unread"
    QUOTA_LEFT = "quota_left"
    QUOTA_UNSURE = "quota_unsure"
    QUOTA_WITH_PLAN = "quota_with_plan"
    QUOTA_USED_UP = "quota_used_up"
    QUOTA_USED_UP_BY_PLAN = "quota_used_up_by_plan"

    # other processes
    LOCK_OWNER = "lock_owner"
    LOCK_OWNER_ON_TERMINAL = "lock_owner_on_terminal"
    LOCK_OWNER_UNKNOWN = "lock_owner_unknown"
    LOCK_OWNER_SUSPENDED = "lock_owner_suspended"
    OTHER_STATE_DIRECTORY = "other_state_directory"
    LOCK_HELD = "lock_held"

    # records and their files
    RECORD_UNREADABLE = "record_unreadable"
    RECORD_NOT_OPENED = "record_not_opened"
    RECORD_NOT_LOCKED = "record_not_locked"
    RECORD_NOT_CREATED = "record_not_created"
    RECORD_NOT_WRITTEN = "record_not_written"
    PATH_UNUSABLE = "path_unusable"
    RECORD_EXISTS = "record_exists"
    RECORD_MISSING = "record_missing"
    NOT_A_FILE = "not_a_file"
    NOT_A_DIRECTORY = "not_a_directory"
    NOT_WRITABLE = "not_writable"
    OWNED_BY_OTHERS = "owned_by_others"
    RECORD_ACCESSIBLE = "record_accessible"
    DIRECTORY_ACCESSIBLE = "directory_accessible"
    PARENT_OWNED_BY_OTHERS = "parent_owned_by_others"
    PARENT_WRITABLE = "parent_writable"
    PARENT_WRITABLE_NOT_OWNED = "parent_writable_not_owned"
    TOO_MANY_LINKS = "too_many_links"
    LITTLE_SPACE = "little_space"
    ACCOUNT_ID_INVALID = "account_id_invalid"
    RECORD_UNAVAILABLE = "record_unavailable"
    STEP_CLOSE_PROGRAM = "step_close_program"
    STEP_MAKE_WRITABLE = "step_make_writable"
    STEP_FREE_SPACE = "step_free_space"
    STEP_CHECK_DISK = "step_check_disk"
    RECORD_TOO_NEW = "record_too_new"
    RECORD_FAILED_BEFORE = "record_failed_before"
    HEAD_NOT_WRITTEN = "head_not_written"
    JOURNAL_MODE_UNSUPPORTED = "journal_mode_unsupported"
    RECORD_CORRUPT = "record_corrupt"
    HEAD_DAMAGED = "head_damaged"
    HEAD_MISSING = "head_missing"
    LOG_ALONE = "log_alone"
    OLDER_COPY = "older_copy"
    OLDER_DIRECTORY = "older_directory"
    ANOTHER_RECORD = "another_record"
    STATES_DIFFER = "states_differ"
    FORMAT_UNKNOWN = "format_unknown"
    EVENT_CHANGED = "event_changed"
    EVENT_UNKNOWN = "event_unknown"
    EVENT_CONTRADICTORY = "event_contradictory"
    EVENT_WITHOUT_UNIT = "event_without_unit"
    RUN_CHANGED = "run_changed"
    RUN_NOT_STARTED = "run_not_started"
    DATABASE_MISSING = "database_missing"
    EVENTS_MISSING = "events_missing"

    # permissions
    PERMISSION_NEEDED = "permission_needed"

    # settings of a connection
    ENDPOINT_CREDENTIALS = "endpoint_credentials"
    ENDPOINT_INVALID = "endpoint_invalid"
    ENDPOINT_NOT_A_HOST = "endpoint_not_a_host"
    ENDPOINT_SCHEME = "endpoint_scheme"
    NETWORK_ENVIRONMENT = "network_environment"
    SITE_UNKNOWN = "site_unknown"
    SITE_UNDETERMINED = "site_undetermined"

    # credentials
    CREDENTIALS_NOT_LOADED = "credentials_not_loaded"
    CREDENTIAL_MALFORMED = "credential_malformed"
    SIGN_IN_IMPOSSIBLE = "sign_in_impossible"
    SIGN_IN_REJECTED = "sign_in_rejected"
    USER_ID_MISSING = "user_id_missing"
    METADATA_SILENT = "metadata_silent"
    METADATA_TOKEN_REFUSED = "metadata_token_refused"  # noqa: S105 - the name of a fact
    METADATA_KEYS_REFUSED = "metadata_keys_refused"
    METADATA_KEYS_INVALID = "metadata_keys_invalid"
    NO_AGENCY = "no_agency"

    # network
    CANCELED = "canceled"
    CONNECTION_BROKEN = "connection_broken"
    CONNECTION_FAILED = "connection_failed"
    CONNECTION_TIMEOUT = "connection_timeout"
    CONNECTIONS_BUSY = "connections_busy"
    NOT_HTTP = "not_http"
    PROXY_REFUSED = "proxy_refused"
    REQUEST_IMPOSSIBLE = "request_impossible"
    RESPONSE_DAMAGED = "response_damaged"
    RESPONSE_ENCODING = "response_encoding"
    RESPONSE_TIMEOUT = "response_timeout"
    RESPONSE_TOO_LARGE = "response_too_large"

    # responses
    API_NOT_PUBLISHED = "api_not_published"
    CLOCK_DIFFERENCE = "clock_difference"
    OTHER_SITE = "other_site"
    REDIRECTED = "redirected"
    FIELD_INVALID = "field_invalid"
    FIELD_MISSING = "field_missing"
    FIELD_OF_ORDER_MISSING = "field_of_order_missing"
    NO_OUTCOME = "no_outcome"
    NO_PRICE = "no_price"
    NOT_AN_OBJECT = "not_an_object"
    NOT_JSON = "not_json"
    ORDER_AND_ERROR = "order_and_error"
    OTHER_ORDER = "other_order"
    OTHER_RESOURCES = "other_resources"
    STATUS_UNDOCUMENTED = "status_undocumented"

    # incomplete listings
    LISTING_MOVED = "listing_moved"
    PAGE_LENGTH = "page_length"
    ROW_REPEATED = "row_repeated"
    ROWS_MISSING = "rows_missing"
    TOTAL_CHANGED = "total_changed"

    # texts that a user wrote
    PATTERN_NAMES_NOTHING = "pattern_names_nothing"
    PATTERN_OF_TAG = "pattern_of_tag"
    PATTERN_FIELD_UNKNOWN = "pattern_field_unknown"
    JSON_INVALID = "json_invalid"
    JSON_WITHOUT_IDS = "json_without_ids"

    # planning
    TOO_MANY_PRIMARY = "too_many_primary"
    MEMBERS_REFUSED = "members_refused"
    ATTACHED_IS_PROTECTED = "attached_is_protected"

    # differences between reviewed and current state
    NOT_LISTED = "not_listed"
    CLOSED = "closed"
    FIELD_CHANGED = "field_changed"
    CURRENCY_CHANGED = "currency_changed"
    AMOUNT_CHANGED = "amount_changed"
    KIND_CHANGED = "kind_changed"
    LISTED_ATTACHED = "listed_attached"
    LISTED_UNATTACHED = "listed_unattached"

    # checks of a confirmed plan
    CONFIRMED_OTHER_PLAN = "confirmed_other_plan"
    PHRASE_WRONG = "phrase_wrong"
    RISKS_NOT_ACKNOWLEDGED = "risks_not_acknowledged"
    REASON_TOO_LONG = "reason_too_long"
    PLAN_EMPTY = "plan_empty"
    PLAN_OF_OTHER_ACCOUNT = "plan_of_other_account"
    PLAN_IDS_INVALID = "plan_ids_invalid"
    BUNDLE_TOO_LARGE = "bundle_too_large"

    # checks before a request
    LOCK_REPLACED = "lock_replaced"
    PROGRAM_SUSPENDED = "program_suspended"
    SCREEN_SILENT = "screen_silent"
    SUBMITTED_BEFORE = "submitted_before"
    PRECHECK_TOO_OLD = "precheck_too_old"
    OTHER_REQUEST_UNKNOWN = "other_request_unknown"
    CLOCK_OFFSET = "clock_offset"

    # ends of a run and of its units
    ENDED_WHILE_SUBMITTING = "ended_while_submitting"
    ENDED_BEFORE_SUBMITTING = "ended_before_submitting"
    PROGRAM_ENDED = "program_ended"
    ORDER_CANCELLED = "order_cancelled"
    CHANGE_REVERTED = "change_reverted"
    GONE_AFTER_CHANGE = "gone_after_change"

    # orders that belong to something else
    ORDER_MISMATCH = "order_mismatch"
    ORDER_OF_OTHER_UNIT = "order_of_other_unit"
    ORDER_IS_PURCHASE = "order_is_purchase"
    ORDER_OF_OTHER_TYPE = "order_of_other_type"
    ORDER_TOO_OLD = "order_too_old"
    ORDER_OF_OTHER_RESOURCES = "order_of_other_resources"
    ORDER_OF_OTHER_SERVICES = "order_of_other_services"
    ORDER_REFUNDS_OTHERS = "order_refunds_others"
    ORDER_REFUNDS_OTHER_TYPE = "order_refunds_other_type"

    # orders that no run of the record placed
    EXTERNAL_ORDER = "external_order"
    CANCELLED_BY_ORDER = "cancelled_by_order"
    MAYBE_CANCELLED_BY_ORDER = "maybe_cancelled_by_order"
    NO_EXTERNAL_ORDER = "no_external_order"
    EXTERNAL_ORDERS_UNREAD = "external_orders_unread"
    MAYBE_UNSUBSCRIBED_BY_ORDER = "maybe_unsubscribed_by_order"
    EARLIER_REQUEST_UNREAD = "earlier_request_unread"
    EARLIER_REQUEST_NOT_SEARCHED = "earlier_request_not_searched"
    NOT_IN_USE = "not_in_use"

    # missing details of a settled unit
    REFUND_ROWS_UNREAD = "refund_rows_unread"
    REFUND_ROWS_UNPROVEN = "refund_rows_unproven"
    AMOUNTS_UNREAD = "amounts_unread"
    BILL_UNREAD = "bill_unread"
    NOT_BILLED = "not_billed"
    SENTINEL_NOT_LISTED = "sentinel_not_listed"
    ORDERS_NOT_LISTED = "orders_not_listed"

    # checks of the account and the machine
    ALLOWED = "allowed"
    ACCOUNT_NOT_CONNECTED = "account_not_connected"
    ACCOUNT_NOT_OPENED = "account_not_opened"
    TEST_WOULD_EXECUTE = "test_would_execute"
    NO_ORDER_TO_TEST = "no_order_to_test"
    PATTERN_MATCHES = "pattern_matches"
    PATTERN_NOT_COUNTED = "pattern_not_counted"
    PATTERN_MISSPELT = "pattern_misspelt"
    TOO_MANY_RESOURCES = "too_many_resources"
    RESOURCES_NOT_LISTED = "resources_not_listed"
    CLOCK_UNKNOWN = "clock_unknown"
    CLOCK_EQUAL = "clock_equal"
    CLOCK_BEHIND = "clock_behind"
    CLOCK_AHEAD = "clock_ahead"
    SET_CLOCK = "set_clock"
    NO_CALL = "no_call"
    RATE_REDUCED = "rate_reduced"
    DIRECTORY_ABSENT = "directory_absent"
    DIRECTORY_FREE = "directory_free"
    RECORD_SET_ASIDE = "record_set_aside"
    COMPARE_SET_ASIDE = "compare_set_aside"
    NO_SHARED_LOCK = "no_shared_lock"
    USE_ONE_STATE_DIRECTORY = "use_one_state_directory"
    RECORD_SOUND = "record_sound"
    RECORD_SOUND_UNTIL = "record_sound_until"
    RECORD_WITH_OPEN_ITEMS = "record_with_open_items"
    RESUME_OPEN_ITEMS = "resume_open_items"

    # files that users name, and files that configure the program
    UNUSABLE_FILE = "unusable_file"
    NOT_WRITTEN = "not_written"
    NO_SUCH_FILE = "no_such_file"
    FILE_UNREADABLE = "file_unreadable"
    FILE_UNWRITABLE = "file_unwritable"
    FILE_TOO_LARGE = "file_too_large"
    FILE_EXISTS = "file_exists"
    NOT_UTF8 = "not_utf8"
    NOT_REGULAR_FILE = "not_regular_file"
    LINK_NOT_FOLLOWED = "link_not_followed"
    HIDDEN_CHARACTER = "hidden_character"
    NAME_INVALID = "name_invalid"
    PLAN_FILE_INVALID = "plan_file_invalid"
    PLAN_FILE_TOO_LARGE = "plan_file_too_large"
    FILE_OF_OTHER_ACCOUNT = "file_of_other_account"
    NO_SUCH_ORDER = "no_such_order"
    NO_UNSUBSCRIPTION_ORDER = "no_unsubscription_order"
    SETTINGS_TOO_LARGE = "settings_too_large"
    SETTINGS_UNREADABLE = "settings_unreadable"
    DANGLING_LINK = "dangling_link"
    NAMED_FILE_MISSING = "named_file_missing"
    SETTINGS_OF_OTHER = "settings_of_other"
    SETTINGS_WRITABLE = "settings_writable"
    KEYS_OF_OTHER = "keys_of_other"
    KEYS_READABLE = "keys_readable"
    PLACE_OF_OTHER = "place_of_other"
    PLACE_WRITABLE = "place_writable"
    SET_VARIABLE = "set_variable"
    MOVE_SETTINGS = "move_settings"
    CHMOD_PLACE = "chmod_place"

    # rules files
    RULES_UNREADABLE = "rules_unreadable"
    RULE_INVALID = "rule_invalid"
    RULE_ROW_TOO_LONG = "rule_row_too_long"
    RULE_NAMES_NOTHING = "rule_names_nothing"
    RULE_EXCEPTS_ITSELF = "rule_excepts_itself"
    RULE_WITHOUT_EFFECT = "rule_without_effect"
    RULES_DISAGREE = "rules_disagree"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a message states."""

    code: FactCode
    values: tuple[tuple[str, str | int | Fact | None], ...] = ()
    """Placeholders of the sentence and their values: raw text, a number, another fact, or None for an unknown value."""

    def __str__(self) -> str:
        """Return code and values for a traceback."""
        return " ".join((self.code.value, *(f"{name}={value}" for name, value in self.values)))


Statement = Fact | str
"""A fact, or text from outside such as an error code of Huawei Cloud."""


def fact(code: FactCode, /, **values: str | int | Fact | None) -> Fact:
    """Return a fact with its values by placeholder; unprintable characters are escaped, so that it can be stored."""
    return Fact(
        code,
        tuple((name, escape_unprintable(value) if isinstance(value, str) else value) for name, value in values.items()),
    )
