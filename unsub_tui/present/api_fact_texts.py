"""The words of the facts that the API clients state; `present/fact_texts.py` formats them."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.domain.fact import Code, FactCode
from unsub_tui.present.i18n import _

_CONNECTION_SETTINGS = {
    FactCode.ENDPOINT_CREDENTIALS: _("the endpoint must not contain a user name or password"),
    FactCode.ENDPOINT_INVALID: _("the endpoint is not a URL"),
    FactCode.ENDPOINT_NOT_A_HOST: _(
        "the endpoint must be a scheme and a host, such as https://bss-intl.myhuaweicloud.com"
    ),
    FactCode.ENDPOINT_SCHEME: _(
        "the endpoint must begin with https:// (http only for a loopback address such as 127.0.0.1)"
    ),
    FactCode.NETWORK_ENVIRONMENT: _("the proxy or the certificates named in the environment cannot be used"),
    FactCode.SITE_UNKNOWN: _("the site must be one of {sites}"),
    FactCode.SITE_UNDETERMINED: _("the site of the endpoint is unknown; set UNSUB_SITE, or `site` in the profile"),
}

_CREDENTIALS = {
    FactCode.CREDENTIALS_NOT_LOADED: _("no credentials are loaded"),
    FactCode.CREDENTIAL_MALFORMED: _("the {part} is empty or contains an invalid character"),
    FactCode.SIGN_IN_IMPOSSIBLE: _("these credentials are not a sign-in; correct them at their source"),
    FactCode.SIGN_IN_REJECTED: _(
        "{user} of {account} could not sign in: name, password or code are wrong, or it is a HUAWEI ID; use an "
        "IAM user with programmatic access"
    ),
    FactCode.USER_ID_MISSING: _("a code of a second factor requires user_id in the profile; the console shows it"),
    FactCode.METADATA_SILENT: _("the metadata service did not respond; this machine may not be a Huawei Cloud ECS"),
    FactCode.METADATA_TOKEN_REFUSED: _("the metadata service returned no token (HTTP {status})"),
    FactCode.METADATA_KEYS_REFUSED: _("the metadata service returned no keys (HTTP {status})"),
    FactCode.METADATA_KEYS_INVALID: _("the response of the metadata service contains no keys"),
    FactCode.NO_AGENCY: _("this server has no agency for cloud services; assign one in the ECS console"),
}

_NETWORK = {
    FactCode.CANCELED: _("canceled before the response arrived"),
    FactCode.CONNECTION_BROKEN: _("the connection broke"),
    FactCode.CONNECTION_FAILED: _("no connection ({error})"),
    FactCode.CONNECTION_TIMEOUT: _("no connection in time"),
    FactCode.CONNECTIONS_BUSY: _("no connection became free in time"),
    FactCode.NOT_HTTP: _("the response was cut off, or is not HTTP"),
    FactCode.PROXY_REFUSED: _("the proxy refused the connection"),
    FactCode.REQUEST_IMPOSSIBLE: _("the request could not be made"),
    FactCode.RESPONSE_DAMAGED: _("the compressed response is damaged"),
    FactCode.RESPONSE_ENCODING: _("the response has an encoding that was not requested"),
    FactCode.RESPONSE_TIMEOUT: _("no complete response within {seconds} s"),
    FactCode.RESPONSE_TOO_LARGE: _("the response is larger than {megabytes} MB"),
    FactCode.LISTING_MOVED: _("rows moved while the list was read"),
    FactCode.PAGE_LENGTH: _("a page had {count} rows instead of {expected}"),
    FactCode.ROW_REPEATED: _("a row was listed twice"),
    FactCode.ROWS_MISSING: _("{count} of {total} rows were listed"),
    FactCode.TOTAL_CHANGED: _("the list had {before} rows at first and {after} later"),
}

_RESPONSES = {
    FactCode.API_NOT_PUBLISHED: _(
        "there is no such API at this address: the endpoint or the site is wrong, or the API is not published"
    ),
    FactCode.CLOCK_DIFFERENCE: _("this machine's clock differs from Huawei Cloud's by {seconds} s"),
    FactCode.OTHER_SITE: _("it belongs to {site}"),
    FactCode.REDIRECTED: _("redirects are not followed"),
    FactCode.FIELD_INVALID: _("the field {name} is invalid"),
    FactCode.FIELD_MISSING: _("the field {name} is missing"),
    FactCode.FIELD_OF_ORDER_MISSING: _("the field {name} of order {order_id} is missing"),
    FactCode.NO_OUTCOME: _("the response contains neither an order nor an error"),
    FactCode.NO_PRICE: _("the response contains no price for it"),
    FactCode.NOT_AN_OBJECT: _("the response is not a JSON object"),
    FactCode.NOT_JSON: _("the response is not valid JSON"),
    FactCode.ORDER_AND_ERROR: _("the response contains an order and an error"),
    FactCode.OTHER_ORDER: _("the response is about another order"),
    FactCode.OTHER_RESOURCES: _("the response does not match the resources of the request"),
    FactCode.STATUS_UNDOCUMENTED: _("the HTTP status is not documented"),
}

CREDENTIAL_PARTS: Mapping[str, str] = {
    "access_key": _("access key"),
    "secret_key": _("secret key"),
    "security_token": _("security token"),
    "account_id": _("account id"),
    "token": _("token"),
}
"""Parts of credentials."""

API_FACT_SENTENCES: Mapping[Code, str] = {**_CONNECTION_SETTINGS, **_CREDENTIALS, **_NETWORK, **_RESPONSES}
"""Sentences by code."""
