"""The declarations of the commands that write and apply plan files."""

from __future__ import annotations

import click

from unsub_tui.cli.commands.app import unsub_tui
from unsub_tui.cli.context import GlobalOptions, create_engine, run_with_engine
from unsub_tui.cli.options import TAB_CHOICE, SecondsType
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
@click.option("--tab", type=TAB_CHOICE, help="What --filter looks at: active unless the kind is renewal.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write the plan; - is stdout.")
@click.option("--ticket", default="", metavar="TEXT", help="A ticket or a reason, kept in the plan and in the record.")
@click.option("--force", is_flag=True, help="Write over a file of that name.")
@click.pass_obj
def plan_resources(
    global_options: GlobalOptions,
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
    from unsub_tui.cli.commands.plan_body import PlanRequest, resolve_tab, write_plan
    from unsub_tui.cli.resource_filter import ResourceFilter

    resource_filter = ResourceFilter(query, has_quotes=True)
    selected_tab = resolve_tab(kind, tab)
    action = Action(kind) if kind is not None else selected_tab.action
    request = PlanRequest(
        ids=ids,
        resource_filter=resource_filter,
        tab=selected_tab,
        action=action,
        output=output,
        ticket=ticket,
        overwrite=force,
    )
    request.validate()
    return run_with_engine(create_engine(global_options), lambda engine: write_plan(engine, request))


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
    type=SecondsType(),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for orders to be done.",
)
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def apply_plan_file(
    global_options: GlobalOptions,
    *,
    plan_file: str,
    phrase: str | None,
    digest: str,
    reason: int,
    reason_text: str,
    keep_going: bool,
    timeout: float,
    output_format: str,
) -> int:
    """Show what a plan file would do now; with its phrase, do it.

    The account is read anew: what is no longer as planned is refused, item by item. The last line that it prints is
    the phrase that confirms what it shows, and nothing else: it ends with the start of the plan's digest.
    """
    from unsub_tui.cli.commands.apply_body import ApplyOptions, apply_plan, read_plan_file
    from unsub_tui.domain.plan import UnsubscribeReason

    options = ApplyOptions(
        phrase=phrase,
        expected_digest=digest.strip().lower(),
        reason=UnsubscribeReason(reason),
        reason_text=reason_text.strip(),
        keep_going=keep_going,
        timeout=timeout,
        output_format=output_format,
    )
    options.validate()
    filed = read_plan_file(plan_file)
    return run_with_engine(create_engine(global_options), lambda engine: apply_plan(engine, filed, options))
