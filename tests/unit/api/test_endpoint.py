from __future__ import annotations

import subprocess
import sys
import traceback

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import AccessKey
from unsub_tui.api.endpoints import Hosts, check_endpoint, is_direct
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret

GOOD = [
    "https://bss-intl.myhuaweicloud.com",
    "https://bss-intl.myhuaweicloud.com/",
    "https://bss.example:8443",
    "https://10.0.0.1",
    "http://127.0.0.1:8080",
    "http://127.9.8.7",
    "http://[::1]:8080",
    "HTTPS://BSS.Example",
]
BAD = [
    "",
    "bss.example",
    "//bss.example",
    "ftp://bss.example",
    "http://bss.example",
    "http://localhost:8080",
    "http://127.0.0.1.example",
    "http://127.1",
    "http://2130706433",
    "http://0x7f.0.0.1",
    "http://0.0.0.0",
    "http://[::ffff:127.0.0.1]",
    "http://[::1%25lo]",
    "http://[::2]",
    "https://user@bss.example",
    "https://user:word@bss.example",
    "https://@bss.example",
    "http://127.0.0.1@bss.example",
    "http://127.0.0.1\\@bss.example",
    "https://bss.example/path",
    "https://bss.example?",
    "https://bss.example#",
    "https://bss.example?q=1",
    "https://bss.example:port",
    "https://bss.example:99999",
    "https://bss..example",
    "https://-bss.example",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 150 + "example",
    "https://bss example",
    "https://bss\n.example",
    " https://bss.example",
    "https://bśs.example",
    "https://bss_x.example",
    "https://[::1",
    "https://",
]


@pytest.mark.parametrize("url", GOOD)
def test_what_is_accepted(url: str) -> None:
    """Https to a host, or http to a loopback literal."""
    check_endpoint(url)
    assert httpx.URL(Hosts.for_site("intl", url).bss + "/v2/x").path == "/v2/x"


@pytest.mark.parametrize("url", BAD)
def test_what_is_refused(url: str) -> None:
    """Everything else is a CONFIG problem that does not quote the address: it may hold a password."""
    with pytest.raises(UnsubError) as caught:
        check_endpoint(url)
    assert caught.value.problem.kind is ProblemKind.CONFIG
    assert "word" not in str(caught.value.problem)


@given(
    st.text(max_size=40) | st.text(max_size=30).map("https://".__add__) | st.text(max_size=20).map("http://[".__add__)
)
def test_nothing_else_is_raised(url: str) -> None:
    """Any text is an endpoint that the HTTP library takes, too, or that one error."""
    try:
        check_endpoint(url)
    except UnsubError:
        return
    httpx.Request("GET", Hosts.for_site("intl", url).iam + "/v2/x")


def test_hosts_of_the_sites() -> None:
    """Billing has one host a site; an override stands for all services; there are three sites."""
    assert Hosts.for_site("cn").bss == "https://bss.myhuaweicloud.com"
    assert Hosts.for_site("intl").bss == "https://bss-intl.myhuaweicloud.com"
    assert Hosts.for_site("eu").iam == "https://iam.eu-west-101.myhuaweicloud.eu"
    assert not is_direct(Hosts.for_site("cn").bss)
    own = Hosts.for_site("cn", "http://127.0.0.1:1/")
    assert {own.bss, own.iam, own.sts} == {"http://127.0.0.1:1"}
    assert is_direct(own.bss)
    with pytest.raises(UnsubError, match="cn, intl, eu"):
        Hosts.for_site("mars")


@pytest.mark.parametrize(
    "given_keys",
    [
        {"access_key": ""},
        {"access_key": "AK\r\nX-Evil: 1"},
        {"access_key": "AK, SignedHeaders="},
        {"secret_key": Secret("")},
        {"secret_key": Secret("sécret")},
        {"secret_key": Secret("canary-secret\n")},
        {"security_token": Secret("canary\ntoken")},
        {"security_token": Secret("canary-tokené")},
        {"domain_id": "acc\ud800"},
        {"domain_id": "acc\r\nX-Evil: 1"},
    ],
    ids=lambda keys: next(iter(keys)),
)
def test_keys_that_cannot_be_sent_are_refused_unquoted(given_keys: dict[str, object]) -> None:
    """A key with a line break is told in words of ours, before any HTTP library could quote it."""
    keys: dict[str, object] = {"access_key": "AK", "secret_key": Secret("canary-secret"), **given_keys}
    with pytest.raises(UnsubError) as caught:
        CredentialProvider.static(AccessKey(**keys))  # type: ignore[arg-type]
    assert caught.value.problem.kind is ProblemKind.CREDENTIALS
    assert "canary" not in "".join(traceback.format_exception(caught.value)) + str(caught.value.problem)


def test_settings_load_no_http_library() -> None:
    """Endpoint and credentials can be checked before the first frame."""
    code = (
        "import sys, unsub_tui.api.endpoints, unsub_tui.api.credentials;"
        "sys.exit(bool({'httpx', 'pydantic', 'ssl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
