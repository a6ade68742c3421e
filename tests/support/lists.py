"""Lists of resources without an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from unsub_tui.domain.guards import Guards
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.listmodel.list_context import ListContext
from unsub_tui.listmodel.tabs import ResourceTabs
from unsub_tui.present.filter_facts import ResourceFacts

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ECS, EVS, WAF = (f"hws.service.type.{code}" for code in ("ec2", "ebs", "waf"))


@dataclass
class StubAccount:
    """The facts that an engine would give to a list."""

    guards: Guards = field(default_factory=Guards)
    rules: SiteRules = field(default_factory=lambda: load_rules("cn"))


def make_resource(key: str, service: str = EVS, *, name: str = "", main: str = "", days: int = -100) -> Resource:
    """Return a resource that began so many days from now and is paid for 60 more; with `main`, an attached one."""
    return Resource(
        resource_id=UntrustedText(key),
        resource_name=UntrustedText(name or key),
        service_type_code=UntrustedText(service),
        parent_resource_id=UntrustedText(main),
        is_main_resource=not main,
        effective_time=NOW + timedelta(days=days),
        expire_time=NOW + timedelta(days=60),
    )


def listed_tabs(*resources: Resource, account: StubAccount | None = None) -> ResourceTabs:
    """Return the tabs of an account whose listing is complete."""
    tabs = ResourceTabs(ListContext(account or StubAccount(), lambda: NOW), ResourceFacts)
    listing = tabs.start_listing()
    tabs.add_page(listing, resources)
    tabs.finish_listing(listing)
    return tabs
