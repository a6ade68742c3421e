"""The vendor's hosts, and which others may be named instead. Imports no HTTP library."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where the services of one site answer; billing is global, one host a site."""

    bss: str
    iam: str
    sts: str

    @classmethod
    def of(cls, site: str, override: str = "") -> Hosts:
        """Return the hosts of a site, or the override standing for all of them."""
        if override:
            check_endpoint(override)
            base = override.rstrip("/")
            return cls(bss=base, iam=base, sts=base)
        return _SITES[site]


_STS = "https://sts.cn-north-4.myhuaweicloud.com"
_SITES = {
    "cn": Hosts("https://bss.myhuaweicloud.com", "https://iam.myhuaweicloud.com", _STS),
    "intl": Hosts("https://bss-intl.myhuaweicloud.com", "https://iam.myhuaweicloud.com", _STS),
    "eu": Hosts("https://bss.myhuaweicloud.eu", "https://iam.eu-west-101.myhuaweicloud.eu", _STS),
}


def check_endpoint(url: str) -> None:
    """Raise a CONFIG problem unless `url` is https, or http to a loopback address literal."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _refused("it is not an address") from error
    if parts.username or parts.password:
        raise _refused("it must not contain a user name or password")
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _refused("it must be a scheme and a host, such as https://bss-intl.myhuaweicloud.com")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return
    raise _refused("it must begin with https:// (http only for a loopback address such as 127.0.0.1)")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(why: str) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.CONFIG, detail=f"the endpoint is refused: {why}"))
