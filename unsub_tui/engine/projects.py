"""Enterprise project names for listings that contain ids only: read once, or omitted without permission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

UNNAMED = frozenset({"", "0", "null"})
"""Ids that mean no project or the default project."""


class ProjectNames:
    """Cache of the account's enterprise project names."""

    def __init__(self) -> None:
        self._names: dict[str, UntrustedText] | None = None

    async def with_names(self, client: Callable[[], BssClient], resources: Sequence[Resource]) -> tuple[Resource, ...]:
        """Return the resources with known project names filled in. `client` is called only if names must be read."""
        if not any(map(_lacks_name, resources)):
            return tuple(resources)
        if self._names is None:
            self._names = await _read(client())
        return tuple(self._with_name(each) if _lacks_name(each) else each for each in resources)

    def _with_name(self, resource: Resource) -> Resource:
        name = (self._names or {}).get(resource.enterprise_project_id.raw)
        return resource if name is None else replace(resource, enterprise_project_name=name)


async def _read(client: BssClient) -> dict[str, UntrustedText]:
    try:
        return {each.project_id: each.name for each in await client.enterprise_projects()}
    except UnsubError:
        return {}  # the interface falls back to project ids


def _lacks_name(resource: Resource) -> bool:
    return not resource.enterprise_project_name and resource.enterprise_project_id.raw not in UNNAMED
