"""Temporary credentials of an ECS agency, from the metadata service. The calls block.

Source: the observed behavior of the Huawei Cloud SDK 3.1.219. Requests never go through a proxy.
"""

from __future__ import annotations

import asyncio

from unsub_tui.api import schemas
from unsub_tui.api.credentials import AccessKey, credential_error
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.api.strict_json import StrictJsonError, loads
from unsub_tui.api.transport import ApiRequest, ApiResponse, ClientConfig, HttpTransport, NoResponseError, NotSentError
from unsub_tui.api.wire_format import parse_timestamp
from unsub_tui.domain.fact import FactCode
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret

TIMEOUT_SECONDS = 3.0
"""Timeout for connecting and for each request; short because the service is local to the machine."""
TOKEN_TTL_SECONDS = 21600
LABEL = "the agency of this server"
_TOKEN_UNSUPPORTED_STATUSES = frozenset({404, 405, 503})
"""Statuses of an older metadata service without token support."""


def agency_credentials(hosts: Hosts | None = None) -> AccessKey:
    """Return the current credentials of the server's agency. Raise CREDENTIALS if there are none."""
    return asyncio.run(_fetch_credentials(hosts or Hosts.metadata()))


async def _fetch_credentials(hosts: Hosts) -> AccessKey:
    config = ClientConfig(hosts=hosts)
    retry_policy = RetryPolicy(attempt_timeout_seconds=TIMEOUT_SECONDS, connect_timeout_seconds=TIMEOUT_SECONDS)
    try:
        async with HttpTransport(config, retry_policy, signer=None, connections=0, encoding="identity") as transport:
            token = await transport.send(_token_request(hosts), TIMEOUT_SECONDS)
            response = await transport.send(_credentials_request(hosts, token), TIMEOUT_SECONDS)
    except (NotSentError, NoResponseError) as error:
        raise credential_error(FactCode.METADATA_SILENT) from error
    return _parse_credentials(response)


def _token_request(hosts: Hosts) -> ApiRequest:
    headers = {"X-Metadata-Token-Ttl-Seconds": str(TOKEN_TTL_SECONDS)}
    return ApiRequest(
        operation="metadata", method="PUT", url=f"{hosts.bss}/meta-data/latest/api/token", headers=headers
    )


def _credentials_request(hosts: Hosts, token: ApiResponse) -> ApiRequest:
    headers: dict[str, str] = {}
    if token.status == 200 and token.body.isascii():
        headers["X-Metadata-Token"] = token.body.decode().strip()
    elif token.status not in _TOKEN_UNSUPPORTED_STATUSES:
        raise credential_error(FactCode.METADATA_TOKEN_REFUSED, status=str(token.status))
    return ApiRequest(
        operation="metadata", method="GET", url=f"{hosts.bss}/openstack/latest/securitykey", headers=headers
    )


def _parse_credentials(response: ApiResponse) -> AccessKey:
    if response.status == 401:
        raise credential_error(FactCode.NO_AGENCY)
    if response.status != 200:
        raise credential_error(FactCode.METADATA_KEYS_REFUSED, status=str(response.status))
    try:
        answer = schemas.parse_model("metadata", schemas.WireAgencyCredentials, loads(response.body))
    except (StrictJsonError, UnsubError) as error:
        raise credential_error(FactCode.METADATA_KEYS_INVALID) from error
    keys = answer.credential
    return AccessKey(
        access_key=keys.access,
        secret_key=Secret(keys.secret),
        security_token=Secret(keys.securitytoken),
        source=LABEL,
        expires=parse_timestamp(keys.expires_at),
    )
