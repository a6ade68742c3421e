"""The line at the top of every screen: badge, profile, account, site, program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unsub_tui.domain.untrusted_text import cell_width, for_display
from unsub_tui.present.i18n import _
from unsub_tui.present.text_layout import fit, fit_middle

if TYPE_CHECKING:
    from unsub_tui.domain.account import AccountRef

PROGRAM = "unsub-tui"


def badges(*, is_demo: bool, is_production: bool, read_only: bool) -> str:
    """Return the warnings about the account: demo, production, read-only."""
    words = ((_("PRODUCTION"), is_production), (_("DEMO"), is_demo), (_("READ-ONLY"), read_only))
    return " ".join(word for word, holds in words if holds)


def title_line(badge: str, title: str) -> str:
    """Return the title of a page on which a decision is made, which begins with the badge."""
    return f"{badge} · {title}" if badge else title


def header_line(
    account: AccountRef | None, profile: str, site: str, badge: str, width: int, *, credentials: str = ""
) -> str:
    """Return badge, profile, account, site and program in `width` cells; badge and site are never truncated.

    The credentials and the program are included if they fit: credentials with their source, otherwise the masked key.
    """
    own_profile = for_display(profile)
    if badge and own_profile.casefold() in badge.casefold().split():
        own_profile = ""  # the demo's profile says nothing more
    left = " · ".join(part for part in (badge, own_profile) if part)
    right = for_display(site).upper()
    used = sum(cell_width(part) + 3 for part in (left, right) if part)
    parts = [left, _account_text(account, width - used), right]
    line = " · ".join(part for part in parts if part)
    if cell_width(line) > width:  # only a long profile
        parts[0] = fit(left, max(cell_width(badge), width - cell_width(line) + cell_width(left)))
        line = fit(" · ".join(part for part in parts if part), width)
    for words in (credentials, credentials.split(" from ", maxsplit=1)[0]):
        if words and account is not None and cell_width(f"{line} · {words}") <= width:
            line = f"{line} · {words}"
            break
    room = width - cell_width(line)
    return line + (PROGRAM.rjust(room) if room > len(PROGRAM) + 1 else "")


def _account_text(account: AccountRef | None, room: int) -> str:
    if account is None:
        return _("Connecting…")
    name, account_id = account.name.for_display(), for_display(account.account_id)
    if not name:
        return account_id if cell_width(account_id) <= room else fit_middle(account_id, max(room, 9))
    left = max(9, room - cell_width(name) - 1)  # four characters at both ends tell most ids apart
    return f"{name} {account_id if cell_width(account_id) <= left else fit_middle(account_id, left)}"
