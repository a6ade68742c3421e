"""Credentials from a service: the token of a sign-in to IAM, and the keys of an ECS agency. The calls block.

Sources: the IAM API, `POST /v3/auth/tokens`, and the observed behavior of the Huawei Cloud SDK 3.1.219. Nothing is
retried, because repeated wrong passwords lock the user. Requests to the metadata service never go through a proxy.
"""

from __future__ import annotations

import asyncio

from unsub_tui.api import schemas
from unsub_tui.api.credentials import AccessKey, Token, User, credential_error
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.errors import ApiError, ExchangeError, invalid_response, parse_object, service_problem
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from unsub_tui.api.transport import ApiRequest, ApiResponse, ClientConfig, HttpTransport
from unsub_tui.api.wire_format import parse_timestamp
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display

SIGN_IN = "sign_in"
SIGN_IN_PATH = "/v3/auth/tokens"
METADATA_TIMEOUT_SECONDS = 3.0
"""Timeout for connecting and for each request; short because the metadata service is local to the machine."""
METADATA_TOKEN_TTL_SECONDS = 21600
_TOKEN_UNSUPPORTED_STATUSES = frozenset({404, 405, 503})
"""Statuses of an older metadata service without token support."""


def sign_in(
    hosts: Hosts, user: User, password: Secret, passcode: str = "", *, retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY
) -> Token:
    """Return a token scoped to the account. Raise UnsubError if the sign-in fails."""
    if passcode and not user.user_id:
        raise credential_error("user_id_missing")
    response = asyncio.run(_sign_in(hosts, _sign_in_body(user, password, passcode), retry_policy))
    if response.status == 401:
        names = {"user": for_display(user.user_name), "account": for_display(user.account_name)}
        raise credential_error("sign_in_rejected", **names)
    return _token(response, user)


def agency_credentials(source: str, hosts: Hosts | None = None) -> AccessKey:
    """Return the current keys of the server's agency, labeled with `source`. Raise CREDENTIALS if there are none."""
    return _agency_keys(asyncio.run(_read_agency_keys(hosts or Hosts.metadata())), source)


def _transport(hosts: Hosts, retry_policy: RetryPolicy) -> HttpTransport:
    return HttpTransport(ClientConfig(hosts=hosts), retry_policy, signer=None, connections=0, encoding="identity")


async def _sign_in(hosts: Hosts, body: dict[str, object], retry_policy: RetryPolicy) -> ApiResponse:
    request = ApiRequest.post(SIGN_IN, hosts.iam + SIGN_IN_PATH, body)
    try:
        async with _transport(hosts, retry_policy) as transport:
            return await transport.send(request, retry_policy.attempt_timeout_seconds)
    except ExchangeError as error:
        raise ApiError(error.problem(SIGN_IN)) from error


def _sign_in_body(user: User, password: Secret, passcode: str) -> dict[str, object]:
    account = {"name": user.account_name}
    named: dict[str, object] = {"name": user.user_name, "password": password.reveal(), "domain": account}
    identity: dict[str, object] = {"methods": ["password"], "password": {"user": named}}
    if passcode:
        identity["methods"] = ["password", "totp"]
        identity["totp"] = {"user": {"id": user.user_id, "passcode": passcode}}
    return {"auth": {"identity": identity, "scope": {"domain": account}}}


def _token(response: ApiResponse, user: User) -> Token:
    document = parse_object(SIGN_IN, response.body)
    if response.status != 201:
        raise ApiError(service_problem(SIGN_IN, response.status, document, response.request_id, response.clock_offset))
    answer = schemas.parse_model(SIGN_IN, schemas.WireTokenResponse, document)
    if not response.token:
        raise invalid_response(SIGN_IN, "field_missing", name="X-Subject-Token")
    return Token(
        value=response.token,
        user_name=for_display(user.user_name),
        domain_id=answer.token.domain.id if answer.token.domain else "",
        source="sign-in",
        expires=parse_timestamp(answer.token.expires_at),
    )


async def _read_agency_keys(hosts: Hosts) -> ApiResponse:
    seconds = METADATA_TIMEOUT_SECONDS
    retry_policy = RetryPolicy(attempt_timeout_seconds=seconds, connect_timeout_seconds=seconds)
    try:
        async with _transport(hosts, retry_policy) as transport:
            ttl = {"X-Metadata-Token-Ttl-Seconds": str(METADATA_TOKEN_TTL_SECONDS)}
            token_url, keys_url = f"{hosts.bss}/meta-data/latest/api/token", f"{hosts.bss}/openstack/latest/securitykey"
            token = await transport.send(_metadata_request("PUT", token_url, ttl), seconds)
            return await transport.send(_metadata_request("GET", keys_url, _token_header(token)), seconds)
    except ExchangeError as error:
        raise credential_error("metadata_silent") from error


def _metadata_request(method: str, url: str, headers: dict[str, str]) -> ApiRequest:
    return ApiRequest(operation="metadata", method=method, url=url, headers=headers)


def _token_header(token: ApiResponse) -> dict[str, str]:
    if token.status == 200 and token.body.isascii():
        return {"X-Metadata-Token": token.body.decode().strip()}
    if token.status not in _TOKEN_UNSUPPORTED_STATUSES:
        raise credential_error("metadata_token_refused", status=token.status)
    return {}


def _agency_keys(response: ApiResponse, source: str) -> AccessKey:
    if response.status == 401:
        raise credential_error("no_agency")
    if response.status != 200:
        raise credential_error("metadata_keys_refused", status=response.status)
    try:
        keys = schemas.decode("metadata", response.body, schemas.WireAgencyCredentials).credential
    except UnsubError as error:
        raise credential_error("metadata_keys_invalid") from error
    return AccessKey(
        access_key=keys.access,
        secret_key=Secret(keys.secret),
        security_token=Secret(keys.securitytoken),
        source=source,
        expires=parse_timestamp(keys.expires_at),
    )
