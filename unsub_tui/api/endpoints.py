"""The vendor's hosts, and which others may be named instead. Imports no HTTP library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

_NAME = re.compile(r"(?!.{254})[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")

# Not `is_loopback` of the address: from Python 3.13 on it is true of IPv4 addresses in IPv6 form as well.
_LOOPBACK = ip_network("127.0.0.0/8"), ip_network("::1")

METADATA_URL = "http://169.254.169.254"
"""Where a server of the vendor's asks about itself; an address of the link, which no route leads to from elsewhere."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where the services of one site answer; billing is global, one host a site."""

    bss: str
    iam: str
    sts: str
    eps: str

    @classmethod
    def for_site(cls, site: str, override: str = "") -> Hosts:
        """Return the hosts of a site, or the override standing for all of them."""
        if override:
            check_endpoint(override)
            base = override.rstrip("/")
            return cls(bss=base, iam=base, sts=base, eps=base)
        if site not in _SITES:
            raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail=f"the site must be one of {', '.join(_SITES)}"))
        return _SITES[site]

    @classmethod
    def metadata(cls, base: str = METADATA_URL) -> Hosts:
        """Return the metadata service of the machine; it is the one that is never asked by https."""
        return cls(bss=base, iam=base, sts=base, eps=base)

    @property
    def is_direct(self) -> bool:
        """Whether this machine itself answers, or its metadata service: no proxy is asked then."""
        return self.bss == METADATA_URL or is_loopback(urlsplit(self.bss).hostname or "")


DEFAULT_SITE = "cn"
"""Where it is asked first to which site an account belongs; it knows the accounts of intl, too."""

_STS = "https://sts.cn-north-4.myhuaweicloud.com"
_EPS = "https://eps.myhuaweicloud.com"
_SITES = {
    "cn": Hosts("https://bss.myhuaweicloud.com", "https://iam.myhuaweicloud.com", _STS, _EPS),
    "intl": Hosts("https://bss-intl.myhuaweicloud.com", "https://iam.myhuaweicloud.com", _STS, _EPS),
    "eu": Hosts(
        "https://bss.myhuaweicloud.eu",
        "https://iam.eu-west-101.myhuaweicloud.eu",
        _STS,
        "https://eps.eu-west-101.myhuaweicloud.eu",
    ),
}


def site_for_endpoint(url: str) -> str:
    """Return the site whose billing host this is, or nothing."""
    return next((site for site, hosts in _SITES.items() if hosts.bss == url.rstrip("/")), "")


def sibling_site(url: str) -> str:
    """Return the site of an account that this billing host refuses as another site's, or nothing.

    The Chinese and the international site share their keys; the European one would not know them at all.
    """
    return {"cn": "intl", "intl": "cn"}.get(site_for_endpoint(url), "")


def check_endpoint(url: str) -> None:
    """Raise a CONFIG problem unless `url` is https and a host, or http and a loopback address literal."""
    parts = _split(url)
    host = parts.hostname or ""
    if "@" in parts.netloc:
        raise _invalid_endpoint("it must not contain a user name or password")
    if parts.path not in ("", "/") or "?" in url or "#" in url or not (_NAME.fullmatch(host) or _is_ip_address(host)):
        raise _invalid_endpoint("it must be a scheme and a host, such as https://bss-intl.myhuaweicloud.com")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return
    raise _invalid_endpoint("it must begin with https:// (http only for a loopback address such as 127.0.0.1)")


def _split(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _invalid_endpoint("it is not an address")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _invalid_endpoint("it is not an address") from error
    return parts


def _parse_ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _is_ip_address(host: str) -> bool:
    return _parse_ip_address(host) is not None


def is_loopback(host: str) -> bool:
    """Return whether a host is a loopback address literal, of IPv4 or of IPv6."""
    address = _parse_ip_address(host)
    return address is not None and any(address in each for each in _LOOPBACK)


def _invalid_endpoint(reason: str) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.CONFIG, detail=f"the endpoint is refused: {reason}"))
