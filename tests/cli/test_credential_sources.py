from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from unsub_tui.api.credentials import AccessKey, CredentialSource, Token
from unsub_tui.cli.credentials import find_credentials
from unsub_tui.cli.credentials.sources import LookupResult
from unsub_tui.domain.problem import UnsubError

SECRETS = ("canary-secret-1", "canary-secret-2", "canary-token-3")


@pytest.fixture
def keys_file(config: Path) -> Path:
    """Where our own file of keys would be."""
    return config.with_name("credentials.toml")


def find_source(profile: str = "", *, is_named: bool = False) -> CredentialSource:
    """Look for keys in the environment as it is."""
    return find_credentials(profile, is_profile_explicit=is_named)[0]


def look_up_all() -> Sequence[LookupResult]:
    """Return what is said of each source."""
    return find_credentials("", is_profile_explicit=False)[1]


def load_keys(source: CredentialSource | None = None) -> AccessKey:
    """Return the keys of a source, or of the one that is found."""
    keys = (source or find_source()).load()
    assert isinstance(keys, AccessKey)
    return keys


def write(path: Path, text: str) -> Path:
    """Write a private file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def set_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the SDK's variables."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "AKENVIRONMENT1")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", SECRETS[0])


def set_ours(keys_file: Path) -> None:
    """Write our own file."""
    write(keys_file, f'[default]\naccess_key = "AKOURS0000002"\nsecret_key = "{SECRETS[1]}"\n')


def set_sdk() -> None:
    """Write the SDK's file."""
    write(Path.home() / ".huaweicloud" / "credentials", f"[global]\nak = AKSDKFILE0003\nsk = {SECRETS[0]}\n")


def set_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set Terraform's variables."""
    monkeypatch.setenv("HW_ACCESS_KEY", "AKTERRAFORM04")
    monkeypatch.setenv("HW_SECRET_KEY", SECRETS[0])


def set_koocli(*, encrypted: str = "false") -> None:
    """Write KooCLI's file."""
    profile = {"name": "work", "mode": "AKSK", "accessKeyId": "AKKOOCLI00005", "secretAccessKey": SECRETS[0]}
    document = {"current": "work", "authEncrypt": encrypted, "profiles": [{"name": "other"}, profile]}
    write(Path.home() / ".hcloud" / "config.json", json.dumps(document))


