"""Which purchases the catalogue tells of: first a set in which every kind occurs, then the everyday mixture."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from random import Random

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.records import Plight

CYCLE = 75
"""The set of all kinds is told anew after so many purchases."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A main resource and what is attached to it."""

    offer: offers.Offer
    attached: offers.Offer | None = None
    fewest: int = 0
    most: int = 0
    """How many are attached."""


class Ware(enum.Enum):
    """What is bought."""

    SERVER = (Unit(offers.SERVER, offers.DISK, 1, 3), 1)
    HUGE = (Unit(offers.HUGE_SERVER, offers.DISK, 1, 1), 1)
    DISK = (Unit(offers.DISK), 1)
    ADDRESS = (Unit(offers.ADDRESS, offers.BANDWIDTH, 1, 1), 1)
    SHARED = (Unit(offers.SHARED_BANDWIDTH, offers.ADDRESS, 2, 4), 1)
    DATABASE = (Unit(offers.DATABASE, offers.DATABASE_STORAGE, 1, 1), 1)
    CLUSTER = (Unit(offers.CLUSTER), 1)
    CACHE = (Unit(offers.CACHE), 1)
    DOCUMENTS = (Unit(offers.DOCUMENTS), 1)
    FIREWALL = (Unit(offers.FIREWALL), 1)
    VAULT = (Unit(offers.VAULT), 1)
    GATEWAY = (Unit(offers.GATEWAY), 1)
    PACKAGE = (Unit(offers.STORAGE_PACKAGE), 1)
    IMAGE = (Unit(offers.IMAGE), 1)
    DEV_PACKAGE = (Unit(offers.DEV_PACKAGE), 1)
    FLEET = (Unit(offers.SERVER, offers.DISK, 1, 1), 3)
    DISKS = (Unit(offers.DISK), 10)
    SOLUTION = (Unit(offers.SERVER, offers.DISK, 1, 1), 2)

    def __init__(self, unit: Unit, count: int) -> None:
        self.unit = unit
        self.count = count
        """How many main resources one order buys."""


@dataclass(frozen=True, slots=True)
class Story:
    """What was bought, and what became of it."""

    ware: Ware
    plight: Plight = Plight.PLAIN
    years: int = 0
    """Term in years where the story needs one; 0 leaves it to the draw."""


SHOWCASE: tuple[Story, ...] = (
    Story(Ware.SERVER),
    Story(Ware.DISK),
    Story(Ware.ADDRESS, years=1),
    Story(Ware.DATABASE, years=1),
    Story(Ware.CLUSTER),
    Story(Ware.DISK, Plight.RENEWED),
    Story(Ware.CACHE),
    Story(Ware.DISK, Plight.FRESH),
    Story(Ware.PACKAGE, Plight.INACTIVE),
    Story(Ware.DISK, Plight.FROZEN),
    Story(Ware.DISK, Plight.EXPIRED),
    Story(Ware.SHARED),
    Story(Ware.DISK, Plight.GONE),
    Story(Ware.SOLUTION, Plight.SOLUTION),
    Story(Ware.SERVER, Plight.RENEWED),
    Story(Ware.DISK, Plight.UNPAID),
    Story(Ware.SERVER, Plight.TRIAL),
    Story(Ware.PACKAGE),
    Story(Ware.DOCUMENTS),
    Story(Ware.FIREWALL, years=1),
    Story(Ware.VAULT),
    Story(Ware.GATEWAY),
    Story(Ware.IMAGE),
    Story(Ware.DEV_PACKAGE),
    Story(Ware.SERVER, Plight.INVOICED),
    Story(Ware.DISK, Plight.BUSY),
    Story(Ware.SERVER, Plight.CHANGED),
    Story(Ware.HUGE, years=3),
    Story(Ware.FLEET, Plight.FRESH),
    Story(Ware.SERVER, Plight.GONE),
    Story(Ware.SERVER, Plight.SEIZED),
    Story(Ware.SHARED, Plight.ADDON),
    Story(Ware.DATABASE, Plight.RENEWED),
    Story(Ware.SERVER, Plight.CONVERTED),
    Story(Ware.ADDRESS, Plight.INACTIVE),
    Story(Ware.SERVER, years=2),
    Story(Ware.SERVER, years=3),
    Story(Ware.DISKS, Plight.FRESH),
    Story(Ware.DATABASE, Plight.GONE, years=1),
    Story(Ware.SERVER, Plight.INACTIVE),
    Story(Ware.DISK, Plight.PROMOTED),
    Story(Ware.SERVER, Plight.REBUILT),
    Story(Ware.SERVER, Plight.GROWN),
)

FILLER = Story(Ware.DISK)
"""Tops the catalogue up to its exact size."""

_WARES = (Ware.SERVER, Ware.DISK, Ware.ADDRESS, Ware.SHARED, Ware.DATABASE, Ware.CLUSTER, Ware.FLEET, Ware.CACHE)
_WARE_WEIGHTS = (40, 20, 12, 3, 10, 3, 8, 4)
_PLIGHTS = (Plight.PLAIN, Plight.RENEWED, Plight.CHANGED, Plight.EXPIRED, Plight.FROZEN, Plight.CONVERTED)
_PLIGHT_WEIGHTS = (80, 8, 4, 3, 2, 3)


def draw_story(number: int, rng: Random) -> Story:
    """Say what the purchase of this number is about."""
    place = number % CYCLE
    if place < len(SHOWCASE):
        return SHOWCASE[place]
    ware = rng.choices(_WARES, _WARE_WEIGHTS)[0]
    return Story(ware, rng.choices(_PLIGHTS, _PLIGHT_WEIGHTS)[0])
