"""The time zone: what people read follows it, what programs read does not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.time_zone import parse_time_zone

ZONES: dict[str, tzinfo] = {
    "UTC": UTC,
    "UTC+8": timezone(timedelta(hours=8)),
    "UTC-9:30": timezone(-timedelta(hours=9, minutes=30)),
    "America/New_York": ZoneInfo("America/New_York"),
}


@given(hours=st.integers(-14, 14), minutes=st.sampled_from([0, 30, 45]))
def test_an_offset_is_read_as_written(hours: int, minutes: int) -> None:
    """With or without minutes and leading zeros, in any case; larger offsets are an error."""
    ends_beyond = abs(hours) == 14 and minutes > 0
    distance = timedelta(hours=abs(hours), minutes=minutes)
    sign = "-" if hours < 0 else "+"
    for text in (f"UTC{sign}{abs(hours)}:{minutes:02}", f"utc{sign}{abs(hours):02}{minutes:02}"):
        if ends_beyond:
            with pytest.raises(ValueError, match=r"(?i)utc"):
                parse_time_zone(text)
        else:
            zone = parse_time_zone(text)
            assert zone is not None
            assert zone.utcoffset(None) == (-distance if hours < 0 else distance)


@pytest.mark.parametrize("text", ["", "UTC+15", "UTC+8:60", "+8", "GMT+8", "Asia", "../etc/passwd", "Asia/Shangai"])
def test_anything_else_is_an_error(text: str) -> None:
    """Also a directory, a path out of the database and an offset written in another way."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the text
        parse_time_zone(text)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("name", ZONES)
def test_days_in_table_and_filter_are_days_in_the_zone(name: str) -> None:
    """The expiry in the table, the filter by it and the line on stderr have one zone; data has none of it."""
    listed = run_json("--tz", name, "list")
    assert listed["resources"] == run_json("list")["resources"]
    times = [datetime.fromisoformat(row["expire_time"]) for row in listed["resources"]]
    days = [each.astimezone(ZONES[name]).date().isoformat() for each in times]
    table = run_program("--tz", name, "list")
    assert table.stderr.count("Time zone: ") == 1
    assert f"Time zone: {name}" in table.stderr
    assert [re.findall(r"  (\d{4}-\d\d-\d\d)  ", line) for line in table.stdout.splitlines()[1:]] == [
        [day] for day in days
    ]
    # Terms end at the end of a day in UTC+8, which is another day in the west.
    day = days[0]
    found = run_json("--tz", name, "list", "--filter", f"expires:{day}")["resources"]
    wanted = [row["resource_id"] for row, each in zip(listed["resources"], days, strict=True) if each == day]
    assert [row["resource_id"] for row in found] == wanted


@pytest.mark.usefixtures("account")
def test_a_script_finds_the_same_on_each_machine() -> None:
    """Without a choice, the days of commands are those of UTC+8, in which terms end, wherever the machine stands."""
    row = run_json("list")["resources"][0]
    day = datetime.fromisoformat(row["expire_time"]).astimezone(ZONES["UTC+8"]).date().isoformat()
    query = f"expires:{day}"
    found = [run_program("list", "--filter", query, env={"TZ": zone}) for zone in ("Asia/Tokyo", "America/Lima")]
    assert found[0].stdout == found[1].stdout == run_program("--tz", "UTC+8", "list", "--filter", query).stdout
    assert row["resource_id"] in found[0].stdout
    assert "Time zone: UTC+8" in found[0].stderr


@pytest.mark.usefixtures("account")
def test_markdown_is_for_people_and_the_other_forms_are_not() -> None:
    """A day in Markdown is that of the zone, which stderr names; CSV and JSON Lines are the same bytes in each zone."""
    for form in ("csv", "jsonl"):
        assert run_program("--tz", "UTC+8", "list", "--format", form).stdout == (
            run_program("list", "--format", form).stdout
        )
    first = run_json("list")["resources"][0]["expire_time"]
    here = datetime.fromisoformat(first).astimezone(ZONES["UTC+8"])
    markdown = run_program("--tz", "UTC+8", "list", "--format", "md")
    assert f"| {here:%Y-%m-%d} |" in markdown.stdout.replace("\\", "")
    assert "Time zone: UTC+8" in markdown.stderr


@pytest.mark.usefixtures("account")
def test_a_period_begins_with_the_day_in_the_zone() -> None:
    """The day of `orders --since`, and the time at which an order was placed."""
    orders = run_json("--tz", "UTC+8", "orders", "--since", "2025-06-01")
    assert orders["since"] == "2025-05-31T16:00:00Z"
    table = run_program("--tz", "UTC+8", "orders")
    assert "Time zone: UTC+8" in table.stderr
    for order in run_json("orders")["orders"]:
        placed = datetime.fromisoformat(order["created"]).astimezone(ZONES["UTC+8"])
        assert f"{order['order_id']}  {placed:%Y-%m-%d %H:%M}  " in table.stdout


@pytest.mark.usefixtures("account")
def test_plan_and_preview_name_the_zone() -> None:
    """Once each, on stderr: stdout is the same in each zone except for the days themselves."""
    planned = run_program("--tz", "UTC+8", "plan", "--filter", "type:evs expires<40", "-o", "plan.json")
    assert planned.stderr.count("Time zone: UTC+8") == 1
    preview = run_program("--tz", "UTC+8", "apply", "plan.json")
    assert preview.stderr.count("Time zone: UTC+8") == 1
    digest = json.loads(run_program("apply", "plan.json", "--format", "json").stdout)["digest"]
    assert digest == run_json("--tz", "UTC+8", "apply", "plan.json")["digest"]


@pytest.mark.usefixtures("account")
def test_flag_before_variable_before_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`config show` names the origin; without any the app has the machine's zone, and commands Huawei Cloud's."""

    def shown(*flags: str) -> str:
        lines = run_program(*flags, "config", "show").stdout.splitlines()
        return " ".join(next(line for line in lines if line.startswith("timezone")).split()[1:])

    assert shown() == "local; in commands UTC+8"
    assert "Time zone: local time (now UTC)" in run_program("--tz", "local", "list").stderr
    config.write_text('timezone = "Asia/Kolkata"\n')
    assert shown() == f"Asia/Kolkata ({config})"
    assert "Time zone: Asia/Kolkata (now UTC+5:30)" in run_program("list").stderr
    monkeypatch.setenv("UNSUB_TIMEZONE", "UTC+1")
    assert shown() == "UTC+1 (UNSUB_TIMEZONE)"
    assert shown("--tz", "local") == "local (--tz)"


@pytest.mark.parametrize("command", [["list"], ["runs"], ["config", "validate"]])
def test_an_unknown_zone_is_an_error(config: Path, command: list[str]) -> None:
    """It names the setting and the nearest zone; nothing is shown in a zone that was not asked for."""
    config.write_text('timezone = "Asia/Shangai"\n')
    result = run_program(*command)
    assert result.returncode == ExitCode.USAGE
    assert not result.stdout
    assert f"{config}: 'Asia/Shangai' is no time zone" in result.stderr
    assert "did you mean 'Asia/Shanghai'?" in result.stderr
