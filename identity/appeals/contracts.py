"""What other rooms see of appeals against a suspension, and what is refused about them."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from identity.contracts import SUSPENSION_REASON_MAX

APPEAL_KIND: Final = "identity.appeal"
PURPOSE: Final = "appeals.evidence"
TEXT_MAX: Final = 4_000
ANSWER_MAX: Final = SUSPENSION_REASON_MAX
FILES_MAX: Final = 5


class AppealState(TextChoices):
    """What became of an appeal."""

    WAITING = "WAITING", _("Waiting for an answer")
    LIFTED = "LIFTED", _("Suspension lifted")
    KEPT = "KEPT", _("Suspension stays")


class AppealOutcome(TextChoices):
    """What an answer comes to."""

    LIFT = "LIFT", _("Lift the suspension")
    KEEP = "KEEP", _("Keep the suspension")


class AppealNotFound(NotFound):
    """No such appeal, or someone else's."""


class NothingToAppeal(Refusal):
    """Only a suspension that holds is appealed against."""

    code = "nothing_to_appeal"
    sentence = _("This organisation is not suspended.")


class SuspensionAppealed(Refusal):
    """A suspension is appealed against once."""

    code = "suspension_appealed"
    sentence = _("This suspension was appealed against already.")


class AppealAnswered(Refusal):
    """An appeal is answered once."""

    code = "appeal_answered"
    sentence = _("This appeal was answered already.")


class AppealTextMissing(InvalidInput):
    """Who appeals says why."""

    code = "appeal_text_missing"
    sentence = _("Say why, in 1 to %(most)s characters.")


class TooManyAppealFiles(InvalidInput):
    """An appeal takes a few files along."""

    code = "too_many_appeal_files"
    sentence = _("An appeal takes at most %(most)s files along.")
