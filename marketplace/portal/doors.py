"""What the market is for each reader, in three steps."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class ReaderDoor:
    """What one kind of reader finds here, and where it begins."""

    title: str
    about: str
    steps: tuple[str, ...]
    address: str
    link: str


def doors() -> list[ReaderDoor]:
    """Return the doors of the front page."""
    ask = reverse("portal:ask-access")
    return [
        ReaderDoor(
            _("I need compute"),
            _("Compare in one unit, pay part of it with a voucher, pay for what was measured."),
            (_("Compare offers"), _("Order with a voucher"), _("Pay by readings")),
            reverse("portal:market"),
            _("See the market"),
        ),
        ReaderDoor(
            _("I have capacity"),
            _("Register it once, list it by the hour, be paid by what meters record."),
            (_("Register a resource"), _("Connect a meter"), _("List it, be paid")),
            ask,
            _("Request access"),
        ),
        ReaderDoor(
            _("I audit"),
            _("Check every fen without trusting our screen."),
            (_("Export records"), _("Verify them offline"), _("Recompute the index")),
            "#verify",
            _("Verify it yourself"),
        ),
        ReaderDoor(
            _("I run a market"),
            _("Rules are data with dates, and every act leaves a trace."),
            (_("Announce rules"), _("Watch what is due"), _("Show the big screen")),
            reverse("portal:rule-changes"),
            _("See the rules"),
        ),
    ]
