"""The one address under which the market is known; nothing that is sent takes it from a request."""

from urllib.parse import urlsplit

from django.conf import settings


def public(address: str) -> str:
    """Return a path, or an address under whatever host, as an address of the market."""
    parts = urlsplit(address)
    rest = parts._replace(scheme="", netloc="").geturl()
    return f"{settings.PUBLIC_URL}/{rest.lstrip('/')}"
