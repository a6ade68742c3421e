"""The guards of one invocation: the strictest of system file, user file, profile, environment and flags."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from unsub_tui.cli.config.toml import ConfigError, TomlTable
from unsub_tui.domain.fact import Statement
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.protection_patterns import pattern_problem
from unsub_tui.domain.untrusted_text import escape_unprintable
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.cli.context import GlobalOptions

GUARD_KEYS = (
    "read_only",
    "max_items",
    "max_amount",
    "max_share",
    "protected",
    "refuse_running",
    "require_backup",
    "blocked_accounts",
    "two_people",
)
"""Names of the guards in the settings files."""

DEFAULT_MAX_ITEMS = 100
Limit = TypeVar("Limit", int, Decimal)
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})


def merge_guards(flags: GlobalOptions, tables: Sequence[TomlTable]) -> Guards:
    """Return the strictest value of every guard over all sources; no source can loosen a guard."""
    origins: dict[str, str] = {}
    read_only = {"--read-only": flags.read_only, "UNSUB_READ_ONLY": _is_set()}
    read_only |= {table.location: table.boolean("read_only") for table in tables}
    origins["read_only"] = ", ".join(origin for origin, is_set in read_only.items() if is_set)
    running = {"--refuse-running": flags.refuse_running}
    running |= {table.location: table.boolean("refuse_running") for table in tables}
    origins["refuse_running"] = ", ".join(origin for origin, is_set in running.items() if is_set)
    people = {table.location: table.boolean("two_people") for table in tables}
    origins["two_people"] = ", ".join(origin for origin, is_set in people.items() if is_set)
    items = {"--max-items": flags.max_items} | {table.location: table.integer("max_items") for table in tables}
    amounts = {"--max-amount": flags.max_amount} | {table.location: table.amount("max_amount") for table in tables}
    shares = {"--max-share": flags.max_share} | {table.location: table.percent("max_share") for table in tables}
    days = {"--require-backup": flags.require_backup}
    days |= {table.location: table.days("require_backup") for table in tables}
    max_items, origins["max_items"] = _strictest(items)
    require_backup, origins["require_backup"] = _strictest(days)
    max_amount, origins["max_amount"] = _strictest(amounts)
    max_share, origins["max_share"] = _strictest(shares)
    return Guards(
        read_only=any(read_only.values()),
        max_items=DEFAULT_MAX_ITEMS if max_items is None else max_items,
        max_amount=max_amount,
        max_share=max_share,
        protected=_merge_entries("protected", tables, origins, pattern_problem),
        refuse_running=any(running.values()),
        require_backup=require_backup,
        blocked_accounts=_merge_entries("blocked_accounts", tables, origins, _account_problem),
        two_people=any(people.values()),
        origins=origins,
    )


def guard_values(guards: Guards) -> dict[str, str]:
    """Return the guards in force by name, as display text."""
    return {
        "read_only": "yes" if guards.read_only else "no",
        "max_items": str(guards.max_items),
        "max_amount": "no limit" if guards.max_amount is None else format(guards.max_amount, "f"),
        "max_share": "no limit" if guards.max_share is None else f"{guards.max_share:f} %",
        "protected": " ".join(guards.protected) or "-",
        "refuse_running": "yes" if guards.refuse_running else "no",
        "require_backup": "no" if guards.require_backup is None else f"{guards.require_backup}d",
        "blocked_accounts": " ".join(guards.blocked_accounts) or "-",
        "two_people": "yes" if guards.two_people else "no",
    }


def guard_rows(guards: Guards) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and origin of every guard in force, with one row per protection pattern and blocked account."""
    patterns = {"protected": guards.protected, "blocked_accounts": guards.blocked_accounts}
    for name, value in guard_values(guards).items():
        for entry in patterns.get(name) or (value,):
            yield name, escape_unprintable(entry), escape_unprintable(guards.origin(name, entry))


def _is_set() -> bool:
    value = os.environ.get("UNSUB_READ_ONLY", "").lower()
    if value not in _TRUE | _FALSE:
        raise ConfigError(_("UNSUB_READ_ONLY must be 1 or 0, not {value!r}"), value=value)
    return value in _TRUE


def _merge_entries(
    name: str, tables: Sequence[TomlTable], origins: dict[str, str], problem_of: Callable[[str], Statement | None]
) -> tuple[str, ...]:
    """Return the entries of all tables without duplicates; store the origins of guard and entries in `origins`.

    Raises ConfigError for an entry that would protect nothing.
    """
    places: dict[str, str] = {}
    for table in tables:
        for entry in table.text_list(name):
            # An entry that matches nothing would look like protection.
            if problem := problem_of(entry):
                raise ConfigError(f"{table.location}: {name}: {fact_text(problem)}")
            places.setdefault(entry.strip(), table.location)
    origins.update({f"{name} {entry}": where for entry, where in places.items()})
    origins[name] = ", ".join(dict.fromkeys(places.values()))
    return tuple(places)


def _account_problem(account: str) -> str:
    return "" if account.strip() else _("an empty text is not an account id")


def _strictest(limits: Mapping[str, Limit | None]) -> tuple[Limit | None, str]:
    """Return the smallest limit that is set and its origin."""
    known = {origin: limit for origin, limit in limits.items() if limit is not None}
    origin = min(known, key=lambda each: known[each], default=None)
    return (None, "default") if origin is None else (known[origin], origin)
