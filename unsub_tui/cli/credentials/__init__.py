"""Finds the credentials of an account.

The first of these sources that has credentials is used:

1. a profile named by `--profile` or `UNSUB_PROFILE`; no other source is read then
2. Huawei Cloud's SDK variables: HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_SECURITY_TOKEN
3. credentials.toml beside our settings
4. the SDK's profile file: ~/.huaweicloud/credentials, or HUAWEICLOUD_SDK_CREDENTIALS_FILE
5. Terraform's variables: HW_AUTH_TOKEN, then HW_ACCESS_KEY and HW_SECRET_KEY, then HW_USER_NAME and HW_USER_PASSWORD
6. KooCLI's file ~/.hcloud/config.json, if its keys are not encrypted
7. the agency of the server that the program runs on, if no other source has any and UNSUB_NO_AGENCY is not set to 1

Every source adds a report. An incomplete key pair is an error; a broken file after the source in use is only reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from unsub_tui.api.credentials import CredentialSource
from unsub_tui.cli.config.paths import credentials_file
from unsub_tui.cli.credentials import config_file, environment, tool_files
from unsub_tui.cli.credentials.sources import AgencySource, LookupResult
from unsub_tui.domain.problem import UnsubError

UNSUPPORTED = {
    "HUAWEICLOUD_SDK_IDP_ID": "federation with SDK variables",
    "HUAWEICLOUD_OIDC_PROVIDER_URN": "OIDC federation",
    "HC_CONTAINER_CREDENTIALS_FULL_URI": "pod identity",
}
"""Variables of other credential methods. They are not read, but reported as not supported."""


def find_credentials(profile: str, *, is_profile_explicit: bool) -> tuple[CredentialSource, Sequence[LookupResult]]:
    """Return the first source with keys, and the results of all look-ups.

    Raises ConfigError if an earlier source is incomplete or broken. If the profile is explicit, no other source is
    read; without keys it raises CREDENTIALS.
    """
    if is_profile_explicit:
        explicit = config_file.load_profile(profile)
        return explicit, [LookupResult(str(credentials_file()), explicit.label, explicit)]
    lookups: list[Callable[[], LookupResult]] = [
        environment.look_up_sdk,
        partial(config_file.look_up, profile or "default"),
        tool_files.look_up_sdk,
        environment.look_up_terraform,
        tool_files.look_up_koocli,
    ]
    results: list[LookupResult] = []
    source: CredentialSource | None = None
    for look_up in lookups:
        # Sources after the one in use are looked up for the reports of `doctor`.
        results.append(look_up() if source is None else _look_up_unused(look_up))
        source = source or results[-1].source
    results += [
        LookupResult(name, f"{words}: not supported") for name, words in UNSUPPORTED.items() if os.environ.get(name)
    ]
    agency = AgencySource(is_disabled=os.environ.get("UNSUB_NO_AGENCY", "") not in ("", "0"))
    results.append(LookupResult(agency.label, "not used") if source else LookupResult(agency.label, "in use", agency))
    return source or agency, results


def _look_up_unused(look_up: Callable[[], LookupResult]) -> LookupResult:
    """Look up a source after the one in use, without its credentials; an error in it is only reported."""
    try:
        result = look_up()
    except UnsubError as error:
        from unsub_tui.present.problems import problem_details

        return LookupResult("a later source", f"not used; invalid: {problem_details(error.problem)}")
    return LookupResult(result.location, "has keys; an earlier source is used") if result.source else result
