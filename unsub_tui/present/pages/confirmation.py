"""Formats the confirmation of a plan: names, totals, losses or consequences, risks, reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from unsub_tui.domain.action import Action
from unsub_tui.domain.bundles import was_rejected
from unsub_tui.domain.plan import Plan, PlanFileRef, Risk, SavedPlan, UnsubscribeReason
from unsub_tui.domain.resource import is_license_id
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import ACTION_LABELS
from unsub_tui.present.losses import data_loss_sentences
from unsub_tui.present.money import currency_sums, format_money
from unsub_tui.present.page import BLANK, Entry, Tone, lines
from unsub_tui.present.pages.findings import age_lines, backup_lines, no_backup_text, shown_findings, state_note
from unsub_tui.present.plan_resources import resources_text
from unsub_tui.present.quotes import plan_totals
from unsub_tui.present.resources import display_name, name_and_id, names_text, region, service_cell, spec
from unsub_tui.present.time_format import format_date, format_datetime

MAX_WARNINGS = 2
"""Maximum number of warnings about items that a confirmation contains."""

REASON_TEXTS: Mapping[UnsubscribeReason, str] = {
    UnsubscribeReason.HARD_TO_USE: _("the product is hard to use"),
    UnsubscribeReason.FUNCTIONS_MISSING: _("functions do not meet the need"),
    UnsubscribeReason.TOO_COMPLEX: _("too complicated to operate"),
    UnsubscribeReason.SERVICE_POOR: _("dissatisfied with the service"),
    UnsubscribeReason.OTHER: _("other"),
}
"""Huawei Cloud's five unsubscription reasons."""


FIRST_USE_ADVICE = _(
    "Advice: first unsubscription by this program on this account; start with one cheap resource (docs/first-day.md)."
)

QUEUE_MODE = _("Queue mode: the batch list does not apply. Items are submitted one by one.")


def risk_text(risk: Risk, plan: Plan) -> str:
    """Return the statement that the check box for a risk acknowledges."""
    match risk:
        case Risk.DATA_LOSS:
            words = plural(
                "The data of this resource is backed up or not needed. It is permanently deleted.",
                "The data of all {n} resources is backed up or not needed. It is permanently deleted.",
                plan.count,
            )
            without = no_backup_text(plan)
            return _("{words} No backup seen: {what}.").format(words=words, what=without) if without else words
        case Risk.NO_BACKUP:
            return _missing_backup_text(plan)
        case Risk.FEE:
            return _("I accept: {totals}.").format(totals="; ".join(plan_totals(plan)))
        case Risk.HIDDEN:
            count = sum(item.is_hidden for item in plan.items)
            if plan.action.unsubscribe_type is None:
                return plural(
                    "{n} resource hidden by my filter is also changed.",
                    "{n} resources hidden by my filter are also changed.",
                    count,
                )
            return plural(
                "{n} resource hidden by my filter is also unsubscribed.",
                "{n} resources hidden by my filter are also unsubscribed.",
                count,
            )
        case Risk.REVIEW:
            return _("A refund above {limit} must be approved by Huawei Cloud.").format(
                limit=format_money(plan.review_threshold, plan.items[0].quote.amounts.currency if plan.items else "")
            )


def _missing_backup_text(plan: Plan) -> str:
    """Return the number of the items without the backup that a guard asks for."""
    days = [item.missing_backup_days for item in plan.items if item.missing_backup_days]
    return plural(
        "{n} without a backup of the last {days} days, as the guard require_backup asks for.",
        "{n} without a backup of the last {days} days, as the guard require_backup asks for.",
        len(days),
        days=max(days, default=0),
    )


def _names_lines(plan: Plan) -> Iterator[str]:
    """Yield what is affected: the name and id of a single resource, else all by kind and the first names."""
    if plan.count > 1:
        yield resources_text(plan)
    name = name_and_id if len(plan.items) == 1 else display_name
    yield names_text([name(item.resource) for item in plan.items])


