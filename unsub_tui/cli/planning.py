"""`unsub-tui plan`: choose, quote, and write a plan file. Changes nothing in the account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import click

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.finding import Finder, read_renewals
from unsub_tui.cli.output import say, write
from unsub_tui.domain.action import Action
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.plan import TICKET_LIMIT, Plan
from unsub_tui.domain.resource import Catalogue
from unsub_tui.domain.tab import Tab
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.files import check_place, write_file
from unsub_tui.present.plans import plan_title
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import blocked_short
from unsub_tui.present.reviews import refused_text, review_sums
from unsub_tui.present.words import _, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants planned, and where to."""

    ids: Sequence[str]
    finder: Finder
    tab: Tab
    """What is chosen from."""
    action: Action
    """What is done to it."""
    output: str
    """A file's name, or `-`."""
    ticket: str = ""
    may_replace: bool = False

    def check(self) -> None:
        """Raise UsageError for a wish that names nothing or a ticket that is none, FILE for a place that is taken."""
        if not self.ids and not self.finder.query:
            raise click.UsageError("name the resources by id, or choose them with --filter; nothing is planned unasked")
        if self.action.is_undoable and self.finder.query.money_terms:
            raise click.UsageError(f"nothing is given back by --kind {self.action}: --filter cannot ask for amounts")
        if len(self.ticket) > TICKET_LIMIT:
            raise click.UsageError(f"--ticket is longer than {TICKET_LIMIT} characters")
        if self.output != "-":
            check_place(self.output, replace=self.may_replace)  # before the account is read for nothing


def tab_of(kind: str | None, name: str | None) -> Tab:
    """Return the tab that a kind of plan or a tab's name means; raises UsageError where they contradict each other."""
    action = Action(kind) if kind is not None else None
    tab = Tab(name) if name is not None else Tab.RENEWAL if action is Action.RENEWAL else Tab.ACTIVE
    if action is None or action is tab.action or (action.is_undoable and tab is Tab.ACTIVE):
        return tab
    raise click.UsageError(f"--kind {action.value} does not go with --tab {tab.value}")


async def write_plan(engine: Engine, wish: Wish) -> int:
    """Plan what is wished for, write the file, say what is in it; return the exit code. Raises UnsubError."""
    catalogue, _person = await asyncio.gather(engine.whole_catalogue(), engine.find_person())
    chosen = await _chosen(catalogue, wish, engine)
    plan = engine.draft(catalogue, chosen, action=wish.action)
    async for progress in engine.quotes(plan):
        plan = progress.plan
    plan = wish.finder.with_money(plan, engine)
    if plan.items:
        _save(engine.plan_text(plan, wish.ticket), wish)
        _tell(plan, wish)
    code = _tell_left_out(plan, wish)
    for problem in engine.check(plan) if plan.items else ():
        say(_("as it is, `apply` would refuse it here: {why}").format(why=problem_text(problem)))
    if not plan.items:
        say(_("nothing is left to plan; no file was written"))
        return Exit.GUARD
    return code


async def _chosen(catalogue: Catalogue, wish: Wish, engine: Engine) -> list[str]:
    """Return the ids that are wished for; raises UsageError for one that the account does not have."""
    unknown = [each for each in wish.ids if catalogue.get(each) is None]
    if unknown:
        raise click.UsageError(f"the account has no resource {', '.join(map(clean, unknown))}")
    everywhere = bool(wish.ids) and wish.tab is not Tab.INACTIVE  # what cannot go is then refused with its reason
    if everywhere and wish.tab is Tab.RENEWAL:
        await read_renewals(engine, catalogue)
    found = await wish.finder.on_tab(catalogue, engine, None if everywhere else wish.tab)
    if not wish.ids:
        return [each.id for each in found if each.is_main_resource]
    fitting = {each.id for each in found}
    return [each for each in dict.fromkeys(wish.ids) if each in fitting]


def _save(text: str, wish: Wish) -> None:
    if wish.output == "-":
        write(text)
    else:
        write_file(wish.output, text, replace=wish.may_replace)


def _tell(plan: Plan, wish: Wish) -> None:
    where = _("stdout") if wish.output == "-" else clean(wish.output)
    items = plural("{n} resource", "{n} resources", len(plan.items))
    say(_("{items} planned in {where}").format(items=items, where=where))
    if plan.action is not Action.UNSUBSCRIBE:
        say(f"  {plan_title(plan)}")
    for line in review_sums(plan):
        say(f"  {line}")


def _tell_left_out(plan: Plan, wish: Wish) -> int:
    """Say what is not in the plan, one by one where it was named, else in sums; return the exit code."""
    if not wish.ids:
        sums = Counter(blocked_short(each.reason) for each in plan.refused)
        for reason, count in sums.most_common():
            say(_("refused {count}: {reason}").format(count=count, reason=reason))
        return Exit.OK
    for refusal in plan.refused:
        say(_("refused: {what}").format(what=refused_text(refusal, plan)))
    known = {item.id for item in plan.items} | {refusal.resource.id for refusal in plan.refused}
    unfit = [each for each in dict.fromkeys(wish.ids) if each not in known]
    for each in unfit:
        say(_("refused: {what}").format(what=f"{clean(each)}: {_('it is not on that tab, or does not fit --filter')}"))
    return Exit.SOME_FAILED if unfit or plan.refused else Exit.OK
