"""Reads the rules file that ships with the program."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from unsub_tui.domain.rules import SiteRules, site_rules


def rules_of(site: str) -> SiteRules:
    """Return the vendor's fee rules of a site (cn, intl, eu)."""
    document = tomllib.loads((files("unsub_tui.data") / "rules.toml").read_text(encoding="utf-8"))
    return site_rules(site, document[site])
