"""The line at the top of every screen: program, profile, account, site."""

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
    words = ((_("DEMO"), is_demo), (_("PRODUCTION"), is_production), (_("READ-ONLY"), read_only))
    return " ".join(word for word, holds in words if holds)


def header_line(
    account: AccountRef | None, profile: str, site: str, badge: str, width: int, *, credentials: str = ""
) -> str:
    """Return program, profile, account, site and badge in `width` cells; site and badge are never truncated.

    The credentials are included if they fit: with their source, otherwise the masked key only.
    """
    right = " ".join(part for part in (for_display(site).upper(), badge) if part)
    room = max(0, width - cell_width(right) - 1)
    left = " · ".join(part for part in (PROGRAM, for_display(profile)) if part)
    account_text = _account_text(account, room - cell_width(left) - 3)
    left_text = f"{left} · {account_text}" if account_text else left
    for words in (credentials, credentials.split(" from ", maxsplit=1)[0]):
        if words and account is not None and cell_width(f"{left_text} · {words}") <= room:
            left_text = f"{left_text} · {words}"
            break
    return fit(left_text, room) + " " + right


def _account_text(account: AccountRef | None, room: int) -> str:
    if account is None:
        return _("Connecting…")
    name, account_id = account.name.for_display(), for_display(account.account_id)
    if not name:
        return account_id if cell_width(account_id) <= room else fit_middle(account_id, max(room, 9))
    left = max(9, room - cell_width(name) - 1)  # four characters at both ends tell most ids apart
    return f"{name} {account_id if cell_width(account_id) <= left else fit_middle(account_id, left)}"
