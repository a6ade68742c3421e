"""Scenarios of generated purchases: first a showcase with every kind, then a random mixture of common kinds."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from random import Random

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.models import Condition

CYCLE = 75
"""Number of purchases after which the showcase repeats."""


class Product(enum.Enum):
    """Product of a purchase: primary resources of an offer, each with some attached resources."""

    SERVER = offers.SERVER, offers.DISK, (1, 3)
    HUGE = offers.HUGE_SERVER, offers.DISK, (1, 1)
    DISK = offers.DISK
    ADDRESS = offers.ADDRESS, offers.BANDWIDTH, (1, 1)
    SHARED = offers.SHARED_BANDWIDTH, offers.ADDRESS, (2, 4)
    EMPTY_SHARED = offers.SHARED_BANDWIDTH
    """A shared bandwidth without any EIP."""
    DATABASE = offers.DATABASE, offers.DATABASE_STORAGE, (1, 1)
    SQL_SERVER = offers.SQL_SERVER
    REPLICATED_DATABASE = offers.REPLICATED_DATABASE
    CLUSTER = offers.CLUSTER
    CACHE = offers.CACHE
    DOCUMENTS = offers.DOCUMENTS
    FIREWALL = offers.FIREWALL
    VAULT = offers.VAULT
    GATEWAY = offers.GATEWAY
    PACKAGE = offers.STORAGE_PACKAGE
    IMAGE = offers.IMAGE
    DEV_PACKAGE = offers.DEV_PACKAGE
    FLEET = offers.SERVER, offers.DISK, (1, 1), 3
    DISKS = offers.DISK, None, (0, 0), 10
    SOLUTION = offers.SERVER, offers.DISK, (1, 1), 2

    def __init__(
        self,
        offer: offers.Offer,
        attached: offers.Offer | None = None,
        attached_range: tuple[int, int] = (0, 0),
        count: int = 1,
    ) -> None:
        self.offer = offer
        self.attached = attached
        self.attached_range = attached_range
        """Minimum and maximum number of attached resources of a primary resource."""
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
    Scenario(Product.EMPTY_SHARED),
)

DATABASES: tuple[Scenario, ...] = (
    Scenario(Product.SQL_SERVER, Condition.LICENSED, years=1),
    Scenario(Product.REPLICATED_DATABASE, Condition.REPLICATED, years=1),
)
"""Further scenarios of an account with databases that have licenses or read replicas."""

FILLER = Scenario(Product.DISK)
"""Scenario with a single resource, used to reach the exact number of resources."""

_PRODUCT_WEIGHTS = {
    Product.SERVER: 40,
    Product.DISK: 20,
    Product.ADDRESS: 12,
    Product.SHARED: 3,
    Product.DATABASE: 10,
    Product.CLUSTER: 3,
    Product.FLEET: 8,
    Product.CACHE: 4,
}
_CONDITION_WEIGHTS = {
    Condition.NORMAL: 80,
    Condition.RENEWED: 8,
    Condition.SPEC_CHANGED: 4,
    Condition.EXPIRED: 3,
    Condition.FROZEN: 2,
    Condition.CONVERTED_FROM_PAY_PER_USE: 3,
}


def draw_scenario(number: int, rng: Random, showcase: tuple[Scenario, ...] = SHOWCASE) -> Scenario:
    """Return the scenario of a purchase number: from the showcase, or random."""
    place = number % CYCLE
    if place < len(showcase):
        return showcase[place]
    (product,) = rng.choices(tuple(_PRODUCT_WEIGHTS), tuple(_PRODUCT_WEIGHTS.values()))
    (condition,) = rng.choices(tuple(_CONDITION_WEIGHTS), tuple(_CONDITION_WEIGHTS.values()))
    return Scenario(product, condition)
