"""What other rooms see of deliveries that end early: taken back with notice, or stopped by two."""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

STOP_KIND: Final = "fulfilment.stop"  # What takes two operators.
STOP_WAITS: Final = timedelta(hours=24)  # for another operator; it is an emergency
PREEMPTION_NOTE_LENGTH_MAX: Final = 500
STOP_REASON_LENGTH_MAX: Final = 500
STOP_EVIDENCE_LENGTH_MAX: Final = 1_000


class NotPreemptible(Refusal):
    """The listing never said that it takes back what it sold."""

    code = "delivery_not_preemptible"
    sentence = _("This listing never said that it may be taken back before its time.")


class PreemptionNoticed(Refusal):
    """Notice was given already, for another moment; it stays."""

    code = "preemption_noticed"
    sentence = _("Notice was given already: it is taken back at %(moment)s.")


class PreemptionTooShort(InvalidInput):
    """The notice is shorter than the listing promised."""

    code = "preemption_notice_too_short"
    status = 422
    sentence = _("The listing promised %(minutes)s minutes of notice: not before %(moment)s.")


class PreemptionTooLate(InvalidInput):
    """It ends by itself before."""

    code = "preemption_too_late"
    status = 422
    sentence = _("The delivery ends by itself at %(moment)s.")


class DeliveryIsOver(Refusal):
    """Nothing of it is delivered any more, so nothing can be taken back or stopped."""

    code = "delivery_is_over"
    sentence = _("Nothing of this is delivered any more.")


class StopInvalid(InvalidInput):
    """A stop has its reason and its evidence, of a bounded length."""

    code = "delivery_stop_invalid"
    status = 422
    sentence = _("Say why, and what shows it, in at most %(most)s characters.")
