"""Why a plan leaves a resource out, as sentences."""

from __future__ import annotations

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import RecordedRefusal, Refusal
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import ACTION_LABELS
from unsub_tui.present.resources import blocked_text, display_name, name_and_id


def refusal_text(refusal: Refusal | RecordedRefusal, action: Action | None) -> str:
    """Return a refused resource and the reason on one line."""
    if isinstance(refusal, Refusal):
        return f"{name_and_id(refusal.resource)}: {refusal_reason(refusal, action)}"
    name, resource_id = refusal.resource_name.for_display(), for_display(refusal.resource_id)
    return f"{f'{name} ({resource_id})' if name else resource_id}: {refusal_reason(refusal, action)}"


def refusal_reason(refusal: Refusal | RecordedRefusal, action: Action | None) -> str:
    """Return why a resource is left out, with the facts; `action` is None for a record of several actions."""
    main = refusal.main if isinstance(refusal, Refusal) else None
    reason = (
        blocked_text(refusal.reason, main)
        if action is None or action.unsubscribe_type is not None
        else _change_refusal_reason(refusal.reason, main, action)
    )
    return ": ".join(filter(None, (reason, facts_text(refusal.facts))))


def _change_refusal_reason(reason: BlockedReason, main: Resource | None, action: Action) -> str:
    """Return why a resource cannot be changed; `main` is the primary resource of an attached one."""
    if reason is BlockedReason.ATTACHED and main is not None:
        return _("attached to {name}: changed together with it").format(name=display_name(main))
    words = {
        BlockedReason.ATTACHED: _("attached: changed together with its primary resource"),
        BlockedReason.EXPIRED: _("expired: not possible in its grace or retention period ({word})"),
        BlockedReason.FROZEN: _("frozen: not possible until that is resolved ({word})"),
    }
    text = words.get(reason) or blocked_text(reason, main)
    return text.format(word=ACTION_LABELS[action])
