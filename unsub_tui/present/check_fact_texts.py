"""The words of the facts that checks and files state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.domain.fact import Code, FactCode
from unsub_tui.present.i18n import _, ngettext

CHECK_SENTENCES: Mapping[Code, str] = {
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
}
"""Sentences of checks without a plural form."""

FILE_SENTENCES: Mapping[Code, str] = {
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
"""Sentences about files, rules and orders that a user names."""

CHECK_PLURALS: Mapping[Code, Callable[[int], str]] = {
    FactCode.PATTERN_MATCHES: lambda n: ngettext("{pattern}: {count} resource", "{pattern}: {count} resources", n),
    FactCode.RECORD_SOUND: lambda n: ngettext("sound, {count} run", "sound, {count} runs", n),
    FactCode.RECORD_WITH_OPEN_ITEMS: lambda n: ngettext(
        "{record}, {count} pending item", "{record}, {count} pending items", n
    ),
}
"""Sentences with a plural form, by the value `count`."""
