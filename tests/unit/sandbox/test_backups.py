"""Backups and vaults of the sandbox: what remains of them, and what the lists leave unsaid."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sandbox_caller import UNSUBSCRIBE, Caller, Json
from tests.unit.sandbox.conftest import NOW, MakeCaller
from unsub_tui.sandbox import SandboxOptions, build_sandbox, offers
from unsub_tui.sandbox.account_fixtures import PROJECTS, REGION_PROJECTS
from unsub_tui.sandbox.estate.backup_schedule import Protection, backups_of, protection_of
from unsub_tui.sandbox.estate.part_ids import PartId, find_part
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.timestamps import DAY

ACCOUNT = build_sandbox(SandboxOptions(resources=400, now=NOW, rate_scale=0)).account
RESOURCES = ACCOUNT.resources.list_all()
EPOCH = int(NOW.timestamp())


@given(
    st.sampled_from(RESOURCES), st.integers(0, 15), st.integers(0, 65535), st.integers(0, 255), st.sampled_from([0, 1])
)
def test_ids_lead_back_to_their_resource(resource: Resource, kind: int, day: int, place: int, changed: int) -> None:
    """An id is looked up without a table of ids; another text is no such id."""
    part = PartId(resource, kind, day, place)
    assert find_part(str(part), ACCOUNT.resources) == part
    other = PartId(resource, kind, (day + 1) % 65536, place)
    mixed = str(part)[: 18 if changed else 9] + str(other)[18 if changed else 9 :]
    assert mixed == str(part) or find_part(mixed, ACCOUNT.resources) is None
    assert find_part(str(uuid4()), ACCOUNT.resources) is None


@given(st.sampled_from(RESOURCES), st.integers(0, 200 * DAY), st.integers(0, 200 * DAY))
def test_backups_come_and_go_with_the_time(resource: Resource, first: int, second: int) -> None:
    """What exists at a time is made before it and not expired; later, nothing of it is made anew."""
    early, late = sorted((EPOCH + first, EPOCH + second))
    before, after = (list(backups_of(resource, epoch=EPOCH, until=now, now=now)) for now in (early, late))
    for now, found in ((early, before), (late, after)):
        assert all(resource.effective <= each.created <= now for each in found)
        assert all(each.expires is None or each.expires > now for each in found)
        assert all(newer.created > older.created for newer, older in pairwise(found))
    assert [each for each in after if each.created <= early] == [
        each for each in before if each.expires is None or each.expires > late
    ]
    stopped = list(backups_of(resource, epoch=EPOCH, until=early, now=late))
    assert stopped == [each for each in after if each.created <= early]


async def test_an_ordinary_account_has_every_kind() -> None:
    """The default account of the demo shows backups that are young, old, failed, about to expire, or in no vault."""
    caller = Caller(build_sandbox(SandboxOptions(now=NOW, rate_scale=0)))
    servers = [each for each in RESOURCES if each.offer.code == offers.SERVER.code]
    found = {protection_of(each) for each in servers}
    assert found == set(Protection)
    vaults = [each for project in REGION_PROJECTS for each in (await _list(caller, project, "vaults"))["vaults"]]
    subscribed = [each for each in vaults if each["billing"]["charging_mode"] == "pre_paid"]
    backups = [each for project in REGION_PROJECTS for each in (await _list(caller, project, "backups"))["backups"]]
    assert {each["vault_id"] for each in backups} & {each["id"] for each in subscribed}
    only_failed = [each["resource_id"] for each in backups if each["status"] == "error"]
    usable = {each["resource_id"] for each in backups if each["status"] == "available"}
    assert set(only_failed) - usable
    assert {"frozen", "available"} == {each["billing"]["status"] for each in vaults}
    assert any(each["billing"]["used"] == each["billing"]["size"] * 1024 for each in vaults)
    bound = [each["extra_info"] for vault in vaults for each in vault["resources"]]
    assert any(each.get("exclude_volumes") for each in bound)
    assert any(each.get("include_volumes") for each in bound)


async def test_backups_outlive_their_server(caller: Caller) -> None:
    """After an unsubscription no backup is made any more; those that there are stay, and so does the vault."""
    caller.sandbox.account.now()
    server = _protected(caller, Protection.RECENT, Protection.DAILY, Protection.OLD)
    before = await _list(caller, server.project_id, "backups", resource_id=server.resource_id)
    vaults = await _list(caller, server.project_id, "vaults", resource_ids=server.resource_id)
    assert before["count"]
    await _unsubscribe(caller, server)
    assert await _list(caller, server.project_id, "backups", resource_id=server.resource_id) == before
    after = await _list(caller, server.project_id, "vaults", resource_ids=server.resource_id)
    assert [each["id"] for each in after["vaults"]] == [each["id"] for each in vaults["vaults"]]
    caller.sandbox.clock.advance(3 * DAY)
    later = await _list(caller, server.project_id, "backups", resource_id=server.resource_id)
    assert {each["id"] for each in later["backups"]} <= {each["id"] for each in before["backups"]}


async def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """Nothing of it is stored: the events of the account lead to the same backups."""
    options = SandboxOptions(resources=300, now=NOW, rate_scale=0, state_file=tmp_path / "state")
    sandbox = build_sandbox(options)
    caller = Caller(sandbox)
    sandbox.account.now()
    server = _protected(caller, Protection.RECENT, Protection.DAILY, Protection.OLD)
    await _unsubscribe(caller, server)
    before = await _everything(caller)
    sandbox.close()
    again = build_sandbox(replace(options, now=sandbox.clock.now_utc()))
    assert await _everything(Caller(again)) == before
    again.close()


async def _everything(caller: Caller) -> list[Json]:
    kinds = ("backups", "vaults")
    return [await _list(caller, project, kind) for project in REGION_PROJECTS for kind in kinds]


async def test_a_vault_takes_its_backups_along(make_caller: MakeCaller) -> None:
    """A yearly/monthly vault that is unsubscribed from is gone with all that it holds."""
    caller = make_caller(resources=1000)
    caller.sandbox.account.now()
    inventory = caller.sandbox.account.inventory
    vault = caller.pick(offer=offers.VAULT, wanted=lambda one: any(_held(caller, one)))
    held = _held(caller, vault)
    assert held
    await _unsubscribe(caller, vault)
    assert (await _list(caller, vault.project_id, "vaults", id=vault.resource_id))["count"] == 0
    assert (await _list(caller, vault.project_id, "backups", vault_id=vault.resource_id))["count"] == 0
    for server in held:
        found = await _list(caller, vault.project_id, "backups", resource_id=server.resource_id)
        assert found["count"] == 0
        assert inventory.gone_at(server) is None


async def test_backups_of_others_must_be_asked_for(make_caller: MakeCaller) -> None:
    """By default the list has only backups that this project holds."""
    caller = make_caller(resources=2000)
    caller.sandbox.account.now()
    server = next(
        each
        for each in caller.sandbox.account.resources.list_all()
        if protection_of(each) is Protection.SHARED and caller.sandbox.account.inventory.backups_of(each)
    )
    path = {"resource_id": server.resource_id}
    assert (await _list(caller, server.project_id, "backups", **path))["count"] == 0
    (shared,) = (await _list(caller, server.project_id, "backups", **path, own_type="shared"))["backups"]
    everything = await _list(caller, server.project_id, "backups", **path, own_type="all_granted")
    assert everything["backups"] == [shared]
    assert shared["project_id"] not in REGION_PROJECTS


async def test_pages_and_filters(caller: Caller) -> None:
    """Offsets are records, a marker is the id of the last row, and the total counts all that fit."""
    project = max(REGION_PROJECTS, key=lambda each: len(caller.sandbox.account.inventory.vaults.in_project(each)))
    everything = (await _list(caller, project, "backups", sort="created_at:desc"))["backups"]
    first = await _list(caller, project, "backups", sort="created_at:desc", limit=2)
    second = await _list(caller, project, "backups", sort="created_at:desc", limit=2, offset=2)
    again = await _list(caller, project, "backups", sort="created_at:desc", limit=2, marker=first["backups"][-1]["id"])
    assert first["count"] == len(everything) > 4
    assert first["backups"] + second["backups"] == everything[:4]
    assert again["backups"] == second["backups"]
    for name in ("resource_id", "resource_type", "vault_id", "image_type", "name", "checkpoint_id", "status"):
        wanted = everything[0][name]
        found = (await _list(caller, project, "backups", **{name: wanted}))["backups"]
        assert sorted(each["id"] for each in found) == sorted(each["id"] for each in everything if each[name] == wanted)
    several = (await _list(caller, project, "backups", status=["available", "error"]))["count"]
    assert several == sum(each["status"] in ("available", "error") for each in everything)
    answer = await caller.ask("cbr", f"/v3/{project}/backups", project, limit=1001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BackupService.0001")


async def test_grants_for_enterprise_projects_hide_rows(caller: Caller) -> None:
    """The list says nothing of the rows that a user may not see."""
    granted = PROJECTS[1].project_id
    caller.sandbox.auth_state.grant_only(granted)
    rows = [
        each
        for project in REGION_PROJECTS
        for each in (await _list(caller, project, "backups", enterprise_project_id="all_granted_eps"))["backups"]
    ]
    assert {each["enterprise_project_id"] for each in rows} == {granted}
    project = rows[0]["project_id"]
    assert (await _list(caller, project, "backups"))["count"] == 0


@pytest.mark.parametrize("kind", ["backups", "vaults"])
async def test_a_missing_permission_is_named(caller: Caller, kind: str) -> None:
    """It is a nested error with status 401, which is no error of the signature."""
    caller.sandbox.auth_state.deny(f"cbr:{kind}:list")
    project = next(iter(REGION_PROJECTS))
    answer = await caller.ask("cbr", f"/v3/{project}/{kind}", project)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "EPS.0003"
    assert f"cbr:{kind}:list" in answer.json()["error"]["message"]


async def _list(caller: Caller, project: str, kind: str, **query: Any) -> Json:
    answer = await caller.ask("cbr", f"/v3/{project}/{kind}", project, **query)
    assert answer.status_code == 200, answer.text
    payload = answer.json()
    assert isinstance(payload, dict)
    return payload


def _protected(caller: Caller, *protections: Protection) -> Resource:
    """Return a server with one of these protections in a pay-per-use vault."""
    inventory = caller.sandbox.account.inventory

    def is_wanted(server: Resource) -> bool:
        vault = inventory.vaults.vault_of(server)
        has_backups = bool(inventory.backups_of(server))
        return protection_of(server) in protections and has_backups and vault is not None and vault.subscription is None

    return caller.pick(Condition.NORMAL, offers.SERVER, wanted=is_wanted)


def _held(caller: Caller, vault: Resource) -> list[Resource]:
    """Return the servers with backups in a yearly/monthly vault."""
    inventory = caller.sandbox.account.inventory
    (found,) = (each for each in inventory.vaults.in_project(vault.project_id) if each.vault_id == vault.resource_id)
    return [each for each in found.resources if inventory.backups_of(each)]


async def _unsubscribe(caller: Caller, resource: Resource) -> None:
    body = {"resource_ids": [resource.resource_id], "unsubscribe_type": 1, "unsubscribe_reason_type": 2}
    assert (await caller.post(UNSUBSCRIBE, **body))["order_ids"]
    caller.sandbox.clock.advance(10)
