"""Facts without words: a code and the values that its sentence names. `present/fact_texts.py` holds the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from unsub_tui.domain.untrusted_text import escape_unprintable

Code = NewType("Code", str)
"""A code of `FactCode`, or one that a newer version has recorded."""


class FactCode:
    """Codes of facts, by the package that states them. Each has one sentence in `present/fact_texts.py`.

    Records contain the codes: a renamed one has no sentence in older records. This is no enumeration, because building
    one of this size takes a quarter of the time of a short command.
    """

    # guards
    READ_ONLY = Code("read_only")
    READ_ONLY_SESSION = Code("read_only_session")
    BLOCKED_ACCOUNT = Code("blocked_account")
    MAYBE_BLOCKED_ACCOUNT = Code("maybe_blocked_account")
    MAX_ITEMS = Code("max_items")
    MAX_SHARE = Code("max_share")
    MAX_SHARE_UNKNOWN = Code("max_share_unknown")
    MAX_AMOUNT = Code("max_amount")
    MAX_AMOUNT_UNKNOWN = Code("max_amount_unknown")
    PROTECTED = Code("protected")
    GUARD = Code("guard")
    GUARD_FROM = Code("guard_from")

    # amounts, bills and orders
    OUT_OF_RANGE = Code("out_of_range")
    ORDER_OUT_OF_RANGE = Code("order_out_of_range")
    LINES_NAME_NO_RESOURCE = Code("lines_name_no_resource")
    ROWS_OUT_OF_RANGE = Code("rows_out_of_range")

    # missing data of a quote
    BILLS_NOT_READ = Code("bills_not_read")
    CHANGE_REFUND_UNCLEAR = Code("change_refund_unclear")
    BONUS_UNCLEAR = Code("bonus_unclear")
    PERIOD_NOT_STATED = Code("period_not_stated")
    BILL_NOT_AVAILABLE = Code("bill_not_available")
    NO_BILL_OF_PERIOD = Code("no_bill_of_period")
    SEVERAL_CURRENCIES = Code("several_currencies")
    QUOTA_USE_UNKNOWN = Code("quota_use_unknown")
    FULL_REFUND_LEFT_UNKNOWN = Code("full_refund_left_unknown")
    FEE_NOT_IN_TABLE = Code("fee_not_in_table")
    FEE_UNKNOWN = Code("fee_unknown")
    TERM = Code("term")
    TERM_UNKNOWN = Code("term_unknown")

    # notes of a quote
    MAY_BE_REFUSED = Code("may_be_refused")

    # rules of a quote
    NOTHING_PAID = Code("nothing_paid")
    RENEWAL_NOT_BEGUN = Code("renewal_not_begun")
    NOT_BEGUN = Code("not_begun")
    FULL_REFUND = Code("full_refund")
    FULL_REFUND_QUOTA = Code("full_refund_quota")
    COUNTING_HOURS = Code("counting_hours")
    COUNTING_DAYS = Code("counting_days")
    FEE_TABLE = Code("fee_table")
    FEE_OBSERVED = Code("fee_observed")
    FEE_AND_COUNTING = Code("fee_and_counting")
    RULE_DATE = Code("rule_date")
    RULE_OVERRIDE = Code("rule_override")

    # data of a quote that could not be read
    MONTH_UNREAD = Code("month_unread")
    PURCHASE_ORDERS_UNREAD = Code("purchase_orders_unread")
    PENDING_ORDERS_UNREAD = Code("pending_orders_unread")
    PENDING_ORDERS_LEFT_OUT = Code("pending_orders_left_out")
    PAST_UNSUBSCRIPTIONS_UNREAD = Code("past_unsubscriptions_unread")
    CHANGES_UNREAD = Code("changes_unread")
    RENEWAL_BILL_UNREAD = Code("renewal_bill_unread")
    RENEWAL_ORDER_UNREAD = Code("renewal_order_unread")
    RENEWAL_PERIOD_UNKNOWN = Code("renewal_period_unknown")
    RENEWAL_PRICE_UNREAD = Code("renewal_price_unread")
    RENEWAL_PRICE_OF_REFUSED = Code("renewal_price_of_refused")
    RENEWAL_TERM_UNKNOWN = Code("renewal_term_unknown")
    NO_RENEWAL_PRICE = Code("no_renewal_price")

    # full-refund window
    BEGAN_AS_PAY_PER_USE = Code("began_as_pay_per_use")
    PROMOTION_MAY_EXCLUDE = Code("promotion_may_exclude")
    NO_QUOTA = Code("no_quota")
    QUOTA_USE_UNREAD = Code("quota_use_unread")
    QUOTA_LEFT = Code("quota_left")
    QUOTA_UNSURE = Code("quota_unsure")
    QUOTA_WITH_PLAN = Code("quota_with_plan")
    QUOTA_USED_UP = Code("quota_used_up")
    QUOTA_USED_UP_BY_PLAN = Code("quota_used_up_by_plan")

    # other processes
    LOCK_OWNER = Code("lock_owner")
    LOCK_OWNER_ON_TERMINAL = Code("lock_owner_on_terminal")
    LOCK_OWNER_UNKNOWN = Code("lock_owner_unknown")
    LOCK_OWNER_SUSPENDED = Code("lock_owner_suspended")
    OTHER_STATE_DIRECTORY = Code("other_state_directory")
    LOCK_HELD = Code("lock_held")

    # records and their files
    RECORD_UNREADABLE = Code("record_unreadable")
    RECORD_NOT_OPENED = Code("record_not_opened")
    RECORD_NOT_LOCKED = Code("record_not_locked")
    RECORD_NOT_CREATED = Code("record_not_created")
    RECORD_NOT_WRITTEN = Code("record_not_written")
    PATH_UNUSABLE = Code("path_unusable")
    RECORD_EXISTS = Code("record_exists")
    RECORD_MISSING = Code("record_missing")
    NOT_A_FILE = Code("not_a_file")
    NOT_A_DIRECTORY = Code("not_a_directory")
    NOT_WRITABLE = Code("not_writable")
    OWNED_BY_OTHERS = Code("owned_by_others")
    RECORD_ACCESSIBLE = Code("record_accessible")
    DIRECTORY_ACCESSIBLE = Code("directory_accessible")
    PARENT_OWNED_BY_OTHERS = Code("parent_owned_by_others")
    PARENT_WRITABLE = Code("parent_writable")
    PARENT_WRITABLE_NOT_OWNED = Code("parent_writable_not_owned")
    TOO_MANY_LINKS = Code("too_many_links")
    LITTLE_SPACE = Code("little_space")
    ACCOUNT_ID_INVALID = Code("account_id_invalid")
    RECORD_UNAVAILABLE = Code("record_unavailable")
    STEP_CLOSE_PROGRAM = Code("step_close_program")
    STEP_MAKE_WRITABLE = Code("step_make_writable")
    STEP_FREE_SPACE = Code("step_free_space")
    STEP_CHECK_DISK = Code("step_check_disk")
    RECORD_TOO_NEW = Code("record_too_new")
    RECORD_FAILED_BEFORE = Code("record_failed_before")
    HEAD_NOT_WRITTEN = Code("head_not_written")
    JOURNAL_MODE_UNSUPPORTED = Code("journal_mode_unsupported")
    RECORD_CORRUPT = Code("record_corrupt")
    HEAD_DAMAGED = Code("head_damaged")
    HEAD_MISSING = Code("head_missing")
    LOG_ALONE = Code("log_alone")
    OLDER_COPY = Code("older_copy")
    OLDER_DIRECTORY = Code("older_directory")
    ANOTHER_RECORD = Code("another_record")
    STATES_DIFFER = Code("states_differ")
    FORMAT_UNKNOWN = Code("format_unknown")
    EVENT_CHANGED = Code("event_changed")
    EVENT_UNKNOWN = Code("event_unknown")
    EVENT_CONTRADICTORY = Code("event_contradictory")
    EVENT_WITHOUT_UNIT = Code("event_without_unit")
    RUN_CHANGED = Code("run_changed")
    RUN_NOT_STARTED = Code("run_not_started")
    DATABASE_MISSING = Code("database_missing")
    EVENTS_MISSING = Code("events_missing")

    # permissions
    PERMISSION_NEEDED = Code("permission_needed")

    # settings of a connection
    ENDPOINT_CREDENTIALS = Code("endpoint_credentials")
    ENDPOINT_INVALID = Code("endpoint_invalid")
    ENDPOINT_NOT_A_HOST = Code("endpoint_not_a_host")
    ENDPOINT_SCHEME = Code("endpoint_scheme")
    NETWORK_ENVIRONMENT = Code("network_environment")
    SITE_UNKNOWN = Code("site_unknown")
    SITE_UNDETERMINED = Code("site_undetermined")

    # credentials
    CREDENTIALS_NOT_LOADED = Code("credentials_not_loaded")
    CREDENTIAL_MALFORMED = Code("credential_malformed")
    SIGN_IN_IMPOSSIBLE = Code("sign_in_impossible")
    SIGN_IN_REJECTED = Code("sign_in_rejected")
    USER_ID_MISSING = Code("user_id_missing")
    METADATA_SILENT = Code("metadata_silent")
    METADATA_TOKEN_REFUSED = Code("metadata_token_refused")
    METADATA_KEYS_REFUSED = Code("metadata_keys_refused")
    METADATA_KEYS_INVALID = Code("metadata_keys_invalid")
    NO_AGENCY = Code("no_agency")

    # network
    CANCELED = Code("canceled")
    CONNECTION_BROKEN = Code("connection_broken")
    CONNECTION_FAILED = Code("connection_failed")
    CONNECTION_TIMEOUT = Code("connection_timeout")
    CONNECTIONS_BUSY = Code("connections_busy")
    NOT_HTTP = Code("not_http")
    PROXY_REFUSED = Code("proxy_refused")
    REQUEST_IMPOSSIBLE = Code("request_impossible")
    RESPONSE_DAMAGED = Code("response_damaged")
    RESPONSE_ENCODING = Code("response_encoding")
    RESPONSE_TIMEOUT = Code("response_timeout")
    RESPONSE_TOO_LARGE = Code("response_too_large")

    # responses
    API_NOT_PUBLISHED = Code("api_not_published")
    CLOCK_DIFFERENCE = Code("clock_difference")
    OTHER_SITE = Code("other_site")
    REDIRECTED = Code("redirected")
    FIELD_INVALID = Code("field_invalid")
    FIELD_MISSING = Code("field_missing")
    FIELD_OF_ORDER_MISSING = Code("field_of_order_missing")
    NO_OUTCOME = Code("no_outcome")
    NO_PRICE = Code("no_price")
    NOT_AN_OBJECT = Code("not_an_object")
    NOT_JSON = Code("not_json")
    ORDER_AND_ERROR = Code("order_and_error")
    OTHER_ORDER = Code("other_order")
    OTHER_RESOURCES = Code("other_resources")
    STATUS_UNDOCUMENTED = Code("status_undocumented")

    # incomplete listings
    LISTING_MOVED = Code("listing_moved")
    PAGE_LENGTH = Code("page_length")
    ROW_REPEATED = Code("row_repeated")
    ROWS_MISSING = Code("rows_missing")
    TOTAL_CHANGED = Code("total_changed")

    # texts that a user wrote
    PATTERN_NAMES_NOTHING = Code("pattern_names_nothing")
    PATTERN_OF_TAG = Code("pattern_of_tag")
    PATTERN_FIELD_UNKNOWN = Code("pattern_field_unknown")
    JSON_INVALID = Code("json_invalid")
    JSON_WITHOUT_IDS = Code("json_without_ids")

    # planning
    TOO_MANY_PRIMARY = Code("too_many_primary")
    MEMBERS_REFUSED = Code("members_refused")
    ATTACHED_IS_PROTECTED = Code("attached_is_protected")

    # differences between reviewed and current state
    NOT_LISTED = Code("not_listed")
    CLOSED = Code("closed")
    FIELD_CHANGED = Code("field_changed")
    CURRENCY_CHANGED = Code("currency_changed")
    AMOUNT_CHANGED = Code("amount_changed")
    KIND_CHANGED = Code("kind_changed")
    LISTED_ATTACHED = Code("listed_attached")
    LISTED_UNATTACHED = Code("listed_unattached")

    # checks of a confirmed plan
    CONFIRMED_OTHER_PLAN = Code("confirmed_other_plan")
    PHRASE_WRONG = Code("phrase_wrong")
    RISKS_NOT_ACKNOWLEDGED = Code("risks_not_acknowledged")
    REASON_TOO_LONG = Code("reason_too_long")
    PLAN_EMPTY = Code("plan_empty")
    PLAN_OF_OTHER_ACCOUNT = Code("plan_of_other_account")
    PLAN_IDS_INVALID = Code("plan_ids_invalid")
    BUNDLE_TOO_LARGE = Code("bundle_too_large")

    # checks before a request
    LOCK_REPLACED = Code("lock_replaced")
    PROGRAM_SUSPENDED = Code("program_suspended")
    SCREEN_SILENT = Code("screen_silent")
    SUBMITTED_BEFORE = Code("submitted_before")
    PRECHECK_TOO_OLD = Code("precheck_too_old")
    OTHER_REQUEST_UNKNOWN = Code("other_request_unknown")
    CLOCK_OFFSET = Code("clock_offset")

    # ends of a run and of its units
    ENDED_WHILE_SUBMITTING = Code("ended_while_submitting")
    ENDED_BEFORE_SUBMITTING = Code("ended_before_submitting")
    PROGRAM_ENDED = Code("program_ended")
    ORDER_CANCELLED = Code("order_cancelled")
    CHANGE_REVERTED = Code("change_reverted")
    GONE_AFTER_CHANGE = Code("gone_after_change")

    # orders that belong to something else
    ORDER_MISMATCH = Code("order_mismatch")
    ORDER_OF_OTHER_UNIT = Code("order_of_other_unit")
    ORDER_IS_PURCHASE = Code("order_is_purchase")
    ORDER_OF_OTHER_TYPE = Code("order_of_other_type")
    ORDER_TOO_OLD = Code("order_too_old")
    ORDER_OF_OTHER_RESOURCES = Code("order_of_other_resources")
    ORDER_OF_OTHER_SERVICES = Code("order_of_other_services")
    ORDER_REFUNDS_OTHERS = Code("order_refunds_others")
    ORDER_REFUNDS_OTHER_TYPE = Code("order_refunds_other_type")

    # orders that no run of the record placed
    EXTERNAL_ORDER = Code("external_order")
    CANCELLED_BY_ORDER = Code("cancelled_by_order")
    MAYBE_CANCELLED_BY_ORDER = Code("maybe_cancelled_by_order")
    NO_EXTERNAL_ORDER = Code("no_external_order")
    EXTERNAL_ORDERS_UNREAD = Code("external_orders_unread")
    MAYBE_UNSUBSCRIBED_BY_ORDER = Code("maybe_unsubscribed_by_order")
    EARLIER_REQUEST_UNREAD = Code("earlier_request_unread")
    EARLIER_REQUEST_NOT_SEARCHED = Code("earlier_request_not_searched")
    NOT_IN_USE = Code("not_in_use")

    # missing details of a settled unit
    REFUND_ROWS_UNREAD = Code("refund_rows_unread")
    REFUND_ROWS_UNPROVEN = Code("refund_rows_unproven")
    AMOUNTS_UNREAD = Code("amounts_unread")
    BILL_UNREAD = Code("bill_unread")
    NOT_BILLED = Code("not_billed")
    SENTINEL_NOT_LISTED = Code("sentinel_not_listed")
    ORDERS_NOT_LISTED = Code("orders_not_listed")

    # checks of the account and the machine
    ALLOWED = Code("allowed")
    ACCOUNT_NOT_CONNECTED = Code("account_not_connected")
    ACCOUNT_NOT_OPENED = Code("account_not_opened")
    TEST_WOULD_EXECUTE = Code("test_would_execute")
    NO_ORDER_TO_TEST = Code("no_order_to_test")
    PATTERN_MATCHES = Code("pattern_matches")
    PATTERN_NOT_COUNTED = Code("pattern_not_counted")
    PATTERN_MISSPELT = Code("pattern_misspelt")
    TOO_MANY_RESOURCES = Code("too_many_resources")
    RESOURCES_NOT_LISTED = Code("resources_not_listed")
    CLOCK_UNKNOWN = Code("clock_unknown")
    CLOCK_EQUAL = Code("clock_equal")
    CLOCK_BEHIND = Code("clock_behind")
    CLOCK_AHEAD = Code("clock_ahead")
    SET_CLOCK = Code("set_clock")
    NO_CALL = Code("no_call")
    RATE_REDUCED = Code("rate_reduced")
    DIRECTORY_ABSENT = Code("directory_absent")
    DIRECTORY_FREE = Code("directory_free")
    RECORD_SET_ASIDE = Code("record_set_aside")
    COMPARE_SET_ASIDE = Code("compare_set_aside")
    NO_SHARED_LOCK = Code("no_shared_lock")
    USE_ONE_STATE_DIRECTORY = Code("use_one_state_directory")
    RECORD_SOUND = Code("record_sound")
    RECORD_SOUND_UNTIL = Code("record_sound_until")
    RECORD_WITH_OPEN_ITEMS = Code("record_with_open_items")
    RESUME_OPEN_ITEMS = Code("resume_open_items")

    # files that users name, and files that configure the program
    UNUSABLE_FILE = Code("unusable_file")
    NOT_WRITTEN = Code("not_written")
    NO_SUCH_FILE = Code("no_such_file")
    FILE_UNREADABLE = Code("file_unreadable")
    FILE_UNWRITABLE = Code("file_unwritable")
    FILE_TOO_LARGE = Code("file_too_large")
    FILE_EXISTS = Code("file_exists")
    NOT_UTF8 = Code("not_utf8")
    NOT_REGULAR_FILE = Code("not_regular_file")
    LINK_NOT_FOLLOWED = Code("link_not_followed")
    HIDDEN_CHARACTER = Code("hidden_character")
    NAME_INVALID = Code("name_invalid")
    PLAN_FILE_INVALID = Code("plan_file_invalid")
    PLAN_FILE_TOO_LARGE = Code("plan_file_too_large")
    FILE_OF_OTHER_ACCOUNT = Code("file_of_other_account")
    NO_SUCH_ORDER = Code("no_such_order")
    NO_UNSUBSCRIPTION_ORDER = Code("no_unsubscription_order")
    SETTINGS_TOO_LARGE = Code("settings_too_large")
    SETTINGS_UNREADABLE = Code("settings_unreadable")
    DANGLING_LINK = Code("dangling_link")
    NAMED_FILE_MISSING = Code("named_file_missing")
    SETTINGS_OF_OTHER = Code("settings_of_other")
    SETTINGS_WRITABLE = Code("settings_writable")
    KEYS_OF_OTHER = Code("keys_of_other")
    KEYS_READABLE = Code("keys_readable")
    PLACE_OF_OTHER = Code("place_of_other")
    PLACE_WRITABLE = Code("place_writable")
    SET_VARIABLE = Code("set_variable")
    MOVE_SETTINGS = Code("move_settings")
    CHMOD_PLACE = Code("chmod_place")

    # rules files
    RULES_UNREADABLE = Code("rules_unreadable")
    RULE_INVALID = Code("rule_invalid")
    RULE_ROW_TOO_LONG = Code("rule_row_too_long")
    RULE_NAMES_NOTHING = Code("rule_names_nothing")
    RULE_EXCEPTS_ITSELF = Code("rule_excepts_itself")
    RULE_WITHOUT_EFFECT = Code("rule_without_effect")
    RULES_DISAGREE = Code("rules_disagree")


FACT_CODES = frozenset(code for name, code in vars(FactCode).items() if name.isupper())
"""All codes."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a message states."""

    code: Code
    values: tuple[tuple[str, str | int | Fact | None], ...] = ()
    """Placeholders of the sentence and their values: raw text, a number, another fact, or None for an unknown value."""

    def __str__(self) -> str:
        """Return code and values for a traceback."""
        return " ".join((self.code, *(f"{name}={value}" for name, value in self.values)))


Statement = Fact | str
"""A fact, or text from outside such as an error code of Huawei Cloud."""


def fact(code: Code, /, **values: str | int | Fact | None) -> Fact:
    """Return a fact with its values by placeholder; unprintable characters are escaped, so that it can be stored."""
    return Fact(
        code,
        tuple((name, escape_unprintable(value) if isinstance(value, str) else value) for name, value in values.items()),
    )
