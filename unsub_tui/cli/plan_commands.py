"""The commands about plan files."""

from __future__ import annotations

import click

from unsub_tui.cli.commands import unsub_tui
from unsub_tui.cli.invocation import Invocation, engine_for, with_engine
from unsub_tui.cli.parameters import TABS, Seconds
from unsub_tui.domain.action import Action

REASON_HELP = (
    "What the vendor is told: 1 hard to use, 2 functions do not meet the need, 3 too complicated, 4 dissatisfied with"
    " the service, 5 other."
)


@unsub_tui.command("plan")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--filter", "query", default="", metavar="EXPR", help="What to plan: type:ecs expires<30d (docs/filter.md)."
)
@click.option(
    "--kind",
    type=click.Choice([action.value for action in Action]),
    help="Give up resources (unless --tab says otherwise), or only renewed periods that have not begun; the resources"
    " then stay. The others change what happens at expiry, and can be undone.",
)
@click.option("--tab", type=TABS, help="What --filter looks at: active unless the kind is renewal.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write the plan; - is stdout.")
@click.option("--ticket", default="", metavar="TEXT", help="A ticket or a reason, kept in the plan and in the record.")
@click.option("--force", is_flag=True, help="Write over a file of that name.")
@click.pass_obj
def plan_resources(
    invocation: Invocation,
    *,
    ids: tuple[str, ...],
    query: str,
    kind: str | None,
    tab: str | None,
    output: str,
    ticket: str,
    force: bool,
) -> int:
    """Write a plan file, to be reviewed and applied by others. Changes nothing.

    It says what would go, what goes along, what that costs and gives back, and what is refused. Another person can
    review it with `unsub-tui --plan FILE`; `unsub-tui apply FILE` carries it out.
    """
    from unsub_tui.cli.finding import Finder
    from unsub_tui.cli.planning import Wish, tab_of, write_plan

    finder = Finder(query, has_quotes=True)
    place = tab_of(kind, tab)
    action = Action(kind) if kind is not None else place.action
    wish = Wish(ids=ids, finder=finder, tab=place, action=action, output=output, ticket=ticket, may_replace=force)
    wish.check()
    return with_engine(engine_for(invocation), lambda engine: write_plan(engine, wish))


@unsub_tui.command("apply")
@click.argument("plan_file", metavar="PLAN.json")
@click.option(
    "--confirm", "phrase", metavar="PHRASE", help="Carry it out; the phrase is what a run without this prints."
)
@click.option(
    "--expect-digest",
    "digest",
    default="",
    metavar="DIGEST",
    help="Refuse a plan whose digest in the --format json review is another one: for jobs that run what was approved.",
)
@click.option("--reason", type=click.IntRange(1, 5), default=5, show_default=True, help=REASON_HELP)
@click.option("--reason-text", default="", metavar="TEXT", help="In your words, up to 512 characters.")
@click.option("--keep-going", is_flag=True, help="Send the rest after an outcome that stays unknown.")
@click.option(
    "--timeout",
    type=Seconds(),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for orders to be done.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def apply_plan_file(
    invocation: Invocation,
    *,
    plan_file: str,
    phrase: str | None,
    digest: str,
    reason: int,
    reason_text: str,
    keep_going: bool,
    timeout: float,
    form: str,
) -> int:
    """Show what a plan file would do now; with its phrase, do it.

    The account is read anew: what is no longer as planned is refused, item by item. The last line that it prints is
    the phrase that confirms what it shows, and nothing else: it ends with the start of the plan's digest.
    """
    from unsub_tui.cli.applying import Order, apply_plan, read_plan_file
    from unsub_tui.domain.plan import Reason

    order = Order(
        phrase=phrase,
        digest=digest.strip().lower(),
        reason=Reason(reason),
        reason_text=reason_text.strip(),
        keep_going=keep_going,
        timeout=timeout,
        form=form,
    )
    order.check()
    filed = read_plan_file(plan_file)
    return with_engine(engine_for(invocation), lambda engine: apply_plan(engine, filed, order))
