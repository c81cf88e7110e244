"""Ways to passports, and QR codes of them: drawn here, without a script or a request."""

import io

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from common.errors import InvalidInput
from identity import selectors as identity_selectors


def passport_address(code: str) -> str:
    """Return the public address of the passport of a code, as a QR code bears it."""
    return str(settings.PUBLIC_URL).rstrip("/") + reverse("portal:passport", args=[code])


def passport_of(text: str) -> str:
    """Return the path of a code's passport; nothing where a text is no code of a known layout."""
    if not text.startswith("SP"):
        return ""
    try:
        identity_selectors.require_identifier(text)
    except InvalidInput:
        return ""
    return reverse("portal:passport", args=[text])


def qr_picture(address: str) -> SafeString:
    """Return a QR code of an address of ours as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=4, border=2, xmldecl=False, title=address
    )
    # Drawn here, of an address of ours.
    return SafeString(out.getvalue().decode())
