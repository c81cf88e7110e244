"""Endpoints as providers write them: hosts, and addresses of SSH and HTTPS. Pure."""

import re
from typing import Final

from marketplace.fulfilment.handover_contracts import (
    ENDPOINT_LENGTH_MAX,
    AccessKind,
    EndpointInvalid,
)

PORT_MAX: Final = 65_535
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = rf"(?:{_LABEL}(?:\.{_LABEL}){{0,20}}\.?|\[[0-9a-f:.]{{2,45}}\])"
_PORT: Final = r"(?::(?P<port>[0-9]{1,5}))?"
_FORMS: Final = (
    re.compile(_HOST + _PORT, re.ASCII | re.IGNORECASE),
    re.compile(rf"ssh://(?:[a-z0-9._-]{{1,64}}@)?{_HOST}{_PORT}/?", re.ASCII | re.IGNORECASE),
    re.compile(rf"https://{_HOST}{_PORT}(?:[/?#][!-~]*)?", re.ASCII | re.IGNORECASE),
)


def read_endpoint(text: str) -> str:
    """
    Return an endpoint as it is kept; nothing stays nothing.

    A host, host:port, ssh://user@host:port or an https address; none of them holds a password.

    :raises EndpointInvalid: if it is something else
    """
    endpoint = text.strip()
    if not endpoint:
        return ""
    found = next((match for form in _FORMS if (match := form.fullmatch(endpoint))), None)
    if found is None or len(endpoint) > ENDPOINT_LENGTH_MAX:
        raise EndpointInvalid(field="endpoint")
    if found["port"] is not None and not 1 <= int(found["port"]) <= PORT_MAX:
        raise EndpointInvalid(field="endpoint")
    return endpoint


def access_kind_of(endpoint: str) -> AccessKind:
    """Return what kind of place an endpoint is."""
    scheme, found, _rest = endpoint.lower().partition("://")
    if not found:
        return AccessKind.OTHER
    return AccessKind.SSH if scheme == "ssh" else AccessKind.HTTPS
