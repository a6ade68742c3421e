"""Huawei Cloud hosts, and validation of custom endpoints. Imports no HTTP library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

_NAME = re.compile(r"(?!.{254})[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")

# `ip_address.is_loopback` is not used: since Python 3.13, it is also true for IPv4-mapped IPv6 addresses.
_LOOPBACK = ip_network("127.0.0.0/8"), ip_network("::1")

SERVICE_KEYS = ("ecs", "evs", "vpc", "rds", "cce", "cbr", "ces", "rms")
"""Keys of the services beside billing, each with hosts of its own; EIPs belong to `vpc`, Config is `rms`."""

METADATA_URL = "http://169.254.169.254"
"""ECS metadata service; a link-local address, which is not routed from other machines."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base URLs of the services of a site; billing has one global host per site."""

    bss: str
    iam: str
    sts: str
    eps: str

    @classmethod
    def for_site(cls, site: str, override: str = "") -> Hosts:
        """Return the hosts of a site, all replaced by `override` if set. Raise CONFIG for invalid values."""
        if override:
            check_endpoint(override)
            base = override.rstrip("/")
            return cls(base, base, base, base)
        if site not in _SITES:
            raise _config_error("site_unknown", sites=", ".join(_SITES))
        return _SITES[site]


DEFAULT_SITE = "cn"
"""Site that is probed first to find an account's site; it also recognizes accounts of intl."""

_STS = "https://sts.cn-north-4.myhuaweicloud.com"
"""The default of Huawei Cloud's SDK for all sites; its documents list no host for eu."""
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
    """Return the site with this billing host, or an empty string."""
    return next((site for site, hosts in _SITES.items() if hosts.bss == url.rstrip("/")), "")


def sibling_site(url: str) -> str:
    """Return the site of accounts that this billing host rejects with WRONG_SITE, or an empty string.

    The Chinese and the international site recognize each other's keys; the European site does not.
    """
    return {"cn": "intl", "intl": "cn"}.get(site_for_endpoint(url), "")


def check_endpoint(url: str) -> None:
    """Raise CONFIG unless `url` is https with a host, or http with a loopback address literal."""
    parts = _split(url)
    host = parts.hostname or ""
    if "@" in parts.netloc:
        raise _config_error("endpoint_credentials")
    if parts.path not in ("", "/") or "?" in url or "#" in url or not (_NAME.fullmatch(host) or _ip_address(host)):
        raise _config_error("endpoint_not_a_host")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return
    raise _config_error("endpoint_scheme")


def _split(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _config_error("endpoint_invalid")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _config_error("endpoint_invalid") from error
    return parts


def is_direct(url: str) -> bool:
    """Return whether the host is loopback or the metadata service, so that proxies must not be used."""
    return url == METADATA_URL or is_loopback(urlsplit(url).hostname or "")


def is_loopback(host: str) -> bool:
    """Return whether the host is an IPv4 or IPv6 loopback address literal."""
    address = _ip_address(host)
    return address is not None and any(address in each for each in _LOOPBACK)


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _config_error(code: FactCode, /, **values: str) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.CONFIG, facts=(fact(code, **values),)))
