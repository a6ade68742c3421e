"""Whose keys these are: the calls of IAM and STS by which a client learns the account's id."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.tenancy import ACCOUNT_NAME


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


OPERATIONS = (
    Operation(name="auth_domains", method="GET", path="/v3/auth/domains", act=auth_domains),
    Operation(name="caller_identity", method="GET", path="/v5/caller-identity", act=caller_identity),
)
