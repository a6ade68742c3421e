"""Sign-in to IAM with a password and an optional code of a second factor. The calls block.

Source: the IAM API, `POST /v3/auth/tokens`. Nothing is retried, because repeated wrong passwords lock the user.
"""

from __future__ import annotations

import asyncio

from unsub_tui.api import schemas
from unsub_tui.api.credentials import Token, User, credential_error
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.errors import ApiError, invalid_response, service_problem
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from unsub_tui.api.strict_json import StrictJsonError, loads
from unsub_tui.api.transport import ApiRequest, ApiResponse, ClientConfig, HttpTransport, NoResponseError, NotSentError
from unsub_tui.api.wire_format import parse_timestamp
from unsub_tui.domain.fact import FactCode
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display

OPERATION = "sign_in"
PATH = "/v3/auth/tokens"


def sign_in(
    hosts: Hosts, user: User, password: Secret, passcode: str = "", *, retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY
) -> Token:
    """Return a token scoped to the account. Raise UnsubError with the next step for the user."""
    if passcode and not user.user_id:
        raise credential_error(FactCode.USER_ID_MISSING)
    request = ApiRequest.post(OPERATION, hosts.iam + PATH, _request_body(user, password, passcode))
    response = asyncio.run(_send(ClientConfig(hosts=hosts), request, retry_policy))
    if response.status == 401:
        names = {"user": for_display(user.user_name), "account": for_display(user.account_name)}
        raise credential_error(FactCode.SIGN_IN_REJECTED, **names)
    return _token(response, user)


def _token(response: ApiResponse, user: User) -> Token:
    try:
        document = loads(response.body)
    except StrictJsonError as error:
        raise invalid_response(OPERATION, FactCode.NOT_JSON) from error
    if response.status != 201:
        raise ApiError(
            service_problem(OPERATION, response.status, document, response.request_id, response.clock_offset)
        )
    answer = schemas.parse_model(OPERATION, schemas.WireTokenResponse, document)
    if not response.token:
        raise invalid_response(OPERATION, FactCode.FIELD_MISSING, name="X-Subject-Token")
    return Token(
        value=response.token,
        user_name=for_display(user.user_name),
        domain_id=answer.token.domain.id if answer.token.domain else "",
        source="sign-in",
        expires=parse_timestamp(answer.token.expires_at),
    )


def _request_body(user: User, password: Secret, passcode: str) -> dict[str, object]:
    account = {"name": user.account_name}
    named: dict[str, object] = {"name": user.user_name, "password": password.reveal(), "domain": account}
    identity: dict[str, object] = {"methods": ["password"], "password": {"user": named}}
    if passcode:
        identity["methods"] = ["password", "totp"]
        identity["totp"] = {"user": {"id": user.user_id, "passcode": passcode}}
    return {"auth": {"identity": identity, "scope": {"domain": account}}}


async def _send(config: ClientConfig, request: ApiRequest, retry_policy: RetryPolicy) -> ApiResponse:
    try:
        async with HttpTransport(config, retry_policy, signer=None, connections=0, encoding="identity") as transport:
            return await transport.send(request, retry_policy.attempt_timeout_seconds)
    except (NotSentError, NoResponseError) as error:
        raise ApiError(error.problem(request.operation)) from error
