"""Times in all forms that the services write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.api.inventory.service_values import milliseconds_of, parse_service_time, time_of_milliseconds

TIMES = st.datetimes(datetime(2002, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone added
OFFSETS = st.sampled_from([-330, -60, 0, 60, 330, 480])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-08-20T02:33:49+0800", datetime(2018, 8, 19, 18, 33, 49, tzinfo=UTC)),
        ("2018-08-20T02:33:49+08:00", datetime(2018, 8, 19, 18, 33, 49, tzinfo=UTC)),
        ("2018-08-20T02:33:49Z", datetime(2018, 8, 20, 2, 33, 49, tzinfo=UTC)),
        ("1534732429000", datetime(2018, 8, 20, 2, 33, 49, tzinfo=UTC)),
        (1534732429000, datetime(2018, 8, 20, 2, 33, 49, tzinfo=UTC)),
        ("2018-08-02 03:48:58.968214406 +0000 UTC", datetime(2018, 8, 2, 3, 48, 58, 968214, tzinfo=UTC)),
        ("2018-08-02 11:48:58.9 +0800 CST", datetime(2018, 8, 2, 3, 48, 58, 900000, tzinfo=UTC)),
        ("2018-08-02 03:48:58 +0000 UTC", datetime(2018, 8, 2, 3, 48, 58, tzinfo=UTC)),
        ("2020-02-21T07:00:54.065135", datetime(2020, 2, 21, 7, 0, 54, 65135, tzinfo=UTC)),
        ("2026-08-01 00:00:00", datetime(2026, 8, 1, tzinfo=UTC)),
        ("2020-10-26T03:10Z", datetime(2020, 10, 26, 3, 10, tzinfo=UTC)),
        ("2020-10-26T03:10:00.340Z", datetime(2020, 10, 26, 3, 10, 0, 340000, tzinfo=UTC)),
    ],
)
def test_documented_forms(text: str | int, expected: datetime) -> None:
    """Each service has its own form, with and without a zone, a fraction or seconds."""
    assert parse_service_time(text) == expected


@pytest.mark.parametrize(
    "value",
    [None, "", " ", 0, 5, True, 10**20, "0", "20200101", "9" * 40, "0001-01-01 00:00:00 +0000 UTC", "tomorrow", [], {}],
)
def test_values_that_are_no_time(value: object) -> None:
    """Go's zero time, seconds and days of digits alone are none, and nothing raises."""
    assert parse_service_time(value) is None  # type: ignore[arg-type]


@given(TIMES, OFFSETS)
def test_a_time_is_read_from_every_form(time: datetime, offset: int) -> None:
    """The same instant is found in the forms of all services, whatever the offset."""
    local = time.astimezone(timezone(timedelta(minutes=offset)))
    whole = time.replace(microsecond=0)
    assert parse_service_time(local.replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%S%z")) == whole
    assert parse_service_time(local.strftime("%Y-%m-%d %H:%M:%S.%f789 %z CST")) == time
    assert parse_service_time(time.strftime("%Y-%m-%dT%H:%M:%S.%f")) == time
    assert parse_service_time(time.strftime("%Y-%m-%dT%H:%MZ")) == whole.replace(second=0)
    assert time_of_milliseconds(milliseconds_of(whole)) == whole


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_garbage_is_no_error(value: object) -> None:
    """Whatever a service sends, the result is a time in UTC or none."""
    found = parse_service_time(value)  # type: ignore[arg-type]
    assert found is None or found.tzinfo is UTC
