"""Why another server gave no answer, in words that people read in place of a code."""

from typing import Final

from django.utils.translation import gettext_lazy

# What has none is shown as it is.
ERRORS: Final = {
    "outbound_refused": gettext_lazy("The server could not be asked"),
    "outbound_address_invalid": gettext_lazy("The address cannot be called"),
    "outbound_address_refused": gettext_lazy("The address leads into a private network"),
    "outbound_name_unknown": gettext_lazy("The name of the server is not known"),
    "outbound_unreachable": gettext_lazy("Nobody takes the connection"),
    "outbound_tls_failed": gettext_lazy("The certificate is not valid"),
    "outbound_timed_out": gettext_lazy("No answer in time"),
    "outbound_reply_unreadable": gettext_lazy("The answer cannot be read"),
    "outbound_reply_too_large": gettext_lazy("The answer is too large"),
    "outbound_redirected": gettext_lazy("A redirect, which is not followed"),
    "unexpected": gettext_lazy("A fault of the market"),
}


def error_text(code: str) -> str:
    """Return what an error is called."""
    return str(ERRORS.get(code, code))


def probe_answer(status: int | None, took_ms: int | None, problem: str) -> str:
    """Return what an address answered when the market asked it; a dash before it was asked."""
    if status is not None:
        return f"{status} · {took_ms} ms"
    return error_text(problem) or "–"
