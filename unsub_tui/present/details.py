"""One resource as a page: its fields, what is attached, what unsubscribing destroys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.present.losses import data_loss
from unsub_tui.present.page import BLANK, Entry, Tone, fields, heading
from unsub_tui.present.resources import details, display_name, expiry_cell, name_and_id, service_cell, spec
from unsub_tui.present.words import _


def details_page(resource: Resource, catalogue: Catalogue, reason: str, now: datetime) -> Sequence[Entry]:
    """Return the page; `reason` says why the resource cannot be marked, where it cannot."""
    attached = catalogue.attached_to(resource)
    main = catalogue.main_of(resource)
    return [
        heading(display_name(resource)),
        *(
            [Entry(_("Not markable: {reason}.").format(reason=reason), Tone.WARNING, indent=2, hang=2)]
            if reason
            else []
        ),
        *fields(details(resource, now)),
        *([Entry(_("Main resource: {name}").format(name=name_and_id(main)), indent=2, hang=2)] if main else []),
        BLANK,
        heading(_("Goes along: {n}").format(n=len(attached))),
        *(Entry(_line(each, now), key=each.id, indent=2, hang=2) for each in attached),
        BLANK,
        heading(_("Unsubscribing destroys")),
        *(Entry(line, Tone.WARNING, indent=2, hang=2) for each in (resource, *attached) for line in data_loss(each)),
    ]


def _line(resource: Resource, now: datetime) -> str:
    parts = (name_and_id(resource), service_cell(resource), spec(resource), expiry_cell(resource, now))
    return " · ".join(part for part in parts if part)
