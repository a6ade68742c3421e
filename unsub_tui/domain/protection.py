"""Patterns that protect resources: `prod-*` on id, name and service, `region:cn-north-4` on one field.

`*`, `?` and `[…]` work as in a shell; a pattern fits the whole text; upper and lower case are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from unsub_tui.domain.resource import Resource
from unsub_tui.domain.service import service_names

Texts = Callable[[Resource], Sequence[str]]

FIELDS: Mapping[str, Texts] = {
    "id": lambda resource: (resource.resource_id.raw,),
    "name": lambda resource: (resource.resource_name.raw,),
    "service": lambda resource: service_names(resource.service_type_code.raw),
    "region": lambda resource: (resource.region_code.raw,),
    "project": lambda resource: (resource.enterprise_project_id.raw, resource.enterprise_project_name.raw),
}
"""What a pattern can be bound to, and the texts that it then has to fit one of."""

_BOUND = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)


def matches(resource: Resource, pattern: str) -> bool:
    """Whether a pattern names this resource."""
    texts, wanted = _read(pattern)
    return any(text and fnmatchcase(text.casefold(), wanted) for text in texts(resource))


def pattern_problem(pattern: str) -> str:
    """Return what is wrong with a pattern, or nothing."""
    bound = _BOUND.fullmatch(pattern)
    if not pattern.strip() or (bound is not None and not bound[2].strip()):
        return f"the pattern {pattern!r} names nothing"
    if bound is None or bound[1].lower() in FIELDS:
        return ""
    if bound[1].lower() == "tag":
        return f"{pattern!r}: the vendor's list of resources has no tags, so nothing can be protected by one"
    known = ", ".join(f"{name}:" for name in FIELDS)
    return f"{pattern!r}: there is no field {bound[1]!r}, only {known}; for a name with a colon write name:{pattern}"


@lru_cache(maxsize=1000)
def _read(pattern: str) -> tuple[Texts, str]:
    """Return the texts that a pattern looks at, and what they have to fit."""
    bound = _BOUND.fullmatch(pattern)
    if bound is not None and bound[1].lower() in FIELDS:
        return FIELDS[bound[1].lower()], bound[2].casefold()
    return _unbound, pattern.casefold()


def _unbound(resource: Resource) -> Sequence[str]:
    return (resource.resource_id.raw, resource.resource_name.raw, resource.service_type_code.raw)
