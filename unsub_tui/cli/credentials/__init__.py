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

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from unsub_tui.api.credentials import CredentialSource
from unsub_tui.cli.credentials import config_file, environment, koocli, sdk_file, terraform
from unsub_tui.cli.credentials.agency import AgencySource
from unsub_tui.cli.credentials.base import LookupResult
from unsub_tui.domain.problem import UnsubError

__all__ = ["ResolvedCredentials", "SourceReport", "find_credentials"]

UNSUPPORTED = {
    "HUAWEICLOUD_SDK_IDP_ID": "federation with SDK variables",
    "HUAWEICLOUD_OIDC_PROVIDER_URN": "OIDC federation",
    "HC_CONTAINER_CREDENTIALS_FULL_URI": "pod identity",
}
"""Variables of other credential methods. They are not read, but reported as not supported."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """The result of looking up one source."""

    location: str
    message: str
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedCredentials:
    """The source in use, and the reports of all sources."""

    source: CredentialSource
    reports: tuple[SourceReport, ...]


def find_credentials(
    environ: Mapping[str, str], keys_file: Path, profile: str, *, is_profile_explicit: bool
) -> ResolvedCredentials:
    """Return the first source with keys. Raises ConfigError if an earlier source is incomplete or broken.

    If the profile is explicit, no other source is read; without keys it raises CREDENTIALS.
    """
    if is_profile_explicit:
        explicit = config_file.load_profile(keys_file, profile)
        return ResolvedCredentials(explicit, (SourceReport(str(keys_file), explicit.label, is_used=True),))
    reports: list[SourceReport] = []
    source: CredentialSource | None = None
    for look_up in _lookups(environ, keys_file, profile):
        result = look_up() if source is None else _look_up_unused(look_up)
        reports.append(
            SourceReport(result.location, result.message, is_used=source is None and result.source is not None)
        )
        source = source or result.source
    reports += [
        SourceReport(name, f"{words}: not supported") for name, words in UNSUPPORTED.items() if environ.get(name)
    ]
    agency = AgencySource(is_disabled=environ.get("UNSUB_NO_AGENCY", "") not in ("", "0"))
    words = "in use" if source is None else "not used"
    reports.append(SourceReport(agency.label, words, is_used=source is None))
    return ResolvedCredentials(source or agency, tuple(reports))


def _lookups(environ: Mapping[str, str], keys_file: Path, profile: str) -> Iterator[Callable[[], LookupResult]]:
    yield lambda: environment.look_up(environ)
    yield lambda: config_file.look_up(keys_file, profile or "default")
    yield lambda: sdk_file.look_up(environ)
    yield lambda: terraform.look_up(environ)
    yield koocli.look_up


def _look_up_unused(look_up: Callable[[], LookupResult]) -> LookupResult:
    """Look up a source after the one in use; an error in it is only reported."""
    try:
        result = look_up()
    except UnsubError as error:
        from unsub_tui.present.problems import problem_details

        return LookupResult("a later source", f"not used; invalid: {problem_details(error.problem)}")
    return replace(result, message="has keys; an earlier source is used") if result.source else result
