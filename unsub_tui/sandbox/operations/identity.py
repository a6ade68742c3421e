"""Operations of IAM, STS and the ECS metadata service: account and caller identity, sign-in, temporary keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from unsub_tui.sandbox.account_fixtures import ACCOUNT_NAME, DOMAIN_ID
from unsub_tui.sandbox.asgi import RawResponse, to_json
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.service_errors import invalid_value

_MIN_KEY_SECONDS, _MAX_KEY_SECONDS = 900, 86400
_METADATA_TOKEN = "sandbox-metadata-token"  # noqa: S105 - invented


@partial(Operation, "GET", "/v3/auth/domains")
def auth_domains(_: Call) -> Payload:
    """Return the only account that the keys belong to."""
    domains = "https://iam.myhuaweicloud.com/v3/domains"
    account = {"id": DOMAIN_ID, "name": ACCOUNT_NAME, "enabled": True, "description": ""}
    return {
        "domains": [{**account, "links": {"self": f"{domains}/{DOMAIN_ID}"}}],
        "links": {"self": "https://iam.myhuaweicloud.com/v3/auth/domains"},
    }


@partial(Operation, "GET", "/v5/caller-identity")
def caller_identity(call: Call) -> Payload:
    """Return the identity of the caller."""
    user = call.key.user
    user_id, name = (user.user_id, user.name) if user is not None else (DOMAIN_ID, ACCOUNT_NAME)
    return {"account_id": DOMAIN_ID, "principal_urn": f"iam::{DOMAIN_ID}:user:{name}", "principal_id": user_id}


@partial(Operation, "POST", "/v3/auth/tokens", is_unauthenticated=True)
def auth_tokens(call: Call) -> RawResponse:
    """Sign in a user; the token is in the X-Subject-Token header."""
    identity = _inner(call.parameters.raw(), "auth", "identity")
    user = _inner(identity, "password", "user")
    second = _inner(identity, "totp", "user")
    owner = call.auth_state.sign_in(
        _text(user, "name"), _text(user, "password"), _text(second, "id"), _text(second, "passcode")
    )
    if owner is None or _inner(user, "domain").get("name") != ACCOUNT_NAME:
        message = "The username or password is wrong."
        body: Payload = {"error": {"code": 401, "message": message, "title": "Unauthorized"}}
        return RawResponse(content=to_json(body), status=401)
    token, ends = call.auth_state.issue_token()
    domain = {"id": DOMAIN_ID, "name": ACCOUNT_NAME}
    body = {
        "token": {
            "expires_at": _precise(ends),
            "issued_at": _precise(datetime.now(UTC)),
            "methods": identity.get("methods"),
            "user": {"id": owner.user_id, "name": owner.name, "domain": domain, "password_expires_at": ""},
            "domain": domain,
            "roles": [{"id": "0", "name": "te_admin"}],
            "catalog": [],
        }
    }
    return RawResponse(content=to_json(body), status=201, headers={"x-subject-token": token})


def _text(document: Mapping[str, object], name: str) -> str:
    return str(document.get(name, ""))


def _inner(document: object, *names: str) -> Mapping[str, object]:
    for name in names:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _precise(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@partial(Operation, "POST", "/v3.0/OS-CREDENTIAL/securitytokens", is_unauthenticated=True)
def security_tokens(call: Call) -> RawResponse:
    """Return temporary keys for the token in the body."""
    token = _inner(call.parameters.raw(), "auth", "identity", "token")
    call.auth_state.key_for_token(_text(token, "id"))
    lifetime = token.get("duration_seconds", _MIN_KEY_SECONDS)
    if not isinstance(lifetime, int) or not _MIN_KEY_SECONDS <= lifetime <= _MAX_KEY_SECONDS:
        raise invalid_value("duration_seconds", "not within 900 and 86400")
    return _keys_response(call, 201, lifetime)


@partial(Operation, "PUT", "/meta-data/latest/api/token", is_unauthenticated=True)
def metadata_token(call: Call) -> RawResponse:
    """Return a metadata token, or status 404 if this version does not support tokens."""
    if not call.auth_state.supports_metadata_tokens:
        return RawResponse(content=b"", status=404)
    if "x-metadata-token-ttl-seconds" not in call.headers:
        return RawResponse(content=b"", status=400)
    return RawResponse(content=_METADATA_TOKEN.encode())


@partial(Operation, "GET", "/openstack/latest/securitykey", is_unauthenticated=True)
def metadata_keys(call: Call) -> RawResponse:
    """Return temporary keys of the server's agency."""
    if call.auth_state.supports_metadata_tokens and call.headers.get("x-metadata-token") != _METADATA_TOKEN:
        return RawResponse(content=b"", status=401)
    if not call.auth_state.has_agency:
        return RawResponse(content=b"a cloud service agency must be configured", status=401)
    return _keys_response(call, 200)


def _keys_response(call: Call, status: int, seconds: float = _MAX_KEY_SECONDS) -> RawResponse:
    keys = call.auth_state.issue_temporary_keys(seconds)
    credential = {
        "access": keys.access_key,
        "secret": keys.secret_key,
        "securitytoken": keys.security_token,
        "expires_at": _precise(keys.expires),
    }
    return RawResponse(content=to_json({"credential": credential}), status=status)