def test_the_order(keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source gives way to those before it, and says what it had."""
    steps: list[tuple[Callable[[], None], str]] = [
        (set_koocli, "AKKOOCLI00005"),
        (lambda: set_terraform(monkeypatch), "AKTERRAFORM04"),
        (set_sdk, "AKSDKFILE0003"),
        (lambda: set_ours(keys_file), "AKOURS0000002"),
        (lambda: set_environment(monkeypatch), "AKENVIRONMENT1"),
    ]
    for put, access_key in steps:
        put()
        assert load_keys().access_key == access_key
    results = look_up_all()
    assert [each.source is not None for each in results] == [True, False, False, False, False, False]
    assert not any(secret in str(results) for secret in SECRETS)


def test_a_named_profile_stands_alone(keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable is looked at, and a profile without keys is an error."""
    set_environment(monkeypatch)
    set_ours(keys_file)
    assert load_keys(find_source("default", is_named=True)).access_key == "AKOURS0000002"
    with pytest.raises(UnsubError, match="did you mean 'default'"):
        find_source("defautl", is_named=True)


def test_nothing_anywhere() -> None:
    """Only the server's agency is left; where it is switched off, that is said."""
    assert look_up_all()[-1].source is not None
    with pytest.raises(UnsubError, match="UNSUB_NO_AGENCY"):
        load_keys()


@pytest.mark.parametrize(
    ("name", "partner"),
    [
        ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
        ("HW_SECRET_KEY", "HW_ACCESS_KEY"),
        ("HW_USER_NAME", "HW_DOMAIN_NAME"),
    ],
)
def test_half_a_pair_is_a_mistake(monkeypatch: pytest.MonkeyPatch, name: str, partner: str) -> None:
    """What is set by half is never skipped in silence."""
    monkeypatch.setenv(name, "half")
    with pytest.raises(UnsubError, match=partner):
        find_source()


def test_terraforms_token_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token comes before keys; a password alone becomes a sign-in that needs nobody."""
    set_terraform(monkeypatch)
    monkeypatch.setenv("HW_AUTH_TOKEN", SECRETS[2])
    assert isinstance(find_source().load(), Token)
    for name in ("HW_AUTH_TOKEN", "HW_ACCESS_KEY", "HW_SECRET_KEY"):
        monkeypatch.delenv(name)
    for name, value in (("OS_USERNAME", "me"), ("OS_PASSWORD", SECRETS[0]), ("OS_DOMAIN_NAME", "ours")):
        monkeypatch.setenv(name, value)
    source = find_source()
    assert source.label.startswith("me of ours")
    assert not source.needs_sign_in


def test_koocli_with_encrypted_keys() -> None:
    """They cannot be used, and the way out is told."""
    set_koocli(encrypted="true")
    results = look_up_all()
    assert any("--cli-auth-encrypt=false" in each.message for each in results)
    assert results[-1].source is not None


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (".hcloud/config.json", "[" * 100_000),
        (".hcloud/config.json", "[]"),
        (".huaweicloud/credentials", "no section"),
        (".huaweicloud/credentials", "[global]\nak = only-half\n"),
    ],
)
def test_a_broken_file(monkeypatch: pytest.MonkeyPatch, place: str, text: str) -> None:
    """Before the keys in use it is a mistake that names the file; behind them it is only mentioned."""
    write(Path.home() / place, text)
    with pytest.raises(UnsubError, match=Path(place).name):
        find_source()
    set_environment(monkeypatch)
    assert any("not used; invalid: " in each.message for each in look_up_all())


def test_keys_of_a_file_are_read_again(keys_file: Path) -> None:
    """Whoever puts other keys into the file is heard while the program runs."""
    set_ours(keys_file)
    source = find_source()
    write(keys_file, '[default]\naccess_key = "AKOTHER000009"\nsecret_key = "x"\n')
    assert load_keys(source).access_key == "AKOTHER000009"
    keys_file.unlink()
    with pytest.raises(UnsubError, match="no longer contains keys"):
        source.load()


def test_a_profile_that_signs_in(keys_file: Path) -> None:
    """It wants somebody to type the password, and says who."""
    write(keys_file, '[default]\nuser_name = "me"\naccount_name = "ours"\nuser_id = "u-1"\n')
    source = find_source()
    assert source.needs_sign_in
    assert source.label.startswith("me of ours")
    with pytest.raises(UnsubError, match="sign in"):
        source.load()


def test_the_key_store(keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret comes out of the desktop's key store; without the library it is said how to get it."""
    write(keys_file, '[default]\naccess_key = "AKSTORE000006"\nkeyring = true\n')
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UnsubError, match=r"unsub-tui\[keyring\]"):
        load_keys()
    store, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    secrets: dict[tuple[str, str], str] = {}
    setattr(store, "get_password", lambda service, user: secrets.get((service, user)))  # noqa: B010 - a module's attribute
    setattr(errors, "KeyringError", RuntimeError)  # noqa: B010
    monkeypatch.setitem(sys.modules, "keyring", store)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    with pytest.raises(UnsubError, match="keyring set unsub-tui AKSTORE000006"):
        load_keys()
    secrets["unsub-tui", "AKSTORE000006"] = SECRETS[0]
    assert load_keys().secret_key.reveal() == SECRETS[0]


def test_what_is_not_supported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Federation variables are seen, and said not to be read."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_IDP_ID", "idp")
    assert any(each.location == "HUAWEICLOUD_SDK_IDP_ID" for each in look_up_all())
