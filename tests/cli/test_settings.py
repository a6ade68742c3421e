"""Settings: where they come from, that guards only tighten, and that every mistake is named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from unsub_tui.api.credentials import AccessKey
from unsub_tui.api.endpoints import SERVICE_KEYS
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.cli.config.settings import Settings, load_settings, settings_rows
from unsub_tui.cli.context import GlobalOptions
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.present.problems import problem_details

KEYS = """
[default]
access_key = "AKDEFAULT0001"
secret_key = "sk-default"
[prod]
access_key = "AKPROD000001"
secret_key = "sk-prod"
"""


def keys_file(config: Path, mode: int = 0o600) -> Path:
    """Write the file of keys beside the settings."""
    path = config.with_name("credentials.toml")
    path.write_text(KEYS)
    path.chmod(mode)
    return path


def load(**flags: object) -> Settings:
    """Load the settings."""
    return load_settings(GlobalOptions(**flags))  # type: ignore[arg-type]  # checked by the tests that pass them


def test_without_anything_the_defaults_hold() -> None:
    """No file, no variable: the site is asked for, a hundred items, writing allowed, the keys of the server."""
    settings = load()
    assert (settings.site, settings.guards.max_items, settings.guards.read_only) == ("", 100, False)
    assert settings.source.label == "agency of this server"


def test_the_vendors_variables_give_the_keys(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """The SDK's environment comes before our file, and the label masks the key."""
    keys_file(config)
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "HPUAENVIRONMENT3F2C")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "secret-of-the-environment")
    monkeypatch.setenv("HUAWEICLOUD_SDK_DOMAIN_ID", "d-1")
    credentials = load().source.load()
    assert isinstance(credentials, AccessKey)
    assert (credentials.access_key, credentials.domain_id) == ("HPUAENVIRONMENT3F2C", "d-1")
    assert credentials.label == "HPUA…2C from HUAWEICLOUD_SDK_AK"
    assert "secret-of-the-environment" not in repr(credentials)


def test_a_named_profile_stands_alone(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """With --profile the environment's keys are not used, even where they are set."""
    keys_file(config)
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "HPUAENVIRONMENT3F2C")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "x")
    credentials = load(profile="prod").source.load()
    assert isinstance(credentials, AccessKey)
    assert credentials.access_key == "AKPROD000001"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(config: Path, mode: int) -> None:
    """The message has the command that mends it."""
    path = keys_file(config, mode)
    with pytest.raises(UnsubError) as caught:
        load()
    assert f"chmod 600 {path}" in problem_details(caught.value.problem)


