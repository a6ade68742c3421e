"""The parts of a review page that only reversible plans have: current and new state, consequences, undo."""

from __future__ import annotations

from collections.abc import Iterator

from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.policy_change import policy_after, policy_after_undo_if_different
from unsub_tui.domain.renewal_forecast import RenewalForecast
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_title
from unsub_tui.present.money import format_money
from unsub_tui.present.page import Entry, Tone, heading, lines
from unsub_tui.present.pages.confirmation import charges_text, consequence, undo_text
from unsub_tui.present.resources import display_name, expire_policy_label
from unsub_tui.present.time_format import format_datetime


def change_entries(item: PlanItem, action: Action) -> Iterator[Entry]:
    """Yield the expiry policy before and after a change, its charge, its attached resources and its undo."""
    now, then = expire_policy_label(item.resource.expire_policy), expire_policy_label(policy_after(action))
    yield Entry(_("now:  {policy}").format(policy=now), target=item.id, indent=4, hang=6)
    yield Entry(_("then: {policy}").format(policy=then), Tone.MONEY, target=item.id, indent=4, hang=6)
    if item.forecast.next_charge_at is not None:
        yield Entry(_charge(item.forecast, action), target=item.id, indent=4, hang=2)
    if item.attached:
        names = ", ".join(map(display_name, item.attached))
        yield Entry(_("attached, also changed: {names}").format(names=names), target=item.id, indent=4, hang=2)
    other = policy_after_undo_if_different(action, item.resource.expire_policy)
    if other is not None:
        words = _("undoing it sets: {policy}, which differs from the current policy").format(
            policy=expire_policy_label(other)
        )
        yield Entry(words, Tone.WARNING, target=item.id, indent=4, hang=2)


def _charge(forecast: RenewalForecast, action: Action) -> str:
    """Return the next auto-renewal charge, or the charge that the plan prevents."""
    words = (
        _("charges from {when}: {price}")
        if action.starts_auto_renewal
        else _("would have charged from {when}: {price}")
    )
    return words.format(when=format_datetime(forecast.next_charge_at), price=_price(forecast))


def _price(forecast: RenewalForecast) -> str:
    if forecast.next_charge is None:
        words = _("unknown ({why})") if forecast.missing else _("unknown")
        return words.format(why=fact_text(forecast.missing))
    return plural(
        "{n} month for {price}",
        "{n} months for {price}",
        forecast.months or 0,
        price=format_money(forecast.next_charge, forecast.currency),
    )


def change_summary_entries(plan: Plan) -> Iterator[Entry]:
    """Yield the number of changes, their charges and consequences, and how to undo them."""
    yield heading(_("Total: {title}").format(title=action_title(plan.action, len(plan.items))))
    if plan.items:
        yield from lines([charges_text(plan)], Tone.MONEY)
        yield from lines([consequence(plan.action)], Tone.WARNING)
        yield from lines([undo_text(plan.action)], Tone.GOOD)
        yield Entry(_("plan {hash}").format(hash=plan.short_hash), indent=2)
