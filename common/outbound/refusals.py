"""Why a request did not go out, or brought nothing back."""

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal


class InsideTransaction(RuntimeError):  # noqa: N818 - it says where, as the others say what
    """A mistake of the program: it would hold locks while a stranger's server answers, or not."""


class OutboundRefused(Refusal):
    """A request to another server was not made, or not answered as asked."""

    code = "outbound_refused"
    status = 502
    sentence = _("The other server could not be asked.")


class AddressInvalid(OutboundRefused):
    """The text is no address that can be called."""

    code = "outbound_address_invalid"
    status = 400
    sentence = _(
        "This is no address that can be called: it begins with https://, names a server and holds "
        "no user name, fragment, space or control character."
    )


class HostNotAscii(AddressInvalid):
    """The name of the server holds letters that may look like others."""

    code = "outbound_host_not_ascii"
    sentence = _(
        "The server's name holds letters outside ASCII, some of which look like others: write it in"
        " plain letters, or as xn--…."
    )


class AddressRefused(OutboundRefused):
    """The address leads to a place that requests of the market must not reach."""

    code = "outbound_address_refused"
    status = 400
    sentence = _("This address leads into a private or reserved network or to a barred port.")


class NameUnknown(OutboundRefused):
    """The name of the server has no address, or none in time."""

    code = "outbound_name_unknown"
    sentence = _("The name of the server is not known.")


class Unreachable(OutboundRefused):
    """Nobody answers at the address."""

    code = "outbound_unreachable"
    sentence = _("The server does not take connections.")


class TlsFailed(OutboundRefused):
    """The server did not prove its name, or speaks no TLS."""

    code = "outbound_tls_failed"
    sentence = _("No secure connection: the server's certificate is not valid for its name.")


class TimedOut(OutboundRefused):
    """Connecting, one step, or all of it took too long."""

    code = "outbound_timed_out"
    status = 504
    sentence = _("The server did not answer in time.")


class ReplyTooLarge(OutboundRefused):
    """The answer has more bytes than were asked for, as sent or unpacked."""

    code = "outbound_reply_too_large"
    sentence = _("The server's answer is too large.")


class ReplyUnreadable(OutboundRefused):
    """The answer broke off, or is no HTTP."""

    code = "outbound_reply_unreadable"
    sentence = _("The server's answer cannot be read.")


class Redirected(OutboundRefused):
    """The server named another address; nobody checked that one."""

    code = "outbound_redirected"
    sentence = _("The server answered with a redirect, which is not followed.")
