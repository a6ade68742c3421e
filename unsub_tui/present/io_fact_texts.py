"""The sentences of the facts that API clients, the journal, checks and files state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.domain.fact import Code, FactCode
from unsub_tui.present.i18n import _, ngettext

IO_SENTENCES: Mapping[Code, str] = {
    # settings of a connection
    FactCode.ENDPOINT_CREDENTIALS: _("the endpoint must not contain a user name or password"),
    FactCode.ENDPOINT_INVALID: _("the endpoint is not a URL"),
    FactCode.ENDPOINT_NOT_A_HOST: _(
        "the endpoint must be a scheme and a host, such as https://bss-intl.myhuaweicloud.com"
    ),
    FactCode.ENDPOINT_SCHEME: _(
        "the endpoint must begin with https:// (http only for a loopback address such as 127.0.0.1)"
    ),
    FactCode.NETWORK_ENVIRONMENT: _("the proxy or the certificates named in the environment cannot be used"),
    FactCode.SITE_UNKNOWN: _("the site must be one of {sites}"),
    FactCode.SITE_UNDETERMINED: _("the site of the endpoint is unknown; set UNSUB_SITE, or `site` in the profile"),
    # credentials
    FactCode.CREDENTIALS_NOT_LOADED: _("no credentials are loaded"),
    FactCode.CREDENTIAL_MALFORMED: _("the {part} is empty or contains an invalid character"),
    FactCode.SIGN_IN_IMPOSSIBLE: _("these credentials are not a sign-in; correct them at their source"),
    FactCode.SIGN_IN_REJECTED: _(
        "{user} of {account} could not sign in: name, password or code are wrong, or it is a HUAWEI ID; use an "
        "IAM user with programmatic access"
    ),
    FactCode.USER_ID_MISSING: _("a code of a second factor requires user_id in the profile; the console shows it"),
    FactCode.METADATA_SILENT: _("the metadata service did not respond; this machine may not be a Huawei Cloud ECS"),
    FactCode.METADATA_TOKEN_REFUSED: _("the metadata service returned no token (HTTP {status})"),
    FactCode.METADATA_KEYS_REFUSED: _("the metadata service returned no keys (HTTP {status})"),
    FactCode.METADATA_KEYS_INVALID: _("the response of the metadata service contains no keys"),
    FactCode.NO_AGENCY: _("this server has no agency for cloud services; assign one in the ECS console"),
    # network and listings
    FactCode.CANCELED: _("canceled before the response arrived"),
    FactCode.CONNECTION_BROKEN: _("the connection broke"),
    FactCode.CONNECTION_FAILED: _("no connection ({error})"),
    FactCode.CONNECTION_TIMEOUT: _("no connection in time"),
    FactCode.CONNECTIONS_BUSY: _("no connection became free in time"),
    FactCode.NOT_HTTP: _("the response was cut off, or is not HTTP"),
    FactCode.PROXY_REFUSED: _("the proxy refused the connection"),
    FactCode.REQUEST_IMPOSSIBLE: _("the request could not be made"),
    FactCode.RESPONSE_DAMAGED: _("the compressed response is damaged"),
    FactCode.RESPONSE_ENCODING: _("the response has an encoding that was not requested"),
    FactCode.RESPONSE_TIMEOUT: _("no complete response within {seconds} s"),
    FactCode.RESPONSE_TOO_LARGE: _("the response is larger than {megabytes} MB"),
    FactCode.LISTING_MOVED: _("rows moved while the list was read"),
    FactCode.PAGE_LENGTH: _("a page had {count} rows instead of {expected}"),
    FactCode.ROW_REPEATED: _("a row was listed twice"),
    FactCode.ROWS_MISSING: _("{count} of {total} rows were listed"),
    FactCode.TOTAL_CHANGED: _("the list had {before} rows at first and {after} later"),
    # responses
    FactCode.API_NOT_PUBLISHED: _(
        "there is no such API at this address: the endpoint or the site is wrong, or the API is not published"
    ),
    FactCode.CLOCK_DIFFERENCE: _("this machine's clock differs from Huawei Cloud's by {seconds} s"),
    FactCode.OTHER_SITE: _("it belongs to {site}"),
    FactCode.REDIRECTED: _("redirects are not followed"),
    FactCode.FIELD_INVALID: _("the field {name} is invalid"),
    FactCode.FIELD_MISSING: _("the field {name} is missing"),
    FactCode.FIELD_OF_ORDER_MISSING: _("the field {name} of order {order_id} is missing"),
    FactCode.NO_OUTCOME: _("the response contains neither an order nor an error"),
    FactCode.NO_PRICE: _("the response contains no price for it"),
    FactCode.NOT_AN_OBJECT: _("the response is not a JSON object"),
    FactCode.NOT_JSON: _("the response is not valid JSON"),
    FactCode.ORDER_AND_ERROR: _("the response contains an order and an error"),
    FactCode.OTHER_ORDER: _("the response is about another order"),
    FactCode.OTHER_RESOURCES: _("the response does not match the resources of the request"),
    FactCode.STATUS_UNDOCUMENTED: _("the HTTP status is not documented"),
    # the journal
    FactCode.RECORD_UNREADABLE: _("{path} cannot be read now: {why}; solve this, then try again"),
    FactCode.RECORD_NOT_OPENED: _("{path} cannot be opened: {why}"),
    FactCode.RECORD_NOT_LOCKED: _("{path} cannot be locked: {why}"),
    FactCode.RECORD_NOT_CREATED: _("{path} cannot be created: {why}"),
    FactCode.RECORD_NOT_WRITTEN: _("{path} cannot be written: {why}"),
    FactCode.PATH_UNUSABLE: _("{path} cannot be used: {why}"),
    FactCode.RECORD_EXISTS: _("{path} exists already"),
    FactCode.RECORD_MISSING: _("{path} does not exist"),
    FactCode.NOT_A_FILE: _("{path} is not a regular file of its own; links are not followed"),
    FactCode.NOT_A_DIRECTORY: _("{path} is not a directory; links are not followed"),
    FactCode.NOT_WRITABLE: _("{path} cannot be written to"),
    FactCode.OWNED_BY_OTHERS: _("{path} belongs to another user"),
    FactCode.RECORD_ACCESSIBLE: _("others can access {path}; run: chmod 600 {path}"),
    FactCode.DIRECTORY_ACCESSIBLE: _("others can access {path}; run: chmod 700 {path}"),
    FactCode.PARENT_OWNED_BY_OTHERS: _(
        "{path} belongs to another user, who could move the record away; set UNSUB_STATE_DIR to a "
        "directory below your own"
    ),
    FactCode.PARENT_WRITABLE: _("others can write to {path}, and so replace the record; run: chmod go-w {path}"),
    FactCode.PARENT_WRITABLE_NOT_OWNED: _(
        "others can write to {path}, and so replace the record; set UNSUB_STATE_DIR to a directory below your own"
    ),
    FactCode.TOO_MANY_LINKS: _("{path} leads through too many links"),
    FactCode.LITTLE_SPACE: _("less than {limit} MB are free for {path}; free some disk space"),
    FactCode.ACCOUNT_ID_INVALID: _("the account id {id} cannot be part of a file name"),
    FactCode.RECORD_UNAVAILABLE: _(
        "{path} cannot be read now ({why}); it was left unchanged, and nothing is submitted: {step}"
    ),
    FactCode.STEP_CLOSE_PROGRAM: _("close the program that uses it, then try again"),
    FactCode.STEP_MAKE_WRITABLE: _(
        "make its directory writable again (a file system that was remounted read-only?), then try again"
    ),
    FactCode.STEP_FREE_SPACE: _("free some disk space or memory, then try again"),
    FactCode.STEP_CHECK_DISK: _("check its disk or network file system, then try again"),
    FactCode.RECORD_TOO_NEW: _(
        "{path} was written by a newer version of unsub-tui (format {version}); use that version"
    ),
    FactCode.RECORD_FAILED_BEFORE: _("{path} could not be written before, so nothing more is recorded in this run"),
    FactCode.HEAD_NOT_WRITTEN: _(
        "{path} has recorded what happened, but its head file cannot be written: {why}; nothing more "
        "is submitted or recorded in this run"
    ),
    FactCode.JOURNAL_MODE_UNSUPPORTED: _("the file system of {path} does not support the journal mode {mode}"),
    FactCode.RECORD_CORRUPT: _(
        "{path} is not sound ({reason}); it was left unchanged, and nothing is submitted. It may "
        "hold items with an unknown outcome: look for their orders with `unsub-tui orders` and in "
        "Huawei Cloud's list of orders, then begin a new record with `unsub-tui journal set-aside "
        "{account}`"
    ),
    FactCode.HEAD_DAMAGED: _("its head file {name} is damaged"),
    FactCode.HEAD_MISSING: _("its head file is missing, so whether it lacks its last events is not known"),
    FactCode.LOG_ALONE: _("only its log {name} is left, without its database"),
    FactCode.OLDER_COPY: _("an older copy was restored, or its log was lost"),
    FactCode.OLDER_DIRECTORY: _("its whole directory is an older copy"),
    FactCode.ANOTHER_RECORD: _("event {seq} is not the one that was written: this is another record"),
    FactCode.STATES_DIFFER: _("the recorded states do not follow from the events"),
    FactCode.FORMAT_UNKNOWN: _("its format is {version}"),
    FactCode.EVENT_CHANGED: _("event {seq} is not what was written, or one before it is missing"),
    FactCode.EVENT_UNKNOWN: _("event {seq} is not understood"),
    FactCode.EVENT_CONTRADICTORY: _("event {seq}: {event} cannot follow {before}"),
    FactCode.EVENT_WITHOUT_UNIT: _("event {seq} names no unit"),
    FactCode.RUN_CHANGED: _("event {seq}: the document of the run is not what was written"),
    FactCode.RUN_NOT_STARTED: _("a run was never started"),
    # checks
    FactCode.ALLOWED: _("allowed"),
    FactCode.ACCOUNT_NOT_CONNECTED: _("the account is not connected yet"),
    FactCode.ACCOUNT_NOT_OPENED: _("the account could not be opened"),
    FactCode.TEST_WOULD_EXECUTE: _("a test would execute it"),
    FactCode.NO_ORDER_TO_TEST: _("there is no order of the last year to test it with"),
    FactCode.PATTERN_NOT_COUNTED: _("{pattern}: not counted, {reason}"),
    FactCode.PATTERN_MISSPELT: _("the pattern matches no resource; is it misspelt?"),
    FactCode.TOO_MANY_RESOURCES: _("the account has more than {limit} resources"),
    FactCode.RESOURCES_NOT_LISTED: _("the resources could not be listed"),
    FactCode.CLOCK_UNKNOWN: _("no response contained a date"),
    FactCode.CLOCK_EQUAL: _("equal to the clock of Huawei Cloud"),
    FactCode.CLOCK_BEHIND: _("{seconds} s behind the clock of Huawei Cloud"),
    FactCode.CLOCK_AHEAD: _("{seconds} s ahead of the clock of Huawei Cloud"),
    FactCode.SET_CLOCK: _("set the clock: timedatectl set-ntp true"),
    FactCode.NO_CALL: _("no call"),
    FactCode.RATE_REDUCED: _("reduced to {rate} calls per second"),
    FactCode.DIRECTORY_ABSENT: _("{path}: does not exist yet, and is created when needed"),
    FactCode.DIRECTORY_FREE: _("{path}, {megabytes} MB free"),
    FactCode.RECORD_SET_ASIDE: _("set aside; the outcome of items in it may be unknown"),
    FactCode.COMPARE_SET_ASIDE: _(
        "compare with `unsub-tui orders` and Huawei Cloud's list of orders; then move the file elsewhere"
    ),
    FactCode.NO_SHARED_LOCK: _(
        "none: no usable directory ({places}); runs from a second state directory of yours are not prevented"
    ),
    FactCode.USE_ONE_STATE_DIRECTORY: _(
        "use one state directory only, or set XDG_RUNTIME_DIR to a private directory of yours (chmod 700)"
    ),
    FactCode.RECORD_SOUND_UNTIL: _("{record}, last event of {last} UTC"),
    FactCode.RESUME_OPEN_ITEMS: _("check their status: unsub-tui resume"),
    # files, rules and orders that a user names
    FactCode.UNUSABLE_FILE: "{name}: {reason}",
    FactCode.NOT_WRITTEN: "{reason}: {name}",  # the name last: it may be long, and the user has just typed it
    FactCode.NO_SUCH_FILE: _("there is no such file"),
    FactCode.FILE_UNREADABLE: _("it cannot be read, {reason}"),
    FactCode.FILE_UNWRITABLE: _("it cannot be written, {reason}"),
    FactCode.FILE_TOO_LARGE: _("it is larger than {megabytes} MB"),
    FactCode.FILE_EXISTS: _("a file of that name exists already; choose another name"),
    FactCode.NOT_UTF8: _("it is not UTF-8 text"),
    FactCode.NOT_REGULAR_FILE: _("it is not a regular file"),
    FactCode.LINK_NOT_FOLLOWED: _("it is a link, and links are not followed"),
    FactCode.HIDDEN_CHARACTER: _(
        "the name has a control or an invisible character ({character}); choose a name without it"
    ),
    FactCode.NAME_INVALID: _("the name is invalid"),
    FactCode.PLAN_FILE_INVALID: _("{reason}; write it again: unsub-tui plan"),
    FactCode.PLAN_FILE_TOO_LARGE: _("it would be larger than {megabytes} MB; plan fewer resources at once"),
    FactCode.FILE_OF_OTHER_ACCOUNT: _(
        "it is for {theirs} on {their_site}; the credentials belong to {ours} on {our_site}"
    ),
    FactCode.NO_SUCH_ORDER: _("the account has no order {order}"),
    FactCode.NO_UNSUBSCRIPTION_ORDER: _("{order} is an order, but not an unsubscription"),
    FactCode.SETTINGS_TOO_LARGE: _("{path} is larger than {megabytes} MB: this is not a settings file"),
    FactCode.SETTINGS_UNREADABLE: _("{path} cannot be read: {reason}"),
    FactCode.DANGLING_LINK: _("{path} is a link to {target}, which does not exist; correct or remove the link"),
    FactCode.NAMED_FILE_MISSING: _(
        "{variable} names {path}, and there is no such file; correct {variable} or unset it"
    ),
    FactCode.SETTINGS_OF_OTHER: _("{path} belongs to another user; run: chown {user} {argument}"),
    FactCode.SETTINGS_WRITABLE: _("{path} can be written by other users; run: chmod go-w {argument}"),
    FactCode.KEYS_OF_OTHER: _("{path} contains keys and belongs to another user; run: chown {user} {argument}"),
    FactCode.KEYS_READABLE: _("{path} contains keys and other users can read it; run: chmod 600 {argument}"),
    FactCode.PLACE_OF_OTHER: _("{path} can be replaced, because {place} belongs to another user; {step}"),
    FactCode.PLACE_WRITABLE: _("{path} can be replaced, because other users can write to {place}; {step}"),
    FactCode.SET_VARIABLE: _("set {variable} to a file in a directory of your own"),
    FactCode.MOVE_SETTINGS: _("keep it in a directory of your own; UNSUB_CONFIG names the settings file"),
    FactCode.CHMOD_PLACE: _("run: chmod go-w {argument}"),
    FactCode.RULES_UNREADABLE: "{name}: {reason}",
    FactCode.RULE_INVALID: "{name}: {place}: {reason}",
    FactCode.RULE_ROW_TOO_LONG: _("the row {row} has {count} years of use, but the term has {years}"),
    FactCode.RULE_NAMES_NOTHING: _("the entry names no product; add services, names or resource_types"),
    FactCode.RULE_EXCEPTS_ITSELF: _("{service} is in services and in except_services; remove it from one of them"),
    FactCode.RULE_WITHOUT_EFFECT: _("an entry of this kind has no effect with certain = false; remove one of both"),
    FactCode.RULES_DISAGREE: _("two entries of excluded differ only in certain; remove one of them"),
}
"""Sentences without a plural form."""

IO_PLURALS: Mapping[Code, Callable[[int], str]] = {
    FactCode.DATABASE_MISSING: lambda n: ngettext(
        "it is missing, and {count} event was written to it", "it is missing, and {count} events were written to it", n
    ),
    FactCode.EVENTS_MISSING: lambda n: ngettext(
        "it lacks {count} event that was written: {cause}", "it lacks {count} events that were written: {cause}", n
    ),
    FactCode.PATTERN_MATCHES: lambda n: ngettext("{pattern}: {count} resource", "{pattern}: {count} resources", n),
    FactCode.RECORD_SOUND: lambda n: ngettext("sound, {count} run", "sound, {count} runs", n),
    FactCode.RECORD_WITH_OPEN_ITEMS: lambda n: ngettext(
        "{record}, {count} pending item", "{record}, {count} pending items", n
    ),
}
"""Sentences with a plural form, by the value `count`."""
