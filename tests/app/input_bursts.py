"""Bursts of bytes that nobody typed, and the way to each screen that they are written to."""

from __future__ import annotations

import random
import re

from tests.app.stage import AppStage, open_review

KEYS = [*"\t\t\t    ", "\r", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[6~", *"cjk?"]
"""Keys that lead to the button of the confirmation, among others; none of them leaves the program."""
JUNK = [*"abcepquw1234 ,;[]\r\n\t\x00\x03\x7f\x85\x1b", "\x1b[2J", "\x1b[201~", "\x1b]0;"]

KEYS_TO_SCREEN: dict[str, tuple[str, ...]] = {
    "the review": (),
    "the confirmation": (),
    "the list": (),
    "the filter": ("slash",),
    "Renewal Periods": ("2",),
    "Inactive": ("3",),
    "Records": ("4",),
    "details": ("g", "enter"),
    "help": ("question_mark",),
    "commands": ("colon",),
    "columns": ("o",),
    "forms of an export": ("e",),
    "the name of a file": ("e", "c"),
    "a list of ids": ("W",),
    "a pattern": ("plus",),
    "actions": ("A",),
}
"""The keys from the list to a screen."""


def make_burst(chance: random.Random, stage: AppStage) -> bytes:
    """Return one write: pastes, replies of a terminal, keys, and at times all that a confirmation asks for."""
    text = stage.text if stage.app.screen.__class__.__name__ == "ConfirmScreen" else ""
    asked = text.partition("Type exactly: ")[2].partition("\n")[0].strip()
    phrase = asked or "sandbox-estate 4"

    def junk(size: int) -> str:
        return "".join(chance.choices([*JUNK, phrase], k=chance.randrange(size)))

    def paste() -> str:
        return f"\x1b[200~{junk(30)}\x1b[201~"

    def reply() -> str:
        body = re.sub("[\x03\x1b\x7f\r]", "", junk(8))  # ctrl+c would end the reply, and be a key
        strings = [f"\x1b]52;c;{body}\x1b\\", f"\x1bP1$r{body}\x1b\\", f"\x1b_{body}\x1b\\", f"\x1b^{body}\x1b\\"]
        return chance.choice([*strings, f"\x9d11;{body}\x9c", "\x1b[?62;1;4c", "\x1b[0n", "\x1b[>41;3;0c", "\x1b[99~"])

    def keys() -> str:
        return "".join(chance.choices(KEYS, k=chance.randint(2, 3)))

    def answer() -> str:
        return f"{chance.choice(['', paste()])} \t \t{phrase}\r{chance.choice(['', paste()])}\r"

    kinds = chance.choices([paste, reply, keys, answer], weights=[60, 60, 3, 5 if asked else 1], k=chance.randint(1, 2))
    return "".join([*(kind() for kind in kinds), reply()]).encode()


async def return_to_list(stage: AppStage) -> None:
    """Go back to the list from wherever a burst has led; two more escapes clear its filter."""
    while stage.app.screen.__class__.__name__ != "ResourcesScreen":
        await stage.press("escape")
    await stage.press("1", "escape", "escape")


async def go_to_screen(stage: AppStage, place: str) -> None:
    """Go to a screen from wherever a burst has led; the confirmation is left by one enter, so it is near its review."""
    screen = stage.app.screen.__class__.__name__
    if place not in ("the review", "the confirmation"):
        await return_to_list(stage)
        await stage.press(*KEYS_TO_SCREEN[place])
        return
    if screen not in ("ReviewScreen", "ConfirmScreen"):
        await return_to_list(stage)
        await open_review(stage)
    if place == "the confirmation" and screen != "ConfirmScreen":
        await stage.press("c")
        await stage.wait_for("Type exactly: ")
