"""Bundles: after Huawei Cloud rejects a part of a bundle, offer to review the whole bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from unsub_tui.app.dialogs.yes_no import Notice, YesNoDialog
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import name_and_id, resource_line

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.run import Run

BUNDLE_ONLY_CODE = "CBC.99003185"
"""Error code of Huawei Cloud if a request covers only a part of a bundle."""


def rejected_bundle_members(run: Run) -> list[str]:
    """Return the ids of the resources that a run could not unsubscribe from because they are parts of a bundle."""
    return [
        unit.resource_id
        for unit in run.units
        if unit.action.deletes_resource and unit.problem is not None and unit.problem.code.raw == BUNDLE_ONLY_CODE
    ]


async def offer_bundle(pane: ListPane, engine: Engine, resource_id: str, review: Callable[[Plan], object]) -> None:
    """List the resources that were bought together with a resource, and offer to review them as one bundle."""
    from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST

    catalogue, quote = pane.resources.catalogue, pane.resources.quotes.get(resource_id)
    resource = catalogue.get(resource_id)
    if resource is None:
        return
    try:
        bundle = await _find_bundle(pane, engine, resource_id, quote.order_ids if quote is not None else ())
    except UnsubError as error:
        pane.set_status(problem_text(error.problem))
        return
    pane.show_row_reason()  # replaces the progress message, whatever the result
    name = name_and_id(resource)
    if not 1 < len(bundle) <= MAX_PRIMARY_PER_REQUEST:
        lines = [
            _("It can only be unsubscribed as a whole bundle, and its orders do not name the other parts."),
            _("Unsubscribe from the bundle in the console of Huawei Cloud."),
        ]
        await pane.app.push_screen_wait(Notice(name, lines))
        return
    lines = [
        _("{name} was rejected: it is part of a bundle and can only be unsubscribed as a whole.").format(name=name),
        plural(
            "Review {n} resource as one bundle? Nothing is submitted before you confirm it.",
            "Review {n} resources as one bundle? Nothing is submitted before you confirm it.",
            len(bundle),
        ),
    ]
    rows = [f"- {resource_line(each)}" for each in bundle]
    question = YesNoDialog(_("Part of a bundle"), lines, yes=_("Review bundle"), no=_("Not now"), rows=rows)
    if await pane.app.push_screen_wait(question):
        ids = [each.id for each in bundle]
        review(engine.draft(catalogue, ids, bundles=[ids]))


async def _find_bundle(pane: ListPane, engine: Engine, resource_id: str, order_ids: Sequence[str]) -> list[Resource]:
    """Return the primary resources of the first order that has this one and others, this one first; else []."""
    catalogue = pane.resources.catalogue
    for order_id in order_ids:
        pane.set_status(_("Loading order {id}…").format(id=for_display(order_id)))
        ids = await engine.catalog.resources_of_order(order_id)
        mains = [each for key in sorted(ids) if (each := catalogue.get(key)) is not None and each.is_main_resource]
        if len(mains) > 1 and any(each.id == resource_id for each in mains):
            return sorted(mains, key=lambda each: each.id != resource_id)
    return []
