"""Whether browsers can keep passkeys for this market: they keep them for names, not for numbers."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings


def are_possible() -> bool:
    """Return whether the market's own address has a name."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False
