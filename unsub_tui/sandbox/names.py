"""Resource names: everyday names, empty names, and 14 hostile names that attack a terminal."""

from __future__ import annotations

from random import Random

HOSTILE: tuple[str, ...] = (
    "[/red]",
    "\x1b[31mred\x1b[0m",
    "[@click=app.quit]x[/]",
    "\x1b]0;pwned\x07",
    "invoice\u202egnp.exe",
    "=1+1",
    "[",
    "[red]boom[/red]",
    "ze\u200bro\u200dwi\ufeffdth",
    "Z\u0351\u036ba\u0310\u0322l\u0342\u0348g\u0354o\u0321\u0489\u035f",
    "long-" + "x" * 195,
    "超长名称" + "数" * 196,
    "two\r\nlines\tand a tab",
    "{0!r} %s $(reboot) `id`",
)

_STAGES = ("prod", "prod", "test", "dev", "stage", "demo")
_ROLES = ("web", "api", "db", "cache", "worker", "gw", "ci", "log", "batch")
_CHINESE = ("测试环境-数据库", "生产-前端", "备份服务器", "财务系统", "开发环境-网关", "官网")
_PLAIN = ("server", "test", "tmp", "new", "default")


def draw_name(rng: Random) -> str:
    """Return a random everyday name; a few are empty, Chinese or duplicates."""
    draw = rng.random()
    if draw < 0.03:
        return ""
    if draw < 0.13:
        return f"{rng.choice(_CHINESE)}-{rng.randrange(1, 30)}"
    if draw < 0.18:
        return rng.choice(_PLAIN)
    width = "02d" if draw < 0.7 else "d"
    return f"{rng.choice(_STAGES)}-{rng.choice(_ROLES)}-{format(rng.randrange(1, 99), width)}"


def hostile_name(bundle: int) -> str | None:
    """Return the hostile name of a purchase, or None; two of three purchases get one, until all are used."""
    if bundle % 3 == 0:
        return None
    place = bundle - bundle // 3 - 1
    return HOSTILE[place] if place < len(HOSTILE) else None
