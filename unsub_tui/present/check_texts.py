"""The words of the facts that checks and files state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.domain.fact import FactCode
from unsub_tui.present.i18n import _, ngettext

CHECK_SENTENCES: Mapping[FactCode, str] = {
    FactCode.ALLOWED: _("allowed"),
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
"""Sentences without a plural form."""

CHECK_PLURALS: Mapping[FactCode, Callable[[int], str]] = {
    FactCode.PATTERN_MATCHES: lambda n: ngettext("{pattern}: {count} resource", "{pattern}: {count} resources", n),
    FactCode.RECORD_SOUND: lambda n: ngettext("sound, {count} run", "sound, {count} runs", n),
    FactCode.RECORD_WITH_OPEN_ITEMS: lambda n: ngettext(
        "{record}, {count} pending item", "{record}, {count} pending items", n
    ),
}
"""Sentences with a plural form, by the value `count`."""
