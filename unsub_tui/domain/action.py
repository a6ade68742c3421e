"""What can be done to resources: given up, or changed in a way that can be undone."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class UnsubscribeType(IntEnum):
    """The vendor's `unsubscribe_type`."""

    RESOURCE = 1
    """The resource with its renewed periods."""
    RENEWALS_ONLY = 2
    """Only renewed periods that have not begun; the resource stays."""


class Action(StrEnum):
    """What a plan does to its resources. The values are stable: `plan --kind`, plan files and the record have them."""

    UNSUBSCRIBE = "unsubscribe"
    """Give up the resource with its renewed periods and all that goes along."""
    RENEWAL = "renewal"
    """Give up renewed periods that have not begun; the resource stays."""
    AUTO_RENEW_OFF = "autorenew-off"
    AUTO_RENEW_ON = "autorenew-on"
    PAY_PER_USE = "pay-per-use"
    """Let it go on as pay-per-use when its term ends."""
    PAY_PER_USE_OFF = "pay-per-use-off"
    """Take that back."""

    @property
    def is_reversible(self) -> bool:
        """Whether its contrary can be asked for afterwards."""
        return self.unsubscribe_type is None

    @property
    def inverse(self) -> Action | None:
        """What takes it back; None for what cannot be undone."""
        return _INVERSES.get(self)

    @property
    def unsubscribe_type(self) -> UnsubscribeType | None:
        """The vendor's number for it; None for what is no unsubscription."""
        return _TYPES.get(self)


_INVERSES = {
    Action.AUTO_RENEW_OFF: Action.AUTO_RENEW_ON,
    Action.AUTO_RENEW_ON: Action.AUTO_RENEW_OFF,
    Action.PAY_PER_USE: Action.PAY_PER_USE_OFF,
    Action.PAY_PER_USE_OFF: Action.PAY_PER_USE,
}
_TYPES = {Action.UNSUBSCRIBE: UnsubscribeType.RESOURCE, Action.RENEWAL: UnsubscribeType.RENEWALS_ONLY}
