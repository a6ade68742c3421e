"""Credentials from a service: the token of a sign-in to IAM, its keys, and those of an ECS agency. The calls block.

Sources: the IAM API, `POST /v3/auth/tokens` and `POST /v3.0/OS-CREDENTIAL/securitytokens`, and the observed behavior of
the Huawei Cloud SDK 3.1.219. Nothing is retried, because repeated wrong passwords lock the user. Requests to the
metadata service never go through a proxy.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import AccessKey, Credential, Token, User, WithoutSignIn, credential_error
from unsub_tui.api.endpoints import METADATA_URL, Hosts
from unsub_tui.api.errors import ApiError, ExchangeError, invalid_response, service_problem
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from unsub_tui.api.transport import ApiRequest, ApiResponse, HttpTransport
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display

SIGN_IN = "sign_in"
TOKEN_KEYS = "token_keys"  # noqa: S105 - the name of an operation
TOKEN_KEYS_SECONDS = 2 * 3600
"""Lifetime of the temporary keys of a token."""
_KEYS_ISSUED = (200, 201)
METADATA_TIMEOUT_SECONDS = 3.0
"""Timeout for connecting and for each request; short because the metadata service is local to the machine."""
METADATA_TOKEN_TTL_SECONDS = 21600
_TOKEN_UNSUPPORTED_STATUSES = frozenset({404, 405, 503})
"""Statuses of an older metadata service without token support."""


def sign_in(hosts: Hosts, user: User, password: Secret, passcode: str = "") -> Token:
    """Return a token scoped to the account. Raise UnsubError if the sign-in fails."""
    if passcode and not user.user_id:
        raise credential_error("user_id_missing")
    account = {"name": user.account_name}
    named = {"name": user.user_name, "password": password.reveal(), "domain": account}
    identity: dict[str, object] = {"methods": ["password"], "password": {"user": named}}
    if passcode:
        identity["methods"] = ["password", "totp"]
        identity["totp"] = {"user": {"id": user.user_id, "passcode": passcode}}
    body = {"auth": {"identity": identity, "scope": {"domain": account}}}
    try:
        response = asyncio.run(_sign_in(ApiRequest.post(SIGN_IN, f"{hosts.iam}/v3/auth/tokens", body)))
    except ExchangeError as error:
        raise ApiError(error.problem(SIGN_IN)) from error
    if response.status == 401:
        names = {"user": for_display(user.user_name), "account": for_display(user.account_name)}
        raise credential_error("sign_in_rejected", **names)
    return _token(response, user)


async def _sign_in(request: ApiRequest) -> ApiResponse:
    async with HttpTransport(request.url, DEFAULT_RETRY_POLICY) as transport:
        return await transport.send(request, DEFAULT_RETRY_POLICY.attempt_timeout_seconds)


def _token(response: ApiResponse, user: User) -> Token:
    answer = JsonObject.parse(SIGN_IN, response.body)
    if response.status != 201:
        offset = response.clock_offset
        raise ApiError(service_problem(SIGN_IN, response.status, answer.values, response.request_id, offset))
    token = answer.required_object("token")
    domain = token.optional_object("domain")
    if not response.token:
        raise invalid_response(SIGN_IN, "field_missing", name="X-Subject-Token")
    return Token(
        value=response.token,
        user_name=for_display(user.user_name),
        domain_id=domain.required_text("id") if domain else "",
        source="sign-in",
        expires=token.timestamp("expires_at"),
    )


@dataclass(frozen=True, slots=True)
class TokenKeySource(WithoutSignIn):
    """Source of temporary keys for the token of another provider.

    Services of a region refuse a token that is scoped to the account, but accept its keys for every project.
    """

    hosts: Hosts
    token_provider: CredentialProvider

    @property
    def label(self) -> str:
        """Display text of the token."""
        return self.token_provider.label

    def load(self) -> Credential:
        """Return new keys for the current token. Raise UnsubError if IAM issues none."""
        token = self.token_provider.current
        if not isinstance(token, Token):
            return token
        try:
            return asyncio.run(_read_token_keys(self.hosts.iam, token))
        except ExchangeError as error:
            raise ApiError(error.problem(TOKEN_KEYS)) from error


async def _read_token_keys(url: str, token: Token) -> AccessKey:
    identity = {"methods": ["token"], "token": {"id": token.value.reveal(), "duration_seconds": TOKEN_KEYS_SECONDS}}
    request = ApiRequest.post(TOKEN_KEYS, f"{url}/v3.0/OS-CREDENTIAL/securitytokens", {"auth": {"identity": identity}})
    async with HttpTransport(url, DEFAULT_RETRY_POLICY) as transport:
        response = await transport.send(request, DEFAULT_RETRY_POLICY.attempt_timeout_seconds)
    answer = JsonObject.parse(TOKEN_KEYS, response.body)
    if response.status not in _KEYS_ISSUED:
        raise ApiError(service_problem(TOKEN_KEYS, response.status, answer.values, response.request_id))
    return _keys(answer, token.source, token.domain_id)


def agency_credentials(source: str, url: str = METADATA_URL) -> AccessKey:
    """Return the current keys of the server's agency, labeled with `source`. Raise CREDENTIALS if there are none."""
    try:
        response = asyncio.run(_read_agency_keys(url))
    except ExchangeError as error:
        raise credential_error("metadata_silent") from error
    if response.status == 401:
        raise credential_error("no_agency")
    if response.status != 200:
        raise credential_error("metadata_keys_refused", status=response.status)
    try:
        return _keys(JsonObject.parse("metadata", response.body), source)
    except ApiError as error:
        raise credential_error("metadata_keys_invalid") from error


def _keys(answer: JsonObject, source: str, domain_id: str = "") -> AccessKey:
    """Return the temporary keys in a response."""
    keys = answer.required_object("credential")
    return AccessKey(
        access_key=keys.required_text("access"),
        secret_key=Secret(keys.required_text("secret")),
        security_token=Secret(keys.required_text("securitytoken")),
        domain_id=domain_id,
        source=source,
        expires=keys.timestamp("expires_at"),
    )


async def _read_agency_keys(url: str) -> ApiResponse:
    seconds = METADATA_TIMEOUT_SECONDS
    retry_policy = RetryPolicy(attempt_timeout_seconds=seconds, connect_timeout_seconds=seconds)
    ttl = {"X-Metadata-Token-Ttl-Seconds": str(METADATA_TOKEN_TTL_SECONDS)}
    token_url, keys_url = f"{url}/meta-data/latest/api/token", f"{url}/openstack/latest/securitykey"
    async with HttpTransport(url, retry_policy) as transport:
        request = ApiRequest(operation="metadata", method="PUT", url=token_url, headers=ttl)
        headers = _token_header(await transport.send(request, seconds))
        request = ApiRequest(operation="metadata", method="GET", url=keys_url, headers=headers)
        return await transport.send(request, seconds)


def _token_header(token: ApiResponse) -> dict[str, str]:
    if token.status == 200 and token.body.isascii():
        return {"X-Metadata-Token": token.body.decode().strip()}
    if token.status not in _TOKEN_UNSUPPORTED_STATUSES:
        raise credential_error("metadata_token_refused", status=token.status)
    return {}
