"""Who may see figures: whoever brings the token, or comes from an address that a setting names."""

import ipaddress
import secrets
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

_SCHEME: Final = "bearer "
# What a proxy adds. Where none is counted, whoever comes through one may be anybody.
_PROXIED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def may_watch(request: HttpRequest) -> bool:
    """Tell whether a caller may see more than strangers do."""
    return brings_token(request.headers.get("Authorization", "")) or _is_near(request)


def brings_token(header: str) -> bool:
    """Tell whether an Authorization header carries the token, where there is one."""
    wanted: str = settings.SUANPAN_METRICS_TOKEN
    given = header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""
    return bool(wanted) and secrets.compare_digest(given.encode(), wanted.encode())


def is_allowed(address: str) -> bool:
    """Tell whether a setting names an address, or a network that it lies in."""
    try:
        caller = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    return any(caller in network for network in settings.SUANPAN_METRICS_NETWORKS)


def _is_near(request: HttpRequest) -> bool:
    is_proxied = any(name in request.headers for name in _PROXIED)
    if is_proxied and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return False
    return is_allowed(get_adapter().get_client_ip(request))