def test_guards_only_tighten(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The strictest of file, profile, environment and flags wins, whichever it is."""
    config.write_text("""
        max_items = 50
        protected = ["prod-*"]
        [profiles.prod]
        read_only = true
        max_items = 80
        max_amount = "900.50"
        protected = ["*-db"]
    """)
    keys_file(config)
    monkeypatch.setenv("UNSUB_READ_ONLY", "0")
    guards = load(profile="prod", max_items=60, max_amount=Decimal(1000)).guards
    assert guards.read_only
    assert guards.max_items == 50
    assert guards.max_amount == Decimal("900.50")
    assert guards.protected == ("prod-*", "*-db")


def test_every_source_of_guards_counts(config: Path, system_config: Path) -> None:
    """System file, user file, the profile in both, and flags: the strictest holds, and each is named as its origin."""
    system_config.write_text("""
        max_share = "12.5"
        blocked_accounts = ["acme-prod"]
        protected = ["region:cn-*"]
        [profiles.prod]
        read_only = true
        max_items = 7
    """)
    config.write_text("""
        max_share = 20
        blocked_accounts = ["other"]
        protected = ["web-*"]
        [profiles.prod]
        max_items = 9
        max_share = 30
        require_backup = "30d"
        refuse_running = true
        two_people = true
    """)
    keys_file(config)
    settings = load(profile="prod", max_share=Decimal(15), max_items=8, require_backup=7)
    guards = settings.guards
    assert (guards.read_only, guards.max_items, guards.max_share) == (True, 7, Decimal("12.5"))
    assert set(guards.blocked_accounts) == {"acme-prod", "other"}
    assert set(guards.protected) == {"region:cn-*", "web-*"}
    rows = {name: (value, origin) for name, value, origin in settings_rows(settings)}
    assert rows["require_backup"] == ("7d", "--require-backup")
    assert rows["refuse_running"] == ("yes", f"{config} [profiles.prod]")
    assert rows["two_people"] == ("yes", f"{config} [profiles.prod]")
    assert rows["max_share"] == ("12.5 %", str(system_config))
    assert rows["max_items"] == ("7", f"{system_config} [profiles.prod]")
    assert rows["read_only"] == ("yes", f"{system_config} [profiles.prod]")
    assert str(system_config) in rows["blocked_accounts"][1]
    assert str(config) in rows["blocked_accounts"][1]
    assert guards.origin("protected", "web-*") == str(config)


@pytest.mark.parametrize(("text", "seconds"), [("", 120), ("busy_wait_seconds = 0", 0), ("busy_wait_seconds = 30", 30)])
def test_the_wait_for_other_transactions_can_be_set(config: Path, text: str, seconds: int) -> None:
    """From zero to an hour; without it, the default of a run."""
    config.write_text(text)
    settings = load()
    rows = {name: (value, origin) for name, value, origin in settings_rows(settings)}
    assert rows["busy wait"] == (f"{seconds} s", str(config) if text else "")
    assert settings.busy_wait_seconds == (seconds if text else RunPolicy().busy_wait_seconds)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("max_itms = 5", ["max_itms", "did you mean 'max_items'"], id="misspelt key"),
        pytest.param(
            "[profiles.a]\nsiet = 'cn'", ["siet", "did you mean 'site'", "profiles.a"], id="misspelt key in a profile"
        ),
        pytest.param("max_items = 0", ["max_items", "from 1 to"], id="zero"),
        pytest.param("max_items = true", ["max_items"], id="boolean for number"),
        pytest.param("max_items = 1" + "0" * 400, ["max_items", "from 1 to"], id="400 digits"),
        pytest.param("refresh_minutes = 1" + "0" * 400, ["refresh_minutes", "from 1 to 10080"], id="refresh for ever"),
        pytest.param("busy_wait_seconds = -1", ["busy_wait_seconds", "from 0 to 3600"], id="negative wait"),
        pytest.param("busy_wait_seconds = 3601", ["busy_wait_seconds", "from 0 to 3600"], id="more than an hour"),
        pytest.param("max_amount = '1E+400000000'", ["max_amount", "500.00"], id="an exponent of nine digits"),
        pytest.param("max_amount = 1" + "0" * 30, ["max_amount", "500.00"], id="31 digits"),
        pytest.param("max_share = '1E-400000000'", ["max_share", "percentage"], id="a tiny share"),
        pytest.param("max_items = 1" + "0" * 5000, ["config.toml"], id="5000 digits"),
        pytest.param("a = " + "[" * 5000, ["config.toml"], id="deep nesting"),
        pytest.param("max_amount = 'many'", ["max_amount", "500.00"], id="not money"),
        pytest.param("max_amount = 'NaN'", ["max_amount"], id="NaN"),
        pytest.param("read_only = 'yes'", ["read_only", "true or false"], id="text for boolean"),
        pytest.param("protected = 'a'", ["protected", "list"], id="text for list"),
        pytest.param("protected = ['tag:a=']", ["protected", "tag:KEY=VALUE", "config.toml"], id="tag"),
        *(
            pytest.param(f"require_backup = {each}", ["require_backup", '"7d"'], id=f"backup {each}")
            for each in ("7", "'7'", "'0d'", "'-1d'", "'7 d'", "true")
        ),
        pytest.param("refuse_running = 'yes'", ["refuse_running", "true or false"], id="running"),
        pytest.param("two_people = 2", ["two_people", "true or false"], id="people"),
        pytest.param("protected = ['regoin:a']", ["protected", "regoin"], id="misspelt field"),
        pytest.param("max_share = 101", ["max_share", "percentage"], id="more than all"),
        pytest.param("max_share = 2.5", ["max_share", '"2.5"'], id="float"),
        pytest.param("blocked_accounts = ['']", ["blocked_accounts", "is not an account id"], id="nameless account"),
        pytest.param("profiles = 3", ["profiles"], id="number for tables"),
        pytest.param("a = [", ["config.toml"], id="not TOML"),
        pytest.param("profile = 'a'\n[profiles.a]\nsite = 'int'", ["site", "intl"], id="unknown site"),
        pytest.param("profile = 'a'\n[profiles.a]\nendpoint = 'http://bss.example.com'", ["https"], id="plain http"),
        pytest.param(
            "profile = 'a'\n[profiles.a]\nendpoint = 'https://u:p@bss.example.com'", ["user name"], id="userinfo"
        ),
    ],
)
def test_a_wrong_setting_is_named(config: Path, text: str, words: list[str]) -> None:
    """File, key and what was expected are in the message."""
    config.write_text(text)
    with pytest.raises(UnsubError) as caught:
        load()
    text = problem_details(caught.value.problem)
    assert all(word in text for word in words), text


def test_services_have_endpoints_of_their_own(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """Of variable or profile, each for one service; what is not set stays out, and an invalid one is an error."""
    assert {*SERVICE_KEYS, Service.IAM} == set(Service)
    keys_file(config)
    config.write_text('[profiles.prod]\nendpoint_evs = "https://evs.test"\nendpoint_ecs = "https://ecs.test"\n')
    monkeypatch.setenv("UNSUB_PROFILE", "prod")
    monkeypatch.setenv("UNSUB_ENDPOINT_ECS", "http://127.0.0.1:8081")
    settings = load()
    assert settings.service_endpoints == {"ecs": "http://127.0.0.1:8081", "evs": "https://evs.test"}
    rows = {name: (value, origin) for name, value, origin in settings_rows(settings)}
    assert rows["endpoint ecs"] == ("http://127.0.0.1:8081", "UNSUB_ENDPOINT_ECS")
    assert "endpoint rds" not in rows
    monkeypatch.setenv("UNSUB_ENDPOINT_RMS", "http://10.0.0.1")
    with pytest.raises(UnsubError):
        load()


@pytest.mark.parametrize(
    ("endpoint", "is_fine"),
    [
        ("https://bss-intl.myhuaweicloud.com", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost:8080", False),
        ("http://10.0.0.1", False),
        ("ftp://127.0.0.1", False),
        ("https://host/path", False),
        ("https://host:99999", False),
        ("nonsense", False),
    ],
)
def test_an_endpoint_is_https_or_loopback(monkeypatch: pytest.MonkeyPatch, endpoint: str, is_fine: bool) -> None:  # noqa: FBT001
    """Plain http goes to loopback address literals only."""
    monkeypatch.setenv("UNSUB_ENDPOINT", endpoint)
    if is_fine:
        assert load().endpoint == endpoint
    else:
        with pytest.raises(UnsubError):
            load()
