"""The tabs in words."""

from __future__ import annotations

from unsub_tui.domain.tab import Tab
from unsub_tui.present.i18n import _

RECORDS_TAB = "records"
"""The tab that is no part of the account's list."""


def tab_title(tab: Tab) -> str:
    """Return the name of a tab."""
    return {Tab.ACTIVE: _("Active Resources"), Tab.RENEWAL: _("Renewal Periods"), Tab.INACTIVE: _("Inactive")}[tab]


def tabs_line(current: Tab | None, width: int, extra: str = "") -> str:
    """Return all tabs with their keys, the current one in brackets, None being the records; then `extra`."""
    titles = [(tab, f"{number} {tab_title(tab)}") for number, tab in enumerate(Tab, start=1)]
    parts = [f"[{title}]" if tab is current else title for tab, title in titles]
    records = f"{len(parts) + 1} {_('Records')}"
    parts.append(f"[{records}]" if current is None else records)
    wide = "  ".join(parts)
    line = wide if len(wide) <= width else " ".join(parts)
    return f"{line}   {extra}" if extra else line
