"""Bundles: after Huawei Cloud rejects a part of a bundle, offer to review the whole bundle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work

from unsub_tui.app.dialogs.yes_no import Notice, YesNoDialog
from unsub_tui.app.screens.resources.list_screen import ListScreen
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import name_and_id, resource_line

if TYPE_CHECKING:
    from unsub_tui.domain.run import Run

BUNDLE_ONLY_CODE = "CBC.99003185"
"""Error code of Huawei Cloud if a request covers only a part of a bundle."""


class BundlesMixin(ListScreen):
    """A list screen that finds the bundle of a rejected resource."""

    def refused_bundle_members(self, run: Run) -> list[str]:
        """Return the ids of the resources that a run could not unsubscribe from because they are parts of a bundle."""
        return [
            unit.resource_id
            for unit in run.units
            if unit.action.deletes_resource and unit.problem is not None and unit.problem.code.raw == BUNDLE_ONLY_CODE
        ]

    @work(exclusive=True, group="whole")
    async def offer_bundle(self, resource_id: str, order_ids: Sequence[str]) -> None:
        """List the resources that were bought together with a resource, and offer to review them as one bundle."""
        from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST

        resource = self.resource_list.catalogue.get(resource_id)
        if resource is None:
            return
        try:
            bundle = await self._find_bundle(resource_id, order_ids)
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self.show_row_reason()  # replaces the progress message, whatever the result
        if not 1 < len(bundle) <= MAX_PRIMARY_PER_REQUEST:
            lines = [_("It goes only as a whole, and its orders do not tell with what: ask for it in the console.")]
            await self.app.push_screen_wait(Notice(name_and_id(resource), lines))
            return
        count = plural("{n} resource", "{n} resources", len(bundle))
        lines = [
            _("{name} was refused: it goes only together with what was bought with it.").format(
                name=name_and_id(resource)
            ),
            _("Review these {count} as one? Nothing is sent before that is confirmed.").format(count=count),
        ]
        rows = [f"- {resource_line(each)}" for each in bundle]
        question = YesNoDialog(_("Only as a whole"), lines, yes=_("Review the whole"), no=_("Leave it"), rows=rows)
        if await self.app.push_screen_wait(question):
            catalogue = self.resource_list.catalogue
            ids = [each.id for each in bundle]
            self.review_plan(catalogue, self.engine.draft(catalogue, ids, bundles=[ids]))

    async def _find_bundle(self, resource_id: str, order_ids: Sequence[str]) -> list[Resource]:
        """Return the primary resources of the first order that has this one and others, this one first; else []."""
        catalogue = self.resource_list.catalogue
        for order_id in order_ids:
            self.set_status(_("asking for order {id} ...").format(id=for_display(order_id)))
            ids = await self.engine.catalog.resources_of_order(order_id)
            mains = [each for key in sorted(ids) if (each := catalogue.get(key)) is not None and each.is_main_resource]
            if len(mains) > 1 and any(each.id == resource_id for each in mains):
                return sorted(mains, key=lambda each: each.id != resource_id)
        return []
