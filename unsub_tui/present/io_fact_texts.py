"""The sentences of the facts that API clients, the journal, checks and files state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.present.i18n import _, ngettext

IO_SENTENCES: Mapping[str, str] = {
    # settings of a connection
    "endpoint_credentials": _("the endpoint must not contain a user name or password"),
    "endpoint_invalid": _("the endpoint is not a URL"),
    "endpoint_not_a_host": _("the endpoint must be a scheme and a host, such as https://bss-intl.myhuaweicloud.com"),
    "endpoint_scheme": _("the endpoint must begin with https:// (http only for a loopback address such as 127.0.0.1)"),
    "network_environment": _("the proxy or the certificates named in the environment cannot be used"),
    "site_unknown": _("the site must be one of {sites}"),
    "site_undetermined": _("the site of the endpoint is unknown; set UNSUB_SITE, or `site` in the profile"),
    # credentials
    "credentials_not_loaded": _("no credentials are loaded"),
    "credential_malformed": _("the {part} is empty or contains an invalid character"),
    "sign_in_impossible": _("these credentials are not a sign-in; correct them at their source"),
    "sign_in_rejected": _(
        "{user} of {account} could not sign in: name, password or code are wrong, or it is a HUAWEI ID; use an "
        "IAM user with programmatic access"
    ),
    "user_id_missing": _("a code of a second factor requires user_id in the profile; the console shows it"),
    "metadata_silent": _("the metadata service did not respond; this machine may not be a Huawei Cloud ECS"),
    "metadata_token_refused": _("the metadata service returned no token (HTTP {status})"),
    "metadata_keys_refused": _("the metadata service returned no keys (HTTP {status})"),
    "metadata_keys_invalid": _("the response of the metadata service contains no keys"),
    "no_agency": _("this server has no agency for cloud services; assign one in the ECS console"),
    # network and listings
    "canceled": _("canceled before the response arrived"),
    "connection_broken": _("the connection broke"),
    "connection_failed": _("no connection ({error})"),
    "connection_timeout": _("no connection in time"),
    "connections_busy": _("no connection became free in time"),
    "not_http": _("the response was cut off, or is not HTTP"),
    "proxy_refused": _("the proxy refused the connection"),
    "request_impossible": _("the request could not be made"),
    "response_damaged": _("the compressed response is damaged"),
    "response_encoding": _("the response has an encoding that was not requested"),
    "response_timeout": _("no complete response within {seconds} s"),
    "not_read_in_time": _("not everything was read within {seconds} s (--timeout)"),
    "response_too_large": _("the response is larger than {megabytes} MB"),
    "listing_moved": _("rows moved while the list was read"),
    "page_length": _("a page had {count} rows instead of {expected}"),
    "order_row_unreadable": _("one of the resources of order {order_id}: Huawei Cloud lists it without its id"),
    "orders_unreadable": _("{count} orders lack their id, their type or their status"),
    "rows_unreadable": _("{count} rows lack an id, a status or the relation to a primary resource"),
    "row_repeated": _("a row was listed twice"),
    "rows_missing": _("{count} of {total} rows were listed"),
    "total_missing": _("the response does not state how many rows there are"),
    "total_changed": _("the list had {before} rows at first and {after} later"),
    # responses
    "api_not_published": _(
        "there is no such API at this address: the endpoint or the site is wrong, or the API is not published"
    ),
    "clock_difference": _("this machine's clock differs from Huawei Cloud's by {seconds} s"),
    "other_site": _("it belongs to {site}"),
    "redirected": _("redirects are not followed"),
    "field_invalid": _("the field {name} is invalid"),
    "field_missing": _("the field {name} is missing"),
    "field_of_order_missing": _("the field {name} of order {order_id} is missing"),
    "no_outcome": _("the response contains neither an order nor an error"),
    "no_price": _("the response contains no price for it"),
    "not_an_object": _("the response is not a JSON object"),
    "not_json": _("the response is not valid JSON"),
    "order_and_error": _("the response contains an order and an error"),
    "other_order": _("the response is for another order"),
    "other_resources": _("the response does not match the resources of the request"),
    "status_undocumented": _("the HTTP status is not documented"),
    # the journal
    "record_unreadable": _("{path} cannot be read now: {why}; fix this, then try again"),
    "record_not_opened": _("{path} cannot be opened: {why}"),
    "record_not_locked": _("{path} cannot be locked: {why}"),
    "record_not_created": _("{path} cannot be created: {why}"),
    "record_not_written": _("{path} cannot be written: {why}"),
    "path_unusable": _("{path} cannot be used: {why}"),
    "record_exists": _("{path} already exists"),
    "record_missing": _("{path} does not exist"),
    "not_a_file": _("{path} is not a regular file with exactly one hard link; links are not followed"),
    "not_a_directory": _("{path} is not a directory; links are not followed"),
    "not_writable": _("{path} cannot be written to"),
    "owned_by_others": _("{path} belongs to another user"),
    "record_accessible": _("others can access {path}; run: chmod 600 {path}"),
    "directory_accessible": _("others can access {path}; run: chmod 700 {path}"),
    "parent_owned_by_others": _(
        "{path} belongs to another user, who could move the record away; set UNSUB_STATE_DIR to a "
        "directory below your own"
    ),
    "parent_writable": _("others can write to {path} and could replace the record; run: chmod go-w {path}"),
    "parent_writable_not_owned": _(
        "others can write to {path} and could replace the record; set UNSUB_STATE_DIR to a directory below your own"
    ),
    "too_many_links": _("{path} leads through too many links"),
    "little_space": _("less than {limit} MB are free for {path}; free some disk space"),
    "account_id_invalid": _("the account id {id} cannot be part of a file name"),
    "record_unavailable": _(
        "{path} cannot be read now ({why}); it was left unchanged, and nothing is submitted: {step}"
    ),
    "step_close_program": _("close the program that uses it, then try again"),
    "step_make_writable": _(
        "make its directory writable again (a file system that was remounted read-only?), then try again"
    ),
    "step_free_space": _("free some disk space or memory, then try again"),
    "step_check_disk": _("check its disk or network file system, then try again"),
    "record_too_new": _("{path} was written by a newer version of unsub-tui (format {version}); use that version"),
    "record_failed_before": _("{path} could not be written before, so nothing more is recorded in this run"),
    "head_not_written": _(
        "{path} contains the outcome, but its head file cannot be written: {why}; nothing more "
        "is submitted or recorded in this run"
    ),
    "journal_mode_unsupported": _("the file system of {path} does not support the journal mode {mode}"),
    "record_corrupt": _(
        "{path} is not sound ({reason}); it was left unchanged, and nothing is submitted. It may "
        "hold items with an unknown outcome: look for their orders with `unsub-tui orders` and in "
        "Huawei Cloud's list of orders, then begin a new record with `unsub-tui journal set-aside "
        "{account}`"
    ),
    "head_damaged": _("its head file {name} is damaged"),
    "head_missing": _("its head file is missing, so whether it lacks its last events is not known"),
    "log_alone": _("only its log {name} is left, without its database"),
    "older_copy": _("an older copy was restored, or its log was lost"),
    "older_directory": _("its whole directory is an older copy"),
    "another_record": _("event {seq} is not the one that was written: this is another record"),
    "states_differ": _("the recorded states do not follow from the events"),
    "format_unknown": _("its format is {version}"),
    "event_changed": _("event {seq} is not what was written, or one before it is missing"),
    "event_unknown": _("event {seq} is not understood"),
    "event_contradictory": _("event {seq}: {event} cannot follow {before}"),
    "event_without_unit": _("event {seq} names no unit"),
    "run_changed": _("event {seq}: the document of the run is not what was written"),
    "run_not_started": _("a run was never started"),
    # checks
    "allowed": _("allowed"),
    "account_not_connected": _("the account is not connected yet"),
    "account_not_opened": _("the account could not be opened"),
    "test_would_execute": _("a test would execute it"),
    "no_order_to_test": _("there is no order of the last year to test it with"),
    "pattern_not_counted": _("{pattern}: not counted, {reason}"),
    "pattern_misspelt": _("the pattern matches no resource; is it misspelled?"),
    "too_many_resources": _("the account has more than {limit} resources"),
    "resources_not_listed": _("the resources could not be listed"),
    "clock_unknown": _("no response contained a date"),
    "clock_equal": _("equal to the clock of Huawei Cloud"),
    "clock_behind": _("{seconds} s behind the clock of Huawei Cloud"),
    "clock_ahead": _("{seconds} s ahead of the clock of Huawei Cloud"),
    "set_clock": _("set the clock: timedatectl set-ntp true"),
    "total_of_all": _("counts attached resources"),
    "total_of_primary": _("counts primary resources only"),
    "total_undecided": _("undecided: the first page of the list has no attached resource"),
    "no_call": _("no call"),
    "rate_reduced": _("reduced to {rate} calls per second"),
    "directory_absent": _("{path}: does not exist yet, and is created when needed"),
    "directory_free": _("{path}, {megabytes} MB free"),
    "record_set_aside": _("set aside; the outcome of items in it may be unknown"),
    "compare_set_aside": _(
        "compare with `unsub-tui orders` and Huawei Cloud's list of orders; then move the file elsewhere"
    ),
    "no_shared_lock": _(
        "none: no usable directory ({places}); runs of yours with a second state directory are not prevented"
    ),
    "use_one_state_directory": _(
        "use one state directory only, or set XDG_RUNTIME_DIR to a private directory of yours (chmod 700)"
    ),
    "record_sound_until": _("{record}, last event of {last} UTC"),
    "resume_open_items": _("check their status: unsub-tui resume"),
    # files, rules and orders that a user names
    "unusable_file": "{name}: {reason}",
    "not_written": "{reason}: {name}",  # the name last: it may be long, and the user has just typed it
    "no_such_file": _("there is no such file"),
    "file_unreadable": _("it cannot be read, {reason}"),
    "file_unwritable": _("it cannot be written, {reason}"),
    "file_empty": _("it is empty"),
    "file_too_large": _("it is larger than {megabytes} MB"),
    "file_exists": _("a file with that name already exists; choose another name"),
    "not_utf8": _("it is not UTF-8 text"),
    "not_text": _("it is not a text file"),
    "excel_workbook": _("it is an Excel workbook; save it as CSV, or copy the cells and paste them"),
    "not_regular_file": _("it is not a regular file"),
    "link_not_followed": _("it is a link, and links are not followed"),
    "hidden_character": _("the name has a control or an invisible character ({character}); choose a name without it"),
    "name_invalid": _("the name is invalid"),
    "plan_file_invalid": _("{reason}; write it again: unsub-tui plan"),
    "plan_file_too_large": _("it would be larger than {megabytes} MB; plan fewer resources at once"),
    "file_of_other_account": _("it is for {theirs} on {their_site}; the credentials belong to {ours} on {our_site}"),
    "no_such_order": _("the account has no order {order}"),
    "no_unsubscription_order": _("{order} is an order, but not an unsubscription"),
    "settings_too_large": _("{path} is larger than {megabytes} MB: this is not a settings file"),
    "settings_unreadable": _("{path} cannot be read: {reason}"),
    "dangling_link": _("{path} is a link to {target}, which does not exist; correct or remove the link"),
    "named_file_missing": _("{variable} names {path}, which does not exist; correct {variable} or unset it"),
    "settings_of_other": _("{path} belongs to another user; run: chown {user} {argument}"),
    "settings_writable": _("{path} can be written by other users; run: chmod go-w {argument}"),
    "keys_of_other": _("{path} contains keys and belongs to another user; run: chown {user} {argument}"),
    "keys_readable": _("{path} contains keys and other users can read it; run: chmod 600 {argument}"),
    "place_of_other": _("{path} can be replaced, because {place} belongs to another user; {step}"),
    "place_writable": _("{path} can be replaced, because other users can write to {place}; {step}"),
    "set_variable": _("set {variable} to a file in a directory of your own"),
    "move_settings": _("keep it in a directory of your own; UNSUB_CONFIG names the settings file"),
    "chmod_place": _("run: chmod go-w {argument}"),
    "rules_unreadable": "{name}: {reason}",
    "rule_invalid": "{name}: {place}: {reason}",
    "rule_row_too_long": _("the row {row} has {count} years of use, but the term has {years}"),
    "rule_names_nothing": _("the entry names no product; add services, names or resource_types"),
    "rule_excepts_itself": _("{service} is in services and in except_services; remove it from one of them"),
    "rule_without_effect": _("an entry of this kind has no effect with certain = false; remove one of the two"),
    "rules_disagree": _("two entries of excluded differ only in certain; remove one of them"),
}
"""Sentences without a plural form."""

IO_PLURALS: Mapping[str, Callable[[int], str]] = {
    "database_missing": lambda n: ngettext(
        "it is missing, and {count} event was written to it", "it is missing, and {count} events were written to it", n
    ),
    "events_missing": lambda n: ngettext(
        "it lacks {count} event that was written: {cause}", "it lacks {count} events that were written: {cause}", n
    ),
    "list_complete": lambda n: ngettext("complete, {count} row", "complete, {count} rows", n),
    "list_changed": lambda n: ngettext(
        "changed while reading, {count} row may be missing; a plan reads its resources again",
        "changed while reading, {count} rows may be missing; a plan reads its resources again",
        n,
    ),
    "pattern_matches": lambda n: ngettext("{pattern}: {count} resource", "{pattern}: {count} resources", n),
    "tag_pattern_matches": lambda n: ngettext(
        "{pattern}: {matches} with this tag; the tags of {count} resource are unknown",
        "{pattern}: {matches} with this tag; the tags of {count} resources are unknown",
        n,
    ),
    "record_sound": lambda n: ngettext("sound, {count} run", "sound, {count} runs", n),
    "record_with_open_items": lambda n: ngettext(
        "{record}, {count} pending item", "{record}, {count} pending items", n
    ),
}
"""Sentences with a plural form, by the value `count`."""
