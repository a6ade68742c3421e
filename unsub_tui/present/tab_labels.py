"""Labels of the tabs."""

from __future__ import annotations

from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _

RECORDS_TAB = "records"
"""Id of the Records tab, which does not show the account's resources."""


def tab_title(tab: Tab) -> str:
    """Return the title of a tab."""
    return {Tab.ACTIVE: _("Active Resources"), Tab.RENEWAL: _("Renewal Periods"), Tab.INACTIVE: _("Inactive")}[tab]


def tabs_line(current: Tab | None, width: int, extra: str = "") -> str:
    """Return all tabs with their keys and the current tab in brackets (None: Records), followed by `extra`."""
    titles = [(tab, f"{number} {tab_title(tab)}") for number, tab in enumerate(Tab, start=1)]
    parts = [f"[{title}]" if tab is current else title for tab, title in titles]
    records = f"{len(parts) + 1} {_('Records')}"
    parts.append(f"[{records}]" if current is None else records)
    wide = "  ".join(parts)
    line = wide if len(wide) <= width else " ".join(parts)
    return f"{line}   {extra}" if extra else line
