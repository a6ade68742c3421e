"""Tags of resources: the everyday ones of a company, and hostile ones where the name is hostile."""

from __future__ import annotations

from unsub_tui.sandbox.account_fixtures import HOSTILE
from unsub_tui.sandbox.estate.cloud_resource import CloudResource
from unsub_tui.sandbox.estate.draws import Draws

_OWNERS = ("m.keller", "li.wei", "a.rossi", "chen.yu", "j.smith", "s.novak", "p.garcia")
_TEAMS = ("web", "data", "platform", "finance", "ops")
_ENVIRONMENTS = {"prod": "prod", "stage": "stage", "test": "test", "dev": "dev", "demo": "demo", "测试环境": "test"}
_CHINESE_PROD = "prod"
_UNTAGGED = 0.18
"""Share of the resources without any tag."""
_LEFT_OVER = ("poc-2024", "migration", "load-test", "black-friday", "pilot")


def tags_of(
    resource: CloudResource, draws: Draws, *, is_left_over: bool = False, is_hostile: bool = False
) -> dict[str, str]:
    """Return the tags of a resource; one that nobody uses any more tells what it was for."""
    key = resource.resource_id
    hostile = {"note": resource.name, resource.name[:36]: ""} if is_hostile and resource.name in HOSTILE else {}
    if draws.fraction(key, "untagged") < _UNTAGGED and not is_left_over:
        return hostile
    stage = resource.name.partition("-")[0]
    environment = _ENVIRONMENTS.get(
        stage, _CHINESE_PROD if stage == "生产" else draws.choice(key, "env", ("prod", "test"))
    )
    tags = {
        "env": environment,
        "owner": draws.choice(key, "owner", _OWNERS),
        "team": draws.choice(key, "team", _TEAMS),
    }
    if is_left_over:
        tags["project"] = draws.choice(key, "project", _LEFT_OVER)
    elif draws.fraction(key, "cost") < 0.3:
        tags["cost-center"] = f"{draws.between(key, 'center', 4100, 4190)}"
    return tags | hostile
