from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.support.connections import NO_DELAYS, administrator_credentials, make_sandbox
from tests.support.stub_vendor import StubResponse, StubVendor
from unsub_tui.api.auth import Signer
from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.transport import ApiRequest, HttpTransport
from unsub_tui.sandbox.auth_state import Key
from unsub_tui.sandbox.signature import SignedRequest, authenticate

SANDBOX = make_sandbox(0)
KEYS = {SANDBOX.access_key: Key(SANDBOX.access_key, SANDBOX.secret_key, can_write=True)}


def check_signature(request: httpx.Request) -> StubResponse:
    """Let the sandbox check what would go over the wire; it raises for a signature that is not right."""
    path, _, query = request.url.raw_path.decode().partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    covered = SignedRequest(method=request.method, path=path, query=query, headers=headers, body=request.content)
    authenticate(covered, KEYS, datetime.now(UTC))
    return StubResponse(200, b"{}")


odd = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
paths = st.lists(odd.filter(lambda segment: segment not in (".", "..")), max_size=4)


@given(path=paths, query=st.dictionaries(odd, odd, max_size=4), body=st.binary(max_size=40))
async def test_the_far_side_computes_the_same_signature(path: list[str], query: dict[str, str], body: bytes) -> None:
    """Whatever stands in path, query and body, the sandbox's own check accepts what we sign."""
    vendor = StubVendor(check_signature)
    signer = Signer(CredentialProvider.static(administrator_credentials(SANDBOX)), NO_DELAYS.now)
    url = "http://127.0.0.1/v2/" + "/".join(quote(segment, safe="") for segment in path)
    question = ApiRequest(operation="a test", method="POST", url=url, query=query, body=body)
    async with HttpTransport(url, NO_DELAYS, signer, lambda: vendor) as line:
        reply = await line.send(question, 30)

    assert reply.status == 200
    assert vendor.requests[0].content == body
