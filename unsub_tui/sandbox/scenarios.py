"""Scenarios of generated purchases: first a showcase with every kind, then a random mixture of common kinds."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from random import Random

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.models import Condition

CYCLE = 75
"""Number of purchases after which the showcase repeats."""


@dataclass(frozen=True, slots=True)
class ProductUnit:
    """A primary resource and its attached resources."""

    offer: offers.Offer
    attached: offers.Offer | None = None
    min_attached: int = 0
    max_attached: int = 0
    """Maximum number of attached resources."""


class Product(enum.Enum):
    """Product of a purchase: a unit and the number of units per order."""

    SERVER = (ProductUnit(offers.SERVER, offers.DISK, 1, 3), 1)
    HUGE = (ProductUnit(offers.HUGE_SERVER, offers.DISK, 1, 1), 1)
    DISK = (ProductUnit(offers.DISK), 1)
    ADDRESS = (ProductUnit(offers.ADDRESS, offers.BANDWIDTH, 1, 1), 1)
    SHARED = (ProductUnit(offers.SHARED_BANDWIDTH, offers.ADDRESS, 2, 4), 1)
    DATABASE = (ProductUnit(offers.DATABASE, offers.DATABASE_STORAGE, 1, 1), 1)
    CLUSTER = (ProductUnit(offers.CLUSTER), 1)
    CACHE = (ProductUnit(offers.CACHE), 1)
    DOCUMENTS = (ProductUnit(offers.DOCUMENTS), 1)
    FIREWALL = (ProductUnit(offers.FIREWALL), 1)
    VAULT = (ProductUnit(offers.VAULT), 1)
    GATEWAY = (ProductUnit(offers.GATEWAY), 1)
    PACKAGE = (ProductUnit(offers.STORAGE_PACKAGE), 1)
    IMAGE = (ProductUnit(offers.IMAGE), 1)
    DEV_PACKAGE = (ProductUnit(offers.DEV_PACKAGE), 1)
    FLEET = (ProductUnit(offers.SERVER, offers.DISK, 1, 1), 3)
    DISKS = (ProductUnit(offers.DISK), 10)
    SOLUTION = (ProductUnit(offers.SERVER, offers.DISK, 1, 1), 2)

    def __init__(self, unit: ProductUnit, count: int) -> None:
        self.unit = unit
        self.count = count
        """Number of primary resources per order."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Product and condition of a purchase."""

    product: Product
    condition: Condition = Condition.NORMAL
    years: int = 0
    """Fixed term in years; 0 means a random term."""


SHOWCASE: tuple[Scenario, ...] = (
    Scenario(Product.SERVER),
    Scenario(Product.DISK),
    Scenario(Product.ADDRESS, years=1),
    Scenario(Product.DATABASE, years=1),
    Scenario(Product.CLUSTER),
    Scenario(Product.DISK, Condition.RENEWED),
    Scenario(Product.CACHE),
    Scenario(Product.DISK, Condition.RECENTLY_BOUGHT),
    Scenario(Product.PACKAGE, Condition.NOT_STARTED),
    Scenario(Product.DISK, Condition.FROZEN),
    Scenario(Product.DISK, Condition.EXPIRED),
    Scenario(Product.SHARED),
    Scenario(Product.DISK, Condition.UNSUBSCRIBED),
    Scenario(Product.SOLUTION, Condition.SOLUTION),
    Scenario(Product.SERVER, Condition.RENEWED),
    Scenario(Product.DISK, Condition.UNPAID),
    Scenario(Product.SERVER, Condition.TRIAL),
    Scenario(Product.PACKAGE),
    Scenario(Product.DOCUMENTS),
    Scenario(Product.FIREWALL, years=1),
    Scenario(Product.VAULT),
    Scenario(Product.GATEWAY),
    Scenario(Product.IMAGE),
    Scenario(Product.DEV_PACKAGE),
    Scenario(Product.SERVER, Condition.INVOICED),
    Scenario(Product.DISK, Condition.IN_TRANSACTION),
    Scenario(Product.SERVER, Condition.SPEC_CHANGED),
    Scenario(Product.HUGE, years=3),
    Scenario(Product.FLEET, Condition.RECENTLY_BOUGHT),
    Scenario(Product.SERVER, Condition.UNSUBSCRIBED),
    Scenario(Product.SERVER, Condition.FROZEN_BY_POLICE),
    Scenario(Product.SHARED, Condition.HAS_BANDWIDTH_ADDON),
    Scenario(Product.DATABASE, Condition.RENEWED),
    Scenario(Product.SERVER, Condition.CONVERTED_FROM_PAY_PER_USE),
    Scenario(Product.ADDRESS, Condition.NOT_STARTED),
    Scenario(Product.SERVER, years=2),
    Scenario(Product.SERVER, years=3),
    Scenario(Product.DISKS, Condition.RECENTLY_BOUGHT),
    Scenario(Product.DATABASE, Condition.UNSUBSCRIBED, years=1),
    Scenario(Product.SERVER, Condition.NOT_STARTED),
    Scenario(Product.DISK, Condition.RENEWED_IN_PROMOTION),
    Scenario(Product.SERVER, Condition.SPEC_CHANGED_AFTER_RENEWAL),
    Scenario(Product.SERVER, Condition.ATTACHED_AFTER_RENEWAL),
)

FILLER = Scenario(Product.DISK)
"""Scenario with a single resource, used to reach the exact number of resources."""

_PRODUCTS = (
    Product.SERVER,
    Product.DISK,
    Product.ADDRESS,
    Product.SHARED,
    Product.DATABASE,
    Product.CLUSTER,
    Product.FLEET,
    Product.CACHE,
)
_PRODUCT_WEIGHTS = (40, 20, 12, 3, 10, 3, 8, 4)
_CONDITIONS = (
    Condition.NORMAL,
    Condition.RENEWED,
    Condition.SPEC_CHANGED,
    Condition.EXPIRED,
    Condition.FROZEN,
    Condition.CONVERTED_FROM_PAY_PER_USE,
)
_CONDITION_WEIGHTS = (80, 8, 4, 3, 2, 3)


def draw_scenario(number: int, rng: Random) -> Scenario:
    """Return the scenario of a purchase number: from the showcase, or random."""
    place = number % CYCLE
    if place < len(SHOWCASE):
        return SHOWCASE[place]
    ware = rng.choices(_PRODUCTS, _PRODUCT_WEIGHTS)[0]
    return Scenario(ware, rng.choices(_CONDITIONS, _CONDITION_WEIGHTS)[0])
