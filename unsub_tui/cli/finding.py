"""`--filter`: the grammar of the app's filter, over a listing that is whole."""

from __future__ import annotations

import os
from collections.abc import Sequence

from unsub_tui.cli.filters import named_or_given
from unsub_tui.cli.tomlfile import ConfigError
from unsub_tui.domain.eligibility import blocked_in_batch
from unsub_tui.domain.filters import FilterError, Query, parse
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.engine import Engine
from unsub_tui.present.facts import RowFacts, StateTest


class Finder:
    """A filter from the command line; raises ConfigError where it cannot be understood."""

    def __init__(self, text: str, *, has_quotes: bool) -> None:
        text = named_or_given(text, os.environ)
        try:
            self.query = parse(text)
        except FilterError as error:
            raise _wrong(text, error) from error
        if self.query.asks_marks:
            raise ConfigError("--filter: is:marked works in the app only; here nothing is marked")
        if self.query.money_terms and not has_quotes:
            raise ConfigError("--filter: amounts are known of quoted resources only; use: unsub-tui quote --filter")

    def found(self, resources: Sequence[Resource], engine: Engine) -> list[Resource]:
        """Return what fits, amounts aside: those are asked when there are quotes."""
        return self._fitting(self.query.without_money(), resources, engine, None)

    def with_money(self, plan: Plan, engine: Engine) -> Plan:
        """Return the plan without the items whose amounts do not fit."""
        if not self.query.money_terms:
            return plan
        money = Query(self.query.text, self.query.money_terms)
        kept = {each.id for each in self._fitting(money, [item.resource for item in plan.items], engine, plan)}
        return plan.without(frozenset(item.id for item in plan.items if item.id not in kept))

    def _fitting(
        self, query: Query, resources: Sequence[Resource], engine: Engine, plan: Plan | None
    ) -> list[Resource]:
        quotes = {item.id: item.quote for item in plan.items} if plan is not None else {}
        states: dict[str, StateTest] = {
            "is:eligible": lambda row: blocked_in_batch(resources[row], engine.rules, engine.now()) is None
        }
        facts = RowFacts(resources, engine.now, states, quotes.get)
        try:
            return [resources[row] for row in query.rows(facts, range(len(resources)))]
        except FilterError as error:
            raise _wrong(query.text, error) from error


def _wrong(text: str, error: FilterError) -> ConfigError:
    part = text[error.start : error.end] or text
    return ConfigError(f"--filter: at {part!r}: {error.message}")