def _bundle_lines(plan: Plan) -> Iterator[str]:
    """Yield each bundle with the names of its primary resources, and each license with the name of its database."""
    for item in plan.items:
        licenses = [each for each in item.bundled if is_license_id(each.id)]
        members = [each for each in item.primary if each not in licenses]
        if len(members) > 1:
            names = ", ".join(map(display_name, members))
            yield _("Bundle, in one request: {names}.").format(names=names)
        for each in licenses:
            words = _("{name} + its license, also unsubscribed: {license}.")
            yield words.format(name=display_name(item.resource), license=name_and_id(each))


def warning_counts(plan: Plan) -> Counter[str]:
    """Return the warnings about the items of a plan, each with the number of its items; earlier rejections first."""
    items = sorted(plan.items, key=lambda item: not was_rejected(item))
    return Counter(fact_text(each) for item in items for each in (*item.warnings, *item.kind_notes))


def shared_warning_line(text: str, count: int) -> str:
    """Return a warning with the number of its items."""
    return plural("{n} item: {text}", "{n} items: {text}", count, text=text)


def warning_lines(plan: Plan) -> list[str]:
    """Return the warnings about the items of a plan; those of several items once, with their number."""
    counts = warning_counts(plan)
    texts = [*counts] if len(plan.items) == 1 else [shared_warning_line(*each) for each in counts.items()]
    more = len(texts) - MAX_WARNINGS
    if more > 0:
        texts[MAX_WARNINGS:] = [
            plural("and {n} more warning, see the review", "and {n} more warnings, see the review", more)
        ]
    return texts


def _loss_lines(plan: Plan) -> Sequence[str]:
    """Return the losses, or for renewal periods that the resources stay."""
    if plan.action.shortens_term:
        if len(plan.items) != 1:
            return [_("The resources stay.")]
        return [_("The resource stays until {when}.").format(when=format_date(plan.items[0].new_expiry))]
    if not plan.action.deletes_resource:
        return [consequence(plan.action), undo_text(plan.action)]
    return data_loss_sentences(plan.resources, is_brief=True)


def phrase_explanation(plan: Plan) -> str:
    """Return why an id has to be typed instead of a name; empty if no explanation is needed."""
    if not plan.action.creates_order:
        return ""
    if plan.count != 1:
        is_id = plan.account.label == plan.account.account_id
        return _("(the account's id; an `alias` in the profile would be shorter)") if is_id else ""
    if plan.phrase != plan.items[0].id:
        return ""
    name = plan.items[0].resource.resource_name.raw
    if not name:
        return _("(its id: it has no name)")
    if name not in plan.unique_names:
        return _("(its id: other resources of the account have the same name)")
    return _("(its id: its name contains characters that cannot be typed reliably)")


def charges_text(plan: Plan) -> str:
    """Return the next auto-renewal charges of all items together, or an empty string if no item auto-renews."""
    forecasts = [item.forecast for item in plan.items if item.forecast.next_charge_at is not None]
    if not forecasts:
        return ""
    known = [(each.next_charge, each.currency) for each in forecasts if each.next_charge is not None]
    parts = currency_sums(known)
    if unknown := len(forecasts) - len(known):
        parts.append(_("unknown for {n}").format(n=unknown))
    begins = plan.action.starts_auto_renewal
    words = _("starts charges of {sums}") if begins else _("prevents the next charges of {sums}")
    return words.format(sums=" + ".join(parts))


_CONSEQUENCES: Mapping[Action, str] = {
    **dict.fromkeys(
        (Action.AUTO_RENEW_OFF, Action.PAY_PER_USE_OFF),
        _("Nothing is deleted now. After expiry each resource is frozen, then deleted with its data, unless renewed."),
    ),
    Action.AUTO_RENEW_ON: _(
        "Each resource is renewed automatically from 7 days before its expiry, if the balance is sufficient."
    ),
    Action.PAY_PER_USE: _(
        "After expiry each resource is charged by the hour until it is deleted in its own console. The price is "
        "not known here."
    ),
    Action.PAY_PER_USE_NOW: _(
        "The resources stay. The rest of the term is refunded, and from then on each resource is charged by the hour "
        "until it is deleted in its own console. The price per hour is unknown here."
    ),
}


