"""Findings: only a complete list says "none seen", and only a fresh one is relied on."""

from datetime import UTC, datetime, timedelta

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import STALE_AFTER, FindingState, Origin, known, unknown
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ORIGIN = Origin("ecs:list_servers", "ap-southeast-1", NOON)
PLACE = ProjectRegion("ap-southeast-1", "project")


def test_a_complete_list_says_none_seen() -> None:
    """The absence of a row is a finding with the place and the time of the list."""
    absence = ServiceList(PLACE, ("a", "b"), ORIGIN).absence()
    assert (absence.state, absence.origin) == (FindingState.NONE_SEEN, ORIGIN)


def test_a_list_that_was_not_read_says_nothing() -> None:
    """Without a response, and with a problem, the absence of a row is unknown."""
    assert ServiceList(PLACE).absence().state is FindingState.UNKNOWN
    broken = ServiceList(PLACE, ("a",), ORIGIN, fact("inventory_partial", count=1)).absence()
    assert (broken.state, broken.reason) == (FindingState.UNKNOWN, fact("inventory_partial", count=1))


def test_a_missing_resource_of_the_control_group_makes_a_list_partial() -> None:
    """A list without a resource that exists does not show everything to this user."""
    whole = ServiceList(PLACE, ("a", "b"), ORIGIN)
    assert whole.with_control_group({"a", "b"}, {"a"}).is_complete
    partial = whole.with_control_group({"a", "b"}, {"a", "c", "d"})
    assert (partial.is_complete, partial.problem) == (False, fact("inventory_partial", count=2))


def test_a_finding_grows_old() -> None:
    """A finding is stale after ten minutes; one that was never read is stale."""
    finding = known("running", ORIGIN)
    assert not finding.is_stale(NOON + STALE_AFTER)
    assert finding.is_stale(NOON + STALE_AFTER + timedelta(seconds=1))
    assert unknown(fact("inventory_not_read")).is_stale(NOON)


def test_another_value_has_the_same_source() -> None:
    """A mapped finding keeps state, origin and reason."""
    assert known(3, ORIGIN).map(str) == known("3", ORIGIN)
    nothing = unknown(fact("inventory_not_read"))
    assert nothing.map(str) == nothing
