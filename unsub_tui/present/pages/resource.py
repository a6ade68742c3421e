"""The page of a resource: fields, attached resources, payments, and the refund and losses of an unsubscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from unsub_tui.domain.disks import find_data_disk_evidence
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.quote import BillType, Payment, Quote
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.inventory import Viewer, inventory_texts
from unsub_tui.present.losses import data_loss_sentences
from unsub_tui.present.money import format_money, period_line
from unsub_tui.present.page import BLANK, Entry, Tone, field_entries, heading, lines, section
from unsub_tui.present.quotes import forecast_lines, quote_lines
from unsub_tui.present.resources import (
    display_name,
    expire_policy_label,
    name_and_id,
    project_name,
    region,
    service_cell,
    short_service,
    spec,
    status_label,
)
from unsub_tui.present.time_format import date_and_days, format_date, format_datetime, relative_days


def resource_page(
    resource: Resource,
    catalog: Catalog,
    reason: str,
    now: datetime,
    *,
    quote: Quote | None = None,
    item: PlanItem | None = None,
    payments: Mapping[str, Sequence[Payment]] | None = None,
    periods: Sequence[Payment] = (),
    rejection: Fact | None = None,
    findings: ResourceFindings | None = None,
    user: str = "",
    is_narrow: bool = False,
) -> Sequence[Entry]:
    """Return the page of a resource.

    `reason` says why the resource cannot be selected, or is empty; `rejection` that an unsubscription of it alone was
    rejected; `payments`, by resource id, is None until they were
    read; `periods` holds the known renewal periods that have not started; `findings` is None until the services were
    read as `user`.
    """
    attached, main = catalog.attached_to(resource), catalog.primary_of(resource)
    pair = [each for each in catalog.license_pair(resource) if each is not resource]
    partner = _("Database and license, unsubscribed together: {name}")
    evidence = find_data_disk_evidence(resource, catalog)
    single = _("A data disk, can be unsubscribed without its server: {why}")
    blocked = _("Unsubscription not allowed: {reason}.").format(reason=reason) if reason else ""
    primary = _("Primary resource: {name}").format(name=name_and_id(main)) if main else ""
    known = _finding_entries(findings, Viewer(user, now))
    return [
        heading(display_name(resource)),
        *lines([blocked, fact_text(rejection) if rejection is not None else ""], Tone.WARNING),
        *known,
        *field_entries(_fields(resource, now), is_narrow=is_narrow),
        *lines([primary]),
        *lines([single.format(why=fact_text(fact(evidence.value)))] if evidence is not None else []),
        *lines(partner.format(name=name_and_id(each)) for each in pair),
        BLANK,
        *_renewal_entries(resource, periods),
        *_quote_entries(quote, item),
        *(_payment_entries((resource, *attached), payments) if payments is not None else ()),
        heading(_("Attached resources: {n}").format(n=len(attached))),
        *(Entry(_line(each, now), target=each.id, indent=2, hang=2) for each in attached),
        BLANK,
        heading(_("Permanently deleted by an unsubscription")),
        *lines(data_loss_sentences((resource, *attached, *pair)), Tone.LOSS),
    ]


def _finding_entries(findings: ResourceFindings | None, viewer: Viewer) -> list[Entry]:
    """Return what the services say about a resource; what is lost with it stands out."""
    texts = [] if findings is None else inventory_texts(findings, viewer)
    entries = [
        entry for each in texts for entry in lines([each.sentence], Tone.WARNING if each.is_warning else Tone.PLAIN)
    ]
    return section(_("Inventory"), entries)


def _fields(resource: Resource, now: datetime) -> Sequence[tuple[str, str]]:
    """Return all fields of a resource as pairs of label and text."""
    return [
        (_("name"), resource.resource_name.for_display()),
        (_("id"), resource.resource_id.for_display()),
        (_("service"), _code_and_name(short_service(resource.service_type_code), resource.service_type_name)),
        (_("type"), _code_and_name(resource.resource_type_code.for_display(), resource.resource_type_name)),
        (_("spec"), spec(resource)),
        (_("description"), resource.product_spec_desc.for_display()),
        (_("region"), region(resource)),
        (_("project id"), resource.project_id.for_display()),
        (_("enterprise project"), project_name(resource) or _("not assigned")),
        (_("status"), status_label(resource.status)),
        (_("began"), format_datetime(resource.effective_time)),
        (_("expires"), f"{format_datetime(resource.expire_time)} {relative_days(resource.expire_time, now)}".rstrip()),
        (_("at expiry"), expire_policy_label(resource.expire_policy)),
        (_("changed"), format_datetime(resource.update_time)),
        (_("product id"), resource.product_id.for_display()),
        (_("attached to"), resource.parent_resource_id.for_display()),
        (_("days"), _days(resource, now)),
    ]


def _code_and_name(code: str, name: UntrustedText) -> str:
    shown = name.for_display()
    return f"{code} · {shown}" if shown and shown != code else code


def _renewal_entries(resource: Resource, periods: Sequence[Payment]) -> list[Entry]:
    if not periods:
        return []
    expiry = _("without them, the resource expires {when}").format(when=format_date(new_expiry(resource, periods)))
    title = _("Renewal periods not begun: {n}").format(n=len(periods))
    return section(title, [*lines(map(period_line, periods), Tone.MONEY), *lines([expiry])])


def _quote_entries(quote: Quote | None, item: PlanItem | None) -> list[Entry]:
    if quote is None:
        return []
    forecast = forecast_lines(item) if item is not None else []
    return section(_("Refund of an unsubscription"), [*lines(quote_lines(quote), Tone.MONEY), *lines(forecast)])


def _payment_entries(resources: Sequence[Resource], payments: Mapping[str, Sequence[Payment]]) -> list[Entry]:
    """Return the payments for a resource and its attached resources, which a quote covers together."""
    texts = []
    for resource in resources:
        for payment in payments.get(resource.id, ()):
            words = _payment_line(payment)
            if resource is not resources[0]:
                words = _("attached: {what}").format(what=f"{display_name(resource)} · {words}")
            texts.append(words)
    entries = lines(texts, Tone.MONEY) or lines([_("the loaded bills contain no payment for it")])
    return section(_("Orders and payments: {n}").format(n=len(texts)), entries)


def _payment_line(payment: Payment) -> str:
    term = f"{format_date(payment.term_start)} - {format_date(payment.term_end)}" if payment.term_start else ""
    coupon = _("coupon {amount}").format(amount=format_money(payment.coupon)) if payment.coupon else ""
    debt = _("debt {amount}").format(amount=format_money(payment.debt)) if payment.debt else ""
    parts = (
        format_date(payment.paid_at),
        _BILL_TYPES[payment.bill_type],
        format_money(payment.payable if payment.is_amount_known else None, payment.currency),
        coupon,
        debt,
        term,
        _("order {id}").format(id=for_display(payment.order_id)) if payment.order_id else "",
    )
    return " · ".join(part for part in parts if part)


_BILL_TYPES: Mapping[BillType, str] = {
    BillType.PURCHASE: _("bought"),
    BillType.RENEWAL: _("renewed"),
    BillType.AUTO_RENEWAL: _("auto-renewed"),
    BillType.CHANGE: _("specification change, charged"),
    BillType.CHANGE_REFUND: _("specification change, refunded"),
    BillType.UNSUBSCRIPTION: _("unsubscribed"),
    BillType.OTHER: _("adjustment or other charge"),
    BillType.TAX: _("tax"),
    BillType.UNSUBSCRIPTION_TAX: _("tax of an unsubscription"),
}


def _days(resource: Resource, now: datetime) -> str:
    """Return the days used and the days left."""
    parts = []
    if resource.effective_time is not None and resource.effective_time <= now:
        used = (now - resource.effective_time) // timedelta(days=1)
        parts.append(plural("{n} used", "{n} used", used))
    if resource.expire_time is not None and resource.expire_time >= now:
        left = (resource.expire_time - now) // timedelta(days=1)
        parts.append(plural("{n} left", "{n} left", left))
    return ", ".join(parts)


def _line(resource: Resource, now: datetime) -> str:
    parts = (name_and_id(resource), service_cell(resource), spec(resource), date_and_days(resource.expire_time, now))
    return " · ".join(part for part in parts if part)