def consequence(action: Action) -> str:
    """Return the consequence of an alternative to an unsubscription."""
    return _CONSEQUENCES[action]


def undo_text(action: Action) -> str:
    """Return how an alternative to an unsubscription can be undone."""
    inverse = action.inverse
    if inverse is None:
        return _("It cannot be undone here: only a new purchase in the console changes it back, at its price of then.")
    word = ACTION_LABELS[inverse]
    if action.starts_auto_renewal:
        return _("It can be undone until a renewal is paid: {word}, from the result or from Records.").format(word=word)
    return _("No paid amount is lost. It can be undone: {word}, from the result or from Records.").format(word=word)


def plan_file_lines(filed: PlanFileRef) -> list[str]:
    """Return the author, time, digest and ticket of a plan file."""
    words = _("on {when} · plan file {hash} · ticket {ticket}") if filed.ticket else _("on {when} · plan file {hash}")
    origin = words.format(when=format_datetime(filed.created), hash=filed.digest[:8], ticket=filed.ticket.for_display())
    return [_("planned by {who}").format(who=filed.planner.label or _("unknown")), origin]


def plan_file_entries(filed: SavedPlan | None) -> Iterator[Entry]:
    """Yield the author, time and ticket of the plan file that the plan comes from, if any."""
    if filed is not None:
        yield from lines(plan_file_lines(filed), indent=0)
        yield BLANK


def affected_entries(plan: Plan) -> list[Entry]:
    """Return all affected resources, each item with its attached resources below it."""
    entries: list[Entry] = []
    shown: set[str] = set()
    for item in plan.items:
        affected = item.resources if plan.action.includes_attached else item.primary
        for each in affected:
            if each.id not in shown:
                note = state_note(each, shown_findings(plan))
                text = " · ".join(filter(None, (name_and_id(each), service_cell(each), spec(each), region(each), note)))
                tone = Tone.WARNING if note else Tone.PLAIN
                entries.append(Entry(text, tone, indent=0 if each in item.primary else 2, hang=2))
            shown.add(each.id)
    return entries


def confirmation_entries(plan: Plan, list_key: str = "") -> Sequence[Entry]:
    """Return the facts of the confirmation page: names, totals or charges, losses or consequences.

    `list_key` is the key that lists all affected resources.
    """
    backups = list(backup_lines(plan))
    if backups and list_key:
        backups[0] = _("{words} ({key} lists them)").format(words=backups[0], key=list_key)
    first, *others = _names_lines(plan)
    names = [*lines([first], Tone.HEADING, indent=0), *lines(others, indent=0)]
    warnings = lines(warning_lines(plan), Tone.WARNING, indent=0)
    if plan.action.creates_order:
        # The box for the fee states the totals.
        totals = [] if Risk.FEE in plan.risks else plan_totals(plan)
        return [
            *names,
            *lines(backups, Tone.LOSS, indent=0),
            *lines(age_lines(plan), Tone.WARNING, indent=0),
            *lines(_bundle_lines(plan), Tone.WARNING, indent=0),
            *lines(totals, Tone.MONEY, indent=0),
            *warnings,
            *lines(_loss_lines(plan), Tone.LOSS if plan.action.deletes_resource else Tone.PLAIN, indent=0),
        ]
    return [
        *names,
        *warnings,
        *lines([charges_text(plan)], Tone.MONEY, indent=0),
        *lines([consequence(plan.action)], Tone.WARNING, indent=0),
        *lines([undo_text(plan.action)], Tone.GOOD, indent=0),
    ]
