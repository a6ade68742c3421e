"""Whose keys these are, and how one gets others: the calls of IAM, STS and of a server's metadata service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from unsub_tui.sandbox.calls import Answer, Call, Operation, Payload
from unsub_tui.sandbox.tenancy import ACCOUNT_NAME
from unsub_tui.sandbox.wire import to_json


def auth_domains(call: Call) -> Payload:
    """List the accounts that the keys belong to: one."""
    link = f"https://iam.myhuaweicloud.com/v3/domains/{call.domain_id}"
    return {
        "domains": [
            {
                "id": call.domain_id,
                "name": ACCOUNT_NAME,
                "enabled": True,
                "description": "",
                "links": {"self": link},
            }
        ],
        "links": {"self": "https://iam.myhuaweicloud.com/v3/auth/domains"},
    }


def caller_identity(call: Call) -> Payload:
    """Say who calls."""
    return {
        "account_id": call.domain_id,
        "principal_urn": f"iam::{call.domain_id}:user:{ACCOUNT_NAME}",
        "principal_id": call.domain_id,
    }


def auth_tokens(call: Call) -> Answer:
    """Sign a user in; the token is in a header."""
    identity = _inner(call.parameters.whole(), "auth", "identity")
    user = _inner(identity, "password", "user")
    second = _inner(identity, "totp", "user")
    account = _inner(user, "domain").get("name")
    found = call.realm.sign_in(
        _text(user, "name"), _text(user, "password"), _text(second, "id"), _text(second, "passcode")
    )
    if found is None or account != ACCOUNT_NAME:
        message = "The username or password is wrong."
        body: Payload = {"error": {"code": 401, "message": message, "title": "Unauthorized"}}
        return Answer(content=to_json(body), status=401)
    token, owner, ends = found
    domain = {"id": call.domain_id, "name": ACCOUNT_NAME}
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
    return Answer(content=to_json(body), status=201, headers={"x-subject-token": token})


def _text(document: Mapping[str, object], name: str) -> str:
    return str(document.get(name, ""))


def _inner(document: object, *names: str) -> Mapping[str, object]:
    for name in names:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _precise(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def metadata_token(call: Call) -> Answer:
    """Give a token to whoever is on the machine, where this version knows tokens."""
    if not call.realm.knows_metadata_tokens:
        return Answer(content=b"", status=404)
    if "x-metadata-token-ttl-seconds" not in call.headers:
        return Answer(content=b"", status=400)
    return Answer(content=call.realm.metadata_token().encode())


def metadata_keys(call: Call) -> Answer:
    """Give the temporary keys of the server's agency."""
    if not call.realm.knows_metadata_token(call.headers.get("x-metadata-token", "")):
        return Answer(content=b"", status=401)
    if not call.realm.has_agency:
        return Answer(content=b"a cloud service agency must be configured", status=401)
    keys = call.realm.temporary_keys()
    credential = {
        "access": keys.access_key,
        "secret": keys.secret_key,
        "securitytoken": keys.security_token,
        "expires_at": _precise(keys.expires),
    }
    return Answer(content=to_json({"credential": credential}))


OPERATIONS = (
    Operation(name="auth_domains", method="GET", path="/v3/auth/domains", act=auth_domains),
    Operation(name="caller_identity", method="GET", path="/v5/caller-identity", act=caller_identity),
    Operation(name="auth_tokens", method="POST", path="/v3/auth/tokens", act=auth_tokens, is_open=True),
    Operation(
        name="metadata_token", method="PUT", path="/meta-data/latest/api/token", act=metadata_token, is_open=True
    ),
    Operation(
        name="metadata_keys", method="GET", path="/openstack/latest/securitykey", act=metadata_keys, is_open=True
    ),
)
