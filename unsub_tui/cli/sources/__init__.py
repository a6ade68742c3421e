"""Where keys come from.

The first of these that has any is used:

1. a profile named by `--profile` or `UNSUB_PROFILE`, which stands alone
2. the vendor's SDK variables: HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_SECURITY_TOKEN
3. credentials.toml beside our settings
4. the SDK's profile file: ~/.huaweicloud/credentials, or HUAWEICLOUD_SDK_CREDENTIALS_FILE
5. Terraform's variables: HW_AUTH_TOKEN, then HW_ACCESS_KEY and HW_SECRET_KEY, then HW_USER_NAME and HW_USER_PASSWORD
6. KooCLI's file ~/.hcloud/config.json, where its keys are in clear
7. the agency of the server that the program runs on, asked once nothing else has any, unless UNSUB_NO_AGENCY is 1

Every one leaves a line of what it found. A pair of which one half is missing is a mistake that is told; a broken file
behind the one in use is only mentioned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from unsub_tui.api.credentials import CredentialSource
from unsub_tui.cli.sources import environment, koocli, ours, sdkfile, terraform
from unsub_tui.cli.sources.agency import AgencySource
from unsub_tui.cli.sources.finding import Finding
from unsub_tui.domain.problem import UnsubError

__all__ = ["Found", "Looked", "find"]

UNSUPPORTED = {
    "HUAWEICLOUD_SDK_IDP_ID": "federation by the SDK's variables",
    "HUAWEICLOUD_OIDC_PROVIDER_URN": "OIDC federation",
    "HC_CONTAINER_CREDENTIALS_FULL_URI": "pod identity",
}
"""Other ways to keys that the environment may name; they are not read, and that is said."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one source had to give."""

    place: str
    finding: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The source in use, and what every one of them had to give."""

    source: CredentialSource
    looked: tuple[Looked, ...]


def find(environ: Mapping[str, str], keys_file: Path, profile: str, *, is_named: bool) -> Found:
    """Return the first source with keys; raises ConfigError for one before it that is half set or broken.

    A profile that was named stands alone; without keys that is a CREDENTIALS problem.
    """
    if is_named:
        named = ours.named(keys_file, profile)
        return Found(named, (Looked(str(keys_file), named.label, used=True),))
    looked: list[Looked] = []
    source: CredentialSource | None = None
    for look in _looks(environ, keys_file, profile):
        finding = look() if source is None else _mildly(look)
        looked.append(Looked(finding.place, finding.words, used=source is None and finding.source is not None))
        source = source or finding.source
    looked += [Looked(name, f"{words}: not supported") for name, words in UNSUPPORTED.items() if environ.get(name)]
    agency = AgencySource(is_off=environ.get("UNSUB_NO_AGENCY", "") not in ("", "0"))
    words = "asked for its keys" if source is None else "not asked"
    looked.append(Looked(agency.label, words, used=source is None))
    return Found(source or agency, tuple(looked))


def _looks(environ: Mapping[str, str], keys_file: Path, profile: str) -> Iterator[Callable[[], Finding]]:
    yield lambda: environment.look(environ)
    yield lambda: ours.look(keys_file, profile or "default")
    yield lambda: sdkfile.look(environ)
    yield lambda: terraform.look(environ)
    yield koocli.look


def _mildly(look: Callable[[], Finding]) -> Finding:
    """Return what a source has that is not needed; that it is broken is only told."""
    try:
        finding = look()
    except UnsubError as error:
        return Finding("a later source", f"not used, and broken: {error.problem.detail}")
    return replace(finding, words="has keys, which come later in order") if finding.source else finding
