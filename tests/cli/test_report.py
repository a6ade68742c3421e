"""`report`: candidates for a cleanup, with states and figures that the services prove."""

from __future__ import annotations

import pytest

from tests.support.program_process import run_json, run_program
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _account(account: Sandbox) -> None:
    """Every command here works on the account."""


def test_candidates_have_reasons_that_their_facts_prove(account: Sandbox) -> None:
    """A stopped server is stopped, an unattached disk is attached to nothing; costs come from the bills."""
    candidates = run_json("report")["candidates"]
    assert candidates
    reasons = {reason for each in candidates for reason in each["why"]}
    assert {"stopped", "expires_soon"} <= reasons
    for each in candidates:
        facts = each["facts"]
        if "stopped" in each["why"]:
            assert facts["run_state"]["value"] == "stopped"
        if "unattached" in each["why"]:
            assert facts["attached_to"]["state"] == "none_seen"
        if "unbound" in each["why"]:
            assert facts["bound_to"]["state"] == "none_seen"
    assert any(each["monthly_cost"] is not None and each["refund"] is not None for each in candidates)


def test_what_cannot_be_read_is_no_reason_and_is_said(account: Sandbox) -> None:
    """Without the list of servers, no server is called stopped, and stderr names the missing permission."""
    account.auth_state.deny("ecs:cloudServers:list")
    done = run_program("report", "--format", "csv", "--expires-within", "0")
    assert done.returncode == 0
    assert "stopped" not in done.stdout
    assert "Unknown: servers in " in done.stderr
    assert "ecs:cloudServers:list" in done.stderr


def test_a_filter_limits_the_report(account: Sandbox) -> None:
    """Only matching resources are looked at; an empty report is a success that says so."""
    done = run_program("report", "--filter", "type:cce", "--expires-within", "0")
    assert (done.returncode, "0 of " in done.stderr) == (0, True)
