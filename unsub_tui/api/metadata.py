"""The temporary keys of a server's agency, from the metadata service of the machine. It blocks.

Source: the observed behaviour of the vendor's SDK 3.1.219. The service is asked directly, never through a proxy.
"""

from __future__ import annotations

import asyncio

from unsub_tui.api import wire
from unsub_tui.api.credentials import Credentials, credentials_problem
from unsub_tui.api.endpoint import Hosts
from unsub_tui.api.exchange import Line, NoAnswerError, NotSentError, Question, Reply
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.strict import StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.api.times import moment
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret

SECONDS = 3.0
"""For connecting, and for each answer: the service is on the same machine."""
TOKEN_SECONDS = 21600
LABEL = "the agency of this server"
_WITHOUT_TOKEN = frozenset({404, 405, 503})
"""Answers of a metadata service that knows no tokens yet."""


def agency_keys(hosts: Hosts | None = None) -> Credentials:
    """Return the keys that the server's agency has now; raises CREDENTIALS where there are none."""
    return asyncio.run(_keys(hosts or Hosts.metadata()))


async def _keys(hosts: Hosts) -> Credentials:
    target = Target(hosts=hosts)
    pacing = Pacing(call_seconds=SECONDS, connect_seconds=SECONDS)
    try:
        async with Line(target, pacing, signer=None, connections=0, encoding="identity") as line:
            token = await line.exchange(_token_question(hosts), SECONDS)
            reply = await line.exchange(_keys_question(hosts, token), SECONDS)
    except (NotSentError, NoAnswerError) as error:
        raise credentials_problem("this is no server of the vendor's: its metadata service does not answer") from error
    return _read(reply)


def _token_question(hosts: Hosts) -> Question:
    headers = {"X-Metadata-Token-Ttl-Seconds": str(TOKEN_SECONDS)}
    return Question(operation="metadata", method="PUT", url=f"{hosts.bss}/meta-data/latest/api/token", headers=headers)


def _keys_question(hosts: Hosts, token: Reply) -> Question:
    headers: dict[str, str] = {}
    if token.status == 200 and token.body.isascii():
        headers["X-Metadata-Token"] = token.body.decode().strip()
    elif token.status not in _WITHOUT_TOKEN:
        raise credentials_problem(f"the metadata service gives no token (HTTP {token.status})")
    return Question(
        operation="metadata", method="GET", url=f"{hosts.bss}/openstack/latest/securitykey", headers=headers
    )


def _read(reply: Reply) -> Credentials:
    if reply.status == 401:
        raise credentials_problem("this server has no agency for cloud services; give it one in the ECS console")
    if reply.status != 200:
        raise credentials_problem(f"the metadata service gives no keys (HTTP {reply.status})")
    try:
        answer = wire.parse("metadata", wire.WireAgencyKeys, loads(reply.body))
    except (StrictJsonError, UnsubError) as error:
        raise credentials_problem("the metadata service answered something that is no keys") from error
    keys = answer.credential
    return Credentials(
        access_key=keys.access,
        secret_key=Secret(keys.secret),
        security_token=Secret(keys.securitytoken),
        source=LABEL,
        expires=moment(keys.expires_at),
    )
