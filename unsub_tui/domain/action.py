"""Actions on resources: unsubscriptions, the change to pay-per-use, and reversible changes of the expiry policy."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class UnsubscribeType(IntEnum):
    """Huawei Cloud's `unsubscribe_type`."""

    RESOURCE = 1
    """Unsubscribe from the resource, including its renewal periods."""
    RENEWALS_ONLY = 2
    """Unsubscribe from renewal periods that have not begun; the resource stays."""


class Action(StrEnum):
    """The action of a plan. The values are stable: `plan --kind`, plan files and the journal contain them."""

    UNSUBSCRIBE = "unsubscribe"
    """Unsubscribe from the resource, its renewal periods and its attached resources."""
    RENEWAL = "renewal"
    """Unsubscribe from renewal periods that have not begun; the resource stays."""
    AUTO_RENEW_OFF = "autorenew-off"
    AUTO_RENEW_ON = "autorenew-on"
    PAY_PER_USE = "pay-per-use"
    """Change the resource to pay-per-use at expiry."""
    PAY_PER_USE_OFF = "pay-per-use-off"
    """Cancel the change to pay-per-use at expiry."""
    PAY_PER_USE_NOW = "pay-per-use-now"
    """Change the resource to pay-per-use immediately, with a refund for the rest of its term. It cannot be undone."""

    @property
    def inverse(self) -> Action | None:
        """The action that undoes this one; None if it cannot be undone."""
        return _INVERSES.get(self)

    @property
    def unsubscribe_type(self) -> UnsubscribeType | None:
        """Huawei Cloud's `unsubscribe_type` of the action; None if it is not an unsubscription."""
        return _TYPES.get(self)

    @property
    def creates_order(self) -> bool:
        """Whether Huawei Cloud creates an order, with a refund. Reversible changes have none."""
        return self.ends_term or self.shortens_term

    @property
    def ends_term(self) -> bool:
        """Whether the yearly/monthly term of the resource ends, so that it is no longer listed."""
        return self.deletes_resource or self.is_immediate_change

    @property
    def is_immediate_change(self) -> bool:
        """Whether the resource stays and becomes pay-per-use immediately."""
        return self is Action.PAY_PER_USE_NOW

    @property
    def includes_attached(self) -> bool:
        """Whether the action also affects the attached resources, although the request does not name them."""
        return self.creates_order

    @property
    def deletes_resource(self) -> bool:
        """Whether the resource and its data are deleted."""
        return self.unsubscribe_type is UnsubscribeType.RESOURCE

    @property
    def shortens_term(self) -> bool:
        """Whether the resource stays and only expires earlier."""
        return self.unsubscribe_type is UnsubscribeType.RENEWALS_ONLY

    @property
    def starts_auto_renewal(self) -> bool:
        """Whether the resource is renewed, and charged for, at its expiry."""
        return self is Action.AUTO_RENEW_ON


_INVERSES = {
    Action.AUTO_RENEW_OFF: Action.AUTO_RENEW_ON,
    Action.AUTO_RENEW_ON: Action.AUTO_RENEW_OFF,
    Action.PAY_PER_USE: Action.PAY_PER_USE_OFF,
    Action.PAY_PER_USE_OFF: Action.PAY_PER_USE,
}
_TYPES = {Action.UNSUBSCRIBE: UnsubscribeType.RESOURCE, Action.RENEWAL: UnsubscribeType.RENEWALS_ONLY}
